//! EnvelopedData (RFC 5652 6), AuthEnvelopedData (RFC 5083) and EncryptedData (RFC 5652 8) from a reader.

use std::io::Read;

use const_oid::ObjectIdentifier;
use identity::ContentCipher;

use super::BerStream;
use crate::cms::algorithm::Algorithm;
use crate::cms::ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, context, structure};
use crate::cms::enveloped::{read_authenticated_attributes, read_recipients};
use crate::cms::oids;
use crate::cms::recipient::RecipientInfo;
use crate::stream::StreamError;

/// The kinds of encrypted structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnvelopeKind {
    AuthEnveloped,
    /// The content key is agreed on otherwise: there are no recipients.
    Encrypted,
    Enveloped,
}

impl EnvelopeKind {
    /// The kind of a content type; `None` if nothing is encrypted in one.
    pub(crate) fn of(content_type: ObjectIdentifier) -> Option<Self> {
        match content_type {
            oids::AUTH_ENVELOPED_DATA => Some(Self::AuthEnveloped),
            oids::ENCRYPTED_DATA => Some(Self::Encrypted),
            oids::ENVELOPED_DATA => Some(Self::Enveloped),
            _ => None,
        }
    }

    /// What the structure is called where it is malformed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AuthEnveloped => "AuthEnvelopedData",
            Self::Encrypted => "EncryptedData",
            Self::Enveloped => "EnvelopedData",
        }
    }
}

/// What stands before the encrypted content.
pub(crate) struct Envelope {
    pub(crate) kind: EnvelopeKind,
    /// None in an EncryptedData.
    pub(crate) recipients: Vec<RecipientInfo>,
    /// The type of what is inside.
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) algorithm: Algorithm,
}

/// What stands after the encrypted content.
pub(crate) struct Trailer {
    /// The additional authenticated data: the attributes as DER, or nothing.
    pub(crate) authenticated_attributes: Vec<u8>,
    /// The authentication tag.
    pub(crate) tag: Option<Vec<u8>>,
}

impl Envelope {
    /// Reads up to the encrypted content; `stream` then gives its octets.
    pub(crate) fn read<R: Read>(stream: &mut BerStream<R>, kind: EnvelopeKind) -> Result<Self, StreamError> {
        let name = kind.name();
        stream.content(name)?;
        stream.expect(INTEGER, name)?.value()?.small_integer()?;
        let mut recipients = Vec::new();
        if kind != EnvelopeKind::Encrypted {
            // originatorInfo: certificates for key agreement with static keys, which S/MIME does not use.
            stream.optional(context(0))?;
            recipients = read_recipients(&stream.expect(SET, name)?.value()?)?;
        }
        stream.expect_and_enter(SEQUENCE, name)?;
        let content_type = stream.expect(OBJECT_IDENTIFIER, name)?.value()?.oid()?;
        let algorithm = Algorithm::read(&stream.expect(SEQUENCE, name)?.value()?)?;
        if !stream.optional_string(context(0))? {
            return Err(structure(name, "the encrypted content is not inside").into());
        }
        Ok(Self {
            kind,
            recipients,
            content_type,
            algorithm,
        })
    }

    /// The content cipher, if it is known.
    pub(crate) fn cipher(&self) -> Option<ContentCipher> {
        ContentCipher::from_oid(&self.algorithm.oid, self.algorithm.parameters.as_deref())
    }

    /// Reads what follows the encrypted content, and the input to its end.
    pub(crate) fn finish<R: Read>(&self, mut stream: BerStream<R>) -> Result<Trailer, StreamError> {
        // EncryptedContentInfo
        stream.leave()?;
        let mut trailer = Trailer {
            authenticated_attributes: Vec::new(),
            tag: None,
        };
        if self.kind == EnvelopeKind::AuthEnveloped {
            if let Some(set) = stream.optional(context(1))? {
                trailer.authenticated_attributes = read_authenticated_attributes(&set.value()?)?;
            }
            let tag = stream.expect(OCTET_STRING, self.kind.name())?;
            trailer.tag = Some(tag.value()?.octets()?.into_owned());
        }
        // unprotectedAttrs say nothing that could be relied on.
        stream.finish()?;
        Ok(trailer)
    }
}
