//! Checkpoints: signed statements of how long the log was and what its last entry was, to be kept elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use identity::{PrivateKey, PublicKey, SignatureScheme, digest, verify};
use serde::{Deserialize, Serialize};

/// What a checkpoint states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the CA, for people.
    pub ca: String,
    /// The number of entries.
    pub entries: u64,
    /// The hash of the last entry.
    pub head: [u8; 32],
    /// When it was made, in real time.
    pub at: DateTime<Utc>,
}

/// A checkpoint whose signature is good.
#[derive(Clone, Debug)]
pub struct SignedCheckpoint {
    /// What it states.
    pub checkpoint: Checkpoint,
    /// The key that signed it. Whether it is the CA's is another question.
    pub key: PublicKey,
}

/// Why a checkpoint could not be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It is none, or a later version's.
    #[error("this is no checkpoint of an audit log: {reason}")]
    Malformed {
        /// Why.
        reason: String,
    },
    /// The signature is not that of the key that it bears.
    #[error("the signature of the checkpoint is not good: it was changed after it was made")]
    Signature,
    /// It could not be signed.
    #[error("the checkpoint could not be signed: {reason}")]
    Sign {
        /// Why.
        reason: String,
    },
}

/// The file. The statement is a text within the text, so that exactly what was signed can be taken out of it.
#[derive(Serialize, Deserialize)]
struct File {
    format: u32,
    statement: String,
    /// SubjectPublicKeyInfo (DER), base64.
    key: String,
    /// Over the octets of the statement; for elliptic curves Ecdsa-Sig-Value (RFC 5480), base64.
    signature: String,
}

#[derive(Serialize, Deserialize)]
struct Statement {
    audit_log_of: String,
    entries: u64,
    head: String,
    at: String,
}

impl Checkpoint {
    /// Signs it; what is returned is the text of the file (JSON).
    ///
    /// # Errors
    /// [`CheckpointError::Sign`].
    pub fn sign(&self, key: &PrivateKey) -> Result<String, CheckpointError> {
        let failed = |reason: String| CheckpointError::Sign { reason };
        let statement = Statement {
            audit_log_of: self.ca.clone(),
            entries: self.entries,
            head: hex::encode(self.head),
            at: self.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        };
        let statement = serde_json::to_string(&statement).map_err(|error| failed(error.to_string()))?;
        let scheme =
            SignatureScheme::default_for(key.public_key()).map_err(|error| failed(error.to_string()))?;
        let signature = key
            .sign(&scheme, statement.as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        let file = File {
            format: FORMAT,
            statement,
            key: STANDARD.encode(key.public_key().spki_der()),
            signature: STANDARD.encode(signature),
        };
        let text = serde_json::to_string_pretty(&file).map_err(|error| failed(error.to_string()))?;
        Ok(text + "\n")
    }
}

impl SignedCheckpoint {
    /// Reads a checkpoint's file and verifies its signature with the key that it bears.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`], [`CheckpointError::Signature`].
    pub fn read(text: &[u8]) -> Result<Self, CheckpointError> {
        let malformed = |reason: &dyn std::fmt::Display| CheckpointError::Malformed {
            reason: reason.to_string(),
        };
        let file: File = serde_json::from_slice(text).map_err(|error| malformed(&error))?;
        if file.format != FORMAT {
            return Err(malformed(&format_args!(
                "its format is {}, not {FORMAT}",
                file.format
            )));
        }
        let key = STANDARD.decode(&file.key).map_err(|error| malformed(&error))?;
        let key = PublicKey::from_spki_der(&key).map_err(|error| malformed(&error))?;
        let signature = STANDARD
            .decode(&file.signature)
            .map_err(|error| malformed(&error))?;
        let scheme = SignatureScheme::default_for(&key).map_err(|error| malformed(&error))?;
        verify(&key, &scheme, file.statement.as_bytes(), &signature)
            .map_err(|_| CheckpointError::Signature)?;
        let statement: Statement =
            serde_json::from_str(&file.statement).map_err(|error| malformed(&error))?;
        let mut head = [0; 32];
        hex::decode_to_slice(&statement.head, &mut head).map_err(|error| malformed(&error))?;
        Ok(Self {
            checkpoint: Checkpoint {
                ca: statement.audit_log_of,
                entries: statement.entries,
                head,
                at: statement.at.parse().map_err(|error| malformed(&error))?,
            },
            key,
        })
    }

    /// Returns the SHA-256 of the key (SubjectPublicKeyInfo).
    pub fn key_sha256(&self) -> [u8; 32] {
        digest::sha256(self.key.spki_der())
    }
}

const FORMAT: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use identity::KeyAlgorithm;

    #[test]
    fn what_was_signed_is_read_and_nothing_else() {
        let key = PrivateKey::generate(KeyAlgorithm::EcP256).unwrap();
        let checkpoint = Checkpoint {
            ca: "École \"1\"".to_owned(),
            entries: 7,
            head: [9; 32],
            at: "2026-11-23T12:00:00Z".parse().unwrap(),
        };
        let text = checkpoint.sign(&key).unwrap();
        let read = SignedCheckpoint::read(text.as_bytes()).unwrap();
        assert_eq!(read.checkpoint, checkpoint);
        assert_eq!(&read.key, key.public_key());
        for (from, to) in [("entries\\\":7", "entries\\\":8"), ("0909", "0908")] {
            let altered = text.replacen(from, to, 1);
            assert_ne!(altered, text);
            assert!(matches!(
                SignedCheckpoint::read(altered.as_bytes()),
                Err(CheckpointError::Signature)
            ));
        }
        for other in ["", "{}", "[1]", &text.replace("\"format\": 1", "\"format\": 2")] {
            assert!(matches!(
                SignedCheckpoint::read(other.as_bytes()),
                Err(CheckpointError::Malformed { .. })
            ));
        }
    }
}
