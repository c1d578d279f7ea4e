//! Two processes issuing at once neither corrupt nor duplicate anything.

use std::collections::HashSet;

use crate::fixture::with_ca;

#[test]
fn issuing_at_once() {
    const EACH: usize = 12;
    let sandbox = with_ca();
    let issue = |address: String, out: String| {
        sandbox
            .cachet(&[
                "issue",
                "--class",
                "1",
                "--email",
                &address,
                "--key",
                "ec-p256",
                "--evidence",
                "mailbox=x",
                "--out",
                &out,
                "--p12-password-file",
                "pw",
            ])
            .code
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3)
            .map(|worker| {
                scope.spawn(move || {
                    (0..EACH)
                        .map(|number| issue(format!("w{worker}-{number}@example.com"), "own".to_owned()))
                        .chain(std::iter::once(issue(
                            "same@example.com".to_owned(),
                            format!("out{worker}"),
                        )))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let codes: Vec<Vec<Option<i32>>> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        for of_worker in &codes {
            assert!(of_worker[..EACH].iter().all(|code| *code == Some(0)), "{codes:?}");
        }
        let winners = codes
            .iter()
            .filter(|of_worker| of_worker[EACH] == Some(0))
            .count();
        assert_eq!(
            winners, 1,
            "one valid certificate for the same address: {codes:?}"
        );
    });
    let listed = sandbox.line("cert list --format json").ok().json();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), 3 * EACH + 1);
    let serials: HashSet<&str> = listed.iter().map(|row| row["serial"].as_str().unwrap()).collect();
    assert_eq!(serials.len(), listed.len());
    sandbox.line("audit verify").ok();
    sandbox.line("status").ok();
}
