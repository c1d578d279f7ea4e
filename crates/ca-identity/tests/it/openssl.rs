//! Running OpenSSL in a directory of its own.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;

use identity::{KeyAlgorithm, PrivateKey};
use tempfile::TempDir;
use test_support::Peer;

/// A directory with files for OpenSSL.
pub(crate) struct Openssl(Peer, TempDir);

impl Openssl {
    /// Returns `None` if OpenSSL is not installed, as [`Peer::find`] does.
    pub(crate) fn new() -> Option<Self> {
        test_support::openssl().map(|peer| Self(peer, TempDir::new().unwrap()))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.1.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs a command line, words separated by spaces, and returns what it prints.
    pub(crate) fn run(&self, line: &str) -> Vec<u8> {
        self.attempt(line)
            .unwrap_or_else(|error| panic!("openssl {line}\n{error}"))
    }

    /// Runs a command line and returns what it prints, or its complaint.
    pub(crate) fn attempt(&self, line: &str) -> Result<Vec<u8>, String> {
        let output = self
            .0
            .command()
            .args(line.split_whitespace())
            .current_dir(self.1.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
        }
    }
}

/// One RSA key for all tests: making one takes long.
pub(crate) fn rsa_key() -> PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate(KeyAlgorithm::Rsa2048).unwrap())
        .clone()
}

/// Returns a key of each kind that is quick to make, and the RSA key.
pub(crate) fn keys() -> Vec<(KeyAlgorithm, PrivateKey)> {
    let mut keys = vec![(KeyAlgorithm::Rsa2048, rsa_key())];
    for algorithm in [
        KeyAlgorithm::EcP256,
        KeyAlgorithm::EcP384,
        KeyAlgorithm::EcP521,
        KeyAlgorithm::Ed25519,
    ] {
        keys.push((algorithm, PrivateKey::generate(algorithm).unwrap()));
    }
    keys
}
