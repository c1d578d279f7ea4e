//! Finding other people's programs, and what to do when one is missing.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Run;

mod driver;
mod linters;
mod matrix;
mod programs;
mod thunderbird;

pub use driver::{Driver, bouncy_castle, python, python_program};
pub use linters::{Linters, Remark, Scope};
pub use matrix::{Identity, Job, MatrixPeer, Outcome};
pub use thunderbird::{Shown, thunderbird_shows, thunderbird_shows_with};

/// The peers of the interop matrix that are here, in the table's order.
#[must_use]
pub fn matrix_peers() -> Vec<Box<dyn MatrixPeer + Sync>> {
    let mut peers: Vec<Box<dyn MatrixPeer + Sync>> = Vec::new();
    let mut add = |peer: Option<Box<dyn MatrixPeer + Sync>>| peers.extend(peer);
    add(programs::OpenSsl::system().map(|peer| Box::new(peer) as _));
    add(programs::OpenSsl::next().map(|peer| Box::new(peer) as _));
    add(programs::NssTools::system().map(|peer| Box::new(peer) as _));
    add(programs::NssTools::of_thunderbird().map(|peer| Box::new(peer) as _));
    add(programs::GpgsmProgram::find().map(|peer| Box::new(peer) as _));
    add(driver::bouncy_castle().map(|peer| Box::new(peer) as _));
    add(driver::python().map(|peer| Box::new(peer) as _));
    add(driver::pkijs().map(|peer| Box::new(peer) as _));
    peers
}

/// A program that is not ours and judges what we write.
#[derive(Clone, Debug)]
pub struct Peer {
    program: PathBuf,
    variables: Vec<(String, String)>,
}

impl Peer {
    /// Finds `program` on the search path.
    ///
    /// `None` tells the test to return: the peer is missing, which has been said on standard error. With `CACHET_REQUIRE_PEERS=1`
    /// a missing peer fails the test instead.
    #[must_use]
    pub fn find(program: &str) -> Option<Self> {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join(program))
            .find(|candidate| candidate.is_file());
        if found.is_none() {
            missing(program);
        }
        found.map(|program| Self::at(&program))
    }

    /// The program at `path`, which exists.
    #[must_use]
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            program: path.to_owned(),
            variables: Vec::new(),
        }
    }

    /// Sets an environment variable for every later run.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the program in `folder`.
    #[must_use]
    pub fn run<A: AsRef<OsStr>>(&self, folder: &Path, arguments: &[A]) -> Run {
        run(self.command().args(arguments).current_dir(folder), b"")
    }

    /// The command, for callers who need more than [`Peer::run`].
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// OpenSSL's command line.
#[must_use]
pub fn openssl() -> Option<Peer> {
    Peer::find("openssl")
}

/// The command line of the next Debian release's OpenSSL, 3.5.
#[must_use]
pub fn openssl_next() -> Option<Peer> {
    let program = driver::cache().join("openssl-3.5/openssl");
    driver::present(&program)?;
    Some(Peer::at(&program))
}

/// One of pkilint's programs, such as `lint_pkix_cert`.
#[must_use]
pub fn pkilint(program: &str) -> Option<Peer> {
    let program = driver::cache().join("pkilint/bin").join(program);
    driver::present(&program)?;
    Some(Peer::at(&program))
}

/// ZLint.
#[must_use]
pub fn zlint() -> Option<Peer> {
    let program = driver::cache().join("zlint/root/usr/bin/zlint");
    driver::present(&program)?;
    Some(Peer::at(&program))
}

/// Java's key store tool.
#[must_use]
pub fn keytool() -> Option<Peer> {
    Peer::find("keytool")
}

/// Runs `command` with `input` as its standard input and waits for it.
pub fn run(command: &mut Command, input: &[u8]) -> Run {
    let shown = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{shown}: {error}"));
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that does not read its input closes the pipe: no concern of ours.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run::new(shown, output)
}

/// Says that a peer is missing; fails with `CACHET_REQUIRE_PEERS=1`.
pub(crate) fn missing(what: &str) {
    assert!(
        std::env::var_os("CACHET_REQUIRE_PEERS").is_none_or(|value| value != "1"),
        "{what} is required (CACHET_REQUIRE_PEERS=1) and missing; tests/run installs it"
    );
    eprintln!("SKIPPED: {what} is missing; tests/run installs it");
}
