use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use identity::Mailbox;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use smime::contacts::Contact;

use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::profile::{self, Fault};

mod file;

/// A mail user's address book of certificates: the `contacts/` directory of a profile, one JSON file per address.
///
/// A change is made under a lock, so that several processes lose nothing of each other's; a file is there whole or not
/// at all. The directory and its files are their owner's alone: whom somebody writes to is nobody else's business.
#[derive(Clone, Debug)]
pub struct ContactStore {
    directory: PathBuf,
}

/// Everything that a [`ContactStore`] holds.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct AddressBook {
    /// The contacts, sorted by address.
    pub contacts: Vec<Contact>,
    /// Files that hold no contact, each with the reason; they were passed over.
    pub damaged: Vec<ContactError>,
}

impl ContactStore {
    /// Names the address book of a profile; nothing is created before the first contact is kept.
    ///
    /// # Errors
    /// [`ContactError`] if the profile is a CA directory or no directory at all.
    pub fn open(profile: &Path) -> Result<Self, ContactError> {
        let path = profile.to_path_buf();
        match profile::fault(profile) {
            Some(Fault::IsCaDirectory) => Err(ContactError::IsCaDirectory { path }),
            Some(Fault::NotADirectory) => Err(ContactError::NotADirectory { path }),
            None => Ok(Self {
                directory: profile.join("contacts"),
            }),
        }
    }

    /// Returns the directory that holds the contacts.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Reads all contacts. A damaged file is passed over and named.
    ///
    /// # Errors
    /// [`ContactError::File`] if the directory cannot be read.
    pub fn list(&self) -> Result<AddressBook, ContactError> {
        let failed = |error| FileError::from_io("read", &self.directory, error);
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(AddressBook::default()),
            other => other.map_err(failed)?,
        };
        let mut book = AddressBook::default();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == file::EXTENSION)
            {
                match read(&path) {
                    Ok(contact) => book.contacts.extend(contact),
                    Err(error) => book.damaged.push(error),
                }
            }
        }
        book.contacts
            .sort_by_cached_key(|contact| contact.address().clone());
        book.damaged.sort_by_cached_key(ToString::to_string);
        Ok(book)
    }

    /// Finds the contact of an address (letters' case in its local part aside).
    ///
    /// # Errors
    /// [`ContactError`] if its file is damaged or cannot be read.
    pub fn find(&self, address: &Mailbox) -> Result<Option<Contact>, ContactError> {
        read(&self.file(address))
    }

    /// Changes the contact of an address, or begins a new one, while nobody else can. A contact that is left without a
    /// certificate is removed.
    ///
    /// # Errors
    /// What `change` returns, and then nothing has changed; [`ContactError`] if the file is damaged, cannot be written,
    /// or another process holds the lock for long.
    pub fn update<T, E: From<ContactError>>(
        &self,
        address: &Mailbox,
        change: impl FnOnce(&mut Contact) -> Result<T, E>,
    ) -> Result<T, E> {
        let _lock = self.lock()?;
        let path = self.file(address);
        let mut contact = read(&path)?.unwrap_or_else(|| Contact::new(address.clone()));
        let answer = change(&mut contact)?;
        if contact.certificates().is_empty() {
            atomic::remove(&path).map_err(ContactError::from)?;
        } else {
            let text = file::encode(&contact);
            if text.len() as u64 > LARGEST {
                let limit = LARGEST;
                return Err(ContactError::from(FileError::TooLarge { path, limit }).into());
            }
            atomic::write(&path, text.as_bytes(), Mode::Secret, Overwrite::Replace)
                .map_err(ContactError::from)?;
        }
        Ok(answer)
    }

    fn file(&self, address: &Mailbox) -> PathBuf {
        self.directory.join(file::name(address))
    }

    /// Waits until no other process changes the address book. The lock ends with the file that is returned.
    fn lock(&self) -> Result<File, ContactError> {
        atomic::create_private_directory(&self.directory)?;
        let path = self.directory.join(LOCK);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(Mode::Secret.bits())
            .open(&path)
            .map_err(|error| FileError::from_io("lock", &path, error))?;
        for _ in 0..ATTEMPTS {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => std::thread::sleep(PAUSE),
                // Some network file systems know no locks; two changes at the same moment are rare enough to go on.
                Ok(()) | Err(_) => return Ok(file),
            }
        }
        Err(ContactError::Busy { path })
    }
}

/// Why contacts could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContactError {
    /// Another process holds the lock.
    #[error("another process is changing the contacts and does not end ({} is locked); try again", path.display())]
    Busy {
        /// The lock.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("{} {reason}; remove the file and add the certificate again with cachet contacts add", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, after "the file".
        reason: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The profile given is a CA directory.
    #[error("{} is a CA directory, not a mail user's profile; choose another with --profile", path.display())]
    IsCaDirectory {
        /// The path.
        path: PathBuf,
    },
    /// The profile given is not a directory.
    #[error("{} is not a directory; choose another profile with --profile", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
}

/// Reads a contact; `None` if there is none.
fn read(path: &Path) -> Result<Option<Contact>, ContactError> {
    let damaged = |reason: String| ContactError::Damaged {
        path: path.to_path_buf(),
        reason,
    };
    let bytes = match atomic::read(path, LARGEST) {
        // The directory is made with the first contact.
        Err(FileError::NotFound { .. } | FileError::DirectoryMissing { .. }) => return Ok(None),
        Err(error @ (FileError::TooLarge { .. } | FileError::NotAFile { .. })) => {
            return Err(damaged(format!("is no contact: {error}")));
        }
        other => other?,
    };
    let contact = file::decode(&bytes).map_err(damaged)?;
    if path.file_name() != Some(file::name(contact.address()).as_ref()) {
        let address = contact.address();
        return Err(damaged(format!(
            "holds the contact {address}, which its name does not say"
        )));
    }
    Ok(Some(contact))
}

/// The most that is read and written of one contact, in bytes.
const LARGEST: u64 = 4 << 20;

/// Stays where it is: a lock that is removed while another process waits for it keeps nobody out.
const LOCK: &str = ".lock";

/// With the pause, half a minute.
const ATTEMPTS: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(20);
