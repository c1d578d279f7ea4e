//! Showing text from strangers.

/// Tells whether a reader would not see a character, or see others in the wrong order because of it.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Returns the beginning of a text for a message, unseen characters escaped, with its length where it was cut.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .map(|character| {
            if is_unseen(character) {
                character.escape_unicode().to_string()
            } else {
                character.to_string()
            }
        })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push_str(&format!("… ({} bytes)", text.len()));
    }
    shown
}

const SHOWN: usize = 64;
