//! How much work a file may ask for before its password is known to be right.

use super::Pkcs12Error;
use crate::asn1::Element;

/// The most rounds that one key derivation may ask for: seconds; common writers use 2,000 to 1,000,000.
pub(super) const MAX_ITERATIONS: u32 = 10_000_000;

/// What remains of the work granted to one file, counted in rounds of key derivation.
///
/// A file has a derivation for the MAC and one for each encrypted part: without a common limit, many parts with as many
/// rounds as one may have would keep the machine busy for hours.
pub(super) struct Budget(u64);

impl Budget {
    pub(super) fn new() -> Self {
        Self(3 * u64::from(MAX_ITERATIONS))
    }

    /// Takes the work for one derivation, or refuses it.
    pub(super) fn spend(&mut self, rounds: u64) -> Result<(), Pkcs12Error> {
        match self.0.checked_sub(rounds) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Pkcs12Error::TooMuchWork {
                maximum: 3 * u64::from(MAX_ITERATIONS),
            }),
        }
    }
}

/// Reads an iteration count, refusing what would keep the machine busy for minutes.
pub(super) fn iterations(element: Element<'_>) -> Result<u32, Pkcs12Error> {
    let malformed = |reason: String| Pkcs12Error::Malformed {
        reason: format!("iterations: {reason}"),
    };
    let content = element.integer().map_err(malformed)?;
    if content.first().is_some_and(|byte| byte & 0x80 != 0) {
        return Err(malformed("a negative number".to_owned()));
    }
    let count = content.iter().try_fold(0_u64, |sum, byte| {
        sum.checked_mul(256)?.checked_add(u64::from(*byte))
    });
    match count.unwrap_or(u64::MAX) {
        0 => Err(malformed("none".to_owned())),
        count if count > u64::from(MAX_ITERATIONS) => Err(Pkcs12Error::TooManyIterations {
            iterations: count,
            maximum: MAX_ITERATIONS,
        }),
        // At most MAX_ITERATIONS.
        count => Ok(count as u32),
    }
}

/// Refuses scrypt parameters that would exhaust the memory (RFC 7914, 2: 128 * r * N bytes).
pub(super) fn scrypt_memory(n: u64, r: impl Into<u64>) -> Result<(), Pkcs12Error> {
    let bytes = n.saturating_mul(r.into()).saturating_mul(128);
    if bytes > MAX_SCRYPT_MEMORY {
        return Err(Pkcs12Error::Unsupported {
            what: format!("scrypt that takes {} MiB of memory", bytes >> 20),
        });
    }
    Ok(())
}

/// Counts scrypt in rounds of PBKDF2 of about the same time.
pub(super) fn scrypt(n: u64, r: impl Into<u64>, p: impl Into<u64>) -> u64 {
    n.saturating_mul(r.into()).saturating_mul(p.into())
}

const MAX_SCRYPT_MEMORY: u64 = 512 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::{INTEGER, tlv, unsigned};

    #[test]
    fn counts() {
        let read = |der: &[u8]| iterations(Element::parse(der).unwrap());
        assert_eq!(read(&unsigned(2048)), Ok(2048));
        assert_eq!(read(&unsigned(10_000_000)), Ok(10_000_000));
        assert_eq!(
            read(&unsigned(10_000_001)),
            Err(Pkcs12Error::TooManyIterations {
                iterations: 10_000_001,
                maximum: MAX_ITERATIONS
            })
        );
        assert!(matches!(
            read(&tlv(INTEGER, &[&[0x7f; 30]])),
            Err(Pkcs12Error::TooManyIterations { .. })
        ));
        for odd in [&[0][..], &[0xff], &[0x80, 0], &[], &[0, 1]] {
            assert!(
                matches!(read(&tlv(INTEGER, &[odd])), Err(Pkcs12Error::Malformed { .. })),
                "{odd:?}"
            );
        }
    }

    #[test]
    fn work_is_limited_for_the_file_as_a_whole() {
        let mut budget = Budget::new();
        for _ in 0..3 {
            budget.spend(MAX_ITERATIONS.into()).unwrap();
        }
        assert!(matches!(budget.spend(1), Err(Pkcs12Error::TooMuchWork { .. })));
        assert!(scrypt_memory(1 << 14, 8_u16).is_ok());
        assert!(scrypt_memory(u64::MAX, 8_u16).is_err());
    }
}
