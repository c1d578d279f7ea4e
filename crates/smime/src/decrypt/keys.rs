//! Whom a message is for, and the content keys that the given secrets open.

use std::fmt;

use identity::identity::Identity;
use identity::{ContentCipher, ContentKey};
use zeroize::Zeroizing;

use super::{DecryptError, DecryptOptions};
use crate::cms::key_management::{self, Opened};
use crate::cms::password::PasswordKey;
use crate::cms::recipient::RecipientInfo;
use crate::cms::stream::enveloped::{Envelope, EnvelopeKind};
use crate::report::shorten;

/// A symmetric key that was shared beforehand (RFC 5652 6.2.3), wiped from memory when dropped and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedKey(Zeroizing<Vec<u8>>);

/// A shared key of another length than AES and Triple DES have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("a shared key has 16, 24 or 32 octets, not {length}")]
pub struct SharedKeyLength {
    /// The length given, in octets.
    pub length: usize,
}

impl SharedKey {
    /// Takes the octets of a key: 16, 24 or 32.
    ///
    /// # Errors
    /// [`SharedKeyLength`] if there are more or fewer.
    pub fn new(key: Zeroizing<Vec<u8>>) -> Result<Self, SharedKeyLength> {
        match key.len() {
            16 | 24 | 32 => Ok(Self(key)),
            length => Err(SharedKeyLength { length }),
        }
    }
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedKey(redacted)")
    }
}

/// What opened a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenedBy {
    /// One of the identities, by its index.
    Identity(usize),
    /// One of [`DecryptOptions::passwords`], by its index.
    Password(usize),
    /// One of [`DecryptOptions::shared_keys`].
    SharedKey {
        /// Its index.
        index: usize,
        /// What the message calls the key; empty where it does not name it (EncryptedData).
        identifier: Vec<u8>,
    },
}

/// A content key that may be the right one.
pub(super) struct Candidate {
    pub(super) opened_by: OpenedBy,
    pub(super) key: ContentKey,
}

/// Opens the content key with every secret that is a recipient.
///
/// An RSA key that does not fit gives a random content key (RFC 3218): only the content tells.
pub(super) fn candidates(
    envelope: &Envelope,
    cipher: ContentCipher,
    identities: &[Identity],
    options: &DecryptOptions,
) -> Result<Vec<Candidate>, DecryptError> {
    let mut search = Search {
        found: Vec::new(),
        unwraps: 0,
        operations: 0,
    };
    if envelope.kind == EnvelopeKind::Encrypted {
        search.take_content_keys(cipher, options);
    }
    for (index, key) in options.shared_keys.iter().enumerate() {
        for info in &envelope.recipients {
            let RecipientInfo::SharedKey {
                identifier,
                algorithm,
                encrypted_key,
            } = info
            else {
                continue;
            };
            search.unwrap(|| {
                let key = key_management::open_with_shared_key(&key.0, algorithm, encrypted_key)?;
                let identifier = identifier.clone();
                Some((OpenedBy::SharedKey { index, identifier }, key))
            });
        }
    }
    for (index, identity) in identities.iter().enumerate() {
        for info in &envelope.recipients {
            if search.operations >= MAX_OPERATIONS {
                break;
            }
            if let Some(opened) = key_management::open(info, identity, cipher.key_len()) {
                search.operations += 1;
                search.add(match opened {
                    Opened::Key(key) => Some((OpenedBy::Identity(index), key)),
                    Opened::Failed => None,
                });
            }
        }
    }
    let too_much = search.try_passwords(envelope, options);
    match (
        search.found.is_empty(),
        too_much,
        search.unwraps + search.operations,
    ) {
        (true, Some(iterations), _) => Err(DecryptError::TooMuchWork {
            iterations,
            maximum: MAX_ITERATIONS,
        }),
        (_, None, 0) => Err(DecryptError::NoMatchingRecipient {
            recipients: recipients(envelope, cipher),
        }),
        _ => Ok(search.found),
    }
}

struct Search {
    found: Vec<Candidate>,
    /// How many recipients were tried with a symmetric key.
    unwraps: usize,
    /// How many recipients were tried with a private key.
    operations: usize,
}

impl Search {
    /// Tries a symmetric key on a recipient.
    fn unwrap(&mut self, open: impl FnOnce() -> Option<(OpenedBy, Zeroizing<Vec<u8>>)>) {
        if self.unwraps < MAX_UNWRAPS {
            self.unwraps += 1;
            self.add(open());
        }
    }

    fn add(&mut self, opened: Option<(OpenedBy, Zeroizing<Vec<u8>>)>) {
        let Some((opened_by, key)) = opened else {
            return;
        };
        let key = ContentKey::from_bytes(key);
        let known = |known: &Candidate| known.key.as_bytes() == key.as_bytes();
        if self.found.len() < MAX_CANDIDATES && !self.found.iter().any(known) {
            self.found.push(Candidate { opened_by, key });
        }
    }

    /// Takes every shared key that is as long as the cipher's for the content key itself: only the content tells.
    fn take_content_keys(&mut self, cipher: ContentCipher, options: &DecryptOptions) {
        for (index, key) in options.shared_keys.iter().enumerate() {
            if key.0.len() == cipher.key_len() {
                let identifier = Vec::new();
                self.unwrap(|| Some((OpenedBy::SharedKey { index, identifier }, key.0.clone())));
            }
        }
    }

    /// Tries every password on every recipient with one. Returns the rounds that were asked for where they are too
    /// many.
    fn try_passwords(&mut self, envelope: &Envelope, options: &DecryptOptions) -> Option<u32> {
        let (mut too_much, mut rounds) = (None, 0_u64);
        for (index, password) in options.passwords.iter().enumerate() {
            for info in &envelope.recipients {
                let RecipientInfo::Password {
                    derivation,
                    algorithm,
                    encrypted_key,
                } = info
                else {
                    continue;
                };
                let Some(key) = PasswordKey::read(derivation.as_ref(), algorithm, encrypted_key) else {
                    self.unwrap(|| None);
                    continue;
                };
                rounds = rounds.saturating_add(key.iterations.into());
                if rounds > MAX_ITERATIONS {
                    too_much = Some(key.iterations);
                    break;
                }
                self.unwrap(|| Some((OpenedBy::Password(index), key.open(password)?)));
            }
        }
        too_much
    }
}

/// Names whom a message is for.
pub(super) fn recipients(envelope: &Envelope, cipher: ContentCipher) -> Vec<String> {
    if envelope.kind == EnvelopeKind::Encrypted {
        return vec![format!(
            "whoever holds its content key, of {} octets",
            cipher.key_len()
        )];
    }
    let mut names = Vec::new();
    let (mut all, mut others) = (0, 0);
    for info in &envelope.recipients {
        match info {
            RecipientInfo::Other => others += 1,
            info => {
                let named = info.names();
                all += named.len();
                let room = MOST_NAMED.saturating_sub(names.len());
                names.extend(named.iter().take(room).map(|name| shorten(name)));
            }
        }
    }
    if all > names.len() {
        names.push(format!("{} more", all - names.len()));
    }
    if others > 0 {
        names.push(format!("{others} of a kind that is not known here"));
    }
    names
}

/// How many recipients are named.
const MOST_NAMED: usize = 100;

/// How many operations with private keys one message may cause: it could name the same recipient a thousand times.
const MAX_OPERATIONS: usize = 16;

/// How many keys one message may have unwrapped with symmetric keys, which takes microseconds each.
const MAX_UNWRAPS: usize = 1000;

/// How many content keys are tried on the content.
const MAX_CANDIDATES: usize = 32;

/// How many rounds of key derivation one message may ask for: some seconds.
const MAX_ITERATIONS: u64 = 10_000_000;
