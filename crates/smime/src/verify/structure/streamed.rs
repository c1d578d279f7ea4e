//! The two shapes that nearly all signed messages have, taken in as they are read; others are read whole.

use std::borrow::Cow;
use std::io::{self, Read};

use identity::DigestAlgorithm;

use super::{Around, Shape, SignedPart, Structure, check_content_absent, check_header, micalg};
use crate::cms::signed::SignedData;
use crate::cms::stream::BerStream;
use crate::cms::stream::signed::SignedHead;
use crate::cms::{CmsError, oids};
use crate::mime::{Message, MimeError, PartsReader};
use crate::source::streamed::{Entity, Octets, Streamed};
use crate::stream::{StreamError, read_full};
use crate::verify::VerifyError;
use crate::verify::content::{Content, Intake};
use crate::verify::signer::MOST_SIGNERS;
use crate::{Limits, Spool};

/// What became of the input.
pub(in crate::verify) enum Input {
    /// It was taken apart; the signed content, if any, is in the spool.
    Taken(Structure<'static>),
    /// All of it: its parts have to be searched for signed ones.
    Whole(Vec<u8>),
}

/// Reads the input to its end.
pub(in crate::verify) fn read(
    input: impl Read,
    limits: &Limits,
    spool: &mut impl Spool,
) -> Result<Input, VerifyError> {
    let mut taker = Taker {
        // Nothing is written yet: this only tells whether reading again is possible.
        rereadable: spool.reread(&mut |_| Ok(())).map_err(VerifyError::Spool)?,
        limits,
        spool,
    };
    match Streamed::detect(input, limits).map_err(|error| taker.failed(error))? {
        Streamed::Cms(cms) => {
            let shape = taker.opaque(cms)?;
            Ok(Input::Taken(Structure {
                shape,
                findings: Vec::new(),
                header: None,
            }))
        }
        Streamed::Mime(entity) => taker.entity(entity),
    }
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

    fn entity(&mut self, entity: Entity<'_>) -> Result<Input, VerifyError> {
        let content_type = entity.content_type();
        if content_type.is("message", "rfc822")
            || content_type.kind() == "multipart" && !content_type.is("multipart", "signed")
        {
            let whole = entity.read_whole().map_err(|error| self.failed(error))?;
            return Ok(Input::Whole(whole));
        }
        let mut findings = Vec::new();
        check_header(&entity.begin(), "message", &mut findings);
        if crate::openpgp::is_open_pgp(&content_type, entity.begin().body()) {
            return Err(VerifyError::OpenPgp);
        }
        let header = Some(entity.begin().header().clone());
        let shape = if content_type.is("multipart", "signed") {
            self.clear(entity)?
        } else {
            match entity.pkcs7_mime().map_err(|error| self.failed(error))? {
                Ok(cms) => self.opaque(cms)?,
                Err(other) => {
                    crate::stream::drain(&mut other.into_body()).map_err(|error| self.failed(error))?;
                    Shape::Unsigned
                }
            }
        };
        Ok(Input::Taken(Structure {
            shape,
            findings,
            header,
        }))
    }

    /// Takes in an opaque structure.
    fn opaque(&mut self, cms: Octets<'_>) -> Result<Shape<'static>, VerifyError> {
        let (mut stream, content_type) = BerStream::content_info(cms).map_err(|error| self.failed(error))?;
        match content_type {
            oids::SIGNED_DATA => {}
            oids::ENVELOPED_DATA | oids::AUTH_ENVELOPED_DATA => return Ok(Shape::Encrypted),
            _ => return Err(VerifyError::UnsupportedContentType { content_type }),
        }
        let head = SignedHead::read(&mut stream).map_err(|error| self.failed(error))?;
        let mut content = Content::whole(Cow::Borrowed(&[]), None);
        let has_content = head.has_content;
        if has_content {
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
            content = intake.read(fill, self.spool, VerifyError::Spool)?;
        }
        let signed = head.finish(stream).map_err(|error| self.failed(error))?;
        let mut findings = Vec::new();
        if !has_content {
            check_content_absent(&signed, &mut findings);
        }
        self.complete(&mut content, &signed)?;
        Ok(Shape::Signed(vec![SignedPart {
            signed: Some(signed),
            content,
            micalg: None,
            findings,
        }]))
    }

    /// Takes in a `multipart/signed`.
    fn clear(&mut self, entity: Entity<'_>) -> Result<Shape<'static>, VerifyError> {
        let content_type = entity.content_type();
        let mut parts = PartsReader::new(entity.into_body(), &content_type)?;
        let limits = self.limits;
        let failed = |error: io::Error| VerifyError::from_stream(error.into(), limits);
        if !parts.next_part().map_err(failed)? {
            if parts.is_cut_off() {
                let boundary = parts.boundary().to_owned();
                return Err(MimeError::BoundaryMissing { boundary }.into());
            }
            return Ok(Shape::Signed(vec![SignedPart::incomplete()]));
        }
        let intake = self.intake(announced(&micalg(&content_type)), true);
        let fill = |buffer: &mut [u8]| read_full(&mut parts, buffer).map_err(failed);
        let mut content = intake.read(fill, self.spool, VerifyError::Spool)?;
        if !parts.next_part().map_err(failed)? {
            return Ok(Shape::Signed(vec![SignedPart::incomplete()]));
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
        let mut more_parts = 0;
        while parts.next_part().map_err(failed)? {
            more_parts += 1;
            if more_parts + 2 > limits.max_parts {
                return Err(MimeError::TooMany {
                    what: "parts",
                    limit: limits.max_parts,
                }
                .into());
            }
        }
        let around = Around {
            more_parts,
            has_epilogue: parts.has_epilogue().map_err(failed)?,
        };
        let mut part = SignedPart::clear(
            &content_type,
            Content::whole(Cow::Borrowed(&[]), None),
            &Message::parse(&signature),
            &around,
        )?;
        if let Some(signed) = &part.signed {
            self.complete(&mut content, signed)?;
        }
        part.content = content;
        Ok(Shape::Signed(vec![part]))
    }

    fn intake(&self, mut algorithms: Vec<DigestAlgorithm>, canonical: bool) -> Intake {
        if !self.rereadable {
            // Whatever a signer is likely to have used: there will be no second chance.
            let likely = [
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
            ];
            if algorithms.is_empty() {
                algorithms.extend(likely);
            }
        }
        Intake {
            algorithms,
            canonical,
        }
    }

    fn complete(&mut self, content: &mut Content<'_>, signed: &SignedData) -> Result<(), VerifyError> {
        let signers = signed.signer_infos.iter().take(MOST_SIGNERS);
        content.complete(signers, self.spool).map_err(VerifyError::Spool)
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

/// The longest signature part: its certificates and revocation lists are in it.
const LONGEST_SIGNATURE: u64 = 16 << 20;
