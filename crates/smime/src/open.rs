//! Opening a message as a mail program would: layer by layer, whatever the order, down to what people read.
//!
//! [`open`] decrypts, verifies and inflates until plain content is left: encrypted, signed then encrypted, encrypted
//! then signed, and signed around both (triple wrapping, RFC 2634 1.1). The report lists the layers and gives one
//! verdict over all of them; the content comes out only if that verdict is `valid`, or if nothing is signed and all of
//! it could be decrypted.

use std::io::{self, Cursor, Read, Write};

use identity::ContentCipher;
use identity::identity::Identity;

use crate::cms::CmsError;
use crate::decrypt::{DecryptError, DecryptOptions, DecryptReport, OpenedBy, decrypt};
use crate::mime::{Header, MimeError};
use crate::report::{Code, Finding, Severity, Verdict, VerifyReport};
use crate::spool::{Discard, Spool};
use crate::verify::{VerifyError, VerifyOptions, sender_remarks, verify_layer};
use crate::{Held, Limits};

mod ahead;
mod capture;
mod inflate;
mod judge;

use ahead::{Head, Kind};
use capture::Capture;
use judge::Opened;

/// How a message is opened. Built with [`OpenOptions::new`] and changed field by field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenOptions<'a> {
    /// How signatures are judged.
    pub verify: VerifyOptions<'a>,
    /// How encrypted layers are opened.
    pub decrypt: DecryptOptions,
    /// How many layers a message may have; mail in use has up to four.
    pub max_layers: usize,
    /// Bounds on compressed layers.
    pub limits: Limits,
}

impl<'a> OpenOptions<'a> {
    /// Returns the options that judge signatures as `verify` says.
    pub fn new(verify: VerifyOptions<'a>) -> Self {
        Self {
            limits: verify.limits,
            verify,
            decrypt: DecryptOptions::default(),
            max_layers: 16,
        }
    }
}

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LayerKind {
    /// AuthEnvelopedData (RFC 5083): encrypted, and changes are noticed.
    AuthEnveloped,
    /// CompressedData (RFC 3274).
    Compressed,
    /// DigestedData (RFC 5652 7): with a digest of its content, which anybody can make.
    Digested,
    /// EncryptedData (RFC 5652 8): encrypted with a key that the message does not carry.
    Encrypted,
    /// EnvelopedData (RFC 5652 6): encrypted.
    Enveloped,
    /// What people read: always the last layer.
    Plain,
    /// `multipart/signed`, or SignedData.
    Signed,
}

impl LayerKind {
    /// Returns the stable lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthEnveloped => "auth-enveloped",
            Self::Compressed => "compressed",
            Self::Digested => "digested",
            Self::Encrypted => "encrypted",
            Self::Enveloped => "enveloped",
            Self::Plain => "plain",
            Self::Signed => "signed",
        }
    }
}

impl std::fmt::Display for LayerKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One layer of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Layer {
    /// What it is.
    pub kind: LayerKind,
    /// The content cipher of an encrypted layer.
    pub cipher: Option<ContentCipher>,
    /// Whom an encrypted layer is for.
    pub recipients: Vec<String>,
    /// What opened an encrypted layer.
    pub opened_by: Option<OpenedBy>,
    /// The verdict on a signed layer alone.
    pub verdict: Option<Verdict>,
    /// Indices into [`VerifyReport::signers`] of those who signed this layer.
    pub signers: Vec<usize>,
    /// The length of what the layer holds, in octets; of the plain layer its own.
    pub size: u64,
}

impl Layer {
    fn new(kind: LayerKind, size: u64) -> Self {
        Self {
            kind,
            cipher: None,
            recipients: Vec::new(),
            opened_by: None,
            verdict: None,
            signers: Vec::new(),
            size,
        }
    }
}

/// What opening a message found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OpenReport {
    /// Verdict, signers and findings over all layers; the findings name their layer. `encrypted` tells that there is an
    /// encrypted layer, opened or not.
    pub verification: VerifyReport,
    /// The layers, outermost first.
    pub layers: Vec<Layer>,
}

impl OpenReport {
    /// Returns the verdict over all layers.
    ///
    /// It is `valid` only if every signature is, and `unsigned` if there is none.
    pub fn verdict(&self) -> Verdict {
        self.verification.verdict
    }
}

/// Why a message could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A compressed layer is damaged.
    #[error("a compressed part of the message is damaged: it cannot be inflated")]
    Compression,
    /// A layer cannot be read.
    #[error("a part of the message cannot be read: {0}")]
    Cms(#[from] CmsError),
    /// An encrypted layer could not be opened.
    #[error("{}{source}", layer_text(*layer))]
    Decrypt {
        /// Which layer, the outermost is 0.
        layer: usize,
        /// Why.
        source: DecryptError,
    },
    /// A compressed layer inflates to more than the limits allow.
    #[error(
        "expansion-limit: a compressed part of the message inflates to more than {limit} octets; \
         raise the limit if it is meant to"
    )]
    ExpansionLimit {
        /// How many octets were allowed.
        limit: u64,
    },
    /// Reading the message or holding its content failed.
    #[error("reading the message or holding its content failed: {0}")]
    Io(#[from] io::Error),
    /// A compressed layer cannot be taken out of its transfer encoding.
    #[error("a compressed part of the message cannot be read: {0}")]
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
    /// The message is longer than the limits allow.
    #[error("the message has more than {limit} octets")]
    TooLong {
        /// The limit in octets.
        limit: u64,
    },
    /// The message has more layers than the options allow.
    #[error("the message has more than {limit} layers of signatures and encryption; none in use has")]
    TooManyLayers {
        /// How many are allowed.
        limit: usize,
    },
    /// A compression other than zlib, the only one that RFC 3274 knows.
    #[error("the compression {algorithm} is unknown")]
    UnknownCompression {
        /// Its object identifier.
        algorithm: const_oid::ObjectIdentifier,
    },
    /// A signed layer could not be judged at all.
    #[error("{}{source}", layer_text(*layer))]
    Verify {
        /// Which layer, the outermost is 0.
        layer: usize,
        /// Why.
        source: VerifyError,
    },
}

/// Opens a message (MIME, or CMS on its own in PEM, DER or BER) layer by layer, down to what people read.
///
/// Each layer's content waits in a spool of its own, which `make_spool` makes; the last one comes back. A signed
/// layer below others is judged with the header fields of the message around it, as `decrypt | verify` would: its
/// signer must be who the reader sees as the sender.
///
/// # Errors
/// [`OpenError`] if a layer cannot be opened or judged at all; whatever can be judged ends in a report.
///
/// # Example
/// ```
/// use identity::identity::Identity;
/// use smime::report::Verdict;
/// use smime::{EncryptOptions, LayerKind, MemorySpool, OpenOptions, SignOptions, VerifyOptions};
///
/// # let pem = include_bytes!("../tests/data/alice.pem");
/// let alice = Identity::from_pem(pem, None)?.remove(0);
/// let now = "2027-01-01T12:00:00Z".parse()?;
/// let (mut signed, mut sealed) = (Vec::new(), Vec::new());
/// smime::sign(&b"Hello\n"[..], &alice, &SignOptions::new(now), &mut signed)?;
/// let recipients = [alice.certificate().clone()];
/// smime::encrypt(&signed[..], &recipients, &EncryptOptions::new(now), &mut sealed)?;
///
/// let trusted = recipients;
/// let mut options = OpenOptions::new(VerifyOptions::new(now));
/// options.verify.anchors = &trusted;
/// let held = smime::open(&sealed[..], &[alice], &options, || Ok(MemorySpool::new()))?;
/// let kinds: Vec<_> = held.report().layers.iter().map(|layer| layer.kind).collect();
/// assert_eq!(kinds, [LayerKind::Enveloped, LayerKind::Signed, LayerKind::Plain]);
/// assert_eq!(held.report().verdict(), Verdict::Valid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open<S: Spool>(
    mut input: impl Read,
    identities: &[Identity],
    options: &OpenOptions<'_>,
    mut make_spool: impl FnMut() -> io::Result<S>,
) -> Result<Held<OpenReport, S>, OpenError> {
    let head = ahead::read_head(&mut input)?;
    let mut opened = Opened::new();
    let mut outer = Header::default();
    let mut inflated = 0;
    // The input goes through no spool until its first layer is off, unless it has none.
    let mut content: Option<Capture<S>> = None;
    let mut input = Some(Cursor::new(head.clone()).chain(input));
    loop {
        let ahead = Head::of(content.as_ref().map_or(&head[..], Capture::head));
        let kind = ahead.kind();
        if kind == Kind::OpenPgp {
            return Err(OpenError::OpenPgp);
        }
        if kind == Kind::Plain && opened.is_signed() {
            break;
        }
        let layer = opened.layers.len();
        if layer == 0 && kind == Kind::Plain && !ahead.has_fields() {
            return Err(OpenError::NotAMessage {
                empty: head.is_empty(),
            });
        }
        if layer >= options.max_layers {
            return Err(OpenError::TooManyLayers {
                limit: options.max_layers,
            });
        }
        let above = ahead.below(&outer);
        opened.remark(ahead.smime_type_mismatch().filter(|_| kind != Kind::Signed));
        if matches!(kind, Kind::Signed | Kind::Plain) {
            // A mail program may show the field that gives way to the one inside.
            let hidden = ahead.hidden_from(&outer);
            opened.remark(hidden.iter().flat_map(sender_remarks));
        }
        if let Some(header) = ahead.header() {
            outer = ahead::seen(&outer, header);
        }
        let mut spool = Capture::new(make_spool()?);
        let reader: Box<dyn Read> = match (content.take(), input.take()) {
            (Some(content), _) => Box::new(content.into_reader()?),
            (None, Some(input)) => Box::new(input),
            // One of the two is there: the input is taken only where content takes its place.
            (None, None) => Box::new(io::empty()),
        };
        if kind == Kind::Plain {
            // Nothing around it is signed: a part of it may be, or be encrypted, or its header says two things at once.
            search(reader, &above, options, &mut spool, &mut opened)?;
            content = Some(spool);
            break;
        }
        let reader = Cursor::new(above).chain(reader);
        match kind {
            Kind::Signed => {
                let held = verify_layer(reader, &options.verify, spool)
                    .map_err(|source| OpenError::from_verify(layer, source))?;
                let (report, captured) = held.into_parts();
                spool = captured;
                let explained = [Code::CertificatesOnly, Code::DigestOnly, Code::NoSigners];
                if report.verdict == Verdict::Unsigned
                    && spool.length() == 0
                    && !explained.iter().any(|code| report.finding(*code).is_some())
                {
                    // It began like a signature and is none: an empty message must not stand for it.
                    return Err(
                        crate::cms::ber::structure("ContentInfo", "something else stands around it").into(),
                    );
                }
                if opened.signed(report, spool.length()) {
                    content = Some(spool);
                    break;
                }
            }
            Kind::Encrypted => {
                let held = decrypt(reader, identities, &options.decrypt, spool)
                    .map_err(|source| OpenError::Decrypt { layer, source })?;
                let (report, captured) = held.into_parts();
                spool = captured;
                opened.decrypted(report, spool.length());
            }
            _ => {
                inflate::inflate(reader, &options.limits, &mut inflated, &mut spool)?;
                opened.inflated(spool.length());
            }
        }
        content = Some(spool);
    }
    let content = match (content, input) {
        (Some(content), _) => content,
        (None, input) => {
            let mut content = Capture::new(make_spool()?);
            let limit = options.limits.max_input;
            let taken = input.map_or(Ok(0), |input| {
                io::copy(&mut input.take(limit.saturating_add(1)), &mut content)
            })?;
            if taken > limit {
                return Err(OpenError::TooLong { limit });
            }
            content.flush()?;
            content
        }
    };
    let (report, releasable) = opened.finish(content.length());
    Ok(Held::new(report, content.into_inner(), releasable))
}

/// Looks through what nothing around it signs for parts that are signed or encrypted; keeps all of it in `spool`.
fn search<S: Spool>(
    reader: impl Read,
    above: &[u8],
    options: &OpenOptions<'_>,
    spool: &mut Capture<S>,
    opened: &mut Opened,
) -> Result<(), OpenError> {
    let limit = options.limits.max_input;
    let mut tee = Tee {
        input: reader.take(limit.saturating_add(1)),
        copy: &mut *spool,
    };
    let held = verify_layer(Cursor::new(above).chain(&mut tee), &options.verify, Discard)
        .map_err(|source| OpenError::from_verify(opened.layers.len(), source))?;
    io::copy(&mut tee, &mut io::sink())?;
    spool.flush()?;
    if spool.length() > limit {
        return Err(OpenError::TooLong { limit });
    }
    opened.searched(held.into_report());
    Ok(())
}

/// A reader that keeps a copy of what is read.
struct Tee<R, W> {
    input: R,
    copy: W,
}

impl<R: Read, W: Write> Read for Tee<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.copy.write_all(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

impl OpenError {
    fn from_verify(layer: usize, source: VerifyError) -> Self {
        match source {
            VerifyError::OpenPgp => Self::OpenPgp,
            source => Self::Verify { layer, source },
        }
    }
}

fn layer_text(layer: usize) -> String {
    match layer {
        0 => String::new(),
        inner => format!("layer {} of the message: ", inner + 1),
    }
}
