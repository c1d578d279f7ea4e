//! A folder in which the binary runs as if nothing else existed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::run;

/// A temporary folder, its own home directory, and the binary under test.
#[derive(Debug)]
pub struct Sandbox {
    binary: PathBuf,
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Sandbox {
    /// Makes an empty sandbox for `binary` (`env!("CARGO_BIN_EXE_cachet")`).
    #[must_use]
    pub fn new(binary: &str) -> Self {
        Self {
            binary: PathBuf::from(binary),
            folder: tempfile::Builder::new().prefix("cachet-test-").tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// Sets an environment variable for every later run.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The sandbox's folder, which is the working directory of every run.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the sandbox.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the sandbox.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).unwrap();
        }
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Reads a file of the sandbox.
    #[must_use]
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Every file below the sandbox's folder `name`, sorted, relative to it.
    #[must_use]
    pub fn files(&self, name: &str) -> Vec<String> {
        let root = self.path(name);
        let mut found = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    found.push(path.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        found.sort();
        found
    }

    /// The command that runs the binary here with a cleared environment.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary with `arguments`.
    #[must_use]
    pub fn cachet<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run {
        run(self.command().args(arguments), b"")
    }

    /// Runs the binary with `arguments` and `input` on standard input.
    #[must_use]
    pub fn cachet_with_input<A: AsRef<OsStr>>(&self, arguments: &[A], input: &[u8]) -> Run {
        run(self.command().args(arguments), input)
    }

    /// Runs the binary with the words of `line` (no quoting).
    #[must_use]
    pub fn line(&self, line: &str) -> Run {
        self.cachet(&line.split_whitespace().collect::<Vec<_>>())
    }
}

/// What a finished program left.
#[derive(Clone, Debug)]
pub struct Run {
    command: String,
    /// Exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, as text.
    pub stderr: String,
}

impl Run {
    pub(crate) fn new(command: String, output: Output) -> Self {
        Self {
            command,
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard output as one JSON document.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    /// Expects exit code 0.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.exits(0)
    }

    /// Expects the exit code `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.command,
            self.text(),
            self.stderr
        );
        self
    }

    /// Expects `needle` on standard output or standard error.
    #[track_caller]
    pub fn says(self, needle: &str) -> Self {
        assert!(
            self.text().contains(needle) || self.stderr.contains(needle),
            "no '{needle}' from {}\n--- stdout\n{}\n--- stderr\n{}",
            self.command,
            self.text(),
            self.stderr
        );
        self
    }

    /// Expects that the program failed, whatever its code.
    #[track_caller]
    pub fn fails(self) -> Self {
        assert_ne!(
            self.code,
            Some(0),
            "{} succeeded\n{}\n{}",
            self.command,
            self.text(),
            self.stderr
        );
        self
    }
}
