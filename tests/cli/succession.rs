//! `cachet ca`: further CAs, and those that follow old ones.

use test_support::{Run, Sandbox, openssl};

use crate::fixture::empty;

const BORN: &str = "--now 2027-01-01T00:00:00Z";
const BEFORE: &str = "--now 2034-12-31T00:00:00Z";
const AFTER: &str = "--now 2035-01-02T00:00:00Z";
/// [`AFTER`] as OpenSSL takes it.
const AFTER_SECONDS: &str = "2051308800";

fn school(options: &str) -> Sandbox {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox
        .line(&format!(
            "{BORN} init --name School --organization School --country FR --unattended {options}"
        ))
        .ok();
    sandbox
        .line(&format!("{BORN} trust export --out old-root.pem"))
        .ok();
    sandbox
}

/// Runs a line whose word NAME stands for "Class 1".
fn class_1(sandbox: &Sandbox, line: &str) -> Run {
    let words = line
        .split_whitespace()
        .map(|word| if word == "NAME" { "Class 1" } else { word });
    sandbox.cachet(&words.collect::<Vec<_>>())
}

/// Issues to an address into the folder `out`, and signs a message with it.
fn issue_and_sign(sandbox: &Sandbox, now: &str, address: &str, out: &str) {
    sandbox
        .line(&format!(
            "{now} issue --class 1 --email {address} --key ec-p256 --evidence mailbox=asked --p12-password-file pw --out {out}"
        ))
        .ok();
    sandbox.write("text", "Hello\n");
    sandbox
        .line(&format!(
            "{now} mail sign --identity {out}/{address}.p12 --identity-password-file pw --from {address} \
             --to x@example.com --subject Hello --out {out}.eml text"
        ))
        .ok();
}

fn ids(sandbox: &Sandbox, kind: &str) -> Vec<String> {
    let all = sandbox
        .line(&format!("{AFTER} ca list --format json"))
        .ok()
        .json();
    let rows = all.as_array().unwrap().iter().filter(|row| row["kind"] == kind);
    rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn both_sides_of_a_new_root_verify_old_and_new_mail() {
    for mode in ["", "--recertify"] {
        let sandbox = school("");
        issue_and_sign(&sandbox, BEFORE, "alice@example.com", "old");
        sandbox.line(&format!("{AFTER} ca rollover --root {mode}")).ok();
        sandbox
            .line(&format!("{AFTER} trust export --out new-root.pem"))
            .ok();
        sandbox
            .line(&format!(
                "{AFTER} trust export --for p7b --intermediates --out between.p7b"
            ))
            .ok();
        sandbox
            .line(&format!("{AFTER} trust export --intermediates --out between.pem"))
            .ok();
        issue_and_sign(&sandbox, AFTER, "bob@example.com", "new");
        for mail in ["old", "new"] {
            for root in ["old", "new"] {
                let verify = |untrusted: &str| {
                    let line = format!(
                        "{AFTER} mail verify --trust {root}-root.pem {untrusted} {mail}.eml --format json"
                    );
                    sandbox.line(&line).json()["verdict"].clone()
                };
                let alone = if mail == root { "valid" } else { "indeterminate" };
                assert_eq!(verify(""), alone, "{mode}: {mail} mail, {root} root");
                assert_eq!(
                    verify("--untrusted between.p7b"),
                    "valid",
                    "{mode}: {mail} mail, {root} root"
                );
            }
        }
        judged_by_openssl(&sandbox);
        // The chain that goes with the new certificate leads to the new root.
        let chain = sandbox
            .line("inspect new/bob@example.com.chain.pem --format json")
            .ok()
            .json();
        let root = sandbox.line("inspect new-root.pem --format json").ok().json();
        assert_eq!(chain["certificates"].as_array().unwrap().len(), 2);
        assert_eq!(
            chain["certificates"][1]["sha256"],
            root["certificates"][0]["sha256"]
        );
        // All roots, for those who want to keep both.
        sandbox
            .line(&format!("{AFTER} trust export --all --out both.pem"))
            .ok();
        let both = sandbox.line("inspect both.pem --format json").ok().json();
        assert_eq!(both["certificates"].as_array().unwrap().len(), 2);
        sandbox.line(&format!("{AFTER} crl publish")).ok();
        sandbox.line(&format!("{AFTER} status")).ok();
    }
}

/// OpenSSL, given the cross-certificates, accepts each certificate under each root.
fn judged_by_openssl(sandbox: &Sandbox) {
    let Some(openssl) = openssl() else { return };
    for certificate in ["old/alice@example.com.crt", "new/bob@example.com.crt"] {
        for root in ["old-root.pem", "new-root.pem"] {
            openssl
                .run(
                    sandbox.folder(),
                    &[
                        "verify",
                        "-x509_strict",
                        "-purpose",
                        "smimesign",
                        "-attime",
                        AFTER_SECONDS,
                        "-CAfile",
                        root,
                        "-untrusted",
                        "between.pem",
                        certificate,
                    ],
                )
                .ok();
        }
    }
}

#[test]
fn the_newest_issuing_ca_issues_and_the_old_ones_certificates_stay_good() {
    let sandbox = school("--domain example.com");
    issue_and_sign(&sandbox, BEFORE, "alice@example.com", "old");
    let old = ids(&sandbox, "issuing")[0].clone();
    sandbox
        .line(&format!("{AFTER} ca rollover --issuing Nobody"))
        .exits(1)
        .says("\"Class 1\"");
    let made = class_1(
        &sandbox,
        &format!(
            "{AFTER} ca rollover --issuing NAME --key ec-p384 --base-url http://pki.example.org --format json"
        ),
    )
    .ok()
    .json();
    assert_eq!(made[0]["subject"], "CN=School Class 1 G2 CA,O=School,C=FR");
    assert_eq!(
        (made[0]["key"].as_str(), made[0]["classes"][0].as_u64()),
        (Some("ec-p384"), Some(1))
    );
    issue_and_sign(&sandbox, AFTER, "bob@example.com", "new");
    for mail in ["old", "new"] {
        let line = format!("{AFTER} mail verify --trust old-root.pem {mail}.eml --format json");
        assert_eq!(sandbox.line(&line).json()["verdict"], "valid", "{mail}");
    }
    let bob = sandbox
        .line("inspect new/bob@example.com.crt --format json")
        .ok()
        .json();
    let bob = &bob["certificates"][0];
    assert!(bob["issuer"].as_str().unwrap().contains("Class 1 G2 CA"), "{bob}");
    let address = bob["crl"][0].as_str().unwrap();
    assert!(
        address.starts_with("http://pki.example.org/crl/school-class-1-g2-ca-"),
        "{address}"
    );
    // The limits of the old one hold for the new one.
    sandbox
        .line(&format!(
            "{AFTER} issue --class 1 --email eve@example.net --evidence mailbox=asked"
        ))
        .exits(1)
        .says("outside of what the issuing authority may vouch for");

    // With --now before the rollover, the old one still issues.
    sandbox
        .line(&format!("{BEFORE} issue --class 1 --email carol@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw --out past"))
        .ok();
    let carol = sandbox
        .line("inspect past/carol@example.com.crt --format json")
        .ok()
        .json();
    assert!(
        carol["certificates"][0]["issuer"]
            .as_str()
            .unwrap()
            .contains("School Class 1 CA")
    );

    sandbox
        .line(&format!("{AFTER} ca retire {old}"))
        .exits(1)
        .says("--yes");
    let retired = sandbox
        .line(&format!("{AFTER} ca retire {old} --yes --format json"))
        .ok()
        .json();
    assert_eq!(retired[0]["status"], "retired");
    let newest = ids(&sandbox, "issuing").pop().unwrap();
    sandbox
        .line(&format!("{AFTER} ca retire {newest} --yes"))
        .ok()
        .says("no other CA issues class 1");
    sandbox
        .line(&format!(
            "{AFTER} issue --class 1 --email dan@example.com --evidence mailbox=asked"
        ))
        .exits(1)
        .says("no CA issues certificates of class 1");
    sandbox
        .line(&format!("{AFTER} ca retire {}", ids(&sandbox, "root")[0]))
        .exits(1)
        .says("is a root");
}

#[test]
fn policies_that_name_a_new_issuer_get_their_ca() {
    let sandbox = school("");
    sandbox
        .line(&format!("{BORN} ca add"))
        .ok()
        .says("every issuing CA that the policies name exists");
    let path = "ca-data/policies/class-3.yaml";
    let policy = String::from_utf8(sandbox.read(path)).unwrap();
    sandbox.write(path, policy.replace("issuer: Class 3", "issuer: Notary"));
    let made = sandbox.line(&format!("{BORN} ca add --format json")).ok().json();
    assert_eq!(made.as_array().unwrap().len(), 1);
    assert_eq!(made[0]["name"], "School Notary CA");
    assert_eq!(made[0]["classes"][0], 3);

    // One that exists, but whose certificate lacks what a policy wants of it, is told of.
    sandbox.write(path, policy.replace("issuer: Class 3", "issuer: Class 2"));
    sandbox
        .line(&format!("{BORN} ca add"))
        .ok()
        .says("cachet ca rollover --issuing 'Class 2'");
}

#[test]
fn the_root_signs_with_its_own_passphrase_only() {
    let sandbox = empty();
    sandbox.write("issuing-pass", "issuing\n");
    sandbox.write("root-pass", "root\n");
    let both = "--passphrase-file issuing-pass --root-passphrase-file root-pass";
    sandbox
        .line(&format!("{BORN} init --name School --root-dir stick {both}"))
        .ok();
    sandbox
        .line(&format!(
            "{AFTER} ca rollover --root --passphrase-file issuing-pass"
        ))
        .exits(1)
        .says("--root-passphrase-file");
    sandbox.line(&format!("{AFTER} ca rollover --root {both}")).ok();
    // The new root's key lies where the first one's does.
    assert_eq!(sandbox.files("stick").len(), 2);
    std::fs::rename(sandbox.path("stick"), sandbox.path("drawer")).unwrap();
    class_1(&sandbox, &format!("{AFTER} ca rollover --issuing NAME {both}"))
        .exits(1)
        .says("stick");
}

#[test]
fn a_ca_can_stand_under_a_root_that_exists() {
    let Some(openssl) = openssl() else { return };
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    let run = |arguments: &str| {
        let words: Vec<&str> = arguments.split_whitespace().collect();
        openssl.run(sandbox.folder(), &words).ok()
    };
    // Real time: OpenSSL signs from now on.
    let made = sandbox
        .line("init --csr --name Branch --organization School --country FR --base-url http://pki.example.org --unattended --format json")
        .ok()
        .json();
    let requests: Vec<&str> = made["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.as_str().unwrap())
        .collect();
    assert_eq!(requests.len(), 3);
    sandbox
        .line("issue --class 1 --email a@example.com --evidence mailbox=asked")
        .exits(1)
        .says("no CA issues certificates of class 1");

    run(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout school.key -out school.pem -days 3650 \
         -subj /C=FR/O=School/CN=SchoolRoot",
    );
    sandbox.write(
        "ca.ext",
        "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n\
         subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
    );
    sandbox.write("leaf.ext", "keyUsage=critical,digitalSignature\n");
    let sign = |request: &str, extensions: &str, out: &str| {
        run(&format!(
            "x509 -req -in {request} -CA school.pem -CAkey school.key -days 3000 -extfile {extensions} -out {out}"
        ));
    };
    sign(requests[0], "leaf.ext", "wrong.pem");
    sandbox
        .line("ca import wrong.pem school.pem")
        .exits(1)
        .says("basicConstraints");
    sign(requests[0], "ca.ext", "class-1.pem");
    sandbox
        .line("ca import class-1.pem")
        .exits(1)
        .says("SchoolRoot")
        .says("up to the root");
    sandbox
        .line("status")
        .ok()
        .says("wait for the answers of the CA above");
    sandbox
        .line("ca import school.pem")
        .exits(1)
        .says("no certificate in the files is for a key of ours");
    let imported = sandbox
        .line("ca import class-1.pem school.pem --format json")
        .ok()
        .json();
    assert_eq!(imported.as_array().unwrap().len(), 2);
    assert_eq!(
        (&imported[1]["name"], &imported[1]["classes"][0]),
        (&"Branch Class 1 CA".into(), &1.into())
    );

    sandbox
        .line("issue --class 1 --email a@example.com --key ec-p256 --evidence mailbox=asked --p12-password-file pw")
        .ok();
    run("verify -purpose smimesign -CAfile school.pem -untrusted a@example.com.chain.pem a@example.com.crt");
    let leaf = sandbox
        .line("inspect a@example.com.crt --format json")
        .ok()
        .json();
    let address = leaf["certificates"][0]["crl"][0].as_str().unwrap();
    assert!(
        address.starts_with("http://pki.example.org/crl/branch-class-1-ca-"),
        "{address}"
    );
    // The others still wait, and what is not ours is not asked for.
    sign(requests[1], "ca.ext", "class-2.pem");
    sandbox.line("ca import class-2.pem").ok();
    sandbox.line("crl publish").ok();
    let status = sandbox.line("status").ok().text();
    assert!(!status.contains("the key of SchoolRoot is missing"), "{status}");
    assert!(!status.contains("revocation list of SchoolRoot"), "{status}");
    sandbox.line("crl check").ok();
    let root = sandbox.line("trust export").ok().text();
    assert_eq!(
        root.trim(),
        String::from_utf8(sandbox.read("school.pem")).unwrap().trim()
    );
    sandbox
        .line("ca rollover --root")
        .exits(1)
        .says("cachet ca add --csr");
}
