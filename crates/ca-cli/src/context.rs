//! What every command works with: the clock, directories, passphrases, and the terminal.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use ca_core::audit::{AuditContext, clock_set_back};
use ca_core::ledger::Ledger;
use ca_core::policy::PolicySet;
use ca_store::{CaDirectory, ContactStore, SqliteLedger, StoreUrl, TrustStore};
use chrono::{DateTime, SubsecRound, Utc};
use etcetera::BaseStrategy;
use identity::pkcs12::{self, Pkcs12Error, ReadOptions};
use identity::{Certificate, Passphrase};
use zeroize::Zeroizing;

use crate::cli::{Format, GlobalArgs};
use crate::error::{CommandError, ErrorKind};
use crate::files::InputSpool;
use crate::ui::Ui;

/// A command's surroundings.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: GlobalArgs,
    pub(crate) ui: Ui,
    /// The command line as it was given.
    pub(crate) arguments: Vec<OsString>,
    started: DateTime<Utc>,
    stdin_used: Cell<bool>,
    clock_told: Cell<bool>,
    passphrase: RefCell<Option<Passphrase>>,
}

impl Context {
    pub(crate) fn new(global: GlobalArgs, arguments: Vec<OsString>) -> Self {
        let ui = Ui::new(global.quiet);
        if let Some(now) = global.now {
            ui.warning(&format!(
                "acting as if it were {}",
                now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            ));
        }
        Self {
            global,
            ui,
            arguments,
            started: Utc::now().trunc_subsecs(0),
            stdin_used: Cell::new(false),
            clock_told: Cell::new(false),
            passphrase: RefCell::new(None),
        }
    }

    /// Returns the moment to act at: `--now`, else when the command started.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.global.now.unwrap_or(self.started)
    }

    pub(crate) fn is_json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// Returns who acts and when really, for the log.
    pub(crate) fn audit(&self) -> AuditContext {
        let name = ["LOGNAME", "USER"]
            .iter()
            .find_map(|name| std::env::var(name).ok())
            .filter(|name| !name.is_empty());
        let actor = name.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
        AuditContext {
            actor: actor.chars().take(64).collect(),
            real_time: self.started,
        }
    }

    /// Refuses `--format csv` where there is no listing.
    pub(crate) fn no_csv(&self) -> Result<(), CommandError> {
        if self.global.format == Format::Csv {
            return Err(CommandError::usage(
                "--format csv is for listings; this command knows table and json",
            ));
        }
        Ok(())
    }

    /// Returns the store that `--store` names, or the directory's own.
    pub(crate) fn store_url(&self) -> Result<StoreUrl, CommandError> {
        match &self.global.store {
            Some(url) => url.parse().map_err(CommandError::bad_input),
            None => Ok(StoreUrl::default_in(&self.global.dir)),
        }
    }

    /// Opens the CA's directory.
    pub(crate) fn directory(&self) -> Result<CaDirectory, CommandError> {
        Ok(CaDirectory::open(&self.global.dir, Some(self.store_url()?))?)
    }

    /// Opens the CA's ledger.
    pub(crate) fn ledger(&self, directory: &CaDirectory) -> Result<SqliteLedger, CommandError> {
        let ledger = SqliteLedger::open(directory.store().path())?;
        self.look_at_clock(&ledger)?;
        Ok(ledger)
    }

    /// Warns, once, of a clock that is behind what the log has seen: what is signed now would begin too early, and revocations
    /// would seem to lie ahead.
    fn look_at_clock(&self, ledger: &SqliteLedger) -> Result<(), CommandError> {
        let head = ledger.audit_head()?;
        if let Some(head) = head.filter(|head| clock_set_back(head.at, self.started).is_some())
            && !self.clock_told.replace(true)
        {
            self.ui.warning(&behind(head.at, self.started));
        }
        Ok(())
    }

    /// Returns the real moment at which the command started, whatever `--now` says.
    pub(crate) fn real_time(&self) -> DateTime<Utc> {
        self.started
    }

    /// Reads the policies that are in force.
    pub(crate) fn policies(&self, directory: &CaDirectory) -> Result<PolicySet, CommandError> {
        let path = directory.policies_path();
        let files: Vec<(String, String)> = directory
            .policies()
            .map_err(|error| {
                let error = CommandError::from(error);
                match error.kind {
                    ErrorKind::NotFound => error.hint(
                        "the CA reads its policies from there only: restore them from a backup, or copy a sound set there",
                    ),
                    _ => error,
                }
            })?
            .into_iter()
            .map(|file| (path.join(&file.name).display().to_string(), file.text))
            .collect();
        Ok(PolicySet::parse(&files)?)
    }

    /// Returns the mail user's trusted roots.
    pub(crate) fn trust_store(&self) -> Result<TrustStore, CommandError> {
        Ok(TrustStore::open(&self.profile_path()?)?)
    }

    /// Returns the mail user's contacts.
    pub(crate) fn contacts(&self) -> Result<ContactStore, CommandError> {
        Ok(ContactStore::open(&self.profile_path()?)?)
    }

    /// Returns the mail user's own directory, which need not exist.
    pub(crate) fn profile_path(&self) -> Result<PathBuf, CommandError> {
        if let Some(path) = &self.global.profile {
            return Ok(path.clone());
        }
        let base = etcetera::choose_base_strategy().map_err(|_| {
            CommandError::new(
                ErrorKind::NotFound,
                "there is no home directory to keep a profile in",
            )
            .hint("name a directory with --profile DIR or CACHET_PROFILE")
        })?;
        Ok(base.data_dir().join("cachet"))
    }

    /// Returns the passphrase of the issuing CAs' keys: from `--passphrase-file`, the directory's
    /// `unlock`, or a prompt.
    pub(crate) fn passphrase(&self, directory: &CaDirectory) -> Result<Passphrase, CommandError> {
        if let Some(known) = &*self.passphrase.borrow() {
            return Ok(known.clone());
        }
        let found = match &self.global.passphrase_file {
            Some(file) => self.secret_file(file, "passphrase")?,
            None => match directory.unlock()? {
                Some(passphrase) => passphrase,
                None => self.ask_passphrase(
                    "Passphrase of the issuing CAs",
                    "the passphrase of the issuing CAs' keys is needed",
                    "give it with --passphrase-file FILE (or CACHET_PASSPHRASE_FILE)",
                )?,
            },
        };
        *self.passphrase.borrow_mut() = Some(found.clone());
        Ok(found)
    }

    /// Asks for a secret once; refuses where nobody is there to answer.
    pub(crate) fn ask_passphrase(
        &self,
        prompt: &str,
        refusal: &str,
        hint: &str,
    ) -> Result<Passphrase, CommandError> {
        match self.ui.ask_secret(prompt)? {
            Some(secret) if secret.is_empty() => {
                Err(CommandError::new(ErrorKind::PassphraseNeeded, "the passphrase is empty").hint(hint))
            }
            Some(secret) => passphrase(&secret),
            None => Err(CommandError::passphrase_needed(refusal).hint(hint)),
        }
    }

    /// Asks for a new secret, twice.
    pub(crate) fn ask_new_passphrase(&self, prompt: &str) -> Result<Option<Passphrase>, CommandError> {
        for _ in 0..3 {
            let Some(first) = self.ui.ask_secret(prompt)? else {
                return Ok(None);
            };
            if first.is_empty() {
                self.ui.warning("an empty passphrase protects nothing; try again");
                continue;
            }
            let Some(again) = self.ui.ask_secret("Once more, to be sure")? else {
                return Ok(None);
            };
            if first == again {
                return passphrase(&first).map(Some);
            }
            self.ui.warning("the two differ; try again");
        }
        Err(CommandError::new(
            ErrorKind::PassphraseNeeded,
            "no passphrase was chosen in three attempts",
        ))
    }

    /// Reads a secret from the first line of a file, a pipe, or standard input (`-`).
    ///
    /// An empty secret is refused; see [`Self::password_file`] where it may be empty.
    pub(crate) fn secret_file(&self, path: &Path, what: &str) -> Result<Passphrase, CommandError> {
        let secret = self.password_file(path, what)?;
        if secret.is_empty() {
            return Err(
                CommandError::bad_input(format!("the {what} file {} is empty", path.display()))
                    .hint("its first line is the secret"),
            );
        }
        Ok(secret)
    }

    /// As [`Self::secret_file`], but admits an empty secret.
    pub(crate) fn password_file(&self, path: &Path, what: &str) -> Result<Passphrase, CommandError> {
        let bytes = self.read(path, SECRET_LIMIT)?;
        Passphrase::from_secret_file_line(&bytes)
            .map_err(|error| CommandError::bad_input(format!("the {what} file {}: {error}", path.display())))
    }

    /// Reads a whole file, a pipe, or standard input (`-`), up to a limit.
    pub(crate) fn read(&self, path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        if path != Path::new("-") {
            return Ok(ca_store::atomic::read(path, limit)?);
        }
        self.claim_stdin()?;
        // (Room for a secret at once: a vector that grows leaves copies behind.)
        let mut bytes = Zeroizing::new(Vec::with_capacity(ca_store::atomic::SECRET_ROOM));
        io::stdin()
            .lock()
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| CommandError::io("cannot read standard input", &error))?;
        if bytes.len() as u64 > limit {
            return Err(CommandError::bad_input(format!(
                "standard input holds more than {limit} bytes, the most that is read here"
            )));
        }
        Ok(bytes)
    }

    /// Opens a message: a file, or standard input where none or `-` is named.
    pub(crate) fn open_input(&self, path: Option<&Path>) -> Result<Input, CommandError> {
        match path {
            Some(path) if path != Path::new("-") => {
                let failed = |error| ca_store::FileError::from_io("read", path, error);
                let file = File::open(path).map_err(failed)?;
                if file.metadata().map_err(failed)?.is_dir() {
                    return Err(failed(io::ErrorKind::IsADirectory.into()).into());
                }
                Ok(Input {
                    name: path.display().to_string(),
                    source: Source::File(io::BufReader::with_capacity(1 << 16, file)),
                })
            }
            _ => {
                self.claim_stdin()?;
                Ok(Input {
                    name: "standard input".to_owned(),
                    source: Source::Stdin(io::stdin()),
                })
            }
        }
    }

    /// Opens a message as [`Self::open_input`] opens any text, and refuses an empty one: it is what a program that failed
    /// before this one in a pipe leaves.
    pub(crate) fn open_message(&self, path: Option<&Path>) -> Result<Input, CommandError> {
        let mut input = self.open_input(path)?;
        let empty = match &mut input.source {
            Source::File(file) => file.fill_buf().map(<[u8]>::is_empty),
            // What is read ahead stays in the buffer that all of standard input shares.
            Source::Stdin(stdin) => stdin.lock().fill_buf().map(<[u8]>::is_empty),
        };
        let empty = empty.map_err(|error| {
            CommandError::new(ErrorKind::Io, format!("cannot read {}: {error}", input.name))
        })?;
        if empty {
            return Err(CommandError::bad_input(format!("{} is empty: there is no message in it", input.name))
                .hint("name the file that holds the message, or see whether the command before this one in the pipe failed"));
        }
        Ok(input)
    }

    /// Reads the certificates of a file: PEM, DER or p7b.
    pub(crate) fn certificates(&self, path: &Path) -> Result<Vec<Certificate>, CommandError> {
        let bytes = self.read(path, FILE_LIMIT)?;
        let found = identity::pem::certificates(&bytes).map_err(|error| {
            if is_pkcs12(&bytes) {
                return key_container(path);
            }
            CommandError::bad_input(format!(
                "{} holds no certificate that can be read: {error}",
                path.display()
            ))
        })?;
        if found.is_empty() {
            return Err(CommandError::bad_input(format!(
                "{} holds no certificate",
                path.display()
            )));
        }
        Ok(found)
    }

    /// Asks before something that cannot be undone, unless `--yes` answers.
    pub(crate) fn confirm(&self, question: &str, if_no: &str) -> Result<(), CommandError> {
        if self.global.yes {
            return Ok(());
        }
        match self.ui.confirm(question)? {
            Some(true) => Ok(()),
            Some(false) => Err(CommandError::new(ErrorKind::ConfirmationNeeded, if_no)),
            None => Err(CommandError::new(
                ErrorKind::ConfirmationNeeded,
                format!("{if_no}: this needs a confirmation, and there is no terminal to ask on"),
            )
            .hint("confirm with --yes")),
        }
    }

    /// Lets standard input be read once a command.
    pub(crate) fn claim_stdin(&self) -> Result<(), CommandError> {
        if self.stdin_used.replace(true) {
            return Err(
                CommandError::usage("standard input can be read once a command only")
                    .hint("put one of the inputs into a file"),
            );
        }
        self.ui.input_is_data();
        Ok(())
    }
}

/// A message being read.
#[derive(Debug)]
pub(crate) struct Input {
    /// What to call it in messages.
    pub(crate) name: String,
    source: Source,
}

#[derive(Debug)]
enum Source {
    File(io::BufReader<File>),
    Stdin(io::Stdin),
}

impl Input {
    /// Tells whether it can be opened and read once more.
    pub(crate) fn is_regular_file(&self) -> bool {
        match &self.source {
            Source::File(file) => file.get_ref().metadata().is_ok_and(|found| found.is_file()),
            Source::Stdin(_) => false,
        }
    }

    /// Where it waits to be read a second time.
    pub(crate) fn spool(&self) -> Result<InputSpool, CommandError> {
        InputSpool::new(match &self.source {
            Source::File(file) => Some(file.get_ref()),
            Source::Stdin(_) => None,
        })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.source {
            Source::File(file) => file.read(buffer),
            Source::Stdin(stdin) => stdin.read(buffer),
        }
    }
}

/// No certificate, request, key or container is larger.
pub(crate) const FILE_LIMIT: u64 = 16 << 20;

/// Two and a half million entries.
pub(crate) const CRL_LIMIT: u64 = 128 << 20;

const SECRET_LIMIT: u64 = 1 << 16;

/// Tells whether this is a P12, with whatever password.
fn is_pkcs12(bytes: &[u8]) -> bool {
    let known = pkcs12::read(bytes, None, ReadOptions { legacy: true });
    !matches!(
        known,
        Err(Pkcs12Error::NotPkcs12 { .. } | Pkcs12Error::Malformed { .. } | Pkcs12Error::TooLong { .. })
    )
}

/// Explains that a P12 is not what certificates are read from.
fn key_container(path: &Path) -> CommandError {
    let shown = path.display();
    let error = CommandError::bad_input(format!(
        "{shown} is a P12: it holds a private key, which only its owner should have"
    ));
    let beside = path.with_extension("crt");
    match beside.exists() {
        true => error.hint(format!("its certificate stands in {}", beside.display())),
        false => error.hint(format!(
            "take the certificate out of it: openssl pkcs12 -in {shown} -clcerts -nokeys -out {}",
            beside.display()
        )),
    }
}

/// Says that the clock is behind.
pub(crate) fn behind(written: DateTime<Utc>, clock: DateTime<Utc>) -> String {
    let shown = |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    format!(
        "the clock says {}, but the log was written to at {} already: set the clock right before anything is signed",
        shown(clock),
        shown(written)
    )
}

fn passphrase(secret: &str) -> Result<Passphrase, CommandError> {
    Passphrase::from_secret_file_line(secret.as_bytes()).map_err(CommandError::bad_input)
}
