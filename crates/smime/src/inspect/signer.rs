//! What a SignerInfo says.

use identity::{Certificate, ContentCipher, DigestAlgorithm, SignatureScheme};

use super::{SignerStructure, algorithm, cms};
use crate::cms::algorithm::Algorithm;
use crate::cms::ber::Value;
use crate::cms::oids;
use crate::cms::signed::{SignedAttributes, SignerInfo};
use crate::report::shorten;

/// How many algorithms of one list are shown.
const MOST_CAPABILITIES: usize = 100;

pub(super) fn describe(info: &SignerInfo, certificates: &[Certificate]) -> SignerStructure {
    let mut shown = describe_alone(info, certificates);
    let countersignatures = info
        .unsigned_attributes
        .iter()
        .filter(|one| one.oid == algorithm::COUNTERSIGNATURE);
    shown.countersigners = countersignatures
        .flat_map(|attribute| &attribute.values)
        .filter_map(|value| SignerInfo::read(&Value::parse(value).ok()?).ok())
        .take(cms::MOST_SIGNERS)
        // A signature of a countersignature is in nobody's use.
        .map(|info| describe_alone(&info, certificates))
        .collect();
    shown
}

/// Describes a signer without those who signed the signature.
fn describe_alone(info: &SignerInfo, certificates: &[Certificate]) -> SignerStructure {
    let digest = DigestAlgorithm::from_oid(&info.digest_algorithm);
    let scheme = digest.and_then(|digest| SignatureScheme::from_cms(&info.signature_algorithm, digest).ok());
    let attributes = info.signed_attributes.as_ref();
    let weak_scheme =
        scheme.is_some_and(|scheme| !matches!(scheme, SignatureScheme::Ed25519) && scheme.digest().is_weak());
    let certificate = certificates
        .iter()
        .find(|certificate| info.signer.names(certificate));
    let signing_certificate = attributes.and_then(SignedAttributes::signing_certificate);
    SignerStructure {
        version: info.version,
        identifier: shorten(&info.signer.to_string()),
        certificate_bound: signing_certificate
            .zip(certificate)
            .and_then(|(named, certificate)| named.names(certificate)),
        certificate: certificate.cloned(),
        digest: algorithm::digest(&info.digest_algorithm),
        signature: scheme.map_or_else(|| signature_name(info), |scheme| scheme.to_string()),
        signature_size: info.signature.len(),
        weak: weak_scheme || digest.is_some_and(DigestAlgorithm::is_weak),
        message_digest: attributes.and_then(SignedAttributes::message_digest),
        signing_time: attributes.and_then(SignedAttributes::signing_time),
        key_preference: attributes
            .and_then(SignedAttributes::encryption_key_preference)
            .map(|preferred| shorten(&preferred.to_string())),
        signed_attributes: attributes
            .map(|attributes| {
                attributes
                    .attributes()
                    .iter()
                    .map(|one| algorithm::attribute(one.oid))
                    .collect()
            })
            .unwrap_or_default(),
        unsigned_attributes: info
            .unsigned_attributes
            .iter()
            .map(|one| algorithm::attribute(one.oid))
            .collect(),
        capabilities: attributes.map(capabilities).unwrap_or_default(),
        countersigners: Vec::new(),
    }
}

/// Names a signature algorithm that cannot be checked here.
fn signature_name(info: &SignerInfo) -> String {
    Value::parse(&info.signature_algorithm)
        .and_then(|value| Algorithm::read(&value))
        .map_or_else(
            |_| "unknown".to_owned(),
            |algorithm| algorithm::signature(algorithm.oid),
        )
}

/// Names all that the sMIMECapabilities attribute lists (RFC 8551 2.5.2).
fn capabilities(attributes: &SignedAttributes) -> Vec<String> {
    let lists = attributes
        .attributes()
        .iter()
        .filter(|one| one.oid == oids::SMIME_CAPABILITIES);
    let mut names = Vec::new();
    for list in lists.flat_map(|attribute| &attribute.values) {
        let Ok(entries) = Value::parse(list).and_then(|list| list.children().collect_all()) else {
            continue;
        };
        let algorithms = entries.iter().filter_map(|entry| Algorithm::read(entry).ok());
        names.extend(algorithms.take(MOST_CAPABILITIES).map(|one| capability(&one)));
    }
    names.truncate(MOST_CAPABILITIES);
    names
}

fn capability(listed: &Algorithm) -> String {
    let parameters = listed.parameters.as_deref();
    if let Some(cipher) = ContentCipher::from_oid(&listed.oid, parameters) {
        return cipher.to_string();
    }
    let bits = parameters.and_then(|parameters| Value::parse(parameters).ok()?.small_integer().ok());
    match bits {
        // In this list RC2 stands with its key length alone (RFC 2633 2.5.2).
        Some(bits) if listed.oid == algorithm::RC2_CBC => format!("rc2-{bits}-cbc"),
        _ => algorithm::capability(listed.oid),
    }
}
