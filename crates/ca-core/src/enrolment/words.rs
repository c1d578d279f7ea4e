//! How values stand in records: as the words that people read.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serializer, de};

pub(super) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr,
    T::Err: Display,
    D: Deserializer<'de>,
{
    String::deserialize(from)?.parse().map_err(de::Error::custom)
}

/// The same for what may be absent.
pub(super) mod maybe {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer, de};

    pub(in crate::enrolment) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(in crate::enrolment) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr,
        T::Err: Display,
        D: Deserializer<'de>,
    {
        Option::<String>::deserialize(from)?
            .map(|word| word.parse().map_err(de::Error::custom))
            .transpose()
    }
}

/// Octets in hexadecimal.
pub(super) mod octets {
    use super::{Deserialize, Deserializer, Serializer, de};

    pub(in crate::enrolment) fn serialize<T: AsRef<[u8]>, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(value))
    }

    pub(in crate::enrolment) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: TryFrom<Vec<u8>>,
        D: Deserializer<'de>,
    {
        let octets = hex::decode(String::deserialize(from)?).map_err(de::Error::custom)?;
        T::try_from(octets).map_err(|_| de::Error::custom("octets of the wrong number"))
    }
}
