//! Threads that write at the same moment share a commit, and nothing else.

use std::sync::Barrier;

use ca_core::audit::verify_chain;
use ca_core::ledger::conformance::{sample_authority, sample_event, sample_intent, sample_issued};
use ca_core::ledger::{Ledger, LedgerError};
use ca_store::SqliteLedger;
use chrono::{DateTime, Utc};

const THREADS: usize = 8;
const EACH: usize = 40;

fn ledger(folder: &std::path::Path) -> SqliteLedger {
    let path = folder.join("ca.db");
    let mut fresh = SqliteLedger::create(&path, DateTime::<Utc>::UNIX_EPOCH).unwrap();
    fresh.add_authorities(&[sample_authority()], &[]).unwrap();
    fresh.close().unwrap();
    SqliteLedger::open(&path).unwrap()
}

#[test]
fn what_was_confirmed_is_on_record_and_what_was_refused_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path());
    let taken = sample_intent("taken@example.org");
    ledger.reserve(std::slice::from_ref(&taken), &[]).unwrap();
    let start = Barrier::new(THREADS);
    let work = |thread: usize| {
        start.wait();
        let mut confirmed = Vec::new();
        for number in 0..EACH {
            let intent = sample_intent(&format!("t{thread}n{number}@example.org"));
            let event = sample_event(&intent.serial.to_string());
            // Every third batch has a serial in it that is taken: none of it may stand, all around it must.
            let bad = number % 3 == 0;
            let batch: Vec<_> = match bad {
                true => vec![intent.clone(), taken.clone()],
                false => vec![intent.clone()],
            };
            let done = ledger.reserve(&batch, &[event]);
            if bad {
                let error = done.unwrap_err();
                assert!(matches!(error, LedgerError::SerialExists { .. }), "{error}");
                assert_eq!(ledger.certificate(&intent.serial).unwrap(), None);
                continue;
            }
            done.unwrap();
            assert!(ledger.certificate(&intent.serial).unwrap().is_some());
            ledger.record_issued(&[sample_issued(&intent)], &[]).unwrap();
            confirmed.push(intent.serial);
        }
        confirmed
    };
    let confirmed: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    drop(ledger);

    let ledger = SqliteLedger::open(&folder.path().join("ca.db")).unwrap();
    ledger.check_integrity().unwrap();
    for serial in &confirmed {
        let record = ledger.certificate(serial).unwrap().unwrap();
        assert!(record.issued.is_some(), "{serial}");
    }
    let all = ledger.list(&Default::default(), Utc::now()).unwrap();
    assert_eq!(all.len(), confirmed.len() + 1);
    let log = ledger.audit_entries(0, usize::MAX).unwrap();
    assert_eq!(
        log.len(),
        confirmed.len(),
        "an entry for each, and none for what was refused"
    );
    verify_chain(&log).unwrap();
}

#[test]
fn a_change_that_panics_leaves_the_others_and_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = ledger(folder.path());
    let start = Barrier::new(THREADS);
    // A ledger's own calls do not panic; a visitor that is handed in may.
    let visit = || {
        let query = ca_core::ledger::RevocationQuery {
            issuer: &sample_authority().id,
            upto: u64::MAX,
            after: None,
        };
        ledger.visit_revocations(&query, &mut |_| panic!("a visitor that stops"))
    };
    let intent = sample_intent("a@example.org");
    ledger.reserve(std::slice::from_ref(&intent), &[]).unwrap();
    ledger.record_issued(&[sample_issued(&intent)], &[]).unwrap();
    let revocation = ca_core::ledger::Revocation {
        serial: intent.serial,
        reason: ca_core::ledger::RevocationReason::Superseded,
        at: DateTime::<Utc>::UNIX_EPOCH,
        invalidity_date: None,
        recorded_at: DateTime::<Utc>::UNIX_EPOCH,
    };
    ledger.revoke(&[revocation], &[]).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (ledger, start) = (&ledger, &start);
            scope.spawn(move || {
                start.wait();
                for number in 0..EACH {
                    if thread == 0 {
                        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(visit));
                        assert!(caught.is_err());
                        continue;
                    }
                    let intent = sample_intent(&format!("t{thread}n{number}@example.org"));
                    ledger.reserve(&[intent], &[]).unwrap();
                }
            });
        }
    });
    let all = ledger.list(&Default::default(), Utc::now()).unwrap();
    assert_eq!(all.len(), (THREADS - 1) * EACH + 1);
}
