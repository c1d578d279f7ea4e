//! Mail addresses as certificates hold them (RFC 5280, RFC 9598).

use std::fmt;
use std::str::FromStr;

/// A mail address that can stand in a certificate.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mailbox {
    local: String,
    domain: String,
    ascii_domain: String,
}

/// Why a text is not a mail address that can stand in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("\"{input}\" is not a usable mail address: {reason}")]
pub struct MailboxError {
    /// The beginning of the text, control characters escaped, with its length where it was cut.
    pub input: String,
    /// What is wrong and what to do.
    pub reason: String,
}

/// How two addresses compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Match {
    /// The same address (domains compare without regard to case and form).
    Exact,
    /// The local parts differ in ASCII case only: nearly every provider treats them as the same.
    CaseDiffers,
    /// Different addresses.
    No,
}

impl Mailbox {
    /// Reads a bare address, without display name or angle brackets.
    ///
    /// # Errors
    /// [`MailboxError`] with the reason.
    pub fn parse(_text: &str) -> Result<Self, MailboxError> {
        todo!()
    }

    /// Returns the part before the `@`.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// Returns the domain as given (with Unicode or `xn--` labels).
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the domain in lower case with `xn--` labels.
    pub fn ascii_domain(&self) -> &str {
        &self.ascii_domain
    }

    /// Tells whether the local part is ASCII, so that the address fits an rfc822Name.
    pub fn is_ascii_local(&self) -> bool {
        self.local.is_ascii()
    }

    /// Returns the rfc822Name (ASCII local part, `xn--` domain), or `None` if the local part needs a
    /// SmtpUTF8Mailbox.
    pub fn to_rfc822(&self) -> Option<String> {
        todo!()
    }

    /// Returns the SmtpUTF8Mailbox (RFC 9598, 3), or `None` if the local part is ASCII: RFC 9598 then demands an
    /// rfc822Name.
    pub fn to_smtp_utf8(&self) -> Option<String> {
        todo!()
    }

    /// Returns the address with its domain in the ASCII form: the key to look an address up by.
    pub fn canonical(&self) -> String {
        todo!()
    }

    /// Compares two addresses.
    pub fn matches(&self, _other: &Self) -> Match {
        todo!()
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox({self})")
    }
}

impl FromStr for Mailbox {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, MailboxError> {
        Self::parse(text)
    }
}
