//! Many messages in one file: mbox (RFC 4155), in the dialects in use.
//!
//! A line `From ADDRESS DATE` after an empty line begins each message; body lines that look like it are written with a
//! `>` before them, and the dialects differ in which ones (mboxo, mboxrd, or none). A file does not say which it is:
//! [`MboxMessage::unquoted`] reads it each way, and a signature tells which reading was meant.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

/// Which quoting is taken off the lines of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quoting {
    /// mboxrd: one `>` of every line of `>` and `From `. What writers do today.
    Rd,
    /// mboxo: the `>` of `>From `, and nothing of `>>From `.
    O,
    /// None: the lines stand as they were sent (mboxcl2).
    None,
}

impl Quoting {
    /// Every dialect, the likeliest first.
    pub const ALL: [Self; 3] = [Self::Rd, Self::O, Self::None];
}

/// One message of an mbox file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MboxMessage {
    octets: Vec<u8>,
    is_whole: bool,
    is_quoted: bool,
}

impl MboxMessage {
    /// Returns the message as it stands in the file, without the line before it and the empty line behind it.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Tells whether all of it is here: of a message longer than the limit there is only the beginning.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Tells whether a line looks quoted, so that the dialects differ.
    pub fn is_quoted(&self) -> bool {
        self.is_quoted
    }

    /// Returns the message as it was before a writer of that dialect put it into the file.
    pub fn unquoted(&self, quoting: Quoting) -> Cow<'_, [u8]> {
        if !self.is_quoted || quoting == Quoting::None {
            return Cow::Borrowed(&self.octets);
        }
        let mut out = Vec::with_capacity(self.octets.len());
        for line in self.octets.split_inclusive(|octet| *octet == b'\n') {
            let marks = quotation_marks(line).unwrap_or_default();
            let drop = marks == 1 || (marks > 1 && quoting == Quoting::Rd);
            out.extend_from_slice(line.get(usize::from(drop)..).unwrap_or_default());
        }
        Cow::Owned(out)
    }
}

/// Reads an mbox file message by message.
///
/// # Example
/// ```
/// use smime::mime::{MboxReader, Quoting};
///
/// let file = b"From a@example.org Mon Sep  1 08:00:00 2026\nSubject: 1\n\n>From here on\n\n\
///              From b@example.org Mon Sep  1 09:00:00 2026\nSubject: 2\n\nHello\n";
/// let messages: Vec<_> = MboxReader::new(&file[..], 1 << 20).collect::<Result<_, _>>()?;
/// assert_eq!(messages.len(), 2);
/// assert_eq!(&*messages[0].unquoted(Quoting::Rd), b"Subject: 1\n\nFrom here on\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct MboxReader<R> {
    input: R,
    limit: usize,
    /// Nothing was read yet.
    at_start: bool,
    /// A line that begins a message was read.
    begun: bool,
    ended: bool,
}

impl<R: BufRead> MboxReader<R> {
    /// Reads from `input`; of a message longer than `limit` octets only the beginning is kept.
    pub fn new(input: R, limit: usize) -> Self {
        Self {
            input,
            limit,
            at_start: true,
            begun: false,
            ended: false,
        }
    }

    fn message(&mut self) -> io::Result<Option<MboxMessage>> {
        let mut message = MboxMessage {
            octets: Vec::new(),
            is_whole: true,
            is_quoted: false,
        };
        let mut is_empty = !std::mem::take(&mut self.begun);
        let mut after_empty_line = std::mem::take(&mut self.at_start);
        // Whether what comes next begins a line, and not the rest of one that is too long.
        let mut begins = true;
        let mut line = Vec::new();
        loop {
            line.clear();
            let room = self.limit.saturating_add(1) as u64;
            (&mut self.input).take(room).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                self.ended = true;
                break;
            }
            if begins && after_empty_line && is_separator(&line, is_empty) {
                self.begun = true;
                if !is_empty {
                    break;
                }
                // The first of the file.
                self.begun = false;
                is_empty = false;
                after_empty_line = false;
                continue;
            }
            let blank = line == b"\n" || line == b"\r\n";
            if is_empty && blank {
                continue;
            }
            is_empty = false;
            message.is_quoted |= begins && quotation_marks(&line).is_some_and(|marks| marks > 0);
            after_empty_line = begins && blank;
            begins = line.ends_with(b"\n");
            let room = self.limit.saturating_sub(message.octets.len());
            message.is_whole &= line.len() <= room;
            message
                .octets
                .extend_from_slice(line.get(..room.min(line.len())).unwrap_or_default());
        }
        if is_empty {
            return Ok(None);
        }
        // The empty line before the next message belongs to the file.
        if message.is_whole {
            for end in [&b"\n\r\n"[..], b"\n\n"] {
                if message.octets.ends_with(end) {
                    message.octets.truncate(message.octets.len() - end.len() + 1);
                    break;
                }
            }
        }
        Ok(Some(message))
    }
}

impl<R: BufRead> Iterator for MboxReader<R> {
    type Item = io::Result<MboxMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.message();
        self.ended |= read.is_err();
        read.transpose()
    }
}

/// Tells whether a line begins a message: a date must stand in it (RFC 4155 appendix A), except in the file's first line.
fn is_separator(line: &[u8], is_first: bool) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    if is_first {
        return true;
    }
    // `Mon Sep  1 08:00:00 2026`, in whatever order the writer has it.
    let words = || rest.split(|octet| octet.is_ascii_whitespace());
    let is_time = |word: &[u8]| {
        word.iter().filter(|octet| **octet == b':').count() >= 1
            && word.iter().all(|octet| octet.is_ascii_digit() || *octet == b':')
            && word.first().is_some_and(u8::is_ascii_digit)
    };
    let is_year = |word: &[u8]| word.len() == 4 && (word.starts_with(b"19") || word.starts_with(b"20"));
    rest.len() < LONGEST_SEPARATOR && words().any(is_time) && words().any(is_year)
}

/// How many `>` stand before `From `, if nothing else does.
fn quotation_marks(line: &[u8]) -> Option<usize> {
    let marks = line.iter().take_while(|octet| **octet == b'>').count();
    line.get(marks..)
        .is_some_and(|rest| rest.starts_with(b"From "))
        .then_some(marks)
}

/// An address has 254 characters at most, and what else stands there is short.
const LONGEST_SEPARATOR: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "From a@example.org Mon Sep  1 08:00:00 2026";

    fn read(text: &str) -> Vec<MboxMessage> {
        MboxReader::new(text.as_bytes(), 1 << 20)
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn bodies(text: &str) -> Vec<String> {
        let messages = read(text);
        let body = |message: &MboxMessage| String::from_utf8(message.octets().to_vec()).unwrap();
        messages.iter().map(body).collect()
    }

    #[test]
    fn messages_are_told_apart_whatever_the_line_ends() {
        for end in ["\n", "\r\n"] {
            let text = format!("{LINE}\nA: 1\n\nx\n\n{LINE}\nB: 2\n\ny\n\n").replace('\n', end);
            let expected = ["A: 1\n\nx\n", "B: 2\n\ny\n"].map(|body| body.replace('\n', end));
            assert_eq!(bodies(&text), expected, "{end:?}");
        }
        // Thunderbird's line names nobody; the last message need not end in a line feed.
        let text = "From - Tue Sep 01 08:00:00 2026\nA: 1\n\nx";
        assert_eq!(bodies(text), ["A: 1\n\nx"]);
        // A single message is a file of one; nothing is one of none.
        assert_eq!(bodies("A: 1\n\nx\n"), ["A: 1\n\nx\n"]);
        assert!(bodies("").is_empty() && bodies("\n\n").is_empty());
        assert_eq!(bodies(&format!("{LINE}\n")), [""]);
    }

    #[test]
    fn prose_that_begins_with_from_begins_no_message() {
        for prose in [
            "From here on all is well.",
            "From 10:30 on there is tea.",
            "From a@example.org",
        ] {
            let text = format!("{LINE}\nA: 1\n\n{prose}\n\n{prose}\n");
            assert_eq!(bodies(&text).len(), 1, "{prose}");
        }
        // Nor does the line itself without an empty line before it.
        assert_eq!(bodies(&format!("{LINE}\nA: 1\n\nx\n{LINE}\n")).len(), 1);
    }

    #[test]
    fn quoting_is_taken_off_as_each_dialect_put_it_on() {
        let messages = read(&format!(
            "{LINE}\nA: 1\n\n>From x\n>>From y\n> From z\n>Fromage\n"
        ));
        let [message] = messages.as_slice() else { panic!() };
        assert!(message.is_quoted());
        for (quoting, expected) in [
            (Quoting::Rd, "From x\n>From y"),
            (Quoting::O, "From x\n>>From y"),
            (Quoting::None, ">From x\n>>From y"),
        ] {
            let expected = format!("A: 1\n\n{expected}\n> From z\n>Fromage\n");
            assert_eq!(&*message.unquoted(quoting), expected.as_bytes(), "{quoting:?}");
        }
        assert!(!read(&format!("{LINE}\nA: 1\n\n> From z\n"))[0].is_quoted());
    }

    #[test]
    fn of_what_is_too_long_the_rest_is_skipped() {
        let long = "x".repeat(5000);
        let text = format!("{LINE}\n{long}\n\n{LINE}\nB: 2\n\ny\n");
        let messages: Vec<_> = MboxReader::new(text.as_bytes(), 100)
            .map(Result::unwrap)
            .collect();
        assert_eq!(messages.len(), 2);
        assert!(!messages[0].is_whole() && messages[0].octets().len() == 100);
        assert!(messages[1].is_whole());
        assert_eq!(messages[1].octets(), b"B: 2\n\ny\n");
    }
}
