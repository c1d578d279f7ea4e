//! One CA with an identity for each key type, made by the binary once for all tests here.

use std::path::PathBuf;
use std::sync::OnceLock;

use test_support::{Gpgsm, Nss, Peer, Sandbox, openssl};

pub(crate) const PASSWORD: &str = "correct horse 42";

/// An identity for mail, by its key type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) key: &'static str,
    pub(crate) address: &'static str,
    /// NSS tools of Debian 12 (3.87) handle the key for signing.
    pub(crate) nss: bool,
    /// gpgsm 2.2 imports the key; its p12 reader crashes on EC keys.
    pub(crate) gpgsm: bool,
    /// OpenSSL 3.0's `cms` signs and verifies with the key ("invalid digest" for Ed25519).
    pub(crate) openssl_cms: bool,
    pub(crate) can_encrypt: bool,
}

const fn person(key: &'static str, address: &'static str) -> Person {
    Person {
        key,
        address,
        nss: true,
        gpgsm: false,
        openssl_cms: true,
        can_encrypt: true,
    }
}

pub(crate) const PEOPLE: [Person; 5] = [
    Person {
        gpgsm: true,
        ..person("rsa-2048", "rsa@example.com")
    },
    person("ec-p256", "p256@example.com"),
    person("ec-p384", "p384@example.com"),
    person("ec-p521", "p521@example.com"),
    Person {
        nss: false,
        openssl_cms: false,
        can_encrypt: false,
        ..person("ed25519", "ed25519@example.com")
    },
];

impl Person {
    pub(crate) fn p12(&self) -> String {
        format!("ids/{}.p12", self.address)
    }

    pub(crate) fn compat_p12(&self) -> String {
        format!("ids/{}.compat.p12", self.address)
    }

    pub(crate) fn certificate(&self) -> String {
        format!("ids/{}.crt", self.address)
    }

    pub(crate) fn chain(&self) -> String {
        format!("ids/{}.chain.pem", self.address)
    }

    pub(crate) fn key_file(&self) -> String {
        format!("ids/{}.key", self.address)
    }
}

/// The sandbox with `ca/`, `ids/`, `root.pem`, `pw` and `body.txt`.
pub(crate) fn authority() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet")).with("CACHET_DIR", "ca");
        sandbox
            .cachet(&[
                "init",
                "--name",
                "Interop School",
                "--organization",
                "Interop",
                "--unattended",
            ])
            .ok();
        sandbox.line("trust export --for pem --out root.pem").ok();
        sandbox.write("pw", format!("{PASSWORD}\n"));
        sandbox.write(
            "body.txt",
            "Hello S/MIME world.\nSecond line, accents: Zoé, naïve.\n\nLast line.\n",
        );
        for person in PEOPLE {
            let usage = if person.can_encrypt { "dual" } else { "sign" };
            sandbox
                .line(&format!(
                    "issue --class 1 --email {} --key {} --usage {usage} --evidence mailbox=test --out ids \
                     --p12-password-file pw --p12-preset both --key-file",
                    person.address, person.key
                ))
                .ok();
        }
        sandbox
    })
}

pub(crate) fn path(name: &str) -> String {
    authority().path(name).to_str().unwrap().to_owned()
}

pub(crate) fn root() -> PathBuf {
    let _ = authority();
    authority().path("root.pem")
}

/// An NSS database that trusts our root and holds the identity of `person`.
pub(crate) fn nss_with(person: &Person) -> Option<Nss> {
    let nss = Nss::new()?;
    nss.import_p12(&authority().path(&person.p12()), PASSWORD).ok();
    nss.trust(&root());
    Some(nss)
}

/// A GnuPG home that trusts our root and holds the identity of `person`.
pub(crate) fn gpgsm_with(person: &Person) -> Option<Gpgsm> {
    let gpgsm = Gpgsm::new()?;
    gpgsm.trust(&root(), &sha1_fingerprint(&openssl()?));
    gpgsm
        .import_p12(&authority().path(&person.compat_p12()), PASSWORD)
        .ok();
    Some(gpgsm)
}

fn sha1_fingerprint(openssl: &Peer) -> String {
    let run = openssl
        .run(
            authority().folder(),
            &["x509", "-in", "root.pem", "-noout", "-fingerprint", "-sha1"],
        )
        .ok();
    run.text().split('=').nth(1).unwrap().trim().replace(':', "")
}
