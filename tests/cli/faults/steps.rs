//! Each step of a command: the system calls by which it changes files and takes locks, and what can befall it at one of them.
//!
//! strace counts a command's calls in an undisturbed run, and in later ones kills it at the Nth of a kind, or makes that one fail.
//! Writes are cut short by a limit on the size of files, at which the kernel writes what still fits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use test_support::{Peer, Run, Sandbox};

use crate::torture::Dice;

/// One disturbance of a command.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Fault {
    /// SIGKILL before the Nth call of this name.
    Killed(String, usize),
    /// The Nth call of this name fails.
    Failed(String, usize, &'static str),
    /// No file grows beyond so many octets: the write that would is cut short, the next one fails.
    CutShort(u64),
}

/// How often each kind is tried, of as many steps as there are.
pub(super) struct Sample {
    /// `None`: at every step.
    most: Option<usize>,
    dice: Dice,
}

impl Sample {
    /// As the environment says: `CACHET_FAULTS=all` for every step, or a number for each kind of fault.
    pub(super) fn new() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let all = std::env::var("CACHET_FAULTS").is_ok_and(|wish| wish == "all");
        Self {
            most: (!all).then(|| number("CACHET_FAULTS").map_or(2, |n| usize::try_from(n).unwrap())),
            dice: Dice(number("CACHET_FAULTS_SEED").unwrap_or(20_261_124)),
        }
    }

    /// Some of `all`, each another: more of the kills, which are what happens.
    fn of(&mut self, mut all: Vec<Fault>, weight: usize) -> Vec<Fault> {
        let Some(most) = self.most else { return all };
        let mut chosen = BTreeSet::new();
        while chosen.len() < most * weight && !all.is_empty() {
            let at = self.dice.below(all.len() as u64);
            chosen.insert(all.swap_remove(usize::try_from(at).unwrap()));
        }
        chosen.into_iter().collect()
    }

    /// What to try of a command that makes the calls `calls` and leaves files no longer than `longest`.
    pub(super) fn choose(&mut self, calls: &Calls, longest: u64) -> Vec<Fault> {
        let steps = |names: &[&str]| -> Vec<(String, usize)> {
            let named = calls.0.iter().filter(|(name, _)| names.contains(&name.as_str()));
            named
                .flat_map(|(name, nth)| nth.iter().map(|n| (name.clone(), *n)))
                .collect()
        };
        let failing = |names: &[&str], error: &'static str| -> Vec<Fault> {
            steps(names)
                .into_iter()
                .map(|(name, n)| Fault::Failed(name, n, error))
                .collect()
        };
        let every: Vec<&str> = calls.0.keys().map(String::as_str).collect();
        let killed = steps(&every)
            .into_iter()
            .map(|(name, n)| Fault::Killed(name, n))
            .collect();
        let mut chosen = self.of(killed, 3);
        chosen.extend(self.of(failing(SYNC, "EIO"), 1));
        chosen.extend(self.of(failing(GROW, "ENOSPC"), 1));
        chosen.extend(self.of(failing(NAME, "EIO"), 1));
        let locks = [failing(LOCK, "ENOLCK"), failing(LOCK, "EAGAIN")].concat();
        chosen.extend(self.of(locks, 1));
        // Where a write is cut depends on the file alone: any length will do.
        let cuts = self.most.map_or(64, |most| most.div_ceil(2));
        chosen.extend((0..cuts).map(|_| Fault::CutShort(self.dice.below(longest + 4096))));
        chosen
    }
}

/// The calls of a command that change a file or take a lock: for each name, which of a thread's calls.
pub(super) struct Calls(BTreeMap<String, BTreeSet<usize>>);

/// Runs a command undisturbed and notes its calls.
pub(super) fn record(strace: &Peer, sandbox: &Sandbox, line: &[&str]) -> (Run, Calls) {
    let trace = sandbox.path("trace");
    let all: Vec<&str> = [SYNC, GROW, NAME, LOCK].concat();
    let flags = [
        "--seccomp-bpf".to_owned(),
        format!("--output={}", trace.display()),
        format!("--trace={}", all.join(",")),
    ];
    let run = traced(strace, sandbox, &flags, line);
    let text = String::from_utf8_lossy(&std::fs::read(&trace).unwrap()).into_owned();
    std::fs::remove_file(&trace).unwrap();
    let mut counted: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut calls: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for row in text.lines() {
        // "1234 openat(AT_FDCWD, ..."; what was interrupted is resumed in a line of its own.
        let Some((thread, call)) = row.split_once(' ') else {
            continue;
        };
        let Some((name, arguments)) = call.trim_start().split_once('(') else {
            continue;
        };
        if !all.contains(&name) {
            continue;
        }
        let nth = counted.entry((thread, name)).or_default();
        *nth += 1;
        let counts = match name {
            "openat" => arguments.contains("O_CREAT") || arguments.contains("O_TMPFILE"),
            "fcntl" => arguments.contains("F_SETLK") || arguments.contains("F_OFD_SETLK"),
            _ => true,
        };
        if counts {
            calls.entry(name.to_owned()).or_default().insert(*nth);
        }
    }
    (run, Calls(calls))
}

/// Runs a command with a fault.
pub(super) fn disturb(strace: &Peer, sandbox: &Sandbox, line: &[&str], fault: &Fault) -> Run {
    let (name, inject) = match fault {
        Fault::Killed(name, nth) => (name, format!("--inject={name}:signal=SIGKILL:when={nth}")),
        Fault::Failed(name, nth, error) => (name, format!("--inject={name}:error={error}:when={nth}")),
        Fault::CutShort(octets) => {
            // Unless it is ignored, the signal that tells of the limit would end the process.
            let mut command = Command::new("sh");
            command
                .args(["-c", "trap '' XFSZ; exec prlimit --fsize=\"$0\" \"$@\""])
                .arg(octets.to_string());
            return run_in(sandbox, command, line);
        }
    };
    let flags = [
        "--seccomp-bpf".to_owned(),
        "--output=/dev/null".to_owned(),
        format!("--trace={name}"),
        inject,
    ];
    traced(strace, sandbox, &flags, line)
}

fn traced(strace: &Peer, sandbox: &Sandbox, flags: &[String], line: &[&str]) -> Run {
    let mut command = strace.command();
    command.args(["-f", "-qq"]).args(flags);
    run_in(sandbox, command, line)
}

/// Puts another program before the binary. What would go on for ever, by a first word [`SERVER`], is ended once it has told that
/// it serves, with the exit code 124.
pub(super) fn run_in(sandbox: &Sandbox, mut command: Command, line: &[&str]) -> Run {
    let plain = sandbox.command();
    let mut line = line;
    if line.first() == Some(&SERVER) {
        line = &line[1..];
        // A last resort, if it neither serves nor ends.
        command.args(["timeout", "60"]);
        let inner = command;
        command = Command::new("sh");
        command.args(["-c", UNTIL_IT_SERVES, "serve"]);
        command.arg(inner.get_program()).args(inner.get_args());
    }
    command
        .arg(plain.get_program())
        .args(line)
        .current_dir(sandbox.folder())
        .env_clear();
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    test_support::run(&mut command, b"")
}

/// The first word of a line that is a server's.
pub(super) const SERVER: &str = "server";

/// Ends a server after its report, whose last line is a brace; whoever stands before it may have become it (exec).
const UNTIL_IT_SERVES: &str = r#"
mkfifo told
"$@" >told &
serves=
while IFS= read -r line; do [ "$line" != "}" ] || { serves=1; break; }; done <told
if [ -n "$serves" ]; then kill -TERM $(cat "/proc/$!/task/$!/children") "$!" 2>/dev/null; fi
wait "$!"
code=$?
rm -f told
[ -z "$serves" ] || exit 124
exit "$code"
"#;

/// The length of the longest file below a folder.
pub(super) fn longest(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => longest(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .max()
        .unwrap_or_default()
}

const SYNC: &[&str] = &["fsync", "fdatasync"];
const GROW: &[&str] = &[
    "write",
    "writev",
    "pwrite64",
    "openat",
    "mkdir",
    "ftruncate",
    "fallocate",
];
const NAME: &[&str] = &[
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "chmod",
    "fchmod",
];
const LOCK: &[&str] = &["flock", "fcntl"];
