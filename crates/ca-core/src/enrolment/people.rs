//! A list of people, and whether somebody is on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use identity::Mailbox;

use crate::ledger::address_key;
use crate::text::is_invisible;

/// Somebody on an imported list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name of the list.
    pub source: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When it was imported, in stated time.
    pub imported_at: DateTime<Utc>,
    /// The row of the file, the heading being row 1.
    pub row: u64,
    /// The name without the middle name.
    pub name: String,
    /// The middle name.
    pub middle_name: Option<String>,
    /// The address.
    pub email: Option<String>,
}

/// Finds candidates on the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonQuery {
    /// The keys of the names that are looked for.
    pub names: Vec<String>,
    /// The keys of the addresses.
    pub emails: Vec<String>,
    /// The only row of a list that is meant, where several match.
    pub row: Option<u64>,
}

/// How well somebody on a list matches, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Degree {
    /// All names and the address.
    NameAndAddress,
    /// All names; the list has no address for them.
    Name,
    /// The address, and all names but the middle name, which one of the two lacks.
    NameInPartAndAddress,
    /// All names but the middle name, which one of the two lacks; the list has no address.
    NameInPart,
}

/// What looking for somebody came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Match {
    /// Exactly one row matches best.
    Found(Box<Person>, Degree),
    /// Several rows match equally well.
    Ambiguous(Vec<Person>),
    /// The address belongs to another name, or the name to another address.
    Contradicted(Box<Person>),
    /// Nobody matches.
    Nobody,
}

/// Why a list of people was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// A row cannot be used.
    #[error("row {row}: {reason}")]
    Row {
        /// The row, the heading being row 1.
        row: u64,
        /// What is wrong.
        reason: String,
    },
    /// The heading lacks columns.
    #[error(
        "the heading names no column \"name\", or \"given_name\" and \"surname\" (\"prénom\" and \"nom\"): {given}"
    )]
    Heading {
        /// What it names.
        given: String,
    },
    /// There are too many rows.
    #[error("there are more than {maximum} rows: import the list in parts, each with a name of its own")]
    TooMany {
        /// The most that are read.
        maximum: usize,
    },
    /// There is nobody.
    #[error("there is nobody on the list")]
    Empty,
}

impl Person {
    /// Returns the keys that he is found by: with the middle name, and without.
    pub fn keys(&self) -> [String; 2] {
        let whole = match &self.middle_name {
            Some(middle) => format!("{} {middle}", self.name),
            None => self.name.clone(),
        };
        [name_key(&whole), name_key(&self.name)]
    }
}

/// Reads the rows of a list, the heading first.
///
/// Columns: `name`, or `given_name`, `surname` and perhaps `middle_name`; perhaps `email`. Usual other words for them, in
/// English and French, are known too (`last name`, `prénom`, `nom`, `courriel`). Other columns are not kept.
///
/// # Errors
/// [`PeopleError`].
pub fn read_people<E: fmt::Display>(
    source: &str,
    sha256: &str,
    imported_at: DateTime<Utc>,
    rows: impl IntoIterator<Item = Result<Vec<String>, E>>,
) -> Result<Vec<Person>, PeopleError> {
    let unreadable = |row, error: E| PeopleError::Row {
        row,
        reason: error.to_string(),
    };
    let mut rows = rows.into_iter().zip(1_u64..);
    let heading = match rows.next() {
        Some((heading, row)) => heading.map_err(|error| unreadable(row, error))?,
        None => return Err(PeopleError::Empty),
    };
    let columns: BTreeMap<&str, usize> = heading
        .iter()
        .enumerate()
        .filter_map(|(at, name)| Some((column_called(name)?, at)))
        .collect();
    let has = |column: &str| columns.contains_key(column);
    if !(has("name") || has("given_name") && has("surname")) {
        let given: String = heading.join(", ").chars().take(200).collect();
        return Err(PeopleError::Heading { given });
    }
    let mut people = Vec::new();
    for (cells, row) in rows {
        let cells = cells.map_err(|error| unreadable(row, error))?;
        let cell = |column: &str| {
            let text = cells.get(*columns.get(column)?)?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let parts = [cell("given_name"), cell("surname")];
        let joined = || Some(parts.iter().flatten().cloned().collect::<Vec<_>>().join(" "));
        let name = cell("name").or_else(joined).unwrap_or_default();
        if name.len() > LONGEST || cells.iter().any(|cell| cell.len() > LONGEST) {
            return Err(PeopleError::Row {
                row,
                reason: format!("a value is longer than {LONGEST} bytes"),
            });
        }
        if name_key(&name).is_empty() {
            return Err(PeopleError::Row {
                row,
                reason: "there is no name".to_owned(),
            });
        }
        if people.len() == MOST_PEOPLE {
            return Err(PeopleError::TooMany { maximum: MOST_PEOPLE });
        }
        let email = cell("email").map(|text| canonical(row, &text)).transpose()?;
        people.push(Person {
            source: source.to_owned(),
            sha256: sha256.to_owned(),
            imported_at,
            row,
            name,
            middle_name: cell("middle_name"),
            email,
        });
    }
    match people.is_empty() {
        true => Err(PeopleError::Empty),
        false => Ok(people),
    }
}

/// Reads an address as requests have theirs, so that it is found whatever way it is written.
fn canonical(row: u64, text: &str) -> Result<String, PeopleError> {
    let mailbox = Mailbox::parse(text).map_err(|error| PeopleError::Row {
        row,
        reason: format!("{error}; one address alone stands in a cell"),
    })?;
    Ok(mailbox.canonical())
}

/// Says which column a heading means, whatever its case, accents, punctuation and order of words.
fn column_called(heading: &str) -> Option<&'static str> {
    Some(match name_key(heading.trim_start_matches('\u{feff}')).as_str() {
        "name" | "full name" | "complet nom" => "name",
        "given name" | "first name" | "prenom" => "given_name",
        "middle name" | "deuxieme prenom" => "middle_name",
        "surname" | "last name" | "family name" | "nom" | "de famille nom" => "surname",
        "email"
        | "e mail"
        | "mail"
        | "address email"
        | "address e mail"
        | "courriel"
        | "adresse mail"
        | "adresse electronique" => "email",
        _ => return None,
    })
}

/// Returns what names are compared by: without case, accents, punctuation, order, and what nobody sees.
pub fn name_key(name: &str) -> String {
    let plain: String = name
        .nfkd()
        .filter(|c| !is_accent(*c) && !is_invisible(*c))
        .flat_map(char::to_lowercase)
        .fold(String::new(), |mut text, c| {
            match c {
                'ß' => text.push_str("ss"),
                'æ' => text.push_str("ae"),
                'œ' => text.push_str("oe"),
                'ø' => text.push('o'),
                'đ' | 'ð' => text.push('d'),
                'ł' => text.push('l'),
                'ı' => text.push('i'),
                'þ' => text.push_str("th"),
                // O'Neill and ONeill are one, Jean-Luc is Jean Luc.
                '\'' | '’' | '`' => {}
                c if c.is_alphanumeric() => text.push(c),
                _ => text.push(' '),
            }
            text
        });
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// Marks that are written over and under letters of Latin, Greek and Cyrillic. The vowel signs of other scripts are marks,
/// too, and make other names.
fn is_accent(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

impl PersonQuery {
    /// Asks for somebody by name and addresses.
    pub fn new(given_name: &str, middle_name: Option<&str>, surname: &str, emails: &[String]) -> Self {
        let short = name_key(&format!("{given_name} {surname}"));
        let whole = name_key(&format!(
            "{given_name} {} {surname}",
            middle_name.unwrap_or_default()
        ));
        let names: BTreeSet<_> = [whole, short].into_iter().filter(|key| !key.is_empty()).collect();
        Self {
            names: names.into_iter().collect(),
            emails: emails.iter().map(|email| address_key(email)).collect(),
            row: None,
        }
    }

    /// Tells whether a row is one that is meant.
    pub fn admits_row(&self, row: u64) -> bool {
        self.row.is_none_or(|wanted| wanted == row)
    }
}

/// Judges the candidates for somebody, as the ledger found them.
pub fn match_person(
    given_name: &str,
    middle_name: Option<&str>,
    surname: &str,
    emails: &[String],
    candidates: &[Person],
) -> Match {
    let short = name_key(&format!("{given_name} {surname}"));
    let whole = name_key(&format!(
        "{given_name} {} {surname}",
        middle_name.unwrap_or_default()
    ));
    let emails: Vec<_> = emails.iter().map(|email| address_key(email)).collect();
    let mut best: BTreeMap<Degree, Vec<&Person>> = BTreeMap::new();
    let (mut against, mut owner) = (None, None);
    for person in candidates {
        let [their_whole, their_short] = person.keys();
        let listed = person.email.as_deref().map(address_key);
        let same_address = listed.as_ref().is_some_and(|email| emails.contains(email));
        let all = their_whole == whole;
        // One of the two lacks a middle name; two different ones are two people.
        let in_part = (their_whole == short) || (their_short == whole);
        let degree = match (all, in_part, same_address, listed.is_some()) {
            (true, _, true, _) => Degree::NameAndAddress,
            (true, _, false, false) => Degree::Name,
            (false, true, true, _) => Degree::NameInPartAndAddress,
            (false, true, false, false) => Degree::NameInPart,
            (false, false, false, _) => continue,
            _ => {
                against.get_or_insert(person);
                if same_address {
                    owner.get_or_insert(person);
                }
                continue;
            }
        };
        best.entry(degree).or_default().push(person);
    }
    let best = best.into_iter().next();
    // The address is somebody else's: that another row has the name, and no address, does not make it theirs.
    let by_name = |degree: Degree| matches!(degree, Degree::Name | Degree::NameInPart);
    if let (Some(owner), Some((degree, _))) = (owner, &best)
        && by_name(*degree)
    {
        return Match::Contradicted(Box::new(owner.clone()));
    }
    match best {
        Some((degree, found)) => match found.as_slice() {
            [one] => Match::Found(Box::new((*one).clone()), degree),
            several => Match::Ambiguous(several.iter().map(|one| (*one).clone()).collect()),
        },
        None => match against {
            Some(person) => Match::Contradicted(Box::new(person.clone())),
            None => Match::Nobody,
        },
    }
}

impl fmt::Display for Degree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameAndAddress => "name-and-address",
            Self::Name => "name",
            Self::NameInPartAndAddress => "name-in-part-and-address",
            Self::NameInPart => "name-in-part",
        })
    }
}

/// Enough for a university.
const MOST_PEOPLE: usize = 500_000;
const LONGEST: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn people(text: &[&[&str]]) -> Result<Vec<Person>, PeopleError> {
        let rows = text
            .iter()
            .map(|row| Ok::<_, PeopleError>(row.iter().map(|cell| (*cell).to_owned()).collect()));
        read_people("school", "00", DateTime::UNIX_EPOCH, rows)
    }

    #[test]
    fn names_are_compared_without_case_accents_and_order() {
        for (one, other) in [
            ("Zoé O’Neill", "ONEILL zoe"),
            ("Jean-Luc Müller", "muller, Jean Luc"),
            ("Łukasz Straße", "STRASSE Lukasz"),
            ("Ａｌｉｃｅ Roe", "alice  roe"),
            ("Zoe\u{301} Roe", "Zo\u{e9} Roe"),
            ("Ro\u{200b}y", "Roy"),
            ("R\u{2060}o\u{feff}y\u{e0041}", "Roy"),
        ] {
            assert_eq!(name_key(one), name_key(other), "{one}");
        }
        assert_ne!(name_key("Alice Roe"), name_key("Alice Row"));
        assert_ne!(name_key("रीमा सिंह"), name_key("राम सिंह"));
    }

    #[test]
    fn the_best_row_wins_and_contradictions_show() {
        let list = people(&[
            &["Email", "Given name", "Middle name", "Surname"],
            &["zoe@example.org", "Zoë", "", "Noël"],
            &["", "Bob", "Q.", "Roe"],
            &["", "Bob", "X.", "Roe"],
            &["carol@example.org", "Carol", "", "Doe"],
            &["", "", "", ""],
        ])
        .unwrap();
        let look = |given: &str, middle: Option<&str>, surname: &str, email: &str| {
            match_person(given, middle, surname, &[email.to_owned()], &list)
        };
        let found = |found: Match| match found {
            Match::Found(person, degree) => (person.row, degree),
            other => panic!("{other:?}"),
        };
        let zoe = look("ZOE", None, "noel", "Zoe@example.org");
        assert_eq!(found(zoe), (2, Degree::NameAndAddress));
        let zoe = look("Zoe", Some("M"), "Noel", "zoe@example.org");
        assert_eq!(found(zoe), (2, Degree::NameInPartAndAddress));
        assert_eq!(found(look("Bob", Some("Q"), "Roe", "b@x.org")), (3, Degree::Name));
        assert!(matches!(look("Bob", None, "Roe", "b@x.org"), Match::Ambiguous(both) if both.len() == 2));
        assert!(matches!(
            look("Carol", None, "Doe", "c@x.org"),
            Match::Contradicted(_)
        ));
        assert!(matches!(
            look("Dave", None, "Doe", "carol@example.org"),
            Match::Contradicted(_)
        ));
        let list = [
            list,
            people(&[&["Email", "Name"], &["dora@Bücher.example", "Dora Noe"]]).unwrap(),
        ]
        .concat();
        let look = |given: &str, middle: Option<&str>, surname: &str, email: &str| {
            match_person(given, middle, surname, &[email.to_owned()], &list)
        };
        assert!(matches!(
            look("Bob", Some("Q"), "Roe", "dora@xn--bcher-kva.example"),
            Match::Contradicted(_)
        ));
        for cell in [
            "Dan Poe <dan@example.org>",
            "a@example.org; b@example.org",
            "nobody",
        ] {
            let read = people(&[&["Email", "Name"], &[cell, "Dan Poe"]]);
            assert!(matches!(read, Err(PeopleError::Row { row: 2, .. })), "{cell}");
        }
        // Bob's rows have no address, and this one is Carol's.
        assert!(matches!(
            look("Bob", Some("Q"), "Roe", "carol@example.org"),
            Match::Contradicted(person) if person.row == 5
        ));
        assert_eq!(look("Dave", None, "Poe", "d@x.org"), Match::Nobody);
    }

    #[test]
    fn headings_are_known_in_english_and_french() {
        let spoken = people(&[
            &["NOM", "Prénom", "Courriel"],
            &["Noël", "Zoë", "zoe@example.org"],
        ])
        .unwrap();
        assert_eq!(spoken[0].name, "Zoë Noël");
        assert_eq!(spoken[0].email.as_deref(), Some("zoe@example.org"));
        let spoken = people(&[
            &["First name", "Last_Name", "E-mail"],
            &["Bob", "Roe", "b@example.org"],
        ])
        .unwrap();
        assert_eq!(
            (spoken[0].name.as_str(), spoken[0].email.is_some()),
            ("Bob Roe", true)
        );
    }

    #[test]
    fn lists_without_names_are_refused() {
        assert!(matches!(
            people(&[&["mail"], &["x"]]),
            Err(PeopleError::Heading { .. })
        ));
        assert!(matches!(
            people(&[&["name"], &["-"]]),
            Err(PeopleError::Row { row: 2, .. })
        ));
        assert_eq!(people(&[&["name"]]), Err(PeopleError::Empty));
        assert!(matches!(
            people(&[&["name"], &["x".repeat(2_000).as_str()]]),
            Err(PeopleError::Row { .. })
        ));
    }
}
