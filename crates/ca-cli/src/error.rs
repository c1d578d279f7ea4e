//! What a command that failed tells its user, and the exit code that goes with it.

use std::fmt::Display;
use std::process::ExitCode;

use crate::output::json;

mod from;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// It did what was asked: exit code 0.
    Done,
    /// It looked, and what it saw is not well (a verification, a lint, `status`): exit code 4.
    Negative,
}

impl Outcome {
    /// Returns [`Outcome::Done`] if `well`.
    pub(crate) fn from_verdict(well: bool) -> Self {
        if well { Self::Done } else { Self::Negative }
    }

    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Negative => ExitCode::from(4),
        }
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What kind of failure it was: the closed list that scripts may match on.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum ErrorKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ErrorKind {
            /// Every kind, for docs/cli-reference.md.
            #[cfg(test)]
            pub(crate) const ALL: &[(Self, &str)] = &[$((Self::$variant, concat!($($doc),+)),)+];

            /// Returns the name that `--format json` prints.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// A file is there already and `--overwrite` was not given.
    AlreadyExists = "already-exists",
    /// `init` where a CA lives.
    AlreadyInitialised = "already-initialised",
    /// A file, address, name or other value cannot be used.
    BadInput = "bad-input",
    /// A certificate contradicts what the contacts hold, and `--replace` was not given.
    Conflict = "conflict",
    /// Something irreversible was asked for without `--yes`, and nobody is there to ask.
    ConfirmationNeeded = "confirmation-needed",
    /// A message could not be decrypted.
    DecryptionFailed = "decryption-failed",
    /// A valid certificate for the same address, class and usage exists.
    Duplicate = "duplicate",
    /// The From address is not held by the signing certificate.
    FromMismatch = "from-mismatch",
    /// A bug in cachet.
    Internal = "internal",
    /// A file or device could not be read or written.
    Io = "io",
    /// The ledger could not be read or written.
    Ledger = "ledger",
    /// What was to be signed breaks a rule; nothing was signed.
    LintFailed = "lint-failed",
    /// A message is for other people.
    NoMatchingRecipient = "no-matching-recipient",
    /// A file, certificate or other thing that was named does not exist.
    NotFound = "not-found",
    /// No CA lives in the directory.
    NotInitialised = "not-initialised",
    /// A passphrase or password is needed, and none was given.
    PassphraseNeeded = "passphrase-needed",
    /// The policy refuses the request.
    PolicyRefused = "policy-refused",
    /// A policy file is not sound.
    PolicyInvalid = "policy-invalid",
    /// An algorithm or format that cannot be used here.
    Unsupported = "unsupported",
    /// The command line is wrong.
    Usage = "usage",
    /// A passphrase or password does not open what it should.
    WrongPassphrase = "wrong-passphrase",
    /// A request is in a state that does not allow what was asked for.
    WrongState = "wrong-state",
}

/// A failure, as its user sees it.
#[derive(Debug)]
pub(crate) struct CommandError {
    pub(crate) kind: ErrorKind,
    /// What is wrong, and with which value.
    pub(crate) message: String,
    /// What to type next.
    pub(crate) hints: Vec<String>,
}

impl CommandError {
    pub(crate) fn new(kind: ErrorKind, message: impl Display) -> Self {
        let message = message.to_string();
        // Whatever it was that could not be written.
        let hints = match message.contains("No space left on device") {
            true => vec![
                "free some space, or name another place: --out for what is written, TMPDIR for what waits for its verdict"
                    .to_owned(),
            ],
            false => Vec::new(),
        };
        Self { kind, message, hints }
    }

    pub(crate) fn bad_input(message: impl Display) -> Self {
        Self::new(ErrorKind::BadInput, message)
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    pub(crate) fn passphrase_needed(message: impl Display) -> Self {
        Self::new(
            ErrorKind::PassphraseNeeded,
            format!("{message}, and there is no terminal to ask on"),
        )
    }

    pub(crate) fn io(what: impl Display, error: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{what}: {error}"))
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Puts what was being done before the message.
    #[must_use]
    pub(crate) fn context(mut self, what: impl Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            ErrorKind::Usage => 2,
            ErrorKind::Internal => 255,
            _ => 1,
        })
    }

    /// Returns the document that `--format json` prints.
    pub(crate) fn to_json(&self) -> String {
        json::document(&json::Failure::new(self.kind.name(), &self.message, &self.hints))
    }
}

/// Joins an error with those behind it, leaving out what the text before says already.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<&str> = ErrorKind::ALL.iter().map(|(kind, _)| kind.name()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn json_has_the_documented_shape() {
        let error = CommandError::bad_input("no \"x\"").hint("try y");
        let value: serde_json::Value = serde_json::from_str(&error.to_json()).unwrap();
        assert_eq!(value["error"]["kind"], "bad-input");
        assert_eq!(value["error"]["message"], "no \"x\"");
        assert_eq!(value["error"]["hints"][0], "try y");
    }
}
