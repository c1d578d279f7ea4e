//! Where mails lie: a Maildir, an mbox file, a folder of `.eml` files.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use ca_store::FileError;
use smime::mime::{MboxMessage, MboxReader};

use crate::error::CommandError;

/// A place that holds mails.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Folder(PathBuf),
    Maildir(PathBuf),
    Mbox(PathBuf),
}

/// One mail that waits to be examined.
#[derive(Debug)]
pub(crate) struct Letter {
    /// What it is called in the report.
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// Where the octets of a mail are.
#[derive(Debug)]
pub(crate) enum Content {
    File(PathBuf),
    Mbox(MboxMessage),
}

/// What was left aside, so that nobody wonders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftAside {
    /// Deleted by their reader, but still there; and drafts.
    pub(crate) deleted: usize,
    /// Files that are no mails by their name.
    pub(crate) other_files: usize,
}

impl Source {
    /// Hands over each mail in a fixed order; `take` says whether it wants more.
    pub(crate) fn visit(
        &self,
        left: &mut LeftAside,
        take: &mut dyn FnMut(Letter) -> bool,
    ) -> Result<(), CommandError> {
        match self {
            Self::Folder(path) => visit_folder(path, MOST_NESTED, left, take).map(|_| ()),
            Self::Maildir(path) => visit_maildir(path, left, take),
            Self::Mbox(path) => visit_mbox(path, left, take),
        }
    }
}

impl Content {
    /// Reads a mail, or says in English why it is none.
    pub(crate) fn read(&self) -> Result<Vec<u8>, String> {
        match self {
            Self::Mbox(message) if message.is_whole() => Ok(message.octets().to_vec()),
            Self::Mbox(_) => Err(too_long()),
            Self::File(path) => {
                let failed = |error: io::Error| format!("it cannot be read: {error}");
                let file = File::open(path).map_err(failed)?;
                let mut octets = Vec::new();
                file.take(MOST_OCTETS as u64 + 1)
                    .read_to_end(&mut octets)
                    .map_err(failed)?;
                if octets.len() > MOST_OCTETS {
                    return Err(too_long());
                }
                Ok(match extension(path).as_str() {
                    "emlx" => inside_emlx(&octets).to_vec(),
                    _ => octets,
                })
            }
        }
    }
}

fn visit_maildir(
    path: &Path,
    left: &mut LeftAside,
    take: &mut dyn FnMut(Letter) -> bool,
) -> Result<(), CommandError> {
    let folders = ["cur", "new"].map(|name| path.join(name));
    if !folders.iter().any(|folder| folder.is_dir()) {
        // A path that is not there is worth its own message.
        entries(path)?;
        return Err(CommandError::bad_input(format!(
            "{} is no Maildir: it holds neither cur nor new",
            path.display()
        ))
        .hint(format!("for a folder of .eml files: --folder {}", path.display())));
    }
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for file in entries(folder)? {
            let name = file_name(&file);
            // Flags stand behind `:2,`; where a colon cannot stand in names programs write `;` or `!`.
            let flags = name.rsplit_once("2,").map(|(_, flags)| flags).unwrap_or_default();
            if name.starts_with('.') || !is_file(&file) {
                continue;
            }
            if flags.contains(['T', 'D']) && flags.chars().all(|c| c.is_ascii_alphabetic()) {
                left.deleted += 1;
                continue;
            }
            if !take(Letter::of_file(path, &file)) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Schools' platforms give each student's file a folder of its own.
fn visit_folder(
    path: &Path,
    depth: usize,
    left: &mut LeftAside,
    take: &mut dyn FnMut(Letter) -> bool,
) -> Result<bool, CommandError> {
    let mut open = vec![(path.to_path_buf(), depth)];
    while let Some((folder, depth)) = open.pop() {
        let mut inside = Vec::new();
        for entry in entries(&folder)? {
            let name = file_name(&entry);
            if name.starts_with('.') {
                continue;
            }
            let is_link = entry.symlink_metadata().is_ok_and(|found| found.is_symlink());
            if entry.is_dir() {
                if depth > 0 && !is_link {
                    inside.push((entry, depth - 1));
                }
            } else if is_file(&entry) && matches!(extension(&entry).as_str(), "eml" | "emlx" | "msg") {
                if !take(Letter::of_file(path, &entry)) {
                    return Ok(false);
                }
            } else {
                left.other_files += 1;
            }
        }
        open.extend(inside.into_iter().rev());
    }
    Ok(true)
}

fn visit_mbox(
    path: &Path,
    left: &mut LeftAside,
    take: &mut dyn FnMut(Letter) -> bool,
) -> Result<(), CommandError> {
    let failed = |error| CommandError::from(FileError::from_io("read", path, error));
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()).hint(format!(
            "for a Maildir: --maildir {0}; for a folder of .eml files: --folder {0}",
            path.display()
        )));
    }
    let reader = MboxReader::new(BufReader::with_capacity(1 << 16, file), MOST_OCTETS);
    for (number, message) in (1_usize..).zip(reader) {
        let message = message.map_err(failed)?;
        if is_deleted(message.octets()) {
            left.deleted += 1;
            continue;
        }
        let letter = Letter {
            name: format!("{} #{number}", file_name(path)),
            content: Content::Mbox(message),
        };
        if !take(letter) {
            break;
        }
    }
    Ok(())
}

/// Thunderbird leaves what was deleted in the file until it compacts it, with a mark (MSG_FLAG_EXPUNGED).
fn is_deleted(octets: &[u8]) -> bool {
    let head = octets.get(..4096).unwrap_or(octets);
    let (header, _) = smime::mime::Header::split(head);
    header
        .get("X-Mozilla-Status")
        .and_then(|field| u16::from_str_radix(&field.value(), 16).ok())
        .is_some_and(|flags| flags & 0x0008 != 0)
}

/// Apple Mail writes the length of the message in a first line, and a property list behind it.
fn inside_emlx(octets: &[u8]) -> &[u8] {
    let Some(end) = octets.iter().take(32).position(|octet| *octet == b'\n') else {
        return octets;
    };
    let (line, rest) = octets.split_at(end + 1);
    let length = std::str::from_utf8(line)
        .ok()
        .and_then(|text| text.trim().parse::<usize>().ok());
    length.and_then(|length| rest.get(..length)).unwrap_or(octets)
}

impl Letter {
    fn of_file(root: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(root).unwrap_or(file);
        Self {
            name: name.to_string_lossy().into_owned(),
            content: Content::File(file.to_path_buf()),
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let failed = |error| CommandError::from(FileError::from_io("read", folder, error));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
        if found.len() > MOST_ENTRIES {
            return Err(CommandError::bad_input(format!(
                "{} holds more than {MOST_ENTRIES} files: check them in parts",
                folder.display()
            )));
        }
    }
    found.sort();
    Ok(found)
}

/// A pipe would wait for ever.
fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file())
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn extension(path: &Path) -> String {
    path.extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase()
}

fn too_long() -> String {
    format!("it is longer than {} MiB", MOST_OCTETS >> 20)
}

/// What mail servers carry is smaller.
pub(crate) const MOST_OCTETS: usize = 64 << 20;
const MOST_ENTRIES: usize = 1_000_000;
const MOST_NESTED: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &Source) -> (Vec<String>, LeftAside) {
        let (mut found, mut left) = (Vec::new(), LeftAside::default());
        source
            .visit(&mut left, &mut |letter| {
                found.push(letter.name);
                true
            })
            .unwrap();
        (found, left)
    }

    #[test]
    fn a_maildir_without_what_was_deleted() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "cur/2.x:2,S",
            "cur/1.x:2,ST",
            "cur/3.x:2,",
            "new/4.x",
            "tmp/5.x",
            "new/.6",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "A: 1\n\n").unwrap();
        }
        let (found, left) = names(&Source::Maildir(folder.path().to_path_buf()));
        assert_eq!(found, ["cur/2.x:2,S", "cur/3.x:2,", "new/4.x"]);
        assert_eq!(left.deleted, 1);
    }

    #[test]
    fn a_folder_with_what_is_below_it() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.eml", "a/x.EML", "a/y.emlx", "list.pdf", ".hidden.eml"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "6  \nA: 1\n\n<plist/>").unwrap();
        }
        let (found, left) = names(&Source::Folder(folder.path().to_path_buf()));
        assert_eq!(found, ["b.eml", "a/x.EML", "a/y.emlx"]);
        assert_eq!(left.other_files, 1);
        let read = |name: &str| Content::File(folder.path().join(name)).read().unwrap();
        assert_eq!(read("a/y.emlx"), b"A: 1\n\n");
        assert_eq!(read("b.eml"), b"6  \nA: 1\n\n<plist/>");
        let none =
            Source::Maildir(folder.path().to_path_buf()).visit(&mut LeftAside::default(), &mut |_| true);
        assert!(none.unwrap_err().hints[0].contains("--folder"));
    }

    #[test]
    fn an_mbox_without_what_thunderbird_has_deleted() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let message =
            |flags: &str| format!("From - Tue Sep 01 08:00:00 2026\nX-Mozilla-Status: {flags}\n\nx\n\n");
        fs::write(file.path(), message("0001") + &message("0009") + &message("0000")).unwrap();
        let (found, left) = names(&Source::Mbox(file.path().to_path_buf()));
        assert_eq!((found.len(), left.deleted), (2, 1));
        assert!(found[1].ends_with("#3"));
    }
}
