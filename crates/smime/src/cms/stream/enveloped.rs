//! EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083) from a reader.

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

/// What stands before the encrypted content.
pub(crate) struct Envelope {
    /// Whether it is an AuthEnvelopedData.
    pub(crate) authenticated: bool,
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
    pub(crate) fn read<R: Read>(
        stream: &mut BerStream<R>,
        content_type: ObjectIdentifier,
    ) -> Result<Self, StreamError> {
        let authenticated = content_type == oids::AUTH_ENVELOPED_DATA;
        stream.content(NAME)?;
        stream.expect(INTEGER, NAME)?.value()?.small_integer()?;
        // originatorInfo: certificates for key agreement with static keys, which S/MIME does not use.
        stream.optional(context(0))?;
        let recipients = read_recipients(&stream.expect(SET, NAME)?.value()?)?;
        stream.expect_and_enter(SEQUENCE, NAME)?;
        let content_type = stream.expect(OBJECT_IDENTIFIER, NAME)?.value()?.oid()?;
        let algorithm = Algorithm::read(&stream.expect(SEQUENCE, NAME)?.value()?)?;
        if !stream.optional_string(context(0))? {
            return Err(structure(NAME, "the encrypted content is not inside").into());
        }
        Ok(Self {
            authenticated,
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
        if self.authenticated {
            if let Some(set) = stream.optional(context(1))? {
                trailer.authenticated_attributes = read_authenticated_attributes(&set.value()?)?;
            }
            let tag = stream.expect(OCTET_STRING, NAME)?;
            trailer.tag = Some(tag.value()?.octets()?.into_owned());
        }
        stream.finish()?;
        Ok(trailer)
    }
}

const NAME: &str = "EnvelopedData";
