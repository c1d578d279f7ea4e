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

/// Tells whether a word is made to look like another: it mixes Latin letters with Cyrillic or Greek ones, or has only
/// such Cyrillic letters as look like Latin ones (Unicode TS 39 4 and 5.1, as far as mail names need it).
pub(crate) fn holds_look_alike(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| {
        let letters = || word.chars().filter(|c| c.is_alphabetic());
        let latin = letters().any(|c| c.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&c));
        let foreign = letters().any(|c| ('\u{370}'..='\u{52f}').contains(&c));
        let all_alike = letters().count() > 2 && letters().all(|c| LIKE_LATIN.contains(c));
        latin && foreign || all_alike
    })
}

/// Cyrillic letters that cannot be told from Latin ones.
const LIKE_LATIN: &str = "\u{430}\u{435}\u{43e}\u{440}\u{441}\u{443}\u{445}\u{455}\u{456}\u{458}\u{4bb}\u{501}\u{51b}\u{51d}\u{4cf}\u{410}\u{412}\u{415}\u{41a}\u{41c}\u{41d}\u{41e}\u{420}\u{421}\u{422}\u{425}\u{405}\u{406}\u{408}";

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

    #[test]
    fn look_alikes_are_told_from_names() {
        for text in [
            "\u{410}lice",
            "ex\u{430}mple.org",
            "\u{440}\u{430}\u{443}\u{440}\u{430}l",
            "\u{440}\u{430}\u{441}\u{435}",
        ] {
            assert!(holds_look_alike(text), "{text}");
        }
        for text in ["Alice", "Алиса Петрова", "Zoé", "Ελένη Alice", "日本 Mail"] {
            assert!(!holds_look_alike(text), "{text}");
        }
    }
}
