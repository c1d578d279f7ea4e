//! "She signed, so now I can encrypt to her": `cachet contacts` and `mail verify --learn`.

use test_support::{Sandbox, openssl};

use crate::fixture::{issue, with_ca};

const ALICE: &str = "--identity alice@example.com.p12 --identity-password-file pw";

/// A CA, Alice's identity, and a message that she signed, in `signed.eml`.
fn alice_signs(options: &str) -> Sandbox {
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email alice@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --key-file")
        .ok();
    sandbox.write("text", "hello\n");
    sign(&sandbox, "signed.eml", options);
    sandbox
}

fn sign(sandbox: &Sandbox, out: &str, options: &str) {
    sandbox
        .line(&format!(
            "mail sign {ALICE} {options} --to bob@example.com --out {out} text"
        ))
        .ok();
}

fn listed(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    let run = sandbox.line("contacts list --format json --profile bob").ok();
    run.json().as_array().unwrap().clone()
}

#[test]
fn what_she_signed_lets_me_encrypt_to_her() {
    let sandbox = alice_signs("");
    sandbox.write("secret", "for Alice alone\n");
    let run = sandbox
        .line("mail encrypt --to alice@example.com --profile bob --format json secret")
        .exits(1)
        .says("contacts add")
        .says("--learn");
    assert_eq!(run.json()["error"]["kind"], "not-found");
    let json = sandbox
        .line("mail verify --trust root.pem --learn --profile bob --format json signed.eml")
        .ok()
        .json();
    let learned = &json["learned"][0];
    assert_eq!(learned["email"], "alice@example.com", "{json:#}");
    assert_eq!(learned["action"], "added");
    assert_eq!(learned["can_encrypt"], true);
    let contacts = listed(&sandbox);
    assert_eq!(contacts.len(), 1);
    let alice = &contacts[0];
    let inspected = sandbox
        .line("inspect alice@example.com.crt --format json")
        .ok()
        .json();
    assert_eq!(alice["sha256"], inspected["certificates"][0]["sha256"]);
    for (key, value) in [
        ("email", "alice@example.com"),
        ("status", "valid"),
        ("source", "message"),
    ] {
        assert_eq!(alice[key], value, "{alice:#}");
    }
    for key in ["subject", "serial", "issuer", "not_after", "learned", "root"] {
        assert!(alice[key].is_string(), "{key} in {alice:#}");
    }
    assert_eq!(alice["capabilities"][0], "aes-256-cbc", "{alice:#}");
    sandbox
        .line("mail encrypt --to Alice@EXAMPLE.com --profile bob --out sealed.eml secret")
        .ok();
    sandbox
        .line(&format!("mail decrypt {ALICE} sealed.eml"))
        .ok()
        .says("for Alice alone");
    if let Some(openssl) = openssl() {
        openssl
            .run(
                sandbox.folder(),
                &[
                    "cms",
                    "-decrypt",
                    "-in",
                    "sealed.eml",
                    "-inkey",
                    "alice@example.com.key",
                    "-recip",
                    "alice@example.com.crt",
                ],
            )
            .ok()
            .says("for Alice alone");
    }
    // The same again teaches nothing new.
    let json = sandbox
        .line("mail verify --trust root.pem --learn --profile bob --format json signed.eml")
        .ok()
        .json();
    assert_eq!(json["learned"][0]["action"], "unchanged");
    issue(&sandbox, "bob@example.com");
    sandbox
        .line("mail sign --identity bob@example.com.p12 --identity-password-file pw --to alice@example.com --encrypt-to alice@example.com --profile bob --out both.eml text")
        .ok();
    sandbox.line(&format!("mail decrypt {ALICE} both.eml")).ok();
    // Years later.
    sandbox
        .line("mail encrypt --to alice@example.com --profile bob --now 2040-01-01T00:00:00Z secret")
        .exits(1)
        .says("expired")
        .says("--learn");
}

#[test]
fn the_newest_message_says_what_she_can_read() {
    let sandbox = alice_signs("--now 2027-01-01T00:00:00Z");
    sign(&sandbox, "gcm.eml", "--announce gcm --now 2027-01-02T00:00:00Z");
    let learn = |message: &str| {
        sandbox
            .line(&format!(
                "mail verify --trust root.pem --learn --profile bob --now 2027-01-03T00:00:00Z {message}"
            ))
            .ok();
    };
    let cipher = || {
        let run = sandbox
            .line("mail encrypt --to alice@example.com --profile bob --now 2027-01-03T00:00:00Z --format json --out e.eml --overwrite text")
            .ok();
        run.json()["cipher"].as_str().unwrap().to_owned()
    };
    learn("signed.eml");
    assert_eq!(cipher(), "aes-256-cbc");
    learn("gcm.eml");
    assert_eq!(cipher(), "aes-256-gcm");
    learn("signed.eml");
    assert_eq!(cipher(), "aes-256-gcm", "an older message is read again");
    sandbox.line(&format!("mail decrypt {ALICE} e.eml")).ok();
}

#[test]
fn doubtful_messages_teach_nothing() {
    let sandbox = alice_signs("");
    let text = String::from_utf8(sandbox.read("signed.eml")).unwrap();
    sandbox.write("altered.eml", text.replace("hello", "hullo"));
    for (trust, message) in [("", "signed.eml"), ("--trust root.pem", "altered.eml")] {
        let run = sandbox
            .line(&format!(
                "mail verify {trust} --learn --profile bob --format json {message}"
            ))
            .exits(4)
            .says("nothing was learned");
        assert_eq!(run.json()["learned"], serde_json::json!([]));
        assert!(!sandbox.path("bob").exists());
    }
    let json = sandbox
        .line("mail verify --trust root.pem --profile bob --format json signed.eml")
        .ok()
        .json();
    assert!(
        json.get("learned").is_none(),
        "without --learn nothing is said of it"
    );
    assert!(!sandbox.path("bob").exists());
}

#[test]
fn another_issuer_replaces_nothing_unasked() {
    let sandbox = alice_signs("");
    // Another CA, as trusted as the first.
    for line in [
        "init --name Other --unattended --dir other",
        "issue --dir other --class 1 --email alice@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw --out mallory",
        "trust export --dir other --for pem --out other.pem",
        "mail sign --identity mallory/alice@example.com.p12 --identity-password-file pw --out forged.eml text",
        "mail verify --trust root.pem --learn --profile bob signed.eml",
    ] {
        sandbox.line(line).ok();
    }
    let before = listed(&sandbox);
    let verify = "mail verify --trust root.pem --trust other.pem --learn --profile bob --format json";
    let run = sandbox.line(&format!("{verify} forged.eml")).ok();
    let learned = run.json()["learned"][0].clone();
    assert_eq!(learned["action"], "refused", "{learned:#}");
    let forged = learned["sha256"][0].as_str().unwrap().to_owned();
    let reason = learned["reason"].as_str().unwrap();
    for part in [
        &forged[..],
        before[0]["sha256"].as_str().unwrap(),
        "Other",
        "Test School",
    ] {
        assert!(reason.contains(part), "{part} in {reason}");
        assert!(run.stderr.contains(part), "{part} in {}", run.stderr);
    }
    assert!(run.stderr.contains("--replace"), "{}", run.stderr);
    assert_eq!(listed(&sandbox), before);
    let run = sandbox
        .line("contacts add mallory/alice@example.com.crt --profile bob --format json")
        .exits(1);
    assert_eq!(run.json()["error"]["kind"], "conflict");
    let said = run.json().to_string();
    assert!(said.contains("cachet contacts add --replace"), "{said}");
    assert_eq!(listed(&sandbox), before);
    // Asked for, it does.
    sandbox.line(&format!("{verify} --replace forged.eml")).ok();
    let after = listed(&sandbox);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["sha256"], forged);
    sandbox
        .line("contacts add alice@example.com.crt --replace --profile bob")
        .ok()
        .says("leads to no trusted root");
    assert_eq!(listed(&sandbox)[0]["sha256"], before[0]["sha256"]);
}

#[test]
fn certificates_from_files() {
    let sandbox = with_ca();
    for line in [
        "issue --class 1 --email carol@example.com --email c@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw",
        "issue --class 1 --email eddy@example.com --key ed25519 --evidence mailbox=x --p12-password-file pw",
        "contacts add carol@example.com.chain.pem --profile bob",
    ] {
        let run = sandbox.line(line);
        if line.starts_with("contacts") {
            run.exits(1).says("authorities only");
        } else {
            let _ = run.ok();
        }
    }
    sandbox
        .line("contacts add carol@example.com.crt --profile bob")
        .ok();
    assert_eq!(listed(&sandbox).len(), 2, "under each of her addresses");
    sandbox
        .line("contacts add eddy@example.com.crt --profile bob")
        .ok()
        .says("verify signatures");
    sandbox.write("text", "x\n");
    sandbox
        .line("mail encrypt --to eddy@example.com --profile bob text")
        .exits(1)
        .says("ed25519");
    sandbox
        .line("contacts add carol@example.com.crt --email mallory@example.com --profile bob")
        .exits(1)
        .says("c@example.com");
    sandbox
        .line("contacts export c@example.com --profile bob --out c.pem")
        .ok();
    assert_eq!(sandbox.read("c.pem"), sandbox.read("carol@example.com.crt"));
    sandbox
        .line("contacts show carol@example.com --profile bob")
        .ok()
        .says("carol@example.com");
    sandbox
        .line("contacts list --format csv --profile bob")
        .ok()
        .says("email,subject");
    sandbox
        .line("contacts remove c@example.com --profile bob")
        .exits(1)
        .says("--yes");
    sandbox
        .line("contacts remove c@example.com --yes --profile bob")
        .ok();
    sandbox
        .line("contacts remove c@example.com --yes --profile bob")
        .exits(1)
        .says("c@example.com");
    let eddy = listed(&sandbox)
        .into_iter()
        .find(|row| row["email"] == "eddy@example.com")
        .unwrap();
    let digits = &eddy["sha256"].as_str().unwrap()[..16];
    sandbox
        .line(&format!("contacts remove {digits} --yes --profile bob"))
        .ok();
    let left: Vec<_> = listed(&sandbox).iter().map(|row| row["email"].clone()).collect();
    assert_eq!(left, ["carol@example.com"]);
    sandbox.write("junk", "junk");
    sandbox
        .line("contacts add junk --profile bob")
        .exits(1)
        .says("junk");
    sandbox
        .line("contacts add root.pem --profile bob")
        .exits(1)
        .says("trust add");
}

#[test]
fn a_certificate_without_an_address_needs_one() {
    let Some(openssl) = openssl() else { return };
    let sandbox = with_ca();
    for (name, purpose) in [("mail", "emailProtection"), ("web", "serverAuth")] {
        openssl
            .run(
                sandbox.folder(),
                &[
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-keyout",
                    "k.pem",
                    "-out",
                    &format!("{name}.pem"),
                    "-subj",
                    "/CN=Somebody",
                    "-days",
                    "900",
                    "-addext",
                    "keyUsage=digitalSignature,keyAgreement",
                    "-addext",
                    &format!("extendedKeyUsage={purpose}"),
                    "-addext",
                    "basicConstraints=critical,CA:false",
                ],
            )
            .ok();
    }
    sandbox
        .line("contacts add mail.pem --profile bob")
        .exits(1)
        .says("--email");
    sandbox
        .line("contacts add mail.pem --email dora@example.com --profile bob")
        .ok();
    sandbox.write("text", "x\n");
    sandbox
        .line("mail encrypt --to dora@example.com --profile bob --out d.eml text")
        .ok();
    sandbox
        .line("contacts add web.pem --email web@example.com --profile bob")
        .exits(1)
        .says("emailProtection");
}

#[test]
fn a_message_without_its_signers_certificate() {
    let Some(openssl) = openssl() else { return };
    let sandbox = alice_signs("");
    openssl
        .run(
            sandbox.folder(),
            &[
                "cms",
                "-sign",
                "-nocerts",
                "-in",
                "text",
                "-text",
                "-signer",
                "alice@example.com.crt",
                "-inkey",
                "alice@example.com.key",
                "-from",
                "alice@example.com",
                "-out",
                "bare.eml",
            ],
        )
        .ok();
    let p7b = "trust export --for p7b --out all.p7b";
    sandbox.line(p7b).ok();
    let verify = "mail verify --trust all.p7b --profile bob";
    sandbox
        .line(&format!("{verify} bare.eml"))
        .exits(4)
        .says("signer-certificate-absent");
    sandbox.line(&format!("{verify} --learn signed.eml")).ok();
    sandbox.line(&format!("{verify} bare.eml")).ok();
}

#[test]
fn a_pair_of_certificates_is_learned_whole() {
    let Some(openssl) = openssl() else { return };
    let sandbox = with_ca();
    sandbox.write("text", "hello\n");
    sandbox
        .line("issue --class 1 --email pat@example.com --usage pair --key ec-p256 --evidence mailbox=x --p12-password-file pw --key-file")
        .ok();
    let keys = sandbox
        .files(".")
        .into_iter()
        .find(|name| name.starts_with("pat@") && name.contains("sign") && name.ends_with(".key"));
    let key = keys.unwrap_or_else(|| "pat@example.com.key".to_owned());
    let sign = |certificates: &str, out: &str| {
        openssl
            .run(
                sandbox.folder(),
                &[
                    "cms",
                    "-sign",
                    "-in",
                    "text",
                    "-text",
                    "-signer",
                    "pat@example.com.sign.crt",
                    "-inkey",
                    &key,
                    "-certfile",
                    certificates,
                    "-from",
                    "pat@example.com",
                    "-out",
                    out,
                ],
            )
            .ok();
    };
    let chain = String::from_utf8(sandbox.read("pat@example.com.chain.pem")).unwrap();
    let encryption = String::from_utf8(sandbox.read("pat@example.com.encrypt.crt")).unwrap();
    sandbox.write("with.pem", format!("{encryption}{chain}"));
    sign("pat@example.com.chain.pem", "alone.eml");
    sign("with.pem", "pair.eml");
    let verify = "mail verify --trust root.pem --learn --profile bob --format json";
    let json = sandbox.line(&format!("{verify} alone.eml")).ok().json();
    assert_eq!(json["learned"][0]["can_encrypt"], false, "{json:#}");
    sandbox
        .line("mail encrypt --to pat@example.com --profile bob text")
        .exits(1)
        .says("key usage");
    let json = sandbox.line(&format!("{verify} pair.eml")).ok().json();
    assert_eq!(json["learned"][0]["can_encrypt"], true, "{json:#}");
    sandbox
        .line("mail encrypt --to pat@example.com --profile bob --out e.eml text")
        .ok();
    sandbox
        .line("mail decrypt --identity pat@example.com.p12 --identity-password-file pw e.eml")
        .ok()
        .says("hello");
}

#[test]
fn a_damaged_file_is_named_and_the_others_serve() {
    let sandbox = with_ca();
    sandbox.write("text", "x\n");
    for address in ["alice@example.com", "carol@example.com"] {
        issue(&sandbox, address);
        sandbox
            .line(&format!("contacts add {address}.crt --profile bob"))
            .ok();
    }
    sandbox.write("bob/contacts/alice@example.com.json", "{\"format\": 1");
    let contacts = sandbox
        .line("contacts list --format json --profile bob")
        .ok()
        .says("alice@example.com.json");
    assert_eq!(contacts.json().as_array().unwrap().len(), 1);
    sandbox
        .line("mail encrypt --to carol@example.com --profile bob --out c.eml text")
        .ok();
    for line in [
        "mail encrypt --to alice@example.com --profile bob text",
        "contacts add alice@example.com.crt --profile bob",
    ] {
        sandbox
            .line(line)
            .exits(1)
            .says("alice@example.com.json")
            .says("remove the file");
    }
}

#[test]
fn processes_at_once_lose_nothing() {
    let sandbox = with_ca();
    let addresses: Vec<String> = (0..6).map(|number| format!("p{number}@example.com")).collect();
    for address in &addresses {
        issue(&sandbox, address);
    }
    std::thread::scope(|scope| {
        for address in &addresses {
            let sandbox = &sandbox;
            scope.spawn(move || {
                sandbox
                    .line(&format!("contacts add {address}.crt --profile bob"))
                    .ok();
            });
        }
    });
    assert_eq!(listed(&sandbox).len(), addresses.len());
}
