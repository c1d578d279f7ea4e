//! Header protection (RFC 9788): header fields inside the signature or the encryption, beside those outside.
//!
//! A signature covers the body of a message, not the header that a mail server reads. Programs that protect the header
//! copy its fields into the signed or encrypted part, and say so there (`hp="clear"`, `hp="cipher"`). What was found of
//! that stands in [`VerifyReport::protected_headers`](crate::report::VerifyReport::protected_headers) and
//! [`DecryptReport::protected_headers`](crate::DecryptReport::protected_headers); a header outside that says something
//! else than the protected one is reported as `header-differs`.
//!
//! Two older ways are read too, and never written: a whole message inside (RFC 8551 3.1) and the parameter
//! `protected-headers="v1"` (draft-autocrypt-lamps-protected-headers).

use std::fmt;

mod read;
mod write;

pub(crate) use read::Payload;
pub(crate) use write::{is_cryptographic, protect};

/// What [`Compose::protect_headers`](crate::Compose::protect_headers) asks for: it must fit what becomes of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderProtection {
    /// The message will be encrypted (`hp="cipher"`): outside, Subject becomes `[...]` and Comments and Keywords
    /// disappear (`hcp_baseline`, RFC 9788 3.2.1).
    Encrypted,
    /// The message will be signed only (`hp="clear"`): the header stays readable, and cannot be changed unnoticed.
    Signed,
}

/// The way in which a message carries its protected header fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// RFC 9788 with `hp="clear"`: signed, and meant to be.
    Clear,
    /// RFC 9788 with `hp="cipher"`: encrypted, with the sender's record of what stands outside.
    Cipher,
    /// RFC 8551 3.1: the payload is a whole `message/rfc822`.
    Rfc8551,
    /// The parameter `protected-headers="v1"` of Enigmail and other OpenPGP programs.
    V1,
}

impl Scheme {
    /// Returns the stable word: `hp-clear`, `hp-cipher`, `rfc8551`, `protected-headers-v1`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "hp-clear",
            Self::Cipher => "hp-cipher",
            Self::Rfc8551 => "rfc8551",
            Self::V1 => "protected-headers-v1",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the sender let the outside see of a protected field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Visibility {
    /// Something else stands outside in its place, such as the Subject `[...]`.
    Obscured,
    /// It stands inside only.
    Removed,
    /// The same value stands outside.
    Visible,
}

impl Visibility {
    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Obscured => "obscured",
            Self::Removed => "removed",
            Self::Visible => "visible",
        }
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How one field is protected (RFC 9788 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// Hidden from the outside, but under no valid signature.
    EncryptedOnly,
    /// Hidden from the outside and under a valid signature.
    SignedAndEncrypted,
    /// Under a valid signature, and visible outside.
    SignedOnly,
    /// Neither.
    Unprotected,
}

impl Protection {
    /// Returns the stable kebab-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EncryptedOnly => "encrypted-only",
            Self::SignedAndEncrypted => "signed-and-encrypted",
            Self::SignedOnly => "signed-only",
            Self::Unprotected => "unprotected",
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One protected header field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtectedField {
    /// The name as the sender wrote it.
    pub name: String,
    /// The protected value for people: unfolded, decoded, escaped, cut where it is absurdly long.
    pub value: String,
    /// What stands outside under that name now, prepared in the same way; `None` if nothing does, or no outer header is
    /// at hand.
    pub outer: Option<String>,
    /// What the sender let the outside see.
    pub visibility: Visibility,
}

/// The protected header of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtectedHeaders {
    /// The way in which the message carries it.
    pub scheme: Scheme,
    /// Whether the message was seen to be encrypted around it.
    pub encrypted: bool,
    /// Whether a valid signature covers it.
    pub signed: bool,
    /// Whether the text opens with a Legacy Display Element (RFC 9788 2.1.2): lines that repeat hidden fields for
    /// programs that know no header protection, up to the first empty one. Others leave them out when they show it.
    pub legacy_display: bool,
    /// The fields in the sender's order; those that describe the body (Content-*) are left out.
    pub fields: Vec<ProtectedField>,
}

impl ProtectedHeaders {
    /// Returns how a field of this header is protected (RFC 9788 4.3.1).
    pub fn protection(&self, field: &ProtectedField) -> Protection {
        // An encryption added on the way makes nothing confidential: the sender must have meant it.
        let meant = self.scheme != Scheme::Clear;
        let hidden = self.encrypted && meant && field.visibility != Visibility::Visible;
        match (hidden, self.signed) {
            (true, true) => Protection::SignedAndEncrypted,
            (true, false) => Protection::EncryptedOnly,
            (false, true) => Protection::SignedOnly,
            (false, false) => Protection::Unprotected,
        }
    }

    /// Returns the first field of that name, in any case.
    pub fn get(&self, name: &str) -> Option<&ProtectedField> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// Where the sender records what he put outside (RFC 9788 2.2).
const HP_OUTER: &str = "HP-Outer";
