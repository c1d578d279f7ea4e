//! Certificates with anything in them: what no authority of ours would issue.

use const_oid::ObjectIdentifier;
use identity::{Certificate, KeyAlgorithm, PrivateKey, SignatureScheme};

/// The moment at which all of them are valid.
pub(crate) const NOW: &str = "2026-06-01T00:00:00Z";
/// The same, in seconds since 1970.
pub(crate) const NOW_UNIX: &str = "1780272000";

pub(crate) fn key() -> PrivateKey {
    PrivateKey::generate(KeyAlgorithm::EcP256).unwrap()
}

/// An extension: its object identifier, whether it is critical, and its value in DER.
pub(crate) type Extension = (&'static str, bool, Vec<u8>);

/// What is to stand in a certificate.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: u32,
    pub(crate) validity: [&'static str; 2],
    pub(crate) extensions: Vec<Extension>,
    /// Of X.509: 3, or 1, which has no extensions.
    pub(crate) version: u8,
}

impl Plan {
    /// A certificate without extensions; names are written `O=x,CN=y`.
    pub(crate) fn new(subject: &str, issuer: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            serial: 1,
            validity: ["20260101000000Z", "20300101000000Z"],
            extensions: Vec::new(),
            version: 3,
        }
    }

    /// An authority's, with critical basic constraints, key usage and subject key identifier.
    pub(crate) fn authority(subject: &str, issuer: &str, key: &PrivateKey) -> Self {
        Self::new(subject, issuer)
            .with(basic_constraints(true, None))
            .with(key_usage(&[5, 6]))
            .with(subject_key_identifier(key))
    }

    pub(crate) fn with(mut self, extension: Extension) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn serial(mut self, serial: u32) -> Self {
        self.serial = serial;
        self
    }

    /// The certificate of `key`, signed with `issuer_key`.
    pub(crate) fn sign(&self, key: &PrivateKey, issuer_key: &PrivateKey) -> Certificate {
        let scheme = SignatureScheme::default_for(issuer_key.public_key()).unwrap();
        let algorithm = scheme.algorithm_identifier_der();
        // RFC 5280 4.1.2.5: UTCTime before 2050.
        let time = |text: &str| tlv(0x17, &text.as_bytes()[2..]);
        let mut fields = vec![
            match self.version {
                1 => Vec::new(),
                version => tlv(0xa0, &tlv(2, &[version - 1])),
            },
            integer(self.serial),
            algorithm.clone(),
            name(&self.issuer),
            tlv(0x30, &self.validity.map(time).concat()),
            name(&self.subject),
            key.public_key().spki_der().to_vec(),
        ];
        if !self.extensions.is_empty() {
            let extensions = self.extensions.iter().map(|(oid, critical, value)| {
                let critical = if *critical { tlv(1, &[0xff]) } else { Vec::new() };
                sequence(&[object(oid), critical, tlv(4, value)])
            });
            fields.push(tlv(0xa3, &sequence(&extensions.collect::<Vec<_>>())));
        }
        let tbs = sequence(&fields);
        let signature = issuer_key.sign(&scheme, &tbs).unwrap();
        let signature = tlv(3, &[&[0], &signature[..]].concat());
        Certificate::from_der(&sequence(&[tbs, algorithm, signature])).unwrap()
    }
}

pub(crate) fn basic_constraints(ca: bool, path_length: Option<u32>) -> Extension {
    let ca = if ca { tlv(1, &[0xff]) } else { Vec::new() };
    let value = sequence(&[ca, path_length.map(integer).unwrap_or_default()]);
    ("2.5.29.19", true, value)
}

/// Bits as RFC 5280 4.2.1.3 numbers them.
pub(crate) fn key_usage(bits: &[u8]) -> Extension {
    let octet = bits.iter().fold(0, |octet, bit| octet | (0x80_u8 >> bit));
    let unused = u8::try_from(octet.trailing_zeros().min(7)).unwrap();
    ("2.5.29.15", true, tlv(3, &[unused, octet]))
}

pub(crate) fn extended_key_usage(usages: &[&str]) -> Extension {
    let usages: Vec<_> = usages.iter().map(|usage| object(usage)).collect();
    ("2.5.29.37", false, sequence(&usages))
}

pub(crate) fn policies(policies: &[&str]) -> Extension {
    let policies: Vec<_> = policies
        .iter()
        .map(|policy| sequence(&[object(policy)]))
        .collect();
    ("2.5.29.32", false, sequence(&policies))
}

pub(crate) fn subject_key_identifier(key: &PrivateKey) -> Extension {
    ("2.5.29.14", false, tlv(4, &identifier(key)))
}

pub(crate) fn authority_key_identifier(key: &PrivateKey) -> Extension {
    ("2.5.29.35", false, sequence(&[tlv(0x80, &identifier(key))]))
}

fn identifier(key: &PrivateKey) -> Vec<u8> {
    identity::digest::sha256(key.public_key().spki_der())[..20].to_vec()
}

pub(crate) fn alternative_names(names: &[Vec<u8>]) -> Extension {
    ("2.5.29.17", false, sequence(names))
}

pub(crate) fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
    let subtrees = |tag: u8, bases: &[Vec<u8>]| match bases {
        [] => Vec::new(),
        bases => {
            let bases: Vec<u8> = bases
                .iter()
                .flat_map(|base| sequence(std::slice::from_ref(base)))
                .collect();
            tlv(tag, &bases)
        }
    };
    let value = sequence(&[subtrees(0xa0, permitted), subtrees(0xa1, excluded)]);
    ("2.5.29.30", true, value)
}

/// A GeneralName, written `email:`, `dns:`, `uri:`, `ip:` (octets in dots), `dir:` or `utf8:` (SmtpUTF8Mailbox).
pub(crate) fn general_name(text: &str) -> Vec<u8> {
    let (form, value) = text.split_once(':').unwrap();
    match form {
        "email" => tlv(0x81, value.as_bytes()),
        "dns" => tlv(0x82, value.as_bytes()),
        "uri" => tlv(0x86, value.as_bytes()),
        "ip" => {
            let octets: Vec<u8> = value.split('.').map(|octet| octet.parse().unwrap()).collect();
            tlv(0x87, &octets)
        }
        "dir" => tlv(0xa4, &name(value)),
        "utf8" => {
            let mailbox = tlv(0xa0, &tlv(12, value.as_bytes()));
            tlv(0xa0, &[object("1.3.6.1.5.5.7.8.9"), mailbox].concat())
        }
        other => panic!("{other}"),
    }
}

/// A distinguished name.
fn name(text: &str) -> Vec<u8> {
    let attributes = text
        .split(',')
        .filter(|attribute| !attribute.is_empty())
        .map(|attribute| {
            let (kind, value) = attribute.split_once('=').unwrap();
            let (oid, tag) = match kind {
                "C" => ("2.5.4.6", 19),
                "O" => ("2.5.4.10", 12),
                "OU" => ("2.5.4.11", 12),
                "CN" => ("2.5.4.3", 12),
                "E" => ("1.2.840.113549.1.9.1", 22),
                other => panic!("{other}"),
            };
            tlv(0x31, &sequence(&[object(oid), tlv(tag, value.as_bytes())]))
        });
    sequence(&attributes.collect::<Vec<_>>())
}

pub(crate) fn integer(number: u32) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let mut octets = octets
        .iter()
        .copied()
        .skip_while(|octet| *octet == 0)
        .collect::<Vec<_>>();
    if octets.first().is_none_or(|first| first & 0x80 != 0) {
        octets.insert(0, 0);
    }
    tlv(2, &octets)
}

pub(crate) fn object(oid: &str) -> Vec<u8> {
    tlv(6, oid.parse::<ObjectIdentifier>().unwrap().as_bytes())
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub(crate) fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(u8::try_from(length).unwrap()),
        0x80..0x100 => out.extend([0x81, u8::try_from(length).unwrap()]),
        _ => {
            out.push(0x82);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    out.extend_from_slice(value);
    out
}
