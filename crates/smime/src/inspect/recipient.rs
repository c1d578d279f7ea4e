//! What a RecipientInfo says (RFC 5652 6.2, RFC 5753, RFC 9629).

use const_oid::ObjectIdentifier;
use identity::key::RsaEncryption;
use identity::{ContentCipher, KeyKind};

use super::{RecipientKind, RecipientStructure, algorithm};
use crate::cms::algorithm::Algorithm;
use crate::cms::ber::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, Value, context};
use crate::cms::ber::{Reader, structure};
use crate::cms::certificate_id::CertificateId;
use crate::cms::key_management::rsa_encryption;
use crate::cms::{CmsError, oids};
use crate::report::shorten;

/// Describes a RecipientInfo; a key agreement may be for several recipients.
pub(super) fn describe(info: &Value<'_>) -> Result<Vec<RecipientStructure>, CmsError> {
    const AGREEMENT: u8 = context(1);
    const KEY_ENCRYPTION_KEY: u8 = context(2);
    const PASSWORD: u8 = context(3);
    const OTHER: u8 = context(4);
    let one = match info.tag {
        SEQUENCE => key_transport(info)?,
        AGREEMENT => return key_agreement(info),
        KEY_ENCRYPTION_KEY => key_encryption_key(info)?,
        PASSWORD => password(info)?,
        OTHER => other(info)?,
        _ => RecipientStructure::new(RecipientKind::Other, "unknown".to_owned()),
    };
    Ok(vec![one])
}

fn key_transport(info: &Value<'_>) -> Result<RecipientStructure, CmsError> {
    const NAME: &str = "KeyTransRecipientInfo";
    let mut fields = info.children();
    fields.expect(INTEGER, NAME)?;
    let recipient = certificate(&mut fields, NAME)?;
    let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
    let way = match rsa_encryption(&algorithm) {
        Some(RsaEncryption::Oaep {
            digest, mgf1_digest, ..
        }) if digest == mgf1_digest => {
            format!("RSA-OAEP with {digest}")
        }
        Some(RsaEncryption::Oaep {
            digest, mgf1_digest, ..
        }) => {
            format!("RSA-OAEP with {digest}, MGF1 with {mgf1_digest}")
        }
        _ if algorithm.oid == oids::RSAES_OAEP => "RSA-OAEP with unusual parameters".to_owned(),
        _ => algorithm::key_management(algorithm.oid),
    };
    Ok(RecipientStructure {
        identifier: recipient,
        ..RecipientStructure::new(RecipientKind::KeyTransport, way)
    })
}

fn key_agreement(info: &Value<'_>) -> Result<Vec<RecipientStructure>, CmsError> {
    const NAME: &str = "KeyAgreeRecipientInfo";
    let mut fields = info.children();
    fields.expect(INTEGER, NAME)?;
    let originator = originator(&fields.expect(context(0), NAME)?)?;
    // Keying material
    fields.optional(context(1))?;
    let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
    let mut way = algorithm::key_agreement(algorithm.oid);
    if let Some(wrap) = inner_algorithm(&algorithm) {
        way = format!("{way}, {}", algorithm::key_management(wrap.oid));
    }
    let mut recipients = Vec::new();
    let mut keys = fields.expect(SEQUENCE, NAME)?.children();
    while let Some(key) = keys.next()? {
        // RecipientKeyIdentifier [0] begins with the identifier, as IssuerAndSerialNumber begins with the issuer.
        let mut fields = key.children();
        let id = fields
            .next()?
            .ok_or_else(|| structure(NAME, "a field is missing"))?;
        let identifier = if id.tag == context(0) {
            let identifier = id.children().expect(OCTET_STRING, NAME)?.octets()?.into_owned();
            shorten(&CertificateId::SubjectKeyIdentifier(identifier).to_string())
        } else {
            shorten(&CertificateId::read(&id)?.to_string())
        };
        recipients.push(RecipientStructure {
            identifier,
            originator: Some(originator.clone()),
            ..RecipientStructure::new(RecipientKind::KeyAgreement, way.clone())
        });
    }
    Ok(recipients)
}

/// OriginatorIdentifierOrKey.
fn originator(explicit: &Value<'_>) -> Result<String, CmsError> {
    const NAME: &str = "OriginatorIdentifierOrKey";
    let choice = explicit
        .children()
        .next()?
        .ok_or_else(|| structure(NAME, "it is empty"))?;
    if choice.tag != context(1) {
        return Ok(shorten(&CertificateId::read(&choice)?.to_string()));
    }
    let mut key = choice.children();
    let algorithm = Algorithm::read(&key.expect(SEQUENCE, NAME)?)?;
    // The first octet of a BIT STRING counts its unused bits. The curve is often left out: the recipient knows it.
    let octets = key.expect(BIT_STRING, NAME)?.content.len().saturating_sub(1);
    let kind = match (algorithm.oid, octets) {
        (oids::X25519, _) => Some(KeyKind::X25519),
        (oids::EC_PUBLIC_KEY, 33 | 65) => Some(KeyKind::EcP256),
        (oids::EC_PUBLIC_KEY, 49 | 97) => Some(KeyKind::EcP384),
        (oids::EC_PUBLIC_KEY, 67 | 133) => Some(KeyKind::EcP521),
        _ => None,
    };
    Ok(match kind {
        Some(kind) => format!("ephemeral {kind} key"),
        None => format!("ephemeral key of {octets} octets, {}", algorithm.oid),
    })
}

fn key_encryption_key(info: &Value<'_>) -> Result<RecipientStructure, CmsError> {
    const NAME: &str = "KEKRecipientInfo";
    let mut fields = info.children();
    fields.expect(INTEGER, NAME)?;
    let id = fields.expect(SEQUENCE, NAME)?;
    let id = id.children().expect(OCTET_STRING, NAME)?.octets()?.into_owned();
    let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
    Ok(RecipientStructure {
        identifier: shorten(&format!("key {}", hex::encode(id))),
        ..RecipientStructure::new(
            RecipientKind::KeyEncryptionKey,
            algorithm::key_management(algorithm.oid),
        )
    })
}

fn password(info: &Value<'_>) -> Result<RecipientStructure, CmsError> {
    const NAME: &str = "PasswordRecipientInfo";
    let mut fields = info.children();
    fields.expect(INTEGER, NAME)?;
    let mut way = String::new();
    if let Some(derivation) = fields.optional(context(0))? {
        // [0] IMPLICIT AlgorithmIdentifier
        let derivation = Algorithm::read(&Value {
            tag: SEQUENCE,
            ..derivation
        })?;
        way = algorithm::key_management(derivation.oid);
        if let Some(iterations) = iterations(&derivation) {
            way = format!("{way} with {iterations} iterations");
        }
        way.push_str(", ");
    }
    let encryption = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
    way.push_str(&algorithm::key_management(encryption.oid));
    let inner = inner_algorithm(&encryption);
    if let Some(cipher) = inner.and_then(|a| ContentCipher::from_oid(&a.oid, a.parameters.as_deref())) {
        way = format!("{way} with {cipher}");
    }
    Ok(RecipientStructure::new(RecipientKind::Password, way))
}

/// The iteration count of PBKDF2 (RFC 8018 A.2).
fn iterations(derivation: &Algorithm) -> Option<u32> {
    let parameters = Value::parse(derivation.parameters.as_deref()?).ok()?;
    let fields = parameters.children().collect_all().ok()?;
    let [salt, iterations, ..] = fields.as_slice() else {
        return None;
    };
    (salt.tag == OCTET_STRING && iterations.tag == INTEGER)
        .then(|| iterations.small_integer().ok())
        .flatten()
}

fn other(info: &Value<'_>) -> Result<RecipientStructure, CmsError> {
    const NAME: &str = "OtherRecipientInfo";
    let mut fields = info.children();
    let kind = fields.expect(OBJECT_IDENTIFIER, NAME)?.oid()?;
    if kind != KEM {
        return Ok(RecipientStructure::new(RecipientKind::Other, kind.to_string()));
    }
    const KEM_NAME: &str = "KEMRecipientInfo";
    let mut fields = fields.expect(SEQUENCE, KEM_NAME)?.children();
    fields.expect(INTEGER, KEM_NAME)?;
    let recipient = certificate(&mut fields, KEM_NAME)?;
    let encapsulation = Algorithm::read(&fields.expect(SEQUENCE, KEM_NAME)?)?;
    fields.expect(OCTET_STRING, KEM_NAME)?;
    let derivation = Algorithm::read(&fields.expect(SEQUENCE, KEM_NAME)?)?;
    fields.expect(INTEGER, KEM_NAME)?;
    fields.optional(context(0))?;
    let wrap = Algorithm::read(&fields.expect(SEQUENCE, KEM_NAME)?)?;
    let way = [encapsulation, derivation, wrap].map(|one| algorithm::key_management(one.oid));
    Ok(RecipientStructure {
        identifier: recipient,
        ..RecipientStructure::new(RecipientKind::KeyEncapsulation, way.join(", "))
    })
}

fn certificate(fields: &mut Reader<'_>, name: &'static str) -> Result<String, CmsError> {
    let id = fields
        .next()?
        .ok_or_else(|| structure(name, "a field is missing"))?;
    Ok(shorten(&CertificateId::read(&id)?.to_string()))
}

/// The algorithm that is another's parameter.
fn inner_algorithm(algorithm: &Algorithm) -> Option<Algorithm> {
    Algorithm::read(&Value::parse(algorithm.parameters.as_deref()?).ok()?).ok()
}

impl RecipientStructure {
    fn new(kind: RecipientKind, key_management: String) -> Self {
        Self {
            kind,
            identifier: String::new(),
            key_management,
            originator: None,
        }
    }
}

/// id-ori-kem (RFC 9629).
const KEM: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.13.3");
