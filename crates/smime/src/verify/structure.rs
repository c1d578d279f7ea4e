//! What of a message is signed, and what is not (RFC 8551 3, RFC 1847 2.1).

use std::io::{self, Read};

use crate::Limits;
use crate::cms::ber::Value;
use crate::cms::signed::SignedData;
use crate::cms::stream::Behind;
use crate::mime::{ContentType, Header, Message};
use crate::report::{Code, Finding, shorten};
use crate::source::opens_with_content_info;
use crate::source::streamed::{CmsBody, Entity};
use crate::stream::{Peekable, StreamError};

use super::VerifyError;
use super::content::Content;

mod checks;
mod walk;

pub(crate) use checks::check_smime_type;
pub(super) use walk::{read, read_detached};

/// A message taken apart.
pub(super) struct Structure {
    pub(super) shape: Shape,
    pub(super) findings: Vec<Finding>,
    /// The header of the whole message; `None` where CMS stands alone.
    pub(super) header: Option<Header>,
}

pub(super) enum Shape {
    Unsigned,
    Encrypted,
    /// One part if all of the message is signed; more, or one nested deeper, come with `partially-signed`.
    Signed(Vec<SignedPart>),
}

/// One signature structure and what it covers.
pub(super) struct SignedPart {
    /// `None` if the signature cannot be read; a finding says why.
    pub(super) signed: Option<SignedData>,
    /// What the signature is about; `None` if it is not here.
    pub(super) content: Option<Content<'static>>,
    /// The micalg parameter, for clear-signed parts.
    pub(super) micalg: Option<String>,
    /// What is wrong with the part itself.
    pub(super) findings: Vec<Finding>,
}

/// What stands in a `multipart/signed` besides the content and its signature.
#[derive(Default)]
struct Around {
    /// The visible text before the first part, shortened.
    preamble: Option<String>,
    more_parts: usize,
    has_epilogue: bool,
    is_cut_off: bool,
}

impl SignedPart {
    /// A `multipart/signed` without two parts.
    fn incomplete(around: &Around) -> Self {
        let message = "a multipart/signed needs two parts, the content and its signature";
        let mut findings = vec![Finding::new(Code::MalformedSignature, message)];
        around.check(&mut findings);
        Self {
            signed: None,
            content: None,
            micalg: None,
            findings,
        }
    }

    /// The content of a `multipart/signed`, which is read already, and its signature.
    fn clear(
        header: &Header,
        content_type: &ContentType,
        signature: &[u8],
        around: &Around,
        limits: &Limits,
    ) -> Result<Self, VerifyError> {
        let mut findings = Vec::new();
        let signature_head = Message::parse(signature);
        let signature_type = signature_head.content_type();
        if checks::is_open_pgp(&signature_type) {
            return Err(VerifyError::OpenPgp);
        }
        checks::check_protocol(content_type, &signature_head, &signature_type, &mut findings);
        checks::check_boundary(content_type, &mut findings);
        checks::check_encoding(header, &mut findings);
        checks::check_header(&signature_head, "signature part", &mut findings);
        around.check(&mut findings);
        let signed = Entity::read(Peekable::new(signature))
            .and_then(Entity::into_cms)
            .map_err(|error| VerifyError::from_stream(error, limits))
            .and_then(|body| read_signature(body, limits, &mut findings))
            .inspect_err(|reason| {
                let reason = reason.to_string();
                let message = format!("the signature part cannot be read: {}", shorten(&reason));
                findings.push(Finding::new(Code::MalformedSignature, message));
            })
            .ok();
        if signed.as_ref().is_some_and(|signed| signed.content.is_some()) {
            findings.push(Finding::new(
                Code::ContentTwice,
                "the signature part holds content of its own beside the part that is shown",
            ));
        }
        Ok(Self {
            signed,
            content: None,
            micalg: Some(micalg(content_type)),
            findings,
        })
    }
}

/// Reads a signature that stands apart from its content.
fn read_signature(
    body: CmsBody<'_>,
    limits: &Limits,
    findings: &mut Vec<Finding>,
) -> Result<SignedData, VerifyError> {
    let mut octets = body.octets;
    let mut cms = Vec::new();
    if let Err(error) = octets.read_to_end(&mut cms) {
        let error = StreamError::from(error);
        // Text that a mailing list put behind the base64 need not be base64.
        let is_text = matches!(error, StreamError::Mime(_)) && Value::parse(&cms).is_ok();
        if !is_text {
            return Err(VerifyError::from_stream(error, limits));
        }
        body.more.set(true);
    }
    let length = Value::parse(&cms).map_or(cms.len(), |value| value.raw.len());
    let rest = cms.get(length..).unwrap_or_default();
    let behind = if opens_with_content_info(rest) {
        Behind::ContentInfo
    } else if rest
        .iter()
        .all(|octet| *octet == 0 || octet.is_ascii_whitespace())
    {
        Behind::Nothing
    } else {
        Behind::Octets
    };
    checks::check_behind(behind, body.more.get(), findings);
    Ok(SignedData::from_ber(&cms)?)
}

impl Around {
    fn check(&self, findings: &mut Vec<Finding>) {
        if self.more_parts > 0 {
            findings.push(Finding::new(
                Code::PartiallySigned,
                format!(
                    "{} more part(s) follow the signature and are not covered by it",
                    self.more_parts
                ),
            ));
        }
        if self.preamble.is_some() {
            // Its words are not told: the message may have come out of an encrypted one, and been changed on its way.
            findings.push(Finding::new(
                Code::TextOutsideParts,
                "there is text before the first part; it is not signed, and mail programs do not show it",
            ));
        }
        if self.has_epilogue {
            findings.push(Finding::new(
                Code::TextOutsideParts,
                "there is text after the last part; it is not signed, and mail programs do not show it",
            ));
        }
        if self.is_cut_off {
            findings.push(Finding::new(
                Code::CutOff,
                "the closing boundary is missing: the message may have been cut off behind the signature",
            ));
        }
    }
}

fn micalg(content_type: &ContentType) -> String {
    content_type
        .parameter("micalg")
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// Reads a preamble to its end; returns what a reader could see of it, unless it is one of the notices that mail
/// programs put there.
fn visible_preamble(mut preamble: impl Read) -> io::Result<Option<String>> {
    let mut begin = Vec::new();
    let mut buffer = vec![0; LONGEST_SHOWN];
    let mut is_long = false;
    loop {
        let length = crate::stream::read_full(&mut preamble, &mut buffer)?;
        let octets = buffer.get(..length).unwrap_or_default();
        if begin.trim_ascii().is_empty() {
            begin = octets.to_vec();
        } else {
            is_long |= !octets.trim_ascii().is_empty();
        }
        if length < buffer.len() {
            break;
        }
    }
    let text = String::from_utf8_lossy(begin.trim_ascii());
    let notice = text.trim_end_matches('.').to_ascii_lowercase();
    let is_notice = !is_long && NOTICES.contains(&notice.as_str());
    Ok((!text.is_empty() && !is_notice).then(|| shorten(&text)))
}

/// How much of a preamble is looked at closely.
const LONGEST_SHOWN: usize = 4 << 10;

/// What programs in use write before the first part, in lower case.
const NOTICES: [&str; 8] = [
    "this is a cryptographically signed message in mime format",
    "this is a message in mime format",
    "this is a mime-encapsulated message",
    "this is a mime-formatted message",
    "this is a multi-part message in mime format",
    "this is a multipart message in mime format",
    "this is an openpgp/mime signed message (rfc 4880 and 3156)",
    "this is an s/mime signed message",
];
