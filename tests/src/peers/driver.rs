//! Libraries without a command line, behind a small program each that runs a list of jobs: `tests/peers/*/`.
//!
//! A job is a line of fields parted by tabs, the last being where its result goes; each is answered by a line, `ok` or `no` and the
//! library's own error:
//!
//! - `verify CMS CONTENT|- ROOT OUT`
//! - `decrypt CMS CERTIFICATE KEY OUT`
//! - `sign CERTIFICATE KEY CHAIN CONTENT detached|opaque SCHEME OUT`
//! - `encrypt CERTIFICATE CONTENT cbc|gcm SCHEME OUT`
//!
//! and for the two that have the means:
//!
//! - `oaep CERTIFICATE CONTENT DIGEST MASK-DIGEST LABEL OUT`
//! - `p12 KIND PASSWORD CERTIFICATES|- KEYS|- CHAIN|- OUT`

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Peer, run};
use crate::peers::matrix::{Identity, Job, MatrixPeer, Outcome, error_line};

/// A library reached through its driver program.
#[derive(Debug)]
pub struct Driver {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
}

/// Bouncy Castle as Debian packages it.
#[must_use]
pub fn bouncy_castle() -> Option<Driver> {
    const JARS: [&str; 4] = ["bcmail", "bcpkix", "bcprov", "bcutil"];
    let classes = cache().join("bouncycastle");
    present(&classes.join("Driver.class"))?;
    let mut path: Vec<String> = JARS
        .iter()
        .map(|jar| format!("/usr/share/java/{jar}.jar"))
        .collect();
    path.push(classes.to_str()?.to_owned());
    Peer::find("java")?;
    Some(Driver {
        name: "Bouncy Castle",
        program: "java".into(),
        arguments: vec![
            "-Xshare:auto".into(),
            "-cp".into(),
            path.join(":"),
            "Driver".into(),
        ],
    })
}

/// Python's `cryptography`.
#[must_use]
pub fn python() -> Option<Driver> {
    let program = cache().join("python/bin/python");
    present(&program)?;
    Some(Driver {
        name: "Python cryptography",
        program,
        arguments: vec![source("python/driver.py")],
    })
}

/// The Python that has aiosmtpd, a mail server.
#[must_use]
pub fn python_program() -> Option<PathBuf> {
    present(&cache().join("python/ready-50.0.2-aiosmtpd-1.4.6"))?;
    Some(cache().join("python/bin/python"))
}

/// pkijs on Node.js.
pub(crate) fn pkijs() -> Option<Driver> {
    let folder = cache().join("node");
    present(&folder.join("node_modules/pkijs"))?;
    Peer::find("node")?;
    Some(Driver {
        name: "pkijs",
        program: "node".into(),
        arguments: vec![source("node/driver.cjs"), folder.to_str()?.to_owned()],
    })
}

/// The folder that `tests/peers/install` fills.
pub(crate) fn cache() -> PathBuf {
    std::env::var_os("CACHET_PEERS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers"),
        PathBuf::from,
    )
}

/// Says that a peer is missing (or fails, with `CACHET_REQUIRE_PEERS=1`) where `path` does not exist.
pub(crate) fn present(path: &Path) -> Option<()> {
    if path.exists() {
        return Some(());
    }
    super::missing(&path.display().to_string());
    None
}

impl Driver {
    /// Runs jobs given as lines without their last field, with the results in `folder`.
    ///
    /// # Panics
    /// If the library cannot be started or dies.
    #[must_use]
    pub fn answer(&self, folder: &Path, jobs: &[String]) -> Vec<Outcome> {
        let out = |at: usize| folder.join(format!("{}.out", at)).display().to_string();
        let mut list = String::new();
        for (at, job) in jobs.iter().enumerate() {
            list.push_str(job);
            list.push('\t');
            list.push_str(&out(at));
            list.push('\n');
        }
        let run = run(
            Command::new(&self.program)
                .args(&self.arguments)
                .current_dir(folder),
            list.as_bytes(),
        );
        let text = run.text();
        let answers: Vec<&str> = text.lines().collect();
        assert_eq!(
            answers.len(),
            jobs.len(),
            "{} did not answer every job: {}",
            self.name,
            run.stderr
        );
        answers
            .iter()
            .enumerate()
            .map(|(at, answer)| match answer.strip_prefix("no") {
                None => Ok(std::fs::read(out(at)).unwrap()),
                Some(error) => Err(error_line(error)),
            })
            .collect()
    }
}

impl MatrixPeer for Driver {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self, folder: &Path, jobs: &[Job]) -> Vec<Outcome> {
        let lines: Vec<String> = jobs
            .iter()
            .enumerate()
            .map(|(at, job)| line(folder, at, job))
            .collect();
        self.answer(folder, &lines)
    }
}

fn line(folder: &Path, at: usize, job: &Job) -> String {
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(format!("{at}.{name}"));
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let scheme = |identity: &Identity| identity.scheme.to_owned();
    let fields = match job {
        Job::Verify { cms, content, root } => vec![
            "verify".into(),
            file("cms", cms),
            content
                .as_ref()
                .map_or_else(|| "-".into(), |content| file("content", content)),
            root.display().to_string(),
        ],
        Job::Decrypt { cms, identity } => vec![
            "decrypt".into(),
            file("cms", cms),
            identity.certificate.display().to_string(),
            identity.key.display().to_string(),
        ],
        Job::Sign {
            content,
            identity,
            detached,
        } => vec![
            "sign".into(),
            identity.certificate.display().to_string(),
            identity.key.display().to_string(),
            identity.chain.display().to_string(),
            file("content", content),
            if *detached { "detached" } else { "opaque" }.into(),
            scheme(identity),
        ],
        Job::Encrypt {
            content,
            identity,
            gcm,
        } => vec![
            "encrypt".into(),
            identity.certificate.display().to_string(),
            file("content", content),
            if *gcm { "gcm" } else { "cbc" }.into(),
            // How RSA signs and how it encrypts goes by the same row of the table.
            if identity.scheme == "pss" {
                "oaep".into()
            } else {
                scheme(identity)
            },
        ],
    };
    fields.join("\t")
}

fn source(name: &str) -> String {
    format!("{}/peers/{name}", env!("CARGO_MANIFEST_DIR"))
}
