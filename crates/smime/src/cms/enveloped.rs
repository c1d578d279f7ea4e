//! EnvelopedData (RFC 5652 6) and AuthEnvelopedData (RFC 5083).

use identity::ContentCipher;

use super::ber::{SEQUENCE, Value, context};
use super::recipient::RecipientInfo;
use super::{CmsError, der, oids};

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
