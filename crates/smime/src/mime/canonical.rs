//! The canonical form that is signed: every line ends in CRLF (RFC 8551 3.1.1).

use std::borrow::Cow;

/// Tells whether every line of `bytes` ends in CRLF, with no CR or LF standing alone.
pub fn is_canonical(bytes: &[u8]) -> bool {
    let mut previous = 0;
    for &byte in bytes {
        if (byte == b'\n') != (previous == b'\r') {
            return false;
        }
        previous = byte;
    }
    previous != b'\r'
}

/// Returns `bytes` with every line end (CRLF, LF, or CR alone) written as CRLF.
pub fn canonicalize(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_canonical(bytes) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut rest = bytes;
    while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
        let (line, end) = rest.split_at(at);
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        let skip = if end.starts_with(b"\r\n") { 2 } else { 1 };
        rest = end.get(skip..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Returns `bytes` with every LF that stands alone written as CRLF; a CR that stands alone stays.
///
/// Mail servers and files change line ends between CRLF and LF only: a signature must survive that, and nothing more.
pub(crate) fn with_crlf(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bare = |at: usize| at == 0 || bytes.get(at - 1) != Some(&b'\r');
    if !memchr::memchr_iter(b'\n', bytes).any(bare) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', bytes).filter(|at| bare(*at)) {
        out.extend_from_slice(bytes.get(start..at).unwrap_or_default());
        out.push(b'\r');
        start = at;
    }
    out.extend_from_slice(bytes.get(start..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_becomes_crlf() {
        assert_eq!(&*canonicalize(b"a\nb\r\nc\rd\n\n"), b"a\r\nb\r\nc\r\nd\r\n\r\n");
        assert_eq!(&*canonicalize(b"no end"), b"no end");
        assert_eq!(&*canonicalize(b"a\r\r\nb\r"), b"a\r\n\r\nb\r\n");
    }

    #[test]
    fn only_a_bare_lf_gains_a_cr() {
        assert_eq!(
            &*with_crlf(b"\na\nb\r\nc\rd\n\n\r"),
            b"\r\na\r\nb\r\nc\rd\r\n\r\n\r"
        );
        for text in [&b""[..], b"a\rb", b"a\r\n\r\r\n"] {
            assert!(matches!(with_crlf(text), Cow::Borrowed(_)));
        }
    }

    #[test]
    fn what_is_canonical_is_left_alone() {
        for text in [&b""[..], b"a", b"a\r\n", b"\r\n\r\n"] {
            assert!(is_canonical(text));
            assert!(matches!(canonicalize(text), Cow::Borrowed(_)));
        }
        for text in [&b"\n"[..], b"\r", b"a\rb", b"a\n\r", b"\r\r\n"] {
            assert!(!is_canonical(text));
            assert!(is_canonical(&canonicalize(text)));
        }
    }
}
