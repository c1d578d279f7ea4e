//! EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083).

use std::borrow::Cow;

use const_oid::ObjectIdentifier;
use identity::ContentCipher;

use super::algorithm::Algorithm;
use super::ber::{INTEGER, OCTET_STRING, SEQUENCE, SET, Value, context};
use super::recipient::RecipientInfo;
use super::{CmsError, content_type, der, oids, read_content_info};

/// An EnvelopedData or AuthEnvelopedData, taken apart.
pub(crate) struct Enveloped<'a> {
    /// Whether it is an AuthEnvelopedData.
    pub(crate) authenticated: bool,
    pub(crate) recipients: Vec<RecipientInfo>,
    /// The type of what is inside.
    pub(crate) content_type: ObjectIdentifier,
    pub(crate) algorithm: Algorithm,
    /// The ciphertext, pieces joined.
    pub(crate) ciphertext: Cow<'a, [u8]>,
}

impl<'a> Enveloped<'a> {
    /// Reads a ContentInfo that holds one of the two, in BER or DER.
    pub(crate) fn from_ber(bytes: &'a [u8]) -> Result<Self, CmsError> {
        const NAME: &str = "EnvelopedData";
        let authenticated = content_type(bytes)? == oids::AUTH_ENVELOPED_DATA;
        let content = if authenticated {
            read_content_info(bytes, oids::AUTH_ENVELOPED_DATA, "authenticated-enveloped-data")?
        } else {
            read_content_info(bytes, oids::ENVELOPED_DATA, "enveloped-data")?
        };
        let mut fields = content.children();
        fields.expect(INTEGER, NAME)?.small_integer()?;
        // originatorInfo: certificates for key agreement with static keys, which S/MIME does not use.
        fields.optional(context(0))?;
        let recipients = read_recipients(&fields.expect(SET, NAME)?)?;

        let mut encrypted = fields.expect(SEQUENCE, NAME)?.children();
        let content_type = encrypted.expect(super::ber::OBJECT_IDENTIFIER, NAME)?.oid()?;
        let algorithm = Algorithm::read(&encrypted.expect(SEQUENCE, NAME)?)?;
        let ciphertext = match encrypted.optional(context(0))? {
            Some(octets) => octets.octets()?,
            None => return Err(super::ber::structure(NAME, "the encrypted content is not inside")),
        };

        if authenticated {
            fields.optional(context(1))?;
            fields.expect(OCTET_STRING, NAME)?;
        }
        Ok(Self {
            authenticated,
            recipients,
            content_type,
            algorithm,
            ciphertext,
        })
    }

    /// The content cipher, if it is known.
    pub(crate) fn cipher(&self) -> Option<ContentCipher> {
        ContentCipher::from_oid(&self.algorithm.oid, self.algorithm.parameters.as_deref())
    }
}

/// The RecipientInfos of a SET.
pub(super) fn read_recipients(set: &Value<'_>) -> Result<Vec<RecipientInfo>, CmsError> {
    let recipients = set.children().collect_all()?;
    recipients.iter().map(RecipientInfo::read).collect()
}

/// The authAttrs as they were authenticated: DER, with the tag of SET OF (RFC 5083 2.2).
pub(super) fn read_authenticated_attributes(set: &Value<'_>) -> Result<Vec<u8>, CmsError> {
    let attributes = set.children().collect_all()?;
    let attributes = attributes
        .into_iter()
        .map(Value::to_der)
        .collect::<Result<_, _>>()?;
    Ok(der::set_of(attributes))
}

/// An envelope that is to be written.
pub(crate) struct NewEnvelope<'a> {
    pub(crate) cipher: ContentCipher,
    /// The cipher's parameters as DER.
    pub(crate) parameters: &'a [u8],
    /// RecipientInfos as DER.
    pub(crate) recipients: Vec<Vec<u8>>,
}

impl NewEnvelope<'_> {
    /// What stands before `length` octets of ciphertext in the ContentInfo: of an EnvelopedData, or for a cipher that
    /// authenticates of an AuthEnvelopedData. There the tag, an OCTET STRING of 16 octets, follows the ciphertext.
    pub(crate) fn begin(&self, length: u64) -> Vec<u8> {
        let authenticated = self.cipher.is_authenticated();
        let version = if authenticated {
            // RFC 5083 2.1: version 0 always.
            0
        } else {
            // RFC 5652 6.1: version 3 if any recipient has a password, version 2 if any is not a version 0
            // KeyTransRecipientInfo (a plain SEQUENCE).
            let any = |is: fn(u8) -> bool| self.recipients.iter().flat_map(|r| r.first()).any(|tag| is(*tag));
            match (any(|tag| tag == context(3)), any(|tag| tag != SEQUENCE)) {
                (true, _) => 3,
                (false, true) => 2,
                (false, false) => 0,
            }
        };
        let info_type = der::oid(match authenticated {
            true => oids::AUTH_ENVELOPED_DATA,
            false => oids::ENVELOPED_DATA,
        });
        let begin = [der::small_integer(version), der::set_of(self.recipients.clone())].concat();
        let content = [
            der::oid(oids::DATA),
            der::algorithm(self.cipher.oid(), self.parameters),
        ]
        .concat();
        let after = if authenticated { 2 + TAG } else { 0 };
        der::nested(
            &[
                (SEQUENCE, &info_type, 0),
                (context(0), &[], 0),
                (SEQUENCE, &begin, after),
                (SEQUENCE, &content, 0),
                (0x80, &[], 0),
            ],
            length,
        )
    }

    /// The length of the ciphertext of `length` octets.
    pub(crate) fn ciphertext_length(cipher: ContentCipher, length: u64) -> u64 {
        const BLOCK: u64 = 16;
        match cipher.is_authenticated() {
            true => length,
            // RFC 5652 6.3: one to sixteen octets of padding.
            false => (length / BLOCK + 1) * BLOCK,
        }
    }
}

/// The length of an authentication tag that is written, in octets.
const TAG: u64 = 16;
