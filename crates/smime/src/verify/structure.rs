//! What of a message is signed, and what is not (RFC 8551 3, RFC 1847 2.1).

use std::borrow::Cow;

use crate::Limits;
use crate::cms::signed::SignedData;
use crate::cms::{CmsError, oids};
use crate::mime::{ContentType, Header, Message, with_crlf};
use crate::report::{Code, Finding, Severity, shorten};
use crate::source::{self, Source};

use super::VerifyError;
use super::content::Content;

pub(super) mod streamed;

/// How many signed parts are judged at most.
const MOST_SIGNED_PARTS: usize = 16;

/// A message taken apart.
pub(super) struct Structure<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) findings: Vec<Finding>,
    /// The header of the whole message; `None` where CMS stands alone.
    pub(super) header: Option<Header>,
}

pub(super) enum Shape<'a> {
    Unsigned,
    Encrypted,
    /// One part if all of the message is signed; more, or one nested deeper, come with `partially-signed`.
    Signed(Vec<SignedPart<'a>>),
}

/// One signature structure and what it covers.
pub(super) struct SignedPart<'a> {
    /// `None` if the signature cannot be read; a finding says why.
    pub(super) signed: Option<SignedData>,
    /// What the signature is about.
    pub(super) content: Content<'a>,
    /// The micalg parameter, for clear-signed parts.
    pub(super) micalg: Option<String>,
    /// What is wrong with the part itself.
    pub(super) findings: Vec<Finding>,
}

/// What one entity is, looked at from outside.
enum Kind<'a> {
    Signed(Box<SignedPart<'a>>),
    Encrypted,
    Plain,
}

impl<'a> Structure<'a> {
    pub(super) fn of(bytes: &'a [u8], limits: &Limits) -> Result<Self, VerifyError> {
        match Source::detect(bytes) {
            Source::Cms(cms) => {
                let shape = match opaque(&cms)? {
                    Kind::Signed(part) => Shape::Signed(vec![*part]),
                    Kind::Encrypted => Shape::Encrypted,
                    Kind::Plain => Shape::Unsigned,
                };
                Ok(Self {
                    shape,
                    findings: Vec::new(),
                    header: None,
                })
            }
            Source::Mime(message) => Self::of_message(&message, limits),
        }
    }

    fn of_message(message: &Message<'a>, limits: &Limits) -> Result<Self, VerifyError> {
        let mut findings = Vec::new();
        check_header(message, "message", &mut findings);
        let shape = match kind(message, limits)? {
            Kind::Signed(part) => Shape::Signed(vec![*part]),
            Kind::Encrypted => Shape::Encrypted,
            Kind::Plain => {
                let mut inner = Inner {
                    limits,
                    signed: Vec::new(),
                    encrypted: false,
                    findings: &mut findings,
                };
                inner.search(message, 0);
                let (parts, encrypted) = (inner.signed, inner.encrypted);
                if encrypted {
                    findings.push(Finding::new(
                        Code::Encrypted,
                        "a part of the message is encrypted",
                    ));
                }
                if parts.is_empty() {
                    Shape::Unsigned
                } else {
                    findings.push(Finding::new(
                        Code::PartiallySigned,
                        "only a part inside the message is signed: what stands around it may come from anybody",
                    ));
                    Shape::Signed(parts)
                }
            }
        };
        Ok(Self {
            shape,
            findings,
            header: Some(message.header().clone()),
        })
    }
}

/// The search for signed parts below an entity that is not signed itself.
struct Inner<'a, 'f> {
    limits: &'f Limits,
    signed: Vec<SignedPart<'a>>,
    encrypted: bool,
    findings: &'f mut Vec<Finding>,
}

impl<'a> Inner<'a, '_> {
    fn search(&mut self, entity: &Message<'a>, depth: usize) {
        if depth >= self.limits.max_depth || self.signed.len() >= MOST_SIGNED_PARTS {
            self.findings.push(Finding::new(
                Code::TooComplex,
                "the message nests too deeply, or has too many signed parts, to look at all of it",
            ));
            return;
        }
        if entity.content_type().is("message", "rfc822") {
            return self.look(&Message::parse(entity.body()), depth);
        }
        if let Ok(Some(multipart)) = entity.multipart(self.limits) {
            for part in multipart.parts() {
                self.look(part, depth);
            }
        }
    }

    fn look(&mut self, part: &Message<'a>, depth: usize) {
        match kind(part, self.limits) {
            Ok(Kind::Signed(part)) => self.signed.push(*part),
            Ok(Kind::Encrypted) => self.encrypted = true,
            Ok(Kind::Plain) => self.search(part, depth + 1),
            Err(error) => self.findings.push(
                Finding::new(
                    Code::MalformedSignature,
                    format!("a part cannot be judged: {error}"),
                )
                .with_severity(Severity::Warning),
            ),
        }
    }
}

/// Tells what an entity is, without looking into plain multiparts.
fn kind<'a>(entity: &Message<'a>, limits: &Limits) -> Result<Kind<'a>, VerifyError> {
    let content_type = entity.content_type();
    if is_open_pgp(&content_type) {
        return Err(VerifyError::OpenPgp);
    }
    if content_type.is("multipart", "signed") {
        return clear_signed(entity, &content_type, limits);
    }
    match source::pkcs7_mime(entity)? {
        Some(cms) => opaque(&cms),
        None => Ok(Kind::Plain),
    }
}

fn is_open_pgp(content_type: &ContentType) -> bool {
    crate::openpgp::is_open_pgp(content_type, &[])
}

/// An opaque structure: its content type says what it is.
fn opaque<'a>(cms: &[u8]) -> Result<Kind<'a>, VerifyError> {
    let mut signed = match SignedData::from_ber(cms) {
        Ok(signed) => signed,
        Err(CmsError::ContentType { found, .. })
            if [oids::ENVELOPED_DATA, oids::AUTH_ENVELOPED_DATA].contains(&found) =>
        {
            return Ok(Kind::Encrypted);
        }
        Err(CmsError::ContentType { found, .. }) => {
            return Err(VerifyError::UnsupportedContentType { content_type: found });
        }
        Err(error) => return Err(error.into()),
    };
    let mut findings = Vec::new();
    let content = signed.content.take().unwrap_or_else(|| {
        check_content_absent(&signed, &mut findings);
        Vec::new()
    });
    Ok(Kind::Signed(Box::new(SignedPart {
        signed: Some(signed),
        content: Content::whole(Cow::Owned(content), None),
        micalg: None,
        findings,
    })))
}

/// `multipart/signed`: the first part is what was signed, the second the signature, and there is nothing else.
fn clear_signed<'a>(
    entity: &Message<'a>,
    content_type: &ContentType,
    limits: &Limits,
) -> Result<Kind<'a>, VerifyError> {
    let Some(multipart) = entity.multipart(limits)? else {
        return Ok(Kind::Plain);
    };
    let [content, signature, rest @ ..] = multipart.parts() else {
        return Ok(Kind::Signed(Box::new(SignedPart::incomplete())));
    };
    let has_epilogue = multipart
        .epilogue()
        .iter()
        .any(|octet| !octet.is_ascii_whitespace());
    let received = content.raw();
    let canonical = with_crlf(received);
    let differs = matches!(canonical, Cow::Owned(_)).then_some(received);
    let content = Content::whole(canonical, differs);
    let around = Around {
        more_parts: rest.len(),
        has_epilogue,
    };
    SignedPart::clear(content_type, content, signature, &around).map(|part| Kind::Signed(Box::new(part)))
}

/// What stands in a `multipart/signed` besides the content and its signature.
struct Around {
    more_parts: usize,
    has_epilogue: bool,
}

impl<'a> SignedPart<'a> {
    /// A `multipart/signed` without two parts.
    fn incomplete() -> Self {
        let message = "a multipart/signed needs two parts, the content and its signature";
        Self {
            signed: None,
            content: Content::whole(Cow::Borrowed(&[]), None),
            micalg: None,
            findings: vec![Finding::new(Code::MalformedSignature, message)],
        }
    }

    /// The content of a `multipart/signed` and its signature.
    fn clear(
        content_type: &ContentType,
        content: Content<'a>,
        signature: &Message<'_>,
        around: &Around,
    ) -> Result<Self, VerifyError> {
        let mut findings = Vec::new();
        let signature_type = signature.content_type();
        if is_open_pgp(&signature_type) {
            return Err(VerifyError::OpenPgp);
        }
        check_protocol(content_type, signature, &signature_type, &mut findings);
        check_boundary(content_type, &mut findings);
        check_header(signature, "signature part", &mut findings);
        if around.more_parts > 0 {
            findings.push(Finding::new(
                Code::PartiallySigned,
                format!(
                    "{} more part(s) follow the signature and are not covered by it",
                    around.more_parts
                ),
            ));
        }
        if around.has_epilogue {
            findings.push(Finding::new(
                Code::TextOutsideParts,
                "there is text after the last part; it is not signed, and mail programs do not show it",
            ));
        }
        let signed = signature
            .decoded_body()
            .map_err(|error| error.to_string())
            .and_then(|body| SignedData::from_ber(&body).map_err(|error| error.to_string()));
        let signed = signed
            .inspect_err(|reason| {
                let message = format!("the signature part cannot be read: {}", shorten(reason));
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
            content,
            micalg: Some(micalg(content_type)),
            findings,
        })
    }
}

fn micalg(content_type: &ContentType) -> String {
    content_type
        .parameter("micalg")
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// An opaque structure with signers and nothing that they signed.
fn check_content_absent(signed: &SignedData, findings: &mut Vec<Finding>) {
    if !signed.signer_infos.is_empty() {
        findings.push(Finding::new(
            Code::ContentAbsent,
            "the signature stands alone: the content that it was made for is not here",
        ));
    }
}

/// What makes programs read one entity in different ways: fields twice, and lines that only some take for fields.
fn check_header(entity: &Message<'_>, what: &str, findings: &mut Vec<Finding>) {
    for name in ["Content-Type", "Content-Transfer-Encoding"] {
        if entity.header().all(name).count() > 1 {
            let message =
                format!("the {what} has several {name} fields: programs differ in which one they follow");
            findings.push(Finding::new(Code::DuplicateHeader, message));
        }
    }
    let fields = entity.header().fields();
    if !fields.is_empty() && !entity.header_is_complete() && !entity.body().is_empty() {
        let message = format!(
            "the header of the {what} is ended by a line that is no field: some programs skip it and read on"
        );
        findings.push(Finding::new(Code::MalformedHeader, message));
    }
    if fields.iter().any(|field| is_ambiguous(field.raw())) {
        let message =
            format!("the header of the {what} holds a NUL or a bare CR, which some take for a line end");
        findings.push(Finding::new(Code::MalformedHeader, message));
    }
}

fn is_ambiguous(field: &[u8]) -> bool {
    let bare_cr = |at: usize| field.get(at + 1) != Some(&b'\n');
    memchr::memchr(0, field).is_some() || memchr::memchr_iter(b'\r', field).any(bare_cr)
}

/// A boundary given twice, or in pieces (RFC 2231), divides the message differently from program to program.
fn check_boundary(content_type: &ContentType, findings: &mut Vec<Finding>) {
    let in_pieces = content_type
        .parameters()
        .iter()
        .any(|one| one.name.starts_with("boundary*"));
    if in_pieces || content_type.repeats("boundary") {
        findings.push(Finding::new(
            Code::DuplicateHeader,
            "the Content-Type names its boundary more than once: programs differ in which one they follow",
        ));
    }
}

/// RFC 1847 2.1: protocol and the signature part's type are the same; the older `x-` forms count as equal.
///
/// Both must be those of S/MIME: mail programs show a part that says it is text, and no signature covers that part.
fn check_protocol(
    content_type: &ContentType,
    signature: &Message<'_>,
    signature_type: &ContentType,
    findings: &mut Vec<Finding>,
) {
    // A part known by its file name only is common; one that claims to be something else is a trick.
    let unspecific = signature_type.is("application", "octet-stream") && is_named_as_signature(signature);
    if !signature_type.is_pkcs7_signature() && !unspecific {
        let message = format!(
            "the part in the signature's place is {}: mail programs may show it, and nothing covers it",
            shorten(&signature_type.to_string())
        );
        findings.push(Finding::new(Code::ProtocolMismatch, message).with_severity(Severity::Error));
    }
    let Some(protocol) = content_type.parameter("protocol") else {
        findings.push(Finding::new(
            Code::ProtocolMismatch,
            "multipart/signed names no protocol",
        ));
        return;
    };
    if !ContentType::parse(protocol).is_some_and(|named| named.is_pkcs7_signature()) {
        let message = format!("the protocol of multipart/signed is {}", shorten(protocol));
        findings.push(Finding::new(Code::ProtocolMismatch, message));
    }
}

/// Tells whether every file name that the part bears is that of a signature.
fn is_named_as_signature(part: &Message<'_>) -> bool {
    let content_type = part.content_type();
    let disposition = part.header().get("Content-Disposition");
    // A disposition has the same grammar as a media type but for its first word (RFC 2183 2).
    let disposition = disposition.and_then(|field| ContentType::parse(&format!("x/{}", field.value())));
    let names = [
        content_type.parameter("name"),
        disposition.as_ref().and_then(|one| one.parameter("filename")),
    ];
    let mut names = names.into_iter().flatten().peekable();
    names.peek().is_some() && names.all(|name| name.to_ascii_lowercase().ends_with(".p7s"))
}
