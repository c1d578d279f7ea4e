//! How much memory a process takes.

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// The most memory that a process held at once, in octets.
#[derive(Clone, Copy, Debug, Default)]
pub struct PeakMemory {
    /// All that was resident, the pages of its program file among them.
    pub resident: u64,
    /// What belongs to it alone: heap and stacks. Sampled, so that what is held for less than a millisecond may be missed.
    pub own: u64,
}

/// Runs a command that must succeed and returns how much memory it took.
///
/// It is read from `/proc` every millisecond while the process lives: what it takes in its last millisecond is missed,
/// and elsewhere than on Linux it is 0.
///
/// # Panics
/// If the command fails, with what it said.
#[must_use]
pub fn peak_memory(mut command: Command) -> PeakMemory {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = quiet
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stderr = child.stderr.take().unwrap();
    let complaint = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let status = format!("/proc/{}/status", child.id());
    let mut peak = PeakMemory::default();
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        peak.resident = peak.resident.max(field(&text, "VmHWM:"));
        peak.own = peak.own.max(field(&text, "RssAnon:"));
        thread::sleep(Duration::from_millis(1));
    };
    let complaint = complaint.join().unwrap();
    assert!(ended.success(), "{command:?}: {ended}\n{complaint}");
    peak
}

/// Reads a field in KiB.
fn field(status: &str, name: &str) -> u64 {
    let kib: Option<u64> = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
    kib.unwrap_or(0) << 10
}
