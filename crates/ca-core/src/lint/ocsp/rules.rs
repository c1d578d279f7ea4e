//! The rules about OCSP answers, in the order of their fields.

use super::OcspRule;

mod certificate_id;
mod extension_criticality;
mod never_issued;
mod next_update;
mod nonce;
mod responder_id;
mod responses;
mod revocation_future;
mod revocation_reason;
mod revocation_reason_unspecified;
mod signature_algorithm;
mod signer;
mod signer_no_check;
mod signer_validity;
mod times;
mod validity_interval;

pub(super) static ALL: &[&OcspRule] = &[
    &responses::RULE,
    &certificate_id::RULE,
    &responder_id::RULE,
    &signer::RULE,
    &signer_no_check::RULE,
    &signer_validity::RULE,
    &signature_algorithm::RULE,
    &times::RULE,
    &next_update::RULE,
    &validity_interval::RULE,
    &revocation_reason::RULE,
    &revocation_reason_unspecified::RULE,
    &revocation_future::RULE,
    &never_issued::RULE,
    &nonce::RULE,
    &extension_criticality::RULE,
];
