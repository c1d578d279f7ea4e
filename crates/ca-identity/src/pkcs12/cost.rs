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
    match count(element)? {
        0 => Err(malformed("none".to_owned())),
        rounds if rounds > u64::from(MAX_ITERATIONS) => Err(Pkcs12Error::TooManyIterations {
            iterations: rounds,
            maximum: MAX_ITERATIONS,
        }),
        // At most MAX_ITERATIONS.
        rounds => Ok(rounds as u32),
    }
}

/// Reads a number that is not negative; what is longer than 64 bits is the largest of them.
pub(super) fn count(element: Element<'_>) -> Result<u64, Pkcs12Error> {
    let content = element.integer().map_err(malformed)?;
    if content.first().is_some_and(|byte| byte & 0x80 != 0) {
        return Err(malformed("a negative number".to_owned()));
    }
    let count = content.iter().try_fold(0_u64, |sum, byte| {
        sum.checked_mul(256)?.checked_add(u64::from(*byte))
    });
    Ok(count.unwrap_or(u64::MAX))
}

/// Refuses scrypt parameters that would exhaust the memory (RFC 7914, 2: 128 * r * N bytes) or take minutes; gives back `r`
/// and `p`.
pub(super) fn scrypt_bounds(n: u64, r: u64, p: u64) -> Result<(u32, u32), Pkcs12Error> {
    let memory = n.saturating_mul(r).saturating_mul(128);
    let refused = Pkcs12Error::ScryptTooCostly {
        n,
        r,
        p,
        maximum: MAX_SCRYPT_MEMORY >> 20,
    };
    match (u32::try_from(r), u32::try_from(p)) {
        (Ok(r), Ok(p))
            if memory <= MAX_SCRYPT_MEMORY && memory.saturating_mul(p.into()) <= MAX_SCRYPT_WORK =>
        {
            Ok((r, p))
        }
        _ => Err(refused),
    }
}

/// Counts scrypt in rounds of PBKDF2 of about the same time.
pub(super) fn scrypt(n: u64, r: impl Into<u64>, p: impl Into<u64>) -> u64 {
    n.saturating_mul(r.into()).saturating_mul(p.into())
}

fn malformed(reason: String) -> Pkcs12Error {
    Pkcs12Error::Malformed {
        reason: format!("iterations: {reason}"),
    }
}

const MAX_SCRYPT_MEMORY: u64 = 512 << 20;
/// Memory written in all, in bytes: some ten seconds.
const MAX_SCRYPT_WORK: u64 = 4 << 30;

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
        assert_eq!(scrypt_bounds(1 << 14, 8, 5), Ok((8, 5)));
        for (n, r, p) in [
            (u64::MAX, 8, 1),
            (1 << 20, 8, 1),
            (1 << 14, 8, 1 << 20),
            (2, 1, u64::MAX),
        ] {
            let refused = scrypt_bounds(n, r, p).unwrap_err().to_string();
            assert!(refused.contains(&format!("N={n}, r={r}, p={p}")), "{refused}");
        }
    }
}
