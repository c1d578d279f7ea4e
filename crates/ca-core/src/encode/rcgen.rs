//! The encoder that lets `rcgen` do it, with the guard that keeps from it what it would get wrong.

use super::EncodeError;
use super::extensions::{Raw, SMTP_UTF8_MAILBOX, tail};
use super::spec::{AlternativeName, CertificateSpec, Role};
use ::rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName as Name,
    DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData,
    SanType, SerialNumber, SignatureAlgorithm, SigningKey,
};
use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Tag, Tagged as _};
use identity::certificate::KeyUsage;
use identity::{DigestAlgorithm, DistinguishedName, KeyKind, PublicKey, SignatureScheme};
use std::cell::RefCell;
use std::collections::HashSet;
use x509_cert::name::RdnSequence;

/// A specification that `rcgen` encodes rightly.
pub(super) struct Encodable<'a> {
    spec: &'a CertificateSpec<'a>,
    issuer: Name,
    subject: Name,
    signature: &'static SignatureAlgorithm,
    key: &'static SignatureAlgorithm,
}

/// Returns the specification in `rcgen`'s terms, or `None` if it has none for a part of it.
///
/// # Errors
/// [`EncodeError`] if a name cannot be read at all.
pub(super) fn encodable<'a>(spec: &'a CertificateSpec<'a>) -> Result<Option<Encodable<'a>>, EncodeError> {
    let (Some(signature), Some(key)) = (signature_algorithm(spec.scheme), key_algorithm(spec.public_key))
    else {
        return Ok(None);
    };
    let (Some(issuer), Some(subject)) = (
        name(spec.issuer, spec, "issuer")?,
        name(&spec.subject, spec, "subject")?,
    ) else {
        return Ok(None);
    };
    Ok(Some(Encodable {
        spec,
        issuer,
        subject,
        signature,
        key,
    }))
}

/// Returns the bytes to be signed.
pub(super) fn encode(encodable: Encodable<'_>) -> Result<Vec<u8>, EncodeError> {
    let Encodable {
        spec,
        issuer,
        subject,
        signature,
        key,
    } = encodable;
    let fault = |field| move |error: ::rcgen::Error| spec.fault(field, error);
    let mut issuer_params = CertificateParams::default();
    issuer_params.distinguished_name = issuer;
    let identifier = spec.extensions.authority_key_identifier.clone();
    issuer_params.key_identifier_method = KeyIdMethod::PreSpecified(identifier.unwrap_or_default());
    let signer = Capture {
        algorithm: signature,
        tbs: RefCell::default(),
    };
    let key = Key {
        bytes: spec.public_key.key_bytes(),
        algorithm: key,
    };
    let tail = tail(spec).map_err(|error| spec.fault("extensions", error))?;
    let params = params(spec, subject, tail).map_err(fault("extensions"))?;
    let issuer = Issuer::new(issuer_params, signer);
    params.signed_by(&key, &issuer).map_err(fault("TBSCertificate"))?;
    Ok(issuer.key().tbs.take())
}

fn params(
    spec: &CertificateSpec<'_>,
    subject: Name,
    tail: Vec<Raw>,
) -> Result<CertificateParams, ::rcgen::Error> {
    let wanted = &spec.extensions;
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(spec.serial.significant_bytes()));
    params.not_before = time(spec.validity.not_before)?;
    params.not_after = time(spec.validity.not_after)?;
    params.distinguished_name = subject;
    params.key_identifier_method = KeyIdMethod::PreSpecified(wanted.subject_key_identifier.to_vec());
    params.use_authority_key_identifier_extension = wanted.authority_key_identifier.is_some();
    // rcgen writes the subject key identifier only beside basic constraints.
    params.is_ca = match wanted.role {
        Role::Authority { path_length: None } => IsCa::Ca(BasicConstraints::Unconstrained),
        Role::Authority {
            path_length: Some(length),
        } => IsCa::Ca(BasicConstraints::Constrained(length)),
        Role::EndEntity | Role::OcspResponder => IsCa::ExplicitNoCa,
    };
    params.key_usages = key_usages(&wanted.key_usage);
    params.extended_key_usages = wanted
        .extended_key_usage
        .iter()
        .map(|oid| match *oid {
            EMAIL_PROTECTION => ExtendedKeyUsagePurpose::EmailProtection,
            CLIENT_AUTH => ExtendedKeyUsagePurpose::ClientAuth,
            other => ExtendedKeyUsagePurpose::Other(arcs(&other)),
        })
        .collect();
    for name in &wanted.alternative_names {
        params.subject_alt_names.push(match name {
            AlternativeName::Rfc822(address) => SanType::Rfc822Name(address.as_str().try_into()?),
            AlternativeName::SmtpUtf8(address) => {
                SanType::OtherName((arcs(&SMTP_UTF8_MAILBOX), address.as_str().into()))
            }
        });
    }
    if let Some(url) = &wanted.issued.crl {
        // Here rcgen takes any text, and would panic on one outside ASCII.
        let uri = ::rcgen::string::Ia5String::try_from(url.as_str())?;
        params.crl_distribution_points.push(CrlDistributionPoint {
            uris: vec![uri.as_str().to_owned()],
        });
    }
    for raw in tail {
        let mut extension = CustomExtension::from_oid_content(&arcs(&raw.oid), raw.value);
        extension.set_criticality(raw.critical);
        params.custom_extensions.push(extension);
    }
    Ok(params)
}

fn key_usages(usage: &KeyUsage) -> Vec<KeyUsagePurpose> {
    let all = [
        (usage.digital_signature, KeyUsagePurpose::DigitalSignature),
        (usage.non_repudiation, KeyUsagePurpose::ContentCommitment),
        (usage.key_encipherment, KeyUsagePurpose::KeyEncipherment),
        (usage.data_encipherment, KeyUsagePurpose::DataEncipherment),
        (usage.key_agreement, KeyUsagePurpose::KeyAgreement),
        (usage.key_cert_sign, KeyUsagePurpose::KeyCertSign),
        (usage.crl_sign, KeyUsagePurpose::CrlSign),
        (usage.encipher_only, KeyUsagePurpose::EncipherOnly),
        (usage.decipher_only, KeyUsagePurpose::DecipherOnly),
    ];
    all.into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, purpose)| purpose)
        .collect()
}

/// Returns a name in `rcgen`'s terms, or `None` if it would come out otherwise than it went in: `rcgen` keeps one
/// value per attribute type, one attribute per relative name, and drops the others silently.
fn name(
    name: &DistinguishedName,
    spec: &CertificateSpec<'_>,
    field: &'static str,
) -> Result<Option<Name>, EncodeError> {
    let parsed = RdnSequence::from_der(name.der()).map_err(|error| spec.fault(field, error))?;
    let mut types = HashSet::new();
    let mut converted = Name::new();
    for relative in parsed.iter() {
        let mut attributes = relative.iter();
        let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
            return Ok(None);
        };
        let Ok(text) = std::str::from_utf8(attribute.value.value()) else {
            return Ok(None);
        };
        let value = match attribute.value.tag() {
            Tag::Utf8String => Some(DnValue::Utf8String(text.to_owned())),
            // The writer under rcgen panics on a question mark, which X.680 allows.
            Tag::PrintableString if text.contains('?') => None,
            Tag::PrintableString => text.try_into().ok().map(DnValue::PrintableString),
            Tag::Ia5String => text.try_into().ok().map(DnValue::Ia5String),
            _ => None,
        };
        let (Some(value), true) = (value, types.insert(attribute.oid)) else {
            return Ok(None);
        };
        converted.push(DnType::from_oid(&arcs(&attribute.oid)), value);
    }
    Ok(Some(converted))
}

fn signature_algorithm(scheme: SignatureScheme) -> Option<&'static SignatureAlgorithm> {
    Some(match scheme {
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256) => &::rcgen::PKCS_RSA_SHA256,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384) => &::rcgen::PKCS_RSA_SHA384,
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512) => &::rcgen::PKCS_RSA_SHA512,
        // In a signature's AlgorithmIdentifier the curve does not appear.
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha256) => &::rcgen::PKCS_ECDSA_P256_SHA256,
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha384) => &::rcgen::PKCS_ECDSA_P384_SHA384,
        SignatureScheme::Ed25519 => &::rcgen::PKCS_ED25519,
        _ => return None,
    })
}

fn key_algorithm(key: &PublicKey) -> Option<&'static SignatureAlgorithm> {
    Some(match key.kind() {
        // In a key's AlgorithmIdentifier the digest does not appear.
        KeyKind::Rsa { .. } => &::rcgen::PKCS_RSA_SHA256,
        KeyKind::EcP256 => &::rcgen::PKCS_ECDSA_P256_SHA256,
        KeyKind::EcP384 => &::rcgen::PKCS_ECDSA_P384_SHA384,
        KeyKind::Ed25519 => &::rcgen::PKCS_ED25519,
        _ => return None,
    })
}

fn time(moment: DateTime<Utc>) -> Result<time::OffsetDateTime, ::rcgen::Error> {
    time::OffsetDateTime::from_unix_timestamp(moment.timestamp()).map_err(|_| ::rcgen::Error::Time)
}

fn arcs(oid: &ObjectIdentifier) -> Vec<u64> {
    oid.arcs().map(u64::from).collect()
}

/// Takes the bytes to be signed and signs nothing: signing comes after recording and linting.
struct Capture {
    algorithm: &'static SignatureAlgorithm,
    tbs: RefCell<Vec<u8>>,
}

impl PublicKeyData for Capture {
    fn der_bytes(&self) -> &[u8] {
        &[]
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Capture {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ::rcgen::Error> {
        self.tbs.replace(message.to_vec());
        Ok(Vec::new())
    }
}

struct Key<'a> {
    bytes: &'a [u8],
    algorithm: &'static SignatureAlgorithm,
}

impl PublicKeyData for Key<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.bytes
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
