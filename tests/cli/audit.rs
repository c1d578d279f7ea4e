//! `cachet audit`: filters, export, checkpoints, and what each manipulation is called.

use rusqlite::Connection;
use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

/// A CA that has issued two certificates and revoked one.
fn with_story() -> Sandbox {
    let sandbox = with_ca();
    for address in ["alice@example.com", "bob@example.com"] {
        issue(&sandbox, address);
    }
    sandbox
        .line("cert revoke bob@example.com --reason superseded --yes")
        .ok();
    sandbox
}

fn edit(sandbox: &Sandbox, sql: &str) {
    let connection = Connection::open(sandbox.path("ca-data/ca.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn entries_are_filtered_and_exported() {
    let sandbox = with_story();
    let entries = |flags: &str| {
        let json = sandbox
            .line(&format!("audit show --format json {flags}"))
            .ok()
            .json();
        json.as_array().unwrap().clone()
    };
    let all = entries("");
    assert_eq!(entries("--action certificate-issued").len(), 2);
    assert!(entries("--action certificate").len() > 4);
    assert_eq!(entries("--last 3"), all[all.len() - 3..]);
    assert_eq!(entries("--limit 2 --action certificate-issued").len(), 2);
    let bob = entries("--subject bob@example.com");
    assert!(
        bob.iter().all(|entry| entry["emails"][0] == "bob@example.com"),
        "{bob:#?}"
    );
    assert!(bob.iter().any(|entry| entry["action"] == "certificate-revoked"));
    assert_eq!(entries("--since 2099-01-01T00:00:00Z").len(), 0);
    assert_eq!(entries("--until 2099-01-01T00:00:00Z").len(), all.len());
    assert_eq!(entries("--by nobody-of-that-name").len(), 0);
    assert_eq!(entries("--outcome refused").len(), 0);
    sandbox.line("audit show --outcome perhaps").exits(2);

    let lines = sandbox.line("audit show --json-lines").ok().text();
    let parsed: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(parsed, all);
}

#[test]
fn each_manipulation_is_named() {
    const COPY: &str = "INSERT INTO audit SELECT";
    let sandbox = with_story();
    sandbox.line("audit verify").ok().says("intact");
    let whole = sandbox.read("ca-data/ca.db");
    let last: u64 = sandbox.line("audit verify --format json").ok().json()["entries"]
        .as_u64()
        .unwrap();
    let columns = "at, acted_at, actor, action, subject, details, outcome, prev_hash, hash";
    for (sql, word) in [
        (
            "UPDATE audit SET actor = 'nobody' WHERE seq = 5".to_owned(),
            "audit entry 5 was changed",
        ),
        (
            "DELETE FROM audit WHERE seq = 4".to_owned(),
            "audit entry 4 was removed",
        ),
        (
            "DELETE FROM audit WHERE seq = 1".to_owned(),
            "audit entry 1 was removed",
        ),
        (
            format!("{COPY} {last} + 1, {columns} FROM audit WHERE seq = 3"),
            &*format!("audit entry {} was", last + 1),
        ),
        (
            "UPDATE audit SET seq = -1 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = 7; UPDATE audit SET seq = 7 WHERE \
             seq = -1"
                .to_owned(),
            "audit entry 6 was",
        ),
    ] {
        edit(&sandbox, &sql);
        sandbox.line("audit verify").exits(4).says(word);
        sandbox.line("status").exits(4);
        for rest in ["ca-data/ca.db-wal", "ca-data/ca.db-shm"] {
            let _ = std::fs::remove_file(sandbox.path(rest));
        }
        sandbox.write("ca-data/ca.db", &whole);
    }
    sandbox.line("audit verify").ok();
    // A log that is sound by itself, and records that tell another story.
    for (sql, word) in [
        (
            "UPDATE certificates SET revocation_reason = NULL, revoked_at = NULL, revocation_at = NULL",
            "is not revoked on record, and revoked by the log",
        ),
        (
            "UPDATE crls SET sha256 = zeroblob(32) WHERE number = 2",
            "CRL number 2 of",
        ),
        ("DELETE FROM crls WHERE number = 2", "CRL number 2 of"),
        (
            "DELETE FROM addresses; DELETE FROM certificates WHERE number = 1",
            "was issued, and it is not on record",
        ),
    ] {
        edit(&sandbox, &format!("PRAGMA foreign_keys = OFF; {sql}"));
        sandbox.line("audit verify").exits(4).says(word);
        for rest in ["ca-data/ca.db-wal", "ca-data/ca.db-shm"] {
            let _ = std::fs::remove_file(sandbox.path(rest));
        }
        sandbox.write("ca-data/ca.db", &whole);
    }
    sandbox.line("audit verify").ok();
}

#[test]
fn a_checkpoint_kept_elsewhere_shows_what_was_cut_off() {
    let sandbox = with_story();
    let before = sandbox.read("ca-data/ca.db");
    sandbox.line("audit checkpoint --out first.json").ok();
    let check = "audit verify --checkpoint first.json";
    sandbox.line(check).ok().says("intact");
    sandbox
        .line("audit checkpoint --out first.json")
        .exits(1)
        .says("--overwrite");
    issue(&sandbox, "carol@example.com");
    sandbox.line("audit checkpoint --out second.json").ok();
    sandbox
        .line(&format!("{check} --checkpoint second.json"))
        .ok()
        .says("Checkpoints");
    // OpenSSL verifies what was signed, with the key that the log names.
    if let Some(openssl) = openssl() {
        let file: serde_json::Value = serde_json::from_slice(&sandbox.read("first.json")).unwrap();
        let decode = |name: &str| {
            use base64::Engine as _;
            let text = file[name].as_str().unwrap();
            base64::engine::general_purpose::STANDARD.decode(text).unwrap()
        };
        sandbox.write("statement", file["statement"].as_str().unwrap());
        sandbox.write("key.der", decode("key"));
        sandbox.write("signature", decode("signature"));
        let line = "dgst -sha256 -verify key.der -keyform DER -signature signature statement";
        openssl
            .run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>())
            .ok();
        let log = sandbox.line("audit show --action audit-key-made").ok();
        log.says("sha256=");
    }
    // Another CA's, and one that was changed.
    let other = with_story();
    other.line("audit checkpoint --out foreign.json").ok();
    sandbox.write("foreign.json", other.read("foreign.json"));
    sandbox
        .line("audit verify --checkpoint foreign.json")
        .exits(4)
        .says("was replaced");
    let changed = String::from_utf8(sandbox.read("first.json"))
        .unwrap()
        .replace("entries\\\":", "entries\\\":1");
    sandbox.write("changed.json", changed);
    sandbox
        .line("audit verify --checkpoint changed.json")
        .exits(1)
        .says("signature");
    // The whole ledger as it was before: sound, and shorter than what the checkpoint knows.
    for rest in ["ca-data/ca.db-wal", "ca-data/ca.db-shm"] {
        let _ = std::fs::remove_file(sandbox.path(rest));
    }
    sandbox.write("ca-data/ca.db", before);
    sandbox.line("audit verify").ok();
    sandbox.line(check).exits(4).says("were cut off");
}
