//! How fast certificates go on record durably: a reservation and a signature each, every commit
//! flushed to the disk.
//!
//! `cargo bench -p ca-store` prints certificates per second. Batches of one show what the disk's
//! flush costs (two for each certificate), large ones what SQLite's own work does.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where its expectation does")]

use ca_core::ledger::conformance::{sample_authority, sample_event, sample_intent, sample_issued};
use ca_core::ledger::{Intent, IssuedRecord, Ledger};
use ca_store::SqliteLedger;
use chrono::{DateTime, Utc};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

/// Reserves and records certificates in batches; the ledger grows as it goes.
#[divan::bench(args = [1, 10, 100, 500], min_time = 2)]
fn issue_durably(bencher: Bencher<'_, '_>, batch: usize) {
    let ledger = ledger();
    bencher
        .counter(ItemsCount::new(batch))
        .with_inputs(|| (0..batch).map(|_| intent()).collect::<Vec<Intent>>())
        .bench_local_values(|intents| {
            let events: Vec<_> = intents
                .iter()
                .map(|intent| sample_event(&intent.serial.to_string()))
                .collect();
            ledger.0.reserve(&intents, &events).unwrap();
            let issued: Vec<_> = intents.iter().map(signed).collect();
            ledger.0.record_issued(&issued, &events).unwrap();
        });
}

/// Looks one certificate up among 10,000.
#[divan::bench]
fn look_up_a_serial(bencher: Bencher<'_, '_>) {
    let ledger = ledger();
    let intents: Vec<Intent> = (0..10_000).map(|_| intent()).collect();
    ledger.0.reserve(&intents, &[]).unwrap();
    let mut next = intents.iter().cycle();
    bencher.bench_local(|| ledger.0.certificate(&next.next()?.serial).unwrap());
}

/// An intent of the size of a real one, for an address of its own.
fn intent() -> Intent {
    let mut intent = sample_intent("");
    intent.emails = vec![format!("{}@example.org", intent.serial)];
    intent.subject = format!("CN={}", intent.emails.join(""));
    intent.tbs = intent.serial.as_bytes().repeat(35);
    intent
}

/// As signed by a P-256 key.
fn signed(intent: &Intent) -> IssuedRecord {
    let mut issued = sample_issued(intent);
    issued.certificate = [&[0x30, 0x82, 0, 0], intent.tbs.as_slice(), &[0; 84]].concat();
    issued
}

fn ledger() -> (SqliteLedger, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.db");
    let born: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    SqliteLedger::create(&path, born).unwrap().close().unwrap();
    let ledger = SqliteLedger::open(&path).unwrap();
    ledger.add_authorities(&[sample_authority()], &[]).unwrap();
    (ledger, directory)
}
