/// Ends the process at this step if a test asked for it.
///
/// `failpoint!("issue.staged")` does nothing unless the feature `failpoints` of this crate is on
/// and the environment holds `CACHET_FAILPOINT=issue.staged`: then the process aborts there, as if
/// killed, with no destructor run and nothing flushed. `NAME:3` spares the first two passes.
///
/// The names within this crate: `init.*`, `staging.*` and `batch.*` for their steps, `atomic.written` for a
/// file that is complete but not yet in its place, and `ledger.CHANGE.uncommitted` and
/// `ledger.CHANGE.committed`, where CHANGE is `authorities`, `reserve`, `issued`, `abandon`,
/// `collected`, `revoke` or `audit`.
#[macro_export]
macro_rules! failpoint {
    ($name:expr) => {
        $crate::fail_point($name)
    };
}

/// The function behind [`failpoint!`](crate::failpoint).
#[inline]
pub fn point(name: &str) {
    #[cfg(feature = "failpoints")]
    enabled::point(name);
    #[cfg(not(feature = "failpoints"))]
    let _ = name;
}

#[cfg(feature = "failpoints")]
mod enabled {
    use std::sync::atomic::{AtomicU32, Ordering};

    static PASSES: AtomicU32 = AtomicU32::new(0);

    pub(super) fn point(name: &str) {
        let Ok(wanted) = std::env::var("CACHET_FAILPOINT") else {
            return;
        };
        let (wanted, nth) = match wanted.rsplit_once(':') {
            Some((wanted, nth)) => (wanted, nth.parse().unwrap_or(1)),
            None => (wanted.as_str(), 1),
        };
        if wanted == name && PASSES.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            std::process::abort();
        }
    }
}
