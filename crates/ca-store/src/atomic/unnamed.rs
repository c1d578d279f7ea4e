//! Files that have no name until they are whole (`O_TMPFILE`), where the system has them.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{Mode, Overwrite};

/// Creates a file without a name in `directory`; `None` where the file system cannot.
#[cfg(target_os = "linux")]
pub(super) fn create(directory: &Path, mode: Mode) -> Option<File> {
    use rustix::fs::{CWD, Mode as Permissions, OFlags, openat};
    // It gets its name by way of this directory, which a container may lack.
    if !Path::new(DESCRIPTORS).is_dir() {
        return None;
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = openat(CWD, directory, flags, Permissions::from_raw_mode(mode.bits())).ok()?;
    Some(File::from(file))
}

/// Gives the file its name, in one step, as `overwrite` says.
#[cfg(target_os = "linux")]
pub(super) fn name(file: &File, path: &Path, overwrite: Overwrite) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd;
    let from = format!("{DESCRIPTORS}/{}", file.as_raw_fd());
    let link = |to: &Path| linkat(CWD, &from, CWD, to, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from);
    match (link(path), overwrite) {
        (Err(error), Overwrite::Replace) if error.kind() == io::ErrorKind::AlreadyExists => {
            // A link replaces nothing: it needs a name of its own for a moment.
            let named = tempfile::Builder::new()
                .prefix(super::TEMPORARY_PREFIX)
                .suffix(".tmp")
                .make_in(super::parent_of(path), link)?;
            named.persist(path).map(drop).map_err(|error| error.error)
        }
        (result, _) => result,
    }
}

#[cfg(target_os = "linux")]
const DESCRIPTORS: &str = "/proc/self/fd";

#[cfg(not(target_os = "linux"))]
pub(super) fn create(_: &Path, _: Mode) -> Option<File> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn name(_: &File, _: &Path, _: Overwrite) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use crate::FileError;
    use crate::atomic::{Mode, Overwrite, write_by};
    use std::io::Write as _;

    #[test]
    fn nothing_is_there_before_all_of_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("message.eml");
        let count = || std::fs::read_dir(directory.path()).unwrap().count();
        for (content, overwrite) in [(b"first", Overwrite::Refuse), (b"other", Overwrite::Replace)] {
            let before = count();
            let mut fill = |mut file: &std::fs::File| {
                file.write_all(content)?;
                // Where the file system has unnamed files, as those of Linux in use do.
                assert!(!cfg!(target_os = "linux") || count() == before);
                Ok(())
            };
            write_by(&path, &mut fill, Mode::Secret, overwrite).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), content);
            assert_eq!(count(), 1);
        }
        let again = write_by(&path, &mut |_| Ok(()), Mode::Public, Overwrite::Refuse);
        assert!(matches!(again, Err(FileError::AlreadyExists { .. })));
        let failed = write_by(
            &path,
            &mut |_| Err(std::io::Error::other("no")),
            Mode::Public,
            Overwrite::Replace,
        );
        assert!(failed.is_err());
        assert_eq!((std::fs::read(&path).unwrap(), count()), (b"other".to_vec(), 1));
    }
}
