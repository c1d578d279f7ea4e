//! keyUsage is one of the combinations for signing, for encrypting or for both that this kind of key may have.

use crate::lint::baseline::{BaselineRule, Candidate, Generation};
use crate::lint::{Rule, Severity};
use identity::KeyKind;

pub(super) static RULE: BaselineRule = Rule {
    name: "e_sbr_key_usage",
    severity: Severity::Error,
    citation: "CA/B S/MIME BR 7.1.2.3 (e)",
    about: "keyUsage is one of the combinations for signing, for encrypting or for both that this kind of key may have.",
    effective: "2023-09-01",
    check,
};

fn check(candidate: &Candidate<'_>) -> Option<String> {
    let usage = candidate.certificate.key_usage()?;
    let kind = candidate.certificate.public_key().kind();
    let strict = candidate.baseline.generation == Generation::Strict;
    let fault = |what: &str| {
        Some(format!(
            "keyUsage has {what}, which {} does not allow for {kind}",
            candidate.baseline
        ))
    };
    let (encrypts, forbidden) = match kind {
        KeyKind::Rsa { .. } => (
            usage.key_encipherment,
            [
                ("keyAgreement", usage.key_agreement),
                (
                    "dataEncipherment without keyEncipherment",
                    usage.data_encipherment && !usage.key_encipherment,
                ),
                ("dataEncipherment", usage.data_encipherment && strict),
                ("encipherOnly", usage.encipher_only),
                ("decipherOnly", usage.decipher_only),
            ],
        ),
        KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => (
            usage.key_agreement,
            [
                ("keyEncipherment", usage.key_encipherment),
                ("dataEncipherment", usage.data_encipherment),
                (
                    "encipherOnly without keyAgreement",
                    usage.encipher_only && !usage.key_agreement,
                ),
                (
                    "decipherOnly without keyAgreement",
                    usage.decipher_only && !usage.key_agreement,
                ),
                (
                    "encipherOnly and decipherOnly",
                    usage.encipher_only && usage.decipher_only,
                ),
            ],
        ),
        // What else there is is another rule's.
        _ => return None,
    };
    if let Some((what, _)) = forbidden.iter().find(|(_, set)| *set) {
        return fault(what);
    }
    if usage.key_cert_sign || usage.crl_sign {
        return fault("keyCertSign or cRLSign");
    }
    if usage.non_repudiation && !usage.digital_signature {
        return fault("nonRepudiation without digitalSignature");
    }
    (!usage.digital_signature && !encrypts)
        .then(|| format!("keyUsage of {kind} allows neither signing nor encrypting"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::baseline::testing::*;

    fn of(generation: Generation, change: impl FnOnce(&mut KeyUsage)) -> Option<String> {
        let baseline = Baseline {
            level: Level::Mailbox,
            generation,
        };
        let rsa: &'static _ = leak(rsa_key_of(2048));
        let certificate = leaf_of(baseline, |spec| {
            spec.public_key = rsa;
            spec.extensions.key_usage = KeyUsage {
                digital_signature: true,
                ..KeyUsage::default()
            };
            change(&mut spec.extensions.key_usage);
        });
        judge(check, &certificate, baseline)
    }

    #[test]
    fn good() {
        assert_eq!(
            judge(check, &strict(Level::Mailbox, |_| {}), MAILBOX_STRICT),
            None
        );
        assert_eq!(
            of(Generation::Strict, |usage| usage.key_encipherment = true),
            None
        );
        let data = |usage: &mut KeyUsage| {
            usage.key_encipherment = true;
            usage.data_encipherment = true;
        };
        assert_eq!(of(Generation::Multipurpose, data), None);
        assert!(of(Generation::Strict, data).unwrap().contains("dataEncipherment"));
    }

    #[test]
    fn bad() {
        assert!(
            of(Generation::Strict, |usage| usage.key_agreement = true)
                .unwrap()
                .contains("keyAgreement")
        );
        assert!(
            of(Generation::Strict, |usage| usage.crl_sign = true)
                .unwrap()
                .contains("cRLSign")
        );
        let bound = |usage: &mut KeyUsage| {
            *usage = KeyUsage {
                non_repudiation: true,
                key_encipherment: true,
                ..KeyUsage::default()
            }
        };
        assert!(of(Generation::Strict, bound).unwrap().contains("nonRepudiation"));
        let elliptic = strict(Level::Mailbox, |spec| {
            spec.extensions.key_usage.key_encipherment = true
        });
        assert!(
            judge(check, &elliptic, MAILBOX_STRICT)
                .unwrap()
                .contains("keyEncipherment")
        );
    }
}
