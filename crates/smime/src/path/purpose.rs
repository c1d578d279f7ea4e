//! Key usage and extended key usage (RFC 5280 4.2.1.3, 4.2.1.12; RFC 8550 4.4.2, 4.4.4).

use const_oid::ObjectIdentifier;
use identity::{Certificate, KeyKind};

use super::Purpose;

const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const ANY_EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Tells whether a certificate, leaf or issuer, admits mail in its extended key usage; absent means any.
pub(crate) fn extended_usage_allows(certificate: &Certificate, purpose: Purpose) -> bool {
    if purpose == Purpose::Any {
        return true;
    }
    certificate
        .extended_key_usage()
        .is_none_or(|usages| usages.contains(&EMAIL_PROTECTION) || usages.contains(&ANY_EXTENDED_KEY_USAGE))
}

/// Tells whether the leaf's key usage admits the purpose; absent means any.
pub(crate) fn key_usage_allows(certificate: &Certificate, purpose: Purpose) -> bool {
    let kind = certificate.public_key().kind();
    let encrypting_key = !matches!(kind, KeyKind::Ed25519);
    let (sign, encrypt) = match certificate.key_usage() {
        None => (kind != KeyKind::X25519, encrypting_key),
        Some(usage) => (
            kind != KeyKind::X25519 && (usage.digital_signature || usage.non_repudiation),
            match kind {
                KeyKind::Rsa { .. } => usage.key_encipherment,
                KeyKind::Ed25519 => false,
                _ => usage.key_agreement || usage.key_encipherment,
            },
        ),
    };
    match purpose {
        Purpose::SmimeSign => sign,
        Purpose::SmimeEncrypt => encrypt,
        Purpose::SmimeAny => sign || encrypt,
        Purpose::Any => true,
    }
}
