//! `status` and `audit`: the CA's memory.

use crate::fixture::{issue, with_ca};

#[test]
fn status_is_healthy_and_says_what_is_unattended() {
    let sandbox = with_ca();
    sandbox.line("status").ok().says("unlock");
    let _ = sandbox.line("status --format json").ok().json();
}

#[test]
fn loose_modes_and_expiring_cas_are_unhealthy() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = with_ca();
    let unlock = sandbox.path("ca-data/unlock");
    std::fs::set_permissions(&unlock, std::fs::Permissions::from_mode(0o644)).unwrap();
    sandbox.line("status").exits(4).says("chmod");
    std::fs::set_permissions(&unlock, std::fs::Permissions::from_mode(0o600)).unwrap();
    sandbox.line("status").ok();
    sandbox
        .line("status --now 2099-01-01T00:00:00Z")
        .exits(4)
        .says("expired");
}

#[test]
fn the_audit_log_is_a_chain() {
    let sandbox = with_ca();
    issue(&sandbox, "a@example.com");
    let serial = sandbox.line("cert show a@example.com --format json").ok().json()["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    sandbox
        .line("audit show")
        .ok()
        .says(&serial)
        .says("certificate-issued");
    let entries = sandbox.line("audit show --format json").ok().json();
    assert!(entries.as_array().unwrap().len() >= 3, "{entries}");
    sandbox.line("audit verify").ok();
    // Somebody edits the ledger with the tool that everybody has.
    let database = rusqlite::Connection::open(sandbox.path("ca-data/ca.db")).unwrap();
    let table: String = database
        .query_row(
            "select name from sqlite_master where type='table' and name like '%audit%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let last: i64 = database
        .query_row(&format!("select max(rowid) from {table}"), [], |row| row.get(0))
        .unwrap();
    // Triggers may forbid it: a forger would drop them first.
    let triggers: Vec<String> = database
        .prepare("select name from sqlite_master where type='trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for trigger in triggers {
        database.execute(&format!("drop trigger {trigger}"), []).unwrap();
    }
    database
        .execute(&format!("delete from {table} where rowid = ?1"), [last - 1])
        .unwrap();
    drop(database);
    sandbox.line("audit verify").exits(4);
    sandbox.line("status").exits(4).says("audit");
}

#[test]
fn a_newer_directory_is_refused_with_one_line() {
    let sandbox = with_ca();
    let database = rusqlite::Connection::open(sandbox.path("ca-data/ca.db")).unwrap();
    database.pragma_update(None, "user_version", 9999).unwrap();
    drop(database);
    sandbox.line("cert list").exits(1).says("9999");
}

#[test]
fn the_ledger_of_another_program_is_recognised() {
    let sandbox = crate::fixture::empty();
    std::fs::create_dir(sandbox.path("ca-data")).unwrap();
    let database = rusqlite::Connection::open(sandbox.path("ca-data/ca.db")).unwrap();
    database.execute("create table other (x)", []).unwrap();
    drop(database);
    sandbox.line("cert list").exits(1);
    sandbox.write(
        "ca-data/ca.db",
        "this is not a database, but long enough to be looked at as one, is it not? ".repeat(20),
    );
    sandbox.line("cert list").exits(1).says("ca-data");
}

/// What `status` says of a CA at some moment: its exit code, problems and warnings.
fn told(sandbox: &test_support::Sandbox, flags: &str) -> (Option<i32>, String, String) {
    let run = sandbox.line(&format!("status --format json {flags}"));
    let lines = |name: &str| {
        let report = run.json();
        let lines = report[name].as_array().unwrap().iter();
        lines
            .map(|line| line.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    (run.code, lines("problems"), lines("warnings"))
}

#[test]
fn a_responder_that_does_not_run_is_told() {
    let policies = ca_core::policy::shipped();
    let (sandbox, port) =
        test_support::with_responder(env!("CARGO_BIN_EXE_cachet"), policies, "Pond", "/pki");
    let (code, problems, warnings) = told(&sandbox, "");
    assert_eq!(code, Some(0), "{problems}");
    assert!(
        warnings.contains("none has ever answered for it: cachet ocsp serve"),
        "{warnings}"
    );
    drop(test_support::Server::ocsp(&sandbox, port));
    let at = |days: i64| {
        let moment = chrono::Utc::now() + chrono::Duration::days(days);
        format!(
            "--now {}",
            moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        )
    };
    for days in [0, 14] {
        let (_, problems, warnings) = told(&sandbox, &at(days));
        assert!(
            !format!("{problems}{warnings}").contains("OCSP"),
            "{days}: {problems}{warnings}"
        );
    }
    // It would have been replaced on the fifteenth day.
    let (_, problems, warnings) = told(&sandbox, &at(20));
    assert!(!problems.contains("OCSP"), "{problems}");
    assert_eq!(warnings.matches("was to be replaced by").count(), 3, "{warnings}");
    let (code, problems, _) = told(&sandbox, &at(40));
    assert_eq!(code, Some(4));
    assert_eq!(
        problems.matches("OCSP responder's certificate of").count(),
        3,
        "{problems}"
    );
    assert!(problems.contains("cachet ocsp serve"), "{problems}");
}

#[test]
fn no_responder_is_missed_where_no_certificate_names_one() {
    let sandbox = crate::fixture::empty();
    sandbox
        .line("init --name Pond --unattended --base-url http://pond.example.com")
        .ok();
    let (code, problems, warnings) = told(&sandbox, "");
    assert_eq!(code, Some(0), "{problems}");
    assert!(!warnings.contains("OCSP"), "{warnings}");
}
