use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use identity::{Certificate, Passphrase, PrivateKey};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::atomic::{self, FileError, Mode, Overwrite};
use crate::layout::{
    self, CERTIFICATES, CaDirectory, DirectoryState, KEYS, LayoutError, POLICIES, ROOT_DIR, STAGING, UNLOCK,
    VERSION,
};
use crate::pending::{self, Marker};
use crate::sqlite::SqliteLedger;
use crate::store_url::StoreUrl;

/// A CA directory in the making: either [`NewCaDirectory::commit`] completes it, or nothing remains.
///
/// A lock on the directory keeps a second `init` out, and a file `init-pending` marks it while it
/// is being filled. The ledger is built beside its place and moved there last: until then the
/// directory is not initialised, and the next `init` clears away what an interrupted one left.
/// Nothing is lost by that, since nothing can have been issued.
///
/// ```
/// use ca_store::{CaDirectory, LayoutError, NewCaDirectory};
///
/// let temporary = tempfile::tempdir().unwrap();
/// let path = temporary.path().join("ca-data");
/// let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
/// let new = NewCaDirectory::begin(&path, None, None, now)?;
/// new.save_policy("class-1.yaml", "title: Mailbox\n")?;
/// // … keys, certificates, and the CAs' records in `new.ledger()` …
/// new.commit()?;
///
/// assert_eq!(CaDirectory::open(&path, None)?.policies()?.len(), 1);
/// let again = NewCaDirectory::begin(&path, None, None, now);
/// assert!(matches!(again, Err(LayoutError::AlreadyInitialised { .. })));
/// # Ok::<(), LayoutError>(())
/// ```
#[derive(Debug)]
pub struct NewCaDirectory {
    path: PathBuf,
    store: StoreUrl,
    building: PathBuf,
    root_dir: Option<PathBuf>,
    ledger: SqliteLedger,
    marker: Marker,
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
        let marker = Marker::set(path)?;
        match prepare(path, &store, root_dir, now, &marker) {
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
                marker.abandon(made_directory);
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
        self.marker.note_key(&path, pem.as_bytes())?;
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
        self.marker.remove()?;
        crate::failpoint!("init.unmarked");
        CaDirectory::open(&self.path, Some(self.store.clone()))
    }
}

impl Drop for NewCaDirectory {
    fn drop(&mut self) {
        if !self.committed {
            let _ = self.ledger.close();
            self.marker.abandon(self.made_directory);
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

type Prepared = (PathBuf, Option<PathBuf>, SqliteLedger);

fn prepare(
    path: &Path,
    store: &StoreUrl,
    root_dir: Option<&Path>,
    now: DateTime<Utc>,
    marker: &Marker,
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
    building.push(pending::BUILDING_SUFFIX);
    let building = PathBuf::from(building);
    atomic::precheck(&building, Overwrite::Refuse)?;
    marker.note_ledger(&building)?;
    let ledger = SqliteLedger::create(&building, now)?;
    crate::failpoint!("init.ledger-created");
    Ok((building, root_dir, ledger))
}
