//! Bounds on what is read from a stranger.

/// How much of a message is read, and how deep its parts may nest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest input that is read, in octets.
    pub max_input: u64,
    /// How deep MIME parts, and ASN.1 values, may nest.
    pub max_depth: usize,
    /// How many parts one multipart entity may have.
    pub max_parts: usize,
    /// How many octets all compressed layers of a message may inflate to.
    pub max_inflated: u64,
    /// How many times its own length a compressed layer may inflate to, once that is more than 16 MiB.
    pub max_expansion: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_input: 2 << 30,
            max_depth: 32,
            max_parts: 10_000,
            max_inflated: 2 << 30,
            // Text seldom shrinks to a tenth.
            max_expansion: 32,
        }
    }
}

impl Limits {
    /// Returns these limits with another bound on the length of the input, in octets.
    #[must_use]
    pub fn with_max_input(self, octets: u64) -> Self {
        Self {
            max_input: octets,
            ..self
        }
    }
}
