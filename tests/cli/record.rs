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
