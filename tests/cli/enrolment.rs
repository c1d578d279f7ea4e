//! `cachet request`: from asking to the P12, for all three classes.

use serde_json::Value;
use test_support::{Sandbox, openssl};

use crate::fixture::empty;

mod decisions;

const NOW: &str = "--now 2027-03-01T12:00:00Z";

fn with_ca() -> Sandbox {
    let sandbox = empty();
    sandbox.write("pin", "1234\n");
    sandbox.write("holder", "correct horse\n");
    sandbox
        .line(&format!(
            "{NOW} init --name School --domain example.com --unattended"
        ))
        .ok();
    sandbox
}

fn json(sandbox: &Sandbox, line: &str) -> Value {
    sandbox.line(&format!("{NOW} {line} --format json")).ok().json()
}

fn submit(sandbox: &Sandbox, rest: &str) -> (String, Value) {
    let request = json(sandbox, &format!("request submit {rest} --key ec-p256"));
    (request["id"].as_str().unwrap().to_owned(), request)
}

/// Takes the code out of the newest message of a request.
fn code(sandbox: &Sandbox, request: &Value) -> String {
    let id = request["id"].as_str().unwrap();
    let message = String::from_utf8(sandbox.read(request["message"].as_str().unwrap())).unwrap();
    message
        .lines()
        .map(|line| line.trim().trim_end_matches('='))
        .find(|line| line.len() == 38 && line.starts_with(&format!("{id}-")))
        .expect("a line with the code")
        .to_owned()
}

#[test]
fn class_1_needs_the_mailbox_alone() {
    let sandbox = with_ca();
    let (id, request) = submit(
        &sandbox,
        "--class 1 --email alice@example.com --language fr --holder-passphrase-file holder",
    );
    assert_eq!(request["state"], "requested");
    assert_eq!(request["missing"].as_array().unwrap().len(), 1);
    sandbox
        .line(&format!("{NOW} request approve {id}"))
        .exits(1)
        .says("evidence is missing: mailbox")
        .says("cachet request confirm CODE");
    sandbox
        .line(&format!("{NOW} request collect {id}"))
        .exits(1)
        .says("the request is requested, which does not allow to collect the certificate");
    let code = code(&sandbox, &request);
    let confirmed = json(&sandbox, &format!("request confirm {code}"));
    assert_eq!(confirmed["state"], "mailbox-proven");
    sandbox
        .line(&format!("{NOW} request confirm {code}"))
        .exits(1)
        .says("redeemed already");
    let approved = json(&sandbox, &format!("request approve {id} --officer Roy"));
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["acts"][0]["officer"], "Roy");
    let issued = json(
        &sandbox,
        &format!("request collect {id} --out out --p12-password-file pin"),
    );
    assert_eq!(issued["evidence"][0]["kind"], "mailbox");
    assert_eq!(issued["evidence"][0]["basis"], "proved");
    assert_eq!(issued["files"]["p12"], "out/alice@example.com.p12");
    let shown = json(&sandbox, &format!("request show {id}"));
    assert_eq!(shown["state"], "collected");
    assert_eq!(shown["serials"][0], issued["serial"]);
    // Neither names nor addresses, codes nor passphrases are in the log.
    let log = sandbox.line("audit show --format json").ok().text();
    for secret in [code.as_str(), "correct horse"] {
        assert!(!log.contains(secret));
    }
    sandbox.line("audit verify").ok();
    // The mailbox of the next request is proven already.
    let (_, again) = submit(&sandbox, "--class 1 --email Alice@example.com");
    assert_eq!(again["state"], "mailbox-proven");
    assert_eq!(again["evidence"][0]["since"], "2027-03-01T12:00:00Z");
    assert_eq!(again["message"], Value::Null);
    // Its end is told in the language of the request.
    let notices = sandbox
        .line(
            "--now 2028-02-20T12:00:00Z cert notify --from ca@example.com --expires-within 30d --format json",
        )
        .ok()
        .json();
    assert_eq!(notices[0]["language"], "fr", "{notices}");
    assert_eq!(notices.as_array().unwrap().len(), 1, "{notices}");
    // The CA's own certificate, with which it signed the message, is no person's.
    let list = json(&sandbox, "cert list");
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
}

#[test]
fn the_message_is_signed_by_the_ca() {
    let sandbox = with_ca();
    let (_, request) = submit(
        &sandbox,
        "--class 1 --email alice@example.com --mail-from pki@example.com",
    );
    let message = request["message"].as_str().unwrap();
    let text = String::from_utf8(sandbox.read(message)).unwrap();
    for field in [
        "Auto-Submitted: auto-generated\r\n",
        "From: pki@example.com\r\n",
        "To: alice@example.com\r\n",
    ] {
        assert!(text.contains(field), "{text}");
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(sandbox.path(message)).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    sandbox.line("trust export --for pem --out root.pem").ok();
    let Some(openssl) = openssl() else { return };
    let arguments = [
        "cms",
        "-verify",
        "-in",
        message,
        "-CAfile",
        "root.pem",
        "-purpose",
        "smimesign",
        "-attime",
        "1803902400",
        "-out",
        "content",
    ];
    openssl.run(sandbox.folder(), &arguments).ok();
}

#[test]
fn class_2_finds_its_holder_on_a_list() {
    let sandbox = with_ca();
    sandbox
        .line(&format!("{NOW} request submit --class 2 --email zoe@example.com"))
        .exits(1)
        .says("given-name is missing")
        .says("surname");
    let (id, request) = submit(
        &sandbox,
        "--class 2 --email zoe@example.com --given-name Zoé --surname Noël --days 100",
    );
    sandbox
        .line(&format!("{NOW} request evidence {id} --database"))
        .exits(1)
        .says("is on no imported list");
    sandbox.write(
        "school.csv",
        "email,surname,given name\n,NOEL,zoe\nbob@example.com,Roe,Bob\n",
    );
    sandbox.line(&format!("{NOW} request people school.csv")).ok();
    let found = json(&sandbox, &format!("request evidence {id} --database"));
    assert_eq!(found["state"], "requested");
    assert_eq!(found["evidence"][0]["details"]["degree"], "name");
    assert_eq!(found["evidence"][0]["details"]["row"], "2");
    let confirmed = json(&sandbox, &format!("request confirm {}", code(&sandbox, &request)));
    assert_eq!(confirmed["state"], "identity-checked");
    sandbox.line(&format!("{NOW} request approve {id}")).ok();
    let issued = json(&sandbox, &format!("request collect {id} --p12-password-file pin"));
    assert_eq!(issued["subject"], "CN=Zoé Noël,GN=Zoé,SN=Noël");
    assert_eq!(issued["not_after"], "2027-06-09T10:59:59Z");
}

#[test]
fn class_3_wants_a_meeting_and_may_want_two_officers() {
    let sandbox = with_ca();
    let policy = String::from_utf8(sandbox.read("ca-data/policies/class-3.yaml")).unwrap();
    let policy = policy
        .replace("  officers: 1", "  officers: 2")
        .replace("document_officers: []", "document_officers: [officer.crt]");
    sandbox.write("ca-data/policies/class-3.yaml", policy);
    sandbox
        .line(&format!(
            "{NOW} issue --class 1 --email officer@example.com --key ec-p256 --evidence mailbox=x --out ca-data/officers \
             --p12-password-file pin"
        ))
        .ok();
    std::fs::rename(
        sandbox.path("ca-data/officers/officer@example.com.crt"),
        sandbox.path("ca-data/officers/officer.crt"),
    )
    .unwrap();
    let (id, request) = submit(
        &sandbox,
        "--class 3 --email carol@example.com --given-name Carol --surname Doe",
    );
    let code = code(&sandbox, &request);
    sandbox.line(&format!("{NOW} request confirm {code}")).ok();
    sandbox.write("id.jpg", b"a scan");
    let kept = json(
        &sandbox,
        &format!("request evidence {id} --document id.jpg --document-type passport --officer Roy"),
    );
    assert_eq!(kept["state"], "mailbox-proven");
    read_document(&sandbox, &id);
    sandbox
        .line(&format!("{NOW} request approve {id} --officer Roy"))
        .exits(1)
        .says("evidence is missing: in-person")
        .says(&format!("cachet request evidence {id} --in-person"));
    let seen = json(
        &sandbox,
        &format!(
            "request evidence {id} --in-person --date 2027-02-28 --place Lyon --document-type passport --last-digits 417 \
             --document-expires 2030-01-01 --officer Roy"
        ),
    );
    assert_eq!(seen["state"], "identity-checked");
    let first = json(&sandbox, &format!("request approve {id} --officer Roy"));
    assert_eq!(first["state"], "identity-checked");
    let second = json(&sandbox, &format!("request approve {id} --officer Diaz"));
    assert_eq!(second["state"], "approved");
    let issued = json(&sandbox, &format!("request collect {id} --p12-password-file pin"));
    let kinds: Vec<_> = issued["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["basis"].clone())
        .collect();
    assert_eq!(kinds, ["proved", "proved", "proved"]);
    let shown = json(&sandbox, "cert show carol@example.com");
    assert_eq!(shown["officers"], serde_json::json!(["Roy", "Diaz"]));
    sandbox
        .line(&format!("{NOW} cert show carol@example.com"))
        .ok()
        .says(&format!("request {id}, checked by Roy, Diaz"));
    // The copy goes when its time is over.
    let later = "--now 2027-07-01T12:00:00Z";
    let held = |sandbox: &Sandbox| sandbox.line("audit show --action document-deleted").ok().text();
    for line in [
        "request list".to_owned(),
        format!("request evidence {id} --attestation x"),
        format!("request document {id} --out late.eml"),
        "request purge".to_owned(),
    ] {
        let _ = sandbox.line(&format!("{later} {line}"));
        assert!(
            !held(&sandbox).contains("document-deleted"),
            "looking ahead deletes nothing: {line}"
        );
    }
    sandbox
        .line(&format!("{later} request purge"))
        .exits(1)
        .says("--yes");
    sandbox.line(&format!("{later} request purge --yes")).ok();
    assert_eq!(
        sandbox
            .line("--now 2027-07-01T12:00:00Z request purge --yes --format json")
            .ok()
            .json()["documents"],
        0
    );
    sandbox
        .line(&format!(
            "--now 2027-07-01T12:00:00Z request document {id} --out late.eml"
        ))
        .exits(1)
        .says("copies are deleted when their time is over");
    let log = sandbox.line("audit show").ok().text();
    assert!(
        log.contains("document-read") && log.contains("document-deleted"),
        "{log}"
    );
}

/// The officer whom the policy names reads the copy, with us or with OpenSSL; nobody else does.
fn read_document(sandbox: &Sandbox, id: &str) {
    let officer = "--identity ca-data/officers/officer@example.com.p12 --identity-password-file pin";
    let read = json(
        sandbox,
        &format!("request document {id} {officer} --out copy.jpg --officer Diaz"),
    );
    assert_eq!(read["decrypted"], true);
    assert_eq!(sandbox.read("copy.jpg"), b"a scan");
    sandbox
        .line(&format!("{NOW} request document {id} {officer} --out copy.jpg"))
        .exits(1)
        .says("--overwrite");
    sandbox
        .line(&format!(
            "{NOW} issue --class 1 --email other@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pin"
        ))
        .ok();
    sandbox
        .line(&format!(
            "{NOW} request document {id} --identity other@example.com.p12 --identity-password-file pin --out none.jpg"
        ))
        .exits(1)
        .says("nothing that was given can open");
    assert!(!sandbox.path("none.jpg").exists());
    sandbox
        .line(&format!("{NOW} request document {id} --sha256 00 --out none.jpg"))
        .exits(1);
    sandbox
        .line(&format!("{NOW} request document {id} --out document.eml"))
        .ok();
    let Some(openssl) = openssl() else { return };
    let run = |line: &str| {
        openssl
            .run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>())
            .ok()
    };
    run("pkcs12 -in ca-data/officers/officer@example.com.p12 -passin file:pin -nodes -out officer.pem");
    let inner = run("cms -decrypt -in document.eml -recip officer.pem -inkey officer.pem").text();
    // "a scan", in base64.
    assert!(inner.contains("YSBzY2Fu"), "{inner}");
}

#[test]
fn codes_end_with_time_and_tries() {
    let sandbox = with_ca();
    let (id, request) = submit(&sandbox, "--class 1 --email alice@example.com");
    let code = code(&sandbox, &request);
    sandbox
        .line(&format!("--now 2027-03-02T12:00:01Z request confirm {code}"))
        .exits(1)
        .says("was valid until 2027-03-02 12:00 UTC only");
    let wrong = format!("{id}-{}-{}", "a".repeat(13), "a".repeat(13));
    for left in (0..5).rev() {
        sandbox
            .line(&format!("{NOW} request confirm {wrong}"))
            .exits(1)
            .says(&format!("{left} more tries"));
    }
    sandbox
        .line(&format!("{NOW} request confirm {code}"))
        .exits(1)
        .says("the right one is worth nothing any more");
    let renewed = json(&sandbox, &format!("request code {id}"));
    let fresh = self::code(&sandbox, &renewed);
    sandbox
        .line(&format!("{NOW} request confirm {code}"))
        .exits(1)
        .says("4 more tries");
    sandbox.line(&format!("{NOW} request confirm {fresh}")).ok();
    sandbox
        .line(&format!("--now 2027-05-01T12:00:00Z request approve {id}"))
        .exits(1)
        .says("the request is expired");
    let (id, _) = submit(&sandbox, "--class 1 --email bob@example.com");
    sandbox.line(&format!("{NOW} request withdraw {id}")).ok();
    sandbox
        .line(&format!("{NOW} request reject {id}"))
        .exits(1)
        .says("the request is withdrawn");
}

#[test]
fn two_processes_redeem_a_code_once() {
    let sandbox = with_ca();
    let (_, request) = submit(&sandbox, "--class 1 --email alice@example.com");
    let line = format!("{NOW} request confirm {}", code(&sandbox, &request));
    let codes: Vec<_> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..4).map(|_| scope.spawn(|| sandbox.line(&line).code)).collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(
        codes.iter().filter(|code| **code == Some(0)).count(),
        1,
        "{codes:?}"
    );
}

#[test]
fn a_holder_may_bring_a_key() {
    let sandbox = with_ca();
    sandbox
        .line("csr new --email dave@example.com --key ec-p256 --out dave.csr --passphrase-file pin")
        .ok();
    let request = json(
        &sandbox,
        "request submit --class 1 --email dave@example.com --csr dave.csr",
    );
    assert_eq!(request["key"], "csr");
    let id = request["id"].as_str().unwrap();
    sandbox
        .line(&format!("{NOW} request confirm {}", code(&sandbox, &request)))
        .ok();
    sandbox.line(&format!("{NOW} request approve {id}")).ok();
    let issued = json(&sandbox, &format!("request collect {id} --out out"));
    assert_eq!(issued["files"]["p12"], Value::Null);
}

#[test]
fn a_holder_revokes_and_renews_by_his_passphrase() {
    let sandbox = with_ca();
    sandbox.write("wrong", "incorrect horse\n");
    let (id, request) = submit(
        &sandbox,
        "--class 1 --email alice@example.com --holder-passphrase-file holder",
    );
    json(&sandbox, &format!("request confirm {}", code(&sandbox, &request)));
    json(&sandbox, &format!("request approve {id}"));
    let issued = json(
        &sandbox,
        &format!("request collect {id} --out out --p12-password-file pin"),
    );
    let serial = issued["serial"].as_str().unwrap();
    sandbox
        .line(&format!(
            "{NOW} cert revoke {serial} --holder-passphrase-file wrong"
        ))
        .exits(1)
        .says("4 more tries within an hour");
    let renewed = json(
        &sandbox,
        &format!(
            "cert rekey {serial} --out new --p12-password-file pin --holder-passphrase-file holder --revoke-old"
        ),
    );
    // The new certificate goes by the request of the old one.
    let new = renewed["serial"].as_str().unwrap();
    sandbox
        .line(&format!(
            "{NOW} cert revoke {new} --reason key-compromise --holder-passphrase-file holder"
        ))
        .ok();
    assert_eq!(json(&sandbox, &format!("cert show {new}"))["status"], "revoked");
    let log = sandbox.line("audit show --format json").ok().text();
    assert!(log.contains("holder-heard") && !log.contains("correct horse"));
    sandbox.line("audit verify").ok();
}

#[test]
fn a_holder_has_five_tries_and_needs_a_request() {
    let sandbox = with_ca();
    let (id, request) = submit(
        &sandbox,
        "--class 1 --email alice@example.com --holder-passphrase-file holder",
    );
    json(&sandbox, &format!("request confirm {}", code(&sandbox, &request)));
    json(&sandbox, &format!("request approve {id}"));
    let issued = json(
        &sandbox,
        &format!("request collect {id} --out out --p12-password-file pin"),
    );
    let revoke = |serial: &str, file: &str| {
        sandbox.line(&format!(
            "{NOW} cert revoke {serial} --holder-passphrase-file {file}"
        ))
    };
    let serial = issued["serial"].as_str().unwrap();
    for left in [4, 3, 2, 1, 0] {
        revoke(serial, "pin").exits(1).says(&format!("{left} more tries"));
    }
    revoke(serial, "holder").exits(1).says("5 times within an hour");
    assert_eq!(json(&sandbox, &format!("cert show {serial}"))["status"], "valid");
    let stranger = json(
        &sandbox,
        "issue --class 1 --email carol@example.com --evidence mailbox=seen --key ec-p256 --out carol",
    );
    revoke(stranger["serial"].as_str().unwrap(), "holder")
        .exits(1)
        .says("comes of no request");
}

#[test]
fn killed_at_each_step_of_collection() {
    for point in [
        "after-stage",
        "after-reserve",
        "after-sign",
        "after-record",
        "after-p12",
        "after-files",
        "collect-before-record",
    ] {
        let sandbox = with_ca();
        let (id, request) = submit(&sandbox, "--class 1 --email alice@example.com");
        json(&sandbox, &format!("request confirm {}", code(&sandbox, &request)));
        json(&sandbox, &format!("request approve {id}"));
        let collect = format!("{NOW} request collect {id} --out out --p12-password-file pin --format json");
        let list = "cert list --email alice@example.com";
        let mut command = sandbox.command();
        command.args(collect.split(' ')).env("CACHET_FAILPOINT", point);
        let run = test_support::run(&mut command, b"");
        assert_eq!(run.code, None, "killed at {point}: {run:?}");
        let before = json(&sandbox, list);
        if point != "after-stage" {
            assert_eq!(before.as_array().unwrap().len(), 1, "{point}");
        }
        assert_eq!(
            json(&sandbox, &format!("request show {id}"))["state"],
            "approved",
            "{point}"
        );

        let mut command = sandbox.command();
        command.args(collect.split(' '));
        test_support::run(&mut command, b"").ok();
        let after = json(&sandbox, list);
        assert_eq!(after.as_array().unwrap().len(), 1, "{point}: no second one");
        if let Some(first) = before.as_array().unwrap().first() {
            assert_eq!(first["serial"], after[0]["serial"], "{point}: the very same one");
        }
        assert_eq!(after[0]["status"], "valid", "{point}");
        let shown = json(&sandbox, &format!("request show {id}"));
        assert_eq!(shown["state"], "collected", "{point}");
        assert_eq!(shown["serials"][0], after[0]["serial"], "{point}");
        let held = sandbox
            .line("inspect out/alice@example.com.p12 --password-file pin --format json")
            .ok()
            .json();
        assert_eq!(
            held["keys"].as_array().unwrap().len(),
            1,
            "{point}: the key is there"
        );
        assert!(
            sandbox.files("out").iter().all(|file| !file.ends_with(".part")),
            "{point}: nothing is left over"
        );
        sandbox.line("audit verify").ok();
    }
}

#[test]
fn what_was_found_before_a_rejection_carries_no_other_request() {
    let sandbox = with_ca();
    sandbox.write("people.csv", "nom;prénom;courriel\nNoël;Zoé;zoe@example.com\n");
    sandbox.line(&format!("{NOW} request people people.csv")).ok();
    let ask = "--class 2 --email zoe@example.com --given-name Zoe --surname Noel";
    let (id, request) = submit(&sandbox, ask);
    let code = code(&sandbox, &request);
    sandbox.line(&format!("{NOW} request confirm {code}")).ok();
    let checked = json(&sandbox, &format!("request evidence {id} --database"));
    assert_eq!(checked["state"], "identity-checked");
    // Another request of hers would have both.
    let (_, other) = submit(&sandbox, ask);
    assert_eq!(other["state"], "identity-checked");
    sandbox
        .line(&format!(
            "{NOW} request reject {id} --reason somebody-else --officer Roy"
        ))
        .ok();
    sandbox
        .line(&format!(
            "{NOW} request withdraw {}",
            other["id"].as_str().unwrap()
        ))
        .ok();
    let (_, again) = submit(&sandbox, ask);
    let kinds: Vec<_> = again["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].clone())
        .collect();
    assert_eq!(kinds, ["mailbox"], "{again}");
}
