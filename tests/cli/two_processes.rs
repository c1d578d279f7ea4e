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

#[test]
fn issuing_the_same_to_the_same_files_at_once() {
    let sandbox = with_ca();
    let at_once = |extra: &str, email: &str| -> Vec<Option<i32>> {
        let line = format!(
            "issue --class 1 --email {email} --key ec-p256 --evidence mailbox=x --out same --p12-password-file pw {extra}"
        );
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| sandbox.line(line.trim_end()).code))
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        })
    };
    // One makes it, the others wait and find it there.
    assert_eq!(at_once("--if-missing", "kept@example.com"), [Some(0); 4]);
    // Each wants one of its own: those that cannot write theirs leave no certificate whose key is lost.
    let codes = at_once("--another", "more@example.com");
    assert_eq!(
        codes.iter().filter(|code| **code == Some(0)).count(),
        1,
        "{codes:?}"
    );
    let listed = sandbox.line("cert list --format json").ok().json();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    sandbox.line("status").ok();
}
