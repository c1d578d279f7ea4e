//! Cryptographic Message Syntax (RFC 5652), read leniently (BER) and written strictly (DER).

pub(crate) mod ber;
pub(crate) mod oids;
pub(crate) mod signed;

use const_oid::ObjectIdentifier;

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
