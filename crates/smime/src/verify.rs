//! Verifying: who signed, may they, is it unchanged, and does it cover all that a reader sees.
//!
//! [`verify`] answers each question apart and never mistakes one for another: the report lists every finding with a
//! stable code, a status for each signer, and one verdict. The signed content is given out only if that is `valid`.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList};

use crate::cms::{CmsError, content_type_name, oids};
use crate::mime::{Header, MimeError};
use crate::path::{self, OcspAnswer, Revocation, StatusSource};
use crate::protected::Payload;
use crate::report::{
    Answers, Asked, Code, Finding, PartReport, Severity, SignerReport, Verdict, VerifyReport,
};
use crate::stream::StreamError;
use crate::{Held, Limits, Spool};

mod answer;
mod content;
mod countersignature;
mod integrity;
mod sender;
mod signer;
mod structure;

use content::Content;
use sender::Senders;
pub(crate) use structure::check_smime_type;
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
    /// The input is neither a message nor CMS: it has no header field at all.
    #[error("this is no message: {}", if *empty { "it is empty" } else { "it begins with neither a header field nor a CMS structure" })]
    NotAMessage {
        /// Whether there was nothing at all.
        empty: bool,
    },
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
    /// A kind of CMS message that has no signature.
    #[error("the message is {}, which has no signature", content_type_name(*content_type))]
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
    let mut input = Counted { input, octets: 0 };
    let structure = structure::read(&mut input, &options.limits, &mut spool)?;
    let has_no_field = structure
        .header
        .as_ref()
        .is_some_and(|header| header.fields().is_empty());
    if has_no_field && matches!(structure.shape, Shape::Unsigned) {
        return Err(VerifyError::NotAMessage {
            empty: input.octets == 0,
        });
    }
    Ok(judge(structure, options, spool))
}

/// Verifies a signature that stands alone (in DER, BER, PEM or base64, or as an `application/pkcs7-signature` entity)
/// over `content`, which waits in `spool` as it was received.
///
/// There is no sender: who signed is in the report, and the From question is not asked.
///
/// # Errors
/// As [`verify`].
pub fn verify_detached<S: Spool>(
    signature: impl Read,
    content: impl Read,
    options: &VerifyOptions<'_>,
    mut spool: S,
) -> Result<Held<VerifyReport, S>, VerifyError> {
    let structure = structure::read_detached(signature, content, &options.limits, &mut spool)?;
    let options = VerifyOptions {
        any_sender: true,
        ..options.clone()
    };
    Ok(judge(structure, &options, spool))
}

/// As [`verify`], of an entity below others, which may be text without any header.
pub(crate) fn verify_layer<S: Spool>(
    input: impl Read,
    options: &VerifyOptions<'_>,
    mut spool: S,
) -> Result<Held<VerifyReport, S>, VerifyError> {
    let structure = structure::read(input, &options.limits, &mut spool)?;
    Ok(judge(structure, options, spool))
}

/// What is remarkable about the names that a header gives its sender.
pub(crate) fn sender_remarks(header: &Header) -> Vec<Finding> {
    let mut findings = Vec::new();
    Senders::of(Some(header), None, &mut findings);
    findings.retain(|finding| [Code::FromNameIsAddress, Code::SuspiciousCharacters].contains(&finding.code));
    findings
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    octets: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.octets += read as u64;
        Ok(read)
    }
}

/// Judges what was found; the content is in `spool` already.
fn judge<S: Spool>(structure: Structure, options: &VerifyOptions<'_>, spool: S) -> Held<VerifyReport, S> {
    let Structure {
        shape,
        mut findings,
        header,
    } = structure;
    let mut report = VerifyReport::unsigned();
    match shape {
        Shape::Unsigned => {
            if findings
                .iter()
                .any(|finding| finding.code == Code::AlteredContent)
            {
                report.verdict = Verdict::Invalid;
            }
            findings.push(Finding::new(Code::Unsigned, "the message carries no signature"));
        }
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
                    let content = part.content.as_ref().map(Content::begin);
                    Payload::of(header.as_ref(), content.unwrap_or_default())
                }
                _ => None,
            };
            let senders = Senders::of(header.as_ref(), payload.as_ref(), &mut findings);
            // Findings that say which part they are about; all others are about the message.
            let mut in_parts: Vec<Vec<Finding>> = Vec::new();
            for part in &parts {
                let content_type = part.content.as_ref().and_then(Content::content_type);
                report.content_type = report.content_type.take().or_else(|| content_type.clone());
                let first = report.signers.len();
                let judged = signer::judge_part(part, options, first);
                report.parts.push(PartReport {
                    verdict: verdict(&judged.signers, &judged.findings),
                    content_type,
                    signers: (first..first + judged.signers.len()).collect(),
                    layer: None,
                });
                in_parts.push(judged.findings);
                report.signers.extend(judged.signers);
            }
            if !options.any_sender {
                report.from_matches = senders.compare(&mut report.signers, &mut findings);
            } else {
                senders.remarks_only(&mut findings);
            }
            report.protected_headers =
                payload.map(|payload| payload.compare(header.as_ref(), false, &mut findings));
            answer(&mut report, &in_parts, &findings, options);
            findings.extend(in_parts.into_iter().flatten());
            report.verdict = verdict(&report.signers, &findings);
            report.from = senders.shown();
        }
    }
    findings.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.code));
    report.findings = findings;
    let valid = report.is_valid();
    if let Some(headers) = &mut report.protected_headers {
        headers.signed = valid;
    }
    Held::new(report, spool, valid)
}

impl VerifyError {
    /// Tells whether the message is compressed (RFC 3274): [`open`](crate::open()) looks inside.
    pub fn is_compressed(&self) -> bool {
        matches!(self, Self::UnsupportedContentType { content_type } if *content_type == oids::COMPRESSED_DATA)
    }

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

/// Answers the questions for every signer: from what was found about him, about his part, and about the message.
fn answer(
    report: &mut VerifyReport,
    in_parts: &[Vec<Finding>],
    in_message: &[Finding],
    options: &VerifyOptions<'_>,
) {
    for (part, in_part) in report.parts.iter().zip(in_parts) {
        for &index in &part.signers {
            let Some(signer) = report.signers.get_mut(index) else {
                continue;
            };
            let about: Vec<&Finding> = in_part
                .iter()
                .chain(in_message)
                .filter(|finding| finding.signer.is_none_or(|about| about == index))
                .collect();
            let asked = Asked {
                certificate: signer.certificate.is_some(),
                sender: !options.any_sender,
                revocation: signer.answers.revocation.standing,
            };
            signer.answers = Answers::of(&about, asked);
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
