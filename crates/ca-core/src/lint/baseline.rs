//! The CA/Browser Forum's S/MIME Baseline Requirements (SBR): rules that depend on what a certificate claims.
//!
//! They are asked of every certificate that names one of the reserved policies, which says for whom it vouches (the level) and
//! how narrowly (the generation). A private authority is not bound by them: who names none is held against none, but for
//! who asks. What the requirements want of every certificate for mail is among the rules beside this folder.

mod authority;
mod decoded;
mod level;
mod rules;
#[cfg(test)]
pub(crate) mod testing;

use super::Rule;
use super::{Finding, LintContext, RuleSummary, Subject};
use decoded::Decoded;
use identity::Certificate;

pub use level::{Baseline, Generation, Level, UnknownBaseline};

/// A certificate of a person or an organization, with what it is held against.
struct Candidate<'a> {
    decoded: Decoded<'a>,
    certificate: &'a Certificate,
    issuer: Option<&'a Certificate>,
    baseline: Baseline,
}

impl<'a> std::ops::Deref for Candidate<'a> {
    type Target = Decoded<'a>;

    fn deref(&self) -> &Decoded<'a> {
        &self.decoded
    }
}

/// A rule about certificates of persons and organizations.
type BaselineRule = Rule<fn(&Candidate<'_>) -> Option<String>>;

/// A rule about authorities.
type AuthorityRule = Rule<fn(&Decoded<'_>) -> Option<String>>;

/// Holds a certificate against the requirements, if it names them or the context does.
pub(super) fn check_certificate(
    certificate: &Certificate,
    context: &LintContext<'_>,
    is_in_force: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let asserted = certificate.certificate_policies().iter();
    let asserted = asserted.filter_map(|oid| Baseline::of_policy(*oid)).next();
    let Some(baseline) = context.baseline.or(asserted) else {
        return Vec::new();
    };
    if super::is_responder(certificate, context) {
        return Vec::new();
    }
    // What cannot be decoded is told by the rule that has found it.
    let Some(decoded) = Decoded::new(certificate) else {
        return Vec::new();
    };
    if certificate.is_ca() {
        let in_force = authority::ALL.iter().filter(|rule| is_in_force(rule.effective));
        return in_force
            .filter_map(|rule| (rule.check)(&decoded).map(|message| rule.finding(message)))
            .collect();
    }
    let candidate = Candidate {
        decoded,
        certificate,
        issuer: context.issuer,
        baseline,
    };
    let in_force = rules::ALL.iter().filter(|rule| is_in_force(rule.effective));
    in_force
        .filter_map(|rule| (rule.check)(&candidate).map(|message| rule.finding(message)))
        .collect()
}

/// The rules, for documents about them.
pub(super) fn catalogue() -> impl Iterator<Item = RuleSummary> {
    let of_certificates = rules::ALL.iter().map(|rule| rule.summary(Subject::Baseline));
    of_certificates.chain(authority::ALL.iter().map(|rule| rule.summary(Subject::Baseline)))
}

/// Returns what is wrong with the AlgorithmIdentifier (DER) of a signature (SBR 7.1.3.2).
pub(super) fn signature_fault(written: &[u8]) -> Option<String> {
    (!SIGNATURES.contains(&written)).then(|| {
        let shown = hex::encode(written.get(..64).unwrap_or(written));
        format!("the signature's algorithm is written {shown}, which is no form of the requirements")
    })
}

/// RSA PKCS#1 v1.5 and RSASSA-PSS, ECDSA, each with SHA-256, SHA-384 and SHA-512; Ed25519 and Ed448 (SBR 7.1.3.2).
static SIGNATURES: [&[u8]; 11] = [
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
    b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
    &pss(1, 32),
    &pss(2, 48),
    &pss(3, 64),
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03",
    b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04",
    b"\x30\x05\x06\x03\x2b\x65\x70",
    b"\x30\x05\x06\x03\x2b\x65\x71",
];

/// RSASSA-PSS with a hash function of the SHA-2 family (the last arc of its identifier) for both, and a salt as long as it.
const fn pss(hash: u8, salt: u8) -> [u8; 67] {
    let mut der = *b"\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x00\x05\x00\
        \xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x00\x05\x00\xa2\x03\x02\x01\x00";
    der[29] = hash;
    der[59] = hash;
    der[66] = salt;
    der
}
