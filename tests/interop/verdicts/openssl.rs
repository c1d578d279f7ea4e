//! OpenSSL makes certificates as it is told: other encoders would not write most of them.

use std::cell::RefCell;
use std::collections::BTreeSet;

use test_support::{Peer, Sandbox};

use super::flaws::Flaw;

pub(super) struct Maker<'a> {
    openssl: &'a Peer,
    sandbox: &'a Sandbox,
    keys: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Maker<'a> {
    /// Makes the issuer, `issuer.pem`.
    pub(super) fn new(openssl: &'a Peer, sandbox: &'a Sandbox) -> Self {
        let maker = Self {
            openssl,
            sandbox,
            keys: RefCell::default(),
        };
        sandbox.write(
            "issuer.cnf",
            "[it]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n",
        );
        maker.key("P-256");
        maker.run(
            "x509 -new -key P-256.key -subj /C=FR/O=School/CN=Root -extfile issuer.cnf -extensions it -not_before 20250101000000Z \
             -not_after 20450101000000Z -set_serial 0x4db93327a8855fe056d5ff79cccaa055 -out issuer.pem",
        );
        maker
    }

    /// Makes one and returns its file.
    pub(super) fn make(&self, flaw: &Flaw) -> String {
        let key = flaw.change("key").unwrap_or("P-384");
        self.key(key);
        let mut lines: Vec<(&str, String)> = extensions(flaw.base);
        let (mut section, mut line) = ("", Vec::new());
        for (name, value) in flaw.changes {
            match *name {
                "section" => section = value,
                "subject" | "key" | "serial" | "begin" | "end" | "digest" => {}
                extension => {
                    lines.retain(|(one, _)| *one != extension);
                    lines.push((extension, (*value).to_owned()));
                }
            }
        }
        let mut configuration = "[it]\n".to_owned();
        for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
            configuration.push_str(&format!("{name}={value}\n"));
        }
        configuration.push_str(section);
        let (configured, file) = (format!("{}.cnf", flaw.name), format!("{}.pem", flaw.name));
        self.sandbox.write(&configured, configuration + "\n");
        let (begin, end) = match flaw.base {
            "authority" => ("20260101000000Z", "20360101000000Z"),
            // Since then nobody issues such ones.
            legacy if legacy.ends_with("-legacy") => ("20250601000000Z", "20260601000000Z"),
            _ => ("20261101000000Z", "20271101000000Z"),
        };
        let public = format!("{key}.pub");
        for (flag, value) in [
            ("-new", None),
            ("-force_pubkey", Some(public.as_str())),
            ("-CA", Some("issuer.pem")),
            ("-CAkey", Some("P-256.key")),
            (
                "-subj",
                Some(flaw.change("subject").unwrap_or(subject(flaw.base))),
            ),
            ("-extfile", Some(&configured)),
            ("-extensions", Some("it")),
            ("-not_before", Some(flaw.change("begin").unwrap_or(begin))),
            ("-not_after", Some(flaw.change("end").unwrap_or(end))),
            (
                "-set_serial",
                Some(
                    flaw.change("serial")
                        .unwrap_or("0x4db93327a8855fe056d5ff79cccaa054"),
                ),
            ),
            ("-out", Some(&file)),
        ] {
            line.push(flag);
            line.extend(value);
        }
        let digest = format!("-{}", flaw.change("digest").unwrap_or("sha256"));
        let words: Vec<&str> = ["x509", &digest].into_iter().chain(line).collect();
        self.openssl.run(self.sandbox.folder(), &words).ok();
        file
    }

    /// Makes a key of a kind, once.
    fn key(&self, kind: &'static str) {
        if !self.keys.borrow_mut().insert(kind) {
            return;
        }
        let how = match kind {
            "rsa-1024" => "RSA -pkeyopt rsa_keygen_bits:1024",
            "rsa-2048" => "RSA -pkeyopt rsa_keygen_bits:2048",
            "rsa-2052" => "RSA -pkeyopt rsa_keygen_bits:2052",
            "rsa-e3" => "RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3",
            "rsa-pss" => "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
            "ed25519" => "ED25519",
            "x25519" => "X25519",
            curve => &format!("EC -pkeyopt ec_paramgen_curve:{curve}"),
        };
        self.run(&format!("genpkey -algorithm {how} -out {kind}.key"));
        self.run(&format!("pkey -in {kind}.key -pubout -out {kind}.pub"));
    }

    fn run(&self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        self.openssl.run(self.sandbox.folder(), &words).ok();
    }
}

fn subject(base: &str) -> &'static str {
    match base.split('-').next() {
        Some("authority") => "/C=FR/O=School/CN=Issuing CA",
        Some("organization") => "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554",
        Some("sponsor") => "/C=FR/O=Lycee/organizationIdentifier=NTRFR-552100554/GN=Zoe/SN=Noel",
        Some("individual") => "/GN=Zoe/SN=Noel",
        _ => "/CN=alice@example.com",
    }
}

fn extensions(base: &str) -> Vec<(&'static str, String)> {
    let policy = match base {
        "person" | "authority" => "1.2.3.4".to_owned(),
        profile => {
            let profile: ca_core::lint::Baseline = profile.parse().unwrap();
            profile.policy().to_string()
        }
    };
    let (constraints, usage, names) = if base == "authority" {
        ("critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign", "")
    } else {
        (
            "",
            "critical,digitalSignature,keyAgreement",
            "email:alice@example.com",
        )
    };
    let mut all = vec![("certificatePolicies", policy)];
    for (name, value) in [
        ("basicConstraints", constraints),
        ("keyUsage", usage),
        ("extendedKeyUsage", "emailProtection"),
        ("subjectAltName", names),
        ("crlDistributionPoints", "URI:http://pki.example.com/a.crl"),
        (
            "authorityInfoAccess",
            "caIssuers;URI:http://pki.example.com/a.crt",
        ),
        ("subjectKeyIdentifier", "hash"),
        ("authorityKeyIdentifier", "keyid"),
    ] {
        all.push((name, value.to_owned()));
    }
    all
}
