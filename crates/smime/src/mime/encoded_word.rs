//! Encoded words (RFC 2047): header text outside ASCII.

use super::header::Field;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Returns `value` with its encoded words decoded, for people to read.
pub fn decode_words(value: &str) -> String {
    let raw = format!("X: {value}");
    match mailparse::parse_header(raw.as_bytes()) {
        Ok((header, _)) => header.get_value(),
        Err(_) => value.to_owned(),
    }
}

/// Encodes unstructured text (a Subject) so that it is ASCII and its lines are short; the lines are folded with CRLF.
///
/// `used` is how many columns the field name and its colon have taken.
pub fn encode_unstructured(text: &str, used: usize) -> String {
    // Text that looks like an encoded word must be encoded too, or it would read differently.
    if text.is_ascii() && !text.contains("=?") && !text.starts_with(' ') {
        return fold(text, used);
    }
    let mut out = String::new();
    let mut chunk = String::new();
    let mut first = true;
    // 75 octets at most for a word; `=?UTF-8?B?` and `?=` take 12, the field name its share of the first line.
    for c in text.chars() {
        let room = if first {
            60_usize.saturating_sub(used).max(8)
        } else {
            60
        };
        if (chunk.len() + c.len_utf8()).div_ceil(3) * 4 > room {
            push_word(&mut out, &chunk);
            chunk.clear();
            first = false;
        }
        chunk.push(c);
    }
    push_word(&mut out, &chunk);
    out
}

fn push_word(out: &mut String, chunk: &str) {
    if chunk.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push_str("\r\n ");
    }
    out.push_str("=?UTF-8?B?");
    out.push_str(&STANDARD.encode(chunk));
    out.push_str("?=");
}

/// Folds ASCII text at blanks, aiming at 78 columns.
fn fold(text: &str, used: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = used;
    for word in text.split_inclusive(' ') {
        if column + word.trim_end().len() > 78 && out.ends_with(' ') && !word.trim().is_empty() {
            out.pop();
            out.push_str("\r\n ");
            column = 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out
}

impl Field {
    /// Makes a field of unstructured text.
    pub(crate) fn unstructured(name: &str, text: &str) -> Self {
        Self::new(name, &encode_unstructured(text, name.len() + 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_short_and_come_back() {
        for text in [
            "plain",
            "Grüße",
            "日本語の件名がとても長い場合でも行は短く保たれるべきである、そうでしょう?",
            "=?x?=",
            "",
        ] {
            let encoded = encode_unstructured(text, 9);
            assert!(encoded.is_ascii());
            assert!(encoded.split("\r\n").all(|l| l.len() <= 76), "{encoded}");
            assert_eq!(decode_words(&encoded), text);
        }
    }

    #[test]
    fn ascii_is_folded_at_blanks() {
        let text = "word ".repeat(40).trim_end().to_owned();
        let folded = encode_unstructured(&text, 9);
        assert!(folded.split("\r\n").all(|l| l.len() <= 78));
        assert_eq!(folded.replace("\r\n", ""), text);
    }
}
