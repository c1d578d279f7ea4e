//! The terminal.
//!
//! * Results, and nothing else, go to standard output.
//! * Notes, warnings, progress, prompts and errors go to standard error; `--quiet` silences notes
//!   and progress, never warnings.
//! * A question is asked only if somebody is there to answer; else the caller refuses.
//! * Whatever is printed for people is made harmless first (`output::printable_lines`).
//! * A reader that has gone away (`cachet cert list | head`) is no error.

use std::cell::Cell;
use std::io::{self, BufRead, ErrorKind as IoErrorKind, IsTerminal, Read, Write};

use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::output::printable_lines;

mod bar;

pub(crate) use bar::Progress;

/// Where a command speaks.
#[derive(Debug)]
pub(crate) struct Ui {
    quiet: bool,
    /// Standard input carries data, so that it being no terminal says nothing about who is there.
    input_is_data: Cell<bool>,
}

impl Ui {
    pub(crate) fn new(quiet: bool) -> Self {
        Self {
            quiet,
            input_is_data: Cell::new(false),
        }
    }

    /// Writes a result, text that ends its own lines.
    pub(crate) fn result(&self, text: &str) -> Result<(), CommandError> {
        self.result_bytes(text.as_bytes())
    }

    /// Writes a result as it is.
    pub(crate) fn result_bytes(&self, bytes: &[u8]) -> Result<(), CommandError> {
        self.result_stream(&mut &*bytes)
    }

    /// Copies a result to its end, or until nobody reads it any more.
    pub(crate) fn result_stream(&self, from: &mut dyn Read) -> Result<(), CommandError> {
        let mut to = io::stdout().lock();
        match io::copy(from, &mut to).and_then(|_| to.flush()) {
            Err(error) if error.kind() != IoErrorKind::BrokenPipe => {
                Err(CommandError::io("cannot write to standard output", &error))
            }
            _ => Ok(()),
        }
    }

    /// Lets `work` write a result, or as much of it as somebody reads.
    pub(crate) fn result_by<T>(
        &self,
        work: impl FnOnce(&mut dyn Write) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        let mut to = WhileRead(Some(io::stdout().lock()));
        let value = work(&mut to)?;
        to.flush()
            .map_err(|error| CommandError::io("cannot write to standard output", &error))?;
        Ok(value)
    }

    /// Says what is good to know.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            say(&format!("note: {text}"));
        }
    }

    /// Says how far a command has come, without any mark.
    pub(crate) fn progress(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// Begins a bar for so many steps; nobody sees it unless standard error is a terminal.
    pub(crate) fn bar(&self, total: usize) -> Progress {
        Progress::new(total, !self.quiet && io::stderr().is_terminal())
    }

    /// Says what must not be overlooked.
    pub(crate) fn warning(&self, text: &str) {
        say(&format!("warning: {text}"));
    }

    /// Says why a command failed and what helps.
    pub(crate) fn error(&self, error: &CommandError) {
        say(&format!("error: {}", error.message));
        for hint in &error.hints {
            // A command stands on a line of its own, ready to be copied.
            let mark = if hint.starts_with("cachet ") {
                "  "
            } else {
                "hint: "
            };
            say(&format!("{mark}{hint}"));
        }
    }

    /// Notes that standard input carries data.
    pub(crate) fn input_is_data(&self) {
        self.input_is_data.set(true);
    }

    /// Tells whether somebody is there to answer.
    pub(crate) fn is_interactive(&self) -> bool {
        io::stderr().is_terminal() && (io::stdin().is_terminal() || self.input_is_data.get())
    }

    /// Asks for a secret, unseen; `None` if nobody is there.
    pub(crate) fn ask_secret(&self, prompt: &str) -> Result<Option<Zeroizing<String>>, CommandError> {
        if !self.is_interactive() {
            return Ok(None);
        }
        rpassword::prompt_password(format!("{}: ", printable_lines(prompt)))
            .map(|secret| Some(Zeroizing::new(secret)))
            .map_err(|error| CommandError::io("cannot ask for a passphrase on this terminal", &error))
    }

    /// Asks a question to be answered with yes; `None` if nobody is there.
    pub(crate) fn confirm(&self, question: &str) -> Result<Option<bool>, CommandError> {
        if !io::stderr().is_terminal() || !io::stdin().is_terminal() {
            return Ok(None);
        }
        let _ = write!(io::stderr(), "{} [y/N] ", printable_lines(question));
        let mut answer = String::new();
        io::stdin()
            .lock()
            .take(1024)
            .read_line(&mut answer)
            .map_err(|error| CommandError::io("cannot read the answer", &error))?;
        Ok(Some(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        )))
    }
}

/// Prints clap's own text (help, version, usage errors), which clap sends where it belongs.
pub(crate) fn print_clap(error: &clap::Error) {
    // A closed pipe is no error here either.
    let _ = error.print();
}

/// Replaces the panic message by one that a user can act upon.
pub(crate) fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|at| format!(" ({}:{})", at.file(), at.line()))
            .unwrap_or_default();
        say(&format!(
            "cachet has met a bug of its own and stops here{place}.\nNothing that was recorded is lost: \
             `cachet status` shows unfinished work. Please report it with the command that led here, \
             without any secret."
        ));
    }));
}

fn say(text: &str) {
    // Nobody can be told that standard error is gone.
    let _ = writeln!(io::stderr(), "{}", printable_lines(text));
}
/// Standard output, until nobody reads it any more.
struct WhileRead<'a>(Option<io::StdoutLock<'a>>);

impl WhileRead<'_> {
    fn unless_gone<T>(&mut self, result: io::Result<T>, gone: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == IoErrorKind::BrokenPipe => {
                self.0 = None;
                Ok(gone)
            }
            other => other,
        }
    }
}

impl Write for WhileRead<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.0 {
            Some(to) => to.write(bytes),
            None => Ok(bytes.len()),
        };
        self.unless_gone(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.0 {
            Some(to) => to.flush(),
            None => Ok(()),
        };
        self.unless_gone(flushed, ())
    }
}
