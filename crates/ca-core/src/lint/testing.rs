//! Certificates to hold against rules: good ones, and the means to spoil them.

use super::LintContext;
use crate::authority::testing::{key, moment, policies};
use crate::encode::{encode_tbs, placeholder};
use crate::policy::{Profile, ValidityPeriod};
use crate::request::Class;
use der::asn1::ObjectIdentifier;
use identity::certificate::KeyUsage;
use identity::{Certificate, DistinguishedName, KeyAlgorithm, PublicKey, SignatureScheme, name as attribute};
use std::sync::OnceLock;
use x509_cert::ext::Extension;

pub(crate) use crate::encode::{AlternativeName, CertificateSpec, PolicyInformation, Role};

use crate::encode::{ConstrainedDomains, Extensions, Issued};

/// A root.
pub(crate) fn root() -> &'static Certificate {
    static ROOT: OnceLock<Certificate> = OnceLock::new();
    ROOT.get_or_init(|| {
        let subject = leak(name(&[
            (attribute::COUNTRY, "FR"),
            (attribute::COMMON_NAME, "Example Root CA"),
        ]));
        authority(|spec| {
            spec.subject = subject.clone();
            spec.issuer = subject;
            spec.validity = period(7000);
            spec.extensions.authority_key_identifier = None;
            spec.extensions.extended_key_usage.clear();
            spec.extensions.constraints = None;
            spec.extensions.policies.clear();
        })
    })
}

/// An issuing authority that may vouch for example.org.
pub(crate) fn issuer() -> &'static Certificate {
    static ISSUER: OnceLock<Certificate> = OnceLock::new();
    ISSUER.get_or_init(|| {
        authority(|spec| {
            spec.issuer = root().subject();
            spec.extensions.authority_key_identifier = root().subject_key_identifier().map(<[u8]>::to_vec);
        })
    })
}

/// A certificate of an issuing authority, changed.
pub(crate) fn authority(change: impl FnOnce(&mut CertificateSpec<'static>)) -> Certificate {
    let mut spec = spec();
    spec.subject = name(&[
        (attribute::ORGANIZATION, "Example"),
        (attribute::COMMON_NAME, "Example Issuing CA"),
    ]);
    spec.issuer = leak(spec.subject.clone());
    spec.validity = period(3000);
    spec.public_key = key(KeyAlgorithm::EcP256).public_key();
    spec.extensions.subject_key_identifier = spec.public_key.subject_key_identifier();
    spec.extensions.role = Role::Authority { path_length: Some(0) };
    spec.extensions.key_usage = KeyUsage {
        key_cert_sign: true,
        crl_sign: true,
        ..KeyUsage::default()
    };
    spec.extensions.alternative_names.clear();
    spec.extensions.capabilities = &[];
    static DOMAINS: OnceLock<Vec<String>> = OnceLock::new();
    let domains = DOMAINS.get_or_init(|| vec!["example.org".to_owned()]);
    spec.extensions.constraints = Some(ConstrainedDomains {
        domains,
        critical: true,
    });
    change(&mut spec);
    certificate(&encode_tbs(&spec).unwrap())
}

/// A person's certificate, changed.
pub(crate) fn leaf(change: impl FnOnce(&mut CertificateSpec<'static>)) -> Certificate {
    let mut spec = leaf_spec();
    change(&mut spec);
    certificate(&encode_tbs(&spec).unwrap())
}

/// The specification of a person's certificate.
pub(crate) fn leaf_spec() -> CertificateSpec<'static> {
    let mut spec = spec();
    spec.issuer = issuer().subject();
    spec.extensions.authority_key_identifier = issuer().subject_key_identifier().map(<[u8]>::to_vec);
    spec
}

/// A person's certificate whose version (less one) and extensions were changed after encoding.
pub(crate) fn edited(change: impl FnOnce(&mut u8, &mut Vec<Extension>)) -> Certificate {
    edit(&leaf(|_| {}), change)
}

/// A certificate, changed in the same way.
pub(crate) fn edit(of: &Certificate, change: impl FnOnce(&mut u8, &mut Vec<Extension>)) -> Certificate {
    certificate(&crate::encode::edit(of.tbs_der(), change))
}

/// What leaves are linted with: the issuer, no policy.
pub(crate) fn context() -> LintContext<'static> {
    LintContext {
        issuer: Some(issuer()),
        ..LintContext::default()
    }
}

/// The same with the policy of class 1.
pub(crate) fn policy_context() -> LintContext<'static> {
    LintContext {
        profile: Some(profile()),
        ..context()
    }
}

/// The shipped policy of class 1.
pub(crate) fn profile() -> &'static Profile {
    policies().profile(Class::One).unwrap()
}

pub(crate) fn period(days: u32) -> ValidityPeriod {
    ValidityPeriod::starting(moment(), days)
}

pub(crate) fn name(attributes: &[(ObjectIdentifier, &str)]) -> DistinguishedName {
    DistinguishedName::from_attributes(attributes).unwrap()
}

pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// A public key that was never made: the modulus is 2^bits - 1.
pub(crate) fn rsa_key_of(bits: u32) -> PublicKey {
    rsa_key_with(bits, 65537)
}

/// The same with another public exponent.
pub(crate) fn rsa_key_with(bits: u32, exponent: u32) -> PublicKey {
    use der::Encode as _;
    let mut modulus = vec![0xff; bits.div_ceil(8) as usize];
    modulus[0] >>= (8 - bits % 8) % 8;
    let key = RsaPublicKey {
        modulus: der::asn1::Uint::new(&modulus).unwrap(),
        exponent,
    };
    let info = spki::SubjectPublicKeyInfo {
        algorithm: spki::AlgorithmIdentifier {
            oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
            parameters: Some(der::asn1::Null),
        },
        subject_public_key: der::asn1::BitString::from_bytes(&key.to_der().unwrap()).unwrap(),
    };
    PublicKey::from_spki_der(&info.to_der().unwrap()).unwrap()
}

/// A public key for agreement only (RFC 8410), which nobody holds.
pub(crate) fn x25519_key() -> PublicKey {
    let header = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00,
    ];
    PublicKey::from_spki_der(&[&header[..], &[9; 32]].concat()).unwrap()
}

#[derive(der::Sequence)]
struct RsaPublicKey {
    modulus: der::asn1::Uint,
    exponent: u32,
}

fn spec() -> CertificateSpec<'static> {
    static NAME: OnceLock<DistinguishedName> = OnceLock::new();
    let public_key = key(KeyAlgorithm::EcP256).public_key();
    CertificateSpec {
        serial: crate::ledger::SerialNumber::random().unwrap(),
        scheme: SignatureScheme::default_for(public_key).unwrap(),
        issuer: NAME.get_or_init(|| name(&[(attribute::COMMON_NAME, "Nobody")])),
        validity: period(365),
        subject: name(&[(attribute::COMMON_NAME, "alice@example.org")]),
        public_key,
        extensions: Extensions {
            role: Role::EndEntity,
            subject_key_identifier: public_key.subject_key_identifier(),
            authority_key_identifier: Some(vec![0; 20]),
            key_usage: KeyUsage {
                digital_signature: true,
                key_agreement: true,
                ..KeyUsage::default()
            },
            extended_key_usage: vec![ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4")],
            alternative_names: vec![AlternativeName::Rfc822("alice@example.org".to_owned())],
            policies: profile()
                .policy_oids()
                .map(|oid| PolicyInformation { oid, cps_url: None })
                .collect(),
            constraints: None,
            issued: Issued {
                crl: Some("http://pki.example.org/crl/a.crl".to_owned()),
                ca_issuers: Some("http://pki.example.org/ca/a.crt".to_owned()),
                ocsp: None,
            },
            capabilities: &[],
        },
    }
}

fn certificate(tbs: &[u8]) -> Certificate {
    let scheme = SignatureScheme::default_for(key(KeyAlgorithm::EcP256).public_key()).unwrap();
    Certificate::from_der(&placeholder(tbs, scheme).unwrap()).unwrap()
}

/// An element in DER, for what no encoder of ours writes.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match content.len() {
        short @ 0..128 => der.push(u8::try_from(short).unwrap()),
        middle @ 128..256 => der.extend([0x81, u8::try_from(middle).unwrap()]),
        long => {
            der.push(0x82);
            der.extend(u16::try_from(long).unwrap().to_be_bytes());
        }
    }
    der.extend(content);
    der
}
