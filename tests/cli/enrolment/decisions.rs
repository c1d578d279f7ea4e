//! What must hold at the moment that a request is decided, whatever was true before.

use super::{NOW, code, json, submit, with_ca};
use crate::fixture::while_asked;

#[test]
fn whoever_is_rejected_while_the_pin_is_chosen_gets_nothing() {
    let sandbox = with_ca();
    let (id, request) = submit(&sandbox, "--class 1 --email alice@example.com");
    let code = code(&sandbox, &request);
    sandbox.line(&format!("{NOW} request confirm {code}")).ok();
    sandbox.line(&format!("{NOW} request approve {id}")).ok();
    let line = format!("{NOW} request collect {id} --out out --p12-password-file slow");
    while_asked(&sandbox, &line, "1234\n", || {
        sandbox
            .line(&format!("{NOW} request reject {id} --officer Roy"))
            .ok();
    })
    .exits(1)
    .says("the request is rejected");
    assert!(!sandbox.path("out").exists());
    let list = json(&sandbox, "cert list");
    assert_eq!(list.as_array().unwrap().len(), 0, "{list}");
}

#[test]
fn who_has_not_seen_this_request_is_no_second_officer() {
    let sandbox = with_ca();
    let policy = String::from_utf8(sandbox.read("ca-data/policies/class-3.yaml")).unwrap();
    sandbox.write(
        "ca-data/policies/class-3.yaml",
        policy.replace("  officers: 1", "  officers: 2"),
    );
    let ask = "--class 3 --email carol@example.com --given-name Carol --surname Doe";
    let (id, request) = submit(&sandbox, ask);
    let code = code(&sandbox, &request);
    sandbox.line(&format!("{NOW} request confirm {code}")).ok();
    let seen = format!(
        "request evidence {id} --in-person --date 2027-02-28 --place Lyon --document-type passport --last-digits 417 \
         --document-expires 2030-01-01 --officer Roy"
    );
    json(&sandbox, &seen);
    sandbox.write("people.csv", "name,email\nCarol Doe,carol@example.com\n");
    sandbox.line(&format!("{NOW} request people people.csv")).ok();
    json(&sandbox, &format!("request evidence {id} --database"));
    let approve = |name: &str| {
        let mut line: Vec<&str> = NOW.split(' ').collect();
        line.extend(["request", "approve", &id, "--officer", name]);
        sandbox.cachet(&line)
    };
    // A name that only looks different, and one that nobody can tell from another.
    for name in ["ROY", "roy "] {
        approve(name).ok();
    }
    for name in ["Ro\u{200b}y", "R\u{202e}oy", "Roy\u{feff}x", "R\noy"] {
        approve(name).exits(1).says("invisible character");
    }
    assert_eq!(
        json(&sandbox, &format!("request show {id}"))["state"],
        "identity-checked"
    );
    // What Roy saw comes along to the next request, and Roy does not.
    sandbox.line(&format!("{NOW} request withdraw {id}")).ok();
    let (again, record) = submit(&sandbox, ask);
    assert_eq!(record["state"], "identity-checked", "{record}");
    let first = json(&sandbox, &format!("request approve {again} --officer Diaz"));
    assert_eq!(first["state"], "identity-checked", "{first}");
    let second = json(&sandbox, &format!("request approve {again} --officer Lee"));
    assert_eq!(second["state"], "approved");
}

#[test]
fn evidence_that_came_along_must_still_be_fresh_when_it_counts() {
    let sandbox = with_ca();
    let (_, request) = submit(&sandbox, "--class 1 --email alice@example.com");
    let code = code(&sandbox, &request);
    sandbox.line(&format!("{NOW} request confirm {code}")).ok();
    // The mailbox counts for 30 days: the 29th is good, ...
    let late = "--now 2027-03-30T12:00:00Z";
    let again = sandbox
        .line(&format!(
            "{late} request submit --class 1 --email alice@example.com --key ec-p256 --format json"
        ))
        .ok()
        .json();
    assert_eq!(again["state"], "mailbox-proven");
    let id = again["id"].as_str().unwrap();
    // ... and two days later it is not, neither for the officer nor at the counter.
    let later = "--now 2027-04-01T12:00:00Z";
    sandbox
        .line(&format!("{later} request show {id} --format json"))
        .ok()
        .says("counts for 30 days only");
    sandbox
        .line(&format!("{later} request approve {id}"))
        .exits(1)
        .says("counts for 30 days only")
        .says(&format!("cachet request withdraw {id}"));
    sandbox.line(&format!("{late} request approve {id}")).ok();
    sandbox
        .line(&format!("{later} request collect {id} --p12-password-file pin"))
        .exits(1)
        .says("counts for 30 days only");
    sandbox
        .line(&format!("{late} request collect {id} --p12-password-file pin"))
        .ok();
}

#[test]
fn looking_ahead_changes_nothing() {
    let sandbox = with_ca();
    let (id, _) = submit(&sandbox, "--class 1 --email alice@example.com");
    let later = "--now 2030-01-01T00:00:00Z";
    let before = sandbox.line("audit show --format json").ok().text();
    for line in [format!("request show {id}"), "request list".to_owned()] {
        sandbox
            .line(&format!("{later} {line} --format json"))
            .ok()
            .says("\"expired\"");
    }
    sandbox
        .line(&format!("{later} request list --state requested --format json"))
        .ok()
        .says("[]");
    sandbox
        .line(&format!("{later} request withdraw {id}"))
        .exits(1)
        .says("expired");
    assert_eq!(sandbox.line("audit show --format json").ok().text(), before);
    assert_eq!(
        json(&sandbox, &format!("request show {id}"))["state"],
        "requested"
    );
}

#[test]
fn what_goes_on_record_is_one_line() {
    let sandbox = with_ca();
    let (id, _) = submit(&sandbox, "--class 1 --email alice@example.com");
    let now = ["--now", "2027-03-01T12:00:00Z", "request"];
    let refused = |rest: &[&str]| {
        let line: Vec<&str> = now.iter().chain(rest).copied().collect();
        sandbox.cachet(&line).exits(1).says("cannot go on record")
    };
    refused(&["reject", &id, "--reason", "one\ntwo"]);
    refused(&["withdraw", &id, "--reason", "\u{1b}[2J"]);
    refused(&["evidence", &id, "--attestation", "seen\nby: the dean"]);
    refused(&["evidence", &id, "--attestation", &"x".repeat(1001)]).says("more than 1000 characters");
    refused(&[
        "submit",
        "--class",
        "1",
        "--email",
        "b@example.com",
        "--accept-terms",
        "1\n2",
    ]);
    assert_eq!(
        json(&sandbox, &format!("request show {id}"))["state"],
        "requested"
    );
}

#[test]
fn evidence_that_is_too_old_and_not_needed_stands_in_nobodys_way() {
    let sandbox = with_ca();
    let ask = "--class 2 --email zoe@example.com --given-name Zoe --surname Noel";
    let (id, request) = submit(&sandbox, ask);
    let code = code(&sandbox, &request);
    sandbox.line(&format!("{NOW} request confirm {code}")).ok();
    json(&sandbox, &format!("request evidence {id} --attestation seen"));
    // More than the 825 days that an attestation counts for, of which the class wants none.
    let late = "--now 2029-07-01T12:00:00Z";
    let again = sandbox
        .line(&format!(
            "--now 2029-06-01T12:00:00Z request submit {ask} --key ec-p256 --format json"
        ))
        .ok()
        .json();
    let id = again["id"].as_str().unwrap();
    sandbox.write("people.csv", "name,email\nZoe Noel,zoe@example.com\n");
    sandbox.line(&format!("{late} request people people.csv")).ok();
    sandbox
        .line(&format!("{late} request evidence {id} --database"))
        .ok();
    let lacks = sandbox
        .line(&format!("{late} request approve {id}"))
        .exits(1)
        .says("mailbox");
    assert!(!lacks.stderr.contains("attestation"), "{lacks:?}");
}
