//! Where parts end, found while octets stream by (RFC 2046 5.1.1).

use super::Walker;

pub(super) enum Found {
    /// No delimiter among the first `safe` octets, which are no part of one that comes later either.
    Nothing { safe: usize },
    Delimiter {
        /// What stands before it, without the line end that belongs to it.
        before: usize,
        after: usize,
        level: usize,
        close: bool,
    },
}

impl Walker<'_> {
    /// Looks for the first delimiter of any multipart entity around; the outermost counts first.
    pub(super) fn find_delimiter(&self, bytes: &[u8], last: bool) -> Found {
        let mut longest = 0;
        let mut open = false;
        for level in self.levels.iter().filter(|level| !level.closed) {
            longest = longest.max(level.delimiter.len());
            open = true;
        }
        if !open {
            return Found::Nothing { safe: bytes.len() };
        }
        let at_start = (self.line_start && bytes.starts_with(b"--")).then_some(0);
        for position in at_start
            .into_iter()
            .chain(memchr::memmem::find_iter(bytes, b"\n--").map(|at| at + 1))
        {
            let line = bytes.get(position..).unwrap_or_default();
            let end = memchr::memchr(b'\n', line).map(|at| at + 1);
            let before = position - line_end_length(bytes.get(..position).unwrap_or_default());
            if end.is_none() && !last && line.len() <= longest + BLANKS {
                return Found::Nothing { safe: before };
            }
            let line = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
            for (level, candidate) in self.levels.iter().enumerate() {
                if candidate.closed {
                    continue;
                }
                if let Some(close) = is_delimiter(line, &candidate.delimiter) {
                    return Found::Delimiter {
                        before,
                        after: position + line.len(),
                        level,
                        close,
                    };
                }
            }
        }
        if last {
            return Found::Nothing { safe: bytes.len() };
        }
        // The line end before a delimiter belongs to it, so it waits.
        let mut safe = bytes.len();
        if bytes.ends_with(b"\n-") || (self.line_start && bytes == b"-") {
            safe -= 1;
        }
        safe -= match bytes.get(..safe) {
            Some([.., b'\r']) => 1,
            Some(before) => line_end_length(before),
            None => 0,
        };
        Found::Nothing { safe }
    }
}

/// `Some(false)` for `--boundary`, `Some(true)` for `--boundary--`, each with trailing blanks allowed.
fn is_delimiter(line: &[u8], delimiter: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(delimiter)?;
    let blank = |tail: &[u8]| tail.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    if blank(rest) {
        return Some(false);
    }
    rest.strip_prefix(b"--").filter(|tail| blank(tail)).map(|_| true)
}

fn line_end_length(bytes: &[u8]) -> usize {
    if bytes.ends_with(b"\r\n") {
        2
    } else {
        usize::from(bytes.ends_with(b"\n"))
    }
}

/// How many blanks may follow a boundary.
const BLANKS: usize = 1000;
