use std::fmt::Write as _;

/// Escapes what could fool a reader of a report: control, bidirectional and invisible characters become `\u{..}`.
///
/// Every name that comes from a message or certificate goes through it before it reaches a finding.
///
/// ```
/// assert_eq!(smime::report::escape("Alice\u{202e}\n"), "Alice\\u{202e}\\u{a}");
/// ```
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_suspicious(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Tells whether a character is a control, bidirectional or invisible one.
pub(crate) fn is_suspicious(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Escapes and cuts a text that goes into a message.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    let escaped = escape(text);
    match escaped.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &escaped[..end]),
        None => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_bidi_never_pass() {
        assert_eq!(escape("a\u{1b}[31mb\0"), "a\\u{1b}[31mb\\u{0}");
        assert_eq!(escape("\u{202e}moc\u{2066}"), "\\u{202e}moc\\u{2066}");
        assert_eq!(escape("Zoé 日本"), "Zoé 日本");
        assert!(shorten(&"x".repeat(1000)).len() < 250);
    }
}
