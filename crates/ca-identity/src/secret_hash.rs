//! Hashes by which a secret is recognised later without being kept.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::passphrase::Passphrase;
use crate::random::{self, RandomError};

/// Why a secret could not be hashed, or not be compared with a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretHashError {
    /// Argon2 refused to work.
    #[error("the secret could not be hashed: is there too little memory?")]
    Argon2,
    /// What should be a hash is none, or one of another kind.
    #[error("the hash on record cannot be read: it is not an Argon2 PHC string")]
    Malformed,
    /// The system's random generator failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Hashes a secret that a person chose: Argon2id with 19 MiB, two passes and a random salt, as a PHC string.
///
/// # Errors
/// [`SecretHashError::Random`], [`SecretHashError::Argon2`].
pub fn hash(secret: &Passphrase) -> Result<String, SecretHashError> {
    let salt = random::bytes::<SALT_LENGTH>()?;
    let hashed = argon2()?
        .hash_password_with_salt(secret.as_bytes(), &salt)
        .map_err(|_| SecretHashError::Argon2)?;
    Ok(hashed.to_string())
}

/// Tells whether a secret is the one that a PHC string was made of; takes as long for a wrong one.
///
/// # Errors
/// [`SecretHashError::Malformed`] if the text is no Argon2 PHC string or asks for more than 64 MiB or ten passes.
pub fn verify(secret: &Passphrase, hash: &str) -> Result<bool, SecretHashError> {
    let hash = phc::PasswordHash::new(hash).map_err(|_| SecretHashError::Malformed)?;
    let params = Params::try_from(&hash).map_err(|_| SecretHashError::Malformed)?;
    if params.m_cost() > MOST_KIBIBYTES || params.t_cost() > MOST_PASSES {
        return Err(SecretHashError::Malformed);
    }
    Ok(argon2()?.verify_password(secret.as_bytes(), &hash).is_ok())
}

/// Compares two byte strings in a time that depends on their lengths only.
pub fn is_equal(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// The parameters that OWASP recommends.
fn argon2() -> Result<Argon2<'static>, SecretHashError> {
    let params = Params::new(19_456, 2, 1, None).map_err(|_| SecretHashError::Argon2)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

const SALT_LENGTH: usize = 16;
const MOST_KIBIBYTES: u32 = 64 << 10;
const MOST_PASSES: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognised_by_its_hash() {
        let secret = Passphrase::new("correct horse").unwrap();
        let hash = hash(&secret).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(verify(&secret, &hash), Ok(true));
        let other = Passphrase::new("correct hors").unwrap();
        assert_eq!(verify(&other, &hash), Ok(false));
        assert_ne!(super::hash(&secret).unwrap(), hash, "salted");
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let secret = Passphrase::new("x").unwrap();
        for wrong in [
            "",
            "x",
            "$argon2id$v=19$m=4294967295,t=2,p=1$c29tZXNhbHRzb21l$AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(verify(&secret, wrong), Err(SecretHashError::Malformed), "{wrong}");
        }
    }
}
