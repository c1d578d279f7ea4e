//! Finding other people's programs, and what to do when one is missing.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Run;

/// A program that is not ours and judges what we write.
#[derive(Clone, Debug)]
pub struct Peer {
    program: PathBuf,
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
            assert!(
                std::env::var_os("CACHET_REQUIRE_PEERS").is_none_or(|value| value != "1"),
                "{program} is required (CACHET_REQUIRE_PEERS=1) and missing; tests/run installs it"
            );
            eprintln!("SKIPPED: {program} is missing; tests/run installs it");
        }
        found.map(|program| Self { program })
    }

    /// Runs the program in `folder`.
    #[must_use]
    pub fn run<A: AsRef<OsStr>>(&self, folder: &Path, arguments: &[A]) -> Run {
        run(
            Command::new(&self.program).args(arguments).current_dir(folder),
            b"",
        )
    }

    /// The command, for callers who need more than [`Peer::run`].
    #[must_use]
    pub fn command(&self) -> Command {
        Command::new(&self.program)
    }
}

/// OpenSSL's command line.
#[must_use]
pub fn openssl() -> Option<Peer> {
    Peer::find("openssl")
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
