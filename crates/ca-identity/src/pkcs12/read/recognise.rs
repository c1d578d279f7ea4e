//! What a file that is no PKCS#12 looks like: told before the decoder speaks of tags and lengths.

use super::super::Pkcs12Error;

/// Refuses what is too long, and what its first bytes show to be something else.
pub(super) fn recognise(bytes: &[u8]) -> Result<(), Pkcs12Error> {
    if bytes.len() > LONGEST {
        return Err(Pkcs12Error::TooLong {
            length: bytes.len(),
            maximum: LONGEST,
        });
    }
    let looks_like = match bytes {
        [] => "an empty file",
        [0x30, ..] => return Ok(()),
        [0xfe, 0xed, 0xfe, 0xed, ..] => "a Java key store (JKS); convert it with keytool -importkeystore",
        [0xce, 0xce, 0xce, 0xce, ..] => "a Java key store (JCEKS); convert it with keytool -importkeystore",
        [b'%', b'P', b'D', b'F', ..] => "a PDF document",
        [b'P', b'K', 3 | 5, ..] => "a ZIP archive; unpack it first",
        [0x1f, 0x8b, ..] => "a gzip archive; unpack it first",
        _ if crate::pem::is_pem(bytes) => "a PEM file",
        _ if looks_like_html(bytes) => "a web page; the download went wrong",
        // Base64 of a SEQUENCE with a length of two or three bytes.
        [b'M', b'I', ..] => "Base64; decode it first",
        _ => "something else",
    };
    Err(Pkcs12Error::NotPkcs12 { looks_like })
}

fn looks_like_html(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    [&b"<!doctype"[..], b"<html"].iter().any(|mark| {
        start
            .get(..mark.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(mark))
    })
}

const LONGEST: usize = 16 << 20;
