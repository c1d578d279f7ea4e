//! pkilint and ZLint find nothing to complain of in what our policies produce: certificates of every class, kind of key, usage and shape,
//! authorities' certificates, revocation lists, OCSP answers.
//!
//! What they say of flawed certificates is in [`super::verdicts`].

use std::sync::Mutex;

use test_support::{Linters, Sandbox, Scope, Server, openssl, openssl_next};

const KEYS: [&str; 7] = [
    "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521", "ed25519",
];

/// What is said of sound certificates, and why it does not hold.
const DISAGREEMENTS: [(&str, &str); 2] = [
    // SBR 6.1.5 and 7.1.3.1.2 allow P-521; pkilint's list leaves it out.
    ("ec-p521", "cabf.smime.prohibited_spki_algorithm_encoding"),
    // SBR 7.1.4.2.2 (a) is about subscribers; ZLint asks it of an authority whose certificate names the policy (SBR 7.1.2.2 (a)).
    ("mailbox-validated-ca", "e_commonname_mailbox_validated"),
];

fn new_ca(policies: &[(String, String)], flags: &str) -> Sandbox {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    sandbox.write("pw", "secret\n");
    for (file, text) in policies {
        sandbox.write(&format!("policies/{file}"), text);
    }
    // Linters want names that could be public.
    sandbox
        .line(&format!(
            "init --name Lint --organization School --country FR --base-url http://pki.example.com --unattended --policies policies {flags}"
        ))
        .ok();
    sandbox
}

/// The shipped policies, with a responder.
fn shipped() -> Vec<(String, String)> {
    let shipped = ca_core::policy::shipped().iter();
    let with = |text: &str| text.replace("\n  ocsp: false", "\n  ocsp: true");
    shipped
        .map(|(name, text)| ((*name).to_owned(), with(text)))
        .collect()
}

/// Makes a request for each kind of key: what is issued on it costs no time for keys.
fn requests(sandbox: &Sandbox) -> Option<()> {
    let openssl = openssl_next()?;
    for key in KEYS {
        let how = match key.split_once('-') {
            Some(("rsa", bits)) => format!("rsa:{bits}"),
            Some((_, curve)) => format!("ec -pkeyopt ec_paramgen_curve:{}", curve.replace('p', "P-")),
            None => key.to_owned(),
        };
        let line = format!("req -new -newkey {how} -nodes -keyout {key}.key -subj / -out {key}.csr");
        openssl
            .run(sandbox.folder(), &line.split_whitespace().collect::<Vec<_>>())
            .ok();
    }
    Some(())
}

/// Issues to everyone of a class, of every kind of key, for every usage, and returns the files.
fn issue_all(sandbox: &Sandbox, class: u8, rest: &str) -> Vec<String> {
    let all = KEYS.iter().flat_map(|key| {
        let usages: &[_] = match *key {
            "ed25519" => &["sign"],
            _ => &["dual", "sign", "encrypt"],
        };
        usages.iter().map(move |usage| (*key, *usage))
    });
    let jobs: Vec<(&str, &str)> = all.collect();
    let next = Mutex::new(jobs.iter());
    let run = || {
        while let Some((key, usage)) = { next.lock().unwrap().next() } {
            let name = format!("c{class}-{key}-{usage}@example.com");
            sandbox
                .line(&format!(
                    "issue --class {class} --email {name} --csr {key}.csr --usage {usage} --evidence mailbox=x {rest}"
                ))
                .ok();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(run);
        run();
    });
    let name = |(key, usage): &(&str, &str)| format!("c{class}-{key}-{usage}@example.com.crt");
    jobs.iter().map(name).collect()
}

/// Asks about all, and fails with what was said against any.
fn assert_sound(sandbox: &Sandbox, linters: &Linters, files: &[(Scope<'_>, String)]) {
    let mut faults = Vec::new();
    for ((scope, file), remarks) in files.iter().zip(linters.ask(sandbox.folder(), files)) {
        for remark in remarks {
            let known = |(name, rule): &(&str, &str)| file.contains(name) && remark.rule == *rule;
            if !DISAGREEMENTS.iter().any(known) {
                faults.push(format!("{file} ({scope:?}): {remark:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn within<'a>(sandbox: &Sandbox, folder: &str, scope: Scope<'a>) -> Vec<(Scope<'a>, String)> {
    let files = sandbox.files(folder).into_iter();
    files.map(|file| (scope, format!("{folder}/{file}"))).collect()
}

#[test]
fn every_class_key_and_usage_of_the_shipped_policies() {
    let Some(linters) = Linters::find() else { return };
    let sandbox = new_ca(&shipped(), "");
    if requests(&sandbox).is_none() {
        return;
    }
    let person = "--given-name Zoé --surname Noël --evidence document=x";
    let organization = "--evidence in-person=x --evidence organization=x --organization Lycée --country FR";
    let mut files = issue_all(&sandbox, 1, "");
    files.extend(issue_all(&sandbox, 2, person));
    files.extend(issue_all(&sandbox, 3, &format!("{person} {organization}")));
    for (email, rest) in [
        (format!("{}@example.com", "l".repeat(60)), ""),
        ("pair@example.com".to_owned(), "--usage pair"),
    ] {
        sandbox
            .line(&format!(
                "issue --class 1 --email {email} --key ec-p256 --evidence mailbox=x --p12-password-file pw {rest}"
            ))
            .ok();
    }
    let mut all: Vec<_> = sandbox.files(".");
    all.retain(|file| {
        file.ends_with("@example.com.crt") || file.ends_with(".sign.crt") || file.ends_with(".encrypt.crt")
    });
    assert_eq!(all.len(), files.len() + 3, "a pair has two: {:?}", &all[57..]);
    let mut cases: Vec<_> = all.into_iter().map(|file| (Scope::Certificate, file)).collect();
    cases.extend(within(&sandbox, "ca/certs", Scope::Certificate));
    assert_sound(&sandbox, &linters, &cases);
}

#[test]
fn authorities_of_every_kind_of_key() {
    let Some(linters) = Linters::find() else { return };
    for key in KEYS {
        let sandbox = new_ca(
            &shipped(),
            &format!("--key {key} --domain example.com --critical-constraints"),
        );
        sandbox
            .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw")
            .ok();
        let mut cases = within(&sandbox, "ca/certs", Scope::Certificate);
        cases.push((Scope::Certificate, "a@example.com.crt".to_owned()));
        cases.extend(within(&sandbox, "ca/publish/crl", Scope::RevocationList));
        assert_sound(&sandbox, &linters, &cases);
    }
}

#[test]
fn every_kind_of_list_and_of_answer() {
    let (Some(linters), Some(openssl)) = (Linters::find(), openssl()) else {
        return;
    };
    let port = Server::free_port();
    let sandbox = new_ca(&shipped(), "");
    let reasons = [
        "unspecified",
        "key-compromise",
        "affiliation-changed",
        "superseded",
        "cessation-of-operation",
        "certificate-hold",
    ];
    for name in reasons.into_iter().chain(["good", "released"]) {
        sandbox
            .line(&format!(
                "issue --class 1 --email {name}@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw"
            ))
            .ok();
    }
    let mut cases = within(&sandbox, "ca/publish/crl", Scope::RevocationList);
    for reason in reasons {
        sandbox
            .line(&format!(
                "cert revoke {reason}@example.com --reason {reason} --yes"
            ))
            .ok();
    }
    sandbox
        .line("cert revoke released@example.com --reason certificate-hold --yes")
        .ok();
    sandbox.line("cert release released@example.com --yes").ok();
    for file in sandbox.files("ca/publish/crl") {
        sandbox.write(
            &format!("later-{file}"),
            sandbox.read(&format!("ca/publish/crl/{file}")),
        );
        cases.push((Scope::RevocationList, format!("later-{file}")));
    }
    let _server = Server::ocsp(&sandbox, port);
    sandbox.line("trust export --for pem --out root.pem").ok();
    let chain = "good@example.com.chain.pem";
    let mut ask = |name: &str, about: &str, more: &str| {
        let line = format!(
            "ocsp {more} -issuer {chain} {about} -CAfile root.pem -url http://127.0.0.1:{port}/ocsp -respout {name}.ocsp"
        );
        openssl
            .run(sandbox.folder(), &line.split_whitespace().collect::<Vec<_>>())
            .ok();
        cases.push((Scope::OcspAnswer, format!("{name}.ocsp")));
    };
    for name in reasons.into_iter().chain(["good", "released"]) {
        ask(name, &format!("-cert {name}@example.com.crt"), "-no_nonce");
    }
    ask("nonce", "-cert good@example.com.crt", "");
    ask("sha256", "-sha256 -cert good@example.com.crt", "-no_nonce");
    ask("never-issued", "-serial 0x1234567890", "-no_nonce");
    assert_sound(&sandbox, &linters, &cases);
}

#[test]
fn every_key_and_usage_of_the_baseline_policies() {
    let Some(linters) = Linters::find() else { return };
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/examples");
    let read = |name: &str| {
        let text = std::fs::read_to_string(examples.join(format!("{name}.yaml"))).unwrap();
        // They leave out what some linters flag.
        let all = format!("allowed: [{}]", KEYS.join(", "));
        let open = text.replace("allowed: [rsa-2048, rsa-3072, rsa-4096, ec-p256, ec-p384]", &all);
        assert_ne!(text, open, "{name}");
        (format!("{name}.yaml"), open)
    };
    let root = shipped()
        .into_iter()
        .find(|(name, _)| name == "root.yaml")
        .unwrap();
    let person = "--given-name Zoé --surname Noël --evidence document=x";
    let organization =
        "--organization Lycée --organization-id NTRFR-552100554 --country FR --evidence organization=x";
    for generation in ["strict", "multipurpose"] {
        for level in ["individual", "organization", "sponsor"] {
            let mailbox = format!("mailbox-{generation}");
            let profile = format!("{level}-{generation}");
            let sandbox = new_ca(&[read(&mailbox), read(&profile), root.clone()], "");
            if requests(&sandbox).is_none() {
                return;
            }
            let who = match level {
                "individual" => format!("{person} --evidence database=x"),
                "organization" => organization.to_owned(),
                _ => format!("{person} {organization}"),
            };
            let of = |profile, files: Vec<String>| {
                let scoped = files
                    .into_iter()
                    .map(move |file| (Scope::Baseline(profile), file));
                scoped.collect::<Vec<_>>()
            };
            let mut cases = of(&profile, issue_all(&sandbox, 2, &who));
            if level == "individual" {
                cases.extend(of(&mailbox, issue_all(&sandbox, 1, "")));
            }
            cases.extend(within(&sandbox, "ca/certs", Scope::Certificate));
            assert_sound(&sandbox, &linters, &cases);
        }
    }
}
