//! SignedData (RFC 5652 5) from a reader.

use std::io::Read;

use const_oid::ObjectIdentifier;

use super::{Behind, BerStream};
use crate::cms::ber::{INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, context};
use crate::cms::signed::{
    SignedData, read_certificates, read_crls, read_digest_algorithms, read_signer_infos,
};
use crate::stream::StreamError;

/// What stands before the content.
pub(crate) struct SignedHead {
    version: u32,
    /// The digests that the signers say they used.
    pub(crate) digest_algorithms: Vec<ObjectIdentifier>,
    /// The type of the content.
    pub(crate) content_type: ObjectIdentifier,
    /// Whether there is content.
    pub(crate) has_content: bool,
}

impl SignedHead {
    /// Reads up to the content; if there is any, `stream` then gives its octets.
    pub(crate) fn read<R: Read>(stream: &mut BerStream<R>) -> Result<Self, StreamError> {
        stream.content("signed-data")?;
        let version = stream.expect(INTEGER, NAME)?.value()?.small_integer()?;
        let digest_algorithms = read_digest_algorithms(&stream.expect(SET, NAME)?.value()?)?;
        stream.expect_and_enter(SEQUENCE, NAME)?;
        let content_type = stream.expect(OBJECT_IDENTIFIER, NAME)?.value()?.oid()?;
        let has_content = stream.optional_and_enter(context(0))?;
        if has_content {
            stream.expect_string("encapsulated content")?;
        }
        Ok(Self {
            version,
            digest_algorithms,
            content_type,
            has_content,
        })
    }

    /// Reads what follows the content, and the input to its end. The content is not in what is returned.
    pub(crate) fn finish<R: Read>(
        self,
        mut stream: BerStream<R>,
    ) -> Result<(SignedData, Behind), StreamError> {
        if self.has_content {
            stream.leave()?;
        }
        // EncapsulatedContentInfo
        stream.leave()?;
        let (certificates, other_certificates) = match stream.optional(context(0))? {
            Some(set) => read_certificates(&set.value()?)?,
            None => Default::default(),
        };
        let crls = match stream.optional(context(1))? {
            Some(set) => read_crls(&set.value()?)?,
            None => Vec::new(),
        };
        let signer_infos = read_signer_infos(&stream.expect(SET, NAME)?.value()?)?;
        let behind = stream.finish()?;
        let signed = SignedData {
            version: self.version,
            content_type: self.content_type,
            content: None,
            digest_algorithms: self.digest_algorithms,
            certificates,
            other_certificates,
            crls,
            signer_infos,
        };
        Ok((signed, behind))
    }
}

const NAME: &str = "SignedData";
