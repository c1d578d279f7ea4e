//! pkilint and ZLint find nothing to complain of in what our policies produce: certificates, revocation lists, OCSP answers.
//!
//! P-521 is the one key that is left out under the CA/Browser Forum's rules: pkilint refuses it, SBR 6.1.5 allows it.

use std::sync::Mutex;

use test_support::{Peer, Sandbox, Server, openssl, pkilint, zlint};

/// What is judged: a file, and by which of pkilint's programs with which flags.
struct Case {
    program: &'static str,
    flags: &'static str,
    file: String,
}

fn case(program: &'static str, flags: &'static str, file: String) -> Case {
    Case { program, flags, file }
}

fn new_ca(name: &str, policies: &[(String, String)], base: &str) -> Sandbox {
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
    sandbox.write("pw", "secret\n");
    for (file, text) in policies {
        sandbox.write(&format!("policies/{file}"), text);
    }
    sandbox
        .line(&format!(
            "init --name {name} --organization School --country FR --base-url {base} --unattended --policies policies"
        ))
        .ok();
    sandbox
}

fn issue(sandbox: &Sandbox, class: u8, name: &str, rest: &str) -> String {
    let line = format!(
        "issue --class {class} --email {name}@example.com --evidence mailbox=x --p12-password-file pw {rest}"
    );
    sandbox.line(&line).ok();
    format!("{name}@example.com.crt")
}

/// Asks about all cases, two at a time, and returns what was said against any.
fn complaints(sandbox: &Sandbox, cases: &[Case]) -> Option<Vec<String>> {
    let zlint = zlint()?;
    let next = Mutex::new(cases.iter());
    let found = Mutex::new(Vec::new());
    let ask = || {
        while let Some(case) = { next.lock().unwrap().next() } {
            let said = judge(sandbox, &zlint, case);
            found.lock().unwrap().extend(said);
        }
    };
    pkilint("lint_pkix_cert")?;
    std::thread::scope(|scope| {
        scope.spawn(ask);
        ask();
    });
    Some(found.into_inner().unwrap())
}

fn judge(sandbox: &Sandbox, zlint: &Peer, case: &Case) -> Vec<String> {
    let mut said = Vec::new();
    let line = format!("lint -s WARNING {} {}", case.flags, case.file);
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let run = pkilint(case.program).unwrap().run(sandbox.folder(), &arguments);
    if run.code != Some(0) || !run.text().trim().is_empty() {
        said.push(format!(
            "{} of {}: {}{}",
            case.program,
            case.file,
            run.text(),
            run.stderr
        ));
    }
    if case.program.contains("cert") {
        let flags = ["-includeSources", "CABF_SMIME_BR,RFC5280,RFC5480", &case.file];
        let results = zlint.run(sandbox.folder(), &flags).ok().json();
        for (rule, verdict) in results.as_object().unwrap() {
            let verdict = verdict["result"].as_str().unwrap();
            if ["warn", "error", "fatal"].contains(&verdict) {
                said.push(format!("zlint of {}: {verdict} {rule}", case.file));
            }
        }
    }
    said
}

#[test]
fn linters_accept_what_the_shipped_policies_produce() {
    let port = Server::free_port();
    let policies: Vec<_> = ca_core::policy::shipped()
        .iter()
        .map(|(name, text)| {
            (
                (*name).to_owned(),
                text.replace("\n  ocsp: false", "\n  ocsp: true"),
            )
        })
        .collect();
    // Linters want names that could be public; the responder is asked by its address.
    let sandbox = new_ca("Lint", &policies, "http://pki.example.com");
    let mut cases = Vec::new();
    for key in ["rsa-2048", "rsa-3072", "ec-p256", "ec-p384", "ec-p521"] {
        for usage in ["dual", "sign", "encrypt"] {
            let name = format!("{key}-{usage}");
            let file = issue(&sandbox, 1, &name, &format!("--key {key} --usage {usage}"));
            cases.push(case("lint_pkix_cert", "", file));
        }
    }
    let person = "--given-name Zoé --surname Noël --key ec-p256 --evidence document=x";
    let two = issue(&sandbox, 2, "two", person);
    let three = issue(
        &sandbox,
        3,
        "three",
        &format!(
            "{person} --evidence in-person=x --evidence organization=x --organization Lycée --country FR"
        ),
    );
    let long = issue(&sandbox, 1, &"l".repeat(60), "--key ec-p256");
    cases.extend([two, three, long].map(|file| case("lint_pkix_cert", "", file)));
    for file in sandbox.files("ca/certs") {
        cases.push(case("lint_pkix_cert", "", format!("ca/certs/{file}")));
    }
    sandbox
        .line("cert revoke two@example.com --reason key-compromise --yes")
        .ok();
    for file in sandbox.files("ca/publish/crl") {
        cases.push(case(
            "lint_crl",
            "-t CRL -p PKIX",
            format!("ca/publish/crl/{file}"),
        ));
    }
    if let Some(openssl) = openssl() {
        let _server = Server::ocsp(&sandbox, port);
        sandbox.line("trust export --for pem --out root.pem").ok();
        for (name, person) in [("good", "ec-p256-dual"), ("revoked", "two")] {
            let chain = format!("{person}@example.com.chain.pem");
            let line = format!(
                "ocsp -no_nonce -issuer {chain} -cert {person}@example.com.crt -CAfile root.pem -url http://127.0.0.1:{port}/ocsp \
                 -respout {name}.ocsp"
            );
            openssl
                .run(sandbox.folder(), &line.split(' ').collect::<Vec<_>>())
                .ok();
            cases.push(case("lint_ocsp_response", "", format!("{name}.ocsp")));
        }
    }
    let Some(said) = complaints(&sandbox, &cases) else {
        return;
    };
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn linters_accept_what_the_baseline_policies_produce() {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/examples");
    let read = |name: &str| std::fs::read_to_string(examples.join(name)).unwrap();
    let root = ca_core::policy::shipped()
        .iter()
        .find(|(name, _)| *name == "root.yaml")
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .unwrap();
    for generation in ["strict", "multipurpose"] {
        for level in ["individual", "organization", "sponsor"] {
            let policies: Vec<_> = [
                format!("mailbox-{generation}.yaml"),
                format!("{level}-{generation}.yaml"),
            ]
            .into_iter()
            .map(|name| (name.clone(), read(&name)))
            .chain([root.clone()])
            .collect();
            let sandbox = new_ca("Forum", &policies, "http://pki.example.com");
            let person = "--given-name Zoé --surname Noël --evidence document=x";
            let organization = "--organization Lycée --organization-id NTRFR-552100554 --country FR --evidence organization=x";
            let who = match level {
                "individual" => format!("{person} --evidence database=x"),
                "organization" => organization.to_owned(),
                _ => format!("{person} {organization}"),
            };
            let mut files = vec![issue(&sandbox, 2, level, &format!("{who} --key ec-p256"))];
            if level == "individual" {
                for key in ["rsa-2048", "ec-p256", "ec-p384"] {
                    for usage in ["dual", "sign", "encrypt"] {
                        let name = format!("{key}-{usage}");
                        files.push(issue(&sandbox, 1, &name, &format!("--key {key} --usage {usage}")));
                    }
                }
            }
            let cases: Vec<_> = files
                .into_iter()
                .map(|file| case("lint_cabf_smime_cert", "-d", file))
                .collect();
            let Some(said) = complaints(&sandbox, &cases) else {
                return;
            };
            assert!(said.is_empty(), "{generation} {level}: {}", said.join("\n"));
        }
    }
}

#[test]
fn the_linters_see_what_is_wrong() {
    let Some(openssl) = openssl() else { return };
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    let line = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out bad.pem -days 9000 -subj /CN=Zero -set_serial 0 \
                -addext subjectAltName=email:a@example.com";
    openssl
        .run(sandbox.folder(), &line.split_whitespace().collect::<Vec<_>>())
        .ok();
    let bad = [case("lint_pkix_cert", "", "bad.pem".to_owned())];
    let Some(said) = complaints(&sandbox, &bad) else {
        return;
    };
    assert!(
        said.iter().any(|line| line.starts_with("lint_pkix_cert")),
        "{said:?}"
    );
}
