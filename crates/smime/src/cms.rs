//! Cryptographic Message Syntax (RFC 5652), read leniently (BER) and written strictly (DER).

pub(crate) mod algorithm;
pub(crate) mod attributes;
pub(crate) mod ber;
pub(crate) mod certificate_id;
pub(crate) mod compressed;
pub(crate) mod der;
pub(crate) mod enveloped;
pub(crate) mod key_management;
pub(crate) mod oids;
pub(crate) mod password;
pub(crate) mod recipient;
pub(crate) mod signed;
pub(crate) mod stream;

use const_oid::ObjectIdentifier;

use ber::{SEQUENCE, Value, context};

/// Why a CMS message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The ASN.1 encoding is broken.
    #[error("the ASN.1 encoding is broken at octet {offset}: {reason}")]
    Encoding {
        /// Octets from the beginning of the value that was read.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The structure is not what RFC 5652 says.
    #[error("the {structure} is malformed: {reason}")]
    Structure {
        /// The ASN.1 type.
        structure: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Another content type than the one asked for.
    #[error("the CMS content type is {found}, not {expected}")]
    ContentType {
        /// What was found.
        found: ObjectIdentifier,
        /// What was expected.
        expected: &'static str,
    },
}

/// The contentType of a ContentInfo, in BER or DER.
pub(crate) fn content_type(bytes: &[u8]) -> Result<ObjectIdentifier, CmsError> {
    let info = Value::parse(bytes)?;
    if info.tag != SEQUENCE {
        return Err(ber::structure("ContentInfo", "it is not a SEQUENCE"));
    }
    info.children()
        .expect(ber::OBJECT_IDENTIFIER, "ContentInfo")?
        .oid()
}

/// A name for a content type, for people.
pub(crate) fn content_type_name(oid: ObjectIdentifier) -> String {
    match oid {
        oids::DATA => "data".to_owned(),
        oids::SIGNED_DATA => "signed-data".to_owned(),
        oids::ENVELOPED_DATA => "enveloped-data".to_owned(),
        oids::AUTH_ENVELOPED_DATA => "authenticated-enveloped-data".to_owned(),
        oids::COMPRESSED_DATA => "compressed-data".to_owned(),
        oids::DIGESTED_DATA => "digested-data".to_owned(),
        oids::ENCRYPTED_DATA => "encrypted-data".to_owned(),
        oids::AUTHENTICATED_DATA => "authenticated-data".to_owned(),
        other => other.to_string(),
    }
}

/// The content of a ContentInfo that must have the type `wanted`.
fn read_content_info<'a>(
    bytes: &'a [u8],
    wanted: ObjectIdentifier,
    expected: &'static str,
) -> Result<Value<'a>, CmsError> {
    let found = content_type(bytes)?;
    if found != wanted {
        return Err(CmsError::ContentType { found, expected });
    }
    let mut fields = Value::parse(bytes)?.children();
    fields.next()?;
    let explicit = fields.expect(context(0), "ContentInfo")?;
    explicit.children().expect(SEQUENCE, expected)
}
