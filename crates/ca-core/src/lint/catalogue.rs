//! The rules, for documents about them.

use super::{Severity, baseline, crl, ocsp, p12, rules};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// Certificates.
    Certificate,
    /// Revocation lists.
    RevocationList,
    /// OCSP answers.
    OcspAnswer,
    /// PKCS#12 files.
    P12,
    /// Certificates and lists that are to meet the S/MIME Baseline Requirements.
    Baseline,
}

/// A rule, as documents show it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RuleSummary {
    /// What it is about.
    pub subject: Subject,
    /// Its name.
    pub name: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What it asks for, in a sentence.
    pub about: &'static str,
    /// The clause that demands it.
    pub citation: &'static str,
    /// The day since when certificates, lists and answers are held against it.
    pub effective: &'static str,
}

/// Returns all rules, in the order in which they are checked.
pub fn catalogue() -> Vec<RuleSummary> {
    let of_certificates = rules::ALL.iter().map(|rule| rule.summary(Subject::Certificate));
    of_certificates
        .chain(baseline::catalogue())
        .chain(crl::catalogue())
        .chain(ocsp::catalogue())
        .chain(p12::catalogue())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::catalogue;

    #[test]
    fn each_rule_is_of_a_day_and_says_what_it_asks() {
        for rule in catalogue() {
            assert!(rule.about.ends_with('.'), "{}", rule.name);
            assert!(
                rule.effective.parse::<chrono::NaiveDate>().is_ok(),
                "{}",
                rule.name
            );
        }
    }
}
