//! The responder is named as its certificate names it, by subject or key.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use identity::ocsp::ResponderId;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_responder_id",
    severity: Severity::Error,
    citation: "RFC 6960, 4.2.2.3",
    about: "The responder is named as its certificate names it, by subject or key.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    match facts.data.responder() {
        ResponderId::KeyHash(hash) if hash.len() != 20 => Some(format!(
            "the responder is named by a digest of {} octets, which is not SHA-1",
            hash.len()
        )),
        named => {
            let signer = facts.signer?;
            let is_signer = named.is(signer.subject(), signer.public_key());
            (!is_signer).then(|| format!("it names another responder than \"{}\"", signer.subject()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::ocsp::testing::*;

    #[test]
    fn good_example() {
        assert_eq!(judged(&RULE, &good()), None);
    }

    #[test]
    fn bad() {
        let answer = with(|answer| answer.key_hash.truncate(8));
        assert_breaks(&RULE, &answer, "a digest of 8 octets");
        let answer = with(|answer| answer.key_hash[0] ^= 1);
        assert_breaks(&RULE, &answer, "it names another responder");
    }
}
