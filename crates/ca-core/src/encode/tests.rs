//! Both encoders against each other, and the guard between them.

use super::spec::{ConstrainedDomains, Issued};
use super::{AlternativeName, CertificateSpec, PolicyInformation, Role, encode_tbs, general, rcgen};
use crate::authority::testing::{key, moment};
use crate::lint::testing::{leaf_spec, leak, name};
use crate::policy::ValidityPeriod;
use chrono::TimeDelta;
use der::Encode as _;
use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use identity::certificate::KeyUsage;
use identity::{DigestAlgorithm, DistinguishedName, KeyAlgorithm, SignatureScheme, name as attribute};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

#[test]
fn both_encoders_agree_on_every_field() {
    for (what, change) in variations() {
        let mut spec = leaf_spec();
        change(&mut spec);
        let encodable = rcgen::encodable(&spec)
            .unwrap()
            .unwrap_or_else(|| panic!("{what}: not for rcgen"));
        let one = hex::encode(rcgen::encode(encodable).unwrap());
        let other = hex::encode(general::encode(&spec).unwrap());
        assert_eq!(one, other, "{what}");
    }
}

#[test]
fn both_encoders_agree_on_every_key_and_signature() {
    let schemes = [
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha384),
        SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha512),
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha384),
        SignatureScheme::Ed25519,
    ];
    let keys = [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcP256,
        KeyAlgorithm::EcP384,
        KeyAlgorithm::Ed25519,
    ];
    for (algorithm, scheme) in keys
        .iter()
        .flat_map(|key| schemes.iter().map(move |scheme| (*key, *scheme)))
    {
        let mut spec = leaf_spec();
        spec.scheme = scheme;
        spec.public_key = key(algorithm).public_key();
        let encodable = rcgen::encodable(&spec).unwrap().unwrap();
        assert_eq!(
            rcgen::encode(encodable).unwrap(),
            general::encode(&spec).unwrap(),
            "{algorithm}, {scheme}"
        );
    }
}

#[test]
fn the_guard_keeps_from_rcgen_what_it_would_lose() {
    let unit = attribute::ORGANIZATIONAL_UNIT;
    let names = [
        (
            "repeated attributes",
            name(&[(unit, "One"), (unit, "Two"), (attribute::COMMON_NAME, "X")]),
        ),
        ("a relative name of two attributes", multi_valued()),
        (
            "a string type of its own",
            with_value(Any::new(der::Tag::BmpString, [0, 0x41]).unwrap()),
        ),
        (
            "a question mark in a PrintableString",
            with_value(Any::new(der::Tag::PrintableString, *b"a?").unwrap()),
        ),
        (
            "no string at all",
            with_value(Any::new(der::Tag::Integer, [3]).unwrap()),
        ),
    ];
    for (what, name) in names {
        let mut spec = leaf_spec();
        spec.subject = name.clone();
        assert!(rcgen::encodable(&spec).unwrap().is_none(), "subject with {what}");
        assert!(
            contains(&encode_tbs(&spec).unwrap(), name.der()),
            "subject with {what} is kept"
        );
        let mut spec = leaf_spec();
        spec.issuer = leak(name.clone());
        assert!(rcgen::encodable(&spec).unwrap().is_none(), "issuer with {what}");
        assert!(
            contains(&encode_tbs(&spec).unwrap(), name.der()),
            "issuer with {what} is kept"
        );
    }
}

#[test]
fn the_general_encoder_takes_what_rcgen_cannot_name() {
    let mut spec = leaf_spec();
    spec.public_key = key(KeyAlgorithm::EcP521).public_key();
    assert!(rcgen::encodable(&spec).unwrap().is_none());
    assert!(contains(&encode_tbs(&spec).unwrap(), spec.public_key.spki_der()));
    for scheme in [
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha512),
        SignatureScheme::rsa_pss(DigestAlgorithm::Sha256),
    ] {
        let mut spec = leaf_spec();
        spec.scheme = scheme;
        assert!(rcgen::encodable(&spec).unwrap().is_none());
        assert!(contains(
            &encode_tbs(&spec).unwrap(),
            &scheme.algorithm_identifier_der()
        ));
    }
}

#[test]
fn what_cannot_be_encoded_is_refused_with_its_field() {
    let mut spec = leaf_spec();
    spec.extensions.alternative_names = vec![AlternativeName::Rfc822("zoé@example.org".to_owned())];
    assert!(encode_tbs(&spec).unwrap_err().to_string().contains("extensions"));
    let mut spec = leaf_spec();
    spec.extensions.issued.crl = Some("http://exämple.org".to_owned());
    assert!(encode_tbs(&spec).is_err());
}

type Change = fn(&mut CertificateSpec<'static>);

fn variations() -> Vec<(&'static str, Change)> {
    const CPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1.1");
    vec![
        ("as it is", |_| {}),
        ("an empty subject", |spec| spec.subject = name(&[])),
        ("many attributes", |spec| {
            spec.subject = name(&[
                (attribute::COUNTRY, "FR"),
                (attribute::ORGANIZATION, "École"),
                (attribute::ORGANIZATION_IDENTIFIER, "NTRFR-1"),
                (attribute::GIVEN_NAME, "Zoé"),
                (attribute::SURNAME, "日本"),
                (attribute::EMAIL_ADDRESS, "alice@example.org"),
                (attribute::COMMON_NAME, "Zoé 日本"),
            ]);
        }),
        ("an internationalised local part", |spec| {
            spec.extensions.alternative_names = vec![
                AlternativeName::SmtpUtf8("zoé@xn--exmple-cua.org".to_owned()),
                AlternativeName::Rfc822("zoe@example.org".to_owned()),
            ];
        }),
        ("every key usage", |spec| {
            spec.extensions.key_usage = KeyUsage {
                digital_signature: true,
                non_repudiation: true,
                key_encipherment: true,
                data_encipherment: true,
                key_agreement: true,
                key_cert_sign: true,
                crl_sign: true,
                encipher_only: true,
                decipher_only: true,
            };
        }),
        ("a usage in the first octet's end", |spec| {
            spec.extensions.key_usage = KeyUsage {
                encipher_only: true,
                ..KeyUsage::default()
            };
        }),
        ("an authority without path length", |spec| {
            spec.extensions.role = Role::Authority { path_length: None };
        }),
        ("an authority with path length", |spec| {
            spec.extensions.role = Role::Authority { path_length: Some(1) };
        }),
        ("no authority key identifier", |spec| {
            spec.extensions.authority_key_identifier = None
        }),
        ("more purposes", |spec| {
            spec.extensions
                .extended_key_usage
                .push(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"));
            spec.extensions
                .extended_key_usage
                .push(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"));
        }),
        ("no purposes", |spec| spec.extensions.extended_key_usage.clear()),
        ("everything published", |spec| {
            spec.extensions.issued.ocsp = Some("http://a.example/ocsp".to_owned())
        }),
        ("nothing published", |spec| {
            spec.extensions.issued = Issued::default()
        }),
        ("a statement", |spec| {
            let cps_url = Some("https://a.example/cps");
            spec.extensions.policies = vec![PolicyInformation { oid: CPS, cps_url }];
        }),
        ("constraints", |spec| {
            let domains = leak(vec!["example.org".to_owned(), "xn--exmple-cua.org".to_owned()]);
            spec.extensions.constraints = Some(ConstrainedDomains {
                domains,
                critical: false,
            });
        }),
        ("critical constraints", |spec| {
            let domains = leak(vec!["example.org".to_owned()]);
            spec.extensions.constraints = Some(ConstrainedDomains {
                domains,
                critical: true,
            });
        }),
        ("capabilities", |spec| {
            spec.extensions.capabilities = leak([ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42")]);
        }),
        ("a short serial", |spec| spec.serial = "01".parse().unwrap()),
        ("a serial with its highest bit set", |spec| {
            spec.serial = "80".parse().unwrap()
        }),
        ("times on both sides of 2050", |spec| {
            let start = moment() + TimeDelta::days(365 * 23);
            spec.validity = ValidityPeriod::starting(start, 365 * 5);
        }),
        ("the last second of UTCTime", |spec| {
            spec.validity.not_after = "2049-12-31T23:59:59Z".parse().unwrap();
        }),
        ("the first second of GeneralizedTime", |spec| {
            spec.validity.not_after = "2050-01-01T00:00:00Z".parse().unwrap();
        }),
    ]
}

fn multi_valued() -> DistinguishedName {
    let attribute = |oid| AttributeTypeAndValue {
        oid,
        value: Any::new(der::Tag::Utf8String, *b"A").unwrap(),
    };
    let both = vec![
        attribute(attribute::COMMON_NAME),
        attribute(attribute::SERIAL_NUMBER),
    ];
    from_relative(SetOfVec::try_from(both).unwrap())
}

fn with_value(value: Any) -> DistinguishedName {
    let attribute = AttributeTypeAndValue {
        oid: attribute::COMMON_NAME,
        value,
    };
    from_relative(SetOfVec::try_from(vec![attribute]).unwrap())
}

fn from_relative(set: SetOfVec<AttributeTypeAndValue>) -> DistinguishedName {
    let mut name = RdnSequence::default();
    name.push(RelativeDistinguishedName::from(set));
    DistinguishedName::from_der(&name.to_der().unwrap()).unwrap()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever stands in names and addresses, neither encoder panics, and they agree on it or both refuse it.
    #[test]
    fn no_text_makes_the_encoders_differ(
        values in proptest::collection::vec((0usize..4, "\\PC{0,20}|[ -~]{0,20}|(?s).{0,8}"), 0..4),
        address in "\\PC{0,20}|[ -~]{0,20}",
        serial in proptest::array::uniform20(proptest::num::u8::ANY),
    ) {
        const TYPES: [ObjectIdentifier; 4] =
            [attribute::COMMON_NAME, attribute::COUNTRY, attribute::EMAIL_ADDRESS, attribute::ORGANIZATION];
        let attributes: Vec<_> = values.iter().map(|(index, value)| (TYPES[*index], value.as_str())).collect();
        let mut spec = leaf_spec();
        spec.subject = DistinguishedName::from_attributes(&attributes).unwrap_or_else(|_| name(&[]));
        spec.serial = crate::ledger::SerialNumber::from_be_bytes(&serial).unwrap_or(spec.serial);
        for alternative in [AlternativeName::Rfc822(address.clone()), AlternativeName::SmtpUtf8(address)] {
            spec.extensions.alternative_names = vec![alternative];
            let general = general::encode(&spec);
            match rcgen::encodable(&spec).unwrap() {
                Some(encodable) => proptest::prop_assert_eq!(rcgen::encode(encodable).ok(), general.ok()),
                None => proptest::prop_assert!(
                    attributes.len() > 1 || attributes.iter().any(|(_, value)| value.contains('?'))
                ),
            }
        }
    }
}
