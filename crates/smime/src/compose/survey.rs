//! What must be known of a body before it can be written: whether mail servers would alter it, and its character set.

/// Looks at a body piece by piece.
///
/// Octets outside ASCII, NUL, lines over 998 octets (RFC 5322 2.1.1), blanks at the end of a line, and lines that
/// begin with `From ` or a dot have all been seen to be altered on their way. Lines may end in any way.
#[derive(Default)]
pub(super) struct Survey {
    altered: bool,
    beyond_ascii: bool,
    bare_line_ends: bool,
    cr_alone: bool,
    not_utf8: bool,
    /// Octets that ISO 8859-1 has no characters for.
    high_controls: bool,
    /// The beginning of a character whose end has not come yet.
    character: Vec<u8>,
    previous: u8,
    column: usize,
    longest: usize,
    /// The first octets of the line.
    begin: [u8; FROM.len()],
    /// Digits of base64 until the padding, and whether that has come.
    digits: usize,
    padded: bool,
    count_digits: bool,
    any: bool,
}

impl Survey {
    /// A survey that counts the digits of base64 too.
    pub(super) fn of_base64() -> Self {
        Self {
            count_digits: true,
            ..Self::default()
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.any |= !bytes.is_empty();
        if !bytes.is_ascii() || !self.character.is_empty() {
            self.beyond_ascii = true;
            self.high_controls |= bytes.iter().any(|b| (0x80..0xA0).contains(b));
            self.check_utf8(bytes);
        }
        self.altered |= self.beyond_ascii || memchr::memchr(0, bytes).is_some();
        if self.count_digits && !self.padded {
            let (digits, padding) = match memchr::memchr(b'=', bytes) {
                Some(at) => (bytes.get(..at).unwrap_or_default(), true),
                None => (bytes, false),
            };
            self.padded = padding;
            self.digits += digits.iter().filter(|b| is_digit(**b)).count();
        }
        let mut start = 0;
        for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
            self.text(bytes.get(start..at).unwrap_or_default());
            start = at + 1;
            let end = bytes.get(at).copied().unwrap_or_default();
            let second = end == b'\n' && self.previous == b'\r';
            if !second {
                self.cr_alone |= self.previous == b'\r';
                self.bare_line_ends |= end == b'\n' || self.cr_alone;
                self.end_line();
            }
            self.previous = if second { b'\n' } else { end };
        }
        self.text(bytes.get(start..).unwrap_or_default());
    }

    pub(super) fn finish(&mut self) {
        self.cr_alone |= self.previous == b'\r';
        self.bare_line_ends |= self.cr_alone;
        self.not_utf8 |= !self.character.is_empty();
        self.end_line();
    }

    /// Whether the body passes through mail servers unchanged.
    pub(super) fn is_safe(&self) -> bool {
        !self.altered
    }

    /// Whether every line ends in CRLF, with no CR or LF standing alone.
    pub(super) fn is_canonical(&self) -> bool {
        !self.bare_line_ends
    }

    /// Whether a CR stands without an LF after it.
    pub(super) fn has_cr_alone(&self) -> bool {
        self.cr_alone
    }

    pub(super) fn is_ascii(&self) -> bool {
        !self.beyond_ascii
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.any
    }

    /// Whether the digits of base64 make up whole octets.
    pub(super) fn is_base64(&self) -> bool {
        self.digits % 4 != 1
    }

    /// Whether the last octet was a CR, which may be half of a line end.
    pub(super) fn is_after_cr(&self) -> bool {
        self.previous == b'\r'
    }

    /// The longest line, in octets.
    pub(super) fn longest_line(&self) -> usize {
        self.longest
    }

    /// UTF-8, or for octets that are not UTF-8 the Western character set that such files almost always are in.
    pub(super) fn charset(&self) -> &'static str {
        match (self.not_utf8, self.high_controls) {
            (false, _) => "utf-8",
            (true, true) => "windows-1252",
            (true, false) => "iso-8859-1",
        }
    }

    /// A piece of a line, without its end.
    fn text(&mut self, piece: &[u8]) {
        let Some(last) = piece.last() else { return };
        self.cr_alone |= self.previous == b'\r';
        self.bare_line_ends |= self.cr_alone;
        for (place, byte) in self.begin.iter_mut().skip(self.column).zip(piece) {
            *place = *byte;
        }
        self.column = self.column.saturating_add(piece.len());
        self.previous = *last;
    }

    fn end_line(&mut self) {
        let begin = self.begin.get(..self.column.min(FROM.len())).unwrap_or_default();
        self.altered |= self.column > 998
            || (self.column > 0 && matches!(self.previous, b' ' | b'\t'))
            || begin.first() == Some(&b'.')
            || begin == FROM;
        self.longest = self.longest.max(self.column);
        self.column = 0;
    }

    fn check_utf8(&mut self, bytes: &[u8]) {
        if self.not_utf8 {
            return;
        }
        let mut rest = bytes;
        while !self.character.is_empty() {
            let Some((first, after)) = rest.split_first() else {
                return;
            };
            self.character.push(*first);
            rest = after;
            match std::str::from_utf8(&self.character) {
                Ok(_) => self.character.clear(),
                Err(error) if error.error_len().is_some() => {
                    self.not_utf8 = true;
                    return;
                }
                Err(_) => {}
            }
        }
        if let Err(error) = std::str::from_utf8(rest) {
            match error.error_len() {
                Some(_) => self.not_utf8 = true,
                None => self
                    .character
                    .extend_from_slice(rest.get(error.valid_up_to()..).unwrap_or_default()),
            }
        }
    }
}

pub(super) fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

const FROM: &[u8; 5] = b"From ";

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8], size: usize) -> Survey {
        let mut survey = Survey::default();
        bytes.chunks(size).for_each(|piece| survey.update(piece));
        survey.finish();
        survey
    }

    #[test]
    fn any_chunking_sees_the_same() {
        for (text, safe) in [
            (&b""[..], true),
            (b"plain\r\ntext", true),
            (b"a\nFrom\n Fromage\r\n", true),
            (b"a\rFrom me", false),
            (b"blank \r\nend", false),
            (b"blank\t", false),
            (b"\n.", false),
            (b"nul\0", false),
            ("grün".as_bytes(), false),
            (&[b'x'; 998], true),
            (&[b'x'; 999], false),
        ] {
            for size in 1..9 {
                let survey = of(text, size);
                assert_eq!(survey.is_safe(), safe, "{text:?} by {size}");
                assert_eq!(survey.is_canonical(), crate::mime::is_canonical(text), "{text:?}");
                assert_eq!(survey.is_ascii(), text.is_ascii());
            }
        }
        for (text, charset) in [
            (&b"ascii"[..], "utf-8"),
            ("世界".as_bytes(), "utf-8"),
            (b"Gr\xFC\xDFe", "iso-8859-1"),
            (b"\x80 5", "windows-1252"),
            (b"cut \xE4\xB8", "iso-8859-1"),
        ] {
            for size in 1..6 {
                assert_eq!(of(text, size).charset(), charset, "{text:?}");
            }
        }
    }
}
