//! Other people's programs.

use identity::{Certificate, pem};
use std::io::Write as _;
use std::process::Command;

/// Tells whether a program is here; where peers are required, it must be.
pub(crate) fn available(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        #[expect(clippy::disallowed_methods, reason = "tests may read the environment")]
        let required = std::env::var("CACHET_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "{program} is missing");
        eprintln!("SKIPPED: {program} is missing");
    }
    found
}

/// Writes a certificate to a file as PEM.
pub(crate) fn file(certificate: &Certificate) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(pem::encode("CERTIFICATE", certificate.der()).as_bytes())
        .unwrap();
    file
}
