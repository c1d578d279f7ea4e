//! S/MIME (RFC 8551): signed and encrypted mail with any certificate, bought or self-made.
//!
//! The crate reads from `impl Read`, writes to `impl Write`, and never touches a file, the network or the clock:
//! the moment at which something is signed or judged is an argument.

pub mod compose;
pub mod decrypt;
pub mod encrypt;
pub mod held;
pub mod inspect;
pub mod limits;
pub mod mime;
pub mod path;
pub mod report;
pub mod sign;
pub mod spool;
pub mod verify;

mod cms;
mod source;
mod wrap;

pub use cms::CmsError;
pub use compose::{Compose, ComposeError, is_message};
pub use decrypt::{DecryptError, DecryptOptions, DecryptReport, decrypt};
pub use encrypt::{EncryptError, EncryptOptions, EncryptReport, encrypt};
pub use held::{Held, HeldError};
pub use limits::Limits;
pub use sign::{Capabilities, SignError, SignForm, SignOptions, SignReport, sign};
pub use spool::{Discard, MemorySpool, Spool};
