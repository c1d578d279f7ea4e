//! The audit log within a ledger.

use super::sample::{sample_event, sample_intent, sample_issued};
use super::{fine, refused};
use crate::audit::{AuditEntry, verify_chain};
use crate::ledger::Ledger;

pub(super) fn events_are_chained_with_their_change(ledger: &dyn Ledger) {
    let intent = sample_intent("a@example.org");
    fine(
        ledger.reserve(
            std::slice::from_ref(&intent),
            &[sample_event("one"), sample_event("two")],
        ),
        "reserving",
    );
    fine(
        ledger.record_issued(&[sample_issued(&intent)], &[sample_event("three")]),
        "recording a signature",
    );
    fine(ledger.append_audit(&[sample_event("four")]), "appending");
    let entries = fine(ledger.audit_entries(0, 100), "reading the log");
    let subjects: Vec<&str> = entries.iter().map(|e| e.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["authority", "one", "two", "three", "four"],
        "in order, beginning with the first"
    );
    let mut expected: Vec<AuditEntry> = Vec::new();
    for subject in &subjects {
        expected.push(AuditEntry::link(expected.last(), &sample_event(subject)));
    }
    assert_eq!(entries, expected, "entries come back as linked");
    let summary = verify_chain(&entries).unwrap_or_else(|error| panic!("{error}"));
    let head = fine(ledger.audit_head(), "reading the head");
    assert_eq!(head.map(|e| (e.seq, e.hash)), Some((5, summary.head)));
}

pub(super) fn a_refused_change_leaves_no_event(ledger: &dyn Ledger) {
    let before = fine(ledger.audit_head(), "reading the head");
    let unknown = sample_issued(&sample_intent("a@example.org"));
    refused(
        ledger.record_issued(&[unknown], &[sample_event("lie")]),
        "an unknown serial",
    );
    let pair = [sample_intent("b@example.org"), sample_intent("b@example.org")];
    refused(ledger.reserve(&pair, &[sample_event("lie")]), "an address twice");
    assert_eq!(
        fine(ledger.audit_head(), "reading the head"),
        before,
        "an event without its change"
    );
}

pub(super) fn entries_come_in_pages(ledger: &dyn Ledger) {
    let events: Vec<_> = (0..9).map(|n| sample_event(&n.to_string())).collect();
    fine(ledger.append_audit(&events), "appending");
    let numbers = |after, limit| {
        let entries = fine(ledger.audit_entries(after, limit), "reading the log");
        entries.iter().map(|e| e.seq).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0, 4), [1, 2, 3, 4]);
    assert_eq!(numbers(4, 4), [5, 6, 7, 8]);
    assert_eq!(numbers(8, 4), [9, 10]);
    assert_eq!(numbers(10, 4), [0; 0]);
    assert_eq!(numbers(u64::MAX, 4), [0; 0]);
}
