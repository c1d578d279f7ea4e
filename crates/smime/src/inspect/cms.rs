//! CMS structures, as they stand.

use std::io::{self, Read};

use identity::{Certificate, CertificateList, ContentCipher};

use super::deflated::Deflated;
use super::tree::{Place, Walk};
use super::{
    CmsStructure, CompressedStructure, CrlStructure, EnvelopedStructure, SignedStructure, algorithm,
    recipient, signer,
};
use crate::cms::algorithm::Algorithm;
use crate::cms::ber::{INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, context, structure};
use crate::cms::oids;
use crate::cms::stream::BerStream;
use crate::cms::stream::enveloped::EnvelopeKind;
use crate::cms::stream::signed::SignedHead;
use crate::report::escape;
use crate::source::streamed::Octets;
use crate::stream::StreamError;

/// How many certificates and revocation lists of one message are shown.
pub(super) const MOST_CERTIFICATES: usize = 1000;
/// How many recipients of one structure are shown.
const MOST_RECIPIENTS: usize = 1000;
/// How many signers are shown: each is looked for among all certificates.
pub(super) const MOST_SIGNERS: usize = 20;

/// Reads a ContentInfo, and what holds it to its end.
pub(super) fn read(
    input: Octets<'_>,
    walk: &mut Walk<'_>,
    place: Place,
) -> Result<CmsStructure, StreamError> {
    let (mut stream, kind) = BerStream::content_info(input)?;
    match kind {
        oids::SIGNED_DATA => signed(stream, walk, place).map(CmsStructure::Signed),
        oids::COMPRESSED_DATA => {
            let shown = compressed(&mut stream, walk, place)?;
            stream.finish()?;
            Ok(CmsStructure::Compressed(shown))
        }
        other => {
            if let Some(kind) = EnvelopeKind::of(other) {
                let shown = enveloped(&mut stream, kind)?;
                stream.finish()?;
                return Ok(CmsStructure::Enveloped(shown));
            }
            stream.finish()?;
            Ok(CmsStructure::Other(algorithm::content_type(other)))
        }
    }
}

fn signed(
    mut stream: BerStream<Octets<'_>>,
    walk: &mut Walk<'_>,
    place: Place,
) -> Result<SignedStructure, StreamError> {
    let head = SignedHead::read(&mut stream)?;
    let mut content = None;
    if head.has_content {
        let mut octets = StringOctets(&mut stream);
        content = Some(Box::new(walk.content(&mut octets, place.content(true))?));
    }
    let (data, _) = head.finish(stream)?;
    let certificates: Vec<_> = data
        .certificates
        .iter()
        .take(walk.certificates_left)
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect();
    walk.certificates_left -= certificates.len();
    let crls: Vec<_> = data
        .crls
        .iter()
        .take(walk.certificates_left)
        .filter_map(|der| crl(der))
        .collect();
    walk.certificates_left -= crls.len();
    let signers = data.signer_infos.iter().take(MOST_SIGNERS);
    Ok(SignedStructure {
        version: data.version,
        content_type: algorithm::content_type(data.content_type),
        content,
        digests: data.digest_algorithms.iter().map(algorithm::digest).collect(),
        signers: signers
            .map(|info| signer::describe(info, &certificates))
            .collect(),
        more_signers: data.signer_infos.len().saturating_sub(MOST_SIGNERS),
        other_certificates: data.other_certificates + data.certificates.len() - certificates.len(),
        certificates,
        other_crls: data.crls.len() - crls.len(),
        crls,
    })
}

fn crl(der: &[u8]) -> Option<CrlStructure> {
    let list = CertificateList::from_der(der).ok()?;
    Some(CrlStructure {
        issuer: escape(&list.issuer().to_string()),
        this_update: list.this_update(),
        next_update: list.next_update(),
        entries: list.len(),
    })
}

fn enveloped(
    stream: &mut BerStream<Octets<'_>>,
    kind: EnvelopeKind,
) -> Result<EnvelopedStructure, StreamError> {
    let name = kind.name();
    stream.content(name)?;
    stream.expect(INTEGER, name)?;
    let mut recipients = Vec::new();
    if kind != EnvelopeKind::Encrypted {
        // originatorInfo
        stream.optional(context(0))?;
        let infos = stream.expect(SET, name)?;
        for info in infos.value()?.children().collect_all()? {
            recipients.extend(recipient::describe(&info)?);
        }
    }
    let more_recipients = recipients.len().saturating_sub(MOST_RECIPIENTS);
    recipients.truncate(MOST_RECIPIENTS);
    stream.expect_and_enter(SEQUENCE, name)?;
    let content_type = stream.expect(OBJECT_IDENTIFIER, name)?.value()?.oid()?;
    let algorithm = Algorithm::read(&stream.expect(SEQUENCE, name)?.value()?)?;
    if !stream.optional_string(context(0))? {
        return Err(structure(name, "the encrypted content is not inside").into());
    }
    let size = length(stream)?;
    let cipher = ContentCipher::from_oid(&algorithm.oid, algorithm.parameters.as_deref());
    Ok(EnvelopedStructure {
        authenticated: kind == EnvelopeKind::AuthEnveloped,
        shared_key: kind == EnvelopeKind::Encrypted,
        content_type: algorithm::content_type(content_type),
        cipher: cipher.map_or_else(|| algorithm.oid.to_string(), |cipher| cipher.to_string()),
        weak: cipher.is_some_and(ContentCipher::is_weak),
        size,
        recipients,
        more_recipients,
    })
}

fn compressed(
    stream: &mut BerStream<Octets<'_>>,
    walk: &mut Walk<'_>,
    place: Place,
) -> Result<CompressedStructure, StreamError> {
    const NAME: &str = "CompressedData";
    stream.content(NAME)?;
    stream.expect(INTEGER, NAME)?;
    let algorithm = Algorithm::read(&stream.expect(SEQUENCE, NAME)?.value()?)?.oid;
    stream.expect_and_enter(SEQUENCE, NAME)?;
    stream.expect(OBJECT_IDENTIFIER, NAME)?;
    stream.expect_and_enter(context(0), NAME)?;
    stream.expect_string(NAME)?;
    let mut content = None;
    if algorithm == algorithm::ZLIB {
        let mut octets = StringOctets(stream);
        let inflated = walk.inflated;
        let mut deflated = Deflated::new(&mut octets, walk.limits, inflated);
        content = Some(Box::new(walk.content(&mut deflated, place.content(false))?));
        walk.inflated += deflated.octets();
    }
    // What follows the end of the zlib stream says nothing.
    length(stream)?;
    Ok(CompressedStructure {
        algorithm: algorithm::compression(algorithm),
        content,
    })
}

/// Reads what is left of the string that was begun; returns how much it was.
fn length(stream: &mut BerStream<Octets<'_>>) -> Result<u64, StreamError> {
    let mut buffer = vec![0; 64 << 10];
    let mut length = 0;
    loop {
        match stream.read_octets(&mut buffer)? {
            0 => return Ok(length),
            read => length += read as u64,
        }
    }
}

/// The octets of the string that was begun.
struct StringOctets<'s, 'a>(&'s mut BerStream<Octets<'a>>);

impl Read for StringOctets<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read_octets(buffer)?)
    }
}
