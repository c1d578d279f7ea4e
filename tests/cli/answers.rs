//! The nine questions of a verdict, through the binary: for each a message that is bad in that respect alone.

use std::sync::OnceLock;

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use test_support::{Peer, Sandbox, openssl};

const EXTENSIONS: &str = "[ca]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash\n\
    [narrow]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n\
    nameConstraints=critical,permitted;email:other.example\n\
    [mute]\nbasicConstraints=critical,CA:true\nkeyUsage=critical,cRLSign\nsubjectKeyIdentifier=hash\n\
    [leaf]\nextendedKeyUsage=emailProtection\nkeyUsage=digitalSignature\nsubjectAltName=email:alice@example.org\n\
    [web]\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\nsubjectAltName=email:alice@example.org\n";

const ENTITY: &str = "Content-Type: text/plain\r\n\r\nPay 100 francs.\r\n";

const QUESTIONS: [&str; 9] = [
    "integrity",
    "chain",
    "purpose",
    "names",
    "time",
    "revocation",
    "algorithms",
    "sender",
    "coverage",
];

/// Authorities, holders and their revocation lists, all made by OpenSSL.
struct World {
    sandbox: Sandbox,
    openssl: Peer,
}

fn world() -> Option<&'static World> {
    static WORLD: OnceLock<Option<World>> = OnceLock::new();
    WORLD.get_or_init(|| openssl().map(World::make)).as_ref()
}

impl World {
    fn make(openssl: Peer) -> Self {
        let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
        let own = Self { sandbox, openssl };
        own.sandbox.write("extensions", EXTENSIONS);
        own.sandbox.write("entity", ENTITY);
        own.certify("root", "01", "ca", None, 300);
        own.certify("narrow", "02", "narrow", Some("root"), 300);
        own.certify("mute", "03", "mute", Some("root"), 300);
        own.certify("alice", "1001", "leaf", Some("root"), 100);
        own.certify("web", "1002", "web", Some("root"), 100);
        own.certify("revoked", "1003", "leaf", Some("root"), 100);
        own.certify("short", "1004", "leaf", Some("root"), 10);
        own.certify("outside", "1005", "leaf", Some("narrow"), 100);
        own.certify("below-mute", "1006", "leaf", Some("mute"), 100);
        for issuer in ["root", "narrow", "mute"] {
            own.revocation_list(issuer);
        }
        own
    }

    fn openssl(&self, line: &str) -> String {
        let arguments: Vec<&str> = line.split(' ').collect();
        self.openssl.run(self.sandbox.folder(), &arguments).ok().text()
    }

    fn certify(&self, name: &str, serial: &str, extensions: &str, issuer: Option<&str>, days: u32) {
        self.openssl(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}"
        ));
        let by = issuer.map_or_else(
            || format!("-signkey {name}.key"),
            |issuer| format!("-CA {issuer}.pem -CAkey {issuer}.key"),
        );
        self.openssl(&format!(
            "x509 -req -in {name}.csr {by} -set_serial 0x{serial} -days {days} -extfile extensions -extensions {extensions} \
             -out {name}.pem"
        ));
    }

    fn revocation_list(&self, issuer: &str) {
        let database = format!("{issuer}.index");
        let revoked = Utc::now() - TimeDelta::days(1);
        let lines = match issuer {
            "root" => format!(
                "R\t491201000000Z\t{},keyCompromise\t1003\tunknown\t/CN=revoked\n",
                revoked.format("%y%m%d%H%M%SZ")
            ),
            _ => String::new(),
        };
        self.sandbox.write(&database, lines);
        self.sandbox.write(&format!("{issuer}.number"), "01\n");
        self.sandbox.write(
            &format!("{issuer}.cnf"),
            format!(
                "[ca]\ndefault_ca=d\n[d]\ndatabase={database}\ndefault_md=sha256\ncrlnumber={issuer}.number\ncrl_extensions=e\n\
                 [e]\nauthorityKeyIdentifier=keyid\n"
            ),
        );
        self.openssl(&format!(
            "ca -config {issuer}.cnf -gencrl -cert {issuer}.pem -keyfile {issuer}.key -crldays 200 -out {issuer}.crl"
        ));
    }

    /// A clear-signed message that says to be from Alice.
    fn signed(&self, signer: &str, digest: &str) -> String {
        let text = self.openssl(&format!(
            "cms -sign -in entity -binary -signer {signer}.pem -inkey {signer}.key -md {digest} \
             -crlfeol -from alice@example.org -to bob@example.org -subject Pay"
        ));
        assert!(text.contains("multipart/signed"), "{text}");
        text
    }

    /// Judges with everything asked; each named answer is to be as said, all others good.
    #[track_caller]
    fn judge(&self, name: &str, message: &str, more: &str, others: &[(&str, &str)]) -> Value {
        let file = format!("{name}.eml");
        self.sandbox.write(&file, message);
        let run = self.sandbox.line(&format!(
            "--format json mail verify --trust root.pem --untrusted narrow.pem --untrusted mute.pem --crl root.crl \
             --crl narrow.crl --crl mute.crl --revocation required{more} {file}"
        ));
        let json = run.json();
        let _ = run.exits(if json["verdict"] == "valid" { 0 } else { 4 });
        for question in QUESTIONS {
            let expected = others
                .iter()
                .find(|(asked, _)| *asked == question)
                .map_or("good", |(_, standing)| standing);
            assert_eq!(
                json["signers"][0]["answers"][question]["answer"], expected,
                "{question}: {json:#}"
            );
        }
        json
    }
}

#[test]
fn every_answer_is_good() {
    let Some(world) = world() else { return };
    let json = world.judge("good", &world.signed("alice", "sha256"), "", &[]);
    assert_eq!(json["verdict"], "valid", "{json:#}");
}

/// The verdict is the answer's, and its code is the status.
#[track_caller]
fn assert_status(json: &Value, verdict: &str, status: &str) {
    assert_eq!(json["verdict"], verdict, "{json:#}");
    assert_eq!(json["signers"][0]["status"], status, "{json:#}");
}

#[test]
fn integrity() {
    let Some(world) = world() else { return };
    let message = world
        .signed("alice", "sha256")
        .replace("100 francs", "900 francs");
    let json = world.judge("integrity", &message, "", &[("integrity", "bad")]);
    assert_status(&json, "invalid", "altered-content");
}

#[test]
fn chain() {
    let Some(world) = world() else { return };
    // Whose names are vouched for, and what was revoked, is for a chain to tell.
    let unknown = [("names", "unknown"), ("revocation", "unknown")];
    let message = world.signed("below-mute", "sha256");
    let bad = [unknown[0], unknown[1], ("chain", "bad")];
    let json = world.judge("chain-bad", &message, "", &bad);
    assert_status(&json, "invalid", "issuer-may-not-sign");

    let json = world
        .sandbox
        .line("--format json mail verify --trust narrow.pem --revocation required chain-bad.eml")
        .exits(4)
        .json();
    assert_status(&json, "indeterminate", "unknown-issuer");
    assert_eq!(json["signers"][0]["answers"]["chain"]["answer"], "unknown");
    assert_eq!(json["signers"][0]["answers"]["integrity"]["answer"], "good");
}

#[test]
fn purpose() {
    let Some(world) = world() else { return };
    let message = world.signed("web", "sha256");
    let json = world.judge("purpose", &message, "", &[("purpose", "bad")]);
    assert_status(&json, "invalid", "wrong-purpose");
}

#[test]
fn names() {
    let Some(world) = world() else { return };
    let message = world.signed("outside", "sha256");
    let json = world.judge("names", &message, "", &[("names", "bad")]);
    assert_status(&json, "invalid", "name-constraint-violation");
}

#[test]
fn time() {
    let Some(world) = world() else { return };
    let later = (Utc::now() + TimeDelta::days(20)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let message = world.signed("short", "sha256");
    let json = world.judge("time", &message, &format!(" --now {later}"), &[("time", "bad")]);
    assert_status(&json, "invalid", "expired");
}

#[test]
fn revocation() {
    let Some(world) = world() else { return };
    let message = world.signed("revoked", "sha256");
    let json = world.judge("revocation", &message, "", &[("revocation", "bad")]);
    assert_status(&json, "invalid", "revoked");
}

/// Without a list nothing is known, and the reader is told how to find out.
#[test]
fn revocation_that_cannot_be_known() {
    let Some(world) = world() else { return };
    world
        .sandbox
        .write("unknown.eml", world.signed("alice", "sha256"));
    let line = "mail verify --trust root.pem --revocation required unknown.eml";
    let json = world
        .sandbox
        .line(&format!("--format json {line}"))
        .exits(4)
        .json();
    assert_status(&json, "indeterminate", "revocation-unknown");
    let people = world.sandbox.line(line).exits(4);
    assert!(people.text().contains("--crl FILE"), "{}", people.text());
    assert!(people.text().contains("--ocsp"), "{}", people.text());
    let json = world
        .sandbox
        .line("--format json mail verify --trust root.pem --revocation off unknown.eml")
        .ok()
        .json();
    assert_eq!(json["signers"][0]["answers"]["revocation"]["answer"], "not-asked");
}

#[test]
fn algorithms() {
    let Some(world) = world() else { return };
    let message = world.signed("alice", "sha1");
    let json = world.judge("algorithms", &message, "", &[("algorithms", "bad")]);
    assert_status(&json, "invalid", "weak-digest");
}

#[test]
fn sender() {
    let Some(world) = world() else { return };
    let message = world
        .signed("alice", "sha256")
        .replace("From: alice@example.org", "From: mallory@example.org");
    let json = world.judge("sender", &message, "", &[("sender", "bad")]);
    assert_status(&json, "invalid", "from-mismatch");
    let json = world.judge("anyone", &message, " --any-sender", &[("sender", "not-asked")]);
    assert_eq!(json["verdict"], "valid", "{json:#}");
}

#[test]
fn coverage() {
    let Some(world) = world() else { return };
    let signed = world.signed("alice", "sha256");
    let at = signed.find("Content-Type: multipart/signed").unwrap();
    let message = format!(
        "From: alice@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n\
         --out\r\nContent-Type: text/plain\r\n\r\nNo, pay 900.\r\n--out\r\n{}\r\n--out--\r\n",
        &signed[at..]
    );
    let json = world.judge("coverage", &message, "", &[("coverage", "bad")]);
    // The signer did nothing wrong: the finding is the message's.
    assert_status(&json, "invalid", "ok");
    let findings = json["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|finding| finding["code"] == "partially-signed"),
        "{json:#}"
    );
}
