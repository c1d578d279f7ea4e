//! The algorithms that carry a content key: RSA key transport (RFC 3370, RFC 3560) and ECDH (RFC 5753,
//! RFC 8418).

use const_oid::ObjectIdentifier;
use identity::identity::Identity;
use identity::kdf::{hkdf, x963_kdf};
use identity::key::{EphemeralKey, KeyTransportError, RsaEncryption};
use identity::key_wrap::{KeyWrap, TRIPLE_DES_WRAP, aes_unwrap, aes_wrap, triple_des_unwrap};
use identity::{Certificate, ContentKey, DigestAlgorithm, KeyKind};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::ber::{OCTET_STRING, SEQUENCE, Value, context};
use super::recipient::{RecipientInfo, encode_key_agreement, encode_key_transport};
use super::{der, oids};

/// Carries `key` to the holder of `certificate` and returns the RecipientInfo and a name for the way.
pub(crate) fn seal(
    certificate: &Certificate,
    key: &ContentKey,
    oaep: Option<DigestAlgorithm>,
) -> Result<(Vec<u8>, String), KeyTransportError> {
    let public = certificate.public_key();
    if public.kind().is_rsa() {
        let (encryption, algorithm, name) = match oaep {
            None => (
                RsaEncryption::Pkcs1v15,
                der::algorithm(oids::RSA_ENCRYPTION, der::NULL),
                "RSA PKCS#1 v1.5".to_owned(),
            ),
            Some(digest) => (
                RsaEncryption::Oaep {
                    digest,
                    mgf1_digest: digest,
                    label: Vec::new(),
                },
                der::algorithm(oids::RSAES_OAEP, &oaep_parameters(digest)),
                format!("RSA-OAEP with {digest}"),
            ),
        };
        let encrypted = public.rsa_encrypt(&encryption, key.as_bytes())?;
        return Ok((encode_key_transport(certificate, &algorithm, &encrypted), name));
    }
    let Some((scheme, kdf)) = key_agreement_for(public.kind()) else {
        return Err(KeyTransportError::Unsupported {
            key: public.kind(),
            operation: "encryption".to_owned(),
        });
    };
    let wrap = wrap_for(key.as_bytes().len());
    let wrap_algorithm = der::algorithm(wrap.oid(), &[]);
    let ephemeral = EphemeralKey::generate(public)?;
    let z = ephemeral.agree(public)?;
    let info = shared_info(&wrap_algorithm, None, wrap);
    let kek = kdf
        .derive(&z, &info, None, wrap.key_len())
        .ok_or(KeyTransportError::Failed)?;
    let wrapped = aes_wrap(&kek, key.as_bytes()).map_err(|_| KeyTransportError::Failed)?;
    let ephemeral = public
        .with_point(ephemeral.public_point())
        .map_err(|_| KeyTransportError::Failed)?;
    let algorithm = der::algorithm(scheme, &wrap_algorithm);
    let name = format!(
        "ECDH {} with {} and AES-{} key wrap",
        public.kind(),
        kdf.name(),
        wrap.key_len() * 8
    );
    Ok((
        encode_key_agreement(certificate, &ephemeral, &algorithm, &wrapped),
        name,
    ))
}

/// What opening a RecipientInfo gave.
pub(crate) enum Opened {
    /// A key, or for RSA a random one in its place: the content tells (RFC 3218).
    Key(Zeroizing<Vec<u8>>),
    /// It could not be opened, or is of a kind we do not know.
    Failed,
}

/// Opens the part of `info` that is for `identity`; `key_len` is the length the content cipher wants. `None` if it is
/// for others.
pub(crate) fn open(info: &RecipientInfo, identity: &Identity, key_len: usize) -> Option<Opened> {
    let opened = match info {
        RecipientInfo::KeyTransport {
            recipient,
            algorithm,
            encrypted_key,
        } => {
            if !recipient.names(identity.certificate()) {
                return None;
            }
            rsa_encryption(algorithm).and_then(|encryption| {
                identity
                    .key()
                    .rsa_decrypt_or_random(&encryption, encrypted_key, key_len)
                    .ok()
            })
        }
        RecipientInfo::KeyAgreement {
            originator_point,
            user_keying_material,
            algorithm,
            recipients,
        } => {
            let (_, wrapped) = recipients
                .iter()
                .find(|(id, _)| id.names(identity.certificate()))?;
            agree_and_unwrap(
                identity,
                originator_point.as_deref(),
                user_keying_material.as_deref(),
                algorithm,
                wrapped,
            )
        }
        RecipientInfo::Password { .. } | RecipientInfo::SharedKey { .. } | RecipientInfo::Other => {
            return None;
        }
    };
    Some(opened.map_or(Opened::Failed, Opened::Key))
}

/// Opens a content key that is wrapped with a key shared beforehand; `None` if the key is another.
pub(crate) fn open_with_shared_key(
    key: &[u8],
    algorithm: &Algorithm,
    wrapped: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    if algorithm.oid == TRIPLE_DES_WRAP {
        return triple_des_unwrap(key, wrapped).ok();
    }
    let wrap = KeyWrap::from_oid(&algorithm.oid)?;
    (wrap.key_len() == key.len()).then(|| aes_unwrap(key, wrapped).ok())?
}

fn agree_and_unwrap(
    identity: &Identity,
    originator_point: Option<&[u8]>,
    user_keying_material: Option<&[u8]>,
    algorithm: &Algorithm,
    wrapped: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (_, kdf) = KEY_AGREEMENTS.iter().find(|(oid, _)| *oid == algorithm.oid)?;
    let wrap_der = algorithm.parameters.as_deref()?;
    let wrap = KeyWrap::from_oid(&Algorithm::read(&Value::parse(wrap_der).ok()?).ok()?.oid)?;
    let peer = identity.key().public_key().with_point(originator_point?).ok()?;
    let z = identity.key().agree(&peer).ok()?;
    // The wrap algorithm goes in as it was received: some writers add NULL parameters.
    let info = shared_info(wrap_der, user_keying_material, wrap);
    let kek = kdf.derive(&z, &info, user_keying_material, wrap.key_len())?;
    aes_unwrap(&kek, wrapped).ok()
}

/// How the key-encryption key comes from the shared secret.
#[derive(Clone, Copy)]
enum Kdf {
    /// RFC 5753 7.2.
    X963(DigestAlgorithm),
    /// RFC 8418 2.2.
    Hkdf(DigestAlgorithm),
}

impl Kdf {
    fn derive(
        self,
        z: &[u8],
        shared_info: &[u8],
        user_keying_material: Option<&[u8]>,
        len: usize,
    ) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::X963(digest) => Some(x963_kdf(digest, z, shared_info, len)),
            // RFC 8418 2.2: the keying material is the salt as well as a part of the shared information.
            Self::Hkdf(digest) => hkdf(digest, user_keying_material, z, shared_info, len),
        }
    }

    fn name(self) -> String {
        match self {
            Self::X963(digest) => digest.to_string(),
            Self::Hkdf(digest) => format!("HKDF-{digest}"),
        }
    }
}

/// ECC-CMS-SharedInfo (RFC 5753 7.2).
fn shared_info(wrap_algorithm: &[u8], user_keying_material: Option<&[u8]>, wrap: KeyWrap) -> Vec<u8> {
    // A key is at most 256 bits long.
    let bits = (wrap.key_len() as u32 * 8).to_be_bytes();
    let entity = user_keying_material
        .map(|m| der::explicit(0, &der::octet_string(m)))
        .unwrap_or_default();
    der::sequence(&[
        wrap_algorithm,
        &entity,
        &der::explicit(2, &der::octet_string(&bits)),
    ])
}

/// The ECDH scheme for a curve: dhSinglePass-stdDH with a digest as strong as the curve.
fn key_agreement_for(kind: KeyKind) -> Option<(ObjectIdentifier, Kdf)> {
    match kind {
        KeyKind::EcP256 => Some((STD_DH_SHA256, Kdf::X963(DigestAlgorithm::Sha256))),
        KeyKind::EcP384 => Some((STD_DH_SHA384, Kdf::X963(DigestAlgorithm::Sha384))),
        KeyKind::EcP521 => Some((STD_DH_SHA512, Kdf::X963(DigestAlgorithm::Sha512))),
        KeyKind::X25519 => Some((STD_DH_HKDF_SHA256, Kdf::Hkdf(DigestAlgorithm::Sha256))),
        _ => None,
    }
}

/// A key wrap no weaker than the content key (RFC 5753 8).
fn wrap_for(key_len: usize) -> KeyWrap {
    match key_len {
        0..=16 => KeyWrap::Aes128,
        17..=24 => KeyWrap::Aes192,
        _ => KeyWrap::Aes256,
    }
}

/// The RSA scheme that an AlgorithmIdentifier names, if it is a known one.
pub(crate) fn rsa_encryption(algorithm: &Algorithm) -> Option<RsaEncryption> {
    match algorithm.oid {
        oids::RSA_ENCRYPTION => Some(RsaEncryption::Pkcs1v15),
        oids::RSAES_OAEP => read_oaep(algorithm.parameters.as_deref()),
        _ => None,
    }
}

/// RSAES-OAEP-params (RFC 4055 4.1): defaults are left out, the empty label among them.
fn oaep_parameters(digest: DigestAlgorithm) -> Vec<u8> {
    if digest == DigestAlgorithm::Sha1 {
        return der::sequence(&[]);
    }
    let hash = der::algorithm(digest.oid(), der::NULL);
    let mask = der::algorithm(oids::MGF1, &hash);
    der::sequence(&[&der::explicit(0, &hash), &der::explicit(1, &mask)])
}

fn read_oaep(parameters: Option<&[u8]>) -> Option<RsaEncryption> {
    let mut digest = DigestAlgorithm::Sha1;
    let mut mgf1_digest = DigestAlgorithm::Sha1;
    let mut label = Vec::new();
    let algorithm_in = |value: Value<'_>| {
        Algorithm::read(&value.children().expect(SEQUENCE, "RSAES-OAEP-params").ok()?).ok()
    };
    if let Some(parameters) = parameters {
        let mut fields = Value::parse(parameters).ok()?.children();
        if let Some(hash) = fields.optional(context(0)).ok()? {
            digest = DigestAlgorithm::from_oid(&algorithm_in(hash)?.oid)?;
        }
        if let Some(mask) = fields.optional(context(1)).ok()? {
            let mask = algorithm_in(mask).filter(|a| a.oid == oids::MGF1)?;
            let hash = Algorithm::read(&Value::parse(mask.parameters.as_deref()?).ok()?).ok()?;
            mgf1_digest = DigestAlgorithm::from_oid(&hash.oid)?;
        }
        if let Some(source) = fields.optional(context(2)).ok()? {
            let source = algorithm_in(source).filter(|a| a.oid == oids::P_SPECIFIED)?;
            let octets = source.parameters?;
            let octets = Value::parse(&octets).ok().filter(|v| v.tag == OCTET_STRING)?;
            label = octets.octets().ok()?.into_owned();
        }
    }
    Some(RsaEncryption::Oaep {
        digest,
        mgf1_digest,
        label,
    })
}

const STD_DH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.1.11.1");
const STD_DH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.1.11.2");
const STD_DH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.1.11.3");

/// RFC 8418 2.2.
const STD_DH_HKDF_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.19");
const STD_DH_HKDF_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.20");
const STD_DH_HKDF_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.3.21");

/// Standard and cofactor ECDH are the same on the NIST curves, whose cofactor is 1, and X25519 has only the one.
const KEY_AGREEMENTS: [(ObjectIdentifier, Kdf); 13] = [
    (
        ObjectIdentifier::new_unwrap("1.3.133.16.840.63.0.2"),
        Kdf::X963(DigestAlgorithm::Sha1),
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.132.1.11.0"),
        Kdf::X963(DigestAlgorithm::Sha224),
    ),
    (STD_DH_SHA256, Kdf::X963(DigestAlgorithm::Sha256)),
    (STD_DH_SHA384, Kdf::X963(DigestAlgorithm::Sha384)),
    (STD_DH_SHA512, Kdf::X963(DigestAlgorithm::Sha512)),
    (
        ObjectIdentifier::new_unwrap("1.3.133.16.840.63.0.3"),
        Kdf::X963(DigestAlgorithm::Sha1),
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.132.1.14.0"),
        Kdf::X963(DigestAlgorithm::Sha224),
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.132.1.14.1"),
        Kdf::X963(DigestAlgorithm::Sha256),
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.132.1.14.2"),
        Kdf::X963(DigestAlgorithm::Sha384),
    ),
    (
        ObjectIdentifier::new_unwrap("1.3.132.1.14.3"),
        Kdf::X963(DigestAlgorithm::Sha512),
    ),
    (STD_DH_HKDF_SHA256, Kdf::Hkdf(DigestAlgorithm::Sha256)),
    (STD_DH_HKDF_SHA384, Kdf::Hkdf(DigestAlgorithm::Sha384)),
    (STD_DH_HKDF_SHA512, Kdf::Hkdf(DigestAlgorithm::Sha512)),
];
