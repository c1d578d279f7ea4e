//! How far a long command has come: a bar with rate and time left, on a terminal only.

use std::io::{self, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A bar that threads advance.
#[derive(Debug)]
pub(crate) struct Progress {
    total: usize,
    shown: bool,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    done: usize,
    drawn: Option<Instant>,
}

impl Progress {
    pub(super) fn new(total: usize, shown: bool) -> Self {
        Self {
            total,
            shown,
            started: Instant::now(),
            state: Mutex::new(State { done: 0, drawn: None }),
        }
    }

    /// Notes that one more is done.
    pub(crate) fn advance(&self) {
        if !self.shown {
            return;
        }
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        state.done += 1;
        if state.drawn.is_none_or(|at| at.elapsed() >= REDRAW) {
            state.drawn = Some(Instant::now());
            // Nobody can be told that standard error is gone.
            let _ = write!(
                io::stderr(),
                "\r{}\x1b[K",
                line(state.done, self.total, self.started.elapsed())
            );
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(done: usize, total: usize, elapsed: Duration) -> String {
    let filled = (WIDTH * done.min(total)).checked_div(total).unwrap_or(WIDTH);
    // Counts are far below what a float holds exactly.
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
    let left = total.saturating_sub(done) as f64 / rate.max(1e-9);
    format!(
        "[{}{}] {done}/{total}  {rate:.0}/s  {} left",
        "#".repeat(filled),
        "-".repeat(WIDTH - filled),
        span(left as u64)
    )
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

const WIDTH: usize = 30;
const REDRAW: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_tells_rate_and_time_left() {
        let text = line(75, 300, Duration::from_secs(5));
        assert_eq!(text, "[#######-----------------------] 75/300  15/s  15 s left");
        assert_eq!(line(0, 0, Duration::ZERO).matches('#').count(), WIDTH);
        assert_eq!(
            (span(75).as_str(), span(7_260).as_str()),
            ("1 min 15 s", "2 h 01 min")
        );
    }
}
