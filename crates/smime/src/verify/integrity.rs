//! Whether the bytes are those that were signed (RFC 5652 5.4 to 5.6, 11).

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use identity::{DigestAlgorithm, PublicKey, SignatureScheme, VerifyError};

use super::content::{Content, direct_scheme};
use crate::cms::oids;
use crate::cms::signed::SignerInfo;
use crate::report::{Code, Finding};

/// Content with the digests of its forms.
pub(super) struct Digested<'a> {
    content: &'a Content<'a>,
    digests: Cow<'a, [Vec<u8>]>,
}

impl<'a> Digested<'a> {
    /// Returns `None` if the content would have to be read again.
    pub(super) fn of(
        content: &'a Content<'a>,
        algorithm: DigestAlgorithm,
        info: &SignerInfo,
    ) -> Option<Self> {
        let digests = match direct_scheme(info) {
            // The signature is about the content itself, and nothing stands for that.
            Some(SignatureScheme::Ed25519) if content.forms().is_none() => return None,
            Some(SignatureScheme::Ed25519) | None => content.digests(algorithm)?,
            Some(scheme) => content.digests(scheme.digest())?,
        };
        Some(Self { content, digests })
    }

    /// Compares the messageDigest attribute with the content; without it there is nothing to compare.
    pub(super) fn check_digest(&self, info: &SignerInfo) -> Option<Finding> {
        let expected = info.signed_attributes.as_ref()?.message_digest()?;
        if self.digests.contains(&expected) {
            return None;
        }
        Some(Finding::new(
            Code::AlteredContent,
            "the content is not what was signed: its digest differs",
        ))
    }

    /// Checks the signature value with one key; a remark comes with a signature that is good in spite of something.
    pub(super) fn check_signature(
        &self,
        info: &SignerInfo,
        scheme: &SignatureScheme,
        key: &PublicKey,
    ) -> Result<Option<Finding>, VerifyError> {
        let Some(attributes) = &info.signed_attributes else {
            let remark = "the signature has no signed attributes: no signing time, no certificate named";
            return self
                .check_direct(info, scheme, key)
                .map(|()| Some(Finding::new(Code::NoSignedAttributes, remark)));
        };
        // RFC 5652 5.4: the DER encoding is what is signed, whatever was sent. Some programs sign what they send.
        match identity::verify(key, scheme, attributes.der(), &info.signature) {
            Err(VerifyError::BadSignature) if attributes.received() != attributes.der() => {
                identity::verify(key, scheme, attributes.received(), &info.signature)?;
                let remark = "the signed attributes are not in DER; they were verified as they stand";
                Ok(Some(Finding::new(Code::AttributesNotDer, remark)))
            }
            result => result.map(|()| None),
        }
    }

    /// Checks a signature that was made over the content itself.
    fn check_direct(
        &self,
        info: &SignerInfo,
        scheme: &SignatureScheme,
        key: &PublicKey,
    ) -> Result<(), VerifyError> {
        let mut result = Err(VerifyError::BadSignature);
        if let Some(forms) = self.content.forms() {
            for form in forms {
                result = identity::verify(key, scheme, form, &info.signature);
                if result.is_ok() {
                    break;
                }
            }
            return result;
        }
        for digest in self.digests.iter() {
            result = identity::verify::verify_digest(key, scheme, digest, &info.signature);
            if result.is_ok() {
                break;
            }
        }
        result
    }
}

/// Checks which attributes stand where, and how often (RFC 5652 5.3, 11). A countersignature has no content type
/// (RFC 5652 11.4).
pub(super) fn attributes(
    info: &SignerInfo,
    content_type: Option<ObjectIdentifier>,
    findings: &mut Vec<Finding>,
) {
    for (oid, name) in SIGNED_ONLY {
        if info
            .unsigned_attributes
            .iter()
            .any(|attribute| attribute.oid == oid)
        {
            let message =
                format!("the attribute {name} stands among the unsigned ones, where anybody can change it");
            findings.push(Finding::new(Code::UnsignedAttribute, message));
        }
    }
    let Some(signed) = &info.signed_attributes else {
        if let Some(content_type) = content_type.filter(|content_type| *content_type != oids::DATA) {
            let message =
                format!("content of type {content_type} must be signed with attributes, and there are none");
            findings.push(Finding::new(Code::MissingAttribute, message));
        }
        return;
    };
    for (oid, name) in SIGNED_ONLY {
        let mut found = signed
            .attributes()
            .iter()
            .filter(|attribute| attribute.oid == oid);
        let (first, second) = (found.next(), found.next());
        let required = oid == oids::CONTENT_TYPE && content_type.is_some() || oid == oids::MESSAGE_DIGEST;
        match first {
            None if required => {
                let message = format!("the required signed attribute {name} is missing");
                findings.push(Finding::new(Code::MissingAttribute, message));
            }
            Some(attribute) if second.is_some() || attribute.values.len() != 1 => {
                let message = format!("the signed attribute {name} must have exactly one value");
                findings.push(Finding::new(Code::DuplicateAttribute, message));
            }
            _ => {}
        }
    }
    match (signed.content_type(), content_type) {
        (Some(named), Some(content_type)) if named != content_type => {
            let message =
                format!("the signer signed content of type {named}, the message says {content_type}");
            findings.push(Finding::new(Code::ContentTypeMismatch, message));
        }
        (Some(named), None) => {
            let message =
                format!("a countersignature must not name a content type, and this one names {named}");
            findings.push(Finding::new(Code::ContentTypeMismatch, message));
        }
        (None, _)
            if signed
                .attributes()
                .iter()
                .any(|attribute| attribute.oid == oids::CONTENT_TYPE) =>
        {
            findings.push(Finding::new(
                Code::MalformedSignature,
                "the contentType attribute cannot be read",
            ));
        }
        _ => {}
    }
    if signed.message_digest().is_none()
        && signed
            .attributes()
            .iter()
            .any(|attribute| attribute.oid == oids::MESSAGE_DIGEST)
    {
        findings.push(Finding::new(
            Code::MalformedSignature,
            "the messageDigest attribute cannot be read",
        ));
    }
}

/// Tells whether content is itself a set of signed attributes: then an attribute-less signature over it may be
/// another message's signature, reinterpreted.
pub(super) fn is_attribute_set(content: &[u8]) -> bool {
    use crate::cms::attributes::Attribute;
    use crate::cms::ber::{SET, Value};
    content.first() == Some(&SET)
        && Value::parse(content)
            .ok()
            .and_then(|set| Attribute::read_all(&set).ok())
            .is_some_and(|attributes| {
                attributes
                    .iter()
                    .any(|attribute| attribute.oid == oids::MESSAGE_DIGEST)
            })
}

const SIGNED_ONLY: [(ObjectIdentifier, &str); 5] = [
    (oids::CONTENT_TYPE, "contentType"),
    (oids::MESSAGE_DIGEST, "messageDigest"),
    (oids::SIGNING_TIME, "signingTime"),
    (oids::SIGNING_CERTIFICATE, "signingCertificate"),
    (oids::SIGNING_CERTIFICATE_V2, "signingCertificateV2"),
];
