//! Random bytes from the operating system's generator.

use ring::rand::{SecureRandom as _, SystemRandom};

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("the operating system's random generator failed: check that getrandom or /dev/urandom is available")]
pub struct RandomError;

/// Fills a buffer with random bytes.
///
/// # Errors
/// [`RandomError`] if the operating system's generator fails.
pub fn fill(buffer: &mut [u8]) -> Result<(), RandomError> {
    SystemRandom::new().fill(buffer).map_err(|_| RandomError)
}

/// Returns `N` random bytes.
///
/// # Errors
/// [`RandomError`] if the operating system's generator fails.
pub fn bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut buffer = [0; N];
    fill(&mut buffer)?;
    Ok(buffer)
}
