//! Verifying: who signed, may they, is it unchanged, and does it cover all that a reader sees.
//!
//! [`verify`] answers each question apart and never mistakes one for another: the report lists every finding with a
//! stable code, a status for each signer, and one verdict. The signed content is given out only if that is `valid`.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList};

use crate::cms::CmsError;
use crate::mime::MimeError;
use crate::path::{self, OcspAnswer, Revocation, StatusSource};
use crate::protected::Payload;
use crate::report::{Code, Finding, Severity, SignerReport, Verdict, VerifyReport};
use crate::stream::StreamError;
use crate::{Held, Limits, Spool};

mod answer;
mod content;
mod integrity;
mod sender;
mod signer;
mod structure;

use sender::Senders;
use structure::streamed::{self, Input};
use structure::{Shape, Structure};

/// How a message is judged. Built with [`VerifyOptions::new`] and changed field by field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyOptions<'a> {
    /// The trusted roots; without any the verdict is at best `indeterminate`.
    pub anchors: &'a [Certificate],
    /// Further certificates that may help: intermediates, and signers that messages leave out.
    pub untrusted: &'a [Certificate],
    /// Lists of revoked certificates; those in the message are used too.
    pub crls: &'a [CertificateList],
    /// Answers of OCSP responders.
    pub ocsp: &'a [OcspAnswer],
    /// Where to ask for more about revocation; `None` asks nobody.
    pub status: Option<&'a dyn StatusSource>,
    /// The moment for which the verdict holds. The signer's own time is reported, not trusted.
    pub now: DateTime<Utc>,
    /// How much must be known about revocation.
    pub revocation: Revocation,
    /// Leaves out the question whether the From address is the signer's.
    pub any_sender: bool,
    /// Admits SHA-1 and MD5 digests and short RSA keys, with a warning.
    pub legacy: bool,
    /// Policies of which every signer's path must be valid for one (RFC 5280 6.1.1 (c)); empty means any.
    pub policies: &'a [ObjectIdentifier],
    /// Whether a path must be valid for at least one policy (RFC 5280 6.1.1 (f)).
    pub explicit_policy: bool,
    /// Whether policy mapping is forbidden (RFC 5280 6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// Whether anyPolicy counts as no policy (RFC 5280 6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// Refuses certificates that break RFC 5280 in what it asks of authorities only ([`PathOptions::strict`](crate::path::PathOptions::strict)).
    pub strict: bool,
    /// Which certificate policy stands for which assurance class.
    pub classes: Vec<(ObjectIdentifier, u8)>,
    /// Bounds on the message.
    pub limits: Limits,
    /// Bounds on the search for certificate paths.
    pub path_limits: path::Limits,
}

impl VerifyOptions<'_> {
    /// Returns the options for a moment, with no trusted root yet.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            anchors: &[],
            untrusted: &[],
            crls: &[],
            ocsp: &[],
            status: None,
            now,
            revocation: Revocation::default(),
            any_sender: false,
            legacy: false,
            policies: &[],
            explicit_policy: false,
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            strict: false,
            classes: CLASSES.iter().copied().zip(1..).collect(),
            limits: Limits::default(),
            path_limits: path::Limits::default(),
        }
    }
}

/// The policies of Class 1, 2 and 3 that the shipped policy files use (documentation arc, RFC 5612).
pub const CLASSES: [ObjectIdentifier; 3] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1.1"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1.2"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.1.3"),
];

/// Why a message could not be judged at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The CMS structure cannot be read.
    #[error("the signature structure cannot be read: {0}")]
    Cms(#[from] CmsError),
    /// Reading the message failed.
    #[error("the message could not be read: {0}")]
    Io(#[source] io::Error),
    /// The MIME structure cannot be read.
    #[error("the message cannot be taken apart: {0}")]
    Mime(#[from] MimeError),
    /// It is an OpenPGP message.
    #[error("this is OpenPGP (RFC 3156), not S/MIME: use an OpenPGP program such as gpg")]
    OpenPgp,
    /// The spool refused the content.
    #[error("the content could not be held back until the verdict: {0}")]
    Spool(#[source] io::Error),
    /// The message is longer than the limits allow.
    #[error("the message has more than {limit} octets")]
    TooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// A kind of CMS message that has no signature and cannot be looked into yet.
    #[error("the CMS content type {content_type} is not supported here")]
    UnsupportedContentType {
        /// The type.
        content_type: ObjectIdentifier,
    },
}

/// Verifies a message (MIME, or CMS on its own in PEM, DER or BER); its signed content waits in `spool`.
///
/// # Errors
/// [`VerifyError`] if the message cannot be judged at all; whatever can be judged ends in a report.
///
/// # Example
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let message = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/signed.eml"));
/// # let root_pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/root.pem"));
/// use std::io::Read;
///
/// use smime::report::{Code, Verdict};
/// use smime::{MemorySpool, VerifyOptions, verify};
///
/// let mut options = VerifyOptions::new("2027-01-01T00:00:00Z".parse()?);
/// let held = verify(&message[..], &options, MemorySpool::new())?;
/// assert_eq!(held.report().verdict, Verdict::Indeterminate, "nobody is trusted yet");
///
/// let anchors = identity::pem::certificates(root_pem)?;
/// options.anchors = &anchors;
/// let held = verify(&message[..], &options, MemorySpool::new())?;
/// let report = held.report();
/// assert_eq!(report.verdict, Verdict::Valid);
/// assert_eq!(report.from_matches, Some(true));
/// assert_eq!(report.signers[0].status, Code::Ok);
/// assert_eq!(report.signers[0].emails, ["alice@example.org"]);
///
/// // The signed content comes out only because the verdict is valid.
/// let mut content = String::new();
/// held.into_content()?.read_to_string(&mut content)?;
/// assert!(content.ends_with("Hello Bob.\r\n"));
/// # Ok(())
/// # }
/// ```
pub fn verify<S: Spool>(
    input: impl Read,
    options: &VerifyOptions<'_>,
    mut spool: S,
) -> Result<Held<VerifyReport, S>, VerifyError> {
    let limits = &options.limits;
    match streamed::read(input, limits, &mut spool)? {
        Input::Taken(structure) => judge(structure, options, spool, true),
        Input::Whole(message) => judge(Structure::of(&message, limits)?, options, spool, false),
    }
}

/// Judges what was found; `spooled` tells that the content is in `spool` already.
fn judge<S: Spool>(
    structure: Structure<'_>,
    options: &VerifyOptions<'_>,
    mut spool: S,
    spooled: bool,
) -> Result<Held<VerifyReport, S>, VerifyError> {
    let Structure {
        shape,
        mut findings,
        header,
    } = structure;
    let mut report = VerifyReport::unsigned();
    match shape {
        Shape::Unsigned => findings.push(Finding::new(Code::Unsigned, "the message carries no signature")),
        Shape::Encrypted => {
            report.encrypted = true;
            report.verdict = Verdict::Indeterminate;
            findings.push(Finding::new(
                Code::Encrypted,
                "the message is encrypted: decrypt it, then verify the result",
            ));
        }
        Shape::Signed(parts) => {
            // Only where all of the message is signed does the signed part speak for the message (RFC 9788 4.1).
            let payload = match parts.as_slice() {
                [part]
                    if !findings
                        .iter()
                        .any(|finding| finding.code == Code::PartiallySigned) =>
                {
                    Payload::of(header.as_ref(), part.content.begin())
                }
                _ => None,
            };
            let senders = Senders::of(header.as_ref(), payload.as_ref(), &mut findings);
            for part in &parts {
                report.content_type = report.content_type.take().or_else(|| part.content.content_type());
                let judged = signer::judge_part(part, options, report.signers.len());
                findings.extend(judged.findings);
                report.signers.extend(judged.signers);
            }
            if !options.any_sender {
                report.from_matches = senders.compare(&mut report.signers, &mut findings);
            } else {
                senders.remarks_only(&mut findings);
            }
            report.protected_headers =
                payload.map(|payload| payload.compare(header.as_ref(), false, &mut findings));
            report.verdict = verdict(&report.signers, &findings);
            // Held gives it out only if the verdict is valid.
            if !spooled && let Some(content) = parts.first().and_then(|part| part.content.canonical()) {
                spool.write_all(content).map_err(VerifyError::Spool)?;
            }
            report.from = senders.shown();
        }
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.code));
    report.findings = findings;
    let valid = report.is_valid();
    if let Some(headers) = &mut report.protected_headers {
        headers.signed = valid;
    }
    Ok(Held::new(report, spool, valid))
}

impl VerifyError {
    fn from_stream(error: StreamError, limits: &Limits) -> Self {
        match error {
            StreamError::Cms(error) => Self::Cms(error),
            StreamError::Io(error) => Self::Io(error),
            StreamError::Mime(error) => Self::Mime(error),
            StreamError::TooLong => Self::TooLong {
                limit: limits.max_input,
            },
        }
    }
}

/// The verdict on the whole: every signer and every finding must be good.
fn verdict(signers: &[SignerReport], findings: &[Finding]) -> Verdict {
    let errors = || {
        findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    };
    if signers.is_empty() && !errors().any(|finding| finding.code == Code::MalformedSignature) {
        return Verdict::Unsigned;
    }
    if errors().any(|finding| !finding.code.is_indeterminate())
        || signers.iter().any(|signer| signer.verdict == Verdict::Invalid)
    {
        Verdict::Invalid
    } else if errors().next().is_some() || signers.iter().any(|signer| signer.verdict != Verdict::Valid) {
        Verdict::Indeterminate
    } else {
        Verdict::Valid
    }
}
