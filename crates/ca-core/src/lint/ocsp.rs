//! Rules that every OCSP answer is held against before it is signed.
//!
//! They judge what an answer says, not whether its signature holds: whoever relies on an answer asks that.

mod rules;
#[cfg(test)]
mod testing;

use super::rule::{Rule, day};
use super::{Finding, RuleSummary, Subject};
use identity::Certificate;
use identity::ocsp::ResponseData;

/// What an answer is, for the rules to judge.
struct OcspFacts<'a> {
    data: &'a ResponseData,
    /// Who issued the certificates that it is about, if known.
    issuer: Option<&'a Certificate>,
    /// Who signs it, if known.
    signer: Option<&'a Certificate>,
}

/// A rule about answers.
type OcspRule = Rule<fn(&OcspFacts<'_>) -> Option<String>>;

/// Holds an answer against every rule that was in force when it was signed, and returns what is wrong, in the order of the rules.
///
/// `issuer` has issued the certificates that it is about, if known; who signed it is looked for in the answer.
pub fn lint_ocsp(data: &ResponseData, issuer: Option<&Certificate>) -> Vec<Finding> {
    let named = |certificate: &&Certificate| {
        data.responder()
            .is(certificate.subject(), certificate.public_key())
    };
    let beside = data.certificates();
    let signer = beside.iter().chain(issuer).find(named).or(beside.first());
    let facts = OcspFacts { data, issuer, signer };
    let day = day(data.produced_at());
    check_rules(&facts, |rule| rule.is_in_force(&day))
}

/// Holds what is to be signed against every rule.
pub(crate) fn lint_unsigned_ocsp(
    data: &ResponseData,
    issuer: &Certificate,
    signer: &Certificate,
) -> Vec<Finding> {
    let (issuer, signer) = (Some(issuer), Some(signer));
    // What is signed today meets today's rules, whatever moment it is dated for.
    check_rules(&OcspFacts { data, issuer, signer }, |_| true)
}

fn check_rules(facts: &OcspFacts<'_>, is_in_force: impl Fn(&OcspRule) -> bool) -> Vec<Finding> {
    let in_force = rules::ALL.iter().filter(|rule| is_in_force(rule));
    in_force
        .filter_map(|rule| (rule.check)(facts).map(|message| rule.finding(message)))
        .collect()
}

/// The rules, for documents about them.
pub(super) fn catalogue() -> impl Iterator<Item = RuleSummary> {
    rules::ALL.iter().map(|rule| rule.summary(Subject::OcspAnswer))
}

#[cfg(test)]
mod tests {
    use super::testing::*;

    #[test]
    fn the_good_examples_break_no_rule() {
        assert_eq!(broken(&good()), [""; 0]);
        let revoked = with(|answer| answer.responses[0].status = revoked(&later(0), Some(1)));
        assert_eq!(broken(&revoked), [""; 0]);
        let never_issued = with(|answer| {
            answer.responses[0].status = super::testing::revoked("19700101000000Z", Some(6));
            answer.extensions.push(extension(9, false, &[5, 0]));
        });
        assert_eq!(broken(&never_issued), [""; 0]);
        let nonce = tlv(4, &[&[7; 32]]);
        let fresh = with(|answer| answer.extensions.push(extension(2, false, &nonce)));
        assert_eq!(broken(&fresh), [""; 0]);
    }
}
