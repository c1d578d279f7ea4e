//! Walks through an entity and its parts as they stream by, and makes them safe from what mail servers do to
//! messages: a signature must survive them (RFC 8551 3.1.3).
//!
//! What is to be done with a body is known only at its end. So a first walk surveys each body while it writes what
//! most entities become: the same with its line ends made canonical. Only if the survey says otherwise, another walk follows
//! it to the letter.

use std::io::{self, Read};

use super::ComposeError;
use super::body::{Body, Treatment};
use super::survey::Survey;
use crate::Limits;
use crate::mime::{ContentType, Field, Header, TransferEncoding};

mod delimiter;
mod settle;

use delimiter::Found;

/// What is done with each entity, in the order of their headers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    entries: Vec<Entry>,
    /// What could not be made safe.
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    treatment: Treatment,
    /// Whether the parts of a multipart entity are walked through, or the message inside of a message/rfc822.
    nested: bool,
    /// Whether the Content-Transfer-Encoding is made to say what is there.
    relabel: bool,
    /// What stands around the parts is left out where it is not safe.
    preamble: bool,
    epilogue: bool,
}

/// Why a walk ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum WalkError {
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Walks for the first time, and returns what is to be done and whether that is what was written.
///
/// `header` is the entity's own; `body` holds what follows it.
pub(super) fn survey(
    header: Header,
    body: &mut dyn Read,
    limits: &Limits,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(Plan, bool, Survey), WalkError> {
    let mut walker = Walker::new(Recorded::Surveying(Plan::default()), limits, sink);
    walker.run(header, body)?;
    let top = walker.top.take().unwrap_or_default();
    let as_written = walker.as_written;
    match walker.recorded {
        Recorded::Surveying(plan) => Ok((plan, as_written, top)),
        Recorded::Following(..) => Ok((Plan::default(), false, top)),
    }
}

/// Walks once more and does what `plan` says.
pub(super) fn follow(
    plan: &Plan,
    header: Header,
    body: &mut dyn Read,
    limits: &Limits,
    sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<(), WalkError> {
    Walker::new(Recorded::Following(plan, 0), limits, sink).run(header, body)
}

struct Walker<'a> {
    recorded: Recorded<'a>,
    limits: &'a Limits,
    sink: &'a mut dyn FnMut(&[u8]) -> io::Result<()>,
    /// The multipart entities around, outermost first.
    levels: Vec<Level>,
    state: State,
    /// Whether the next octet begins a line.
    line_start: bool,
    scratch: Vec<u8>,
    as_written: bool,
    /// The survey of the outermost body, if that has no parts.
    top: Option<Survey>,
}

enum Recorded<'a> {
    Surveying(Plan),
    Following(&'a Plan, usize),
}

/// A multipart entity whose parts are walked through.
struct Level {
    /// `--` and the boundary.
    delimiter: Vec<u8>,
    entry: usize,
    depth: usize,
    content_type: ContentType,
    parts: usize,
    before_parts: bool,
    preamble_is_safe: bool,
    closed: bool,
    /// Whether it had more parts than the limits allow.
    overfull: bool,
}

enum State {
    /// At the beginning of an entity.
    Header {
        depth: usize,
    },
    Body(Box<Leaf>),
}

/// A run of octets that is written in one way: a body, or what stands around parts.
struct Leaf {
    kind: LeafKind,
    body: Body,
    /// Nothing is written.
    dropped: bool,
    survey: Option<Survey>,
}

enum LeafKind {
    Body {
        entry: usize,
        content_type: ContentType,
        encoding: Option<TransferEncoding>,
        /// Whether it may be re-encoded.
        open: bool,
    },
    Preamble,
    Epilogue,
}

impl<'a> Walker<'a> {
    fn new(
        recorded: Recorded<'a>,
        limits: &'a Limits,
        sink: &'a mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Self {
        Self {
            recorded,
            limits,
            sink,
            levels: Vec::new(),
            state: State::Header { depth: 0 },
            line_start: true,
            scratch: Vec::new(),
            as_written: true,
            top: None,
        }
    }

    fn run(&mut self, header: Header, input: &mut dyn Read) -> Result<(), WalkError> {
        self.entity(header, 0)?;
        let mut buffer = vec![0; PIECE];
        let mut filled = 0;
        loop {
            if filled == buffer.len() {
                // A header that is still not whole.
                if filled >= HEADER_LIMIT {
                    return Err(ComposeError::HeaderTooLong {
                        limit: HEADER_LIMIT as u64,
                    }
                    .into());
                }
                buffer.resize(filled * 2, 0);
            }
            let read = input.read(buffer.get_mut(filled..).unwrap_or_default());
            let read = match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            filled += read;
            let used = self.process(buffer.get(..filled).unwrap_or_default(), read == 0)?;
            buffer.copy_within(used..filled, 0);
            filled -= used;
            if read == 0 {
                break;
            }
        }
        self.close_levels(0)
    }

    /// Takes in what it can of `bytes` and returns how much that was.
    fn process(&mut self, bytes: &[u8], last: bool) -> Result<usize, WalkError> {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let found = self.find_delimiter(rest, last);
            if let State::Header { depth } = self.state {
                let (whole, known) = match &found {
                    Found::Delimiter { before, .. } => (rest.get(..*before).unwrap_or_default(), true),
                    Found::Nothing { .. } => (rest, last),
                };
                let (header, body, complete) = Header::split_at_empty_line(whole);
                // A line that is no field ends the header, but only a whole line is known to be none.
                if !(known || complete || memchr::memchr(b'\n', body).is_some()) {
                    return Ok(used);
                }
                used += whole.len() - body.len();
                self.line_start = true;
                self.entity(header, depth)?;
                continue;
            }
            match found {
                Found::Nothing { safe } => {
                    self.octets(rest.get(..safe).unwrap_or_default())?;
                    return Ok(used + safe);
                }
                Found::Delimiter {
                    before,
                    after,
                    level,
                    close,
                } => {
                    self.octets(rest.get(..before).unwrap_or_default())?;
                    self.delimiter(level, close)?;
                    used += after;
                    self.line_start = true;
                }
            }
        }
    }

    /// Writes the header of an entity and settles what becomes of its body.
    fn entity(&mut self, header: Header, depth: usize) -> Result<(), WalkError> {
        if header.fields().iter().any(|f| !f.raw().is_ascii()) {
            self.note_once(
                "a header field of a part holds characters outside ASCII, which a mail server may alter",
            );
        }
        let content_type = header
            .get("Content-Type")
            .and_then(|f| ContentType::parse(&f.value()))
            .unwrap_or_default();
        let encoding = match header.get("Content-Transfer-Encoding") {
            None => Some(TransferEncoding::SevenBit),
            Some(field) => field.value().parse().ok(),
        };
        let nests = depth < self.limits.max_depth && encoding.is_some_and(is_identity);
        let boundary = content_type.parameter("boundary").filter(|b| !b.is_empty());
        let kind = (content_type.kind(), content_type.subtype());
        let message = nests && matches!(kind, ("message", "rfc822" | "global"));
        // What is signed or encrypted already must keep every octet.
        let parts =
            nests && kind.0 == "multipart" && !matches!(kind.1, "signed" | "encrypted") && boundary.is_some();
        let open = !matches!(kind.0, "multipart" | "message");
        let (number, entry) = self.begin(Entry {
            treatment: Treatment::LineEnds,
            nested: message || parts,
            relabel: message
                || parts
                || (open
                    && matches!(
                        encoding,
                        Some(TransferEncoding::EightBit | TransferEncoding::Binary)
                    )),
            preamble: true,
            epilogue: true,
        });
        let header = match (entry.relabel, entry.treatment) {
            (false, _) => header,
            (true, Treatment::Base64 { .. } | Treatment::Rewrap) => relabel(header, TransferEncoding::Base64),
            (true, Treatment::QuotedPrintable { .. }) => relabel(header, TransferEncoding::QuotedPrintable),
            (true, _) => relabel(header, TransferEncoding::SevenBit),
        };
        let mut octets = header.canonical().to_bytes();
        octets.extend_from_slice(b"\r\n");
        (self.sink)(&octets)?;

        self.state = if !entry.nested {
            let survey = match encoding {
                Some(TransferEncoding::Base64) => Survey::of_base64(),
                _ => Survey::default(),
            };
            State::Body(Box::new(Leaf {
                kind: LeafKind::Body {
                    entry: number,
                    content_type,
                    encoding,
                    open,
                },
                body: Body::new(entry.treatment),
                dropped: false,
                survey: self.is_surveying().then_some(survey),
            }))
        } else if message {
            State::Header { depth: depth + 1 }
        } else {
            self.levels.push(Level {
                delimiter: format!("--{}", boundary.unwrap_or_default()).into_bytes(),
                entry: number,
                depth,
                content_type,
                parts: 0,
                before_parts: true,
                preamble_is_safe: true,
                closed: false,
                overfull: false,
            });
            State::Body(self.around(LeafKind::Preamble, entry.preamble))
        };
        Ok(())
    }

    /// What stands before or after parts.
    fn around(&self, kind: LeafKind, kept: bool) -> Box<Leaf> {
        Box::new(Leaf {
            kind,
            body: Body::new(Treatment::LineEnds),
            dropped: !kept,
            survey: self.is_surveying().then(Survey::default),
        })
    }

    /// Takes in octets of whatever is being read.
    fn octets(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (State::Body(leaf), Some(last)) = (&mut self.state, bytes.last()) else {
            return Ok(());
        };
        self.line_start = *last == b'\n';
        // Octets with canonical line ends need no second look, but one that ends in CR.
        let mut canonical = leaf.body.copies();
        if let Some(survey) = &mut leaf.survey {
            let before = survey.is_canonical() && !survey.is_after_cr();
            survey.update(bytes);
            canonical |= before && survey.is_canonical() && !survey.is_after_cr();
        }
        if leaf.dropped {
            return Ok(());
        }
        if canonical {
            return (self.sink)(bytes);
        }
        self.scratch.clear();
        leaf.body.update(bytes, &mut self.scratch);
        (self.sink)(&self.scratch)
    }

    /// Ends the body that is being read.
    fn end_leaf(&mut self) -> Result<(), WalkError> {
        let state = std::mem::replace(&mut self.state, State::Header { depth: 0 });
        let State::Body(leaf) = state else {
            return Ok(());
        };
        if !leaf.dropped {
            self.scratch.clear();
            leaf.body.finish(&mut self.scratch);
            (self.sink)(&self.scratch)?;
        }
        let survey = leaf.survey.map(|mut survey| {
            survey.finish();
            survey
        });
        let level = self.levels.last().map(|level| level.entry);
        match leaf.kind {
            LeafKind::Body {
                entry,
                content_type,
                encoding,
                open,
            } => {
                if let Some(survey) = survey {
                    self.settle(entry, &content_type, encoding, open, &survey);
                    if entry == 0 {
                        self.top = Some(survey);
                    }
                }
            }
            LeafKind::Preamble => {
                if let (Some(level), Some(survey)) = (self.levels.last_mut(), &survey) {
                    level.preamble_is_safe = survey.is_safe();
                }
                let kept = self.around_is_kept(level, survey.as_ref(), |entry| &mut entry.preamble);
                if kept {
                    (self.sink)(b"\r\n")?;
                }
            }
            LeafKind::Epilogue => {
                self.around_is_kept(level, survey.as_ref(), |entry| &mut entry.epilogue);
            }
        }
        Ok(())
    }

    /// A delimiter of the multipart entity `level`.
    fn delimiter(&mut self, level: usize, close: bool) -> Result<(), WalkError> {
        self.end_leaf()?;
        self.close_levels(level + 1)?;
        let Some(current) = self.levels.get_mut(level) else {
            return Ok(());
        };
        if current.before_parts {
            current.before_parts = false;
        } else {
            current.parts += 1;
            (self.sink)(b"\r\n")?;
        }
        if current.parts > self.limits.max_parts {
            current.overfull = true;
            current.closed = true;
        }
        (self.sink)(&current.delimiter)?;
        let (depth, entry) = (current.depth, current.entry);
        if close || current.overfull {
            current.closed = true;
            (self.sink)(b"--\r\n")?;
            let kept = self.entry(entry).is_none_or(|entry| entry.epilogue);
            self.state = State::Body(self.around(LeafKind::Epilogue, kept));
        } else {
            (self.sink)(b"\r\n")?;
            self.state = State::Header { depth: depth + 1 };
        }
        Ok(())
    }

    /// Ends the multipart entities from `first` on, innermost first.
    fn close_levels(&mut self, first: usize) -> Result<(), WalkError> {
        self.end_leaf()?;
        while self.levels.len() > first {
            let Some(level) = self.levels.pop() else { break };
            if level.before_parts || level.overfull {
                // Its boundary never occurs, or too often: then it stays as it is.
                self.give_up(&level);
            } else if !level.closed {
                (self.sink)(b"\r\n")?;
                (self.sink)(&level.delimiter)?;
                (self.sink)(b"--\r\n")?;
            }
        }
        Ok(())
    }

    /// Opens the entry of the next entity: as proposed in a survey, else as planned.
    fn begin(&mut self, proposed: Entry) -> (usize, Entry) {
        match &mut self.recorded {
            Recorded::Surveying(plan) => {
                plan.entries.push(proposed.clone());
                (plan.entries.len() - 1, proposed)
            }
            Recorded::Following(plan, next) => {
                let number = *next;
                *next += 1;
                // An input that has changed may have more entities than the plan; the length will tell.
                (number, plan.entries.get(number).cloned().unwrap_or(proposed))
            }
        }
    }

    /// What is planned for an entity; `None` in a survey.
    fn entry(&self, number: usize) -> Option<&Entry> {
        match &self.recorded {
            Recorded::Surveying(_) => None,
            Recorded::Following(plan, _) => plan.entries.get(number),
        }
    }

    fn is_surveying(&self) -> bool {
        matches!(self.recorded, Recorded::Surveying(_))
    }

    fn note(&mut self, note: String) {
        if let Recorded::Surveying(plan) = &mut self.recorded {
            plan.notes.push(note);
        }
    }

    fn note_once(&mut self, note: &str) {
        if let Recorded::Surveying(plan) = &mut self.recorded
            && !plan.notes.iter().any(|n| n == note)
        {
            plan.notes.push(note.to_owned());
        }
    }
}

fn is_identity(encoding: TransferEncoding) -> bool {
    matches!(
        encoding,
        TransferEncoding::SevenBit | TransferEncoding::EightBit | TransferEncoding::Binary
    )
}

/// The header with its Content-Transfer-Encoding changed, if it says otherwise.
fn relabel(mut header: Header, encoding: TransferEncoding) -> Header {
    const NAME: &str = "Content-Transfer-Encoding";
    let stated = header
        .get(NAME)
        .map_or(Ok(TransferEncoding::SevenBit), |f| f.value().parse());
    if stated != Ok(encoding) {
        header.replace(Field::new(NAME, &encoding.to_string()));
    }
    header
}

/// How much is read at once.
const PIECE: usize = 128 << 10;
/// How long the header of a part may be.
const HEADER_LIMIT: usize = 1 << 20;

#[cfg(test)]
mod tests;
