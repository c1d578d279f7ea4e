//! Everything cachet keeps on disk: the CA directory, its ledger, and a mail user's profile.
//!
//! This crate moves bytes and decides nothing: what may be issued is `ca-core`'s business, what the
//! user is told is the program's. It promises that a file is there whole or not at all, that
//! nothing is replaced unasked, that secrets are readable by their owner alone, and that what the
//! ledger has confirmed survives a power failure.
//!
//! * [`CaDirectory`] and [`NewCaDirectory`]: the layout of `ca-data/`, and how it comes to be.
//! * [`SqliteLedger`]: the record of every certificate, in SQLite.
//! * [`PublishDirectory`]: certificates and revocation lists for a web server.
//! * [`StagedKey`]: a private key kept safe while its certificate is being made.
//! * [`TrustStore`]: the roots that a mail user trusts.
//! * [`ContactStore`]: a mail user's address book of certificates.
//! * [`atomic`]: writing files whole.

pub mod atomic;
pub mod backup;
mod contacts;
mod fail;
mod file_error;
mod layout;
mod new_directory;
mod outbox;
mod pending;
mod profile;
mod publish;
mod sql;
mod sqlite;
mod staging;
mod store_url;
#[cfg(test)]
mod test_disk;
mod trust;

pub use contacts::{AddressBook, ContactError, ContactStore};
pub use fail::point as fail_point;
pub use file_error::FileError;
pub use layout::{CaDirectory, DirectoryState, LayoutError, PolicyFile};
pub use new_directory::NewCaDirectory;
pub use publish::{Publication, PublishDirectory, PublishLock, PublishedPaths};
pub use sqlite::{SqliteLedger, StoreError};
pub use staging::{StagedKey, StagingError, StagingLock};
pub use store_url::{StoreUrl, StoreUrlError};
pub use trust::{Added, TrustError, TrustStore, TrustedRoot};
