//! The message that comes out: the outer header, where there was one, before the inner entity.

use std::io::{self, Write};

use zeroize::Zeroizing;

use crate::compose::is_content_field;
use crate::mime::Header;
use crate::protected::{Payload, ProtectedHeaders};
use crate::report::Finding;
use crate::stream::append_secret;

/// Writes the outer header, if any, and then the inner entity, of which only the header is held back.
pub(super) struct EntityWriter<W> {
    output: W,
    /// The outer header; none where the CMS came on its own.
    outer: Option<Header>,
    /// Whether the beginning was written.
    released: bool,
    /// The beginning of the inner entity, until its header is known.
    begin: Zeroizing<Vec<u8>>,
    /// How much of the beginning was searched for an empty line.
    searched: usize,
    /// What the inner entity protects of the header, and where the header outside differs.
    protected: (Option<ProtectedHeaders>, Vec<Finding>),
}

impl<W: Write> EntityWriter<W> {
    pub(super) fn new(outer: Option<Header>, output: W) -> Self {
        Self {
            output,
            outer,
            begin: Zeroizing::default(),
            released: false,
            searched: 0,
            protected: (None, Vec::new()),
        }
    }

    /// Writes what was held back; returns the protected header fields, if there are some.
    pub(super) fn finish(mut self) -> io::Result<(Option<ProtectedHeaders>, Vec<Finding>)> {
        self.release()?;
        self.output.flush()?;
        Ok(self.protected)
    }

    fn release(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.released, true) {
            return Ok(());
        }
        let outer = self.outer.take();
        let content = std::mem::take(&mut self.begin);
        if let Some(payload) = Payload::of(outer.as_ref(), &content) {
            let mut findings = Vec::new();
            let headers = payload.compare(outer.as_ref(), true, &mut findings);
            self.protected = (Some(headers), findings);
        }
        let Some(outer) = outer else {
            return self.output.write_all(&content);
        };
        let (inner, _, complete) = Header::split_at_empty_line(&content);
        // Bare text may open with words and a colon too: only fields that make an entity count.
        let is_entity = complete
            && inner
                .fields()
                .iter()
                .any(|f| is_content_field(f) || MESSAGE_FIELDS.iter().any(|name| f.is(name)));
        // What the entity says of itself was encrypted, and so weighs more than what stands outside.
        let (kept, _) =
            outer.partition(|f| !(is_content_field(f) || is_entity && inner.get(f.name()).is_some()));
        self.output.write_all(&kept.canonical().to_bytes())?;
        if !is_entity && !content.starts_with(b"\r\n") && !content.starts_with(b"\n") {
            // Bare content: the default Content-Type holds.
            self.output.write_all(b"\r\n")?;
        }
        self.output.write_all(&content)
    }

    /// Tells whether the beginning has an empty line, which ends the header wherever it is; each octet is looked at once.
    fn has_empty_line(&mut self) -> bool {
        let from = self.searched;
        self.searched = self.begin.len();
        let begin = &self.begin[..];
        memchr::memchr_iter(b'\n', begin.get(from..).unwrap_or_default()).any(|at| {
            let before = begin.get(..from + at).unwrap_or_default();
            let before = before.strip_suffix(b"\r").unwrap_or(before);
            before.is_empty() || before.ends_with(b"\n")
        })
    }
}

impl<W: Write> Write for EntityWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.released {
            return self.output.write(bytes);
        }
        let room = LONGEST_HEADER - self.begin.len();
        let count = bytes.len().min(room);
        append_secret(&mut self.begin, bytes.get(..count).unwrap_or_default());
        if self.has_empty_line() || self.begin.len() >= LONGEST_HEADER {
            self.release()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

const MESSAGE_FIELDS: [&str; 4] = ["From", "Subject", "Date", "MIME-Version"];

/// The longest header that the inner entity may have; what has none by then is bare content.
const LONGEST_HEADER: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn written_in(content: &[u8], piece: usize) -> String {
        let outer = Header::split(b"From: a@b\nSubject: out\nContent-Type: application/pkcs7-mime\n\n").0;
        let mut out = Vec::new();
        let mut writer = EntityWriter::new(Some(outer), &mut out);
        for piece in content.chunks(piece) {
            writer.write_all(piece).unwrap();
        }
        writer.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn written(content: &[u8]) -> String {
        let whole = written_in(content, usize::MAX);
        assert_eq!(written_in(content, 1), whole);
        assert_eq!(written_in(content, 3), whole);
        whole
    }

    #[test]
    fn outer_fields_stand_before_the_entity() {
        const OUTER: &str = "From: a@b\r\nSubject: out\r\n";
        let entity = "Content-Type: text/html\r\n\r\nx";
        assert_eq!(written(entity.as_bytes()), format!("{OUTER}{entity}"));
        assert_eq!(written(b"\r\nno fields"), format!("{OUTER}\r\nno fields"));
        for bare in ["Dear Bob,\n\ntext", "Note: this\r\n\r\nis text", ""] {
            assert_eq!(written(bare.as_bytes()), format!("{OUTER}\r\n{bare}"));
        }
        assert_eq!(
            written(b"Subject: in\r\n\r\nx"),
            "From: a@b\r\nSubject: in\r\n\r\nx"
        );
    }

    #[test]
    fn an_endless_header_is_content() {
        let text = "A: b\r\n".repeat(LONGEST_HEADER / 3);
        assert!(written_in(text.as_bytes(), 1 << 16).ends_with(&format!("Subject: out\r\n\r\n{text}")));
    }
}
