//! A certification authority made by OpenSSL alone, its holders' identities, and the programs that judge.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use identity::Certificate;
use identity::identity::Identity;
use smime::{
    DecryptError, DecryptOptions, DecryptReport, EncryptOptions, MemorySpool, SignOptions, decrypt, encrypt,
    sign,
};
use tempfile::TempDir;

/// Root, issuing CA, and holders of each kind of key.
pub(crate) struct Pki {
    dir: TempDir,
}

/// The holders, by the name before the `@`.
pub(crate) const HOLDERS: [(&str, &[&str]); 5] = [
    ("rsa", &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
    (
        "p256",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ),
    (
        "p384",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ),
    (
        "p521",
        &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    ),
    ("ed25519", &["-algorithm", "ED25519"]),
];

/// The holders that can be encrypted to.
pub(crate) const ENCRYPTING: [&str; 4] = ["rsa", "p256", "p384", "p521"];

/// The one authority of this test binary.
pub(crate) fn pki() -> &'static Pki {
    static PKI: OnceLock<Pki> = OnceLock::new();
    PKI.get_or_init(Pki::make)
}

impl Pki {
    fn make() -> Self {
        let pki = Self {
            dir: TempDir::new().unwrap(),
        };
        let ec = HOLDERS[1].1;
        pki.certificate(
            "root",
            ec,
            None,
            "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n",
        );
        pki.certificate(
            "issuing",
            ec,
            Some("root"),
            "basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign\n",
        );
        for (name, key) in HOLDERS {
            let usage = match name {
                "rsa" => "digitalSignature,keyEncipherment",
                "ed25519" => "digitalSignature",
                _ => "digitalSignature,keyAgreement",
            };
            let extensions =
                format!("keyUsage=critical,{usage}\n{LEAF}subjectAltName=email:{name}@example.org\n");
            pki.certificate(name, key, Some("issuing"), &extensions);
        }
        pki
    }

    /// Makes a key and a certificate; the files are `NAME.key`, `NAME.pem`, and `NAME.chain` with those above it.
    pub(crate) fn certificate(&self, name: &str, key: &[&str], issuer: Option<&str>, extensions: &str) {
        let path = |suffix: &str| self.path(&format!("{name}.{suffix}"));
        fs::write(
            path("ext"),
            format!("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n{extensions}"),
        )
        .unwrap();
        self.openssl(&[&["genpkey", "-out", &path("key")], key].concat());
        let subject = format!("/O=Example/CN={name}");
        self.openssl(&[
            "req",
            "-new",
            "-key",
            &path("key"),
            "-subj",
            &subject,
            "-out",
            &path("csr"),
        ]);
        // A CA outlives its holders, or their last second would not be its own.
        let days = if extensions.contains("CA:true") {
            "4000"
        } else {
            "3000"
        };
        let (csr, ext, pem) = (path("csr"), path("ext"), path("pem"));
        let mut command = vec![
            "x509", "-req", "-in", &csr, "-extfile", &ext, "-out", &pem, "-days", days,
        ];
        let own_key = path("key");
        let (issuer_pem, issuer_key, serial);
        match issuer {
            None => command.extend(["-signkey", &own_key]),
            Some(issuer) => {
                issuer_pem = self.path(&format!("{issuer}.pem"));
                issuer_key = self.path(&format!("{issuer}.key"));
                serial = format!("0x{}", hex::encode(identity::random::bytes::<8>().unwrap()));
                command.extend(["-CA", &issuer_pem, "-CAkey", &issuer_key, "-set_serial", &serial]);
            }
        }
        self.openssl(&command);
        let above = match issuer {
            None => String::new(),
            Some(issuer) => {
                fs::read_to_string(self.path(&format!("{issuer}.pem"))).unwrap()
                    + &fs::read_to_string(self.path(&format!("{issuer}.chain"))).unwrap()
            }
        };
        fs::write(path("chain"), above).unwrap();
    }

    pub(crate) fn path(&self, file: &str) -> String {
        self.dir.path().join(file).to_str().unwrap().to_owned()
    }

    /// A new directory, for the files of one test.
    pub(crate) fn scratch(&self) -> Scratch {
        // Short, because GnuPG's sockets live in it.
        Scratch(tempfile::Builder::new().prefix("sm").tempdir_in("/tmp").unwrap())
    }

    pub(crate) fn identity(&self, name: &str) -> Identity {
        let text =
            ["key", "pem", "chain"].map(|s| fs::read_to_string(self.path(&format!("{name}.{s}"))).unwrap());
        Identity::from_pem(text.concat().as_bytes(), None)
            .unwrap()
            .remove(0)
    }

    pub(crate) fn public(&self, name: &str) -> Certificate {
        let pem = fs::read(self.path(&format!("{name}.pem"))).unwrap();
        identity::pem::certificates(&pem).unwrap().remove(0)
    }

    fn openssl(&self, arguments: &[&str]) -> Output {
        run(Path::new("/"), "openssl", arguments, b"").succeed()
    }
}

/// A directory that goes away with its test.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    /// Runs OpenSSL in this directory.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> Output {
        run(self.path(), "openssl", arguments, b"")
    }
}

/// What a program answered.
pub(crate) struct Output {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    command: String,
}

impl Output {
    #[track_caller]
    pub(crate) fn succeed(self) -> Self {
        assert_eq!(
            self.code,
            0,
            "{}\n{}{}",
            self.command,
            self.stderr,
            String::from_utf8_lossy(&self.stdout)
        );
        self
    }

    #[track_caller]
    pub(crate) fn fail(self) -> Self {
        assert_ne!(self.code, 0, "{} should fail", self.command);
        self
    }
}

/// Runs a program with an environment of its own.
pub(crate) fn run(dir: &Path, program: &str, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .env("GNUPGHOME", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let writer = std::thread::spawn(move || {
        // A program that does not read its input closes the pipe.
        let _ = pipe.write_all(&stdin);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Output {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: format!("{program} {}", arguments.join(" ")),
    }
}

/// Tells whether a peer is there; says so loudly if not, and fails where peers are required.
pub(crate) fn have(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths)
        .map(|p: PathBuf| p.join(program))
        .any(|p| p.is_file());
    if !found {
        assert!(
            std::env::var("CACHET_REQUIRE_PEERS").as_deref() != Ok("1"),
            "{program} is not installed, and CACHET_REQUIRE_PEERS=1 demands it"
        );
        eprintln!("SKIPPED: {program} is not installed");
    }
    found
}

/// The moment at which everything happens.
pub(crate) fn now() -> DateTime<Utc> {
    // The certificates begin when they are made, which may be a second later.
    #[allow(clippy::disallowed_methods, reason = "the certificates are made just now")]
    let made = Utc::now();
    made + chrono::TimeDelta::minutes(1)
}

pub(crate) fn sign_options() -> SignOptions {
    SignOptions::new(now())
}

pub(crate) fn encrypt_options() -> EncryptOptions {
    EncryptOptions::new(now())
}

pub(crate) fn signed(name: &str, input: &[u8], options: &SignOptions) -> Vec<u8> {
    let mut out = Vec::new();
    sign(input, &pki().identity(name), options, &mut out).unwrap();
    out
}

pub(crate) fn encrypted(names: &[&str], input: &[u8], options: &EncryptOptions) -> Vec<u8> {
    let recipients: Vec<_> = names.iter().map(|n| pki().public(n)).collect();
    let mut out = Vec::new();
    encrypt(input, &recipients, options, &mut out).unwrap();
    out
}

pub(crate) fn decrypted(name: &str, input: &[u8]) -> Result<(Vec<u8>, DecryptReport), DecryptError> {
    let held = decrypt(
        input,
        &[pki().identity(name)],
        &DecryptOptions::default(),
        MemorySpool::new(),
    )?;
    let report = held.report().clone();
    Ok((held.into_content().unwrap().into_inner(), report))
}

/// Verifies with the root trusted, a moment after everything was made, whoever the sender.
pub(crate) fn verified(message: &[u8]) -> smime::report::VerifyReport {
    let anchors = [pki().public("root")];
    let mut options = smime::VerifyOptions::new(now() + chrono::TimeDelta::seconds(2));
    options.anchors = &anchors;
    options.any_sender = true;
    smime::verify(message, &options, MemorySpool::new())
        .unwrap()
        .into_report()
}

/// A `multipart/signed` message from an entity and a signature that some program made for it.
pub(crate) fn clear_signed(entity: &[u8], signature: &[u8]) -> Vec<u8> {
    let head = "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=sha-256; boundary=b;\r\n \
                protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n";
    let part = "\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
                Content-Transfer-Encoding: base64\r\n\r\n";
    let signature = smime::mime::encode_base64(signature);
    [head.as_bytes(), entity, part.as_bytes(), &signature, b"--b--\r\n"].concat()
}

/// The first part of a `multipart/signed` message as received, and the signature as DER.
pub(crate) fn split(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let message = smime::mime::Message::parse(message);
    let parts = message.multipart(&smime::Limits::default()).unwrap().unwrap();
    (
        parts.signed_content().unwrap().into_owned(),
        parts.parts()[1].decoded_body().unwrap().into_owned(),
    )
}

const LEAF: &str = "basicConstraints=CA:false\nextendedKeyUsage=emailProtection\n";

/// A message as programs write it.
pub(crate) const MAIL: &[u8] =
    b"From: RSA Holder <rsa@example.org>\r\nTo: p256@example.org\r\nSubject: hello\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=us-ascii\r\n\r\nHello Bob,\r\nworld\r\n";

/// What of [`MAIL`] is signed.
pub(crate) const MAIL_ENTITY: &[u8] =
    b"Content-Type: text/plain; charset=us-ascii\r\n\r\nHello Bob,\r\nworld\r\n";
