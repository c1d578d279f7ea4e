use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use identity::digest::{DigestAlgorithm, digest};
use identity::{Certificate, Passphrase, PrivateKey};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::layout::{
    self, CERTIFICATES, CaDirectory, DirectoryState, KEYS, LayoutError, OWN_ENTRIES, PENDING, POLICIES,
    ROOT_DIR, STAGING, UNLOCK, VERSION,
};
use crate::sqlite::SqliteLedger;
use crate::store_url::StoreUrl;

/// A CA directory in the making: either [`NewCaDirectory::commit`] completes it, or nothing remains.
///
/// A lock on the directory keeps a second `init` out, and a file `init-pending` marks it while it
/// is being filled. The ledger is built beside its place and moved there last: until then the
/// directory is not initialised, and the next `init` clears away what an interrupted one left.
/// Nothing is lost by that, since nothing can have been issued.
#[derive(Debug)]
pub struct NewCaDirectory {
    path: PathBuf,
    store: StoreUrl,
    building: PathBuf,
    root_dir: Option<PathBuf>,
    ledger: SqliteLedger,
    marker: File,
    /// Held open for its lock, which ends with the process however that ends.
    _lock: File,
    made_directory: bool,
    committed: bool,
}

impl NewCaDirectory {
    /// Begins a CA in `path`; `store` is where its ledger will live, `root_dir` where its root's
    /// key will, if not beside the others; `now` is the ledger's date of birth.
    ///
    /// # Errors
    /// [`LayoutError::AlreadyInitialised`] if a CA lives there, [`LayoutError::Busy`] if another
    /// process is making one, [`LayoutError`] if the place cannot be used.
    pub fn begin(
        path: &Path,
        store: Option<StoreUrl>,
        root_dir: Option<&Path>,
        now: DateTime<Utc>,
    ) -> Result<Self, LayoutError> {
        let store = store.unwrap_or_else(|| StoreUrl::default_in(path));
        refuse_occupied(path, &store)?;
        let made_directory = !path.exists();
        atomic::create_private_directory(path)?;
        let lock = lock(path)?;
        // What was true before the lock was taken may have changed.
        refuse_occupied(path, &store)?;
        let mut marker = mark(path)?;
        match prepare(path, &store, root_dir, now, &mut marker) {
            Ok((building, root_dir, ledger)) => Ok(Self {
                path: path.to_path_buf(),
                store,
                building,
                root_dir,
                ledger,
                marker,
                _lock: lock,
                made_directory,
                committed: false,
            }),
            Err(error) => {
                abandon(path, &mut marker, made_directory);
                Err(error)
            }
        }
    }
}

impl NewCaDirectory {
    /// Returns the new CA's ledger, for its first records.
    pub fn ledger(&self) -> &SqliteLedger {
        &self.ledger
    }

    /// Returns the directory's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Copies a policy into the directory: `name` is the file's, `class-1.yaml`.
    ///
    /// # Errors
    /// [`LayoutError`] if the name cannot be a file's or the file cannot be written.
    pub fn save_policy(&self, name: &str, text: &str) -> Result<(), LayoutError> {
        let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
        let file = layout::file_name(stem.unwrap_or(name), "yaml")?;
        let path = self.path.join(POLICIES).join(file);
        Ok(atomic::write(
            &path,
            text.as_bytes(),
            Mode::Public,
            Overwrite::Refuse,
        )?)
    }

    /// Encrypts and keeps the key of an issuing CA, of OCSP, or of the audit log.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be encrypted or written.
    pub fn save_key(&self, id: &str, key: &PrivateKey, passphrase: &Passphrase) -> Result<(), LayoutError> {
        let path = self.path.join(KEYS).join(layout::file_name(id, "key")?);
        let pem = layout::encrypt_key(&path, key, passphrase)?;
        atomic::write(&path, pem.as_bytes(), Mode::Secret, Overwrite::Refuse)?;
        crate::failpoint!("init.key-saved");
        Ok(())
    }

    /// Encrypts and keeps the root's key, beside the others or where `root_dir` says.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be encrypted or written.
    pub fn save_root_key(
        &self,
        id: &str,
        key: &PrivateKey,
        passphrase: &Passphrase,
    ) -> Result<(), LayoutError> {
        let Some(root_dir) = &self.root_dir else {
            return self.save_key(id, key, passphrase);
        };
        let path = root_dir.join(layout::file_name(id, "key")?);
        let pem = layout::encrypt_key(&path, key, passphrase)?;
        atomic::precheck(&path, Overwrite::Refuse)?;
        let mut marker = self
            .marker
            .try_clone()
            .map_err(|error| FileError::from_io("write", &self.path.join(PENDING), error))?;
        note(&self.path, &mut marker, &fingerprint(pem.as_bytes()), &path)?;
        crate::failpoint!("init.root-key-noted");
        atomic::write(&path, pem.as_bytes(), Mode::Secret, Overwrite::Refuse)?;
        crate::failpoint!("init.root-key-saved");
        Ok(())
    }

    /// Keeps a CA's certificate.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be written.
    pub fn save_certificate(&self, id: &str, certificate: &Certificate) -> Result<(), LayoutError> {
        let path = self.path.join(CERTIFICATES).join(layout::file_name(id, "pem")?);
        layout::write_certificate(&path, certificate)
    }

    /// Keeps the passphrase of an unattended CA in the directory, readable by its owner alone.
    ///
    /// # Errors
    /// [`LayoutError`] if it cannot be written.
    pub fn save_unlock(&self, passphrase: &Passphrase) -> Result<(), LayoutError> {
        let mut line = Zeroizing::new(Vec::with_capacity(passphrase.as_bytes().len() + 1));
        line.extend_from_slice(passphrase.as_bytes());
        line.push(b'\n');
        let path = self.path.join(UNLOCK);
        Ok(atomic::write(&path, &line, Mode::Secret, Overwrite::Refuse)?)
    }

    /// Completes the CA: from here on the directory is initialised.
    ///
    /// # Errors
    /// [`LayoutError`] if a file cannot be written or moved; then nothing remains.
    pub fn commit(mut self) -> Result<CaDirectory, LayoutError> {
        let version = self.path.join(VERSION);
        let text = layout::version_text();
        atomic::write(&version, text.as_bytes(), Mode::Public, Overwrite::Refuse)?;
        crate::failpoint!("init.version-written");
        // Closed before it moves: SQLite finds its journal by name.
        self.ledger.close()?;
        atomic::rename_new(&self.building, self.store.path())?;
        crate::failpoint!("init.ledger-moved");
        self.committed = true;
        atomic::remove(&self.path.join(PENDING))?;
        crate::failpoint!("init.unmarked");
        CaDirectory::open(&self.path, Some(self.store.clone()))
    }
}

impl Drop for NewCaDirectory {
    fn drop(&mut self) {
        if !self.committed {
            let _ = self.ledger.close();
            abandon(&self.path, &mut self.marker, self.made_directory);
        }
    }
}

fn refuse_occupied(path: &Path, store: &StoreUrl) -> Result<(), LayoutError> {
    match CaDirectory::state(path, store)? {
        DirectoryState::Initialised => Err(LayoutError::AlreadyInitialised {
            path: path.to_path_buf(),
        }),
        DirectoryState::LedgerMissing => Err(LayoutError::LedgerMissing {
            path: path.to_path_buf(),
            ledger: store.path().to_path_buf(),
        }),
        DirectoryState::Vacant | DirectoryState::Interrupted if store.path().exists() => {
            Err(LayoutError::StoreExists {
                path: store.path().to_path_buf(),
            })
        }
        DirectoryState::Vacant | DirectoryState::Interrupted => Ok(()),
    }
}

fn lock(path: &Path) -> Result<File, LayoutError> {
    let directory = File::open(path).map_err(|error| FileError::from_io("open", path, error))?;
    match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(LayoutError::Busy {
            path: path.to_path_buf(),
        }),
        // Some network file systems lock no directory; `init` twice at the same moment is rare
        // enough to go on.
        Ok(()) | Err(_) => Ok(directory),
    }
}

/// Makes the marker, or takes over an interrupted init's and clears away what that left.
fn mark(path: &Path) -> Result<File, LayoutError> {
    let name = path.join(PENDING);
    let failed = |error| FileError::from_io("write", &name, error);
    let mut options = OpenOptions::new();
    options
        .read(true)
        .append(true)
        .create(true)
        .mode(Mode::Secret.bits());
    let mut marker = options.open(&name).map_err(failed)?;
    atomic::sync_directory(path)?;
    if marker.metadata().map_err(failed)?.len() > 0 {
        clear(path, &mut marker)?;
    }
    marker.write_all(MARKER_TITLE).map_err(failed)?;
    marker.sync_all().map_err(failed)?;
    crate::failpoint!("init.marked");
    Ok(marker)
}

type Prepared = (PathBuf, Option<PathBuf>, SqliteLedger);

fn prepare(
    path: &Path,
    store: &StoreUrl,
    root_dir: Option<&Path>,
    now: DateTime<Utc>,
    marker: &mut File,
) -> Result<Prepared, LayoutError> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
        .map_err(|error| FileError::from_io("restrict access to", path, error))?;
    for directory in [POLICIES, CERTIFICATES, KEYS, STAGING] {
        atomic::create_private_directory(&path.join(directory))?;
    }
    let root_dir = match root_dir {
        Some(given) => {
            atomic::create_private_directory(given)?;
            let absolute =
                fs::canonicalize(given).map_err(|error| FileError::from_io("read", given, error))?;
            let mut line = absolute.clone().into_os_string().into_vec();
            line.push(b'\n');
            atomic::write(&path.join(ROOT_DIR), &line, Mode::Public, Overwrite::Refuse)?;
            Some(absolute)
        }
        None => None,
    };
    crate::failpoint!("init.begun");
    let mut building = store.path().as_os_str().to_owned();
    building.push(BUILDING_SUFFIX);
    let building = PathBuf::from(building);
    atomic::precheck(&building, Overwrite::Refuse)?;
    note(path, marker, ANY_CONTENT, &building)?;
    let ledger = SqliteLedger::create(&building, now)?;
    crate::failpoint!("init.ledger-created");
    Ok((building, root_dir, ledger))
}

/// Notes in the marker a file that `clear` may have to remove, before it is made: a line with the
/// SHA-256 of its content, a space, and its path.
fn note(directory: &Path, marker: &mut File, content: &str, path: &Path) -> Result<(), LayoutError> {
    let failed = |error| FileError::from_io("write", &directory.join(PENDING), error);
    let absolute = std::path::absolute(path).map_err(failed)?;
    let mut line = format!("{content} ").into_bytes();
    line.extend_from_slice(absolute.as_os_str().as_bytes());
    line.push(b'\n');
    marker.write_all(&line).map_err(failed)?;
    marker.sync_all().map_err(failed)?;
    Ok(())
}

/// Removes what an `init` that did not complete has left behind.
fn clear(path: &Path, marker: &mut File) -> Result<(), LayoutError> {
    let marker_path = path.join(PENDING);
    let notes = atomic::read(&marker_path, layout::SMALL)?;
    refuse_committed(path, &notes)?;
    for line in notes.split(|byte| *byte == b'\n') {
        if line.starts_with(b"#") {
            continue;
        }
        let Some(space) = line.iter().position(|byte| *byte == b' ') else {
            continue;
        };
        let (content, noted) = line.split_at(space);
        let noted = Path::new(OsStr::from_bytes(noted.get(1..).unwrap_or_default()));
        if content == ANY_CONTENT.as_bytes() {
            for suffix in ["", "-journal", "-wal", "-shm"] {
                let mut name = noted.as_os_str().to_owned();
                name.push(suffix);
                atomic::remove(Path::new(&name))?;
            }
        } else {
            remove_key(noted, content)?;
        }
    }
    remove_temporaries(path, |_| true)?;
    for entry in OWN_ENTRIES {
        let entry = path.join(entry);
        match entry.symlink_metadata() {
            Ok(found) if found.is_dir() => fs::remove_dir_all(&entry),
            Ok(_) => fs::remove_file(&entry),
            Err(_) => continue,
        }
        .map_err(|error| FileError::from_io("remove", &entry, error))?;
    }
    atomic::sync_directory(path)?;
    marker
        .set_len(0)
        .map_err(|error| FileError::from_io("write", &marker_path, error))?;
    Ok(())
}

/// Removes the root's key that an interrupted `init` put elsewhere, or was about to: its own, not
/// one that happens to have the name.
fn remove_key(path: &Path, content: &[u8]) -> Result<(), LayoutError> {
    let own = |path: &Path| {
        atomic::read(path, layout::SMALL).is_ok_and(|found| fingerprint(&found).as_bytes() == content)
    };
    if own(path) {
        atomic::remove(path)?;
    }
    path.parent()
        .map_or(Ok(()), |directory| remove_temporaries(directory, own))
}

/// Removes what a killed writer left in a directory.
fn remove_temporaries(directory: &Path, own: impl Fn(&Path) -> bool) -> Result<(), LayoutError> {
    // A medium that is not there holds nothing to remove.
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let temporary = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(atomic::TEMPORARY_PREFIX.as_bytes());
        if temporary && own(&entry.path()) {
            atomic::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Refuses to clear away a CA that is complete: one whose ledger stands in its place, which is not
/// where this init looks, and whose init was killed just before it removed the marker.
fn refuse_committed(path: &Path, notes: &[u8]) -> Result<(), LayoutError> {
    for line in notes.split(|byte| *byte == b'\n') {
        let Some(building) = line.strip_prefix(b"* ") else {
            continue;
        };
        let ledger = building
            .strip_suffix(BUILDING_SUFFIX.as_bytes())
            .unwrap_or(building);
        if Path::new(OsStr::from_bytes(ledger)).exists() {
            return Err(LayoutError::AlreadyInitialised {
                path: path.to_path_buf(),
            });
        }
    }
    Ok(())
}

/// Best effort: what cannot be removed now is still marked, and the next `init` tries again.
fn abandon(path: &Path, marker: &mut File, made_directory: bool) {
    if clear(path, marker).is_ok() {
        let _ = atomic::remove(&path.join(PENDING));
        if made_directory {
            let _ = fs::remove_dir(path);
        }
    }
}

fn fingerprint(bytes: &[u8]) -> String {
    hex::encode(digest(DigestAlgorithm::Sha256, bytes))
}

const MARKER_TITLE: &[u8] = b"# cachet init is at work here, or was interrupted: run it again\n";

/// Stands in the marker for the digest of the database in the making, which has no final content.
const ANY_CONTENT: &str = "*";

const BUILDING_SUFFIX: &str = ".new";
