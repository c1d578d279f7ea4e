//! Names for people, of what has no type of its own.

use const_oid::ObjectIdentifier;
use identity::DigestAlgorithm;

use crate::cms::{content_type_name, oids};

/// Names a digest.
pub(super) fn digest(oid: &ObjectIdentifier) -> String {
    DigestAlgorithm::from_oid(oid).map_or_else(|| named(*oid, &DIGESTS), |digest| digest.to_string())
}

/// Names a content type (RFC 5652, RFC 5083, RFC 3274, RFC 3161).
pub(super) fn content_type(oid: ObjectIdentifier) -> String {
    match content_type_name(oid) {
        digits if digits.starts_with(char::is_numeric) => named(oid, &CONTENT_TYPES),
        name => name,
    }
}

/// Names a compression.
pub(super) fn compression(oid: ObjectIdentifier) -> String {
    named(oid, &[(ZLIB, "zlib")])
}

/// Names the scheme of a key agreement (RFC 5753 7.1.4, RFC 8418 2.2).
pub(super) fn key_agreement(oid: ObjectIdentifier) -> String {
    named(oid, &KEY_AGREEMENTS)
}

/// Names what a key is carried by: key transport, key encapsulation, key wrap, key derivation.
pub(super) fn key_management(oid: ObjectIdentifier) -> String {
    named(oid, &KEY_MANAGEMENT)
}

/// Names a signature algorithm that is not checked here.
pub(super) fn signature(oid: ObjectIdentifier) -> String {
    named(oid, &SIGNATURES)
}

/// Names an algorithm that a signer says he knows, if it is no content cipher.
pub(super) fn capability(oid: ObjectIdentifier) -> String {
    let tables: [&[(ObjectIdentifier, &str)]; 3] = [&KEY_MANAGEMENT, &KEY_AGREEMENTS, &CAPABILITIES];
    let known = tables.into_iter().flatten().find(|(known, _)| *known == oid);
    match known {
        Some((_, name)) => (*name).to_owned(),
        None => digest(&oid),
    }
}

/// Names an attribute (RFC 5652 11, RFC 8551 2.5, RFC 5035).
pub(super) fn attribute(oid: ObjectIdentifier) -> String {
    named(oid, &ATTRIBUTES)
}

fn named(oid: ObjectIdentifier, table: &[(ObjectIdentifier, &str)]) -> String {
    table
        .iter()
        .find(|(known, _)| *known == oid)
        .map_or_else(|| oid.to_string(), |(_, name)| (*name).to_owned())
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// id-alg-zlibCompress (RFC 3274).
pub(super) const ZLIB: ObjectIdentifier = oid("1.2.840.113549.1.9.16.3.8");
/// id-countersignature (RFC 5652 11.4).
pub(super) const COUNTERSIGNATURE: ObjectIdentifier = oid("1.2.840.113549.1.9.6");

/// RC2 in CBC mode (RFC 3370 5.2).
pub(super) const RC2_CBC: ObjectIdentifier = oid("1.2.840.113549.3.2");

const ATTRIBUTES: [(ObjectIdentifier, &str); 17] = [
    (oids::CONTENT_TYPE, "contentType"),
    (oids::MESSAGE_DIGEST, "messageDigest"),
    (oids::SIGNING_TIME, "signingTime"),
    (oids::SMIME_CAPABILITIES, "sMIMECapabilities"),
    (oids::ENCRYPTION_KEY_PREFERENCE, "sMIMEEncryptionKeyPreference"),
    (
        oids::MS_ENCRYPTION_KEY_PREFERENCE,
        "microsoftEncryptionKeyPreference",
    ),
    (oids::SIGNING_CERTIFICATE, "signingCertificate"),
    (oids::SIGNING_CERTIFICATE_V2, "signingCertificateV2"),
    (COUNTERSIGNATURE, "countersignature"),
    (oid("1.2.840.113549.1.9.52"), "cMSAlgorithmProtection"),
    (oid("1.2.840.113549.1.9.16.2.1"), "receiptRequest"),
    (oid("1.2.840.113549.1.9.16.2.2"), "eSSSecurityLabel"),
    (oid("1.2.840.113549.1.9.16.2.3"), "mLExpansionHistory"),
    (oid("1.2.840.113549.1.9.16.2.4"), "contentHints"),
    (oid("1.2.840.113549.1.9.16.2.7"), "contentIdentifier"),
    (oid("1.2.840.113549.1.9.16.2.10"), "contentReference"),
    (oid("1.2.840.113549.1.9.16.2.14"), "timeStampToken"),
];

const CONTENT_TYPES: [(ObjectIdentifier, &str); 5] = [
    (oid("1.2.840.113549.1.7.5"), "digested-data"),
    (oid("1.2.840.113549.1.7.6"), "encrypted-data"),
    (oid("1.2.840.113549.1.9.16.1.1"), "receipt"),
    (oid("1.2.840.113549.1.9.16.1.2"), "authenticated-data"),
    (oid("1.2.840.113549.1.9.16.1.4"), "time-stamp"),
];

const DIGESTS: [(ObjectIdentifier, &str); 4] = [
    (oid("2.16.840.1.101.3.4.2.8"), "sha3-256"),
    (oid("2.16.840.1.101.3.4.2.9"), "sha3-384"),
    (oid("2.16.840.1.101.3.4.2.10"), "sha3-512"),
    (oid("2.16.840.1.101.3.4.2.12"), "shake256"),
];

const KEY_AGREEMENTS: [(ObjectIdentifier, &str); 11] = [
    (
        oid("1.2.840.113549.1.9.16.3.5"),
        "ephemeral-static Diffie-Hellman",
    ),
    (oid("1.3.133.16.840.63.0.2"), "ECDH, X9.63 KDF with SHA-1"),
    (
        oid("1.3.133.16.840.63.0.3"),
        "ECDH with cofactor, X9.63 KDF with SHA-1",
    ),
    (oid("1.3.132.1.11.0"), "ECDH, X9.63 KDF with SHA-224"),
    (oid("1.3.132.1.11.1"), "ECDH, X9.63 KDF with SHA-256"),
    (oid("1.3.132.1.11.2"), "ECDH, X9.63 KDF with SHA-384"),
    (oid("1.3.132.1.11.3"), "ECDH, X9.63 KDF with SHA-512"),
    (
        oid("1.3.132.1.14.1"),
        "ECDH with cofactor, X9.63 KDF with SHA-256",
    ),
    (oid("1.2.840.113549.1.9.16.3.19"), "ECDH, HKDF with SHA-256"),
    (oid("1.2.840.113549.1.9.16.3.20"), "ECDH, HKDF with SHA-384"),
    (oid("1.2.840.113549.1.9.16.3.21"), "ECDH, HKDF with SHA-512"),
];

const KEY_MANAGEMENT: [(ObjectIdentifier, &str); 17] = [
    (oids::RSA_ENCRYPTION, "RSA PKCS#1 v1.5"),
    (oids::RSAES_OAEP, "RSA-OAEP"),
    (oid("1.2.840.113549.1.9.16.3.6"), "3DES key wrap"),
    (oid("1.2.840.113549.1.9.16.3.7"), "RC2 key wrap"),
    (oid("2.16.840.1.101.3.4.1.5"), "AES-128 key wrap"),
    (oid("2.16.840.1.101.3.4.1.25"), "AES-192 key wrap"),
    (oid("2.16.840.1.101.3.4.1.45"), "AES-256 key wrap"),
    (oid("1.2.840.113549.1.9.16.3.9"), "PWRI-KEK"),
    (oid("1.2.840.113549.1.5.12"), "PBKDF2"),
    (oid("1.3.6.1.4.1.11591.4.11"), "scrypt"),
    (oid("2.16.840.1.101.3.4.4.1"), "ML-KEM-512"),
    (oid("2.16.840.1.101.3.4.4.2"), "ML-KEM-768"),
    (oid("2.16.840.1.101.3.4.4.3"), "ML-KEM-1024"),
    (oid("1.0.18033.2.2.4"), "RSA-KEM"),
    (oid("1.2.840.113549.1.9.16.3.28"), "HKDF with SHA-256"),
    (oid("1.2.840.113549.1.9.16.3.29"), "HKDF with SHA-384"),
    (oid("1.2.840.113549.1.9.16.3.30"), "HKDF with SHA-512"),
];

const SIGNATURES: [(ObjectIdentifier, &str); 6] = [
    (oid("2.16.840.1.101.3.4.3.17"), "ML-DSA-44"),
    (oid("2.16.840.1.101.3.4.3.18"), "ML-DSA-65"),
    (oid("2.16.840.1.101.3.4.3.19"), "ML-DSA-87"),
    (oid("1.3.101.113"), "Ed448"),
    (oid("1.2.840.113549.1.1.10"), "RSA-PSS with unusual parameters"),
    (oid("1.2.840.10045.2.1"), "EC"),
];

const CAPABILITIES: [(ObjectIdentifier, &str); 5] = [
    (oid("1.2.840.113549.1.9.16.3.18"), "chacha20-poly1305"),
    (oid("1.2.643.2.2.21"), "gost89"),
    (oid("1.2.643.2.2.9"), "gost94-digest"),
    (oid("1.2.643.7.1.1.2.2"), "streebog-256"),
    (oid("1.2.643.7.1.1.2.3"), "streebog-512"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_name_is_called_by_it() {
        assert_eq!(content_type(oids::SIGNED_DATA), "signed-data");
        assert_eq!(content_type(oid("1.2.840.113549.1.7.6")), "encrypted-data");
        assert_eq!(content_type(oid("1.2.3")), "1.2.3");
        assert_eq!(capability(oid("2.16.840.1.101.3.4.2.1")), "sha256");
        assert_eq!(capability(oid("2.16.840.1.101.3.4.1.45")), "AES-256 key wrap");
        assert_eq!(capability(oid("1.2.3")), "1.2.3");
        assert_eq!(compression(ZLIB), "zlib");
    }
}
