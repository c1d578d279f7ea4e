use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use identity::{Certificate, KeyAlgorithm, Passphrase, PrivateKey};

/// Names the child's part in a re-run of this very test binary.
const PART: &str = "CA_STORE_TEST_PART";
const DIRECTORY: &str = "CA_STORE_TEST_DIRECTORY";

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::from_secret_file_line(b"correct horse").unwrap()
}

pub(crate) fn key() -> PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(|| PrivateKey::generate(KeyAlgorithm::EcP256).unwrap())
        .clone()
}

pub(crate) fn certificate(name: &str) -> Certificate {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    let pem = std::fs::read(path).unwrap();
    identity::pem::certificates(&pem).unwrap().remove(0)
}

/// Runs `part` of the test `test` in a process of its own, killed at `failpoint` if that is given.
pub(crate) fn child(test: &str, part: &str, directory: &Path, failpoint: Option<&str>) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]);
    command
        .env(PART, part)
        .env(DIRECTORY, directory)
        .env_remove("CACHET_FAILPOINT");
    if let Some(failpoint) = failpoint {
        command.env("CACHET_FAILPOINT", failpoint);
    }
    command.output().unwrap()
}

/// In a child: its part and its directory.
pub(crate) fn part() -> Option<(String, std::path::PathBuf)> {
    let part = std::env::var(PART).ok()?;
    Some((part, std::env::var_os(DIRECTORY)?.into()))
}

pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// When the ledgers of these tests are made.
pub(crate) fn born() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

#[path = "../../src/test_disk.rs"]
mod test_disk;
pub(crate) use test_disk::SmallDisk;
