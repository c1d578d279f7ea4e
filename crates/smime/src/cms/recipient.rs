//! RecipientInfo: how the content key reaches each recipient (RFC 5652 6.2, RFC 5753).

use identity::{Certificate, KeyKind, PublicKey};

use super::algorithm::Algorithm;
use super::ber::{BIT_STRING, INTEGER, OCTET_STRING, SEQUENCE, Value, context, structure};
use super::certificate_id::CertificateId;
use super::{CmsError, der, oids};

/// One RecipientInfo.
#[derive(Clone, Debug)]
pub(crate) enum RecipientInfo {
    /// KeyTransRecipientInfo: RSA.
    KeyTransport {
        recipient: CertificateId,
        algorithm: Algorithm,
        encrypted_key: Vec<u8>,
    },
    /// KeyAgreeRecipientInfo: ECDH with an ephemeral key; several recipients may share it.
    KeyAgreement {
        /// The ephemeral point; `None` if the originator's key is named in another way.
        originator_point: Option<Vec<u8>>,
        user_keying_material: Option<Vec<u8>>,
        algorithm: Algorithm,
        recipients: Vec<(CertificateId, Vec<u8>)>,
    },
    /// PasswordRecipientInfo: who knows a password.
    Password {
        /// How the password becomes a key; `None` if the key comes from elsewhere.
        derivation: Option<Algorithm>,
        algorithm: Algorithm,
        encrypted_key: Vec<u8>,
    },
    /// KEKRecipientInfo: who holds a symmetric key that was shared beforehand.
    SharedKey {
        identifier: Vec<u8>,
        algorithm: Algorithm,
        encrypted_key: Vec<u8>,
    },
    /// Another kind.
    Other,
}

impl RecipientInfo {
    pub(crate) fn read(value: &Value<'_>) -> Result<Self, CmsError> {
        match value.tag {
            SEQUENCE => Self::read_key_transport(value),
            tag if tag == context(1) => Self::read_key_agreement(value),
            tag if tag == context(2) => Self::read_shared_key(value),
            tag if tag == context(3) => Self::read_password(value),
            _ => Ok(Self::Other),
        }
    }

    /// Whom it is for, in words.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::KeyTransport { recipient, .. } => vec![recipient.to_string()],
            Self::KeyAgreement { recipients, .. } => {
                recipients.iter().map(|(id, _)| id.to_string()).collect()
            }
            Self::Password { .. } => vec!["a password".to_owned()],
            Self::SharedKey { identifier, .. } => {
                vec![format!(
                    "a shared key with identifier {}",
                    hex::encode(identifier)
                )]
            }
            Self::Other => Vec::new(),
        }
    }

    fn read_key_transport(value: &Value<'_>) -> Result<Self, CmsError> {
        const NAME: &str = "KeyTransRecipientInfo";
        let mut fields = value.children();
        fields.expect(INTEGER, NAME)?;
        let recipient = fields
            .next()?
            .ok_or_else(|| structure(NAME, "a field is missing"))?;
        let recipient = CertificateId::read(&recipient)?;
        let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
        let encrypted_key = fields.expect(OCTET_STRING, NAME)?.octets()?.into_owned();
        Ok(Self::KeyTransport {
            recipient,
            algorithm,
            encrypted_key,
        })
    }

    fn read_shared_key(value: &Value<'_>) -> Result<Self, CmsError> {
        const NAME: &str = "KEKRecipientInfo";
        let mut fields = value.children();
        fields.expect(INTEGER, NAME)?;
        // A date and another attribute may follow the identifier.
        let mut identifier = fields.expect(SEQUENCE, NAME)?.children();
        let identifier = identifier.expect(OCTET_STRING, NAME)?.octets()?.into_owned();
        let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
        let encrypted_key = fields.expect(OCTET_STRING, NAME)?.octets()?.into_owned();
        Ok(Self::SharedKey {
            identifier,
            algorithm,
            encrypted_key,
        })
    }

    fn read_password(value: &Value<'_>) -> Result<Self, CmsError> {
        const NAME: &str = "PasswordRecipientInfo";
        let mut fields = value.children();
        fields.expect(INTEGER, NAME)?;
        let derivation = match fields.optional(context(0))? {
            Some(implicit) => {
                // The tag stands in place of that of the SEQUENCE.
                let sequence = der::retagged(SEQUENCE, implicit.to_der()?);
                Some(Algorithm::read(&Value::parse(&sequence)?)?)
            }
            None => None,
        };
        let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
        let encrypted_key = fields.expect(OCTET_STRING, NAME)?.octets()?.into_owned();
        Ok(Self::Password {
            derivation,
            algorithm,
            encrypted_key,
        })
    }

    fn read_key_agreement(value: &Value<'_>) -> Result<Self, CmsError> {
        const NAME: &str = "KeyAgreeRecipientInfo";
        let mut fields = value.children();
        fields.expect(INTEGER, NAME)?;
        let originator = fields.expect(context(0), NAME)?;
        let mut originator_point = None;
        if let Some(key) = originator.children().next()?.filter(|v| v.tag == context(1)) {
            let mut key = key.children();
            key.expect(SEQUENCE, NAME)?;
            // The first octet of a BIT STRING counts its unused bits.
            if let [0, point @ ..] = key.expect(BIT_STRING, NAME)?.content {
                originator_point = Some(point.to_vec());
            }
        }
        let user_keying_material = match fields.optional(context(1))? {
            Some(explicit) => Some(
                explicit
                    .children()
                    .expect(OCTET_STRING, NAME)?
                    .octets()?
                    .into_owned(),
            ),
            None => None,
        };
        let algorithm = Algorithm::read(&fields.expect(SEQUENCE, NAME)?)?;
        let mut recipients = Vec::new();
        for key in fields.expect(SEQUENCE, NAME)?.children().collect_all()? {
            let mut key = key.children();
            let id = key.next()?.ok_or_else(|| structure(NAME, "a field is missing"))?;
            let id = if id.tag == context(0) {
                // RecipientKeyIdentifier: the key identifier stands first.
                let identifier = id.children().expect(OCTET_STRING, NAME)?;
                CertificateId::SubjectKeyIdentifier(identifier.octets()?.into_owned())
            } else {
                CertificateId::read(&id)?
            };
            recipients.push((id, key.expect(OCTET_STRING, NAME)?.octets()?.into_owned()));
        }
        Ok(Self::KeyAgreement {
            originator_point,
            user_keying_material,
            algorithm,
            recipients,
        })
    }
}

/// A KeyTransRecipientInfo with issuer and serial number, as DER.
pub(crate) fn encode_key_transport(
    certificate: &Certificate,
    algorithm: &[u8],
    encrypted_key: &[u8],
) -> Vec<u8> {
    der::sequence(&[
        &der::small_integer(0),
        &CertificateId::issuer_and_serial(certificate),
        algorithm,
        &der::octet_string(encrypted_key),
    ])
}

/// A KeyAgreeRecipientInfo for one recipient with issuer and serial number, as DER.
pub(crate) fn encode_key_agreement(
    certificate: &Certificate,
    ephemeral: &PublicKey,
    algorithm: &[u8],
    encrypted_key: &[u8],
) -> Vec<u8> {
    // RFC 5753 3.1.1: id-ecPublicKey with the parameters absent; the curve is the recipient's. RFC 8418 3: id-X25519.
    let kind = match ephemeral.kind() {
        KeyKind::X25519 => oids::X25519,
        _ => oids::EC_PUBLIC_KEY,
    };
    let point = der::value(BIT_STRING, &[&[0], ephemeral.key_bytes()]);
    let originator_key = der::value(context(1), &[&der::algorithm(kind, &[]), &point]);
    let recipient_key = der::sequence(&[
        &CertificateId::issuer_and_serial(certificate),
        &der::octet_string(encrypted_key),
    ]);
    der::value(
        context(1),
        &[
            &der::small_integer(3),
            &der::explicit(0, &originator_key),
            algorithm,
            &der::sequence(&[&recipient_key]),
        ],
    )
}
