//! What partners import, read by the programs that they import it with.

use std::process::Command;

use serde_json::Value;
use test_support::{Peer, Sandbox, run};

use crate::fixture::{empty, issue, with_ca};

/// A CA whose name would be a command, a quotation or markup wherever it is not quoted.
const NAME: &str = "O'H $(touch pwned) `id` \"<b>&\u{2019}; touch pwned #";

fn hostile_ca() -> Sandbox {
    let sandbox = empty();
    sandbox
        .cachet(&["init", "--name", NAME, "--unattended", "--key", "ec-p256"])
        .ok();
    sandbox.write("pw", "secret\n");
    sandbox
}

fn fingerprint(sandbox: &Sandbox) -> String {
    let run = sandbox
        .line("--format json trust export --for pem --out x.pem --overwrite")
        .ok();
    run.json()["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn the_script_for_nss_makes_its_databases_trust_the_root_for_mail() {
    let Some(certutil) = Peer::find("certutil") else {
        return;
    };
    for sandbox in [with_ca(), hostile_ca()] {
        issue(&sandbox, "alice@example.com");
        sandbox
            .line("trust export --for nss --out trust.sh")
            .ok()
            .says(&fingerprint(&sandbox))
            .says("sh FILE");
        let profile = ".thunderbird/abcd.default";
        std::fs::create_dir_all(sandbox.path(profile)).unwrap();
        let database = format!("sql:{profile}");
        certutil
            .run(sandbox.folder(), &["-N", "-d", &database, "--empty-password"])
            .ok();
        // Once for all profiles that it finds, once for one that is named: twice is harmless.
        for folder in [None, Some(profile)] {
            let mut sh = Command::new("sh");
            sh.current_dir(sandbox.folder())
                .env("HOME", sandbox.folder())
                .arg("trust.sh")
                .args(folder);
            let done = run(&mut sh, b"").ok();
            done.says(&fingerprint(&sandbox)).says("trusted for mail: ");
        }
        assert!(!sandbox.path("pwned").exists());
        let listed = certutil
            .run(sandbox.folder(), &["-L", "-d", &database])
            .ok()
            .text();
        assert_eq!(
            listed
                .lines()
                .filter(|line| line.trim_end().ends_with(",C,"))
                .count(),
            1,
            "{listed}"
        );
        // A person's certificate holds for mail by that, and for nothing else.
        let import = [
            "-A",
            "-d",
            &database,
            "-n",
            "alice",
            "-t",
            ",,",
            "-i",
            "alice@example.com.crt",
        ];
        certutil.run(sandbox.folder(), &import).ok();
        let judge = |usage: &str| {
            certutil.run(
                sandbox.folder(),
                &["-V", "-d", &database, "-n", "alice", "-u", usage],
            )
        };
        judge("S").ok().says("certificate is valid");
        judge("R").ok().says("certificate is valid");
        judge("V").fails();
    }
    // Where nothing is, that is said.
    let sandbox = with_ca();
    sandbox.line("trust export --for nss --out trust.sh").ok();
    let mut sh = Command::new("sh");
    sh.current_dir(sandbox.folder())
        .env("HOME", sandbox.folder())
        .arg("trust.sh");
    run(&mut sh, b"")
        .fails()
        .says("there is no Thunderbird profile here");
}

/// Reads a property list with Python's own reader.
fn plist(sandbox: &Sandbox, name: &str) -> Option<Value> {
    let program = "import base64, json, plistlib, sys\n\
                   def plain(v):\n  \
                     if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}\n  \
                     if isinstance(v, list): return [plain(x) for x in v]\n  \
                     return 'data:' + base64.b64encode(v).decode() if isinstance(v, bytes) else v\n\
                   print(json.dumps(plain(plistlib.load(open(sys.argv[1], 'rb')))))\n";
    let python = Peer::find("python3")?;
    Some(python.run(sandbox.folder(), &["-c", program, name]).ok().json())
}

/// Keys that Apple's schema requires, and the type of every key that we write (github.com/apple/device-management).
fn check_schema(payload: &Value) {
    let common: &[(&str, &str)] = &[
        ("PayloadType", "string"),
        ("PayloadVersion", "integer"),
        ("PayloadIdentifier", "string"),
        ("PayloadUUID", "uuid"),
    ];
    let certificate: &[(&str, &str)] = &[("PayloadContent", "data")];
    let mail: &[(&str, &str)] = &[
        ("EmailAccountType", "string"),
        ("IncomingMailServerAuthentication", "string"),
        ("IncomingMailServerHostName", "string"),
        ("OutgoingMailServerAuthentication", "string"),
        ("OutgoingMailServerHostName", "string"),
    ];
    let kind = payload["PayloadType"].as_str().unwrap();
    let (required, optional): (&[_], &[_]) = match kind {
        "Configuration" => (
            &[("PayloadContent", "array")],
            &[("PayloadDescription", "string"), ("ConsentText", "dictionary")],
        ),
        "com.apple.security.root" | "com.apple.security.pkcs1" | "com.apple.security.pkcs12" => {
            (certificate, &[("PayloadCertificateFileName", "string")])
        }
        "com.apple.mail.managed" => (
            mail,
            &[
                ("EmailAccountDescription", "string"),
                ("EmailAccountName", "string"),
                ("EmailAddress", "string"),
                ("IncomingMailServerPortNumber", "integer"),
                ("IncomingMailServerUseSSL", "boolean"),
                ("IncomingMailServerUsername", "string"),
                ("OutgoingMailServerPortNumber", "integer"),
                ("OutgoingMailServerUseSSL", "boolean"),
                ("OutgoingMailServerUsername", "string"),
                ("OutgoingPasswordSameAsIncomingPassword", "boolean"),
                ("SMIMESigningEnabled", "boolean"),
                ("SMIMESigningUserOverrideable", "boolean"),
                ("SMIMESigningCertificateUUID", "uuid"),
                ("SMIMEEncryptionEnabled", "boolean"),
                ("SMIMEEncryptionCertificateUUID", "uuid"),
                ("SMIMEEnableEncryptionPerMessageSwitch", "boolean"),
            ],
        ),
        other => panic!("{other} is no payload of ours"),
    };
    for (key, _) in common.iter().chain(required) {
        assert!(!payload[key].is_null(), "{kind} lacks {key}");
    }
    let known = common
        .iter()
        .chain(required)
        .chain(optional)
        .chain(&[("PayloadDisplayName", "string")]);
    let known: std::collections::HashMap<_, _> = known.copied().collect();
    for (key, value) in payload.as_object().unwrap() {
        let fits = match known.get(key.as_str()).copied() {
            Some("array") => value.is_array(),
            Some("boolean") => value.is_boolean(),
            Some("data") => value.as_str().is_some_and(|text| text.starts_with("data:")),
            Some("dictionary") => value.is_object(),
            Some("integer") => value.is_i64(),
            Some("uuid") => value.as_str().is_some_and(|text| {
                text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
                    && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
            }),
            Some(_) => value.as_str().is_some_and(|text| !text.starts_with("data:")),
            None => panic!("{kind}: Apple's schema has no {key}, or it is not checked here"),
        };
        assert!(fits, "{kind}: {key} is {value}");
    }
}

#[test]
fn a_profile_for_apples_devices_holds_what_their_schema_asks_for() {
    let sandbox = hostile_ca();
    issue(&sandbox, "alice@example.com");
    sandbox
        .line("trust export --for mobileconfig --out root.mobileconfig")
        .ok()
        .says(&fingerprint(&sandbox));
    let Some(profile) = plist(&sandbox, "root.mobileconfig") else {
        return;
    };
    check_schema(&profile);
    let consent = profile["ConsentText"]["fr"].as_str().unwrap();
    assert!(
        consent.contains(NAME) && consent.contains(&fingerprint(&sandbox)),
        "{consent}"
    );
    let kinds = |profile: &Value| -> Vec<String> {
        let payloads = profile["PayloadContent"].as_array().unwrap();
        payloads.iter().for_each(check_schema);
        let kind = |payload: &Value| {
            payload["PayloadType"]
                .as_str()
                .unwrap()
                .rsplit('.')
                .next()
                .unwrap()
                .to_owned()
        };
        payloads.iter().map(kind).collect()
    };
    assert_eq!(kinds(&profile), ["root", "pkcs1", "pkcs1", "pkcs1"]);
    // With a person's own: the very P12, its password nowhere, and an account that uses it.
    let line = "trust export --for mobileconfig --identity alice@example.com.p12 --identity-password-file pw \
                --imap imap.example.com --smtp smtp.example.com:465 --out alice.mobileconfig";
    sandbox.line(line).ok().says("hand it over as you would the P12");
    let profile = plist(&sandbox, "alice.mobileconfig").unwrap();
    check_schema(&profile);
    assert_eq!(
        kinds(&profile),
        ["root", "pkcs1", "pkcs1", "pkcs1", "pkcs12", "managed"]
    );
    let (p12, mail) = (&profile["PayloadContent"][4], &profile["PayloadContent"][5]);
    let embedded = p12["PayloadContent"].as_str().unwrap();
    use base64::Engine;
    let expected = base64::engine::general_purpose::STANDARD.encode(sandbox.read("alice@example.com.p12"));
    assert_eq!(embedded.strip_prefix("data:"), Some(expected.as_str()));
    for key in ["SMIMESigningCertificateUUID", "SMIMEEncryptionCertificateUUID"] {
        assert_eq!(mail[key], p12["PayloadUUID"]);
    }
    assert_eq!(
        (
            &mail["IncomingMailServerPortNumber"],
            &mail["OutgoingMailServerPortNumber"]
        ),
        (&993.into(), &465.into())
    );
    assert!(
        !String::from_utf8(sandbox.read("alice.mobileconfig"))
            .unwrap()
            .contains("secret")
    );
    // All UUIDs and identifiers are different, and made again they are the same.
    let mut names: Vec<&Value> = profile["PayloadContent"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["PayloadUUID"])
        .collect();
    names.push(&profile["PayloadUUID"]);
    let count = names.len();
    names.sort_by_key(|name| name.to_string());
    names.dedup();
    assert_eq!(names.len(), count);
    let first = sandbox.read("alice.mobileconfig");
    sandbox.line(&format!("--overwrite {line}")).ok();
    assert_eq!(sandbox.read("alice.mobileconfig"), first);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(sandbox.path("alice.mobileconfig"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for (line, says) in [
        (
            "trust export --for pem --identity alice@example.com.p12 --identity-password-file pw",
            "--for mobileconfig",
        ),
        ("trust export --for mobileconfig --imap a --smtp b", "--identity"),
        ("trust export --for mobileconfig --imap a", "--smtp"),
        ("trust export --for nss --intermediates", "--intermediates"),
    ] {
        sandbox.line(line).exits(2).says(says);
    }
    sandbox.write("wrong", "wrong\n");
    sandbox
        .line(
            "trust export --for mobileconfig --identity alice@example.com.p12 --identity-password-file wrong",
        )
        .exits(1);
}

#[test]
fn the_script_for_windows_quotes_names_and_holds_the_certificates() {
    let sandbox = hostile_ca();
    sandbox
        .line("trust export --for windows --out trust.ps1")
        .ok()
        .says("powershell");
    let script = String::from_utf8(sandbox.read("trust.ps1")).unwrap();
    assert!(script.starts_with('\u{feff}'), "PowerShell 5 needs the mark");
    assert!(script.lines().count() > 40 && script.split("\r\n").all(|line| !line.contains('\n')));
    // Every quote of the name, typographic ones too, is doubled.
    assert!(
        script.contains("'O''H $(touch pwned) `id` \"<b>&\u{2019}\u{2019}; touch pwned #"),
        "{script}"
    );
    assert!(script.contains(&fingerprint(&sandbox)));
    assert_eq!(script.matches("Import-Authority 'Root' ").count(), 1);
    assert_eq!(script.matches("Import-Authority 'CA' ").count(), 3);
    // Where PowerShell is, it must at least read it.
    if Command::new("pwsh").arg("-v").output().is_ok() {
        let parse = "$errors = $null; [Management.Automation.Language.Parser]::ParseFile('trust.ps1', [ref]$null, [ref]$errors) | Out-Null; exit $errors.Count";
        let mut pwsh = Command::new("pwsh");
        run(
            pwsh.current_dir(sandbox.folder())
                .args(["-NoProfile", "-Command", parse]),
            b"",
        )
        .ok();
    }
}
