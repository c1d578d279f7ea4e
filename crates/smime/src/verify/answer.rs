//! Which certificate answers to a signer are encrypted to (RFC 8551 2.5.3).

use identity::Certificate;

use super::VerifyOptions;
use super::signer::{Material, judge_path};
use crate::cms::signed::SignerInfo;
use crate::encrypt::unsuitable;
use crate::path::Purpose;
use crate::report::{Verdict, match_mailbox};

/// How many certificates of a message are judged, and with how many signature checks each.
const MOST_CANDIDATES: usize = 4;
const CHECKS: usize = 20;

/// Finds the certificate that answers to `signer` are encrypted to; `chain` is the one that was found valid.
///
/// The one that the signature names comes first, then the signer's own, then the newest other one of the message.
/// The certificates in a message are not signed: one that anybody could have added counts only if it holds an address
/// of the signer and stands below the same root.
pub(super) fn certificate(
    info: &SignerInfo,
    signer: &Certificate,
    chain: &[Certificate],
    material: &Material,
    options: &VerifyOptions<'_>,
) -> Option<Certificate> {
    let emails = signer.emails();
    let shares_address = |certificate: &Certificate| {
        let held = certificate.emails();
        held.iter()
            .filter_map(|email| identity::Mailbox::parse(email).ok())
            .any(|email| match_mailbox(&email, &emails) != identity::mailbox::Match::No)
    };
    let suits = |certificate: &Certificate| unsuitable(certificate).is_empty();
    let mut candidates: Vec<&Certificate> = material
        .untrusted
        .iter()
        .take(material.in_message)
        .filter(|other| {
            *other != signer && suits(other) && other.is_valid_at(options.now) && shares_address(other)
        })
        .collect();
    candidates.sort_by_key(|other| std::cmp::Reverse(other.not_before()));
    if suits(signer) {
        candidates.insert(0, signer);
    }
    let preferred = info
        .signed_attributes
        .as_ref()
        .and_then(|attributes| attributes.encryption_key_preference());
    if let Some(preferred) = preferred {
        // A stable sort: what the signer asks for moves to the front.
        candidates.sort_by_key(|candidate| !preferred.names(candidate));
    }
    let root = chain.last()?.public_key();
    let mut options = options.clone();
    options.path_limits.signature_checks = options.path_limits.signature_checks.min(CHECKS);
    candidates
        .into_iter()
        .take(MOST_CANDIDATES)
        .find(|candidate| {
            let path = judge_path(candidate, Purpose::SmimeEncrypt, material, &options);
            path.verdict == Verdict::Valid && path.chain.last().map(Certificate::public_key) == Some(root)
        })
        .cloned()
}
