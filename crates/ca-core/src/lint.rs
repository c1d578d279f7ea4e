//! Lints: rules that every certificate is held against before it is signed, on exactly the bytes that will be signed.
//!
//! One rule is one file below `rules/`, with its citation, an example that passes and one that fails. Names begin with
//! `e_` for what forbids signing and `w_` for what is worth a look. `docs/lints.md` is made of them.

mod baseline;
mod catalogue;
mod crl;
mod finding;
mod ocsp;
mod p12;
mod rule;
mod rules;
#[cfg(test)]
pub(crate) mod testing;

use crate::authority::IssueError;
use crate::encode::placeholder;
use crate::ledger::SerialNumber;
use crate::policy::Profile;
use der::asn1::ObjectIdentifier;
use identity::{Certificate, SignatureScheme};

pub use baseline::{Baseline, Generation, Level, UnknownBaseline};
pub use catalogue::{RuleSummary, Subject, catalogue};
pub(crate) use crl::lint_unsigned_crl;
pub use crl::{lint_baseline_crl, lint_crl};
pub use finding::{Finding, Severity};
pub use ocsp::lint_ocsp;
pub(crate) use ocsp::lint_unsigned_ocsp;
pub use p12::lint_p12;
pub(crate) use rule::Rule;

/// What a certificate is held against besides the standards.
#[derive(Clone, Copy, Debug, Default)]
pub struct LintContext<'a> {
    /// Its issuer's certificate; `None` if unknown or the same.
    pub issuer: Option<&'a Certificate>,
    /// The policy that it was issued under, if known.
    pub profile: Option<&'a Profile>,
    /// The profile of the S/MIME Baseline Requirements that it is meant to meet, if that is not to be read off its policies.
    pub baseline: Option<Baseline>,
}

/// A rule about certificates.
pub(crate) type CertificateCheck = fn(&Certificate, &LintContext<'_>) -> Option<String>;

/// Holds a certificate against every rule that was in force when it was issued, and returns what is wrong, in the order of
/// the rules.
pub fn lint_certificate(certificate: &Certificate, context: &LintContext<'_>) -> Vec<Finding> {
    let day = rule::day(certificate.not_before());
    check_rules(certificate, context, |effective| effective <= day.as_str())
}

fn check_rules(
    certificate: &Certificate,
    context: &LintContext<'_>,
    is_in_force: impl Fn(&str) -> bool,
) -> Vec<Finding> {
    let in_force = rules::ALL.iter().filter(|rule| is_in_force(rule.effective));
    let mut findings: Vec<_> = in_force
        .filter_map(|rule| (rule.check)(certificate, context).map(|message| rule.finding(message)))
        .collect();
    findings.extend(baseline::check_certificate(certificate, context, is_in_force));
    findings
}

/// Tells whether this is the certificate of an OCSP responder (RFC 6960, 4.2.2.2), which is no person's.
fn is_responder(certificate: &Certificate, context: &LintContext<'_>) -> bool {
    let purposes = certificate.extended_key_usage().unwrap_or_default();
    context.profile.is_none() && purposes.contains(&OCSP_SIGNING)
}

/// Holds bytes to be signed against every rule and refuses them if one is broken that forbids signing.
///
/// # Errors
/// [`IssueError::Lint`], [`IssueError::Unreadable`].
pub(crate) fn refuse_errors(
    serial: SerialNumber,
    tbs: &[u8],
    scheme: SignatureScheme,
    context: &LintContext<'_>,
) -> Result<(), IssueError> {
    let unreadable = |reason: String| IssueError::Unreadable { serial, reason };
    let der = placeholder(tbs, scheme).map_err(unreadable)?;
    let certificate = Certificate::from_der(&der).map_err(|error| unreadable(error.to_string()))?;
    // What is signed today meets today's rules, whatever moment it is dated for.
    let findings = check_rules(&certificate, context, |_| true);
    if findings.iter().any(Finding::is_error) {
        return Err(IssueError::Lint { serial, findings });
    }
    Ok(())
}

/// id-kp-OCSPSigning (RFC 6960, 4.2.2.2).
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
