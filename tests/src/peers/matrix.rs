//! What the interop matrix asks of every peer, whatever its manner.

use std::path::{Path, PathBuf};

/// A person's files.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name of the key's type, as `issue --key` has it.
    pub kind: &'static str,
    /// `pkcs1`, `pss` (which encrypts with OAEP) or, for other than RSA keys, empty.
    pub scheme: &'static str,
    /// The address in the certificate.
    pub address: String,
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The issuers' certificates, PEM.
    pub chain: PathBuf,
    /// The key, PEM, not encrypted.
    pub key: PathBuf,
    /// The root of the chain, PEM.
    pub root: PathBuf,
    /// Certificate, chain and key as PKCS#12 for old programs.
    pub p12: PathBuf,
    /// The password of [`Identity::p12`].
    pub password: &'static str,
}

/// One thing that a peer is asked to do, on CMS without MIME around it.
#[derive(Clone, Debug)]
pub enum Job {
    /// Verifies `cms`, with its content aside if it is detached.
    Verify {
        /// SignedData.
        cms: Vec<u8>,
        /// The detached content.
        content: Option<Vec<u8>>,
        /// The trusted root, PEM.
        root: PathBuf,
    },
    /// Decrypts `cms`.
    Decrypt {
        /// EnvelopedData or AuthEnvelopedData.
        cms: Vec<u8>,
        /// The recipient.
        identity: Identity,
    },
    /// Signs `content`.
    Sign {
        /// What is signed.
        content: Vec<u8>,
        /// The signer.
        identity: Identity,
        /// Leaves the content out of the result.
        detached: bool,
    },
    /// Encrypts `content`.
    Encrypt {
        /// What is encrypted.
        content: Vec<u8>,
        /// The recipient.
        identity: Identity,
        /// AES-256-GCM in AuthEnvelopedData instead of AES-256-CBC in EnvelopedData.
        gcm: bool,
    },
}

impl Job {
    /// The root that is trusted in this job.
    #[must_use]
    pub fn root(&self) -> &Path {
        match self {
            Self::Verify { root, .. } => root,
            Self::Decrypt { identity, .. } | Self::Sign { identity, .. } | Self::Encrypt { identity, .. } => {
                &identity.root
            }
        }
    }
}

/// The content or the CMS that came out, or the peer's own error in a line.
pub type Outcome = Result<Vec<u8>, String>;

/// A program or library that reads and writes CMS.
pub trait MatrixPeer {
    /// What the table calls it.
    fn name(&self) -> &'static str;

    /// Does `jobs`, with files in `folder` (which is empty before), and gives as many outcomes.
    fn run(&self, folder: &Path, jobs: &[Job]) -> Vec<Outcome>;
}

/// The part of an error text that tells something, in a line.
pub(crate) fn error_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        "(no error text)".into()
    } else {
        line
    }
}
