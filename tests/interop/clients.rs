//! `cachet client`: mail programs that it has set up do what they should, as they themselves show.

use test_support::{Nss, Peer, Sandbox, thunderbird_shows_with};

fn with_alice() -> Sandbox {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    sandbox
        .line("init --name Zola --organization School --unattended")
        .ok();
    sandbox.line("trust export --for pem --out root.pem").ok();
    sandbox.write("pw", "secret\n");
    for name in ["alice", "bob"] {
        sandbox
            .line(&format!(
                "issue --class 1 --email {name}@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw"
            ))
            .ok();
    }
    sandbox
}

const ALICE: &str = "--identity alice@example.com.p12 --identity-password-file pw";

#[test]
fn thunderbird_shows_seals_and_opens_what_is_encrypted() {
    if Peer::find("thunderbird").is_none() {
        return;
    }
    let Some(nss) = Nss::new() else { return };
    let sandbox = with_alice();
    let profile = nss.folder().display().to_string();
    let before = "user_pref(\"mail.identity.id1.useremail\", \"bob@example.net\");\n\
                  user_pref(\"mail.identity.id2.useremail\", \"alice@example.com\");\n\
                  user_pref(\"mail.identity.id2.sign_mail\", false);\n";
    std::fs::write(nss.folder().join("prefs.js"), before).unwrap();
    let line = format!("client thunderbird --profile-dir {profile} {ALICE} --format json");
    let report = sandbox.line(&line).ok().json();
    assert_eq!(report["action"], "changed");
    assert_eq!(report["accounts"], serde_json::json!(["alice@example.com"]));
    let read = |name: &str| std::fs::read_to_string(nss.folder().join(name)).unwrap();
    let after = read("prefs.js");
    for words in [
        "user_pref(\"mail.identity.id1.useremail\", \"bob@example.net\");",
        "user_pref(\"mail.identity.id2.sign_mail\", true);",
        "user_pref(\"mail.identity.id2.signing_cert_name\", \"alice@example.com\");",
        "user_pref(\"mail.identity.id2.encryption_cert_dbkey\", \"AAAA",
    ] {
        assert!(after.contains(words), "no {words} in {after}");
    }
    assert!(!after.contains("id1.signing"), "another's account is left alone");
    assert_eq!(read("prefs.js.before-cachet"), before);
    // Again: nothing is left to do.
    assert_eq!(sandbox.line(&line).ok().json()["action"], "kept");
    assert_eq!(read("prefs.js"), after);

    sandbox.write("text", "The heron stands in the reeds.\n");
    let subject = |name: &str| format!("--subject {name} --from bob@example.com");
    let bob = "--identity bob@example.com.p12 --identity-password-file pw";
    let signed = sandbox
        .line(&format!("mail sign {bob} {} text", subject("signed")))
        .ok()
        .stdout;
    let tampered = String::from_utf8(signed.clone()).unwrap();
    let tampered = tampered
        .replace("heron", "stork")
        .replace("Subject: signed", "Subject: tampered");
    sandbox.write(
        "letter",
        "From: bob@example.com\nTo: alice@example.com\nSubject: sealed\n\nThe heron stands in the reeds.\n",
    );
    let sealed = sandbox
        .line("mail encrypt --to alice@example.com.crt letter")
        .ok()
        .stdout;
    let Some(shown) = thunderbird_shows_with(&nss, &[signed, tampered.into_bytes(), sealed]) else {
        return;
    };
    let of = |name: &str| shown.iter().find(|one| one.subject == name).unwrap();
    assert_eq!((of("signed").signature, of("signed").encryption), (0, -1));
    assert_eq!(of("tampered").signature, 1034, "the digest differs");
    assert_eq!(of("sealed").encryption, 0);
    assert!(of("sealed").body.contains("heron"), "{shown:?}");
}

#[test]
fn a_profile_in_use_and_one_without_the_account_are_told() {
    if Peer::find("certutil").is_none() {
        return;
    }
    let sandbox = with_alice();
    std::fs::create_dir(sandbox.path("profile")).unwrap();
    let line = format!("client thunderbird --profile-dir profile {ALICE}");
    let own = format!("127.0.1.1:+{}", std::process::id());
    std::os::unix::fs::symlink(own, sandbox.path("profile/lock")).unwrap();
    sandbox.line(&line).exits(1).says("Thunderbird is running");
    assert!(!sandbox.path("profile/cert9.db").exists(), "nothing was changed");
    std::fs::remove_file(sandbox.path("profile/lock")).unwrap();
    sandbox
        .line(&line)
        .ok()
        .says("no account of this profile has the address alice@example.com");
    sandbox
        .line(&format!("client thunderbird --profile-dir elsewhere {ALICE}"))
        .exits(1)
        .says("there is no directory elsewhere");
}

#[test]
fn a_database_takes_an_identity_once() {
    let Some(certutil) = Peer::find("certutil") else {
        return;
    };
    let sandbox = with_alice();
    std::fs::create_dir(sandbox.path("db")).unwrap();
    let line = format!("client nss --profile-dir db {ALICE} --format json");
    let report = sandbox.line(&line).ok().json();
    assert_eq!(report["action"], "changed");
    let verify = |usage| {
        let words = ["-V", "-d", "sql:db", "-n", "alice@example.com", "-u", usage, "-e"];
        certutil.run(sandbox.folder(), &words)
    };
    verify("S").ok();
    verify("R").ok();
    assert_eq!(sandbox.line(&line).ok().json()["action"], "kept");
    // A P12 without its root wants it named.
    sandbox
        .line("issue --class 1 --email c@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --leaf-only")
        .ok();
    let line = "client nss --profile-dir db --identity c@example.com.p12 --identity-password-file pw";
    sandbox.line(line).exits(1).says("--root FILE");
    sandbox.line(&format!("{line} --root root.pem")).ok();
}
