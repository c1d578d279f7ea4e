//! Distinguished names (RFC 5280, 4.1.2.4) and their text form (RFC 4514).

use std::fmt::{self, Write};

use der::asn1::ObjectIdentifier;

use crate::asn1::{self, Element, SEQUENCE, SET, UTF8_STRING};
use crate::text::is_unseen;

/// A distinguished name, with its exact encoding.
#[derive(Clone)]
pub struct DistinguishedName {
    der: Vec<u8>,
    attributes: Vec<(ObjectIdentifier, String)>,
    /// For each attribute, the index of its relative distinguished name.
    relative: Vec<usize>,
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
    pub fn from_der(der: &[u8]) -> Result<Self, NameError> {
        if der.len() > LONGEST {
            return Err(NameError {
                reason: format!("it has {} bytes, more than {LONGEST}", der.len()),
            });
        }
        let (attributes, relative) = parse(der).map_err(|reason| NameError { reason })?;
        Ok(Self {
            der: der.to_vec(),
            attributes,
            relative,
        })
    }

    /// Encodes a name with one attribute per relative distinguished name, in the order given (most significant
    /// first): PrintableString for countries and serialNumber, IA5String for emailAddress and domainComponent, else UTF8String.
    ///
    /// # Errors
    /// [`NameError`] if a value does not fit its string type.
    pub fn from_attributes(attributes: &[(ObjectIdentifier, &str)]) -> Result<Self, NameError> {
        let mut sets = Vec::new();
        for (oid, value) in attributes {
            let unfit = |what: &str| NameError {
                reason: format!("\"{}\" {what}", shown(value)),
            };
            if value.is_empty() || value.chars().any(char::is_control) {
                return Err(unfit("is empty or holds a control character"));
            }
            let tag = match *oid {
                COUNTRY | SERIAL_NUMBER => PRINTABLE_STRING,
                EMAIL_ADDRESS | DOMAIN_COMPONENT => IA5_STRING,
                _ => UTF8_STRING,
            };
            if tag == PRINTABLE_STRING && !value.bytes().all(is_printable) {
                return Err(unfit("holds a character outside PrintableString"));
            }
            if tag == IA5_STRING && !value.is_ascii() {
                return Err(unfit("holds a character outside ASCII"));
            }
            let attribute = asn1::tlv(
                SEQUENCE,
                &[&asn1::oid(*oid), &asn1::tlv(tag, &[value.as_bytes()])],
            );
            sets.push(asn1::tlv(SET, &[&attribute]));
        }
        let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
        Self::from_der(&asn1::tlv(SEQUENCE, &sets))
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
        self.get(COMMON_NAME).last()
    }

    /// Returns the values of an attribute in the order of the encoding.
    pub fn get(&self, oid: ObjectIdentifier) -> impl Iterator<Item = &str> {
        self.attributes
            .iter()
            .filter(move |(found, _)| *found == oid)
            .map(|(_, value)| value.as_str())
    }

    /// Compares two names as RFC 5280, 7.1 says: case and inner white space do not count.
    pub fn matches(&self, other: &Self) -> bool {
        // The number of attributes costs nothing to compare: most names differ in it already.
        self.der == other.der
            || self.attributes.len() == other.attributes.len() && self.comparable() == other.comparable()
    }

    /// Tells whether this name begins with all of `base`, in the sense of a directoryName constraint (RFC 5280, 4.2.1.10).
    pub fn is_within(&self, base: &Self) -> bool {
        self.comparable().starts_with(&base.comparable())
    }

    /// The relative distinguished names with folded values, each sorted.
    fn comparable(&self) -> Vec<Vec<(ObjectIdentifier, String)>> {
        let mut names: Vec<Vec<(ObjectIdentifier, String)>> = Vec::new();
        let mut last = None;
        for ((oid, value), index) in self.attributes.iter().zip(&self.relative) {
            let folded = value
                .to_lowercase()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            match names.last_mut() {
                Some(relative) if last == Some(*index) => relative.push((*oid, folded)),
                _ => names.push(vec![(*oid, folded)]),
            }
            last = Some(*index);
        }
        for relative in &mut names {
            relative.sort();
        }
        names
    }
}

impl fmt::Display for DistinguishedName {
    /// Writes the name as RFC 4514 does, most specific first, with control and invisible characters escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for ((oid, value), index) in self.attributes.iter().zip(&self.relative).rev() {
            match last {
                None => {}
                Some(previous) if previous == *index => f.write_char('+')?,
                Some(_) => f.write_char(',')?,
            }
            last = Some(*index);
            match short_name(oid) {
                Some(name) => write!(f, "{name}=")?,
                None => write!(f, "{oid}=")?,
            }
            escape(value, f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({self})")
    }
}

type Attributes = Vec<(ObjectIdentifier, String)>;

/// Returns the attributes and for each the index of its set. Sets that are not in DER order are taken as they come.
fn parse(der: &[u8]) -> Result<(Attributes, Vec<usize>), String> {
    let mut sets = Element::parse_as(SEQUENCE, der)?.children()?;
    let (mut attributes, mut relative) = (Vec::new(), Vec::new());
    let mut index = 0;
    while !sets.is_finished() {
        let mut set = sets.expect(SET)?.children()?;
        if set.is_finished() {
            return Err("a relative distinguished name is empty".to_owned());
        }
        while !set.is_finished() {
            let mut fields = set.expect(SEQUENCE)?.children()?;
            attributes.push((fields.next()?.oid()?, text(fields.next()?)));
            relative.push(index);
            fields.finish()?;
        }
        index += 1;
    }
    Ok((attributes, relative))
}

/// Returns the text of an attribute value; of a type that is no text its DER in hexadecimal behind `#` (RFC 4514, 2.4).
fn text(value: Element<'_>) -> String {
    let bytes = value.value;
    let read = match value.tag {
        UTF8_STRING => std::str::from_utf8(bytes).ok().map(str::to_owned),
        // Real certificates put characters outside their type's repertoire into strings, and Latin-1 into T.61 strings: the
        // bytes are read as what they most likely are.
        PRINTABLE_STRING | IA5_STRING | NUMERIC_STRING | VISIBLE_STRING | TELETEX_STRING => {
            Some(match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => bytes.iter().copied().map(char::from).collect(),
            })
        }
        BMP_STRING => match bytes.as_chunks::<2>() {
            (units, []) => char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                .collect::<Result<_, _>>()
                .ok(),
            _ => None,
        },
        UNIVERSAL_STRING => match bytes.as_chunks::<4>() {
            (units, []) => units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
                .collect(),
            _ => None,
        },
        _ => None,
    };
    read.unwrap_or_else(|| format!("#{}", hex::encode(value.raw)))
}

/// X.680's PrintableString.
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
}

fn escape(value: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let last = value.chars().count().saturating_sub(1);
    for (position, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(f, "\\{character}")?,
            '#' if position == 0 => f.write_str("\\#")?,
            ' ' if position == 0 || position == last => f.write_str("\\ ")?,
            unseen if is_unseen(unseen) => {
                let mut bytes = [0; 4];
                for byte in unseen.encode_utf8(&mut bytes).bytes() {
                    write!(f, "\\{byte:02X}")?;
                }
            }
            seen => f.write_char(seen)?,
        }
    }
    Ok(())
}

fn shown(value: &str) -> String {
    crate::text::excerpt(value)
}

/// Returns the short name of an attribute as distinguished names are written (RFC 4514), or its dotted identifier.
#[must_use]
pub fn attribute_name(oid: ObjectIdentifier) -> String {
    short_name(&oid).map_or_else(|| oid.to_string(), str::to_owned)
}

fn short_name(oid: &ObjectIdentifier) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(known, _)| known == oid)
        .map(|(_, name)| *name)
}

/// commonName (RFC 4519, 2.3).
pub const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// surname (RFC 4519, 2.32).
pub const SURNAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.4");
/// serialNumber (RFC 4519, 2.31).
pub const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
/// countryName (RFC 4519, 2.2).
pub const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
/// localityName (RFC 4519, 2.16).
pub const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
/// stateOrProvinceName (RFC 4519, 2.33).
pub const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
/// organizationName (RFC 4519, 2.19).
pub const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
/// organizationalUnitName (RFC 4519, 2.20).
pub const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
/// givenName (RFC 4519, 2.12).
pub const GIVEN_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.42");
/// pseudonym (X.520, 6.2.10).
pub const PSEUDONYM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.65");
/// organizationIdentifier (X.520, 6.4.4).
pub const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
/// domainComponent (RFC 4519, 2.4).
pub const DOMAIN_COMPONENT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");
/// emailAddress (PKCS#9; RFC 5280, 4.1.2.6).
pub const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");

/// streetAddress (RFC 4519, 2.34).
pub const STREET: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.9");
/// title (RFC 4519, 2.38).
pub const TITLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.12");
/// postalCode (RFC 4519, 2.23).
pub const POSTAL_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.17");

const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;

const NAMES: [(ObjectIdentifier, &str); 17] = [
    (COMMON_NAME, "CN"),
    (SURNAME, "SN"),
    (SERIAL_NUMBER, "serialNumber"),
    (COUNTRY, "C"),
    (LOCALITY, "L"),
    (STATE, "ST"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    (GIVEN_NAME, "GN"),
    (PSEUDONYM, "pseudonym"),
    (ORGANIZATION_IDENTIFIER, "organizationIdentifier"),
    (DOMAIN_COMPONENT, "DC"),
    (EMAIL_ADDRESS, "emailAddress"),
    (STREET, "street"),
    (TITLE, "title"),
    (POSTAL_CODE, "postalCode"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
];
/// Far beyond any real name.
const LONGEST: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(attributes: &[(ObjectIdentifier, &str)]) -> DistinguishedName {
        DistinguishedName::from_attributes(attributes).unwrap()
    }

    #[test]
    fn text_form() {
        let shown = name(&[
            (COUNTRY, "FR"),
            (ORGANIZATION, "Smith, \"Jones\" + Söhne"),
            (ORGANIZATIONAL_UNIT, "One"),
            (ORGANIZATIONAL_UNIT, "Two"),
            (COMMON_NAME, " #\u{202e}"),
        ])
        .to_string();
        assert_eq!(
            shown,
            "CN=\\ #\\E2\\80\\AE,OU=Two,OU=One,O=Smith\\, \\\"Jones\\\" \\+ Söhne,C=FR"
        );
    }

    #[test]
    fn comparison_folds_case_and_spaces_but_not_order() {
        let one = name(&[(ORGANIZATION, "Example  School "), (COMMON_NAME, "Root")]);
        let two = name(&[(ORGANIZATION, "example school"), (COMMON_NAME, "ROOT")]);
        let three = name(&[(COMMON_NAME, "Root"), (ORGANIZATION, "Example School")]);
        assert!(one.matches(&two) && !one.matches(&three));
        assert!(one.is_within(&name(&[(ORGANIZATION, "EXAMPLE SCHOOL")])));
        assert!(!one.is_within(&name(&[(COMMON_NAME, "Root")])));
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        assert!(DistinguishedName::from_attributes(&[(COMMON_NAME, "")]).is_err());
        assert!(DistinguishedName::from_attributes(&[(COMMON_NAME, "a\0b")]).is_err());
        assert!(DistinguishedName::from_attributes(&[(COUNTRY, "Fré")]).is_err());
        assert!(DistinguishedName::from_attributes(&[(EMAIL_ADDRESS, "zoé@example.org")]).is_err());
        assert!(DistinguishedName::from_der(b"\x30\x80\x00\x00").is_err());
        assert!(DistinguishedName::from_der(&vec![0x30; 1 << 17]).is_err());
    }

    #[test]
    fn multi_valued_and_odd_types() {
        // SET { CN=a, OU=b }, then a BMPString and an INTEGER value.
        let der = hex::decode(
            "302f3114300806035504030c01613008060355040b0c0162310b300906035504031e020041310a30080603550405020103",
        )
        .unwrap();
        let name = DistinguishedName::from_der(&der).unwrap();
        assert_eq!(name.to_string(), "serialNumber=\\#020103,CN=A,OU=b+CN=a");
        assert_eq!(name.common_name(), Some("A"));
        // The same set against DER order, and a UniversalString.
        let der =
            hex::decode("302731143008060355040b0c0162300806035504030c0161310f300d06035504031c06000000410000")
                .unwrap();
        assert_eq!(
            DistinguishedName::from_der(&der).unwrap().to_string(),
            "CN=\\#1c06000000410000,CN=a+OU=b"
        );
        let der = hex::decode("300f310d300b06035504031c0400000041").unwrap();
        assert_eq!(DistinguishedName::from_der(&der).unwrap().to_string(), "CN=A");
    }
}
