//! Wrapping CMS in a message (RFC 8551 3.2 to 3.5).

use std::io::{self, Write};

use crate::mime::{Header, encode_base64};

/// What an `application/pkcs7-mime` entity holds.
#[derive(Clone, Copy)]
pub(crate) enum SmimeType {
    AuthEnveloped,
    Enveloped,
    Signed,
}

/// The header of a message whose body is CMS in base64, and the empty line after it.
pub(crate) fn pkcs7_mime(outer: &Header, smime_type: SmimeType) -> Vec<u8> {
    let smime_type = match smime_type {
        SmimeType::AuthEnveloped => "authEnveloped-data",
        SmimeType::Enveloped => "enveloped-data",
        SmimeType::Signed => "signed-data",
    };
    let mut out = outer.to_bytes();
    // Type and smime-type stand on the first line: filters of mail servers look no further.
    out.extend_from_slice(
        format!(
            "Content-Type: application/pkcs7-mime; smime-type={smime_type};\r\n name=smime.p7m\r\n\
             Content-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=smime.p7m\r\n\r\n"
        )
        .as_bytes(),
    );
    out
}

/// Writes a `multipart/signed` message: what `content` writes, then the detached signature.
pub(crate) fn write_multipart_signed<W: Write>(
    outer: &Header,
    micalg: &str,
    boundary: &str,
    content: impl FnOnce(&mut W) -> io::Result<()>,
    signature: &[u8],
    out: &mut W,
) -> io::Result<()> {
    let mut begin = outer.to_bytes();
    begin.extend_from_slice(
        format!(
            "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n \
             micalg={micalg}; boundary=\"{boundary}\"\r\n\r\n\
             This is a cryptographically signed message in MIME format.\r\n\r\n--{boundary}\r\n"
        )
        .as_bytes(),
    );
    out.write_all(&begin)?;
    content(out)?;
    let mut end = format!(
        "\r\n--{boundary}\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=smime.p7s\r\n\r\n"
    )
    .into_bytes();
    end.extend_from_slice(&encode_base64(signature));
    end.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    out.write_all(&end)?;
    out.flush()
}
