//! `cachet cert renew` and `cert rekey`.

use test_support::{Run, Sandbox};

use crate::fixture::{empty, while_asked, with_ca};

const BORN: &str = "--now 2027-03-01T12:00:00Z";
const SOON: &str = "--now 2027-03-20T12:00:00Z";
const LATER: &str = "--now 2027-06-20T12:00:00Z";

/// A CA, and Bob's Class 2 certificate of 1 March 2027.
fn with_bob() -> (Sandbox, String) {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox
        .line(&format!("{BORN} init --name School --unattended"))
        .ok();
    let issued = sandbox
        .line(&format!(
            "{BORN} issue --class 2 --email bob@example.com --given-name Bob --middle-name B. --surname Roe --days 100 \
             --key ec-p256 --evidence mailbox=asked --evidence document=passport --p12-password-file pw --format json"
        ))
        .ok()
        .json();
    (sandbox, issued["serial"].as_str().unwrap().to_owned())
}

fn public_key(sandbox: &Sandbox, file: &str) -> String {
    let json = sandbox.line(&format!("inspect {file} --format json")).ok().json();
    json["certificates"][0]["subject_key_identifier"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn renewing_keeps_holder_key_and_term() {
    let (sandbox, serial) = with_bob();
    let renewed = sandbox
        .line(&format!(
            "{SOON} cert renew bob@example.com --out new --format json"
        ))
        .ok()
        .json();
    assert_eq!(renewed["action"], "renewed");
    assert_eq!(renewed["renews"], serial.as_str());
    assert_eq!(renewed["subject"], "CN=Bob B. Roe,GN=Bob,SN=Roe");
    assert_eq!(renewed["not_after"], "2027-06-28T10:59:59Z");
    assert_eq!(renewed["files"]["p12"], serde_json::Value::Null);
    // Evidence used again does not become younger.
    assert_eq!(renewed["evidence"][0]["since"], "2027-03-01T12:00:00Z");
    assert_eq!(
        sandbox.files("new"),
        ["bob@example.com.chain.pem", "bob@example.com.crt"]
    );
    assert_eq!(
        public_key(&sandbox, "new/bob@example.com.crt"),
        public_key(&sandbox, "bob@example.com.crt")
    );
    // The old one is left, and renewing it a second time is refused.
    let old = sandbox
        .line(&format!("{SOON} cert show {serial} --format json"))
        .ok()
        .json();
    assert_eq!(old["status"], "valid");
    sandbox
        .line(&format!("{SOON} cert renew {serial} --out again"))
        .exits(1)
        .says("was renewed already, by");
}

#[test]
fn a_p12_needs_the_key_and_keeps_its_password() {
    let (sandbox, serial) = with_bob();
    sandbox
        .line(&format!(
            "{SOON} cert renew {serial} --identity bob@example.com.p12 --identity-password-file pw --revoke-old"
        ))
        .ok()
        .says("is revoked (superseded)");
    // The files of the old certificate are kept aside.
    let mark = &serial[..8];
    let files = sandbox.files(".");
    assert!(
        files.contains(&format!("old-{mark}-bob@example.com.p12")),
        "{files:?}"
    );
    let inside = sandbox
        .line("inspect bob@example.com.p12 --password-file pw --format json")
        .ok()
        .json();
    assert_eq!(inside["keys"].as_array().unwrap().len(), 1);
    assert_ne!(inside["certificates"][0]["serial"], serial.as_str());
    let old = sandbox
        .line(&format!("{LATER} cert show {serial} --format json"))
        .ok()
        .json();
    assert_eq!(old["status"], "revoked");

    sandbox.line(&format!("{SOON} issue --class 1 --email eve@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw")).ok();
    sandbox
        .line(&format!(
            "{SOON} cert renew bob@example.com --identity eve@example.com.p12 --identity-password-file pw --out x"
        ))
        .exits(1)
        .says("holds no key of certificate");
}

#[test]
fn rekeying_makes_a_new_key() {
    let (sandbox, serial) = with_bob();
    let renewed = sandbox
        .line(&format!("{SOON} cert rekey {serial} --out new --format json"))
        .ok()
        .json();
    assert_eq!(
        (renewed["action"].as_str(), renewed["key"].as_str()),
        (Some("renewed"), Some("ec-p256"))
    );
    for file in ["p12", "password", "certificate", "chain"] {
        assert!(
            sandbox.path(renewed["files"][file].as_str().unwrap()).exists(),
            "{file}"
        );
    }
    assert_ne!(
        public_key(&sandbox, "new/bob@example.com.crt"),
        public_key(&sandbox, "bob@example.com.crt")
    );
}

#[test]
fn evidence_that_is_too_old_is_asked_for_in_a_command_that_works() {
    let (sandbox, serial) = with_bob();
    let refused = sandbox
        .line(&format!(
            "{LATER} cert renew bob@example.com --out new --format json"
        ))
        .exits(1)
        .json();
    assert_eq!(refused["error"]["kind"], "policy-refused");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("mailbox evidence on record is of 2027-03-01"),
        "{message}"
    );
    let command = refused["error"]["hints"][1].as_str().unwrap();
    assert!(
        command.starts_with(&format!("cachet cert renew {serial} ")),
        "{command}"
    );
    assert!(!command.contains("document"), "{command}");
    let renewed = sandbox.line(command.strip_prefix("cachet ").unwrap()).ok().json();
    assert_eq!(renewed["evidence"][0]["text"], "HOW-IT-WAS-CHECKED");
    assert_eq!(renewed["evidence"][1]["since"], "2027-03-01T12:00:00Z");
}

#[test]
fn what_was_revoked_is_not_renewed() {
    let (sandbox, serial) = with_bob();
    sandbox
        .line(&format!("{SOON} cert rekey {serial} --out new --revoke-old"))
        .ok();
    sandbox
        .line(&format!("{SOON} cert rekey {serial} --out again"))
        .exits(1)
        .says("was renewed already");
    let new = sandbox
        .line(&format!("{SOON} cert list --status valid --format json"))
        .ok()
        .json();
    let new = new[0]["serial"].as_str().unwrap();
    sandbox
        .line(&format!("{SOON} cert rekey {new} --out newer --revoke-old"))
        .ok();
    sandbox
        .line(&format!("{LATER} cert renew {new} --out again"))
        .exits(1)
        .says("already");
}

#[test]
fn a_moment_before_its_revocation_gives_a_certificate_nothing_back() {
    let (sandbox, serial) = with_bob();
    sandbox
        .line(&format!(
            "{LATER} cert revoke {serial} --reason key-compromise --yes"
        ))
        .ok();
    let before = sandbox.files(".");
    for command in ["renew", "rekey"] {
        sandbox
            .line(&format!("{SOON} cert {command} {serial} --out again"))
            .exits(1)
            .says("revoked");
    }
    assert_eq!(sandbox.files("."), before);
}

#[test]
fn an_interrupted_rekey_is_finished_by_the_same_command() {
    for by_address in [false, true] {
        let (sandbox, serial) = with_bob();
        let named = if by_address { "bob@example.com" } else { &serial };
        let line = format!("{SOON} cert rekey {named} --out new --p12-password-file pw --format json");
        // Something in the way of the last file: everything else is there already.
        std::fs::create_dir_all(sandbox.path("new/bob@example.com.chain.pem/x")).unwrap();
        sandbox.line(&line).exits(1);
        std::fs::remove_dir_all(sandbox.path("new/bob@example.com.chain.pem")).unwrap();
        sandbox.line(&line).ok();
        let all = sandbox
            .line(&format!("{SOON} cert list --format json"))
            .ok()
            .json();
        assert_eq!(all.as_array().unwrap().len(), 2);
    }
}

#[test]
fn unattended_issuance_keeps_renews_and_issues() {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox
        .line(&format!("{BORN} init --name School --unattended"))
        .ok();
    let line = |now: &str| {
        sandbox
            .line(&format!(
                "{now} issue --if-missing --renew-within 7d --class 1 --email bot@example.com --key ec-p256 --days 30 \
                 --evidence mailbox=asked --p12-password-file pw --format json"
            ))
            .ok()
            .json()
    };
    let first = line(BORN);
    assert_eq!(first["action"], "issued");
    let kept = line(SOON);
    assert_eq!(
        (&kept["action"], &kept["serial"]),
        (&"kept".into(), &first["serial"])
    );
    let renewed = line("--now 2027-03-24T12:00:00Z");
    assert_eq!(
        (&renewed["action"], &renewed["renews"]),
        (&"renewed".into(), &first["serial"])
    );
    assert_eq!(line("--now 2027-03-25T12:00:00Z")["action"], "kept");
    assert_eq!(line("--now 2027-09-25T12:00:00Z")["action"], "issued");
}

#[test]
fn notices_are_given_once_for_each_period() {
    let (sandbox, serial) = with_bob();
    // The certificate ends on 9 June.
    let notify = |now: &str, more: &str| {
        let line = format!("--now {now}T12:00:00Z cert notify --from ca@example.com --format json {more}");
        sandbox.line(&line).ok().json()
    };
    assert_eq!(
        notify("2027-04-01", "--expires-within 30d"),
        serde_json::json!([])
    );
    let given = notify("2027-05-20", "--expires-within 30d");
    assert_eq!(
        (&given[0]["subject"], &given[0]["kind"]),
        (&serial.as_str().into(), &"identity".into())
    );
    assert_eq!(given[0]["to"][0], "bob@example.com");
    let message = given[0]["message"].as_str().unwrap();
    assert_eq!(message, format!("ca-data/outbox/expiry-{serial}-30d.eml"));
    sandbox
        .line(&format!("mail inspect {message}"))
        .ok()
        .says("text/calendar");
    let calendar = sandbox.read(given[0]["calendar"].as_str().unwrap());
    assert!(
        String::from_utf8(calendar)
            .unwrap()
            .contains("\r\nDTSTART:20270609T105959Z\r\n")
    );
    assert_eq!(
        notify("2027-05-21", "--expires-within 30d"),
        serde_json::json!([])
    );
    // A shorter period is another notice, in French and elsewhere if that is wanted.
    let french = notify("2027-06-04", "--expires-within 7d --language fr --out mine");
    assert_eq!(french[0]["message"], format!("mine/expiry-{serial}-7d.eml"));
    // Whoever has a later certificate needs none.
    sandbox
        .line("--now 2027-06-05T12:00:00Z cert renew bob@example.com --evidence mailbox=asked --out new")
        .ok();
    assert_eq!(notify("2027-06-08", "--expires-within 2d"), serde_json::json!([]));

    // CA certificates count as well, once no newer one stands in for them.
    let cas = notify("2037-02-10", "--expires-within 30d --operator admin@example.com");
    assert_eq!(cas.as_array().unwrap().len(), 3);
    assert_eq!(
        (&cas[0]["kind"], &cas[0]["to"][0]),
        (&"authority".into(), &"admin@example.com".into())
    );
    sandbox.line("--now 2037-02-11T12:00:00Z ca rollover --root").ok();
    assert_eq!(
        notify("2037-02-20", "--expires-within 14d"),
        serde_json::json!([])
    );
}

#[test]
fn a_pair_is_renewed_and_rekeyed_as_a_pair() {
    let sandbox = with_ca();
    let pair = |run: Run| -> Vec<(String, String)> {
        let json = run.ok().json();
        let both = json
            .as_array()
            .unwrap_or_else(|| panic!("no pair: {json}"))
            .clone();
        let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
        both.iter()
            .map(|one| (text(one, "usage"), text(one, "serial")))
            .collect()
    };
    let issued = pair(sandbox.line(
        "issue --class 1 --email p@example.com --usage pair --key ec-p256 --evidence mailbox=x --p12-password-file pw \
         --format json",
    ));

    let renewed = pair(sandbox.line(
        "cert renew p@example.com --identity p@example.com.p12 --identity-password-file pw --out renewed --revoke-old \
         --format json",
    ));
    assert_eq!(renewed[0].0, "sign");
    assert_eq!(renewed[1].0, "encrypt");
    for (usage, serial) in &issued {
        let old = sandbox
            .line(&format!("cert show {serial} --format json"))
            .ok()
            .json();
        assert_eq!(old["status"], "revoked", "{usage}");
    }
    // Both keys are in the one file, the same as before.
    for usage in ["sign", "encrypt"] {
        assert_eq!(
            public_key(&sandbox, &format!("renewed/p@example.com.{usage}.crt")),
            public_key(&sandbox, &format!("p@example.com.{usage}.crt")),
        );
    }
    sandbox
        .line("mail sign --identity renewed/p@example.com.p12 --identity-password-file pw --text --out after.eml pw")
        .ok();
    sandbox.line("mail verify --trust ca-data after.eml").ok();

    let rekeyed =
        pair(sandbox.line("cert rekey p@example.com --out rekeyed --p12-password-file pw --format json"));
    assert_eq!(rekeyed.len(), 2);
    for usage in ["sign", "encrypt"] {
        assert_ne!(
            public_key(&sandbox, &format!("rekeyed/p@example.com.{usage}.crt")),
            public_key(&sandbox, &format!("p@example.com.{usage}.crt")),
        );
    }
    // Once more would make a third; the two that were renewed have their successors.
    sandbox
        .line(&format!("cert rekey {} --out again", renewed[0].1))
        .exits(1)
        .says("was renewed already");
    // By its serial, one alone.
    let one = sandbox
        .line(&format!("cert rekey {} --out one --format json", rekeyed[1].1))
        .ok()
        .json();
    assert_eq!(one["usage"], "encrypt");
}

#[test]
fn what_is_revoked_while_the_pin_is_chosen_is_not_renewed() {
    let (sandbox, serial) = with_bob();
    let line = format!("{SOON} cert rekey {serial} --out new --p12-password-file slow");
    while_asked(&sandbox, &line, "1234\n", || {
        sandbox
            .line(&format!(
                "{SOON} cert revoke {serial} --reason affiliation-changed --yes"
            ))
            .ok();
    })
    .exits(1)
    .says("revoked");
    assert!(!sandbox.path("new").exists());
}
