//! NIST PKITS through `cachet cert verify`, a process for each of the 249 verdicts.

use test_support::Sandbox;
use test_support::corpus::pkits::Case;

test_support::pkits_tests!(judge);

/// Exit codes and the JSON report are what scripts rely on: both must say the verdict.
fn judge(case: &Case) {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    let run = sandbox.cachet(&case.cachet_arguments());
    let report = run.exits(if case.valid { 0 } else { 4 }).json();
    assert_eq!(
        report["verdict"] == "valid",
        case.valid,
        "{}: {report}",
        case.title
    );
    assert_eq!(report["status"] == "ok", case.valid, "{}: {report}", case.title);
}
