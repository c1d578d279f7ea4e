//! How much memory a process takes.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Runs a command that must succeed and returns the high-water mark of its resident memory in octets, the pages of its
/// program file among them.
///
/// It is read from `/proc` every millisecond while the process lives: what it takes in its last millisecond is missed,
/// and elsewhere than on Linux it is 0.
///
/// # Panics
/// If the command fails.
#[must_use]
pub fn peak_memory(mut command: Command) -> u64 {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = quiet
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let text = fs::read_to_string(&status).unwrap_or_default();
        let kib = text
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok())
            .unwrap_or(0);
        peak = peak.max(kib);
        thread::sleep(Duration::from_millis(1));
    };
    assert!(ended.success(), "{command:?}: {ended}");
    peak << 10
}
