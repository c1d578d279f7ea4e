//! The extensions that are understood here (RFC 5280, 4.2).

use der::asn1::ObjectIdentifier;

use super::{
    BasicConstraints, CertificateError, GeneralName, KeyUsage, NameConstraints, SmimeCapability, general_name,
};
use crate::asn1::{BOOLEAN, Element, INTEGER, OCTET_STRING, SEQUENCE};

/// One extension with its place in the certificate's encoding.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) oid: ObjectIdentifier,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

/// The understood extensions, decoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) all: Vec<Stored>,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<ObjectIdentifier>>,
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) subject_key_identifier: Option<Vec<u8>>,
    pub(super) authority_key_identifier: Option<Vec<u8>>,
    pub(super) subject_alt_names: Vec<GeneralName>,
    pub(super) certificate_policies: Vec<ObjectIdentifier>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) crl_distribution_points: Vec<String>,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) ca_issuers_urls: Vec<String>,
    pub(super) smime_capabilities: Option<Vec<SmimeCapability>>,
}

/// Reads Extensions: SEQUENCE OF Extension.
pub(super) fn parse(der: &[u8]) -> Result<Extensions, CertificateError> {
    let mut extensions = Extensions::default();
    for stored in stored(der).map_err(|reason| CertificateError::Malformed {
        field: "extensions",
        reason,
    })? {
        if extensions.all.iter().any(|other| other.oid == stored.oid) {
            return Err(CertificateError::RepeatedExtension { oid: stored.oid });
        }
        extensions.all.push(stored);
    }
    for index in 0..extensions.all.len() {
        let Some(Stored { oid, value, .. }) = extensions.all.get(index).cloned() else {
            continue;
        };
        let field = KNOWN
            .iter()
            .find(|(known, _)| *known == oid)
            .map(|(_, name)| *name);
        if let Some(field) = field {
            understand(&mut extensions, oid, &value)
                .map_err(|reason| CertificateError::Malformed { field, reason })?;
        }
    }
    Ok(extensions)
}

/// Reads Extensions as they stand, without understanding them.
pub(crate) fn stored(der: &[u8]) -> Result<Vec<Stored>, String> {
    let mut list = Element::parse_as(SEQUENCE, der)?.children()?;
    let mut all = Vec::new();
    while !list.is_finished() {
        let mut fields = list.expect(SEQUENCE)?.children()?;
        let oid = fields.next()?.oid()?;
        let critical = match fields.optional(BOOLEAN)? {
            Some(critical) => critical.boolean()?,
            None => false,
        };
        let value = fields.expect(OCTET_STRING)?.value.to_vec();
        fields.finish()?;
        if all.len() >= MOST {
            return Err(format!("more than {MOST} extensions"));
        }
        all.push(Stored { oid, critical, value });
    }
    Ok(all)
}

/// Reads the names of a subjectAltName extension's value.
pub(crate) fn subject_alt_names(value: &[u8]) -> Result<Vec<GeneralName>, String> {
    general_name::names(value)
}

fn understand(extensions: &mut Extensions, oid: ObjectIdentifier, value: &[u8]) -> Result<(), String> {
    match oid {
        KEY_USAGE => extensions.key_usage = Some(key_usage(value)?),
        EXTENDED_KEY_USAGE => extensions.extended_key_usage = Some(oids(value)?),
        BASIC_CONSTRAINTS => extensions.basic_constraints = Some(basic_constraints(value)?),
        SUBJECT_KEY_IDENTIFIER => {
            extensions.subject_key_identifier = Some(Element::parse_as(OCTET_STRING, value)?.value.to_vec());
        }
        AUTHORITY_KEY_IDENTIFIER => {
            let mut fields = Element::parse_as(SEQUENCE, value)?.children()?;
            extensions.authority_key_identifier = fields.optional(0x80)?.map(|key| key.value.to_vec());
        }
        SUBJECT_ALT_NAME => extensions.subject_alt_names = general_name::names(value)?,
        CERTIFICATE_POLICIES => extensions.certificate_policies = policies(value)?,
        NAME_CONSTRAINTS => extensions.name_constraints = Some(general_name::constraints(value)?),
        // Nothing depends on these three but where to look further: what cannot be read is passed over.
        CRL_DISTRIBUTION_POINTS => {
            extensions.crl_distribution_points = distribution_points(value).unwrap_or_default();
        }
        AUTHORITY_INFO_ACCESS => {
            for (method, uri) in access_descriptions(value).unwrap_or_default() {
                match method {
                    OCSP => extensions.ocsp_urls.push(uri),
                    CA_ISSUERS => extensions.ca_issuers_urls.push(uri),
                    _ => {}
                }
            }
        }
        SMIME_CAPABILITIES => extensions.smime_capabilities = capabilities(value).ok(),
        _ => {}
    }
    Ok(())
}

fn key_usage(value: &[u8]) -> Result<KeyUsage, String> {
    let element = Element::parse_as(crate::asn1::BIT_STRING, value)?;
    let Some((_unused, bits)) = element.value.split_first() else {
        return Err("an empty BIT STRING".to_owned());
    };
    let bit = |number: usize| {
        bits.get(number / 8)
            .is_some_and(|byte| byte & (0x80 >> (number % 8)) != 0)
    };
    Ok(KeyUsage {
        digital_signature: bit(0),
        non_repudiation: bit(1),
        key_encipherment: bit(2),
        data_encipherment: bit(3),
        key_agreement: bit(4),
        key_cert_sign: bit(5),
        crl_sign: bit(6),
        encipher_only: bit(7),
        decipher_only: bit(8),
    })
}

fn oids(value: &[u8]) -> Result<Vec<ObjectIdentifier>, String> {
    let mut list = Element::parse_as(SEQUENCE, value)?.children()?;
    let mut found = Vec::new();
    while !list.is_finished() {
        found.push(list.next()?.oid()?);
    }
    Ok(found)
}

fn basic_constraints(value: &[u8]) -> Result<BasicConstraints, String> {
    let mut fields = Element::parse_as(SEQUENCE, value)?.children()?;
    let ca = match fields.optional(BOOLEAN)? {
        Some(ca) => ca.boolean()?,
        None => false,
    };
    let path_len = fields
        .optional(INTEGER)?
        .map(Element::small_integer)
        .transpose()?;
    fields.finish()?;
    Ok(BasicConstraints { ca, path_len })
}

fn policies(value: &[u8]) -> Result<Vec<ObjectIdentifier>, String> {
    let mut list = Element::parse_as(SEQUENCE, value)?.children()?;
    let mut found: Vec<ObjectIdentifier> = Vec::new();
    while !list.is_finished() {
        let oid = list.expect(SEQUENCE)?.children()?.next()?.oid()?;
        if found.contains(&oid) {
            return Err(format!("the policy {oid} occurs twice"));
        }
        found.push(oid);
    }
    Ok(found)
}

/// Returns the URIs of the fullNames.
fn distribution_points(value: &[u8]) -> Result<Vec<String>, String> {
    let mut list = Element::parse_as(SEQUENCE, value)?.children()?;
    let mut uris = Vec::new();
    while !list.is_finished() {
        let mut point = list.expect(SEQUENCE)?.children()?;
        let Some(name) = point.optional(0xa0)? else {
            continue;
        };
        let Some(full_name) = name.children()?.optional(0xa0)? else {
            continue;
        };
        for name in general_name::sequence_of(full_name.children()?)? {
            if let GeneralName::Uri(uri) = name {
                uris.push(uri);
            }
        }
    }
    Ok(uris)
}

fn access_descriptions(value: &[u8]) -> Result<Vec<(ObjectIdentifier, String)>, String> {
    let mut list = Element::parse_as(SEQUENCE, value)?.children()?;
    let mut found = Vec::new();
    while !list.is_finished() {
        let mut fields = list.expect(SEQUENCE)?.children()?;
        let method = fields.next()?.oid()?;
        let location = general_name::sequence_of(fields)?;
        if let Some(GeneralName::Uri(uri)) = location.into_iter().next() {
            found.push((method, uri));
        }
    }
    Ok(found)
}

/// Reads SMIMECapabilities (RFC 8551, 2.5.2), as in the extension of RFC 4262.
pub(super) fn capabilities(value: &[u8]) -> Result<Vec<SmimeCapability>, String> {
    let mut list = Element::parse_as(SEQUENCE, value)?.children()?;
    let mut found = Vec::new();
    while !list.is_finished() {
        let mut fields = list.expect(SEQUENCE)?.children()?;
        let oid = fields.next()?.oid()?;
        let parameters_der = if fields.is_finished() {
            None
        } else {
            Some(fields.next()?.raw.to_vec())
        };
        found.push(SmimeCapability { oid, parameters_der });
    }
    Ok(found)
}

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.14");
const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub(crate) const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.35");
const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
const AUTHORITY_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");
const OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.2");
const SMIME_CAPABILITIES: ObjectIdentifier = oid("1.2.840.113549.1.9.15");
const KNOWN: [(ObjectIdentifier, &str); 11] = [
    (SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (KEY_USAGE, "keyUsage"),
    (SUBJECT_ALT_NAME, "subjectAltName"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    (CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (CERTIFICATE_POLICIES, "certificatePolicies"),
    (AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (EXTENDED_KEY_USAGE, "extKeyUsage"),
    (AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
    (SMIME_CAPABILITIES, "sMIMECapabilities"),
];
/// No certificate in use comes near it.
const MOST: usize = 256;
