//! CMS structures, as they stand.

use identity::{Certificate, ContentCipher, DigestAlgorithm, SignatureScheme};

use super::tree::Walk;
use super::{CmsStructure, EnvelopedStructure, RecipientStructure, SignedStructure, SignerStructure};
use super::{algorithm, digest_name};
use crate::cms::enveloped::Enveloped;
use crate::cms::recipient::RecipientInfo;
use crate::cms::signed::{SignedData, SignerInfo};
use crate::cms::{CmsError, content_type, content_type_name, oids};
use crate::mime::Message;
use crate::report::shorten;

/// How many certificates or recipients of one structure are shown.
const MOST_SHOWN: usize = 1000;
/// How many signers are shown: each is looked for among all certificates.
const MOST_SIGNERS: usize = 20;

pub(super) fn read(bytes: &[u8], walk: &mut Walk<'_>, depth: usize) -> Result<CmsStructure, CmsError> {
    let kind = content_type(bytes)?;
    match kind {
        oids::SIGNED_DATA => Ok(CmsStructure::Signed(signed(
            SignedData::from_ber(bytes)?,
            walk,
            depth,
        ))),
        oids::ENVELOPED_DATA | oids::AUTH_ENVELOPED_DATA => {
            Ok(CmsStructure::Enveloped(enveloped(&Enveloped::from_ber(bytes)?)))
        }
        other => Ok(CmsStructure::Other(content_type_name(other))),
    }
}

fn signed(data: SignedData, walk: &mut Walk<'_>, depth: usize) -> SignedStructure {
    let certificates: Vec<_> = data
        .certificates
        .iter()
        .take(MOST_SHOWN)
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect();
    SignedStructure {
        version: data.version,
        content_type: content_type_name(data.content_type),
        content: data
            .content
            .as_deref()
            .map(|content| Box::new(walk.entity(&Message::parse(content), depth + 1, true))),
        digests: data.digest_algorithms.iter().map(digest_name).collect(),
        signers: data
            .signer_infos
            .iter()
            .take(MOST_SIGNERS)
            .map(|info| signer(info, &certificates))
            .collect(),
        other_certificates: data.other_certificates + data.certificates.len() - certificates.len(),
        certificates,
        crls: data.crls.len(),
    }
}

fn signer(info: &SignerInfo, certificates: &[Certificate]) -> SignerStructure {
    let digest = DigestAlgorithm::from_oid(&info.digest_algorithm);
    let scheme = digest.and_then(|digest| SignatureScheme::from_cms(&info.signature_algorithm, digest).ok());
    let attributes = info.signed_attributes.as_ref();
    let weak_scheme =
        scheme.is_some_and(|scheme| !matches!(scheme, SignatureScheme::Ed25519) && scheme.digest().is_weak());
    SignerStructure {
        version: info.version,
        identifier: shorten(&info.signer.to_string()),
        certificate: certificates
            .iter()
            .find(|certificate| info.signer.names(certificate))
            .cloned(),
        digest: digest_name(&info.digest_algorithm),
        signature: scheme.map_or_else(|| "unknown".to_owned(), |scheme| scheme.to_string()),
        weak: weak_scheme || digest.is_some_and(DigestAlgorithm::is_weak),
        signing_time: attributes.and_then(|attributes| attributes.signing_time()),
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
        capabilities: attributes
            .map(|attributes| attributes.announced_ciphers())
            .unwrap_or_default(),
    }
}

fn enveloped(data: &Enveloped<'_>) -> EnvelopedStructure {
    let cipher = data.cipher();
    EnvelopedStructure {
        authenticated: data.authenticated,
        content_type: content_type_name(data.content_type),
        cipher: cipher.map_or_else(|| data.algorithm.oid.to_string(), |cipher| cipher.to_string()),
        weak: cipher.is_some_and(ContentCipher::is_weak),
        size: data.ciphertext.len() as u64,
        recipients: data
            .recipients
            .iter()
            .flat_map(recipients)
            .take(MOST_SHOWN)
            .collect(),
    }
}

fn recipients(info: &RecipientInfo) -> Vec<RecipientStructure> {
    let key_management = match info {
        RecipientInfo::KeyTransport { algorithm, .. } | RecipientInfo::KeyAgreement { algorithm, .. } => {
            algorithm::key_management(algorithm.oid)
        }
        RecipientInfo::SharedKey { algorithm, .. } => algorithm::key_management(algorithm.oid),
        RecipientInfo::Password { derivation, .. } => match derivation {
            Some(derivation) => algorithm::key_management(derivation.oid),
            None => "a key from elsewhere".to_owned(),
        },
        RecipientInfo::Other => "unknown".to_owned(),
    };
    let mut named: Vec<_> = info.names().iter().map(|name| shorten(name)).collect();
    if named.is_empty() {
        named.push(String::new());
    }
    named
        .into_iter()
        .map(|identifier| RecipientStructure {
            identifier,
            key_management: key_management.clone(),
        })
        .collect()
}
