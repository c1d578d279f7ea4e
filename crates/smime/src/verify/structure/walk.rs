//! A message taken in as it is read: nothing of it is held but headers and signatures.

use std::io::{self, Read};

use identity::{DigestAlgorithm, SignatureScheme};

use super::{Around, Shape, SignedPart, Structure, checks, micalg, read_signature, visible_preamble};
use crate::cms::signed::SignedData;
use crate::cms::stream::enveloped::EnvelopeKind;
use crate::cms::stream::signed::SignedHead;
use crate::cms::stream::{Behind, BerStream};
use crate::cms::{CmsError, oids};
use crate::mime::{ContentType, MimeError, PartsReader, boundary};
use crate::report::{Code, Finding, Severity};
use crate::source::streamed::{CmsBody, Entity, Octets, Streamed};
use crate::spool::Discard;
use crate::stream::{Limited, Peekable, StreamError, drain, read_full};
use crate::verify::VerifyError;
use crate::verify::content::{Content, Intake, Keep, direct_scheme};
use crate::verify::signer::MOST_SIGNERS;
use crate::{Limits, Spool};

mod digested;

/// Reads the input to its end; the signed content, if all of the message is signed, is then in `spool`.
pub(in crate::verify) fn read(
    input: impl Read,
    limits: &Limits,
    spool: &mut impl Spool,
) -> Result<Structure, VerifyError> {
    let mut taker = Taker {
        // Nothing is written yet: this only tells whether reading again is possible.
        rereadable: spool.reread(&mut |_| Ok(())).map_err(VerifyError::Spool)?,
        limits,
        spool,
    };
    match Streamed::detect(input, limits).map_err(|error| taker.failed(error))? {
        Streamed::Cms(cms) => {
            let mut findings = Vec::new();
            let shape = match taker.opaque(cms, None)? {
                Kind::Signed(part) => Shape::Signed(vec![*part]),
                Kind::Digested(found) => {
                    findings = found;
                    Shape::Unsigned
                }
                _ => Shape::Encrypted,
            };
            Ok(Structure {
                shape,
                findings,
                header: None,
            })
        }
        Streamed::Mime(entity) => taker.message(entity),
    }
}

/// Reads a signature that stands alone, and the content that it was made for; the content is then in `spool`.
pub(in crate::verify) fn read_detached(
    signature: impl Read,
    content: impl Read,
    limits: &Limits,
    spool: &mut impl Spool,
) -> Result<Structure, VerifyError> {
    let failed = |error| VerifyError::from_stream(error, limits);
    let within = limits.with_max_input(limits.max_input.min(LONGEST_SIGNATURE));
    let body = match Streamed::detect(signature, &within).map_err(failed)? {
        Streamed::Cms(octets) => CmsBody::new(octets),
        Streamed::Mime(entity) if entity.is_pkcs7_signature() || entity.is_pkcs7_mime() => {
            entity.into_cms().map_err(failed)?
        }
        Streamed::Mime(_) => {
            return Err(CmsError::Structure {
                structure: "signature",
                reason: "it is neither DER, BER, PEM nor base64",
            }
            .into());
        }
    };
    let mut findings = Vec::new();
    let signed = read_signature(body, &within, &mut findings)?;
    if signed.content.is_some() {
        findings.push(Finding::new(
            Code::ContentTwice,
            "the signature holds content of its own beside the file",
        ));
    }
    let mut algorithms = Vec::new();
    for info in signed.signer_infos.iter().take(MOST_SIGNERS) {
        let within = direct_scheme(info).filter(|scheme| *scheme != SignatureScheme::Ed25519);
        let within = within.map(|scheme| scheme.digest());
        for one in DigestAlgorithm::from_oid(&info.digest_algorithm)
            .into_iter()
            .chain(within)
        {
            if !algorithms.contains(&one) {
                algorithms.push(one);
            }
        }
    }
    let intake = Intake {
        algorithms,
        canonical: true,
        keep: Keep::Received,
    };
    let mut input = Limited::new(content, limits.max_input);
    let fill = |buffer: &mut [u8]| read_full(&mut input, buffer).map_err(|error| failed(error.into()));
    let mut content = intake.read(fill, spool, VerifyError::Spool)?;
    let signers = signed.signer_infos.iter().take(MOST_SIGNERS);
    content.complete(signers, spool).map_err(VerifyError::Spool)?;
    Ok(Structure {
        shape: Shape::Signed(vec![SignedPart {
            signed: Some(signed),
            content: Some(content),
            micalg: None,
            findings,
        }]),
        findings: Vec::new(),
        header: None,
    })
}

/// What one entity is, looked at from outside.
enum Kind<'e> {
    Signed(Box<SignedPart>),
    /// With what is to be said of it.
    Digested(Vec<Finding>),
    /// With what the message says wrongly of it, if it does.
    Encrypted(Option<Finding>),
    /// Nothing of its body was read.
    Plain(Entity<'e>),
}

struct Taker<'s, S> {
    limits: &'s Limits,
    spool: &'s mut S,
    rereadable: bool,
}

impl<S: Spool> Taker<'_, S> {
    fn failed(&self, error: impl Into<StreamError>) -> VerifyError {
        VerifyError::from_stream(error.into(), self.limits)
    }

    fn message(&mut self, entity: Entity<'_>) -> Result<Structure, VerifyError> {
        let mut findings = Vec::new();
        checks::check_header(&entity.begin(), "message", &mut findings);
        let header = Some(entity.begin().header().clone());
        let kind = if entity.is_pkcs7_signature() {
            // A signature without what it was made for.
            let content_type = entity.content_type();
            self.cms(entity, &content_type)?
        } else {
            self.kind(entity)?
        };
        let shape = match kind {
            Kind::Signed(part) => Shape::Signed(vec![*part]),
            Kind::Digested(found) => {
                findings.extend(found);
                Shape::Unsigned
            }
            Kind::Encrypted(remark) => {
                findings.extend(remark);
                Shape::Encrypted
            }
            Kind::Plain(entity) => self.search(entity, &mut findings)?,
        };
        Ok(Structure {
            shape,
            findings,
            header,
        })
    }

    /// Looks for signed parts below an entity that is not signed itself.
    fn search(&mut self, entity: Entity<'_>, findings: &mut Vec<Finding>) -> Result<Shape, VerifyError> {
        let mut search = Search {
            limits: self.limits,
            entities: 0,
            unreadable: 0,
            signed: Vec::new(),
            encrypted: false,
            findings,
        };
        search.below(entity, 0)?;
        let (parts, encrypted) = (search.signed, search.encrypted);
        if encrypted {
            findings.push(Finding::new(
                Code::Encrypted,
                "a part of the message is encrypted",
            ));
        }
        if parts.is_empty() {
            return Ok(Shape::Unsigned);
        }
        findings.push(Finding::new(
            Code::PartiallySigned,
            "only a part inside the message is signed: what stands around it may come from anybody",
        ));
        Ok(Shape::Signed(parts))
    }

    /// Tells what an entity is, without looking into plain multiparts; reads it to its end if it is not plain.
    fn kind<'e>(&mut self, entity: Entity<'e>) -> Result<Kind<'e>, VerifyError> {
        let content_type = entity.content_type();
        if crate::openpgp::is_open_pgp(&content_type, entity.begin().body()) {
            return Err(VerifyError::OpenPgp);
        }
        if content_type.is("multipart", "signed") {
            return self.clear(entity).map(|part| Kind::Signed(Box::new(part)));
        }
        if !entity.is_pkcs7_mime() {
            return Ok(Kind::Plain(entity));
        }
        self.cms(entity, &content_type)
    }

    /// Takes in an entity whose body is CMS.
    fn cms<'e>(&mut self, entity: Entity<'_>, content_type: &ContentType) -> Result<Kind<'e>, VerifyError> {
        let CmsBody { octets, more } = entity.into_cms().map_err(|error| self.failed(error))?;
        let mut kind = self.opaque(octets, Some(content_type))?;
        if let Kind::Signed(part) = &mut kind
            && part
                .findings
                .iter()
                .all(|finding| finding.code != Code::TrailingOctets)
        {
            checks::check_behind(Behind::Nothing, more.get(), &mut part.findings);
        }
        Ok(kind)
    }

    /// Takes in an opaque structure, in an entity of that type if it stands in one.
    fn opaque<'e>(
        &mut self,
        cms: Octets<'_>,
        content_type: Option<&ContentType>,
    ) -> Result<Kind<'e>, VerifyError> {
        let (mut stream, found) = BerStream::content_info(cms).map_err(|error| self.failed(error))?;
        let remark = content_type.and_then(|content_type| checks::check_smime_type(content_type, found));
        match found {
            oids::SIGNED_DATA => {}
            oids::DIGESTED_DATA => return self.digested(stream, remark),
            found if EnvelopeKind::of(found).is_some() => return Ok(Kind::Encrypted(remark)),
            content_type => return Err(VerifyError::UnsupportedContentType { content_type }),
        }
        let head = SignedHead::read(&mut stream).map_err(|error| self.failed(error))?;
        let mut content = None;
        if head.has_content {
            let mut algorithms = Vec::new();
            for oid in &head.digest_algorithms {
                algorithms.extend(DigestAlgorithm::from_oid(oid).filter(|one| !algorithms.contains(one)));
            }
            let intake = self.intake(algorithms, false);
            let limits = self.limits;
            let fill = |buffer: &mut [u8]| {
                let read = stream.read_octets(buffer);
                read.map_err(|error| VerifyError::from_stream(error, limits))
            };
            content = Some(intake.read(fill, self.spool, VerifyError::Spool)?);
        }
        let (signed, behind) = head.finish(stream).map_err(|error| self.failed(error))?;
        let mut findings = Vec::from_iter(remark);
        checks::check_behind(behind, false, &mut findings);
        if let Some(content) = &mut content {
            self.complete(content, &signed)?;
        }
        Ok(Kind::Signed(Box::new(SignedPart {
            signed: Some(signed),
            content,
            micalg: None,
            findings,
        })))
    }

    /// Takes in a `multipart/signed`: the first part is what was signed, the second the signature.
    fn clear(&mut self, entity: Entity<'_>) -> Result<SignedPart, VerifyError> {
        let content_type = entity.content_type();
        let header = entity.begin().header().clone();
        let mut parts = PartsReader::new(entity.into_body(), &content_type)?;
        let limits = self.limits;
        let failed = |error: io::Error| VerifyError::from_stream(error.into(), limits);
        let mut around = Around {
            preamble: visible_preamble(&mut parts).map_err(failed)?,
            ..Around::default()
        };
        if !parts.next_part().map_err(failed)? {
            if parts.is_cut_off() {
                let boundary = parts.boundary().to_owned();
                return Err(MimeError::BoundaryMissing { boundary }.into());
            }
            return Ok(SignedPart::incomplete(&around));
        }
        let intake = self.intake(announced(&micalg(&content_type)), true);
        let fill = |buffer: &mut [u8]| read_full(&mut parts, buffer).map_err(failed);
        let mut content = intake.read(fill, self.spool, VerifyError::Spool)?;
        if !parts.next_part().map_err(failed)? {
            around.is_cut_off = parts.is_cut_off();
            return Ok(SignedPart::incomplete(&around));
        }
        let mut signature = Vec::new();
        (&mut parts)
            .take(LONGEST_SIGNATURE + 1)
            .read_to_end(&mut signature)
            .map_err(failed)?;
        if signature.len() as u64 > LONGEST_SIGNATURE {
            return Err(CmsError::Structure {
                structure: "signature part",
                reason: "it is longer than a signature ever is",
            }
            .into());
        }
        while parts.next_part().map_err(failed)? {
            around.more_parts += 1;
            if around.more_parts + 2 > limits.max_parts {
                return Err(MimeError::TooMany {
                    what: "parts",
                    limit: limits.max_parts,
                }
                .into());
            }
        }
        around.is_cut_off = parts.is_cut_off();
        around.has_epilogue = parts.has_epilogue().map_err(failed)?;
        let mut part = SignedPart::clear(&header, &content_type, &signature, &around, limits)?;
        if let Some(signed) = &part.signed {
            self.complete(&mut content, signed)?;
        }
        part.content = Some(content);
        Ok(part)
    }

    fn intake(&self, mut algorithms: Vec<DigestAlgorithm>, canonical: bool) -> Intake {
        if !self.rereadable {
            // There will be no second chance: what is announced may be wrong.
            for likely in LIKELY {
                if !algorithms.contains(&likely) {
                    algorithms.push(likely);
                }
            }
        }
        Intake {
            algorithms,
            canonical,
            keep: Keep::Canonical,
        }
    }

    fn complete(&mut self, content: &mut Content<'_>, signed: &SignedData) -> Result<(), VerifyError> {
        let signers = signed.signer_infos.iter().take(MOST_SIGNERS);
        content.complete(signers, self.spool).map_err(VerifyError::Spool)
    }
}

/// The search for signed parts below an entity that is not signed itself.
///
/// What it finds never makes the message valid: the content is digested and not kept.
struct Search<'f> {
    limits: &'f Limits,
    /// How many entities were looked at.
    entities: usize,
    /// How many of them could not be judged.
    unreadable: usize,
    signed: Vec<SignedPart>,
    encrypted: bool,
    findings: &'f mut Vec<Finding>,
}

impl Search<'_> {
    /// Looks into a multipart or a `message/rfc822`; reads the entity to its end.
    fn below(&mut self, entity: Entity<'_>, depth: usize) -> Result<(), VerifyError> {
        let content_type = entity.content_type();
        let is_message = content_type.is("message", "rfc822");
        if content_type.kind() != "multipart" && !is_message {
            return self.pass(entity);
        }
        if depth >= self.limits.max_depth {
            self.too_complex();
            return self.pass(entity);
        }
        let limits = self.limits;
        let failed = |error: io::Error| VerifyError::from_stream(error.into(), limits);
        if is_message {
            let mut body = entity.into_body();
            self.look(&mut body, depth)?;
            return drain(&mut body).map_err(failed);
        }
        if boundary(&content_type).is_err() {
            // Nobody can tell its parts apart.
            return self.pass(entity);
        }
        let mut parts = PartsReader::new(entity.into_body(), &content_type)?;
        while parts.next_part().map_err(failed)? {
            if self.entities >= limits.max_parts || self.signed.len() >= MOST_SIGNED_PARTS {
                self.too_complex();
                break;
            }
            self.look(&mut parts, depth)?;
        }
        while parts.next_part().map_err(failed)? {}
        if parts.is_cut_off() {
            let message = "the closing boundary of a multipart is missing: the message may have been cut off";
            self.findings.push(Finding::new(Code::CutOff, message));
        }
        parts.has_epilogue().map_err(failed).map(|_| ())
    }

    /// Looks at one entity.
    fn look(&mut self, input: &mut dyn Read, depth: usize) -> Result<(), VerifyError> {
        self.entities += 1;
        let limits = self.limits;
        let mut taker = Taker {
            limits,
            spool: &mut Discard,
            rereadable: false,
        };
        let kind = Entity::read(Peekable::new(input))
            .map_err(|error| VerifyError::from_stream(error, limits))
            .and_then(|entity| taker.kind(entity));
        match kind {
            Ok(Kind::Signed(part)) => self.signed.push(*part),
            Ok(Kind::Digested(found)) => self.findings.extend(found),
            Ok(Kind::Encrypted(remark)) => {
                self.encrypted = true;
                self.findings.extend(remark);
            }
            Ok(Kind::Plain(entity)) => return self.below(entity, depth + 1),
            Err(error @ (VerifyError::Io(_) | VerifyError::Spool(_) | VerifyError::TooLong { .. })) => {
                return Err(error);
            }
            Err(_) if self.unreadable >= MOST_UNREADABLE => {}
            Err(error) => {
                self.unreadable += 1;
                let message = format!("a part cannot be judged: {error}");
                let finding = Finding::new(Code::MalformedSignature, message);
                self.findings.push(finding.with_severity(Severity::Warning));
            }
        }
        Ok(())
    }

    fn pass(&self, entity: Entity<'_>) -> Result<(), VerifyError> {
        drain(&mut entity.into_body()).map_err(|error| VerifyError::from_stream(error.into(), self.limits))
    }

    fn too_complex(&mut self) {
        if self
            .findings
            .iter()
            .all(|finding| finding.code != Code::TooComplex)
        {
            self.findings.push(Finding::new(
                Code::TooComplex,
                "the message nests too deeply, or has too many parts, to look at all of it",
            ));
        }
    }
}

/// The digests that a micalg parameter names, however it writes them.
fn announced(micalg: &str) -> Vec<DigestAlgorithm> {
    const KNOWN: [(&str, DigestAlgorithm); 6] = [
        ("md5", DigestAlgorithm::Md5),
        ("sha1", DigestAlgorithm::Sha1),
        ("sha224", DigestAlgorithm::Sha224),
        ("sha256", DigestAlgorithm::Sha256),
        ("sha384", DigestAlgorithm::Sha384),
        ("sha512", DigestAlgorithm::Sha512),
    ];
    let named: Vec<String> = micalg
        .split(',')
        .map(|name| name.chars().filter(char::is_ascii_alphanumeric).collect())
        .collect();
    let known = KNOWN
        .iter()
        .filter(|(name, _)| named.iter().any(|one| one == name));
    known.map(|(_, algorithm)| *algorithm).collect()
}

/// What a signer is likely to have used.
const LIKELY: [DigestAlgorithm; 4] = [
    DigestAlgorithm::Sha1,
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
];

/// How many signed parts are judged at most.
const MOST_SIGNED_PARTS: usize = 16;

/// How many parts that cannot be judged are listed.
const MOST_UNREADABLE: usize = 16;

/// The longest signature part: its certificates and revocation lists are in it.
const LONGEST_SIGNATURE: u64 = 16 << 20;
