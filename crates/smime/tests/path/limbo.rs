//! x509-limbo: modern path validation verdicts.

use test_support::corpus::limbo::cases;

use super::limbo_judge::{TLS_ONLY, judge};

#[test]
fn limbo() {
    let Some(cases) = cases() else { return };
    let (mut right, mut listed, mut wrong) = (0, 0, Vec::new());
    for case in &cases {
        let (accepted, detail) = judge(case);
        let reason = TLS_ONLY
            .iter()
            .find(|(id, _)| *id == case.id)
            .map(|(_, reason)| reason);
        match (accepted == case.valid, reason) {
            (true, None) => {
                right += 1;
                println!("{}: as stated", case.id);
            }
            (false, Some(reason)) => {
                listed += 1;
                println!("{}: for TLS only: {reason}", case.id);
            }
            (true, Some(_)) => wrong.push(format!("{}: as stated, and listed as different", case.id)),
            (false, None) => wrong.push(format!("{}: accepted {accepted}, {detail}", case.id)),
        }
    }
    println!(
        "x509-limbo: {right} of {} as stated, {listed} for TLS only",
        cases.len()
    );
    assert_eq!(listed, TLS_ONLY.len(), "a listed case is not in the collection");
    assert!(wrong.is_empty(), "judged wrong:\n{}", wrong.join("\n"));
}
