//! The archive of encryption keys: sealed to recovery agents, so that old mail stays readable when a key is lost.
//!
//! A key that signs is never archived: whoever could open it could sign in its holder's name. [`DecryptionKey`] cannot be
//! made of one.
//!
//! A sealed key is an S/MIME message (RFC 8551) with the key as an attachment (PEM), which any mail program of an agent's
//! opens, too. Where it takes two agents, there is a message for each two of them: encrypted to the one, then to the other.

use std::io::Read;

use chrono::{DateTime, Utc};
use identity::identity::Identity;
use identity::{Certificate, ContentCipher, PrivateKey, PublicKey};
use smime::{DecryptError, DecryptOptions, EncryptError, EncryptOptions, MemorySpool, OpenedBy};
use zeroize::Zeroizing;

use crate::authority::records_of;
use crate::ledger::{AgentName, ArchivedKey, Ledger, LedgerError, SealedKey, SerialNumber};
use crate::request::CertificateUsage;

/// A key that decrypts and does not sign, with its certificate.
#[derive(Clone, Copy, Debug)]
pub struct DecryptionKey<'a> {
    key: &'a PrivateKey,
    certificate: &'a Certificate,
}

impl<'a> DecryptionKey<'a> {
    /// Takes a key whose certificate lets it decrypt and nothing else (RFC 5280, 4.2.1.3), as does every other certificate
    /// for it on record.
    ///
    /// # Errors
    /// [`ArchiveError::Signs`] unless the certificates say that the key signs nothing; [`ArchiveError::OtherKey`];
    /// [`ArchiveError::Ledger`].
    pub fn new(
        key: &'a PrivateKey,
        certificate: &'a Certificate,
        ledger: &dyn Ledger,
    ) -> Result<Self, ArchiveError> {
        let serial = certificate.serial_hex();
        if key.public_key() != certificate.public_key() {
            return Err(ArchiveError::OtherKey { serial });
        }
        let only_decrypts = certificate.key_usage().is_some_and(|usage| {
            (usage.key_encipherment || usage.key_agreement)
                && !(usage.digital_signature
                    || usage.non_repudiation
                    || usage.key_cert_sign
                    || usage.crl_sign)
        });
        if !only_decrypts {
            return Err(ArchiveError::Signs { serial });
        }
        refuse_signing(ledger, certificate.public_key())?;
        Ok(Self { key, certificate })
    }
}

/// Refuses a key that is or was certified to sign, by whichever certificate on record.
///
/// # Errors
/// [`ArchiveError::Signs`], [`ArchiveError::Ledger`].
pub fn refuse_signing(ledger: &dyn Ledger, key: &PublicKey) -> Result<(), ArchiveError> {
    // Whatever became of them, signatures may bear their names: the moment does not matter.
    let records = records_of(ledger, key.subject_key_identifier(), DateTime::<Utc>::MIN_UTC)?;
    let signs = records
        .iter()
        .find(|record| record.intent.usage != CertificateUsage::Encrypt && record.abandoned.is_none());
    match signs {
        Some(record) => Err(ArchiveError::Signs {
            serial: record.serial().to_string(),
        }),
        None => Ok(()),
    }
}

/// Who can open archived keys.
#[derive(Clone, Debug)]
pub struct RecoveryAgents {
    certificates: Vec<Certificate>,
    together: bool,
}

impl RecoveryAgents {
    /// Names the agents; `required` (1 or 2) of them open a key together.
    ///
    /// # Errors
    /// [`ArchiveError::TooFewAgents`].
    pub fn new(certificates: Vec<Certificate>, required: u32) -> Result<Self, ArchiveError> {
        let mut distinct: Vec<Certificate> = Vec::new();
        for certificate in certificates {
            // Two certificates of one key would be one agent.
            if !distinct
                .iter()
                .any(|other| other.public_key() == certificate.public_key())
            {
                distinct.push(certificate);
            }
        }
        if distinct.is_empty() || distinct.len() < required as usize {
            return Err(ArchiveError::TooFewAgents {
                found: distinct.len(),
                required: required.max(1),
            });
        }
        Ok(Self {
            certificates: distinct,
            together: required > 1,
        })
    }

    /// Tells whether something can be encrypted to each agent.
    ///
    /// # Errors
    /// [`ArchiveError::Seal`], naming those to whom nothing can be.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), ArchiveError> {
        encrypt(b"MIME-Version: 1.0\r\n\r\n", &self.certificates, now)?;
        Ok(())
    }

    /// Seals a key.
    ///
    /// # Errors
    /// [`ArchiveError::Seal`] where nothing can be encrypted to an agent: his certificate has ended, or does not let it.
    pub fn seal(&self, key: DecryptionKey<'_>, now: DateTime<Utc>) -> Result<Vec<SealedKey>, ArchiveError> {
        let message = attachment(key);
        if !self.together {
            return Ok(vec![SealedKey {
                agents: self.certificates.iter().map(name).collect(),
                together: false,
                message: encrypt(&message, &self.certificates, now)?.to_vec(),
            }]);
        }
        let mut sealed = Vec::new();
        for (at, first) in self.certificates.iter().enumerate() {
            for second in self.certificates.iter().skip(at + 1) {
                let inner = encrypt(&message, std::slice::from_ref(second), now)?;
                sealed.push(SealedKey {
                    agents: vec![name(first), name(second)],
                    together: true,
                    message: encrypt(&inner, std::slice::from_ref(first), now)?.to_vec(),
                });
            }
        }
        Ok(sealed)
    }
}

/// A key out of the archive, and who opened it.
#[derive(Debug)]
pub struct RecoveredKey {
    /// The serial of its certificate.
    pub serial: SerialNumber,
    /// The key.
    pub key: PrivateKey,
    /// The subjects of the agents' certificates.
    pub opened_by: Vec<String>,
}

/// Opens an archived key with the identities of agents.
///
/// # Errors
/// [`ArchiveError::AgentsMissing`] if those given are not enough; [`ArchiveError::Open`] if it is damaged.
pub fn open(archived: &ArchivedKey, agents: &[Identity]) -> Result<RecoveredKey, ArchiveError> {
    let given = |agent: &&AgentName| {
        agents
            .iter()
            .any(|identity| name(identity.certificate()).sha256 == agent.sha256)
    };
    let openable = |sealed: &&SealedKey| {
        let there = sealed.agents.iter().filter(given).count();
        there > 0 && (!sealed.together || there == sealed.agents.len())
    };
    let sealed = archived
        .sealed
        .iter()
        .find(openable)
        .ok_or_else(|| ArchiveError::AgentsMissing {
            serial: archived.serial,
            groups: groups(archived),
        })?;
    let serial = archived.serial;
    let damaged = |reason: String| ArchiveError::Open { serial, reason };
    let mut message = Zeroizing::new(sealed.message.clone());
    let mut opened_by = Vec::new();
    let layers = if sealed.together { sealed.agents.len() } else { 1 };
    for _ in 0..layers {
        let held = smime::decrypt(
            message.as_slice(),
            agents,
            &DecryptOptions::default(),
            MemorySpool::new(),
        )
        .map_err(|error: DecryptError| damaged(error.to_string()))?;
        if let OpenedBy::Identity(index) = held.report().opened_by
            && let Some(identity) = agents.get(index)
        {
            opened_by.push(identity.certificate().subject().to_string());
        }
        let mut reader = held.into_content().map_err(|error| damaged(error.to_string()))?;
        message = Zeroizing::new(Vec::with_capacity(message.len()));
        reader
            .read_to_end(&mut message)
            .map_err(|error| damaged(error.to_string()))?;
    }
    let begin = message
        .windows(BEGIN.len())
        .position(|window| window == BEGIN)
        .and_then(|at| message.get(at..))
        .ok_or_else(|| damaged("there is no key in it".to_owned()))?;
    let key = PrivateKey::from_pem(begin, None).map_err(|error| damaged(error.to_string()))?;
    Ok(RecoveredKey {
        serial,
        key,
        opened_by,
    })
}

/// Why a key cannot be archived or recovered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The agents that were given are not those it takes.
    #[error("the key of the certificate {serial} can be opened by {groups}; give their identities")]
    AgentsMissing {
        /// The certificate's serial.
        serial: SerialNumber,
        /// Who can open it, for people.
        groups: String,
    },
    /// An archived key is damaged.
    #[error("the archived key of the certificate {serial} cannot be opened: {reason}")]
    Open {
        /// The certificate's serial.
        serial: SerialNumber,
        /// What is wrong.
        reason: String,
    },
    /// The record could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The key is not that of the certificate.
    #[error("the key is not that of the certificate {serial}")]
    OtherKey {
        /// The certificate's serial.
        serial: String,
    },
    /// Nothing can be encrypted to an agent.
    #[error("a key cannot be sealed to the recovery agents: {0}")]
    Seal(#[from] EncryptError),
    /// The key signs, or its certificate does not say.
    #[error("the key of the certificate {serial} may sign: such a key is never archived")]
    Signs {
        /// The certificate's serial.
        serial: String,
    },
    /// There are not as many agents as it takes.
    #[error("it takes {required} recovery agents with different keys, but there are {found}")]
    TooFewAgents {
        /// How many there are.
        found: usize,
        /// How many it takes.
        required: u32,
    },
}

/// The key as an attachment.
fn attachment(key: DecryptionKey<'_>) -> Zeroizing<Vec<u8>> {
    let pem = key.key.to_pkcs8_pem();
    let serial = key.certificate.serial_hex();
    let header = format!(
        "MIME-Version: 1.0\r\nSubject: Archived key of certificate {serial}\r\n\
         Content-Type: application/x-pem-file; name=\"{serial}.key\"\r\n\
         Content-Disposition: attachment; filename=\"{serial}.key\"\r\n\r\n"
    );
    let lines = pem.lines().map(|line| line.len() + 2).sum::<usize>();
    // Room for all of it: growing would leave a copy behind.
    let mut message = Zeroizing::new(Vec::with_capacity(header.len() + lines));
    message.extend_from_slice(header.as_bytes());
    for line in pem.lines() {
        message.extend_from_slice(line.as_bytes());
        message.extend_from_slice(b"\r\n");
    }
    message
}

fn encrypt(
    message: &[u8],
    agents: &[Certificate],
    now: DateTime<Utc>,
) -> Result<Zeroizing<Vec<u8>>, EncryptError> {
    let mut options = EncryptOptions::new(now);
    // Whoever can write to the archive must not be able to change a key unnoticed.
    options.cipher = Some(ContentCipher::Aes256Gcm);
    let mut sealed = Zeroizing::new(Vec::new());
    smime::encrypt(message, agents, &options, &mut *sealed)?;
    Ok(sealed)
}

fn name(certificate: &Certificate) -> AgentName {
    AgentName {
        subject: certificate.subject().to_string(),
        sha256: hex::encode(certificate.fingerprint_sha256()),
    }
}

/// Who can open a key: "A and B together, or C".
fn groups(archived: &ArchivedKey) -> String {
    let group = |sealed: &SealedKey| {
        let names: Vec<_> = sealed.agents.iter().map(|agent| agent.subject.as_str()).collect();
        match sealed.together {
            true => format!("{} together", names.join(" and ")),
            false => names.join(", or "),
        }
    };
    let groups: Vec<_> = archived.sealed.iter().map(group).collect();
    groups.join(", or ")
}

const BEGIN: &[u8] = b"-----BEGIN ";
