//! Certificates are named by digests of their issuer that are as long as the algorithm says, and of the issuer that answers if it says more than "unknown".

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use identity::digest::digest;
use identity::ocsp::CertStatus;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_certificate_id",
    severity: Severity::Error,
    citation: "RFC 6960, 4.1.1",
    about: "Certificates are named by digests of their issuer that are as long as the algorithm says, and of the issuer that answers if it says more than \"unknown\".",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    facts.data.responses().iter().find_map(|response| {
        let name = &response.certificate;
        let serial = name.serial_hex();
        let Some(hash) = name.hash() else {
            return Some(format!("{serial} is named by a digest that is not known here"));
        };
        let lengths = [name.issuer_name_hash().len(), name.issuer_key_hash().len()];
        if let Some(length) = lengths.into_iter().find(|length| *length != hash.output_len()) {
            return Some(format!(
                "{serial} is named by a digest of {length} octets for {hash}"
            ));
        }
        let issuer = facts.issuer?;
        let is_its = name.issuer_name_hash() == digest(hash, issuer.subject().der())
            && name.issuer_key_hash() == digest(hash, issuer.public_key().key_bytes());
        let says = response.status != CertStatus::Unknown;
        (says && !is_its).then(|| {
            format!(
                "it vouches for {serial}, which another than \"{}\" has issued",
                issuer.subject()
            )
        })
    })
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
        let answer = with(|answer| answer.responses[0].name_hash.truncate(19));
        assert_breaks(&RULE, &answer, "a digest of 19 octets for sha1");
        let answer = with(|answer| answer.responses[0].key_hash[0] ^= 1);
        assert_breaks(&RULE, &answer, "which another than");
    }
}
