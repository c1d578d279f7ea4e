//! The programs of the interop matrix, which do one job a run.

use std::collections::BTreeMap;
use std::path::Path;

use crate::nss::THUNDERBIRD_LIBRARIES;
use crate::peers::driver::present;
use crate::peers::matrix::{Identity, Job, MatrixPeer, Outcome, error_line};
use crate::{Gpgsm, Nss, Peer, Run};

/// `openssl cms`.
#[derive(Debug)]
pub(crate) struct OpenSsl {
    name: &'static str,
    program: Peer,
}

impl OpenSsl {
    /// The system's own.
    pub(crate) fn system() -> Option<Self> {
        Some(Self {
            name: "OpenSSL 3.0",
            program: Peer::find("openssl")?,
        })
    }

    /// The next Debian release's.
    pub(crate) fn next() -> Option<Self> {
        Some(Self {
            name: "OpenSSL 3.5",
            program: super::openssl_next()?,
        })
    }

    fn one(&self, folder: &Path, job: &Job) -> Outcome {
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            path.display().to_string()
        };
        let out = folder.join("out");
        // A failed run must not leave an earlier one's result to be found.
        let _ = std::fs::remove_file(&out);
        let mut arguments: Vec<String> = vec!["cms".into(), "-binary".into()];
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        match job {
            Job::Verify { cms, content, root } => {
                add(&["-verify", "-inform", "DER", "-in", &file("in", cms)]);
                add(&["-CAfile", root.to_str().unwrap(), "-purpose", "smimesign"]);
                if let Some(content) = content {
                    add(&["-content", &file("content", content)]);
                }
            }
            Job::Decrypt { cms, identity } => {
                add(&["-decrypt", "-inform", "DER", "-in", &file("in", cms)]);
                add(&["-recip", identity.certificate.to_str().unwrap()]);
                add(&["-inkey", identity.key.to_str().unwrap()]);
            }
            Job::Sign {
                content,
                identity,
                detached,
            } => {
                add(&["-sign", "-outform", "DER", "-in", &file("in", content)]);
                add(&["-signer", identity.certificate.to_str().unwrap()]);
                add(&["-inkey", identity.key.to_str().unwrap()]);
                add(&["-certfile", identity.chain.to_str().unwrap()]);
                if !detached {
                    add(&["-nodetach"]);
                }
                if identity.scheme == "pss" {
                    add(&["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"]);
                }
                if identity.kind == "ed25519" {
                    add(&["-md", "sha512"]);
                }
            }
            Job::Encrypt {
                content,
                identity,
                gcm,
            } => {
                let cipher = if *gcm { "-aes-256-gcm" } else { "-aes-256-cbc" };
                add(&["-encrypt", cipher, "-outform", "DER", "-in", &file("in", content)]);
                add(&["-recip", identity.certificate.to_str().unwrap()]);
                if identity.scheme == "pss" {
                    add(&[
                        "-keyopt",
                        "rsa_padding_mode:oaep",
                        "-keyopt",
                        "rsa_oaep_md:sha256",
                    ]);
                } else if identity.kind.starts_with("ec-") {
                    add(&["-keyopt", "ecdh_kdf_md:sha256"]);
                }
            }
        }
        add(&["-out", out.to_str().unwrap()]);
        let run = self.program.run(folder, &arguments);
        if run.code == Some(0) {
            std::fs::read(&out).map_err(|error| error.to_string())
        } else {
            Err(error_line(&run.stderr))
        }
    }
}

impl MatrixPeer for OpenSsl {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self, folder: &Path, jobs: &[Job]) -> Vec<Outcome> {
        jobs.iter().map(|job| self.one(folder, job)).collect()
    }
}

/// `cmsutil`, with the system's NSS or Thunderbird's.
#[derive(Debug)]
pub(crate) struct NssTools {
    name: &'static str,
    libraries: Option<&'static str>,
}

impl NssTools {
    pub(crate) fn system() -> Option<Self> {
        Nss::new()?;
        Some(Self {
            name: "NSS",
            libraries: None,
        })
    }

    pub(crate) fn of_thunderbird() -> Option<Self> {
        present(&Path::new(THUNDERBIRD_LIBRARIES).join("libnss3.so"))?;
        Some(Self {
            name: "Thunderbird's NSS",
            libraries: Some(THUNDERBIRD_LIBRARIES),
        })
    }
}

impl MatrixPeer for NssTools {
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&self, _folder: &Path, jobs: &[Job]) -> Vec<Outcome> {
        let nss = Nss::with_libraries(self.libraries).unwrap();
        let mut imported = BTreeMap::new();
        if let Some(root) = jobs.iter().map(Job::root).next() {
            nss.trust(root);
        }
        let mut ready = |identity: &Identity| -> Result<(), String> {
            imported
                .entry(identity.kind)
                .or_insert_with(|| {
                    let run = nss.import_p12(&identity.p12, identity.password);
                    finished(run, Vec::new).map(|_| ())
                })
                .clone()
        };
        jobs.iter()
            .map(|job| match job {
                Job::Verify { cms, content, .. } => {
                    let run = nss.decode(cms, content.as_deref());
                    let out = run.stdout.clone();
                    // Of a detached signature only the verdict comes back.
                    finished(run, || content.clone().unwrap_or(out))
                }
                Job::Decrypt { cms, identity } => {
                    ready(identity)?;
                    let run = nss.decode(cms, None);
                    let out = run.stdout.clone();
                    finished(run, || out)
                }
                Job::Sign {
                    content,
                    identity,
                    detached,
                } => {
                    ready(identity)?;
                    if identity.scheme == "pss" {
                        // Its own words for an option that it does not have.
                        return Err(nss.usage_of("--pss"));
                    }
                    let run = nss.sign(&identity.address, content, *detached);
                    let out = run.stdout.clone();
                    finished(run, || out)
                }
                Job::Encrypt {
                    content,
                    identity,
                    gcm,
                } => {
                    ready(identity)?;
                    if *gcm || identity.scheme == "pss" {
                        return Err(nss.usage_of(if *gcm { "--gcm" } else { "--oaep" }));
                    }
                    let run = nss.encrypt(&identity.address, content);
                    let out = run.stdout.clone();
                    finished(run, || out)
                }
            })
            .collect()
    }
}

/// gpgsm.
#[derive(Debug)]
pub(crate) struct GpgsmProgram;

impl GpgsmProgram {
    pub(crate) fn find() -> Option<Self> {
        Peer::find("gpgsm")?;
        Some(Self)
    }
}

impl MatrixPeer for GpgsmProgram {
    fn name(&self) -> &'static str {
        "gpgsm"
    }

    fn run(&self, _folder: &Path, jobs: &[Job]) -> Vec<Outcome> {
        let gpgsm = Gpgsm::new().unwrap();
        let mut imported = BTreeMap::new();
        if let Some(root) = jobs.iter().map(Job::root).next() {
            gpgsm.trust(root, &sha1_fingerprint(root));
        }
        let mut ready = |identity: &Identity| -> Result<(), String> {
            imported
                .entry(identity.kind)
                .or_insert_with(|| {
                    let run = gpgsm.import_p12(&identity.p12, identity.password);
                    finished(run, Vec::new).map(|_| ())
                })
                .clone()
        };
        jobs.iter()
            .map(|job| match job {
                Job::Verify { cms, content, .. } => {
                    let run = gpgsm.verify_run(cms, content.as_deref());
                    let out = content.clone().unwrap_or_else(|| gpgsm.verified_content());
                    finished(run, || out)
                }
                Job::Decrypt { cms, identity } => {
                    ready(identity)?;
                    let run = gpgsm.decrypt(cms, identity.password);
                    let out = run.stdout.clone();
                    finished(run, || out)
                }
                Job::Sign {
                    content,
                    identity,
                    detached,
                } => {
                    ready(identity)?;
                    if identity.scheme == "pss" {
                        return Err(gpgsm.usage_of("--rsa-pss"));
                    }
                    let run = gpgsm.sign(&identity.address, content, *detached, identity.password);
                    let out = run.stdout.clone();
                    finished(run, || out)
                }
                Job::Encrypt {
                    content,
                    identity,
                    gcm,
                } => {
                    // The recipient's certificate is enough; its key could not always be imported.
                    gpgsm.import(&identity.chain);
                    if identity.scheme == "pss" {
                        return Err(gpgsm.usage_of("--rsa-oaep"));
                    }
                    let run = if *gcm {
                        gpgsm.encrypt_with(&identity.address, content, &["--cipher-algo", "AES256.GCM"])
                    } else {
                        gpgsm.encrypt(&identity.address, content)
                    };
                    let out = run.stdout.clone();
                    finished(run, || out)
                }
            })
            .collect()
    }
}

fn sha1_fingerprint(root: &Path) -> String {
    let openssl = Peer::find("openssl").expect("openssl, by which gpgsm's root is named");
    let root = root.to_str().unwrap();
    let run = openssl
        .run(
            Path::new("/"),
            &["x509", "-in", root, "-noout", "-fingerprint", "-sha1"],
        )
        .ok();
    run.text().split('=').nth(1).unwrap().trim().replace(':', "")
}

fn finished(run: Run, out: impl FnOnce() -> Vec<u8>) -> Outcome {
    if run.code == Some(0) {
        return Ok(out());
    }
    let code = run
        .code
        .map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit {code}"));
    Err(format!("{} ({code})", error_line(&run.stderr)))
}
