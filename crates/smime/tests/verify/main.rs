//! What verification says of messages made by others and by us, sound and tampered with.
#![allow(clippy::disallowed_methods, reason = "the peers are programs that read files")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![allow(clippy::print_stderr, reason = "a missing peer is announced")]
#![allow(dead_code, reason = "the authority's helpers are shared with another test")]

#[path = "../messages/pki.rs"]
mod pki;

#[path = "../fuzz/mutate.rs"]
mod mutate;

mod around;
mod costly;
mod countersigned;
mod differential;
mod hostile;
mod inspect;
mod made_by_others;
mod rfc8550;
mod sender;
mod shapes;
mod standing;
mod structure;
mod tampered;

use identity::Certificate;
use pki::pki;
use smime::MemorySpool;
use smime::report::{Code, Verdict, VerifyReport};
use smime::verify::{VerifyOptions, verify};

/// The options of somebody who trusts the root, a moment after everything was made.
fn trusting(anchors: &[Certificate]) -> VerifyOptions<'_> {
    let mut options = VerifyOptions::new(pki::now() + chrono::TimeDelta::seconds(2));
    options.anchors = anchors;
    options
}

fn root() -> Vec<Certificate> {
    vec![pki().public("root")]
}

fn judge(message: &[u8], options: &VerifyOptions<'_>) -> VerifyReport {
    let held = verify(message, options, MemorySpool::new()).unwrap();
    let report = held.report().clone();
    assert_eq!(held.is_releasable(), report.verdict == Verdict::Valid);
    assert_eq!(held.into_content().is_ok(), report.verdict == Verdict::Valid);
    report
}

/// Judges with the root trusted and the From question asked.
fn judged(message: &[u8]) -> VerifyReport {
    judge(message, &trusting(&root()))
}

#[track_caller]
fn assert_valid(report: &VerifyReport) {
    assert_eq!(report.verdict, Verdict::Valid, "{:#?}", report.findings);
    assert!(report.signers.iter().all(|signer| signer.status == Code::Ok));
}

#[track_caller]
fn assert_refused(report: &VerifyReport, verdict: Verdict, code: Code) {
    assert_eq!(report.verdict, verdict, "{:#?}", report.findings);
    assert!(
        report.finding(code).is_some(),
        "{code} expected: {:#?}",
        report.findings
    );
}

/// Replaces the first occurrence; it must be there.
#[track_caller]
fn replaced(message: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = message
        .windows(from.len())
        .position(|window| window == from.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{from} is not in the message"));
    [&message[..at], to.as_bytes(), &message[at + from.len()..]].concat()
}
