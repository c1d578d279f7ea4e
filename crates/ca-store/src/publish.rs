//! What others fetch from a CA: its certificates and revocation lists, laid out so that any web server can serve them.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::atomic::{self, Draft, FileError, Mode, Overwrite};
use crate::layout::{CaDirectory, LayoutError, file_name};

/// A directory to be served at a CA's base URL.
///
/// ```text
/// ca/ID.crt           a CA's certificate (DER)
/// crl/ID.crl          its complete revocation list (DER)
/// crl/ID.delta.crl    what has changed since an earlier one (DER), if the policy wants that
/// ```
#[derive(Clone, Debug)]
pub struct PublishDirectory {
    path: PathBuf,
}

/// Keeps other processes from publishing until it is dropped, so that an older list never replaces a newer one.
#[derive(Debug)]
pub struct PublishLock {
    /// Held open for its lock.
    _directory: File,
}

/// What one authority publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// The authority's name in file names.
    pub id: String,
    /// Its certificate (DER).
    pub certificate: Vec<u8>,
    /// Its complete revocation list (DER); `None` leaves what is there.
    pub crl: Option<Vec<u8>>,
    /// The delta list of the same number (DER); one that is there and not renewed with the complete list is removed.
    pub delta: Option<Vec<u8>>,
}

/// Where the files of an authority stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPaths {
    /// Its certificate.
    pub certificate: PathBuf,
    /// Its complete revocation list.
    pub crl: PathBuf,
    /// Its delta list.
    pub delta: PathBuf,
}

impl CaDirectory {
    /// Returns the CA's own copy of what it publishes, `publish/`; it need not be there yet.
    pub fn publish_directory(&self) -> PublishDirectory {
        PublishDirectory::new(&self.path().join(PUBLISH))
    }
}

impl PublishDirectory {
    /// Names a directory; nothing is made yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
        }
    }

    /// Returns the directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the directory if need be, and waits until no other process publishes there.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be made.
    pub fn lock(&self) -> Result<PublishLock, FileError> {
        atomic::create_public_directory(&self.path)?;
        let directory =
            File::open(&self.path).map_err(|error| FileError::from_io("open", &self.path, error))?;
        // Some network file systems lock no directory; to publish twice at the same moment is rare enough to go on.
        let _ = flock(&directory, FlockOperation::LockExclusive);
        Ok(PublishLock {
            _directory: directory,
        })
    }

    /// Returns where the files of an authority stand.
    ///
    /// # Errors
    /// [`LayoutError::BadId`] if the ID cannot be a file's name.
    pub fn paths(&self, id: &str) -> Result<PublishedPaths, LayoutError> {
        let (certificates, lists) = (self.path.join(CERTIFICATES), self.path.join(LISTS));
        Ok(PublishedPaths {
            certificate: certificates.join(file_name(id, "crt")?),
            crl: lists.join(file_name(id, "crl")?),
            delta: lists.join(file_name(id, "delta.crl")?),
        })
    }

    /// Reads the complete list of an authority; `None` if there is none.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be read, or has more than `limit` bytes.
    pub fn crl(&self, id: &str, limit: u64) -> Result<Option<Vec<u8>>, LayoutError> {
        read(&self.paths(id)?.crl, limit)
    }

    /// Reads the delta list of an authority; `None` if there is none.
    ///
    /// # Errors
    /// As [`PublishDirectory::crl`].
    pub fn delta(&self, id: &str, limit: u64) -> Result<Option<Vec<u8>>, LayoutError> {
        read(&self.paths(id)?.delta, limit)
    }

    /// Writes what authorities publish: everything is on the disk before the first file gets its name, and each file is
    /// replaced in one step, so that a reader sees the old one or the new one. Files of others are left alone.
    ///
    /// # Errors
    /// [`LayoutError`]; a disk that is full or not writable is noticed before anything has changed.
    pub fn publish(&self, publications: &[Publication]) -> Result<(), LayoutError> {
        for folder in [CERTIFICATES, LISTS] {
            atomic::create_public_directory(&self.path.join(folder))?;
        }
        let mut files = Vec::new();
        let mut removed = Vec::new();
        for publication in publications {
            let paths = self.paths(&publication.id)?;
            files.push((paths.certificate, publication.certificate.as_slice()));
            if let Some(crl) = &publication.crl {
                files.push((paths.crl, crl));
                match &publication.delta {
                    Some(delta) => files.push((paths.delta, delta)),
                    None => removed.push(paths.delta),
                }
            }
        }
        let mut written = Vec::new();
        for (path, bytes) in &files {
            // What is there already keeps its date, by which web servers tell what is new.
            if !is_there(path, bytes) {
                written.push(Written::prepare(path, bytes)?);
            }
        }
        crate::failpoint!("publish.prepared");
        for file in written {
            file.publish()?;
        }
        for path in removed {
            atomic::remove(&path)?;
        }
        Ok(())
    }
}

/// A file that is ready to get its name.
enum Written<'a> {
    Draft(Draft),
    /// Where the file system has no files without a name.
    Later(&'a Path, &'a [u8]),
}

impl<'a> Written<'a> {
    fn prepare(path: &'a Path, bytes: &'a [u8]) -> Result<Self, FileError> {
        let Some(draft) = Draft::create(path, Mode::Public, Overwrite::Replace)? else {
            return Ok(Self::Later(path, bytes));
        };
        let failed = |error| FileError::from_io("write", path, error);
        draft.file().write_all(bytes).map_err(failed)?;
        draft.file().sync_all().map_err(failed)?;
        Ok(Self::Draft(draft))
    }

    fn publish(self) -> Result<(), FileError> {
        match self {
            Self::Draft(draft) => draft.publish(),
            Self::Later(path, bytes) => atomic::write(path, bytes, Mode::Public, Overwrite::Replace),
        }
    }
}

fn is_there(path: &Path, bytes: &[u8]) -> bool {
    let length = bytes.len() as u64;
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == length)
        && atomic::read(path, length).is_ok_and(|found| *found == bytes)
}

fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, LayoutError> {
    match atomic::read(path, limit) {
        Ok(mut bytes) => Ok(Some(std::mem::take(&mut *bytes))),
        Err(FileError::NotFound { .. } | FileError::DirectoryMissing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

const PUBLISH: &str = "publish";
const CERTIFICATES: &str = "ca";
const LISTS: &str = "crl";

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(id: &str, crl: &str, delta: Option<&str>) -> Publication {
        Publication {
            id: id.to_owned(),
            certificate: b"certificate".to_vec(),
            crl: Some(crl.as_bytes().to_vec()),
            delta: delta.map(|delta| delta.as_bytes().to_vec()),
        }
    }

    #[test]
    fn files_are_replaced_and_others_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = PublishDirectory::new(&temporary.path().join("www"));
        let lock = directory.lock().unwrap();
        assert_eq!(directory.crl("a", 100).unwrap(), None);
        directory
            .publish(&[publication("a", "one", Some("delta"))])
            .unwrap();
        fs::write(directory.path().join("crl/index.html"), "mine").unwrap();
        drop(lock);
        let _again = directory.lock().unwrap();
        directory
            .publish(&[publication("a", "two", None), publication("b", "three", None)])
            .unwrap();
        assert_eq!(directory.crl("a", 100).unwrap().unwrap(), b"two");
        assert_eq!(directory.delta("a", 100).unwrap(), None);
        assert_eq!(directory.crl("b", 100).unwrap().unwrap(), b"three");
        assert!(directory.path().join("ca/b.crt").is_file());
        assert_eq!(
            fs::read(directory.path().join("crl/index.html")).unwrap(),
            b"mine"
        );
        let kept = Publication {
            crl: None,
            ..publication("a", "", None)
        };
        directory.publish(&[kept]).unwrap();
        assert_eq!(directory.crl("a", 100).unwrap().unwrap(), b"two");
        assert!(directory.publish(&[publication("../x", "", None)]).is_err());
    }

    #[test]
    fn nothing_changes_if_something_cannot_be_written() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = PublishDirectory::new(temporary.path());
        directory.publish(&[publication("a", "one", None)]).unwrap();
        // A directory in the place of a file.
        fs::create_dir(temporary.path().join("crl/b.crl")).unwrap();
        let both = [publication("a", "two", None), publication("b", "two", None)];
        assert!(directory.publish(&both).is_err());
        assert_eq!(directory.crl("a", 100).unwrap().unwrap(), b"one");
    }
}
