//! What a certificate must not say or leave out (RFC 5280 4), beyond what the validation of a path asks (RFC 5280 6).
//!
//! Some breaches are always refused: no sound program writes them, and readers that make different things of them can be
//! played off against each other. Others are common among the certificates of private authorities, and NIST's path tests
//! demand to accept some of them: they count with [`PathOptions::strict`](super::PathOptions::strict) only.

use const_oid::ObjectIdentifier;
use der::Decode;
use identity::{Certificate, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, AuthorityKeyIdentifier};

/// The longest serial number (RFC 5280 4.1.2.2), and the octet in front that keeps it positive.
const LONGEST_SERIAL: usize = 20;

const AUTHORITY_INFO_ACCESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const POLICY_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.36");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

/// Returns what is wrong with a certificate below the anchor whoever reads it.
pub(super) fn breaches(certificate: &Certificate) -> Vec<String> {
    let mut found = Vec::new();
    match certificate.serial() {
        [first, ..] if first & 0x80 != 0 => found.push("has a negative serial number".to_owned()),
        serial if serial.iter().all(|octet| *octet == 0) => {
            found.push("has the serial number 0".to_owned());
        }
        serial if serial.len() > LONGEST_SERIAL + usize::from(serial.first() == Some(&0)) => {
            found.push(format!(
                "has a serial number of {} octets, more than {LONGEST_SERIAL}",
                serial.len()
            ));
        }
        _ => {}
    }
    if certificate.version() < 3 && certificate.extensions().next().is_some() {
        found.push("has extensions, which its version does not know".to_owned());
    }
    if certificate.subject().is_empty() && is_critical(certificate, SUBJECT_ALT_NAME) == Some(false) {
        // RFC 5280 4.1.2.6: who does not read alternative names would find no name at all.
        found.push("has no subject, and alternative names that are not critical".to_owned());
    }
    if certificate.extended_key_usage().is_some_and(<[_]>::is_empty) {
        found.push("has an extended key usage without any usage".to_owned());
    }
    if !certificate.is_ca() {
        if certificate.name_constraints().is_some() {
            found.push("constrains names and is no certificate authority".to_owned());
        }
        if certificate.key_usage().is_some_and(|usage| usage.key_cert_sign) {
            found.push("may sign certificates by its key usage and is no certificate authority".to_owned());
        }
    } else if certificate
        .name_constraints()
        .is_some_and(|names| names.permitted.is_empty() && names.excluded.is_empty())
    {
        found.push("has name constraints without any name".to_owned());
    }
    let access = value(certificate, AUTHORITY_INFO_ACCESS).map(AuthorityInfoAccessSyntax::from_der);
    if access.is_some_and(|access| !access.is_ok_and(|access| !access.0.is_empty())) {
        found.push("has a malformed authority information access".to_owned());
    }
    for name in certificate.subject_alt_names() {
        if let GeneralName::Dns(name) = name
            && !is_preferred_syntax(name)
        {
            found.push(format!("holds \"{name}\" as a host name, which is none"));
        }
    }
    found
}

/// Returns what a conforming authority would not have written, in addition.
pub(super) fn strict_breaches(certificate: &Certificate) -> Vec<&'static str> {
    let mut found = Vec::new();
    if certificate.version() < 3 {
        // No extensions to speak of.
        return found;
    }
    // RFC 5280 4.2.1.1: only a self-signed certificate may leave it out.
    if certificate.authority_key_identifier().is_none() && !is_self_signed(certificate) {
        found.push("has no authority key identifier");
    }
    if has_authority_name_without_serial(certificate) {
        found.push("has an authority key identifier with an issuer or a serial number alone");
    }
    if certificate.is_ca() {
        if certificate.subject_key_identifier().is_none() {
            found.push("has no subject key identifier");
        }
        if is_critical(certificate, BASIC_CONSTRAINTS) == Some(false) {
            found.push("has basic constraints that are not critical");
        }
    }
    if is_critical(certificate, NAME_CONSTRAINTS) == Some(false) {
        found.push("has name constraints that are not critical");
    }
    if is_critical(certificate, POLICY_CONSTRAINTS) == Some(false) {
        found.push("has policy constraints that are not critical");
    }
    found
}

/// RFC 5280 4.2.1.1: authorityCertIssuer and authorityCertSerialNumber are present or absent together.
fn has_authority_name_without_serial(certificate: &Certificate) -> bool {
    value(certificate, AUTHORITY_KEY_IDENTIFIER)
        .and_then(|der| AuthorityKeyIdentifier::from_der(der).ok())
        .is_some_and(|id| id.authority_cert_issuer.is_some() != id.authority_cert_serial_number.is_some())
}

/// A certificate of a new key by an old one of the same name is self-issued and no more.
fn is_self_signed(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && certificate.verify_signed_by(certificate.public_key()).is_ok()
}

fn is_critical(certificate: &Certificate, oid: ObjectIdentifier) -> Option<bool> {
    certificate
        .extensions()
        .find(|extension| extension.oid == oid)
        .map(|extension| extension.critical)
}

fn value(certificate: &Certificate, oid: ObjectIdentifier) -> Option<&[u8]> {
    certificate
        .extensions()
        .find(|extension| extension.oid == oid)
        .map(|extension| extension.value_der)
}

/// The syntax of RFC 1034 3.5 as widened by RFC 1123 2.1, with an asterisk as first label; an address is no name.
fn is_preferred_syntax(name: &str) -> bool {
    let host = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253 && host.split('.').all(is_label) && !top.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_preferred_syntax;

    #[test]
    fn host_names_in_the_preferred_syntax() {
        for good in [
            "example.com",
            "*.example.com",
            "xn--bcher-kva.example",
            "3com.com",
            "localhost",
        ] {
            assert!(is_preferred_syntax(good), "{good}");
        }
        for bad in [
            "foo_bar.example.com",
            "8.8.8.8",
            "",
            "a..b",
            "-a.example",
            "a-.example",
            "*",
            "f*o.example",
            "a\0.example",
            "*.*.example",
        ] {
            assert!(!is_preferred_syntax(bad), "{bad}");
        }
    }
}
