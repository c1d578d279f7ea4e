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

/// Writes a message whose body is CMS.
pub(crate) fn write_pkcs7_mime(
    outer: &Header,
    smime_type: SmimeType,
    cms: &[u8],
    out: &mut impl Write,
) -> io::Result<()> {
    let smime_type = match smime_type {
        SmimeType::AuthEnveloped => "authEnveloped-data",
        SmimeType::Enveloped => "enveloped-data",
        SmimeType::Signed => "signed-data",
    };
    out.write_all(&outer.to_bytes())?;
    // Type and smime-type stand on the first line: filters of mail servers look no further.
    write!(
        out,
        "Content-Type: application/pkcs7-mime; smime-type={smime_type};\r\n name=smime.p7m\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=smime.p7m\r\n\r\n"
    )?;
    out.write_all(&encode_base64(cms))?;
    out.flush()
}

/// Writes a `multipart/signed` message: `content` octet for octet, then the detached signature.
pub(crate) fn write_multipart_signed(
    outer: &Header,
    micalg: &str,
    boundary: &str,
    content: &[u8],
    signature: &[u8],
    out: &mut impl Write,
) -> io::Result<()> {
    out.write_all(&outer.to_bytes())?;
    write!(
        out,
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n \
         micalg={micalg}; boundary=\"{boundary}\"\r\n\r\n\
         This is a cryptographically signed message in MIME format.\r\n\r\n--{boundary}\r\n"
    )?;
    out.write_all(content)?;
    write!(
        out,
        "\r\n--{boundary}\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=smime.p7s\r\n\r\n"
    )?;
    out.write_all(&encode_base64(signature))?;
    write!(out, "\r\n--{boundary}--\r\n")?;
    out.flush()
}
