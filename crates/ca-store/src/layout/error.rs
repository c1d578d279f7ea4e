use std::path::PathBuf;

use crate::atomic::FileError;
use crate::sqlite::StoreError;

/// Why a CA directory could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A policy names a recovery agent whose certificate is not there.
    #[error("the policy has encryption keys archived, but the certificate of a recovery agent, {}, is not there; put it there, or change \"archive\" in the policy", path.display())]
    AgentMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A CA lives there already.
    #[error("{} holds a CA already; nothing was changed. Use it as it is, or start anew in another directory (--dir OTHER), or move this one away first: with it go the keys and the record of every certificate it issued", path.display())]
    AlreadyInitialised {
        /// The directory.
        path: PathBuf,
    },
    /// An ID or name cannot be the name of a file.
    #[error("\"{}\" cannot be the name of a file; use letters, digits, - and _", id.escape_debug())]
    BadId {
        /// The ID as given.
        id: String,
    },
    /// Another `init` is at work in the directory.
    #[error("another init is at work in {}; wait for it to end", path.display())]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// A certificate's file is damaged.
    #[error("{} holds no certificate that can be read: {reason}; restore it from a backup", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The directory holds something else under a name that a CA needs.
    #[error("{} is not a CA directory but holds \"{entry}\", a name that a CA needs; choose another directory with --dir", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// The entry in the way.
        entry: &'static str,
    },
    /// An `init` was interrupted there.
    #[error("the CA in {} was never completed: its init was interrupted before anything was issued; run cachet init again, which starts it anew", path.display())]
    Interrupted {
        /// The directory.
        path: PathBuf,
    },
    /// The directory is a mail user's profile.
    #[error("{} is a mail user's profile, not a CA directory; choose another directory with --dir", path.display())]
    IsProfile {
        /// The directory.
        path: PathBuf,
    },
    /// A key could not be decrypted, encrypted or parsed.
    #[error("cannot use the key {}: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A key is not where it should be.
    #[error("the key of {id} is not at {}; if it is kept on a medium of its own, attach that, else restore it from a backup", path.display())]
    KeyMissing {
        /// The CA.
        id: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// The ledger of a new CA could not be made.
    #[error(transparent)]
    Ledger(#[from] StoreError),
    /// The ledger of an initialised CA is gone.
    #[error("{} holds a CA's files, but its ledger {} is missing; restore it from a backup or name its place with --store (to start anew, move the directory away)", path.display(), ledger.display())]
    LedgerMissing {
        /// The directory.
        path: PathBuf,
        /// Where the ledger should be.
        ledger: PathBuf,
    },
    /// The directory was written by a newer version.
    #[error("{} has the directory format {found}, this version of cachet knows up to {known}; use the newer cachet that made it", path.display())]
    Newer {
        /// The directory.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// A ledger stands in a directory without `version` file.
    #[error("{} holds a ledger but no readable \"version\" file: it is another program's directory, or the file was lost; choose another directory with --dir, or restore the file from a backup", path.display())]
    NoVersion {
        /// The directory.
        path: PathBuf,
    },
    /// The path is not a directory.
    #[error("{} is not a directory; choose another with --dir", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// No CA lives there.
    #[error("no CA lives in {}; make one with cachet init --name NAME, or name its directory with --dir", path.display())]
    NotInitialised {
        /// The directory.
        path: PathBuf,
    },
    /// There are no policies, or one is not text.
    #[error("{}: {reason}; copy the shipped policies there, or restore them from a backup", path.display())]
    Policies {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// The ledger of a new CA would replace a database.
    #[error("the store {} exists already and was left as it is; name another with --store", path.display())]
    StoreExists {
        /// The database.
        path: PathBuf,
    },
    /// The passphrase of an unattended CA cannot be used.
    #[error("the passphrase in {} cannot be used: {reason}; give it with --passphrase-file", path.display())]
    Unlock {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}
