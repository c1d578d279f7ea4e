//! Characters that a reader of a record does not see.

/// Tells whether a reader cannot see a character, or whether it turns the text around; joiners, which some scripts need,
/// are not among them.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// As [`is_unseen`], joiners and variation selectors included: what makes no difference between two names.
pub(crate) fn is_invisible(character: char) -> bool {
    let joins = matches!(
        character,
        '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{fe00}'..='\u{fe0f}'
    );
    joins || (is_unseen(character) && !character.is_control())
}

/// Checks a line that goes on record: not empty, at most `longest` characters, none of them unseen. Returns it without the
/// blanks around it.
///
/// # Errors
/// [`LineError`].
pub fn line(text: &str, longest: usize) -> Result<&str, LineError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(LineError::Empty);
    }
    if let Some(character) = text.chars().find(|character| is_unseen(*character)) {
        return Err(LineError::Unseen { character });
    }
    match text.chars().nth(longest) {
        Some(_) => Err(LineError::TooLong { longest }),
        None => Ok(text),
    }
}

/// Why a text cannot stand in the record as one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It says nothing.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error("it has more than {longest} characters: shorten it")]
    TooLong {
        /// The most that are kept.
        longest: usize,
    },
    /// Its reader would not see all of it, or not as it is.
    #[error("it holds the control or invisible character U+{:04X}: write it on one line without it", *.character as u32)]
    Unseen {
        /// The character.
        character: char,
    },
}

#[cfg(test)]
mod tests {
    use super::{LineError, line};

    #[test]
    fn a_line_is_what_its_reader_sees() {
        assert_eq!(line("  not of this school ", 64), Ok("not of this school"));
        assert_eq!(line("नमस्\u{200d}ते", 64), Ok("नमस्\u{200d}ते"));
        assert_eq!(line(" \t", 64), Err(LineError::Empty));
        assert_eq!(line("abc", 2), Err(LineError::TooLong { longest: 2 }));
        for character in [
            '\n', '\u{1b}', '\u{3164}', '\u{2800}', '\u{200b}', '\u{202e}', '\u{feff}',
        ] {
            let text = format!("a{character}b");
            assert_eq!(line(&text, 64), Err(LineError::Unseen { character }));
        }
    }
}
