//! The certificates above a certificate, out of a heap of others.

use crate::certificate::Certificate;
use crate::verify::VerifyError;

/// Orders what lies above `leaf`: its issuer first, the root last, as far as `others` hold them.
///
/// This puts files in order; it does not judge trust, time or usage.
pub(super) fn above(leaf: &Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = Vec::new();
    let mut current = leaf;
    while chain.len() < LONGEST_CHAIN && !is_root(current) {
        let issuer = others
            .iter()
            .filter(|candidate| *candidate != leaf && !chain.contains(candidate))
            .filter(|candidate| may_have_issued(candidate, current))
            // A CA certificate renewed with the same key: the newer one.
            .max_by_key(|candidate| candidate.not_after());
        let Some(issuer) = issuer else { break };
        chain.push(issuer.clone());
        current = issuer;
    }
    chain
}

fn is_root(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && may_have_issued(certificate, certificate)
}

fn may_have_issued(issuer: &Certificate, subject: &Certificate) -> bool {
    let identifiers_differ = matches!(
        (subject.authority_key_identifier(), issuer.subject_key_identifier()),
        (Some(wanted), Some(found)) if wanted != found
    );
    !identifiers_differ
        && issuer.subject().matches(subject.issuer())
        // Namesakes are told apart by the signature, unless its algorithm is unknown here.
        && !matches!(
            subject.verify_signed_by(issuer.public_key()),
            Err(VerifyError::BadSignature)
        )
}

const LONGEST_CHAIN: usize = 32;
