//! Both directions of time: `--now`, leap years, last seconds, issuers that end, and a clock that goes backwards.

use ca_core::audit::{AuditAction, AuditContext, AuditEvent};
use ca_core::ledger::Ledger;
use ca_store::SqliteLedger;
use chrono::{DateTime, TimeDelta, Utc};
use test_support::Sandbox;

use crate::fixture::{empty, issue, with_ca};

fn school(now: &str) -> Sandbox {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox
        .line(&format!("--now {now} init --name School --unattended"))
        .ok();
    sandbox
        .line(&format!("--now {now} trust export --out root.pem"))
        .ok();
    sandbox
}

/// Issues at a moment, and returns the JSON.
fn issue_at(sandbox: &Sandbox, now: &str, more: &str) -> serde_json::Value {
    sandbox
        .line(&format!(
            "--now {now} issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=asked \
             --p12-password-file pw --format json {more}"
        ))
        .ok()
        .json()
}

#[test]
fn days_are_days_across_leap_days_and_centuries() {
    for (now, days, end) in [
        ("2028-02-29T12:00:00Z", 365, "2029-02-28T10:59:59Z"),
        ("2028-02-29T12:00:00Z", 366, "2029-03-01T10:59:59Z"),
        ("2027-02-28T12:00:00Z", 366, "2028-02-29T10:59:59Z"),
        // 2100 is no leap year.
        ("2099-02-28T12:00:00Z", 366, "2100-03-01T10:59:59Z"),
        // The last moment of UTCTime, and the first of GeneralizedTime (RFC 5280, 4.1.2.5).
        ("2049-12-31T00:59:59Z", 1, "2049-12-31T23:59:58Z"),
        ("2049-12-31T02:00:00Z", 1, "2050-01-01T00:59:59Z"),
    ] {
        let sandbox = school(now);
        let issued = issue_at(&sandbox, now, &format!("--days {days}"));
        assert_eq!(issued["not_after"], end, "{now} {days}");
        let read = sandbox
            .line("inspect a@example.com.crt --format json")
            .ok()
            .json();
        assert_eq!(read["certificates"][0]["not_after"], end, "{now} {days}");
    }
    // A root made on a leap day lives until about the day twenty years later.
    let sandbox = school("2028-02-29T12:00:00Z");
    let root = sandbox.line("inspect root.pem --format json").ok().json();
    assert_eq!(root["certificates"][0]["not_after"], "2048-02-29T10:59:59Z");
}

#[test]
fn the_last_second_belongs_to_it() {
    let now = "2027-03-01T12:00:00Z";
    let sandbox = school(now);
    let issued = issue_at(&sandbox, now, "--days 1");
    assert_eq!(issued["not_after"], "2027-03-02T10:59:59Z");
    sandbox.write("text", "Hello\n");
    sandbox
        .line(&format!(
            "--now {now} mail sign --identity a@example.com.p12 --identity-password-file pw --from a@example.com \
             --to b@example.com --subject Hello --out signed.eml text"
        ))
        .ok();
    for (now, status, verdict) in [
        ("2027-03-01T10:59:59Z", "not-yet-valid", "invalid"),
        ("2027-03-01T11:00:00Z", "valid", "valid"),
        ("2027-03-02T10:59:59Z", "valid", "valid"),
        ("2027-03-02T11:00:00Z", "expired", "invalid"),
    ] {
        let listed = sandbox
            .line(&format!("--now {now} cert list --format json"))
            .ok()
            .json();
        assert_eq!(listed[0]["status"], status, "{now}");
        let read = sandbox
            .line(&format!(
                "--now {now} mail verify --trust root.pem signed.eml --format json"
            ))
            .json();
        assert_eq!(read["verdict"], verdict, "{now}: {read}");
    }
}

#[test]
fn no_certificate_outlives_its_issuer() {
    let sandbox = school("2027-01-01T12:00:00Z");
    // The issuing CA ends on 2036-12-31.
    let line = "--now 2036-06-01T12:00:00Z issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=asked \
                --format json";
    let refused = sandbox.line(line).exits(1).json();
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("longer than the issuing authority lives"),
        "{message}"
    );
    assert!(message.contains("cachet ca rollover"), "{message}");
    let command = refused["error"]["hints"][1].as_str().unwrap();
    let issued = sandbox.line(command.strip_prefix("cachet ").unwrap()).ok().json();
    let all = sandbox.line("cert list --ca --format json").ok().json();
    assert!(issued["not_after"].as_str().unwrap() <= all[1]["not_after"].as_str().unwrap());
    // `status` says so before anybody is refused, and so it does of the renewal.
    sandbox.line("--now 2036-06-01T12:00:00Z crl publish").ok();
    sandbox
        .line("--now 2036-06-01T12:00:00Z status")
        .ok()
        .says("can be issued for 365 days no more");
    sandbox
        .line("--now 2036-06-01T12:00:00Z cert renew a@example.com --days 500 --out new")
        .exits(1)
        .says("cachet cert renew");
    sandbox
        .line("--now 2040-06-01T12:00:00Z status")
        .exits(4)
        .says("expired on 2036-12-");
}

#[test]
fn a_stated_moment_stands_beside_the_real_one_and_never_in_its_place() {
    let sandbox = with_ca();
    let root: DateTime<Utc> = {
        let json = sandbox.line("inspect root.pem --format json").ok().json();
        json["certificates"][0]["not_before"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    let future = (root + TimeDelta::days(1000)).to_rfc3339();
    issue_at(&sandbox, &future.replace("+00:00", "Z"), "");
    let log = sandbox.line("audit show --format json").ok().json();
    let last = log.as_array().unwrap().last().unwrap();
    let moment = |key: &str| -> DateTime<Utc> { last[key].as_str().unwrap().parse().unwrap() };
    assert_eq!(moment("acted_at"), root + TimeDelta::days(1000));
    assert!((Utc::now() - moment("at")).num_minutes() < 5);
    // What was done for a moment far ahead makes no clock look late.
    let status = sandbox.line("status").ok();
    assert!(!status.text().contains("the clock says"), "{}", status.text());
    let run = sandbox
        .line("issue --class 1 --email b@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw")
        .ok();
    assert!(!run.stderr.contains("the clock says"), "{}", run.stderr);
}

#[test]
fn a_clock_that_goes_backwards_is_noticed() {
    let sandbox = with_ca();
    let ledger = SqliteLedger::open(&sandbox.path("ca-data/ca.db")).unwrap();
    let tomorrow = AuditContext {
        actor: "somebody whose clock was right".to_owned(),
        real_time: Utc::now() + TimeDelta::days(1),
    };
    let event = AuditEvent::new(&tomorrow, Utc::now(), AuditAction::SettingChanged, "x");
    ledger.append_audit(&[event]).unwrap();
    drop(ledger);
    // The stated moment changes nothing about it, in either direction.
    for now in ["", "--now 2040-01-01T00:00:00Z"] {
        sandbox
            .line(&format!("{now} status"))
            .exits(4)
            .says("the clock says");
    }
    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw")
        .ok()
        .says("set the clock right before anything is signed");
    // Once the clock has passed that moment, the log still tells.
    sandbox.line("status").exits(4).says("had been set back");
    issue(&sandbox, "b@example.com");
}
