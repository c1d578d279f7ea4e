//! OpenPGP mail (RFC 3156), which is to be told from S/MIME.

use crate::mime::ContentType;

/// Tells whether an entity of that type, whose body begins so, is OpenPGP: PGP/MIME, or the older armour in the text.
pub(crate) fn is_open_pgp(content_type: &ContentType, body: &[u8]) -> bool {
    let protocol = content_type
        .parameter("protocol")
        .unwrap_or_default()
        .to_ascii_lowercase();
    match (content_type.kind(), content_type.subtype()) {
        // RFC 1847 2.2 leaves room for others, but nobody else uses it: S/MIME does not.
        ("multipart", "encrypted") => true,
        ("multipart", "signed") => protocol.starts_with("application/pgp"),
        ("application", "pgp" | "pgp-encrypted" | "pgp-signature") => true,
        ("text", _) => is_armour(body),
        _ => false,
    }
}

/// Tells whether the octets open with what OpenPGP puts around text (RFC 9580 6.2).
pub(crate) fn is_armour(bytes: &[u8]) -> bool {
    bytes
        .trim_ascii_start()
        .strip_prefix(b"-----BEGIN PGP ")
        .is_some_and(|rest| rest.starts_with(b"MESSAGE") || rest.starts_with(b"SIGNED MESSAGE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openpgp_is_told_from_smime() {
        let is = |value: &str, body: &str| is_open_pgp(&ContentType::parse(value).unwrap(), body.as_bytes());
        assert!(is(
            "multipart/encrypted; protocol=\"application/pgp-encrypted\"",
            ""
        ));
        assert!(is("Multipart/Encrypted", ""));
        assert!(is("multipart/signed; protocol=\"application/PGP-signature\"", ""));
        assert!(is("text/plain", "\r\n-----BEGIN PGP MESSAGE-----\r\n"));
        assert!(is("text/plain", "-----BEGIN PGP SIGNED MESSAGE-----\r\n"));
        assert!(!is("text/plain", "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n"));
        assert!(!is("text/plain", "> -----BEGIN PGP MESSAGE-----\r\n"));
        assert!(!is(
            "multipart/signed; protocol=\"application/pkcs7-signature\"",
            ""
        ));
    }
}
