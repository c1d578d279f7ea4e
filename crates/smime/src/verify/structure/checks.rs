//! What a message says of its own parts, compared with what they are.

use const_oid::ObjectIdentifier;

use crate::cms::stream::Behind;
use crate::cms::{content_type_name, oids};
use crate::mime::{ContentType, Header, Message, TransferEncoding};
use crate::report::{Code, Finding, Severity, shorten};
use crate::source::file_names;

/// What stands behind a CMS structure, or behind the base64 that it is in.
pub(super) fn check_behind(behind: Behind, more_text: bool, findings: &mut Vec<Finding>) {
    match behind {
        Behind::ContentInfo => findings.push(
            Finding::new(
                Code::TrailingOctets,
                "one more CMS structure stands behind the first: programs differ in which one they read",
            )
            .with_severity(Severity::Error),
        ),
        Behind::Octets => findings.push(Finding::new(
            Code::TrailingOctets,
            "octets that belong to nothing stand behind the CMS structure; no signature covers them",
        )),
        Behind::Nothing if more_text => findings.push(Finding::new(
            Code::TrailingOctets,
            "text stands behind the base64 of the CMS structure, as mailing lists append it; no signature covers it",
        )),
        Behind::Nothing => {}
    }
}

/// RFC 2045 6.4: a multipart has no transfer encoding that changes its octets. Programs differ in whether they obey
/// one that is named: some would show other text than was signed.
pub(super) fn check_encoding(multipart: &Header, findings: &mut Vec<Finding>) {
    use TransferEncoding::{Binary, EightBit, SevenBit};
    let Some(field) = multipart.get("Content-Transfer-Encoding") else {
        return;
    };
    let value = field.value();
    if !matches!(value.parse(), Ok(SevenBit | EightBit | Binary)) {
        let named = shorten(&value);
        let message = format!(
            "the multipart/signed says that it is in {named}, which no multipart can be: programs differ in what they make of it"
        );
        findings.push(Finding::new(Code::IllegalEncoding, message));
    }
}

/// RFC 8551 3.2.2: smime-type says what is inside; programs in use leave it out, or copy it from somewhere.
pub(crate) fn check_smime_type(content_type: &ContentType, found: ObjectIdentifier) -> Option<Finding> {
    let named = content_type.parameter("smime-type")?;
    let fits = match named.to_ascii_lowercase().as_str() {
        "signed-data" | "certs-only" | "signed-receipt" => found == oids::SIGNED_DATA,
        "enveloped-data" => found == oids::ENVELOPED_DATA,
        "authenveloped-data" => found == oids::AUTH_ENVELOPED_DATA,
        "encrypted-data" => found == oids::ENCRYPTED_DATA,
        "digested-data" => found == oids::DIGESTED_DATA,
        "compressed-data" => found == oids::COMPRESSED_DATA,
        _ => false,
    };
    let message = || {
        format!(
            "smime-type says \"{}\", the message holds {}",
            shorten(named),
            content_type_name(found)
        )
    };
    (!fits).then(|| Finding::new(Code::SmimeTypeMismatch, message()))
}

pub(super) fn is_open_pgp(content_type: &ContentType) -> bool {
    crate::openpgp::is_open_pgp(content_type, &[])
}

/// What makes programs read one entity in different ways: fields twice, and lines that only some take for fields.
pub(super) fn check_header(entity: &Message<'_>, what: &str, findings: &mut Vec<Finding>) {
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
pub(super) fn check_boundary(content_type: &ContentType, findings: &mut Vec<Finding>) {
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
pub(super) fn check_protocol(
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
    let mut names = file_names(part, &content_type).peekable();
    names.peek().is_some() && names.all(|name| name.to_ascii_lowercase().ends_with(".p7s"))
}
