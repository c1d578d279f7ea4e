//! The key of an authority, wherever it is.

use identity::key::SignError;
use identity::signature::SchemeError;
use identity::{PrivateKey, PublicKey, SignatureScheme};
use std::fmt;

/// Signs with the key of an authority: one in memory, or one in a token or service behind a closure.
pub struct CaSigner {
    public_key: PublicKey,
    scheme: SignatureScheme,
    sign: Box<SignFunction>,
}

type SignFunction = dyn Fn(&SignatureScheme, &[u8]) -> Result<Vec<u8>, SignError> + Send + Sync;

impl CaSigner {
    /// Signs with a private key, in the scheme that is usual for its kind.
    ///
    /// # Errors
    /// [`SchemeError`] for a key that makes no signatures.
    pub fn new(key: PrivateKey) -> Result<Self, SchemeError> {
        let public_key = key.public_key().clone();
        let scheme = SignatureScheme::default_for(&public_key)?;
        Ok(Self::external(public_key, scheme, move |scheme, message| {
            key.sign(scheme, message)
        }))
    }

    /// Signs by a closure, which is given the message.
    pub fn external(
        public_key: PublicKey,
        scheme: SignatureScheme,
        sign: impl Fn(&SignatureScheme, &[u8]) -> Result<Vec<u8>, SignError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            public_key,
            scheme,
            sign: Box::new(sign),
        }
    }

    /// Returns the public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Returns the scheme of its signatures.
    pub fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        (self.sign)(&self.scheme, message)
    }
}

impl fmt::Debug for CaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaSigner({}, {})", self.public_key.kind(), self.scheme)
    }
}
