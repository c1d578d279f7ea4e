//! Rules for PKCS#12 files, as people are handed them.

use super::{Finding, RuleSummary, Severity, Subject};
use identity::Certificate;
use identity::pkcs12::{Contents, KeyBag};

struct P12Rule {
    name: &'static str,
    severity: Severity,
    citation: &'static str,
    about: &'static str,
    check: fn(&Contents) -> Option<String>,
}

/// Holds an opened file against every rule about such files; its certificates have rules of their own.
pub fn lint_p12(contents: &Contents) -> Vec<Finding> {
    let findings = ALL.iter().filter_map(|rule| {
        let message = (rule.check)(contents)?;
        Some(Finding {
            rule: rule.name,
            severity: rule.severity,
            citation: rule.citation,
            about: rule.about,
            message,
        })
    });
    findings.collect()
}

static ALL: &[P12Rule] = &[
    P12Rule {
        name: "e_p12_key_without_certificate",
        severity: Severity::Error,
        citation: "RFC 7292, 4.2",
        about: "Each key has its certificate.",
        check: key_without_certificate,
    },
    P12Rule {
        name: "e_p12_key_in_clear",
        severity: Severity::Error,
        citation: "RFC 7292, 4.2.1",
        about: "No key lies in the clear.",
        check: key_in_clear,
    },
    P12Rule {
        name: "w_p12_mac",
        severity: Severity::Warning,
        citation: "RFC 7292, 4",
        about: "A change of the file would be noticed.",
        check: |contents| {
            let none = contents.mac.is_none();
            none.then(|| "nothing protects the file's integrity".to_owned())
        },
    },
    P12Rule {
        name: "w_p12_iterations",
        severity: Severity::Warning,
        citation: "RFC 8018, 4.2",
        about: "Trying a password takes at least a thousand rounds.",
        check: iterations,
    },
    P12Rule {
        name: "w_p12_old_encryption",
        severity: Severity::Warning,
        citation: "RFC 9879, 1; NIST SP 800-131A",
        about: "Nothing is encrypted by RC2, DES or triple DES.",
        check: old_encryption,
    },
    P12Rule {
        name: "w_p12_chain",
        severity: Severity::Warning,
        citation: "RFC 7292, 4.2.3",
        about: "The certificates above the holder's are there, too: mail programs send them along.",
        check: chain,
    },
    P12Rule {
        name: "w_p12_unread",
        severity: Severity::Warning,
        citation: "RFC 7292, 4.2",
        about: "Everything in the file can be read.",
        check: |contents| contents.unread.first().cloned(),
    },
];

/// A key's certificate in the same file.
fn certificate_of<'a>(contents: &'a Contents, key: &KeyBag) -> Option<&'a Certificate> {
    let certificates = contents.certificates.iter().map(|bag| &bag.certificate);
    certificates
        .into_iter()
        .find(|certificate| certificate.public_key() == key.key.public_key())
}

fn key_without_certificate(contents: &Contents) -> Option<String> {
    let lonely = contents
        .keys
        .iter()
        .find(|key| certificate_of(contents, key).is_none())?;
    let kind = lonely.key.public_key().kind();
    Some(format!("no certificate in the file is for its {kind} key"))
}

fn key_in_clear(contents: &Contents) -> Option<String> {
    let clear = contents.keys.iter().find(|key| key.encryption.is_none())?;
    let kind = clear.key.public_key().kind();
    Some(format!("its {kind} key is not encrypted"))
}

fn iterations(contents: &Contents) -> Option<String> {
    let mac = contents.mac.as_ref().filter(|mac| mac.iterations < FEWEST)?;
    Some(format!(
        "the key of its MAC ({}) takes {} rounds, fewer than {FEWEST}",
        mac.algorithm, mac.iterations
    ))
}

fn old_encryption(contents: &Contents) -> Option<String> {
    let of_keys = contents.keys.iter().filter_map(|key| key.encryption.as_deref());
    let of_certificates = contents
        .certificates
        .iter()
        .filter_map(|bag| bag.encryption.as_deref());
    let is_old = |words: &&str| {
        let words = words.to_ascii_lowercase();
        words.contains("rc2") || words.contains("des")
    };
    let old = of_keys.chain(of_certificates).find(is_old)?;
    Some(format!("it is encrypted by {old}"))
}

fn chain(contents: &Contents) -> Option<String> {
    let all = || contents.certificates.iter().map(|bag| &bag.certificate);
    for key in &contents.keys {
        let Some(certificate) = certificate_of(contents, key) else {
            continue;
        };
        let is_issuer = |other: &&Certificate| other.subject().matches(certificate.issuer());
        if !certificate.is_self_issued() && all().find(is_issuer).is_none() {
            return Some(format!(
                "its issuer, {}, is not in the file",
                certificate.issuer()
            ));
        }
    }
    None
}

/// The rules, for documents about them.
pub(super) fn catalogue() -> impl Iterator<Item = RuleSummary> {
    ALL.iter().map(|rule| RuleSummary {
        subject: Subject::P12,
        name: rule.name,
        severity: rule.severity,
        about: rule.about,
        citation: rule.citation,
        effective: None,
    })
}

const FEWEST: u32 = 1000;
