//! What an entity is, told by its first octets: the rest need not be at hand.

use std::io::{self, Read};

use const_oid::ObjectIdentifier;

use crate::cms::ber::{OBJECT_IDENTIFIER, SEQUENCE};
use crate::cms::oids;
use crate::cms::stream::enveloped::EnvelopeKind;
use crate::compose::is_content_field;
use crate::mime::{Field, Header, Message, decode_base64};
use crate::report::Finding;
use crate::verify::check_smime_type;
use crate::{openpgp, source};

/// How many octets of an entity are looked at: all of its header, and where its CMS begins.
pub(super) const HEAD: usize = 256 << 10;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Compressed,
    Encrypted,
    OpenPgp,
    Plain,
    Signed,
}

/// The beginning of an entity.
pub(super) struct Head<'a> {
    bytes: &'a [u8],
    message: Message<'a>,
}

impl<'a> Head<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            message: Message::parse(bytes),
        }
    }

    /// Tells what the entity is; where its CMS cannot be recognised, what its header says.
    pub(super) fn kind(&self) -> Kind {
        if let Some(content_type) = content_info(self.bytes) {
            return cms_kind(content_type);
        }
        let text = self.bytes.trim_ascii_start();
        if openpgp::is_armour(text) {
            return Kind::OpenPgp;
        }
        if text.starts_with(b"-----BEGIN ") {
            return pem_content_info(text).map_or(Kind::Plain, cms_kind);
        }
        if text.starts_with(b"MI")
            && let Some(content_type) = base64_content_info(text)
        {
            return cms_kind(content_type);
        }
        self.mime_kind()
    }

    /// The header, if the entity has one that ends within what is at hand.
    pub(super) fn header(&self) -> Option<&Header> {
        let is_entity = self.message.header_is_complete() && !self.message.header().fields().is_empty();
        is_entity.then(|| self.message.header())
    }

    /// What to put before the entity so that it reads as a message with the fields of `outer`, as a reader sees them.
    pub(super) fn below(&self, outer: &Header) -> Vec<u8> {
        if outer.fields().is_empty() {
            return Vec::new();
        }
        if content_info(self.bytes).is_some() {
            let mut bytes = outer.clone().canonical().to_bytes();
            bytes.extend_from_slice(
                b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n",
            );
            return bytes;
        }
        let Some(inner) = self.header() else {
            let is_cms = self.bytes.trim_ascii_start().starts_with(b"-----BEGIN ")
                || base64_content_info(self.bytes).is_some();
            if !is_cms {
                return Vec::new();
            }
            // On its own it would be verified without the From that a reader sees.
            let mut bytes = outer.clone().canonical().to_bytes();
            bytes.extend_from_slice(
                b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            );
            return bytes;
        };
        let (kept, _) = outer.clone().partition(|field| !stands_in(field, inner));
        kept.canonical().to_bytes()
    }

    /// Whether there is a header at all.
    pub(super) fn has_fields(&self) -> bool {
        !self.message.header().fields().is_empty()
    }

    /// Tells if smime-type names another kind of message than there is.
    pub(super) fn smime_type_mismatch(&self) -> Option<Finding> {
        let content_type = self.message.content_type();
        content_type.parameter("smime-type")?;
        check_smime_type(&content_type, self.body_content_info()?)
    }

    /// The From fields of `outer` that give way to the entity's own, which differs from them.
    pub(super) fn hidden_from(&self, outer: &Header) -> Option<Header> {
        let inner = self.header()?;
        let (hidden, _) = outer.clone().partition(|field| {
            let own = inner.get("From");
            field.is("From") && stands_in(field, inner) && own.is_some_and(|own| own.raw() != field.raw())
        });
        (!hidden.fields().is_empty()).then_some(hidden)
    }

    /// The contentType that the body opens with, if it looks like a ContentInfo.
    fn body_content_info(&self) -> Option<ObjectIdentifier> {
        let body = self.message.body();
        content_info(body)
            .or_else(|| base64_content_info(body))
            .or_else(|| pem_content_info(body))
            .or_else(|| content_info(&self.message.decoded_body().ok()?))
    }

    fn mime_kind(&self) -> Kind {
        let content_type = self.message.content_type();
        if openpgp::is_open_pgp(&content_type, self.message.body()) {
            return Kind::OpenPgp;
        }
        if content_type.is("multipart", "signed") {
            return Kind::Signed;
        }
        // The header alone tells whether the entity is taken for CMS.
        let header_length = self.bytes.len() - self.message.body().len();
        let header_only = Message::parse(self.bytes.get(..header_length).unwrap_or_default());
        if !matches!(source::pkcs7_mime(&header_only), Ok(Some(_))) {
            return Kind::Plain;
        }
        if let Some(found) = self.body_content_info() {
            return cms_kind(found);
        }
        // Whoever reads on will say what is wrong with it.
        match content_type
            .parameter("smime-type")
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("enveloped-data" | "authenveloped-data") => Kind::Encrypted,
            Some("compressed-data") => Kind::Compressed,
            _ => Kind::Signed,
        }
    }
}

/// Reads the beginning of `input`.
pub(super) fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// The header that a reader sees once the entity with `inner` is opened below `outer`.
pub(super) fn seen(outer: &Header, inner: &Header) -> Header {
    let (mut seen, _) = outer.clone().partition(|field| !is_content_field(field));
    for field in inner.fields() {
        if !is_content_field(field) && outer.get(field.name()).is_none() {
            seen.push(field.clone());
        }
    }
    seen
}

/// Whether `field` of the outer header gives way to the entity's own one.
///
/// What was protected weighs more than what stands outside. But a mail program may show the outer From: one that names
/// somebody else stays, so that whoever reads on finds two.
fn stands_in(field: &Field, inner: &Header) -> bool {
    if is_content_field(field) {
        return true;
    }
    let Some(own) = inner.get(field.name()) else {
        return false;
    };
    if !field.is("From") || own.raw() == field.raw() {
        return true;
    }
    let addresses = |field: &Field| {
        let mut one = Header::default();
        one.push(field.clone());
        one.addresses("From")
    };
    let (own, outer) = (addresses(own), addresses(field));
    !own.is_empty() && own == outer
}

fn cms_kind(content_type: ObjectIdentifier) -> Kind {
    match content_type {
        oids::COMPRESSED_DATA => Kind::Compressed,
        other if EnvelopeKind::of(other).is_some() => Kind::Encrypted,
        // What is no signature either, the verification refuses by name.
        _ => Kind::Signed,
    }
}

/// The contentType that the octets open with, if they look like a ContentInfo.
fn content_info(bytes: &[u8]) -> Option<ObjectIdentifier> {
    let (_, inside) = value(bytes, SEQUENCE)?;
    let (length, inside) = value(inside, OBJECT_IDENTIFIER)?;
    ObjectIdentifier::from_bytes(inside.get(..length)?).ok()
}

/// The announced length of the value that the octets open with (0 if indefinite), and what follows its head.
fn value(bytes: &[u8], tag: u8) -> Option<(usize, &[u8])> {
    let [found, first, rest @ ..] = bytes else {
        return None;
    };
    if *found != tag {
        return None;
    }
    if *first <= 0x80 {
        return Some((usize::from(first & 0x7F), rest));
    }
    let (length, inside) = rest.split_at_checked(usize::from(first & 0x7F))?;
    let length = length.iter().fold(0_usize, |length, octet| {
        length.wrapping_shl(8) | usize::from(*octet)
    });
    Some((length, inside))
}

/// As [`content_info`], for a PEM block after blanks.
fn pem_content_info(text: &[u8]) -> Option<ObjectIdentifier> {
    let text = text.trim_ascii_start();
    if !text.starts_with(b"-----BEGIN ") {
        return None;
    }
    let first_line = memchr::memchr(b'\n', text).unwrap_or(text.len());
    base64_content_info(text.get(first_line..).unwrap_or_default())
}

/// As [`content_info`], for octets in base64; PEM's header fields do not occur in CMS.
fn base64_content_info(text: &[u8]) -> Option<ObjectIdentifier> {
    let mut digits: Vec<u8> = text
        .iter()
        .take(SEVERAL_LINES)
        .filter(|octet| !octet.is_ascii_whitespace())
        .take_while(|octet| octet.is_ascii_alphanumeric() || b"+/".contains(octet))
        .copied()
        .collect();
    digits.truncate(digits.len() / 4 * 4);
    content_info(&decode_base64(&digits).ok()?)
}

/// A ContentInfo's type stands within its first 40 octets; blank lines may stand before.
const SEVERAL_LINES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mime::encode_base64;

    #[test]
    fn the_beginning_tells_the_kind() {
        let signed = include_bytes!("../../tests/data/signed-stream.der");
        let base64 = encode_base64(signed);
        let mut armoured = b"-----BEGIN CMS-----\n".to_vec();
        armoured.extend_from_slice(&base64);
        let mut mail = b"Subject: x\nContent-Type: application/octet-stream; name=smime.p7m\n\n".to_vec();
        mail.extend_from_slice(&base64);
        for whole in [&signed[..], &base64, &armoured, &mail] {
            assert_eq!(Head::of(whole).kind(), Kind::Signed);
            assert_eq!(Head::of(&whole[..whole.len().min(201)]).kind(), Kind::Signed);
        }
        for (text, kind) in [
            ("", Kind::Plain),
            ("Hello", Kind::Plain),
            ("MIGHT I ask\n", Kind::Plain),
            ("-----BEGIN PGP MESSAGE-----\n\nabc", Kind::OpenPgp),
            ("Content-Type: multipart/encrypted; boundary=b\n\n", Kind::OpenPgp),
            ("Content-Type: multipart/signed; boundary=b\n\n", Kind::Signed),
            (
                "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\n",
                Kind::Encrypted,
            ),
        ] {
            assert_eq!(Head::of(text.as_bytes()).kind(), kind, "{text:?}");
        }
    }

    #[test]
    fn the_outer_from_stays_if_it_names_somebody_else() {
        let outer = Header::split(b"From: A <a@b>\r\nSubject: out\r\nContent-Type: x/y\r\n\r\n").0;
        let below = |inner: &str| {
            let inner = format!("{inner}\r\n\r\ntext");
            String::from_utf8(Head::of(inner.as_bytes()).below(&outer)).unwrap()
        };
        assert_eq!(
            below("Content-Type: text/plain"),
            "From: A <a@b>\r\nSubject: out\r\n"
        );
        assert_eq!(below("From: a@b\r\nSubject: in"), "");
        assert_eq!(below("From: c@b\r\nSubject: in"), "From: A <a@b>\r\n");
    }
}
