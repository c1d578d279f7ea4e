//! Distinguished names (RFC 5280, 4.1.2.4) and their text form (RFC 4514).

use std::fmt;

use der::asn1::ObjectIdentifier;

/// A distinguished name, with its exact encoding.
#[derive(Clone)]
pub struct DistinguishedName {
    der: Vec<u8>,
    attributes: Vec<(ObjectIdentifier, String)>,
}

/// Why bytes are not a distinguished name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("malformed distinguished name: {reason}")]
pub struct NameError {
    /// What is wrong.
    pub reason: String,
}

impl DistinguishedName {
    /// Reads a DER-encoded Name.
    ///
    /// # Errors
    /// [`NameError`] if it is malformed or unreasonably long.
    pub fn from_der(_der: &[u8]) -> Result<Self, NameError> {
        todo!()
    }

    /// Encodes a name with one attribute per relative distinguished name, in the order given (most significant
    /// first): PrintableString for countries, IA5String for emailAddress and domainComponent, else UTF8String.
    ///
    /// # Errors
    /// [`NameError`] if a value does not fit its string type.
    pub fn from_attributes(_attributes: &[(ObjectIdentifier, &str)]) -> Result<Self, NameError> {
        todo!()
    }

    /// Returns the DER encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Returns all attributes in the order of the encoding.
    pub fn attributes(&self) -> &[(ObjectIdentifier, String)] {
        &self.attributes
    }

    /// Tells whether the name has no attributes.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Returns the last (most specific) commonName.
    pub fn common_name(&self) -> Option<&str> {
        todo!()
    }

    /// Returns the values of an attribute in the order of the encoding.
    pub fn get(&self, _oid: ObjectIdentifier) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|(_, value)| value.as_str())
    }

    /// Compares two names as RFC 5280, 7.1 says: case and inner white space do not count.
    pub fn matches(&self, _other: &Self) -> bool {
        todo!()
    }
}

impl fmt::Display for DistinguishedName {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({self})")
    }
}
