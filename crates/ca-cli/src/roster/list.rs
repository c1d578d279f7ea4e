//! The rows of a roster, as a spreadsheet numbers them.

use csv::StringRecord;

use super::column::{Column, NAMES};
use super::fault::Faults;
use crate::output::printable;
use crate::spreadsheet;

/// A roster whose heading is understood.
#[derive(Debug)]
pub(crate) struct List<'t> {
    text: &'t str,
    columns: Vec<Option<Column>>,
    headings: Vec<String>,
}

/// One row that holds something.
#[derive(Debug)]
pub(crate) struct Row {
    /// As a spreadsheet shows it: the heading is row 1, and empty rows count.
    pub(crate) number: u64,
    record: StringRecord,
}

impl<'t> List<'t> {
    /// Reads the heading; what is wrong with it is noted.
    pub(crate) fn open(text: &'t str, faults: &mut Faults) -> Self {
        let mut list = Self {
            text,
            columns: Vec::new(),
            headings: Vec::new(),
        };
        let mut rows = Rows::new(text);
        let heading = match rows.next() {
            Some((row, Ok(record))) => Row { number: row, record },
            Some((row, Err(error))) => {
                faults.add(row, "", error);
                return list;
            }
            None => {
                faults.add(
                    1,
                    "",
                    "the file is empty: the first row names the columns, email among them",
                );
                return list;
            }
        };
        list.headings = heading.record.iter().map(shown).collect();
        list.columns = heading.record.iter().map(Column::called).collect();
        list.check(heading.number, faults);
        list
    }

    fn check(&self, row: u64, faults: &mut Faults) {
        for (index, column) in self.columns.iter().enumerate() {
            let place = self.place_at(index);
            match column {
                None => {
                    let heading = self.headings.get(index).map(String::as_str).unwrap_or_default();
                    if let Some(meant) = Column::almost(heading) {
                        faults.add(
                            row,
                            &place,
                            format!("no such column is known: did you mean \"{meant}\"? Rename it, or call it something else altogether"),
                        );
                    }
                }
                Some(Column::Evidence(_)) => {}
                Some(column) => {
                    let earlier = self
                        .columns
                        .iter()
                        .take(index)
                        .position(|one| one == &Some(*column));
                    if let Some(earlier) = earlier {
                        faults.add(
                            row,
                            &place,
                            format!(
                                "column {} is {column} already: keep one of them",
                                self.place_at(earlier)
                            ),
                        );
                    }
                }
            }
        }
        if !self.columns.contains(&Some(Column::Email)) {
            faults.add(
                row,
                "",
                format!(
                    "no column is called email (or courriel); there are {}. The names are {}",
                    self.headings.join(", "),
                    NAMES.join(", ")
                ),
            );
        }
    }

    /// Returns the headings that mean nothing here.
    pub(crate) fn unused(&self) -> Vec<&str> {
        let all = self.headings.iter().zip(&self.columns);
        all.filter(|(heading, column)| column.is_none() && !heading.is_empty())
            .map(|(heading, _)| heading.as_str())
            .collect()
    }

    pub(crate) fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }

    /// Returns the rows below the heading that hold something, or what keeps one from being read.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, Result<Row, String>)> {
        Rows::new(self.text)
            .skip(1)
            .filter_map(|(number, record)| match record {
                Ok(record) if record.iter().all(str::is_empty) => None,
                Ok(record) => Some((number, Ok(Row { number, record }))),
                Err(error) => Some((number, Err(error))),
            })
    }

    /// Returns what a row holds in a column; `None` if nothing.
    pub(crate) fn cell<'r>(&self, row: &'r Row, column: Column) -> Option<&'r str> {
        self.cells(row, |one| one == column).map(|(_, cell)| cell).next()
    }

    /// Returns what a row holds in the columns that are wanted.
    pub(crate) fn cells<'r>(
        &self,
        row: &'r Row,
        wanted: impl Fn(Column) -> bool,
    ) -> impl Iterator<Item = (Column, &'r str)> {
        let columns = self.columns.iter().zip(row.record.iter());
        columns
            .filter_map(|(column, cell)| Some((column.as_ref().copied()?, cell)))
            .filter(move |(column, cell)| !cell.is_empty() && wanted(*column))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Notes values that no column can hold, and those beyond the last column.
    pub(crate) fn check_cells(&self, row: &Row, faults: &mut Faults) -> bool {
        let mut good = true;
        for (index, cell) in row.record.iter().enumerate() {
            let fault = if cell.len() > LONGEST_CELL {
                format!(
                    "{} bytes, more than {LONGEST_CELL}: is a quotation mark missing?",
                    cell.len()
                )
            } else if cell.contains('\u{fffd}') {
                "a character cannot be read: save the file as UTF-8 (\"CSV UTF-8\" in Excel)".to_owned()
            } else if index >= self.columns.len() && !cell.is_empty() {
                format!(
                    "\"{}\" stands under no heading: is there a separator too many?",
                    shown(cell)
                )
            } else {
                continue;
            };
            faults.add(row.number, &self.place_at(index), fault);
            good = false;
        }
        good
    }

    /// Says where a column is: its letter and heading.
    pub(crate) fn place(&self, column: Column) -> String {
        match self.columns.iter().position(|one| *one == Some(column)) {
            Some(index) => self.place_at(index),
            None => column.to_string(),
        }
    }

    fn place_at(&self, index: usize) -> String {
        match self.headings.get(index).filter(|heading| !heading.is_empty()) {
            Some(heading) => format!("{} \"{heading}\"", letters(index)),
            None => letters(index),
        }
    }
}

/// Records with the number of their row.
struct Rows<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    /// Where the last record ended.
    end: usize,
    row: u64,
    broken: bool,
}

impl<'t> Rows<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            reader: spreadsheet::reader(text, false),
            end: 0,
            row: 0,
            broken: false,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = (u64, Result<StringRecord, String>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        let mut record = StringRecord::new();
        let read = self.reader.read_record(&mut record);
        // The reader leaves empty lines out; a spreadsheet counts them.
        self.row += 1 + empty_lines(self.text, self.end);
        self.end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        match read {
            Ok(true) => Some((self.row, Ok(record))),
            Ok(false) => None,
            Err(error) => {
                self.broken = true;
                Some((self.row, Err(error.to_string())))
            }
        }
    }
}

/// Counts the empty lines from a place on, which is a record's end.
fn empty_lines(text: &str, from: usize) -> u64 {
    let bytes = text.as_bytes();
    let before = from.checked_sub(1).and_then(|at| bytes.get(at));
    let rest = bytes.get(from..).unwrap_or_default();
    // Of a line ending of two octets the second may be left.
    let rest = match (before, rest) {
        (Some(b'\r'), [b'\n', rest @ ..]) => rest,
        _ => rest,
    };
    let mut lines = 0;
    let mut last = 0;
    for octet in rest {
        match (last, octet) {
            (b'\r', b'\n') => {}
            (_, b'\r' | b'\n') => lines += 1,
            _ => break,
        }
        last = *octet;
    }
    lines
}

/// Names a column as spreadsheets do: A to Z, then AA.
fn letters(index: usize) -> String {
    let mut name = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        name.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    name.iter().rev().map(|letter| char::from(*letter)).collect()
}

fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    printable(&short).into_owned()
}

/// Evidence may be as long; everything else is shorter.
const LONGEST_CELL: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(u64, String)> {
        let mut faults = Faults::default();
        let list = List::open(text, &mut faults);
        assert!(faults.is_empty(), "{faults}");
        list.rows()
            .map(|(number, row)| {
                let row = row.unwrap();
                (number, list.cell(&row, Column::Email).unwrap_or("-").to_owned())
            })
            .collect()
    }

    #[test]
    fn rows_are_numbered_as_a_spreadsheet_shows_them() {
        let wanted = [
            (3, "a@x.y".to_owned()),
            (6, "b@x.y".to_owned()),
            (7, "c@x.y".to_owned()),
        ];
        for end in ["\n", "\r\n", "\r"] {
            let text = "email;name||a@x.y;\"two|lines\"||;|b@x.y;B|c@x.y;C|".replace('|', end);
            assert_eq!(numbers(&text), wanted, "{end:?}");
        }
        assert_eq!(numbers("\n\nemail\na@x.y"), [(4, "a@x.y".to_owned())]);
    }

    #[test]
    fn columns_have_letters() {
        assert_eq!(
            (letters(0), letters(25), letters(26), letters(701)),
            ("A".into(), "Z".into(), "AA".into(), "ZZ".into())
        );
    }

    fn faults_of(text: &str) -> String {
        let mut faults = Faults::default();
        let list = List::open(text, &mut faults);
        for (_, row) in list.rows() {
            list.check_cells(&row.unwrap(), &mut faults);
        }
        faults.to_string()
    }

    #[test]
    fn headings_are_checked() {
        assert!(faults_of("").contains("empty"));
        assert!(
            faults_of("emial,surname\n")
                .contains("row 1, column A \"emial\": no such column is known: did you mean \"email\"?")
        );
        assert!(faults_of("nom;prenom\n").contains("no column is called email"));
        assert!(faults_of("email;courriel\n").contains("column A \"email\" is email already"));
        assert!(faults_of("email,evidence,evidence,Groupe\n").is_empty());
    }

    #[test]
    fn cells_are_bounded() {
        let long = format!("email\n{}\n", "a".repeat(1 << 20));
        assert!(faults_of(&long).contains("row 2, column A \"email\": 1048576 bytes"));
        assert!(
            faults_of("email\na@x.y,more\n").contains("row 2, column B: \"more\" stands under no heading")
        );
        assert!(faults_of("email\na\u{fffd}@x.y\n").contains("save the file as UTF-8"));
    }
}
