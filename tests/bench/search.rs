//! Listings out of a ledger with a million certificates.

use std::time::{Duration, Instant};

use ca_core::ledger::conformance::{sample_authority, sample_intent, sample_issued};
use ca_core::ledger::{CertificateFilter, Intent, Ledger, Revocation, RevocationReason, Status};
use ca_core::request::Class;
use ca_store::SqliteLedger;
use chrono::{DateTime, TimeDelta, Utc};

const CERTIFICATES: u32 = 1_000_000;
const BATCH: u32 = 10_000;
const ROUNDS: usize = 15;

/// Prints a row for each filter, and how fast the ledger filled.
pub(crate) fn print() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = SqliteLedger::create(&folder.path().join("search.db"), now()).expect("a ledger");
    ledger
        .add_authorities(&[sample_authority()], &[])
        .expect("authority");
    let started = Instant::now();
    for first in (0..CERTIFICATES).step_by(BATCH as usize) {
        fill(&ledger, first);
    }
    println!(
        "\n{CERTIFICATES} certificates recorded at {:.0}/s (reserved, issued, on disk)",
        f64::from(CERTIFICATES) / started.elapsed().as_secs_f64()
    );
    let any = CertificateFilter {
        limit: Some(100),
        ..CertificateFilter::default()
    };
    let status = |status| CertificateFilter {
        status: Some(status),
        ..any.clone()
    };
    println!("{:<44} {:>6} {:>10}", "newest 100 of a million", "rows", "median");
    for (label, filter) in [
        ("no filter", any.clone()),
        (
            "address",
            CertificateFilter {
                email: Some("u500000@example.org".to_owned()),
                ..any.clone()
            },
        ),
        (
            "name that begins with \"Name 4242\"",
            CertificateFilter {
                name_prefix: Some("Name 4242".to_owned()),
                ..any.clone()
            },
        ),
        (
            "class 3 (1 in 1000)",
            CertificateFilter {
                class: Some(Class::Three),
                ..any.clone()
            },
        ),
        ("valid", status(Status::Valid)),
        ("revoked (1 in 100)", status(Status::Revoked)),
        ("held (none)", status(Status::Held)),
        ("expired (1 in 10)", status(Status::Expired)),
        ("not yet valid (none)", status(Status::NotYetValid)),
        ("pending (none)", status(Status::Pending)),
        (
            "expires within a day",
            CertificateFilter {
                expires_by: Some(now() + TimeDelta::days(1)),
                ..any.clone()
            },
        ),
        (
            "class 3, valid, expires within 30 days",
            CertificateFilter {
                class: Some(Class::Three),
                expires_by: Some(now() + TimeDelta::days(30)),
                ..status(Status::Valid)
            },
        ),
    ] {
        let (rows, time) = measure(&ledger, &filter);
        println!("{label:<44} {rows:>6} {:>7.2} ms", time.as_secs_f64() * 1e3);
    }
}

/// Records a batch: every tenth expired, the others ending over a year, every hundredth revoked.
fn fill(ledger: &SqliteLedger, first: u32) {
    let intents: Vec<Intent> = (first..first + BATCH)
        .map(|number| {
            let mut intent = sample_intent(&format!("u{number}@example.org"));
            intent.name = format!("Name {number}");
            if number % 1000 == 0 {
                intent.class = Class::Three;
            }
            intent.not_before = now() - TimeDelta::days(400);
            let minutes = i64::from(number) * 7919 % (365 * 24 * 60) + 1;
            intent.not_after = match number % 10 {
                0 => now() - TimeDelta::minutes(minutes),
                _ => now() + TimeDelta::minutes(minutes),
            };
            intent.another = true;
            intent
        })
        .collect();
    ledger.reserve(&intents, &[]).expect("reserved");
    let issued: Vec<_> = intents.iter().map(sample_issued).collect();
    ledger.record_issued(&issued, &[]).expect("issued");
    let handed_out: Vec<_> = intents
        .iter()
        .map(|intent| ca_core::ledger::Collection {
            serial: intent.serial,
            at: now(),
        })
        .collect();
    ledger.mark_collected(&handed_out, &[]).expect("handed out");
    let revoked: Vec<_> = intents
        .iter()
        .step_by(100)
        .map(|intent| Revocation {
            serial: intent.serial,
            reason: RevocationReason::Superseded,
            at: now(),
            invalidity_date: None,
            recorded_at: now(),
        })
        .collect();
    ledger.revoke(&revoked, &[]).expect("revoked");
}

fn measure(ledger: &SqliteLedger, filter: &CertificateFilter) -> (usize, Duration) {
    let mut rows = 0;
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            rows = ledger.list(filter, now()).expect("a listing").len();
            started.elapsed()
        })
        .collect();
    times.sort();
    (rows, times[ROUNDS / 2])
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a moment")
}
