//! S/MIME (RFC 8551): signed and encrypted mail with any certificate, bought or self-made.
//!
//! Messages of any length are read from `impl Read` and written to `impl Write` in constant memory. What a message says
//! is judged question by question, and its content is handed out only if the verdict allows.
//!
//! # Sign
//! ```
//! use smime::{Identity, SignOptions};
//!
//! # let pem = include_bytes!("../tests/data/alice.pem");
//! // A private key and its certificate from one PEM file; `Identity::from_pkcs12` reads a .p12.
//! let alice = Identity::from_pem(pem, None)?.remove(0);
//! let mail = "From: alice@example.org\r\nSubject: Lunch\r\n\r\nAt noon, Zoë?\r\n";
//! let now = "2027-01-01T12:00:00Z".parse()?;
//!
//! let mut signed = Vec::new();
//! smime::sign(mail.as_bytes(), &alice, &SignOptions::new(now), &mut signed)?;
//! assert!(String::from_utf8_lossy(&signed).contains("Content-Type: multipart/signed;"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Verify
//! ```
//! use std::io::Read;
//!
//! use smime::report::Verdict;
//! use smime::{MemorySpool, VerifyOptions, identity};
//!
//! # let (message, root) = (include_bytes!("../tests/data/signed.eml"), include_bytes!("../tests/data/root.pem"));
//! // Whom to trust, and the moment at which to judge.
//! let roots = identity::pem::certificates(root)?;
//! let mut options = VerifyOptions::new("2027-01-01T12:00:00Z".parse()?);
//! options.anchors = &roots;
//!
//! let held = smime::verify(&message[..], &options, MemorySpool::new())?;
//! let report = held.report();
//! assert_eq!(report.verdict, Verdict::Valid);
//! assert_eq!(report.signers[0].emails, ["alice@example.org"]);
//! // Of a message that is not valid this would be an error.
//! let mut content = Vec::new();
//! held.into_content()?.read_to_end(&mut content)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Encrypt
//! ```
//! use smime::{EncryptOptions, identity};
//!
//! # let pem = include_bytes!("../tests/data/alice.pem");
//! let recipients = identity::pem::certificates(pem)?;
//! let options = EncryptOptions::new("2027-01-01T12:00:00Z".parse()?);
//!
//! let mut sealed = Vec::new();
//! // What `sign` wrote can be encrypted just so: signed and encrypted mail.
//! let report = smime::encrypt(&b"The key is under the mat.\n"[..], &recipients, &options, &mut sealed)?;
//! assert_eq!(report.cipher.to_string(), "aes-256-cbc");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Decrypt
//! ```
//! use std::io::Read;
//!
//! use smime::{DecryptOptions, Identity, MemorySpool};
//! # use smime::{EncryptOptions, identity};
//!
//! # let pem = include_bytes!("../tests/data/alice.pem");
//! # let mut sealed = Vec::new();
//! # let options = EncryptOptions::new("2027-01-01T12:00:00Z".parse()?);
//! # smime::encrypt(&b"Hello\n"[..], &identity::pem::certificates(pem)?, &options, &mut sealed)?;
//! let mine = Identity::from_pem(pem, None)?;
//! let held = smime::decrypt(&sealed[..], &mine, &DecryptOptions::default(), MemorySpool::new())?;
//! let mut opened = Vec::new();
//! held.into_content()?.read_to_end(&mut opened)?;
//! assert!(opened.ends_with(b"Hello\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Open
//! As a mail program would, layer by layer: encrypted, signed and compressed, in any order.
//! ```
//! use smime::report::Verdict;
//! use smime::{Identity, LayerKind, MemorySpool, OpenOptions, VerifyOptions};
//! # use smime::{EncryptOptions, SignOptions};
//!
//! # let pem = include_bytes!("../tests/data/alice.pem");
//! # let now = "2027-01-01T12:00:00Z".parse()?;
//! # let alice = Identity::from_pem(pem, None)?.remove(0);
//! # let roots = [alice.certificate().clone()];
//! # let (mut signed, mut message) = (Vec::new(), Vec::new());
//! # smime::sign(&b"Hello\n"[..], &alice, &SignOptions::new(now), &mut signed)?;
//! # smime::encrypt(&signed[..], &roots, &EncryptOptions::new(now), &mut message)?;
//! let mine = Identity::from_pem(pem, None)?;
//! let mut options = OpenOptions::new(VerifyOptions::new(now));
//! options.verify.anchors = &roots;
//!
//! // Each layer waits in a spool of its own until it may be read.
//! let held = smime::open(&message[..], &mine, &options, || Ok(MemorySpool::new()))?;
//! let kinds: Vec<_> = held.report().layers.iter().map(|layer| layer.kind).collect();
//! assert_eq!(kinds, [LayerKind::Enveloped, LayerKind::Signed, LayerKind::Plain]);
//! assert_eq!(held.report().verdict(), Verdict::Valid);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//! | module | holds |
//! | --- | --- |
//! | [`mod@sign`], [`mod@encrypt`], [`compose`] | making messages from text, files or messages; [`protected`] header fields (RFC 9788) |
//! | [`mod@verify`], [`mod@decrypt`], [`mod@open`] | reading them |
//! | [`report`] | the verdict, one [`Finding`](report::Finding) for whatever is worth knowing, and their stable [codes](report::Code) |
//! | [`held`], [`spool`] | content that waits for its verdict, in memory or wherever the caller likes |
//! | [`path`] | judging certificates (RFC 5280, RFC 8550) |
//! | [`contacts`] | "she signed, so now I can encrypt to her" |
//! | [`mod@inspect`] | what a message is made of; needs no key |
//! | [`mime`] | mail without losing an octet |
//! | [`limits`] | bounds on what strangers send |
//!
//! Keys and certificates are those of the crate `ca-identity`, which is re-exported as [`identity`].
//!
//! # What it never does
//! The crate touches no file, no network, no environment and no clock: the moment at which something is signed or judged is
//! an argument, and so are revocation lists. It contains no unsafe code. Nothing it reads makes it panic; [`Limits`] bound
//! length, depth and inflation, and every error is an enum that says what is wrong with which value. A message that can be
//! read but is not to be believed is no error: that is what the [report] says.
//!
//! There are no features. Everything public is `Send` and `Sync`; enums and reports may grow (`#[non_exhaustive]`), the
//! codes in them stay.

#![forbid(unsafe_code)]

pub mod compose;
pub mod contacts;
pub mod decrypt;
pub mod encrypt;
pub mod held;
pub mod inspect;
pub mod limits;
pub mod mime;
pub mod open;
pub mod path;
pub mod protected;
pub mod report;
pub mod sign;
pub mod spool;
pub mod verify;

mod cms;
mod openpgp;
mod overlap;
mod pipeline;
mod source;
mod stream;
mod wrap;

pub use identity;
pub use identity::Certificate;
pub use identity::identity::Identity;

pub use cms::CmsError;
pub use compose::{Compose, ComposeError, is_message};
pub use decrypt::{DecryptError, DecryptOptions, DecryptReport, OpenedBy, SharedKey, decrypt};
pub use encrypt::{EncryptError, EncryptOptions, EncryptReport, encrypt, encrypt_octets, encrypt_spooled};
pub use held::{Held, HeldError};
pub use inspect::{InspectError, MessageStructure, inspect};
pub use limits::Limits;
pub use open::{Layer, LayerKind, OpenError, OpenOptions, OpenReport, open};
pub use protected::{HeaderProtection, ProtectedHeaders};
pub use sign::{Capabilities, SignError, SignForm, SignOptions, SignReport, sign, sign_spooled};
pub use spool::{Discard, MemorySpool, Spool};
pub use verify::{VerifyError, VerifyOptions, verify, verify_detached};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_public_can_be_handed_to_another_thread() {
        fn shared<T: Send + Sync + 'static>() {}
        shared::<Capabilities>();
        shared::<CmsError>();
        shared::<Compose>();
        shared::<ComposeError>();
        shared::<DecryptError>();
        shared::<DecryptOptions>();
        shared::<DecryptReport>();
        shared::<EncryptError>();
        shared::<EncryptOptions>();
        shared::<EncryptReport>();
        shared::<Held<OpenReport, MemorySpool>>();
        shared::<HeldError<report::VerifyReport>>();
        shared::<InspectError>();
        shared::<MessageStructure>();
        shared::<OpenError>();
        shared::<OpenOptions<'static>>();
        shared::<OpenReport>();
        shared::<SignError>();
        shared::<SignOptions>();
        shared::<SignReport>();
        shared::<VerifyError>();
        shared::<VerifyOptions<'static>>();
        shared::<contacts::Contact>();
        shared::<contacts::Lesson>();
        shared::<mime::Message<'static>>();
        shared::<path::PathReport>();
        shared::<report::VerifyReport>();
    }
}
