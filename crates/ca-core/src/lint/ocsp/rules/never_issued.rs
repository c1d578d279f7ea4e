//! What was never issued is revoked since 1970, on hold, and the answer says that it speaks so.

use crate::lint::Severity;
use crate::lint::ocsp::{OcspFacts, OcspRule};
use chrono::DateTime;
use identity::ocsp::CertStatus;

pub(super) static RULE: OcspRule = OcspRule {
    name: "e_ocsp_never_issued",
    severity: Severity::Error,
    citation: "RFC 6960, 2.2 and 4.4.8",
    about: "What was never issued is revoked since 1970, on hold, and the answer says that it speaks so.",
    effective: "2013-06-01",
    check,
};

fn check(facts: &OcspFacts<'_>) -> Option<String> {
    let data = facts.data;
    let since_ever = data
        .responses()
        .iter()
        .find_map(|response| match response.status {
            CertStatus::Revoked { at, reason } if at == DateTime::UNIX_EPOCH => {
                Some((response.certificate.serial_hex(), reason))
            }
            _ => None,
        });
    let (serial, reason) = since_ever?;
    if !data.has_extended_revoke() {
        return Some(format!(
            "{serial} is revoked since 1970, as what was never issued, without the extension that says so"
        ));
    }
    (reason != Some(6)).then(|| format!("{serial}, which was never issued, is not said to be on hold"))
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
        let answer = with(|answer| answer.responses[0].status = revoked("19700101000000Z", Some(6)));
        assert_breaks(&RULE, &answer, "without the extension");
        let answer = with(|answer| {
            answer.responses[0].status = revoked("19700101000000Z", None);
            answer.extensions.push(extension(9, false, &[5, 0]));
        });
        assert_breaks(&RULE, &answer, "is not said to be on hold");
    }
}
