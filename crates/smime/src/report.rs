//! What a verification found: a verdict, one status per signer, and every finding with a stable code.
//!
//! The types carry no text formatting beyond one English sentence per finding; the codes are the stable interface.

use std::fmt;

use chrono::{DateTime, Utc};
use identity::{Certificate, ContentCipher, DigestAlgorithm, Mailbox};

use crate::protected::ProtectedHeaders;

mod answers;
mod code;
mod escape;

pub(crate) use answers::Asked;
pub use answers::{Answer, Answers, Question, Standing};
pub use code::{Code, Severity};
pub use escape::escape;
pub(crate) use escape::{holds_look_alike, is_suspicious, shorten};

/// The answer to "may the reader rely on this?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Every question was asked and answered well.
    Valid,
    /// At least one question was answered badly.
    Invalid,
    /// Nothing is wrong as far as known, but something that must be known is not (an unknown issuer, no anchors).
    Indeterminate,
    /// The message carries no signature at all.
    Unsigned,
}

impl Verdict {
    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Indeterminate => "indeterminate",
            Self::Unsigned => "unsigned",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One observation, good to know (information), to mend (warning) or fatal (error).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence with the value concerned; names from the message are already escaped.
    pub message: String,
    /// Index into [`VerifyReport::signers`] where the finding is about one signer.
    pub signer: Option<usize>,
    /// Index of the layer of the message, outermost 0, where it matters.
    pub layer: Option<usize>,
}

impl Finding {
    /// Builds a finding of the code's own severity.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            signer: None,
            layer: None,
        }
    }

    /// Returns the finding with another severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Returns the finding attributed to a signer.
    #[must_use]
    pub fn for_signer(mut self, signer: usize) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Returns the finding attributed to a layer.
    #[must_use]
    pub fn in_layer(mut self, layer: usize) -> Self {
        self.layer = Some(layer);
        self
    }

    /// Tells whether the finding forbids the verdict `valid`.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// What is known about one signer of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignerReport {
    /// The signer's certificate, when it was found (in the message or among the given ones).
    pub certificate: Option<Certificate>,
    /// The certificate's subject (RFC 4514, escaped); the signer identifier when no certificate was found.
    pub subject: String,
    /// The mail addresses the certificate vouches for.
    pub emails: Vec<String>,
    /// The certificate's serial number, lower-case hexadecimal; empty when unknown.
    pub serial: String,
    /// The certificate's issuer (RFC 4514, escaped); empty when unknown.
    pub issuer: String,
    /// The assurance class, from the certificate's policies; known only for a chain that holds.
    pub class: Option<u8>,
    /// The time the signer claims to have signed at; reported, not trusted.
    pub signing_time: Option<DateTime<Utc>>,
    /// The digest of the content; `None` when the algorithm is not known here.
    pub digest: Option<DigestAlgorithm>,
    /// The signature scheme, for people ("RSA PKCS#1 v1.5 with SHA-256").
    pub signature: String,
    /// [`Code::Ok`], or the most useful single failure.
    pub status: Code,
    /// The verdict on this signer alone, whatever else the message holds.
    pub verdict: Verdict,
    /// One answer to each question; those about sender and coverage concern the message too.
    pub answers: Answers,
    /// The chain that was judged, subjects, leaf first.
    pub chain: Vec<String>,
    /// The certificates of that chain, leaf first.
    pub certificates: Vec<Certificate>,
    /// The content ciphers that the signature announces (sMIMECapabilities, RFC 8551 2.5.2), the preferred one first;
    /// empty if it says nothing.
    pub capabilities: Vec<ContentCipher>,
    /// The certificate that answers to the signer are to be encrypted to: the signer's own, or another of the message
    /// that is valid for the same address below the same root (RFC 8551 2.5.3). Known only for a chain that holds.
    pub encryption_certificate: Option<Certificate>,
    /// Who signed this signature (RFC 5652 11.4), each with a status and verdict of its own. Whoever forwards a message
    /// can add countersignatures: they never change the verdict on the signer or on the message.
    pub countersignatures: Vec<SignerReport>,
}

/// One signed part of a message: all of it, or one part among others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartReport {
    /// The verdict on this part and its signers, whatever stands around it.
    pub verdict: Verdict,
    /// The media type of the signed content, when it is MIME.
    pub content_type: Option<String>,
    /// Indices into [`VerifyReport::signers`] of those who signed it.
    pub signers: Vec<usize>,
    /// Index of the layer of the message, outermost 0, where it was opened layer by layer.
    pub layer: Option<usize>,
}

/// What a verification of a message found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The verdict on the whole message.
    pub verdict: Verdict,
    /// Every signer, in the order of the message.
    pub signers: Vec<SignerReport>,
    /// Every signed part, in the order of the message; of a message in layers every signed layer is one.
    pub parts: Vec<PartReport>,
    /// Everything noticed, worst first.
    pub findings: Vec<Finding>,
    /// Whether the message is encrypted (then nothing could be verified yet).
    pub encrypted: bool,
    /// Whether the From address is among the addresses of every signer; `None` when there is nothing to compare.
    pub from_matches: Option<bool>,
    /// The mailboxes of the From header, escaped.
    pub from: Vec<String>,
    /// The media type of the signed content ("text/plain"), when it is MIME.
    pub content_type: Option<String>,
    /// The header fields under the signature (RFC 9788), when the message protects its header.
    pub protected_headers: Option<ProtectedHeaders>,
}

impl VerifyReport {
    /// Nothing found yet.
    pub(crate) fn unsigned() -> Self {
        Self {
            verdict: Verdict::Unsigned,
            signers: Vec::new(),
            parts: Vec::new(),
            findings: Vec::new(),
            encrypted: false,
            from_matches: None,
            from: Vec::new(),
            content_type: None,
            protected_headers: None,
        }
    }

    /// Tells whether the verified content may be released.
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }

    /// Returns the finding with this code, if there is one.
    pub fn finding(&self, code: Code) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }
}

/// Compares a From mailbox with the addresses of a certificate.
pub(crate) fn match_mailbox(from: &Mailbox, emails: &[String]) -> identity::mailbox::Match {
    let mut best = identity::mailbox::Match::No;
    for email in emails {
        let Ok(held) = Mailbox::parse(email) else { continue };
        match from.matches(&held) {
            identity::mailbox::Match::Exact => return identity::mailbox::Match::Exact,
            identity::mailbox::Match::CaseDiffers => best = identity::mailbox::Match::CaseDiffers,
            _ => {}
        }
    }
    best
}

/// Status and verdict that a list of findings amounts to.
pub(crate) fn sum_up(findings: &[Finding]) -> (Code, Verdict) {
    let errors = || {
        findings
            .iter()
            .filter(|finding| finding.is_error())
            .map(|finding| finding.code)
    };
    let verdict = if errors().any(|code| !code.is_indeterminate()) {
        Verdict::Invalid
    } else if errors().next().is_some() {
        Verdict::Indeterminate
    } else {
        Verdict::Valid
    };
    (errors().min().unwrap_or(Code::Ok), verdict)
}
