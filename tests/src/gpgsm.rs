//! GnuPG's S/MIME engine.

use std::path::Path;
use std::process::Command;

use crate::{Peer, Run, run};

/// A GnuPG home of its own with gpgsm.
#[derive(Debug)]
pub struct Gpgsm {
    gpgsm: Peer,
    home: tempfile::TempDir,
}

impl Gpgsm {
    /// Makes an empty home; `None` where gpgsm is missing.
    #[must_use]
    pub fn new() -> Option<Self> {
        let gpgsm = Self {
            gpgsm: Peer::find("gpgsm")?,
            home: tempfile::Builder::new().prefix("gs").tempdir().unwrap(),
        };
        gpgsm.write("gpgsm.conf", "disable-crl-checks\ndisable-dirmngr\n");
        gpgsm.write("gpg-agent.conf", "allow-loopback-pinentry\n");
        Some(gpgsm)
    }

    /// Imports certificates and trusts the root whose SHA-1 fingerprint (hex) is given.
    pub fn trust(&self, root: &Path, sha1: &str) {
        let colons: Vec<String> = sha1
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
            .collect();
        self.write("trustlist.txt", &format!("{} S relax\n", colons.join(":")));
        self.run(&["--import", root.to_str().unwrap()], "").ok();
    }

    /// Imports certificates.
    pub fn import(&self, certificates: &Path) {
        self.run(&["--import", certificates.to_str().unwrap()], "").ok();
    }

    /// Imports a PKCS#12 file.
    #[must_use]
    pub fn import_p12(&self, p12: &Path, password: &str) -> Run {
        let import = |path: &Path| self.run(&["--import", path.to_str().unwrap()], password);
        let first = import(p12);
        // A few files (2 of about 130 seen) cannot be opened by gpgsm 2.2, whoever wrote it: why is not known
        // ("data error at shrouded_key_bag"). OpenSSL, if the password is right, writes the same keys under another salt.
        let unopened = |run: &Run| {
            run.stderr
                .contains("error parsing or decrypting the PKCS#12 file")
        };
        if !unopened(&first) {
            return first;
        }
        for _ in 0..IMPORT_TRIES {
            let Some(again) = self.rewrap(p12, password) else {
                break;
            };
            eprintln!(
                "gpgsm could not open {}: trying the same keys under another salt",
                p12.display()
            );
            let run = import(&again);
            // Opened, whatever gpgsm then makes of the key.
            if !unopened(&run) {
                return run;
            }
        }
        first
    }

    /// Exports the identity of `address` as PKCS#12; the file is the run's output.
    #[must_use]
    pub fn export_p12(&self, address: &str, password: &str) -> Run {
        self.run(&["--export-secret-key-p12", address], password)
    }

    /// Signs `content` as `address`.
    #[must_use]
    pub fn sign(&self, address: &str, content: &[u8], detached: bool, password: &str) -> Run {
        self.write_bytes("in", content);
        let input = self.home.path().join("in");
        let mode = if detached { "--detach-sign" } else { "--sign" };
        self.run(
            &["-u", address, mode, "-o", "-", input.to_str().unwrap()],
            password,
        )
    }

    /// Verifies a signature and tells whether the signer is fully trusted.
    #[must_use]
    pub fn verify(&self, cms: &[u8], detached: Option<&[u8]>) -> bool {
        let run = self.verify_run(cms, detached);
        let good = run.code == Some(0);
        if !good {
            eprintln!("gpgsm: {run:?}");
        }
        good
    }

    /// Verifies as [`Gpgsm::verify`] does; exit code 0 means a good signature by a fully trusted signer.
    #[must_use]
    pub(crate) fn verify_run(&self, cms: &[u8], detached: Option<&[u8]>) -> Run {
        self.write_bytes("cms", cms);
        let cms = self.home.path().join("cms");
        let content = self.home.path().join("content");
        let verified = self.home.path().join("verified");
        let _ = std::fs::remove_file(&verified);
        let mut arguments = vec!["--status-fd", "1", "-o", verified.to_str().unwrap(), "--verify"];
        arguments.push(cms.to_str().unwrap());
        if let Some(bytes) = detached {
            self.write_bytes("content", bytes);
            arguments.drain(2..4);
            arguments.push(content.to_str().unwrap());
        }
        let mut run = self.run(&arguments, "");
        // GOODSIG alone also stands there for revoked and untrusted signers.
        let trusted = run.text().contains("GOODSIG") && run.text().contains("TRUST_FULLY");
        if run.code == Some(0) && !trusted {
            run.code = Some(1);
        }
        run
    }

    /// The content of the opaque signature verified last.
    #[must_use]
    pub(crate) fn verified_content(&self) -> Vec<u8> {
        std::fs::read(self.home.path().join("verified")).unwrap_or_default()
    }

    /// Judges the certificate of `address` with the revocation lists that certificates name, which dirmngr fetches; returns
    /// what gpgsm says.
    #[must_use]
    pub fn validate_with_lists(&self, address: &str) -> String {
        self.write("gpgsm.conf", "enable-crl-checks\n");
        self.write("dirmngr.conf", "disable-ldap\n");
        let run = self.run(&["--with-validation", "--list-keys", address], "");
        run.text() + &run.stderr
    }

    /// What gpgsm says to an option.
    #[must_use]
    pub(crate) fn usage_of(&self, option: &str) -> String {
        self.run(&[option], "").fails().stderr.trim().to_owned()
    }

    /// Encrypts `content` to `address`.
    #[must_use]
    pub fn encrypt(&self, address: &str, content: &[u8]) -> Run {
        self.encrypt_with(address, content, &[])
    }

    /// Encrypts with more options.
    #[must_use]
    pub(crate) fn encrypt_with(&self, address: &str, content: &[u8], options: &[&str]) -> Run {
        self.write_bytes("in", content);
        let input = self.home.path().join("in");
        let mut arguments = options.to_vec();
        arguments.extend(["-r", address, "-e", "-o", "-", input.to_str().unwrap()]);
        self.run(&arguments, "")
    }

    /// Decrypts; the content is the run's output.
    #[must_use]
    pub fn decrypt(&self, cms: &[u8], password: &str) -> Run {
        self.write_bytes("cms", cms);
        let cms = self.home.path().join("cms");
        self.run(&["-d", "-o", "-", cms.to_str().unwrap()], password)
    }

    /// A command that reads a passphrase from its standard input.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.gpgsm.command();
        command
            .env("GNUPGHOME", self.home.path())
            .args([
                "--batch",
                "--yes",
                "--pinentry-mode",
                "loopback",
                "--passphrase-fd",
                "0",
            ])
            .args(arguments);
        command
    }

    fn run(&self, arguments: &[&str], password: &str) -> Run {
        run(&mut self.command(arguments), format!("{password}\n").as_bytes())
    }

    /// Writes the contents of a Triple DES file anew with openssl; `None` where the password is wrong.
    fn rewrap(&self, p12: &Path, password: &str) -> Option<std::path::PathBuf> {
        let openssl = Peer::find("openssl")?;
        let pass = format!("pass:{password}");
        let folder = self.home.path();
        let opened = [
            "pkcs12",
            "-in",
            p12.to_str()?,
            "-passin",
            &pass,
            "-nodes",
            "-out",
            "again.pem",
        ];
        let written = [
            "pkcs12",
            "-export",
            "-in",
            "again.pem",
            "-passout",
            &pass,
            "-keypbe",
            "PBE-SHA1-3DES",
            "-certpbe",
            "PBE-SHA1-3DES",
            "-macalg",
            "sha1",
            "-out",
            "again.p12",
        ];
        let done =
            openssl.run(folder, &opened).code == Some(0) && openssl.run(folder, &written).code == Some(0);
        done.then(|| folder.join("again.p12"))
    }

    fn write(&self, name: &str, content: &str) {
        self.write_bytes(name, content.as_bytes());
    }

    fn write_bytes(&self, name: &str, content: &[u8]) {
        std::fs::write(self.home.path().join(name), content).unwrap();
    }
}

impl Drop for Gpgsm {
    fn drop(&mut self) {
        if let Some(gpgconf) = Peer::find("gpgconf") {
            let _ = run(
                gpgconf
                    .command()
                    .env("GNUPGHOME", self.home.path())
                    .args(["--kill", "all"]),
                b"",
            );
        }
    }
}

const IMPORT_TRIES: usize = 5;
