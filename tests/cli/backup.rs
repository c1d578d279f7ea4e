//! `cachet backup` and `cachet restore`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use test_support::{Run, Sandbox, openssl};

use crate::fixture::empty;

const PASSPHRASE: &str = "--backup-passphrase-file words";

/// A CA with two people, and its backup.
fn backed_up() -> Sandbox {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox.write("words", "a backup of its own\n");
    sandbox
        .line("init --name Barn --unattended --base-url http://barn.example.com")
        .ok();
    for name in ["alice", "bob"] {
        issue(&sandbox, name);
    }
    sandbox.line(&format!("backup barn.backup {PASSPHRASE}")).ok();
    sandbox
}

fn issue(sandbox: &Sandbox, name: &str) {
    sandbox
        .line(&format!(
            "issue --class 1 --email {name}@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw"
        ))
        .ok();
}

fn restore(sandbox: &Sandbox, more: &str) -> Run {
    sandbox.line(&format!("restore barn.backup {PASSPHRASE} {more}"))
}

fn json(sandbox: &Sandbox, line: &str) -> Value {
    sandbox.line(&format!("{line} --format json")).ok().json()
}

#[test]
fn a_restored_ca_goes_on_issuing() {
    let sandbox = backed_up();
    let mode = |file: &str| {
        std::fs::metadata(sandbox.path(file))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("barn.backup"), 0o600);
    std::fs::remove_dir_all(sandbox.path("ca-data")).unwrap();
    sandbox.line("status").exits(1);
    let restored = restore(&sandbox, "--format json").ok().json();
    assert_eq!(restored["ca"], "Barn Root CA");
    assert_eq!(restored["carried"], serde_json::json!([]));
    assert_eq!(mode("ca-data"), 0o700);
    for secret in ["ca-data/ca.db", "ca-data/unlock"] {
        assert_eq!(mode(secret), 0o600, "{secret}");
    }
    sandbox.line("status").ok();
    sandbox.line("audit verify").ok();
    sandbox.line("crl check").ok();
    assert_eq!(json(&sandbox, "cert list").as_array().unwrap().len(), 2);
    issue(&sandbox, "carol");
    sandbox.line("cert revoke bob@example.com --yes").ok();
    sandbox.line("crl check").ok();
    assert!(sandbox.line("audit show").ok().text().contains("restored"));
    // Nothing is left of the unpacking.
    let left = std::fs::read_dir(sandbox.folder()).unwrap().flatten();
    assert!(
        left.into_iter()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with(".restore"))
    );
}

#[test]
fn what_was_published_since_is_not_forgotten() {
    let sandbox = backed_up();
    issue(&sandbox, "carol");
    sandbox
        .line("cert revoke alice@example.com --reason certificate-hold --yes")
        .ok();
    sandbox
        .line("cert revoke carol@example.com --reason key-compromise --yes")
        .ok();
    let lists = sandbox.files("ca-data/publish/crl");
    let list = format!(
        "ca-data/publish/crl/{}",
        lists.iter().find(|file| file.contains("class-1")).unwrap()
    );
    sandbox.write("published.crl", sandbox.read(&list));
    let carol = json(&sandbox, "cert show carol@example.com");

    // Told by the directory that is to be replaced, or by the list alone.
    restore(&sandbox, "").exits(1).says("--overwrite");
    restore(&sandbox, "--overwrite")
        .exits(1)
        .says("CRL number 3 was published, the backup knows 1; it has forgotten 2 revocations");
    let other = "--dir other --published published.crl";
    restore(&sandbox, other).exits(1).says("--carry-forward");
    assert!(!sandbox.path("other").exists());
    sandbox.line("cert list").ok().says("carol@example.com");

    let restored = restore(&sandbox, "--overwrite --carry-forward --format json")
        .ok()
        .json();
    assert_eq!(
        restored["carried"][0]["revoked"].as_array().unwrap().len(),
        2,
        "{restored}"
    );
    let aside = restored["moved_aside"].as_str().unwrap();
    assert!(sandbox.path(aside).join("ca.db").is_file());
    assert_eq!(json(&sandbox, "cert show alice@example.com")["status"], "held");
    let published = sandbox.line("crl publish").ok();
    assert!(published.text().contains("signed  4"), "{}", published.text());
    sandbox.line(&format!("crl check published.crl {list}")).ok();
    sandbox.line("crl check").ok();
    // Carol's certificate is on no record any more, and revoked all the same: OpenSSL says so.
    let Some(openssl) = openssl() else { return };
    sandbox.line("trust export --for pem --out root.pem").ok();
    let chain = sandbox.read("carol@example.com.chain.pem");
    sandbox.write("chain.pem", chain);
    let run = |line: &str| openssl.run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>());
    run(&format!("crl -inform DER -in {list} -out list.pem")).ok();
    run("verify -crl_check -CAfile root.pem -untrusted chain.pem -CRLfile list.pem carol@example.com.crt")
        .fails()
        .says("certificate revoked");
    let list = json(&sandbox, &format!("crl show {list}"));
    assert!(
        list["entries"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["serial"] == carol["serial"])
    );
    // The other place knows of nothing but the list.
    restore(&sandbox, &format!("{other} --carry-forward")).ok();
    sandbox.line("--dir other crl publish").ok().says("signed  4");
}

#[test]
fn openssl_opens_it_and_nobody_else_does() {
    let sandbox = backed_up();
    sandbox.write("wrong", "another\n");
    sandbox
        .line("--dir other restore barn.backup --backup-passphrase-file wrong")
        .exits(1)
        .says("is it this backup's passphrase?");
    let whole = sandbox.read("barn.backup");
    for (name, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("altered", {
            let mut bytes = whole.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes
        }),
        ("text", b"no backup".to_vec()),
        ("empty", Vec::new()),
    ] {
        sandbox.write(name, bytes);
        sandbox
            .line(&format!("--dir other restore {name} {PASSPHRASE}"))
            .exits(1);
        assert!(!sandbox.path("other").exists(), "{name}");
    }
    sandbox
        .line("backup barn.backup --backup-passphrase-file words")
        .exits(1)
        .says("--overwrite");
    sandbox
        .line("backup none.backup")
        .exits(1)
        .says("--backup-passphrase-file");
    sandbox
        .line(&format!("backup ca-data/in.backup {PASSPHRASE}"))
        .exits(1)
        .says("own directory");
    let Some(openssl) = openssl() else { return };
    let line = "cms -decrypt -inform DER -in barn.backup -out barn.tar -pwri_password";
    let mut arguments: Vec<&str> = line.split(' ').collect();
    arguments.push("a backup of its own");
    openssl.run(sandbox.folder(), &arguments).ok();
    let tar = sandbox.read("barn.tar");
    assert!(tar.starts_with(b"backup.json"));
    // An archive whose names leave the directory is refused, whoever sealed it.
    let mut evil = tar.clone();
    let at = evil.windows(7).position(|window| window == b"unlock\0").unwrap();
    evil[at..at + 7].copy_from_slice(b"../evil");
    let header = at..at + 512;
    evil[at + 148..at + 156].copy_from_slice(b"        ");
    let sum: u32 = evil[header].iter().map(|octet| u32::from(*octet)).sum();
    evil[at + 148..at + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    sandbox.write("evil.tar", evil);
    let seal = |cipher: &str, file: &str| {
        let line = format!(
            "cms -encrypt -binary -outform DER -{cipher} -in {file} -out sealed alice@example.com.crt"
        );
        openssl
            .run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>())
            .ok();
        sandbox
            .line("--dir other restore sealed --identity alice@example.com.p12 --identity-password-file pw")
    };
    seal("aes-256-gcm", "evil.tar")
        .exits(1)
        .says("leaves the directory");
    // A later version's, in one line.
    let text = String::from_utf8_lossy(&tar[512..1024]).into_owned();
    let at = 512 + text.find("\"format\": 1").unwrap();
    let mut later = tar.clone();
    later[at + 10] = b'9';
    sandbox.write("later.tar", later);
    seal("aes-256-gcm", "later.tar")
        .exits(1)
        .says("restore it with a newer cachet");
    // Nor is anything restored that could have been altered unnoticed.
    seal("aes-256-cbc", "barn.tar").exits(1).says("not authenticated");
    assert!(!sandbox.path("evil").exists());
}

#[test]
fn issuing_goes_on_while_a_backup_is_made() {
    let sandbox = backed_up();
    let others: Vec<_> = (0..6)
        .map(|n| {
            let line = format!("issue --class 1 --email u{n}@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw");
            sandbox.command().args(line.split(' ')).stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for n in 0..3 {
        sandbox.line(&format!("backup during-{n} {PASSPHRASE}")).ok();
    }
    for mut other in others {
        assert!(other.wait().unwrap().success());
    }
    for n in 0..3 {
        sandbox
            .line(&format!("--dir copy-{n} restore during-{n} {PASSPHRASE}"))
            .ok();
        sandbox.line(&format!("--dir copy-{n} audit verify")).ok();
        sandbox.line(&format!("--dir copy-{n} crl check")).ok();
    }
}

#[test]
fn a_recovery_agent_opens_it() {
    let sandbox = backed_up();
    std::fs::create_dir(sandbox.path("ca-data/agents")).unwrap();
    sandbox.write("ca-data/agents/alice.crt", sandbox.read("alice@example.com.crt"));
    let path = "ca-data/policies/class-1.yaml";
    let policy = String::from_utf8(sandbox.read(path)).unwrap() + "\narchive:\n  agents: [alice.crt]\n";
    sandbox.write(path, policy);
    let made = json(&sandbox, &format!("backup agents.backup {PASSPHRASE}"));
    assert_eq!(made["agents"], serde_json::json!(["CN=alice@example.com"]));
    sandbox
        .line(
            "--dir other restore agents.backup --identity alice@example.com.p12 --identity-password-file pw",
        )
        .ok()
        .says("compare the root's fingerprint")
        .says("Root's fingerprint");
    sandbox.line("--dir other status").ok();
    sandbox
        .line("--dir third restore agents.backup --identity bob@example.com.p12 --identity-password-file pw")
        .exits(1);
}

#[test]
fn what_is_killed_leaves_the_ca_as_it_was_or_as_it_is_to_be() {
    let sandbox = backed_up();
    let killed = |point: &str, line: &str| {
        let run = sandbox
            .command()
            .env("CACHET_FAILPOINT", point)
            .args(line.split(' '))
            .output()
            .unwrap();
        assert_eq!(run.status.code(), None, "{point} was not passed: {run:?}");
    };
    for point in ["backup.snapshot", "atomic.written"] {
        killed(point, &format!("backup second.backup {PASSPHRASE}"));
        assert!(!sandbox.path("second.backup").exists(), "{point}");
    }
    sandbox.line(&format!("backup second.backup {PASSPHRASE}")).ok();
    sandbox.line("status").ok();
    issue(&sandbox, "carol");
    // Each file of the unpacking, and the record of what was restored.
    for point in ["atomic.written", "atomic.written:9", "ledger.audit.committed"] {
        killed(point, &format!("restore barn.backup --overwrite {PASSPHRASE}"));
        sandbox.line("cert list").ok().says("carol@example.com");
    }
    killed(
        "restore.exchanged",
        &format!("restore barn.backup --overwrite {PASSPHRASE}"),
    );
    let list = sandbox.line("cert list").ok().text();
    assert!(list.contains("bob") && !list.contains("carol"), "{list}");
    sandbox.line("audit verify").ok();
    sandbox.line("status").ok();
    // What was left is not removed unasked: one of them is the CA with Carol.
    restore(&sandbox, "--overwrite").ok().says("interrupted");
}

#[test]
fn the_place_is_looked_at_first() {
    let sandbox = backed_up();
    // Somebody's files.
    sandbox.write("other/notes.txt", "mine");
    restore(&sandbox, "--dir other").exits(1).says("--overwrite");
    assert_eq!(sandbox.read("other/notes.txt"), b"mine");
    restore(&sandbox, "--dir other --overwrite")
        .ok()
        .says("other.before-");
    sandbox.line("--dir other status").ok();
    restore(&sandbox, "--dir .").exits(2).says("--dir NAME");
    std::fs::create_dir(sandbox.path("empty")).unwrap();
    restore(&sandbox, "--dir empty").ok();

    // A ledger in a place of its own, which is never written over.
    let elsewhere = "--dir apart --store sqlite:ledgers/apart.db";
    std::fs::create_dir(sandbox.path("ledgers")).unwrap();
    restore(&sandbox, elsewhere).ok();
    assert!(!sandbox.path("apart/ca.db").exists());
    sandbox.line(&format!("{elsewhere} status")).ok();
    restore(&sandbox, &format!("{elsewhere} --overwrite"))
        .exits(1)
        .says("never written over");
    // A directory of lists, as a web server has it.
    sandbox.line("cert revoke bob@example.com --yes").ok();
    sandbox.line("crl publish --out web").ok();
    restore(&sandbox, "--dir late --published web/crl")
        .exits(1)
        .says("--carry-forward");
}
