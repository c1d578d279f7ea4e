//! Identifiers of requests, and the codes that prove a mailbox.

use std::fmt;
use std::str::FromStr;

use identity::random::{self, RandomError};
use identity::{digest, secret_hash};
use zeroize::Zeroizing;

use super::error::EnrolmentError;

/// What a request is called: ten letters and digits that are hard to confuse. It is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(String);

impl RequestId {
    /// Draws a new one.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn random() -> Result<Self, RandomError> {
        Ok(Self(draw(ID_LENGTH)?.to_string()))
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RequestId {
    type Err = EnrolmentError;

    fn from_str(text: &str) -> Result<Self, EnrolmentError> {
        let id = text.trim().to_ascii_lowercase();
        match id.len() == ID_LENGTH && id.bytes().all(|letter| ALPHABET.contains(&letter)) {
            true => Ok(Self(id)),
            false => Err(EnrolmentError::RequestId {
                given: text.chars().take(32).collect(),
            }),
        }
    }
}

/// The code that is sent to an address: the request, and 130 random bits that are kept nowhere.
pub struct ConfirmationCode {
    request: RequestId,
    secret: Zeroizing<String>,
}

impl ConfirmationCode {
    /// Draws a new code for a request.
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn random(request: &RequestId) -> Result<Self, RandomError> {
        Ok(Self {
            request: request.clone(),
            secret: draw(SECRET_LENGTH)?,
        })
    }

    /// Reads a code as a person gives it: case, blanks and hyphens do not matter.
    ///
    /// # Errors
    /// [`EnrolmentError::CodeMalformed`].
    pub fn parse(text: &str) -> Result<Self, EnrolmentError> {
        if text.len() > LONGEST {
            return Err(EnrolmentError::CodeMalformed);
        }
        let letters: Zeroizing<String> = Zeroizing::new(
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .map(|c| c.to_ascii_lowercase())
                .collect(),
        );
        let sound = letters.len() == ID_LENGTH + SECRET_LENGTH
            && letters.bytes().all(|letter| ALPHABET.contains(&letter));
        match letters.split_at_checked(ID_LENGTH).filter(|_| sound) {
            Some((request, secret)) => Ok(Self {
                request: RequestId(request.to_owned()),
                secret: Zeroizing::new(secret.to_owned()),
            }),
            None => Err(EnrolmentError::CodeMalformed),
        }
    }

    /// Returns the request that it is for.
    pub fn request(&self) -> &RequestId {
        &self.request
    }

    /// Returns the code as it is sent: the request, and the secret in two groups.
    pub fn reveal(&self) -> Zeroizing<String> {
        let (first, second) = self
            .secret
            .split_at_checked(SECRET_LENGTH / 2)
            .unwrap_or_default();
        Zeroizing::new(format!("{}-{first}-{second}", self.request))
    }

    /// Returns what is kept of it. A plain digest is enough: 130 bits cannot be guessed.
    pub fn hash(&self) -> [u8; 32] {
        let input = Zeroizing::new([TAG, self.request.0.as_bytes(), b"\0", self.secret.as_bytes()].concat());
        digest::sha256(&input)
    }

    /// Tells whether it is the code of which this is kept, in constant time.
    pub fn matches(&self, hash: &[u8; 32]) -> bool {
        secret_hash::is_equal(&self.hash(), hash)
    }
}

impl fmt::Debug for ConfirmationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConfirmationCode({}, redacted)", self.request)
    }
}

fn draw(length: usize) -> Result<Zeroizing<String>, RandomError> {
    let mut octets = Zeroizing::new(vec![0; length]);
    random::fill(&mut octets)?;
    let letter = |octet: &u8| {
        // 32 letters: the low five bits of a random octet are uniform over them.
        char::from(ALPHABET.get(usize::from(octet & 0x1f)).copied().unwrap_or(b'x'))
    };
    Ok(Zeroizing::new(octets.iter().map(letter).collect()))
}

/// Lower-case letters and digits without `0`, `1`, `l` and `o`.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const ID_LENGTH: usize = 10;
/// Five bits each: 130.
const SECRET_LENGTH: usize = 26;
const LONGEST: usize = 200;
const TAG: &[u8] = b"cachet confirmation code 1\0";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_recognised_however_it_is_typed() {
        let request = RequestId::random().unwrap();
        let code = ConfirmationCode::random(&request).unwrap();
        let typed = format!(" {} ", code.reveal().to_uppercase().replace('-', " "));
        let read = ConfirmationCode::parse(&typed).unwrap();
        assert_eq!(read.request(), &request);
        assert!(read.matches(&code.hash()));
        assert!(!ConfirmationCode::random(&request).unwrap().matches(&code.hash()));
        assert!(!format!("{code:?}").contains(code.secret.as_str()));
    }

    #[test]
    fn other_texts_are_no_codes() {
        for wrong in [
            "",
            "abc",
            &"a".repeat(35),
            &"a".repeat(37),
            &"a".repeat(10_000),
            &"é".repeat(36),
        ] {
            assert!(ConfirmationCode::parse(wrong).is_err(), "{wrong}");
        }
    }
}
