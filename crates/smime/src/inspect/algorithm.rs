//! Names for people, of what has no type of its own.

use const_oid::ObjectIdentifier;

use crate::cms::oids;

/// Names the algorithm that carries a content key (RFC 3370 4, RFC 5753 7.1.4).
pub(super) fn key_management(oid: ObjectIdentifier) -> String {
    let name = match oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => "RSA PKCS#1 v1.5",
        "1.2.840.113549.1.1.7" => "RSA OAEP",
        "1.2.840.113549.1.5.12" => "PBKDF2",
        "1.2.840.113549.1.9.16.3.6" => "3DES key wrap",
        "2.16.840.1.101.3.4.1.5" => "AES-128 key wrap",
        "2.16.840.1.101.3.4.1.25" => "AES-192 key wrap",
        "2.16.840.1.101.3.4.1.45" => "AES-256 key wrap",
        "1.3.133.16.840.63.0.2" => "ECDH, X9.63 KDF with SHA-1",
        "1.3.132.1.11.0" => "ECDH, X9.63 KDF with SHA-224",
        "1.3.132.1.11.1" => "ECDH, X9.63 KDF with SHA-256",
        "1.3.132.1.11.2" => "ECDH, X9.63 KDF with SHA-384",
        "1.3.132.1.11.3" => "ECDH, X9.63 KDF with SHA-512",
        "1.2.840.113549.1.9.16.3.19" => "ECDH, HKDF with SHA-256",
        "1.2.840.113549.1.9.16.3.20" => "ECDH, HKDF with SHA-384",
        "1.2.840.113549.1.9.16.3.21" => "ECDH, HKDF with SHA-512",
        other => return other.to_owned(),
    };
    name.to_owned()
}

/// Names an attribute (RFC 5652 11, RFC 8551 2.5, RFC 5035).
pub(super) fn attribute(oid: ObjectIdentifier) -> String {
    let name = match oid {
        oids::CONTENT_TYPE => "contentType",
        oids::MESSAGE_DIGEST => "messageDigest",
        oids::SIGNING_TIME => "signingTime",
        oids::SMIME_CAPABILITIES => "sMIMECapabilities",
        oids::SIGNING_CERTIFICATE => "signingCertificate",
        oids::SIGNING_CERTIFICATE_V2 => "signingCertificateV2",
        COUNTERSIGNATURE => "countersignature",
        ENCRYPTION_KEY_PREFERENCE => "encryptionKeyPreference",
        RECEIPT_REQUEST => "receiptRequest",
        TIME_STAMP_TOKEN => "timeStampToken",
        other => return other.to_string(),
    };
    name.to_owned()
}

const COUNTERSIGNATURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.6");
const ENCRYPTION_KEY_PREFERENCE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.11");
const RECEIPT_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.1");
const TIME_STAMP_TOKEN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");
