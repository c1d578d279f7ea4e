//! Directories that the programs of the past made (`tests/old-directories`), opened by today's.

use std::process::Command;

use test_support::Sandbox;

use crate::fixture::empty;

/// The directory `ca-data` of the last program that wrote a schema, and what else it left.
pub(crate) fn unpack(schema: u32) -> Sandbox {
    let sandbox = empty();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cli/old");
    let done = Command::new("tar")
        .arg("-xzf")
        .arg(format!("{folder}/schema-{schema:04}.tar.gz"))
        .arg("-C")
        .arg(sandbox.folder())
        .status()
        .unwrap();
    assert!(done.success());
    sandbox
}

/// All that there are: one for each schema before today's, and today's until the next one comes.
fn schemas() -> std::ops::RangeInclusive<u32> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/cli/old");
    let count = std::fs::read_dir(folder).unwrap().count();
    1..=u32::try_from(count).unwrap()
}

#[test]
fn each_goes_on() {
    let today = crate::fixture::with_ca();
    assert!(
        version(&today) <= schemas().end() + 1,
        "tests/old-directories makes the one of the schema before this"
    );
    for schema in schemas() {
        let sandbox = unpack(schema);
        assert_eq!(version(&sandbox), schema, "it is what that program wrote");
        goes_on(&sandbox, "ca-data", schema);
    }
}

#[test]
fn each_backup_is_restored_and_goes_on() {
    let mut restored = 0;
    for schema in schemas() {
        let sandbox = unpack(schema);
        if !sandbox.path("old.backup").exists() {
            continue;
        }
        sandbox
            .line("--dir again restore old.backup --backup-passphrase-file pw")
            .ok();
        goes_on(&sandbox, "again", schema);
        restored += 1;
    }
    assert!(restored >= 2, "{restored}");
}

/// The schema of a ledger that nobody has opened yet.
fn version(sandbox: &Sandbox) -> u32 {
    let ledger = rusqlite::Connection::open(sandbox.path("ca-data/ca.db")).unwrap();
    ledger
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

/// Everything is still on record, and the CA issues, revokes and publishes.
fn goes_on(sandbox: &Sandbox, dir: &str, schema: u32) {
    let line = |line: &str| {
        let run = sandbox.line(&format!("--dir {dir} {line}"));
        assert_eq!(run.code, Some(0), "schema {schema}: {run:?}");
        run
    };
    let list = line("cert list --format json").json();
    let status = |name: &str| -> Vec<String> {
        let rows = list.as_array().unwrap().iter();
        rows.filter(|row| row["emails"][0] == format!("{name}@example.com"))
            .map(|row| row["status"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(status("alice"), ["valid"], "schema {schema}");
    // Who could revoke did.
    let bob = if schema < 5 { "valid" } else { "revoked" };
    assert_eq!(status("bob"), [bob], "schema {schema}");
    // The serials are those of the files that were handed out then.
    for name in ["alice", "bob"] {
        let file = line(&format!("inspect {name}@example.com.crt --format json")).json();
        let serial = file["certificates"][0]["serial"].as_str().unwrap();
        line(&format!("cert show {serial}")).says(name);
    }
    line("audit verify").says("intact");
    line("crl publish");
    line("crl check");
    line(
        "issue --class 1 --email dora@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw --out new",
    );
    line("cert renew alice@example.com --out new");
    line("cert revoke dora@example.com --yes");
    line("crl check");
    line("audit verify").says("intact");
    line("status");
    line("backup new.backup --backup-passphrase-file pw --overwrite");
    sandbox
        .line("--dir newer restore new.backup --backup-passphrase-file pw")
        .ok();
}
