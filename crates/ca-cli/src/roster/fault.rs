//! Everything that is wrong with a roster, said once each, with its rows and column.

use std::collections::HashMap;
use std::fmt;

/// All that was found.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<Fault>,
    known: HashMap<(String, String), usize>,
    /// Of those that were left out.
    more: usize,
}

#[derive(Debug)]
struct Fault {
    column: String,
    message: String,
    /// First and last of each run of rows.
    rows: Vec<(u64, u64)>,
}

impl Faults {
    /// Notes what is wrong in one row; `column` may be empty.
    pub(crate) fn add(&mut self, row: u64, column: &str, message: impl fmt::Display) {
        let key = (column.to_owned(), message.to_string());
        if let Some(fault) = self.known.get(&key).and_then(|index| self.found.get_mut(*index)) {
            match fault.rows.last_mut() {
                Some((_, last)) if *last == row => {}
                Some((_, last)) if *last + 1 == row => *last = row,
                _ => fault.rows.push((row, row)),
            }
            return;
        }
        if self.found.len() == MOST {
            self.more += 1;
            return;
        }
        self.found.push(Fault {
            column: key.0.clone(),
            message: key.1.clone(),
            rows: vec![(row, row)],
        });
        self.known.insert(key, self.found.len() - 1);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many different ones.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.more
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.found {
            write!(f, "\n- ")?;
            fault.place(f)?;
            write!(f, ": {}", fault.message)?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n- and {more} more"),
        }
    }
}

impl Fault {
    fn place(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = !matches!(self.rows.as_slice(), [(first, last)] if first == last);
        f.write_str(if several { "rows " } else { "row " })?;
        for (number, (first, last)) in self.rows.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            if first == last {
                write!(f, "{first}")?;
            } else {
                write!(f, "{first}-{last}")?;
            }
        }
        match self.column.as_str() {
            "" => Ok(()),
            column => write!(f, ", column {column}"),
        }
    }
}

/// Different faults that are listed; the same in many rows is one.
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_in_many_rows_is_said_once() {
        let mut faults = Faults::default();
        for row in [2, 3, 4, 9] {
            faults.add(row, "B", "empty");
        }
        faults.add(5, "", "odd");
        assert_eq!(
            faults.to_string(),
            "\n- rows 2-4, 9, column B: empty\n- row 5: odd"
        );
        assert_eq!(faults.count(), 2);
    }

    #[test]
    fn the_list_ends_somewhere() {
        let mut faults = Faults::default();
        for row in 0..20_000 {
            faults.add(row, "", row);
        }
        assert!(faults.to_string().ends_with("- and 10000 more"));
        assert_eq!(faults.count(), 20_000);
    }
}
