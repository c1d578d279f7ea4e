//! Files that are there whole or not at all, and directories that only their owner reads.
//!
//! A file is written to a temporary beside its target, flushed to the disk, moved into place in one
//! step, and its directory flushed. A target that exists is refused by the file system itself in
//! that one step (`RENAME_NOREPLACE`, or a hard link where that is missing), so that two processes
//! cannot both believe they were first. The temporary goes away with every failure.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

mod batch;
mod draft;
mod unnamed;

pub use crate::file_error::FileError;
use crate::file_error::parent_of;
pub use batch::Batch;
pub use draft::Draft;

/// Who may read a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Anyone (0644, less what the umask takes away).
    Public,
    /// The owner alone (0600).
    Secret,
}

impl Mode {
    /// Returns the permission bits.
    pub fn bits(self) -> u32 {
        match self {
            Self::Public => 0o644,
            Self::Secret => 0o600,
        }
    }
}

/// What happens to a target that exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overwrite {
    /// It stays and the write fails with [`FileError::AlreadyExists`].
    Refuse,
    /// It is replaced in one step.
    Replace,
}

/// Writes `bytes` to `path`, whole or not at all, and returns once they are on the disk.
///
/// A symbolic link at `path` counts as a target that exists; replacing replaces the link itself.
///
/// # Errors
/// [`FileError`], naming the path and a remedy; then nothing has changed and no temporary is left.
///
/// ```
/// use ca_store::FileError;
/// use ca_store::atomic::{Mode, Overwrite, write};
///
/// let directory = tempfile::tempdir().unwrap();
/// let path = directory.path().join("alice.key");
/// write(&path, b"secret", Mode::Secret, Overwrite::Refuse)?;
/// let again = write(&path, b"other", Mode::Secret, Overwrite::Refuse);
/// assert!(matches!(again, Err(FileError::AlreadyExists { .. })));
/// # Ok::<(), FileError>(())
/// ```
pub fn write(path: &Path, bytes: &[u8], mode: Mode, overwrite: Overwrite) -> Result<(), FileError> {
    // Written straight from the caller's memory: a copy of a secret would not be wiped.
    write_with(
        path,
        &mut |mut file| file.write_all(bytes),
        u64::MAX,
        mode,
        overwrite,
    )
}

/// As [`write()`], for content of any size, read to its end; that of a long file is not waited for (see
/// [`MOST_FLUSHED`]).
///
/// # Errors
/// [`FileError`] as for [`write()`]; a failure to read `content` counts as one to write.
// Generic, so that the kernel copies from file to file.
pub fn write_from<R: Read + ?Sized>(
    path: &Path,
    content: &mut R,
    mode: Mode,
    overwrite: Overwrite,
) -> Result<(), FileError> {
    write_with(
        path,
        &mut |mut file| std::io::copy(content, &mut file).map(drop),
        MOST_FLUSHED,
        mode,
        overwrite,
    )
}

/// As [`write_from`], for content that `fill` writes piece by piece.
///
/// # Errors
/// [`FileError`] as for [`write()`]; a failure of `fill` counts as one to write.
pub fn write_by(
    path: &Path,
    fill: &mut dyn FnMut(&File) -> std::io::Result<()>,
    mode: Mode,
    overwrite: Overwrite,
) -> Result<(), FileError> {
    write_with(path, fill, MOST_FLUSHED, mode, overwrite)
}

/// Refuses, before any work is done, the targets that [`write()`] would refuse.
///
/// This is for callers that have several files to write, or costly work to do first; the write
/// itself still closes the race.
///
/// # Errors
/// [`FileError`] if the target exists and `overwrite` refuses it, if it is not a file, or if its
/// directory is missing.
pub fn precheck(path: &Path, overwrite: Overwrite) -> Result<(), FileError> {
    refuse_special(path, overwrite)?;
    let parent = parent_of(path);
    let found = fs::metadata(parent).map_err(|source| FileError::from_io("write", path, source))?;
    if !found.is_dir() {
        return Err(FileError::NotADirectory {
            action: "write",
            path: path.to_path_buf(),
        });
    }
    match (overwrite, fs::symlink_metadata(path)) {
        (Overwrite::Refuse, Ok(_)) => Err(FileError::AlreadyExists {
            path: path.to_path_buf(),
        }),
        _ => Ok(()),
    }
}

/// Reads a file of at most `limit` bytes into memory that is wiped when dropped.
///
/// # Errors
/// [`FileError`], [`FileError::TooLarge`] if there is more.
pub fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let failed = |source| FileError::from_io("read", path, source);
    let file = File::open(path).map_err(failed)?;
    let expected = file.metadata().map(|found| found.len().min(limit)).unwrap_or(0);
    // Room for everything at once: a vector that grows leaves copies of a secret behind. (Pipes do not tell their length.)
    let room = usize::try_from(expected).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room.max(SECRET_ROOM)));
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge {
            path: path.to_path_buf(),
            limit,
        });
    }
    Ok(bytes)
}

/// Removes a file and makes the removal durable; returns false if there was none.
///
/// # Errors
/// [`FileError`] if it is there and cannot be removed.
pub fn remove(path: &Path) -> Result<bool, FileError> {
    match fs::remove_file(path) {
        Ok(()) => sync_directory(parent_of(path)).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::from_io("remove", path, error)),
    }
}

/// Moves a file or directory within a file system, refusing to replace anything.
///
/// # Errors
/// [`FileError::AlreadyExists`] names `to`.
pub fn rename_new(from: &Path, to: &Path) -> Result<(), FileError> {
    place(from, to, Overwrite::Refuse)?;
    sync_directory(parent_of(to))
}

/// Creates a directory that only its owner enters (0700), and its parents; one that exists stays.
///
/// # Errors
/// [`FileError`] if it cannot be created or something else stands there.
pub fn create_private_directory(path: &Path) -> Result<(), FileError> {
    create_directory(path, 0o700)
}

/// Creates a directory for files meant for others (0755 less the umask), and its parents; one that
/// exists stays.
///
/// # Errors
/// [`FileError`] if it cannot be created or something else stands there.
pub fn create_public_directory(path: &Path) -> Result<(), FileError> {
    create_directory(path, 0o755)
}

/// Flushes a directory's entries to the disk.
///
/// # Errors
/// [`FileError`] if the directory cannot be opened or flushed.
pub fn sync_directory(path: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::from_io("flush", path, source);
    match File::open(path).map_err(failed)?.sync_all() {
        // Some network file systems cannot flush a directory and say so.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other.map_err(failed),
    }
}

/// Longer streams, in octets, are not waited for until they are on the disk: that takes many times what it took to make
/// them. They are messages, which can be made again from what is still there; a failure of the program leaves them
/// whole or not at all, too, but one of the power may not. Keys, certificates, records: whatever is written from memory
/// by [`write()`] is flushed whatever its length.
pub const MOST_FLUSHED: u64 = 4 << 20;

/// Room for any secret that is read from a pipe, in octets: passwords, and identities of some certificates.
pub const SECRET_ROOM: usize = 64 << 10;

/// Temporaries begin so: a process killed while writing may leave one, and it is safe to delete.
pub const TEMPORARY_PREFIX: &str = ".cachet-";

fn write_with(
    path: &Path,
    fill: &mut dyn FnMut(&File) -> std::io::Result<()>,
    most_flushed: u64,
    mode: Mode,
    overwrite: Overwrite,
) -> Result<(), FileError> {
    let failed = |source| FileError::from_io("write", path, source);
    refuse_special(path, overwrite)?;
    let parent = parent_of(path);
    // What takes long to write is given its name last: then nothing is left of it, however the program ends.
    if most_flushed < u64::MAX
        && let Some(draft) = Draft::create(path, mode, overwrite)?
    {
        fill(draft.file()).map_err(failed)?;
        return draft.publish();
    }
    let temporary = tempfile::Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .suffix(".tmp")
        .permissions(Permissions::from_mode(mode.bits()))
        .tempfile_in(parent)
        .map_err(failed)?;
    fill(temporary.as_file()).map_err(failed)?;
    let flushed = temporary.as_file().metadata().map_err(failed)?.len() <= most_flushed;
    if flushed {
        temporary.as_file().sync_all().map_err(failed)?;
    }
    crate::failpoint!("atomic.written");
    match overwrite {
        Overwrite::Refuse => temporary.persist_noclobber(path),
        Overwrite::Replace => temporary.persist(path),
    }
    .map_err(|error| failed(error.error))?;
    match flushed {
        true => sync_directory(parent),
        false => Ok(()),
    }
}

fn create_directory(path: &Path, mode: u32) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(|source| {
            if path.exists() || source.kind() == std::io::ErrorKind::AlreadyExists {
                FileError::NotADirectory {
                    action: "create",
                    path: path.join(""),
                }
            } else {
                FileError::from_io("create", path, source)
            }
        })?;
    sync_directory(parent_of(path))
}

/// Moves within a file system, in one step.
fn place(from: &Path, to: &Path, overwrite: Overwrite) -> Result<(), FileError> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    if overwrite == Overwrite::Replace {
        return fs::rename(from, to).map_err(|source| FileError::from_io("move", to, source));
    }
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // A file system without the flag: the look beforehand leaves a window, but the caller holds
        // the directory's lock.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match fs::symlink_metadata(to) {
            Ok(_) => Err(FileError::AlreadyExists {
                path: to.to_path_buf(),
            }),
            Err(_) => fs::rename(from, to).map_err(|source| FileError::from_io("move", to, source)),
        },
        other => other.map_err(|errno| FileError::from_io("create", to, errno.into())),
    }
}

/// Renaming onto a device or pipe would replace it: with enough rights, `/dev/null` itself.
fn refuse_special(path: &Path, overwrite: Overwrite) -> Result<(), FileError> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    let kind = found.file_type();
    let kind = if kind.is_dir() {
        "a directory"
    } else if kind.is_fifo() || kind.is_socket() {
        "a pipe or socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "a device"
    } else if overwrite == Overwrite::Refuse {
        return Err(FileError::AlreadyExists {
            path: path.to_path_buf(),
        });
    } else {
        return Ok(());
    };
    Err(FileError::NotAFile {
        action: "write",
        path: path.to_path_buf(),
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_disk::SmallDisk;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn writes_whole_files_with_their_mode() {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        write(&secret, b"s3cret", Mode::Secret, Overwrite::Refuse).unwrap();
        assert_eq!(fs::read(&secret).unwrap(), b"s3cret");
        assert_eq!(mode(&secret), 0o600);
        let public = directory.path().join("public");
        write(&public, b"", Mode::Public, Overwrite::Refuse).unwrap();
        // Whatever the umask is, the owner's bits stay and nobody else may write.
        assert_eq!(mode(&public) & 0o622, 0o600);
        assert_eq!(names(directory.path()), ["public", "secret"]);
    }

    #[test]
    fn replaces_only_when_asked_and_then_the_mode_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write(&path, b"old", Mode::Public, Overwrite::Refuse).unwrap();
        let error = write(&path, b"new", Mode::Secret, Overwrite::Refuse).unwrap_err();
        assert!(matches!(error, FileError::AlreadyExists { .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(precheck(&path, Overwrite::Refuse).is_err());
        precheck(&path, Overwrite::Replace).unwrap();
        write(&path, b"new", Mode::Secret, Overwrite::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(names(directory.path()), ["file"]);
    }

    #[test]
    fn a_dangling_link_is_a_target_that_exists() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("link");
        std::os::unix::fs::symlink(directory.path().join("nowhere"), &path).unwrap();
        assert!(write(&path, b"x", Mode::Secret, Overwrite::Refuse).is_err());
        assert_eq!(names(directory.path()), ["link"]);
    }

    #[test]
    fn one_of_many_writers_wins_and_the_others_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let won: Vec<u8> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8u8)
                .map(|n| {
                    let path = &path;
                    scope.spawn(move || {
                        let content = vec![n; 100_000];
                        write(path, &content, Mode::Secret, Overwrite::Refuse)
                            .is_ok()
                            .then_some(n)
                    })
                })
                .collect();
            writers
                .into_iter()
                .filter_map(|writer| writer.join().unwrap())
                .collect()
        });
        assert_eq!(won.len(), 1);
        assert_eq!(fs::read(&path).unwrap(), vec![won[0]; 100_000]);
        assert_eq!(names(directory.path()), ["file"]);
    }

    #[test]
    fn names_what_stands_in_the_way() {
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("missing/file");
        let error = write(&inside, b"x", Mode::Public, Overwrite::Refuse).unwrap_err();
        assert!(matches!(error, FileError::DirectoryMissing { .. }), "{error:?}");
        assert!(error.to_string().contains("missing"), "{error}");
        let file = directory.path().join("file");
        write(&file, b"x", Mode::Public, Overwrite::Refuse).unwrap();
        for error in [
            write(&file.join("below"), b"x", Mode::Public, Overwrite::Refuse).unwrap_err(),
            precheck(&file.join("below"), Overwrite::Refuse).unwrap_err(),
            create_private_directory(&file).unwrap_err(),
            create_private_directory(&file.join("below")).unwrap_err(),
        ] {
            assert!(matches!(error, FileError::NotADirectory { .. }), "{error:?}");
        }
        let error = write(directory.path(), b"x", Mode::Public, Overwrite::Replace).unwrap_err();
        assert!(matches!(error, FileError::NotAFile { .. }), "{error:?}");
        let error = write(Path::new("/dev/null"), b"x", Mode::Public, Overwrite::Replace);
        assert!(matches!(error, Err(FileError::NotAFile { .. })), "{error:?}");
        assert_eq!(names(directory.path()), ["file"]);
    }

    #[test]
    fn a_full_disk_leaves_the_old_file_and_no_temporary() {
        let Some(disk) = SmallDisk::mount(64) else { return };
        let path = disk.path().join("file");
        write(&path, b"old", Mode::Public, Overwrite::Refuse).unwrap();
        let error = write(&path, &[0; 1 << 20], Mode::Public, Overwrite::Replace).unwrap_err();
        assert!(matches!(error, FileError::NoSpace { .. }), "{error:?}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(disk.path()), ["file"]);
    }

    #[test]
    fn a_read_only_file_system_is_named_as_such() {
        let Some(disk) = SmallDisk::mount(64) else { return };
        disk.make_read_only();
        for error in [
            write(&disk.path().join("f"), b"x", Mode::Public, Overwrite::Refuse).unwrap_err(),
            create_private_directory(&disk.path().join("d")).unwrap_err(),
        ] {
            assert!(matches!(error, FileError::ReadOnlyFileSystem { .. }), "{error:?}");
        }
    }

    #[test]
    fn permission_denied_is_named_as_such() {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o500)).unwrap();
        let path = directory.path().join("file");
        match write(&path, b"x", Mode::Public, Overwrite::Refuse) {
            Ok(()) => eprintln!("SKIPPED: root writes anywhere; run this test as another user"),
            Err(error) => assert!(matches!(error, FileError::PermissionDenied { .. }), "{error:?}"),
        }
    }

    #[test]
    fn reads_within_the_limit_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        write(&path, &[7; 100], Mode::Public, Overwrite::Refuse).unwrap();
        assert_eq!(read(&path, 100).unwrap().len(), 100);
        assert!(matches!(
            read(&path, 99),
            Err(FileError::TooLarge { limit: 99, .. })
        ));
        let missing = directory.path().join("none");
        assert!(matches!(read(&missing, 9), Err(FileError::NotFound { .. })));
        // An endless file has no length to go by.
        assert!(matches!(
            read(Path::new("/dev/zero"), 9),
            Err(FileError::TooLarge { .. })
        ));
        assert!(read(directory.path(), 9).is_err());
    }

    #[test]
    fn removes_and_moves() {
        let directory = tempfile::tempdir().unwrap();
        let (a, b) = (directory.path().join("a"), directory.path().join("b"));
        write(&a, b"a", Mode::Public, Overwrite::Refuse).unwrap();
        write(&b, b"b", Mode::Public, Overwrite::Refuse).unwrap();
        assert!(matches!(rename_new(&a, &b), Err(FileError::AlreadyExists { .. })));
        assert!(remove(&b).unwrap());
        assert!(!remove(&b).unwrap());
        rename_new(&a, &b).unwrap();
        assert_eq!(names(directory.path()), ["b"]);
    }

    #[test]
    fn private_directories_are_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        create_private_directory(&path).unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        create_private_directory(&path).unwrap();
    }
}
