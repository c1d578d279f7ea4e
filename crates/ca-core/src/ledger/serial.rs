//! Serial numbers of certificates.

use std::fmt;
use std::str::FromStr;

/// A positive certificate serial number of at most 20 octets (RFC 5280, 4.1.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber([u8; LENGTH]);

/// Why a text or a byte string is not a serial number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialNumberError {
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] identity::random::RandomError),
    /// Zero, negative, longer than 20 octets, or not hexadecimal.
    #[error(
        "\"{input}\" is not a certificate serial number: give 1 to 40 hexadecimal digits, not all zero, as shown by `cachet cert list`"
    )]
    Unusable {
        /// The beginning of what was given.
        input: String,
    },
}

impl SerialNumber {
    /// Draws a serial of 159 random bits: positive as a 20-octet INTEGER and not predictable.
    ///
    /// # Errors
    /// [`SerialNumberError::Random`].
    pub fn random() -> Result<Self, SerialNumberError> {
        loop {
            let mut bytes = identity::random::bytes::<LENGTH>()?;
            // RFC 5280, 4.1.2.2: positive, so the highest bit of the INTEGER is clear.
            bytes[0] &= 0x7f;
            if bytes != [0; LENGTH] {
                return Ok(Self(bytes));
            }
        }
    }

    /// Reads the content octets of an INTEGER (big-endian, leading zeros allowed).
    ///
    /// # Errors
    /// [`SerialNumberError::Unusable`] if zero or longer than 20 octets.
    pub fn from_be_bytes(bytes: &[u8]) -> Result<Self, SerialNumberError> {
        let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
        let significant = bytes.get(start..).unwrap_or_default();
        let unusable = || SerialNumberError::Unusable {
            input: hex::encode(bytes.get(..24).unwrap_or(bytes)),
        };
        if significant.is_empty() {
            return Err(unusable());
        }
        let offset = LENGTH.checked_sub(significant.len()).ok_or_else(unusable)?;
        let mut padded = [0; LENGTH];
        padded
            .iter_mut()
            .skip(offset)
            .zip(significant)
            .for_each(|(to, from)| *to = *from);
        Ok(Self(padded))
    }

    /// Returns the number as 20 octets, big-endian, padded with zeros: a key of fixed length for storage.
    pub fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Returns the significant octets, big-endian, without leading zeros.
    pub fn significant_bytes(&self) -> &[u8] {
        let start = self.0.iter().position(|b| *b != 0).unwrap_or(LENGTH);
        self.0.get(start..).unwrap_or_default()
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(hex::encode(self.0).trim_start_matches('0'))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

impl FromStr for SerialNumber {
    type Err = SerialNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unusable = || SerialNumberError::Unusable {
            input: text.chars().take(48).collect(),
        };
        let digits = text.trim();
        if digits.is_empty() || digits.len() > 2 * LENGTH + 2 || !digits.is_ascii() {
            return Err(unusable());
        }
        let even = if digits.len().is_multiple_of(2) {
            digits.to_owned()
        } else {
            format!("0{digits}")
        };
        let bytes = hex::decode(even).map_err(|_| unusable())?;
        Self::from_be_bytes(&bytes).map_err(|_| unusable())
    }
}

const LENGTH: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_through_text() {
        for text in ["1", "ff", "a0b1", "7fffffffffffffffffffffffffffffffffffffff"] {
            assert_eq!(text.parse::<SerialNumber>().unwrap().to_string(), text);
        }
        assert_eq!("00FF".parse::<SerialNumber>().unwrap().to_string(), "ff");
    }

    #[test]
    fn refuses_what_is_no_serial() {
        for text in [
            "",
            "0",
            "0000",
            "xyz",
            "-1",
            "1ffffffffffffffffffffffffffffffffffffffff1",
            "ä",
        ] {
            assert!(text.parse::<SerialNumber>().is_err(), "{text}");
        }
    }

    #[test]
    fn random_serials_are_positive_and_differ() {
        let one = SerialNumber::random().unwrap();
        let two = SerialNumber::random().unwrap();
        assert_ne!(one, two);
        assert!(one.as_bytes()[0] < 0x80);
        assert_eq!(SerialNumber::from_be_bytes(one.significant_bytes()).unwrap(), one);
    }
}
