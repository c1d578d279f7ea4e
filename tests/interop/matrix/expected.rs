//! The cells that a peer cannot do, with a piece of that peer's own error.

use super::cells::{Form, Side};

/// A group of cells of one peer.
struct Cannot {
    peer: &'static str,
    side: Option<Side>,
    keys: &'static [&'static str],
    forms: &'static [Form],
    says: &'static str,
}

/// What the peer says where it cannot; `None` where it can. The first rule that fits counts.
pub(super) fn cannot(peer: &str, side: Side, key: &str, form: Form) -> Option<&'static str> {
    CANNOT
        .iter()
        .find(|rule| {
            rule.peer == peer
                && rule.side.is_none_or(|one| one == side)
                && (rule.keys.is_empty() || rule.keys.contains(&key))
                && (rule.forms.is_empty() || rule.forms.contains(&form))
        })
        .map(|rule| rule.says)
}

const fn rule(
    peer: &'static str,
    side: Option<Side>,
    keys: &'static [&'static str],
    forms: &'static [Form],
    says: &'static str,
) -> Cannot {
    Cannot {
        peer,
        side,
        keys,
        forms,
        says,
    }
}

const READS: Option<Side> = Some(Side::ReadsOurs);
const WRITES: Option<Side> = Some(Side::WritesForUs);

const PSS_OAEP: &[&str] = &["rsa-3072"];
const EC: &[&str] = &["ec-p256", "ec-p384"];
const EDWARDS: &[&str] = &["ed25519"];
const ALL: &[&str] = &[];

const ANY: &[Form] = &[];
const SIGNED: &[Form] = &[Form::Clear, Form::Opaque];
const GCM: &[Form] = &[Form::AuthEnveloped];
/// Needs the recipient's key management to work.
const FOR_RECIPIENT: &[Form] = &[Form::Enveloped, Form::Both];

const CANNOT: &[Cannot] = &[
    rule(
        "OpenSSL 3.0",
        None,
        EDWARDS,
        ANY,
        "eddsa_digest_signverify_init:invalid digest",
    ),
    rule("NSS", READS, ALL, GCM, "SEC_ERROR_UNRECOGNIZED_OID"),
    rule("NSS", READS, EC, FOR_RECIPIENT, "SEC_ERROR_BAD_DER"),
    rule("NSS", READS, EDWARDS, SIGNED, "SEC_ERROR_PKCS7_BAD_SIGNATURE"),
    // Its envelope goes to the P-256 identity.
    rule("NSS", READS, EDWARDS, FOR_RECIPIENT, "SEC_ERROR_BAD_DER"),
    rule(
        "NSS",
        READS,
        PSS_OAEP,
        FOR_RECIPIENT,
        "SEC_ERROR_UNSUPPORTED_KEYALG",
    ),
    rule(
        "NSS",
        WRITES,
        EDWARDS,
        ANY,
        "SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY",
    ),
    rule(
        "NSS",
        WRITES,
        PSS_OAEP,
        ANY,
        "Usage:  cmsutil [-C|-D|-E|-O|-S] [<options>]",
    ),
    rule(
        "NSS",
        WRITES,
        ALL,
        GCM,
        "Usage:  cmsutil [-C|-D|-E|-O|-S] [<options>]",
    ),
    rule("NSS", WRITES, EC, FOR_RECIPIENT, "SEC_ERROR_INVALID_ALGORITHM"),
    rule("Thunderbird's NSS", READS, ALL, GCM, "SEC_ERROR_UNRECOGNIZED_OID"),
    rule("Thunderbird's NSS", READS, EDWARDS, ANY, "SEC_ERROR_INVALID_KEY"),
    rule(
        "Thunderbird's NSS",
        WRITES,
        EDWARDS,
        ANY,
        "SEC_ERROR_PKCS12_UNABLE_TO_IMPORT_KEY",
    ),
    rule(
        "Thunderbird's NSS",
        WRITES,
        PSS_OAEP,
        ANY,
        "Usage:  cmsutil [-C|-D|-E|-O|-S] [<options>]",
    ),
    rule(
        "Thunderbird's NSS",
        WRITES,
        ALL,
        GCM,
        "Usage:  cmsutil [-C|-D|-E|-O|-S] [<options>]",
    ),
    rule(
        "gpgsm",
        READS,
        EDWARDS,
        SIGNED,
        "DSA requires the hash length to be a multiple of 8 bits",
    ),
    // It crashes on opening a PKCS#12 file with an EC key, and so has none to decrypt with.
    rule(
        "gpgsm",
        READS,
        EC,
        FOR_RECIPIENT,
        "signal Segmentation fault caught",
    ),
    rule("gpgsm", READS, EC, GCM, "signal Segmentation fault caught"),
    rule(
        "gpgsm",
        READS,
        EDWARDS,
        FOR_RECIPIENT,
        "signal Segmentation fault caught",
    ),
    rule("gpgsm", READS, ALL, GCM, "error getting IV"),
    rule(
        "gpgsm",
        READS,
        PSS_OAEP,
        FOR_RECIPIENT,
        "error getting encrypted session key",
    ),
    rule("gpgsm", WRITES, PSS_OAEP, SIGNED, "invalid option \"--rsa-pss\""),
    rule(
        "gpgsm",
        WRITES,
        PSS_OAEP,
        &[Form::Both],
        "invalid option \"--rsa-pss\"",
    ),
    rule("gpgsm", WRITES, PSS_OAEP, ANY, "invalid option \"--rsa-oaep\""),
    rule("gpgsm", WRITES, ALL, GCM, "selected cipher algorithm is invalid"),
    rule("gpgsm", WRITES, EC, &[Form::Enveloped], "Wrong key usage"),
    rule("gpgsm", WRITES, EC, ANY, "signal Segmentation fault caught"),
    rule(
        "gpgsm",
        WRITES,
        EDWARDS,
        ANY,
        "error parsing or decrypting the PKCS#12 file",
    ),
    rule(
        "Python cryptography",
        READS,
        EC,
        &[Form::Enveloped, Form::AuthEnveloped, Form::Both],
        "Only certificate with RSA public keys are supported at this time",
    ),
    rule(
        "Python cryptography",
        READS,
        EDWARDS,
        FOR_RECIPIENT,
        "Only certificate with RSA public keys are supported at this time",
    ),
    rule(
        "Python cryptography",
        READS,
        ALL,
        GCM,
        "The PKCS7 data is not an EnvelopedData structure",
    ),
    rule(
        "Python cryptography",
        READS,
        PSS_OAEP,
        FOR_RECIPIENT,
        "Only RSA with PKCS #1 v1.5 padding is currently supported for key decryption",
    ),
    rule(
        "Python cryptography",
        READS,
        ALL,
        SIGNED,
        "has no attribute 'pkcs7_verify_der'",
    ),
    rule(
        "Python cryptography",
        READS,
        ALL,
        &[Form::Both],
        "has no attribute 'pkcs7_verify_der'",
    ),
    rule(
        "Python cryptography",
        WRITES,
        EDWARDS,
        ANY,
        "Only RSA & EC keys are supported at this time",
    ),
    rule(
        "Python cryptography",
        WRITES,
        EC,
        &[Form::Enveloped, Form::AuthEnveloped, Form::Both],
        "Only RSA keys are supported at this time",
    ),
    rule(
        "Python cryptography",
        WRITES,
        PSS_OAEP,
        &[Form::Enveloped, Form::AuthEnveloped, Form::Both],
        "add_recipient() got an unexpected keyword argument 'rsa_padding'",
    ),
    rule(
        "Python cryptography",
        WRITES,
        ALL,
        GCM,
        "Only AES128 and AES256 are supported",
    ),
    rule(
        "pkijs",
        READS,
        ALL,
        GCM,
        "Object's schema was not verified against input data for EnvelopedData",
    ),
    rule(
        "pkijs",
        READS,
        &["rsa-2048"],
        FOR_RECIPIENT,
        "Unrecognized algorithm name",
    ),
    rule(
        "pkijs",
        READS,
        EC,
        FOR_RECIPIENT,
        "The operation failed for an operation-specific reason",
    ),
    rule(
        "pkijs",
        READS,
        EDWARDS,
        FOR_RECIPIENT,
        "The operation failed for an operation-specific reason",
    ),
    rule(
        "pkijs",
        READS,
        EDWARDS,
        SIGNED,
        "Unsupported signature algorithm: 1.3.101.112",
    ),
    rule("pkijs", WRITES, EDWARDS, ANY, "Parameter 'algorithm' is empty"),
    // AES-GCM, but in an EnvelopedData, which RFC 5084 forbids; that is the test's finding.
    rule("pkijs", WRITES, ALL, GCM, "what it wrote is no AuthEnvelopedData"),
];
