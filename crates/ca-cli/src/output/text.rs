//! Making text harmless: what comes from a certificate or a message may hold anything.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};

/// Returns `text` on one line, with everything escaped that could move a terminal's cursor or turn
/// the reading direction.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    escape(text, false)
}

/// As [`printable`], but keeps line feeds.
pub(crate) fn printable_lines(text: &str) -> Cow<'_, str> {
    escape(text, true)
}

/// Returns hexadecimal digits in upper case and groups of four, as a fingerprint is compared by eye.
pub(crate) fn grouped(bytes: &[u8]) -> String {
    let digits = hex::encode_upper(bytes);
    let groups: Vec<&str> = digits
        .as_bytes()
        .chunks(4)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(" ")
}

/// Writes a moment as JSON documents hold it.
pub(crate) fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Quotes a word for a POSIX shell, if it needs quoting.
pub(crate) fn shell_quote(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

/// Makes text harmless in elements and attributes; what nobody sees is spelt out.
pub(crate) fn escape_html(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn escape(text: &str, keep_lines: bool) -> Cow<'_, str> {
    let harmful = |c: char| {
        (c.is_control() && !(keep_lines && c == '\n'))
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if harmful(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\x1b[2Jb\u{9b}c\nd"), "a\\u{1b}[2Jb\\u{9b}c\\nd");
        assert_eq!(printable("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
        assert_eq!(printable("Zoé 学校"), "Zoé 学校");
        assert_eq!(printable_lines("a\nb\r"), "a\nb\\r");
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_quote("alice@example.com"), "alice@example.com");
        assert_eq!(shell_quote("Alice O'Hara"), r"'Alice O'\''Hara'");
        assert_eq!(shell_quote("$(rm -rf /)"), "'$(rm -rf /)'");
        assert_eq!(shell_quote("~x"), "'~x'");
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn fingerprints_are_in_groups_of_four() {
        assert_eq!(grouped(&[0xab, 0xcd, 0x01, 0x23, 0x45]), "ABCD 0123 45");
    }

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(
            escape_html("<script>\"a\" & 'b'</script>\u{202e}\n"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;\\u{202e}\\n"
        );
        assert!(matches!(escape_html("Zoé"), Cow::Borrowed("Zoé")));
    }
}
