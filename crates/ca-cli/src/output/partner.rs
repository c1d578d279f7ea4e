//! What a partner imports before keys can be exchanged, in the form that his platform takes, and what he does with it.

use identity::Certificate;

use crate::output::{grouped, printable};

pub(crate) mod instructions;
pub(crate) mod mobileconfig;
mod nss;
mod windows;

pub(crate) use nss::script as nss_script;
pub(crate) use windows::script as windows_script;

/// The certificates that are handed over.
#[derive(Debug)]
pub(crate) struct Package {
    /// The roots, the newest first.
    pub(crate) roots: Vec<Certificate>,
    /// What stands between them and people.
    pub(crate) issuing: Vec<Certificate>,
}

impl Package {
    /// Returns every certificate, roots first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Certificate> {
        self.roots.iter().chain(&self.issuing)
    }
}

/// The name that a certificate is known by, on one line.
pub(crate) fn name(certificate: &Certificate) -> String {
    let subject = certificate.subject();
    let name = match subject.common_name() {
        Some(name) => name.to_owned(),
        None => subject.to_string(),
    };
    printable(&name).into_owned()
}

/// The fingerprint as it is read aloud.
pub(crate) fn fingerprint(certificate: &Certificate) -> String {
    grouped(&certificate.fingerprint_sha256())
}

/// PEM without its labels: lines of 64 characters.
fn base64_lines(octets: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(octets);
    let lines = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok());
    lines.collect::<Vec<_>>().join("\n")
}
