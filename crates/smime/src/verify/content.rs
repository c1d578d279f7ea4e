//! Signed content: digested while it is read, kept only if it is short.

use std::borrow::Cow;
use std::io;

use identity::digest::{Hasher, digest};
use identity::{DigestAlgorithm, SignatureScheme};

use super::integrity::is_attribute_set;
use crate::Spool;
use crate::cms::signed::SignerInfo;
use crate::mime::Message;
use crate::pipeline::{self, Piece};
use crate::report::shorten;

/// What was signed, in the forms that the signer may have meant: canonical first, as received second.
pub(super) struct Content<'a> {
    octets: Octets<'a>,
    /// The digests of all forms.
    digests: Vec<(DigestAlgorithm, Vec<Vec<u8>>)>,
}

enum Octets<'a> {
    Whole(Vec<Cow<'a, [u8]>>),
    /// Only the beginning is kept of long content.
    Begin(Vec<u8>),
}

impl<'a> Content<'a> {
    /// Content that is in memory.
    pub(super) fn whole(octets: &'a [u8]) -> Self {
        Self {
            octets: Octets::Whole(vec![Cow::Borrowed(octets)]),
            digests: Vec::new(),
        }
    }

    /// The media type of the content, if it opens with a MIME header that says so.
    pub(super) fn content_type(&self) -> Option<String> {
        let message = Message::parse(self.begin());
        message
            .header()
            .get("Content-Type")
            .map(|_| shorten(&message.content_type().to_string()))
    }

    /// The beginning of the canonical form: all of it, or enough for any header.
    pub(super) fn begin(&self) -> &[u8] {
        match &self.octets {
            Octets::Whole(forms) => forms.first().map(|form| &form[..]).unwrap_or_default(),
            Octets::Begin(begin) => begin,
        }
    }

    /// All forms; `None` if they are too long to be kept.
    pub(super) fn forms(&self) -> Option<impl Iterator<Item = &[u8]>> {
        match &self.octets {
            Octets::Whole(forms) => Some(forms.iter().map(|form| &form[..])),
            Octets::Begin(_) => None,
        }
    }

    /// The digests of all forms; `None` if it was not known in time that this digest would be needed.
    pub(super) fn digests(&self, algorithm: DigestAlgorithm) -> Option<Cow<'_, [Vec<u8>]>> {
        if let Some((_, digests)) = self.digests.iter().find(|(known, _)| *known == algorithm) {
            return Some(Cow::Borrowed(digests));
        }
        let forms = self.forms()?;
        Some(forms.map(|form| digest(algorithm, form)).collect())
    }

    /// Tells whether the content is itself a set of signed attributes.
    pub(super) fn is_attribute_set(&self) -> bool {
        self.forms().is_some_and(|mut forms| forms.any(is_attribute_set))
    }

    /// Reads the content again where that is needed to judge `signers`: they used a digest that nothing announced, or
    /// signed the content itself with a scheme that needs all of it at once.
    pub(super) fn complete<'s>(
        &mut self,
        signers: impl Iterator<Item = &'s SignerInfo>,
        spool: &mut impl Spool,
    ) -> io::Result<()> {
        let Octets::Begin(_) = self.octets else {
            return Ok(());
        };
        let mut missing = Vec::new();
        let mut all = false;
        for signer in signers {
            let own = DigestAlgorithm::from_oid(&signer.digest_algorithm);
            let within = match direct_scheme(signer) {
                Some(SignatureScheme::Ed25519) => {
                    all = true;
                    None
                }
                scheme => scheme.map(|scheme| scheme.digest()),
            };
            for algorithm in [own, within].into_iter().flatten() {
                if self.digests(algorithm).is_none() && !missing.contains(&algorithm) {
                    missing.push(algorithm);
                }
            }
        }
        if missing.is_empty() && !all {
            return Ok(());
        }
        let mut hashers: Vec<_> = missing.into_iter().map(Hasher::new).collect();
        let mut octets = Vec::new();
        let again = spool.reread(&mut |piece| {
            hashers.iter_mut().for_each(|hasher| hasher.update(piece));
            all &= octets.len() + piece.len() <= MOST_AT_ONCE;
            if all {
                octets.extend_from_slice(piece);
            } else {
                octets = Vec::new();
            }
            Ok(())
        })?;
        if again {
            let finished = hashers
                .into_iter()
                .map(|hasher| (hasher.algorithm(), vec![hasher.finish()]));
            self.digests.extend(finished);
            if all {
                self.octets = Octets::Whole(vec![Cow::Owned(octets)]);
            }
        }
        Ok(())
    }
}

/// The scheme of a signature that was made over the content itself, as there are no signed attributes.
pub(super) fn direct_scheme(info: &SignerInfo) -> Option<SignatureScheme> {
    if info.signed_attributes.is_some() {
        return None;
    }
    let digest = DigestAlgorithm::from_oid(&info.digest_algorithm)?;
    SignatureScheme::from_cms(&info.signature_algorithm, digest).ok()
}

/// How content is taken in.
pub(super) struct Intake {
    /// The digests to compute.
    pub(super) algorithms: Vec<DigestAlgorithm>,
    /// Whether it is text whose lines must end in CRLF (RFC 8551 3.1.1): detached content is.
    pub(super) canonical: bool,
    /// Which form the spool receives.
    pub(super) keep: Keep,
}

/// A form of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Text with CRLF line ends, if [`Intake::canonical`] asks for them.
    Canonical,
    /// As received.
    Received,
}

impl Intake {
    /// Reads content to its end, keeps it in `spool`, and computes the digests.
    ///
    /// `fill` fills a buffer and returns how much there was, less than its length only at the end.
    pub(super) fn read<E: Send>(
        self,
        fill: impl FnMut(&mut [u8]) -> Result<usize, E>,
        spool: &mut impl Spool,
        failed: impl Fn(io::Error) -> E + Sync,
    ) -> Result<Content<'static>, E> {
        let keep = self.keep;
        let mut digester = Digester {
            canonical: self.canonical,
            hashers: self.algorithms.into_iter().map(Hasher::new).collect(),
            received: None,
            last: 0,
        };
        let mut kept = Kept {
            canonical: Some(Vec::new()),
            received: None,
            begin: Vec::new(),
        };
        pipeline::run(
            fill,
            |piece| digester.take(piece),
            |piece| {
                let changed = !piece.output.is_empty();
                let octets = if changed { &piece.output } else { &piece.input };
                kept.take(octets, &piece.input, changed);
                let octets = if keep == Keep::Received {
                    &piece.input
                } else {
                    octets
                };
                spool.write_all(octets).map_err(&failed)
            },
        )?;
        Ok(Content {
            octets: kept.finish(),
            digests: digester.finish(),
        })
    }
}

/// Digests both forms of content.
struct Digester {
    canonical: bool,
    hashers: Vec<Hasher>,
    /// Those of the content as received, from where it first differs.
    received: Option<Vec<Hasher>>,
    /// The octet before the piece.
    last: u8,
}

impl Digester {
    fn take(&mut self, piece: &mut Piece) {
        if self.canonical && add_missing_cr(&piece.input, self.last, &mut piece.output) {
            let received = self.received.get_or_insert_with(|| self.hashers.clone());
            received.iter_mut().for_each(|hasher| hasher.update(&piece.input));
            self.hashers
                .iter_mut()
                .for_each(|hasher| hasher.update(&piece.output));
        } else {
            let received = self.received.iter_mut().flatten();
            let hashers = self.hashers.iter_mut().chain(received);
            hashers.for_each(|hasher| hasher.update(&piece.input));
        }
        self.last = piece.input.last().copied().unwrap_or(self.last);
    }

    fn finish(self) -> Vec<(DigestAlgorithm, Vec<Vec<u8>>)> {
        let mut digests: Vec<_> = self
            .hashers
            .into_iter()
            .map(|hasher| (hasher.algorithm(), vec![hasher.finish()]))
            .collect();
        for ((_, digests), hasher) in digests.iter_mut().zip(self.received.into_iter().flatten()) {
            digests.push(hasher.finish());
        }
        digests
    }
}

/// Writes `text` with every LF that stands alone as CRLF to `out`, unless there is none; `last` is the octet before it.
fn add_missing_cr(text: &[u8], last: u8, out: &mut Vec<u8>) -> bool {
    if !has_bare_lf(text, last) {
        return false;
    }
    let bare = |at: usize| match at.checked_sub(1) {
        None => last != b'\r',
        Some(before) => text.get(before) != Some(&b'\r'),
    };
    let mut start = 0;
    for at in memchr::memchr_iter(b'\n', text).filter(|at| bare(*at)) {
        out.extend_from_slice(text.get(start..at).unwrap_or_default());
        out.push(b'\r');
        start = at;
    }
    out.extend_from_slice(text.get(start..).unwrap_or_default());
    true
}

/// Looks at all octets alike, which processors do many at a time.
fn has_bare_lf(text: &[u8], last: u8) -> bool {
    let at_first = text.first() == Some(&b'\n') && last != b'\r';
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    let later = pairs.fold(0, |found, (before, octet)| {
        found | (u8::from(*octet == b'\n') & u8::from(*before != b'\r'))
    });
    at_first || later != 0
}

/// Content as long as it is short.
struct Kept {
    /// `None` once it is too long.
    canonical: Option<Vec<u8>>,
    received: Option<Vec<u8>>,
    begin: Vec<u8>,
}

impl Kept {
    fn take(&mut self, canonical: &[u8], received: &[u8], changed: bool) {
        let Some(kept) = &mut self.canonical else { return };
        if changed && self.received.is_none() {
            self.received = Some(kept.clone());
        }
        if let Some(other) = &mut self.received {
            other.extend_from_slice(received);
        }
        kept.extend_from_slice(canonical);
        if kept.len() > MOST_KEPT {
            kept.truncate(MOST_HEADER);
            kept.shrink_to_fit();
            self.begin = self.canonical.take().unwrap_or_default();
            self.received = None;
        }
    }

    fn finish(self) -> Octets<'static> {
        match self.canonical {
            Some(canonical) => {
                let forms = std::iter::once(canonical).chain(self.received);
                Octets::Whole(forms.map(Cow::Owned).collect())
            }
            None => Octets::Begin(self.begin),
        }
    }
}

/// The longest content that is kept in memory.
const MOST_KEPT: usize = 2 << 20;
/// How much of longer content is kept, for its header.
const MOST_HEADER: usize = 256 << 10;
/// The longest content that an Ed25519 signature without signed attributes is verified over: no digest stands for it.
const MOST_AT_ONCE: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemorySpool;
    use crate::mime::with_crlf;

    const BOTH: [DigestAlgorithm; 2] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384];

    fn read(mut text: &[u8]) -> (Content<'static>, Vec<u8>) {
        let mut spool = MemorySpool::new();
        let intake = Intake {
            algorithms: BOTH.to_vec(),
            canonical: true,
            keep: Keep::Canonical,
        };
        let fill = |buffer: &mut [u8]| crate::stream::read_full(&mut text, buffer);
        let content = intake.read(fill, &mut spool, |error| error).unwrap();
        (content, spool.into_reader().unwrap().into_inner())
    }

    #[test]
    fn content_is_digested_in_both_forms() {
        let long = "text\r\n".repeat(MOST_KEPT / 3);
        for text in [
            "".to_owned(),
            "a\nb\r\n".to_owned(),
            "a\r\n".to_owned(),
            "\n".repeat(crate::pipeline::PIECE * 2),
            "\r\n".repeat(crate::pipeline::PIECE * 2),
            format!("{long}\n"),
            format!("x{long}\n{long}"),
            long,
        ] {
            let text = text.as_bytes();
            let (content, spooled) = read(text);
            let canonical = with_crlf(text);
            assert!(spooled == *canonical);
            for algorithm in BOTH {
                let digests = content.digests(algorithm).unwrap();
                assert_eq!(digests[0], digest(algorithm, &canonical));
                assert_eq!(digests.len() > 1, *canonical != *text);
                if let Some(received) = digests.get(1) {
                    assert_eq!(*received, digest(algorithm, text));
                }
            }
            let other = content.digests(DigestAlgorithm::Sha512);
            assert_eq!(other.is_some(), canonical.len() <= MOST_KEPT);
        }
    }
}
