//! CSV as people have it: as Excel writes it in their country, and as scripts do.

use std::borrow::Cow;

/// Opens a table for reading; the separator is a comma, a semicolon or a tab, whichever its first line has most of.
///
/// The text is UTF-8, with or without a byte order mark, UTF-16 with one, or else Windows-1252, of which Latin-1 is a part.
/// Rows may have more or fewer fields than the first.
pub(crate) fn reader(text: &str, has_headers: bool) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(has_headers)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator(text))
        .from_reader(text.as_bytes())
}

/// Decodes the text of a table.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0,
        None => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0,
        },
    }
}

/// Names what [`decode`] takes a table for that is not UTF-8.
pub(crate) fn encoding(bytes: &[u8]) -> &'static str {
    encoding_rs::Encoding::for_bom(bytes).map_or("Windows-1252", |(encoding, _)| encoding.name())
}

/// Finds a line with accents in UTF-8 in a table that is not UTF-8 as a whole: two files have been put together, and one
/// reading of all would spoil names. The first line is 1.
pub(crate) fn mixed(bytes: &[u8]) -> Option<u64> {
    if encoding_rs::Encoding::for_bom(bytes).is_some() || std::str::from_utf8(bytes).is_ok() {
        return None;
    }
    let mut lines = (1_u64..).zip(bytes.split(|octet| *octet == b'\n'));
    lines
        .find(|(_, line)| !line.is_ascii() && std::str::from_utf8(line).is_ok())
        .map(|(number, _)| number)
}

fn separator(text: &str) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut quoted = false;
    let mut counts = SEPARATORS.map(|separator| (0_usize, separator));
    for octet in first.bytes() {
        quoted ^= octet == b'"';
        for (count, separator) in &mut counts {
            *count += usize::from(!quoted && octet == *separator);
        }
    }
    // The first of equals: a comma where there is none of them.
    let most = counts.iter().map(|(count, _)| *count).max().unwrap_or_default();
    counts
        .iter()
        .find(|(count, _)| *count == most)
        .map_or(b',', |(_, separator)| *separator)
}

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<Vec<String>> {
        let text = decode(bytes);
        reader(&text, false)
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn tables_of_excel_and_of_scripts_are_the_same() {
        let plain = "nom,prénom\nNoël,Zoé\n".as_bytes();
        let expected = rows(plain);
        assert_eq!(expected[1], ["Noël", "Zoé"]);
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(
                "nom\tprénom\r\nNoël\tZoé\r\n"
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes),
            )
            .collect();
        for other in [
            &b"nom;pr\xe9nom\r\nNo\xebl;Zo\xe9\r\n"[..],
            "\u{feff}nom;prénom\nNoël;Zoé\n".as_bytes(),
            "\"nom\";\"prénom\"\n\"Noël\"; Zoé \n\n".as_bytes(),
            &utf16,
        ] {
            assert_eq!(rows(other), expected, "{other:?}");
        }
    }

    #[test]
    fn two_encodings_in_one_file_are_noticed() {
        assert_eq!(mixed(b"nom\nNo\xebl\n"), None);
        assert_eq!(mixed("nom\nNoël\n".as_bytes()), None);
        assert_eq!(mixed(b"nom\nNo\xebl\nZo\xc3\xa9\n"), Some(3));
        assert_eq!(
            (encoding(b"No\xebl"), encoding(b"\xff\xfea\0")),
            ("Windows-1252", "UTF-16LE")
        );
    }

    #[test]
    fn what_stands_in_quotation_marks_parts_nothing() {
        assert_eq!(rows(b"\"a,b,c\";d\n1;2\n")[0], ["a,b,c", "d"]);
        assert_eq!(rows(b"email\na@example.org\n")[1], ["a@example.org"]);
        assert_eq!(rows(b""), Vec::<Vec<String>>::new());
        assert_eq!(rows(b"a,b\n1\n1,2,3\n").len(), 3);
    }
}
