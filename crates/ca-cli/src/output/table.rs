//! Tables for people: no frames, columns two spaces apart, nothing that a terminal would obey.

use tabled::builder::Builder;
use tabled::settings::{Padding, Style};

use crate::output::{printable, printable_lines};

/// Lays out a list with a heading.
pub(crate) fn list<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut builder = Builder::default();
    builder.push_record(heading);
    for row in rows {
        builder.push_record(row.iter().map(|cell| printable(cell).into_owned()));
    }
    lay_out(builder)
}

/// As [`list`], for cells of several lines, which are wrapped at a width in characters.
pub(crate) fn prose<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    width: usize,
) -> String {
    let mut builder = Builder::default();
    builder.push_record(heading);
    for row in rows {
        builder.push_record(row.iter().map(|cell| wrap(&printable_lines(cell), width)));
    }
    lay_out(builder)
}

/// Lays out names and their values, leaving out those that are empty.
pub(crate) fn facts<'a>(facts: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut builder = Builder::default();
    for (name, value) in facts {
        if !value.is_empty() {
            // One value may be several lines, each of which is made harmless.
            let value: Vec<String> = value
                .split('\n')
                .map(|line| printable(line).into_owned())
                .collect();
            builder.push_record([name.to_owned(), value.join("\n")]);
        }
    }
    lay_out(builder)
}

/// Makes a CSV document.
pub(crate) fn csv<const N: usize>(heading: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail, and every record has N fields.
    let _ = writer.write_record(heading);
    for row in rows {
        let _ = writer.write_record(row.map(|cell| defuse(&cell)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Makes one row of a CSV document.
pub(crate) fn csv_row<const N: usize>(row: [String; N]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let _ = writer.write_record(row.map(|cell| defuse(&cell)));
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Breaks lines at blanks; a word longer than the width stays whole.
fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let mut used = 0;
        for word in line.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > width {
                out.push('\n');
                used = 0;
            } else if used > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += length;
        }
    }
    out
}

/// Keeps a spreadsheet from taking a cell for a formula.
fn defuse(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn lay_out(builder: Builder) -> String {
    let mut table = builder.build();
    table.with(Style::empty()).with(Padding::new(0, 2, 0, 0));
    let mut out = String::new();
    for line in table.to_string().lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_stay_on_their_line() {
        let text = list(
            ["ID", "NAME"],
            [["1".into(), "a\x1b\nb".into()], ["22".into(), "c".into()]],
        );
        assert_eq!(text, "ID  NAME\n1   a\\u{1b}\\nb\n22  c\n");
    }

    #[test]
    fn prose_is_wrapped_at_blanks() {
        assert_eq!(
            prose(["A", "B"], [["1".into(), "one two three\nfour".into()]], 7),
            "A  B\n1  one two\n   three\n   four\n"
        );
    }

    #[test]
    fn empty_facts_are_left_out() {
        assert_eq!(
            facts([("a", "1".into()), ("b", String::new()), ("cc", "2".into())]),
            "a   1\ncc  2\n"
        );
    }

    #[test]
    fn csv_is_quoted_and_holds_no_formula() {
        assert_eq!(
            csv(["a", "b"], [["x,y".into(), "=1+1".into()]]),
            "a,b\n\"x,y\",'=1+1\n"
        );
    }
}
