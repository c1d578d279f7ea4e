//! The proof that a CA is whole: nothing that was ever seen of it is forgotten, contradicted or given twice.

use std::collections::{BTreeMap, BTreeSet};

use identity::{Certificate, CertificateList};
use test_support::Sandbox;

/// What has been seen of a CA from outside, at any moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness {
    /// SHA-256 of each certificate, by serial; empty for one that was reserved only.
    certificates: BTreeMap<String, String>,
    /// Serials that were revoked.
    revoked: BTreeSet<String>,
    /// Each revocation list, by its issuer's key and its number.
    lists: BTreeMap<(String, String), Vec<u8>>,
}

impl Witness {
    /// Looks at the CA in the directory `dir` of a sandbox and at all files around it; what was seen before still holds.
    pub(super) fn look(&mut self, sandbox: &Sandbox, dir: &str, what: &str) {
        self.lists_in(sandbox, what);
        if !sandbox.path(dir).join("ca.db").exists() {
            // There is no CA yet; one that was seen does not go away.
            assert!(self.certificates.is_empty(), "{what}: the ledger is gone");
            return;
        }
        let line = |line: &str| sandbox.line(&format!("--dir {dir} {line}"));
        let log = line("audit verify");
        assert_eq!(log.code, Some(0), "{what}\n{log:?}");
        self.certificates_of(&line("cert list --format json").ok().json(), what);

        // Whatever is unfinished is told, and every problem in words.
        let status = line("status --format json");
        assert!(matches!(status.code, Some(0 | 4)), "{what}\n{status:?}");
        let status = status.json();
        let told = status["unfinished"].as_array().unwrap().len();
        let open = "SELECT count(*) FROM certificates WHERE collected_at IS NULL AND abandoned_at IS NULL";
        assert_eq!(told, count(sandbox, dir, open), "{what}: {status}");
        self.files_in(sandbox, what);
    }

    /// As [`look`](Self::look), and the CA goes on: its lists can be made and are true, and nothing is left to do.
    pub(super) fn look_at_the_end(&mut self, sandbox: &Sandbox, dir: &str, what: &str) {
        self.look(sandbox, dir, what);
        for line in ["crl publish", "crl check", "status"] {
            let run = sandbox.line(&format!("--dir {dir} {line}"));
            assert_eq!(run.code, Some(0), "{what}\n{run:?}");
        }
        self.look(sandbox, dir, what);
        for name in sandbox.files("") {
            assert!(!name.ends_with(".part"), "{what}: {name} is left");
        }
    }

    fn certificates_of(&mut self, list: &serde_json::Value, what: &str) {
        let mut now = BTreeMap::new();
        for one in list.as_array().unwrap() {
            let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
            let (serial, status) = (text("serial"), text("status"));
            if status == "revoked" {
                self.revoked.insert(serial.clone());
            } else {
                assert!(
                    !self.revoked.contains(&serial),
                    "{what}: {serial} is {status} again"
                );
            }
            assert!(
                now.insert(serial.clone(), text("sha256")).is_none(),
                "{what}: {serial} was given twice"
            );
        }
        for (serial, sha256) in &self.certificates {
            let found = now.get(serial);
            assert!(
                found.is_some_and(|found| sha256.is_empty() || found == sha256),
                "{what}: {serial} of {sha256} has become {found:?}"
            );
        }
        self.certificates = now;
    }

    /// Every list that lies anywhere: whole, and the only one of its number.
    fn lists_in(&mut self, sandbox: &Sandbox, what: &str) {
        for name in sandbox.files("").iter().filter(|name| name.ends_with(".crl")) {
            let list = CertificateList::from_der(&sandbox.read(name))
                .unwrap_or_else(|error| panic!("{what}: {name} is no whole list: {error}"));
            let authority = list.extensions().find(|one| one.oid.to_string() == "2.5.29.35");
            let authority = authority
                .map(|one| hex::encode(one.value_der))
                .unwrap_or_default();
            let number = list.number_hex().unwrap_or_default();
            let delta = if name.ends_with(".delta.crl") { "delta" } else { "" };
            let before = self
                .lists
                .insert((authority + delta, number.clone()), list.der().to_vec());
            assert!(
                before.is_none_or(|before| before == list.der()),
                "{what}: {name} is another list of number {number}"
            );
        }
    }

    /// Every certificate and identity that was handed out is whole and on record.
    fn files_in(&self, sandbox: &Sandbox, what: &str) {
        let known: BTreeSet<&str> = self.certificates.values().map(String::as_str).collect();
        for name in sandbox.files("out") {
            if name.ends_with(".crt") {
                let found = identity::pem::certificates(&sandbox.read(&format!("out/{name}")))
                    .unwrap_or_else(|error| panic!("{what}: {name}: {error}"));
                let sha256 = hex::encode(Certificate::fingerprint_sha256(&found[0]));
                assert!(known.contains(sha256.as_str()), "{what}: {name} is on no record");
            } else if name.ends_with(".p12") {
                let line = format!("inspect out/{name} --password-file pw --format json");
                let shown = sandbox.line(&line).ok().json();
                let sha256 = shown["certificates"][0]["sha256"].as_str().unwrap();
                assert!(known.contains(sha256), "{what}: {name} is on no record: {shown}");
            }
        }
    }
}

/// The one number that a query of the ledger gives.
pub(super) fn count(sandbox: &Sandbox, dir: &str, sql: &str) -> usize {
    let ledger = rusqlite::Connection::open(sandbox.path(dir).join("ca.db")).unwrap();
    let number: u32 = ledger.query_row(sql, [], |row| row.get(0)).unwrap();
    usize::try_from(number).unwrap()
}
