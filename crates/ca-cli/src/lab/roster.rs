//! The list of students, as a school's spreadsheet has it.

use std::collections::HashMap;

use ca_core::enrolment::name_key;
use identity::{Certificate, Mailbox};

use crate::spreadsheet;

/// Somebody of whom a mail is expected.
#[derive(Clone, Debug)]
pub(crate) struct Student {
    /// The row of the file, the heading being row 1.
    pub(crate) row: u64,
    pub(crate) name: String,
    /// The addresses, the one to write to first.
    pub(crate) addresses: Vec<Mailbox>,
    /// The class that the certificate must have.
    pub(crate) class: Option<u8>,
    /// The one certificate that is to be used, if the list says which: its serial, or its SHA-256.
    serial: Option<String>,
    sha256: Option<String>,
}

impl Student {
    pub(crate) fn email(&self) -> String {
        self.addresses
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// Tells whether the list names another certificate for this student.
    pub(crate) fn expects_other_than(&self, certificate: &Certificate) -> bool {
        let differs =
            |wanted: &Option<String>, found: String| wanted.as_ref().is_some_and(|one| *one != found);
        differs(&self.serial, certificate.serial_hex())
            || differs(&self.sha256, hex::encode(certificate.fingerprint_sha256()))
    }
}

/// All students.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    students: Vec<Student>,
    by_address: HashMap<String, usize>,
}

impl Roster {
    pub(crate) fn students(&self) -> &[Student] {
        &self.students
    }

    /// Finds whose address it is.
    pub(crate) fn of_address(&self, address: &Mailbox) -> Option<usize> {
        self.by_address.get(&key(address)).copied()
    }

    /// Finds whose addresses a certificate holds, in the order of the list.
    pub(crate) fn of_certificate(&self, emails: &[String]) -> Vec<usize> {
        let addresses = emails.iter().filter_map(|email| Mailbox::parse(email).ok());
        let mut found: Vec<usize> = addresses
            .filter_map(|address| self.of_address(&address))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Reads a spreadsheet. Columns: `email`; perhaps `name`, or `given_name` and `surname`; perhaps `class`, `serial`, `sha256`.
    /// Usual other words for them, in English and French, are known too; other columns are left alone.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its row.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Vec<String>> {
        let text = spreadsheet::decode(bytes);
        let mut reader = spreadsheet::reader(&text, false);
        let mut rows = reader.records().zip(1_u64..);
        let heading = match rows.next() {
            Some((Ok(heading), _)) => heading,
            Some((Err(error), _)) => return Err(vec![format!("row 1: {error}")]),
            None => return Err(vec!["there is nobody on the list".to_owned()]),
        };
        let columns: Vec<Option<Column>> = heading.iter().map(Column::called).collect();
        if !columns.contains(&Some(Column::Email)) {
            let named = heading.iter().collect::<Vec<_>>().join(", ");
            return Err(vec![format!(
                "row 1: the heading names no column \"email\" (\"courriel\"): {named}"
            )]);
        }
        let (mut roster, mut faults) = (Self::default(), Vec::new());
        for (record, row) in rows {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    faults.push(format!("row {row}: {error}"));
                    continue;
                }
            };
            if record.iter().all(str::is_empty) {
                continue;
            }
            if roster.students.len() == MOST_STUDENTS {
                faults.push(format!(
                    "there are more than {MOST_STUDENTS} students: check them in parts"
                ));
                break;
            }
            let cell = |column: Column| {
                let at = columns.iter().position(|one| *one == Some(column))?;
                record.get(at).filter(|cell| !cell.is_empty())
            };
            match roster.add(row, cell) {
                Ok(()) => {}
                Err(more) => faults.extend(more.into_iter().map(|fault| format!("row {row}: {fault}"))),
            }
        }
        if roster.students.is_empty() && faults.is_empty() {
            faults.push("there is nobody on the list".to_owned());
        }
        if faults.is_empty() {
            Ok(roster)
        } else {
            Err(faults)
        }
    }

    fn add<'c>(&mut self, row: u64, cell: impl Fn(Column) -> Option<&'c str>) -> Result<(), Vec<String>> {
        let columns = [
            Column::Email,
            Column::Name,
            Column::GivenName,
            Column::Surname,
            Column::Serial,
            Column::Sha256,
        ];
        if columns
            .into_iter()
            .filter_map(&cell)
            .any(|cell| cell.len() > LONGEST_CELL)
        {
            return Err(vec![format!("a value is longer than {LONGEST_CELL} bytes")]);
        }
        let mut faults = Vec::new();
        let mut addresses = Vec::new();
        let separator = |c: char| c.is_whitespace() || matches!(c, ';' | ',');
        let named = cell(Column::Email).unwrap_or_default().split(separator);
        for address in named.filter(|word| !word.is_empty()) {
            match Mailbox::parse(address) {
                Ok(address) => addresses.push(address),
                Err(error) => faults.push(error.to_string()),
            }
        }
        if addresses.is_empty() && faults.is_empty() {
            faults.push("there is no address".to_owned());
        }
        let at = self.students.len();
        for address in &addresses {
            if let Some(earlier) = self
                .of_address(address)
                .and_then(|earlier| self.students.get(earlier))
            {
                faults.push(format!("{address} stands in row {} already", earlier.row));
            }
        }
        let names = [Column::Name, Column::GivenName, Column::Surname];
        let name: Vec<&str> = names.into_iter().filter_map(&cell).collect();
        let hexadecimal = |column, what: &str| match cell(column).map(digits) {
            Some(None) => Err(format!("the {what} is not in hexadecimal digits")),
            Some(found) => Ok(found),
            None => Ok(None),
        };
        let serial = hexadecimal(Column::Serial, "serial")
            .map(|found| found.map(|digits| digits.trim_start_matches('0').to_owned()));
        let sha256 = hexadecimal(Column::Sha256, "SHA-256");
        for wrong in [&serial, &sha256] {
            faults.extend(wrong.as_ref().err().cloned());
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for address in &addresses {
            self.by_address.insert(key(address), at);
        }
        self.students.push(Student {
            row,
            name: name.join(" "),
            addresses,
            // (A column of that name may be the school's own: "3B".)
            class: cell(Column::Class)
                .and_then(|class| class.parse().ok())
                .filter(|class| (1..=3).contains(class)),
            serial: serial.unwrap_or_default(),
            sha256: sha256.unwrap_or_default(),
        });
        Ok(())
    }
}

/// What is known of a student.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Class,
    Email,
    GivenName,
    Name,
    Serial,
    Sha256,
    Surname,
}

impl Column {
    fn called(heading: &str) -> Option<Self> {
        // (`name_key` puts words in the order of the alphabet.)
        Some(match name_key(heading.trim_start_matches('\u{feff}')).as_str() {
            "name" | "full name" | "complet nom" => Self::Name,
            "given name" | "first name" | "prenom" => Self::GivenName,
            "surname" | "last name" | "family name" | "nom" | "de famille nom" => Self::Surname,
            "email"
            | "e mail"
            | "mail"
            | "address email"
            | "address e mail"
            | "courriel"
            | "adresse mail"
            | "adresse electronique" => Self::Email,
            "class" | "classe" => Self::Class,
            "serial" | "number serial" | "de numero serie" => Self::Serial,
            "sha256" | "fingerprint" | "empreinte" => Self::Sha256,
            _ => return None,
        })
    }
}

/// What addresses are compared by: nearly every provider treats local parts without regard to case.
pub(crate) fn key(address: &Mailbox) -> String {
    address.canonical().to_lowercase()
}

/// Hexadecimal digits in lower case, however they are grouped; `None` if there is anything else.
fn digits(text: &str) -> Option<String> {
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | ':'))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit())).then_some(digits)
}

/// Several addresses fit.
const LONGEST_CELL: usize = 2048;
/// A school is smaller.
const MOST_STUDENTS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_are_read_as_schools_have_them() {
        let roster = Roster::read(
            "Prénom;NOM;Courriel;Classe;Groupe\nZoé;Noël;zoe@München.example;2;B\n\nJean;Roe;jean@example.org jr@example.net;3B;\n"
                .as_bytes(),
        )
        .unwrap();
        let [zoe, jean] = roster.students() else { panic!() };
        assert_eq!((zoe.row, zoe.name.as_str(), zoe.class), (2, "Zoé Noël", Some(2)));
        assert_eq!((jean.addresses.len(), jean.class), (2, None));
        let of = |address: &str| roster.of_address(&Mailbox::parse(address).unwrap());
        assert_eq!(of("ZOE@xn--mnchen-3ya.example"), Some(0));
        assert_eq!((of("jr@example.net"), of("nobody@example.org")), (Some(1), None));
    }

    #[test]
    fn all_that_is_wrong_is_said_with_its_row() {
        let faults =
            Roster::read(b"email,sha256\na@example.org,\nnobody,\nA@example.org,xyz\n,12\n").unwrap_err();
        assert_eq!(faults.len(), 4, "{faults:#?}");
        assert!(faults[0].starts_with("row 3: ") && faults[0].contains("nobody"));
        assert_eq!(faults[1], "row 4: A@example.org stands in row 2 already");
        assert!(faults[2].contains("hexadecimal"));
        assert_eq!(faults[3], "row 5: there is no address");
        assert!(Roster::read(b"name\nx\n").unwrap_err()[0].contains("no column \"email\""));
        assert!(Roster::read(b"").is_err() && Roster::read(b"email\n").is_err());
    }
}
