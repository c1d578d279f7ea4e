//! Files that commands write, and their names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use ca_store::FileError;
use ca_store::atomic::{self, Draft, Mode, Overwrite};

use crate::context::Context;
use crate::error::{CommandError, ErrorKind};

/// Returns the first part of an identity's file names: its address in lower case, with what file
/// systems, shells and mail programs stumble over percent-encoded.
pub(crate) fn stem(address: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(address.len());
    for c in address.to_lowercase().chars() {
        if c.is_control() || matches!(c, '/' | '\\' | '%' | '"' | '\'' | ' ') {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                // Writing to a string does not fail.
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Makes a file's name one that Windows takes too: what it reserves is percent-encoded.
pub(crate) fn portable(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '<' | '>' | ':' | '|' | '?' | '*' => out.push_str(&format!("%{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

impl Context {
    /// Returns what happens to files that exist: `--overwrite`.
    pub(crate) fn overwrite(&self) -> Overwrite {
        if self.global.overwrite {
            Overwrite::Replace
        } else {
            Overwrite::Refuse
        }
    }

    /// Refuses an `--out` that could not be written, before any work is done.
    pub(crate) fn precheck(&self, out: Option<&Path>) -> Result<(), CommandError> {
        match out {
            Some(path) if !is_stdout(path) && !is_stream(path) => {
                Ok(atomic::precheck(path, self.overwrite())?)
            }
            _ => Ok(()),
        }
    }

    /// Writes a result to `--out`, or to standard output where that is absent or `-`.
    pub(crate) fn deliver(&self, bytes: &[u8], out: Option<&Path>, mode: Mode) -> Result<(), CommandError> {
        self.deliver_stream(&mut &*bytes, out, mode)
    }

    /// As [`Self::deliver`], for a result of any size.
    pub(crate) fn deliver_stream<R: Read>(
        &self,
        from: &mut R,
        out: Option<&Path>,
        mode: Mode,
    ) -> Result<(), CommandError> {
        let Some(path) = out.filter(|path| !is_stdout(path)) else {
            return self.ui.result_stream(from);
        };
        if is_stream(path) {
            let failed = |error| FileError::from_io("write", path, error);
            let mut to = OpenOptions::new().write(true).open(path).map_err(failed)?;
            io::copy(from, &mut to).map_err(failed)?;
            return Ok(());
        }
        Ok(atomic::write_from(path, from, mode, self.overwrite())?)
    }

    /// Begins what is to be delivered to `out` once its verdict allows: beside its target, where that is a file, so that
    /// it need not be copied there.
    pub(crate) fn hold(&self, out: Option<&Path>, mode: Mode) -> Result<Held, CommandError> {
        let file = out.filter(|path| !is_stdout(path) && !is_stream(path));
        if let Some(path) = file
            && let Some(draft) = Draft::create(path, mode, self.overwrite())?
        {
            return Ok(Held::Draft(draft));
        }
        Temporary::new().map(Held::Temporary)
    }

    /// Delivers as [`Self::deliver_stream`] what was held for the same `out`.
    pub(crate) fn deliver_held(
        &self,
        held: HeldReader,
        out: Option<&Path>,
        mode: Mode,
    ) -> Result<(), CommandError> {
        match held {
            HeldReader::Draft(draft) => Ok(draft.publish()?),
            HeldReader::Temporary(mut file) => self.deliver_stream(&mut file, out, mode),
        }
    }

    /// Delivers as [`Self::deliver_stream`] what `work` writes. A file is there only once all of it went well.
    pub(crate) fn deliver_by<T>(
        &self,
        out: Option<&Path>,
        mode: Mode,
        work: impl FnOnce(&mut dyn Write) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let Some(path) = out.filter(|path| !is_stdout(path)) else {
            return self.ui.result_by(work);
        };
        if is_stream(path) {
            let failed = |error| FileError::from_io("write", path, error);
            let mut to = OpenOptions::new().write(true).open(path).map_err(failed)?;
            return work(&mut to);
        }
        let mut work = Some(work);
        let mut done = None;
        let written = atomic::write_by(
            path,
            &mut |mut file| {
                let Some(work) = work.take() else { return Ok(()) };
                let result = work(&mut file);
                let ended = match result {
                    Ok(_) => Ok(()),
                    Err(_) => Err(io::Error::other("the work failed")),
                };
                done = Some(result);
                ended
            },
            mode,
            self.overwrite(),
        );
        match (done, written) {
            // The reason, and not that there was one.
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err(CommandError::new(ErrorKind::Internal, "nothing was written")),
        }
    }
}

/// Where an input waits to be read a second time.
pub(crate) enum InputSpool {
    /// It is a file itself: what is written here is there already.
    Again(File),
    /// A copy.
    Copy(Temporary),
}

impl InputSpool {
    /// For an input that comes from `file`, or cannot be read again.
    pub(crate) fn new(file: Option<&File>) -> Result<Self, CommandError> {
        if let Some(file) = file
            && file.metadata().is_ok_and(|found| found.is_file())
            && let Ok(again) = file.try_clone()
        {
            return Ok(Self::Again(again));
        }
        Temporary::new().map(Self::Copy)
    }
}

impl Write for InputSpool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Again(_) => Ok(bytes.len()),
            Self::Copy(copy) => copy.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl smime::Spool for InputSpool {
    type Reader = File;

    fn into_reader(self) -> io::Result<File> {
        match self {
            Self::Again(mut file) => {
                file.rewind()?;
                Ok(file)
            }
            Self::Copy(copy) => copy.into_reader(),
        }
    }
}

/// A temporary file without a name, which the system removes however the program ends.
#[derive(Debug)]
pub(crate) struct Temporary(File);

impl Temporary {
    pub(crate) fn new() -> Result<Self, CommandError> {
        tempfile::tempfile().map(Self).map_err(|error| {
            CommandError::io("cannot make a temporary file", &error).hint("TMPDIR names the directory for it")
        })
    }

    /// Turns from writing to reading.
    pub(crate) fn rewind(mut self) -> Result<File, CommandError> {
        self.0
            .flush()
            .and_then(|()| self.0.seek(SeekFrom::Start(0)))
            .map_err(|error| CommandError::io("cannot read a temporary file", &error))?;
        Ok(self.0)
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl smime::Spool for Temporary {
    type Reader = File;

    fn into_reader(mut self) -> io::Result<File> {
        self.0.seek(SeekFrom::Start(0))?;
        Ok(self.0)
    }

    fn reread(&mut self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
        reread(&self.0, take)
    }
}

/// Keeps nothing of content that nobody asked for, and notes whether it would have been needed again after all.
#[derive(Debug)]
pub(crate) struct Unkept<'a> {
    written: bool,
    wanted: &'a AtomicBool,
}

impl<'a> Unkept<'a> {
    pub(crate) fn new(wanted: &'a AtomicBool) -> Self {
        Self {
            written: false,
            wanted,
        }
    }
}

impl Write for Unkept<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written = true;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl smime::Spool for Unkept<'_> {
    type Reader = io::Empty;

    fn into_reader(self) -> io::Result<io::Empty> {
        Ok(io::empty())
    }

    fn reread(&mut self, _: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
        // Asked before anything is written, this only tells that it is possible: by reading the input again.
        if self.written {
            self.wanted.store(true, Ordering::Relaxed);
        }
        Ok(!self.written)
    }
}

/// Content that waits for its verdict; see [`Context::hold`].
#[derive(Debug)]
pub(crate) enum Held {
    Draft(Draft),
    Temporary(Temporary),
}

/// What was held, from its beginning.
#[derive(Debug)]
pub(crate) enum HeldReader {
    Draft(Draft),
    Temporary(File),
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Draft(draft) => draft.file().write(bytes),
            Self::Temporary(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl smime::Spool for Held {
    type Reader = HeldReader;

    fn into_reader(self) -> io::Result<HeldReader> {
        match self {
            Self::Draft(draft) => {
                draft.file().rewind()?;
                Ok(HeldReader::Draft(draft))
            }
            Self::Temporary(file) => file.into_reader().map(HeldReader::Temporary),
        }
    }

    fn reread(&mut self, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
        match self {
            Self::Draft(draft) => reread(draft.file(), take),
            Self::Temporary(file) => file.reread(take),
        }
    }
}

impl Read for HeldReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Draft(draft) => draft.file().read(buffer),
            Self::Temporary(file) => file.read(buffer),
        }
    }
}

/// Reads a file again up to its end, where writing goes on.
fn reread(mut file: &File, take: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<bool> {
    // Asked before anything is written, this only tells that it is possible.
    if file.stream_position()? == 0 {
        return Ok(true);
    }
    file.rewind()?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(true),
            read => take(buffer.get(..read).unwrap_or_default())?,
        }
    }
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new("-") || path == Path::new("/dev/stdout")
}

/// Tells a pipe or a device such as `/dev/null`, which is written to and never replaced.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| {
        let kind = found.file_type();
        kind.is_fifo() || kind.is_char_device()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_harmless_names() {
        assert_eq!(stem("Alice@Example.COM"), "alice@example.com");
        assert_eq!(stem("a/../b@x.y"), "a%2F..%2Fb@x.y");
        assert_eq!(stem("\"o'neil x\"@x.y"), "%22o%27neil%20x%22@x.y");
        assert_eq!(stem("50%\\@x.y"), "50%25%5C@x.y");
        assert_eq!(stem("ZOÉ@x.y"), "zoé@x.y");
        assert_eq!(stem("a\u{85}@x.y"), "a%C2%85@x.y");
    }
}
