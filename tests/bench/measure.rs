//! The time and the peak memory of a process.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_support::peak_memory;

/// What a process costs.
pub(crate) struct Cost {
    /// Median of the rounds.
    pub(crate) time: Duration,
    /// The most memory that it held at once.
    pub(crate) peak_octets: u64,
}

/// Runs two commands in turn, `rounds` times each after one round that warms the file cache and shows the memory.
///
/// Before each the files that they write, `outputs`, are removed and the disk's queue is emptied: else one pays for
/// what the other has written.
pub(crate) fn in_turn(
    rounds: usize,
    outputs: &[PathBuf],
    ours: impl Fn() -> Command,
    theirs: impl Fn() -> Command,
) -> (Cost, Cost) {
    let settled = |command: Command| {
        settle(outputs);
        command
    };
    let (our_peak, their_peak) = (
        peak_memory(settled(ours())).resident,
        peak_memory(settled(theirs())).resident,
    );
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        our_times.push(time(settled(ours())));
        their_times.push(time(settled(theirs())));
    }
    let cost = |times, peak_octets| Cost {
        time: median(times),
        peak_octets,
    };
    (cost(our_times, our_peak), cost(their_times, their_peak))
}

/// Runs a command that must succeed, and returns the wall-clock time of its process.
pub(crate) fn time(mut command: Command) -> Duration {
    let started = Instant::now();
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    started.elapsed()
}

fn settle(outputs: &[PathBuf]) {
    for output in outputs {
        let _ = fs::remove_file(output);
    }
    if let Some(folder) = outputs.first().and_then(|output| output.parent()) {
        let _ = Command::new("sync").arg("-f").arg(folder).status();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
