//! S/MIME (RFC 8551): signed and encrypted mail with any certificate, bought or self-made.
//!
//! * [`sign()`] turns text or a message into a signed message, [`encrypt()`] into an encrypted one; what the first wrote
//!   can be handed to the second.
//! * [`decrypt()`] and [`verify`](mod@verify) read messages. What they find waits in a [`Spool`] and comes back as [`Held`]: the
//!   report first, the content only if the verdict allows.
//! * [`open`](mod@open) does both, layer by layer, as a mail program would, and inflates what is compressed.
//! * [`inspect`](mod@inspect) shows how a message is built, and needs no key; [`path`](mod@path) judges certificates; [`mime`] reads mail
//!   without losing an octet.
//!
//! The crate reads from `impl Read`, writes to `impl Write`, and never touches a file, the network or the clock:
//! the moment at which something is signed or judged is an argument. [`Limits`] bound what is read from strangers.
//!
//! ```
//! use std::io::Read;
//!
//! use identity::identity::Identity;
//! use smime::{DecryptOptions, EncryptOptions, MemorySpool, SignOptions};
//!
//! # let pem = include_bytes!("../tests/data/alice.pem");
//! // A private key and its certificate in one PEM file; `Identity::from_pkcs12` reads a .p12.
//! let alice = Identity::from_pem(pem, None)?.remove(0);
//! let now = "2027-01-01T12:00:00Z".parse()?;
//!
//! let mut signed = Vec::new();
//! smime::sign("Grüße\n".as_bytes(), &alice, &SignOptions::new(now), &mut signed)?;
//! assert!(String::from_utf8_lossy(&signed).contains("Content-Type: multipart/signed;"));
//!
//! let mut sealed = Vec::new();
//! let recipients = [alice.certificate().clone()];
//! smime::encrypt(&signed[..], &recipients, &EncryptOptions::new(now), &mut sealed)?;
//!
//! let held = smime::decrypt(&sealed[..], &[alice], &DecryptOptions::default(), MemorySpool::new())?;
//! assert_eq!(held.report().cipher.to_string(), "aes-256-cbc");
//! let mut opened = Vec::new();
//! held.into_content()?.read_to_end(&mut opened)?;
//! assert!(String::from_utf8_lossy(&opened).contains("Gr=C3=BC=C3=9Fe"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

pub use cms::CmsError;
pub use compose::{Compose, ComposeError, is_message};
pub use decrypt::{DecryptError, DecryptOptions, DecryptReport, OpenedBy, SharedKey, decrypt};
pub use encrypt::{EncryptError, EncryptOptions, EncryptReport, encrypt, encrypt_spooled};
pub use held::{Held, HeldError};
pub use inspect::{InspectError, MessageStructure, inspect};
pub use limits::Limits;
pub use open::{Layer, LayerKind, OpenError, OpenOptions, OpenReport, open};
pub use protected::{HeaderProtection, ProtectedHeaders};
pub use sign::{Capabilities, SignError, SignForm, SignOptions, SignReport, sign, sign_spooled};
pub use spool::{Discard, MemorySpool, Spool};
pub use verify::{VerifyError, VerifyOptions, verify};
