//! Message digests: the algorithms of RFC 5754 and, for reading old messages only, MD5, SHA-1 and SHA-224.

use std::fmt;
use std::str::FromStr;

use der::asn1::ObjectIdentifier;

/// A message digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// MD5 (RFC 1321): broken, for reading only.
    Md5,
    /// SHA-1 (FIPS 180-4): broken for signatures, for reading only.
    Sha1,
    /// SHA-224 (FIPS 180-4): rare, for reading only.
    Sha224,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384 (FIPS 180-4).
    Sha384,
    /// SHA-512 (FIPS 180-4).
    Sha512,
}

/// A digest name that is not known or not to be used for new signatures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[error("unknown digest \"{name}\": use sha256, sha384 or sha512")]
pub struct UnknownDigest {
    /// The name as given, shortened to its first characters.
    pub name: String,
}

impl DigestAlgorithm {
    const ALL: [Self; 6] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// Returns the object identifier (RFC 5754, RFC 3370).
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Md5 => ObjectIdentifier::new_unwrap("1.2.840.113549.2.5"),
            Self::Sha1 => ObjectIdentifier::new_unwrap("1.3.14.3.2.26"),
            Self::Sha224 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4"),
            Self::Sha256 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"),
            Self::Sha384 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"),
            Self::Sha512 => ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"),
        }
    }

    /// Returns the algorithm of an object identifier, or `None` for one that is not a digest known here.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid() == *oid)
    }

    /// Returns the length of the digest in bytes.
    pub fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Returns the value of the `micalg` parameter of `multipart/signed` (RFC 8551, 3.5.3.2).
    pub fn micalg(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            // RFC 8551 writes `sha-1`; older programs write `sha1`, and readers must not mind either.
            Self::Sha1 => "sha-1",
            Self::Sha224 => "sha-224",
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// Tells whether collisions are known or affordable, so that a signature over this digest proves little.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1)
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        })
    }
}

impl FromStr for DigestAlgorithm {
    type Err = UnknownDigest;

    /// Reads the name of a digest that new signatures may use: `sha256`, `sha384` or `sha512`.
    fn from_str(name: &str) -> Result<Self, UnknownDigest> {
        match name {
            "sha256" => Ok(Self::Sha256),
            "sha384" => Ok(Self::Sha384),
            "sha512" => Ok(Self::Sha512),
            _ => Err(UnknownDigest {
                name: name.chars().take(32).collect(),
            }),
        }
    }
}

/// An incremental digest computation.
#[derive(Clone)]
pub struct Hasher {
    algorithm: DigestAlgorithm,
    state: State,
}

impl Hasher {
    /// Begins a computation.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA384, SHA512};
        let state = match algorithm {
            DigestAlgorithm::Md5 => State::Md5(md5::Digest::new()),
            DigestAlgorithm::Sha224 => State::Sha224(sha2::Digest::new()),
            DigestAlgorithm::Sha1 => State::Ring(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            DigestAlgorithm::Sha256 => State::Ring(Context::new(&SHA256)),
            DigestAlgorithm::Sha384 => State::Ring(Context::new(&SHA384)),
            DigestAlgorithm::Sha512 => State::Ring(Context::new(&SHA512)),
        };
        Self { algorithm, state }
    }

    /// Returns the algorithm of this computation.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Adds data.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::Ring(context) => context.update(data),
            State::Md5(context) => md5::Digest::update(context, data),
            State::Sha224(context) => sha2::Digest::update(context, data),
        }
    }

    /// Returns the digest of all data added.
    pub fn finish(self) -> Vec<u8> {
        match self.state {
            State::Ring(context) => context.finish().as_ref().to_vec(),
            State::Md5(context) => md5::Digest::finalize(context).to_vec(),
            State::Sha224(context) => sha2::Digest::finalize(context).to_vec(),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Returns the digest of `data`.
pub fn digest(algorithm: DigestAlgorithm, data: &[u8]) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(data);
    hasher.finish()
}

/// Returns the SHA-256 digest of `data` as an array.
pub fn sha256(data: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    output.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, data).as_ref());
    output
}

#[derive(Clone)]
enum State {
    Ring(ring::digest::Context),
    Md5(md5::Md5),
    Sha224(sha2::Sha224),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1321 A.5 and FIPS 180-4 examples ("abc").
    #[test]
    fn known_answers() {
        for (algorithm, expected) in [
            (DigestAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (DigestAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                DigestAlgorithm::Sha224,
                "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            ),
            (
                DigestAlgorithm::Sha256,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                DigestAlgorithm::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                DigestAlgorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
        ] {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"a");
            hasher.update(b"bc");
            let value = hasher.finish();
            assert_eq!(hex::encode(&value), expected, "{algorithm}");
            assert_eq!(value.len(), algorithm.output_len());
            assert_eq!(DigestAlgorithm::from_oid(&algorithm.oid()), Some(algorithm));
        }
    }

    #[test]
    fn weak_digests_are_not_offered_by_name() {
        assert!("sha1".parse::<DigestAlgorithm>().is_err());
        assert_eq!(
            "sha384".parse::<DigestAlgorithm>().unwrap(),
            DigestAlgorithm::Sha384
        );
    }
}
