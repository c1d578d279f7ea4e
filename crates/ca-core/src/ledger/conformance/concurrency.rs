//! Many callers at once.

use super::fine;
use super::sample::{sample_event, sample_intent, sample_issued};
use crate::audit::verify_chain;
use crate::ledger::{Ledger, LedgerError};

pub(super) fn one_of_many_gets_the_address(ledger: &dyn Ledger) {
    let won = winners(
        || ledger.reserve(&[sample_intent("a@example.org")], &[sample_event("won")]),
        |error| matches!(error, LedgerError::DuplicateAddress { .. }),
    );
    assert_eq!(won, 1, "an address was given out {won} times");
}

pub(super) fn one_of_many_finishes_an_intent(ledger: &dyn Ledger) {
    let intent = sample_intent("a@example.org");
    fine(ledger.reserve(std::slice::from_ref(&intent), &[]), "reserving");
    let won = winners(
        || ledger.record_issued(&[sample_issued(&intent)], &[sample_event("won")]),
        |error| matches!(error, LedgerError::WrongState { .. }),
    );
    assert_eq!(won, 1, "a serial was signed {won} times");
}

pub(super) fn the_chain_holds_under_load(ledger: &dyn Ledger) {
    std::thread::scope(|scope| {
        for thread in 0..CALLERS {
            scope.spawn(move || {
                for n in 0..ROUNDS {
                    let intent = sample_intent(&format!("u{thread}-{n}@example.org"));
                    let event = [sample_event("load")];
                    fine(
                        ledger.reserve(std::slice::from_ref(&intent), &event),
                        "reserving under load",
                    );
                    fine(
                        ledger.record_issued(&[sample_issued(&intent)], &event),
                        "recording under load",
                    );
                }
            });
        }
    });
    let entries = fine(ledger.audit_entries(0, usize::MAX), "reading the log");
    assert_eq!(entries.len(), 1 + 2 * CALLERS * ROUNDS);
    if let Err(error) = verify_chain(&entries) {
        panic!("the chain broke under load: {error}");
    }
}

/// Counts the successes of a call made by many threads; the others must fail as expected.
fn winners(
    call: impl Fn() -> Result<(), LedgerError> + Sync,
    expected: impl Fn(&LedgerError) -> bool + Sync,
) -> usize {
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(&call)).collect();
        let results = callers.into_iter().map(|caller| match caller.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        results
            .filter(|result| match result {
                Ok(()) => true,
                Err(error) => {
                    assert!(expected(error), "refused for another reason: {error}");
                    false
                }
            })
            .count()
    })
}

const CALLERS: usize = 8;
const ROUNDS: usize = 5;
