//! The encoder that can do everything, on the types of `x509-cert`.

use super::EncodeError;
use super::extensions::{Raw, SMTP_UTF8_MAILBOX, distribution_point, tail};
use super::spec::{AlternativeName, CertificateSpec, Role};
use chrono::{DateTime, Datelike as _, Utc};
use der::asn1::{Any, AnyRef, GeneralizedTime, Ia5String, Int, OctetString, UtcTime, Utf8StringRef};
use der::flagset::FlagSet;
use der::{Decode as _, Encode as _, Sequence};
use identity::certificate::KeyUsage;
use std::time::Duration;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::{GeneralName, OtherName};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage as Usage,
    KeyUsages, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::time::{Time, Validity};

/// `TBSCertificate` (RFC 5280, 4.1) whose names, key and algorithm are taken byte by byte.
#[derive(Sequence)]
struct Tbs<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: Int,
    algorithm: AnyRef<'a>,
    issuer: AnyRef<'a>,
    validity: Validity,
    subject: AnyRef<'a>,
    key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// Returns the bytes to be signed.
pub(super) fn encode(spec: &CertificateSpec<'_>) -> Result<Vec<u8>, EncodeError> {
    let fault = |field| move |error: der::Error| spec.fault(field, error);
    let algorithm = spec.scheme.algorithm_identifier_der();
    let validity = Validity::new(
        time(spec.validity.not_before).map_err(fault("notBefore"))?,
        time(spec.validity.not_after).map_err(fault("notAfter"))?,
    );
    let tbs = Tbs {
        version: V3,
        serial: Int::new(&positive(spec.serial.significant_bytes())).map_err(fault("serialNumber"))?,
        algorithm: AnyRef::from_der(&algorithm).map_err(fault("signature"))?,
        issuer: AnyRef::from_der(spec.issuer.der()).map_err(fault("issuer"))?,
        validity,
        subject: AnyRef::from_der(spec.subject.der()).map_err(fault("subject"))?,
        key: AnyRef::from_der(spec.public_key.spki_der()).map_err(fault("subjectPublicKeyInfo"))?,
        extensions: extensions(spec).map_err(fault("extensions"))?,
    };
    tbs.to_der().map_err(fault("TBSCertificate"))
}

/// Changes the version (less one) and the extensions of encoded bytes.
#[cfg(test)]
pub(crate) fn edit(tbs: &[u8], change: impl FnOnce(&mut u8, &mut Vec<Extension>)) -> Vec<u8> {
    let mut tbs = Tbs::from_der(tbs).unwrap();
    change(&mut tbs.version, &mut tbs.extensions);
    tbs.to_der().unwrap()
}

/// In the order of the other encoder.
fn extensions(spec: &CertificateSpec<'_>) -> Result<Vec<Extension>, der::Error> {
    let wanted = &spec.extensions;
    let mut list = Vec::new();
    let mut push = |oid, critical, value: Vec<u8>| -> Result<(), der::Error> {
        list.push(Extension {
            extn_id: oid,
            critical,
            extn_value: OctetString::new(value)?,
        });
        Ok(())
    };
    if let Some(identifier) = &wanted.authority_key_identifier {
        let value = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(identifier.clone())?),
            ..AuthorityKeyIdentifier::default()
        };
        push(
            const_oid::db::rfc5280::ID_CE_AUTHORITY_KEY_IDENTIFIER,
            false,
            value.to_der()?,
        )?;
    }
    if !wanted.alternative_names.is_empty() {
        let names = wanted
            .alternative_names
            .iter()
            .map(general_name)
            .collect::<Result<_, _>>()?;
        // RFC 5280, 4.2.1.6: critical if the subject is empty.
        push(
            const_oid::db::rfc5280::ID_CE_SUBJECT_ALT_NAME,
            spec.subject.is_empty(),
            SubjectAltName(names).to_der()?,
        )?;
    }
    push(
        const_oid::db::rfc5280::ID_CE_KEY_USAGE,
        true,
        Usage(flags(&wanted.key_usage)).to_der()?,
    )?;
    if !wanted.extended_key_usage.is_empty() {
        let value = ExtendedKeyUsage(wanted.extended_key_usage.clone()).to_der()?;
        push(const_oid::db::rfc5280::ID_CE_EXT_KEY_USAGE, false, value)?;
    }
    if let Some(url) = &wanted.issued.crl {
        let value = CrlDistributionPoints(vec![distribution_point(url)?]).to_der()?;
        push(
            const_oid::db::rfc5280::ID_CE_CRL_DISTRIBUTION_POINTS,
            false,
            value,
        )?;
    }
    let identifier = SubjectKeyIdentifier(OctetString::new(wanted.subject_key_identifier)?).to_der()?;
    push(
        const_oid::db::rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
        false,
        identifier,
    )?;
    let constraints = match wanted.role {
        Role::Authority { path_length } => BasicConstraints {
            ca: true,
            path_len_constraint: path_length,
        },
        Role::EndEntity | Role::OcspResponder => BasicConstraints {
            ca: false,
            path_len_constraint: None,
        },
    };
    push(
        const_oid::db::rfc5280::ID_CE_BASIC_CONSTRAINTS,
        true,
        constraints.to_der()?,
    )?;
    for Raw { oid, critical, value } in tail(spec)? {
        push(oid, critical, value)?;
    }
    Ok(list)
}

fn general_name(name: &AlternativeName) -> Result<GeneralName, der::Error> {
    Ok(match name {
        AlternativeName::Rfc822(address) => GeneralName::Rfc822Name(Ia5String::new(address)?),
        AlternativeName::SmtpUtf8(address) => GeneralName::OtherName(OtherName {
            type_id: SMTP_UTF8_MAILBOX,
            value: Any::encode_from(&Utf8StringRef::new(address)?)?,
        }),
    })
}

fn flags(usage: &KeyUsage) -> FlagSet<KeyUsages> {
    let mut flags = FlagSet::default();
    for (set, flag) in [
        (usage.digital_signature, KeyUsages::DigitalSignature),
        (usage.non_repudiation, KeyUsages::NonRepudiation),
        (usage.key_encipherment, KeyUsages::KeyEncipherment),
        (usage.data_encipherment, KeyUsages::DataEncipherment),
        (usage.key_agreement, KeyUsages::KeyAgreement),
        (usage.key_cert_sign, KeyUsages::KeyCertSign),
        (usage.crl_sign, KeyUsages::CRLSign),
        (usage.encipher_only, KeyUsages::EncipherOnly),
        (usage.decipher_only, KeyUsages::DecipherOnly),
    ] {
        if set {
            flags |= flag;
        }
    }
    flags
}

/// RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on.
fn time(moment: DateTime<Utc>) -> Result<Time, der::Error> {
    let seconds = u64::try_from(moment.timestamp()).map_err(|_| der::ErrorKind::DateTime)?;
    let since_epoch = Duration::from_secs(seconds);
    Ok(if moment.year() < 2050 {
        Time::UtcTime(UtcTime::from_unix_duration(since_epoch)?)
    } else {
        Time::GeneralTime(GeneralizedTime::from_unix_duration(since_epoch)?)
    })
}

/// Returns the content octets of a positive INTEGER.
fn positive(magnitude: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(magnitude.len().saturating_add(1));
    if magnitude.first().is_none_or(|first| *first >= 0x80) {
        content.push(0);
    }
    content.extend_from_slice(magnitude);
    content
}

/// RFC 5280, 4.1.2.1.
const V3: u8 = 2;
