//! The matrix's people, what we write for them, and how we read what others wrote.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use test_support::Identity;

use super::cells::Form;
use crate::authority::{PASSWORD, authority};

/// The rows of the matrix: key, address, RSA scheme.
pub(crate) const KEYS: [(&str, &str, &str); 5] = [
    ("rsa-2048", "rsa@example.com", "pkcs1"),
    ("rsa-3072", "rsa3072@example.com", "pss"),
    ("ec-p256", "p256@example.com", ""),
    ("ec-p384", "p384@example.com", ""),
    ("ed25519", "ed25519@example.com", ""),
];

/// A word of the content, by which it is recognised.
pub(crate) const WORD: &str = "matrix";

/// The MIME entity that the peers sign and encrypt.
pub(crate) const ENTITY: &[u8] =
    b"Content-Type: text/plain; charset=us-ascii\r\n\r\nA cell of the matrix.\r\nSecond line.\r\n";

/// The identities and what we wrote for them.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) identities: BTreeMap<&'static str, Identity>,
    pub(crate) ours: BTreeMap<(&'static str, Form), Vec<u8>>,
}

impl Messages {
    /// Whom a message of `key` is encrypted to: its owner, where the key can.
    pub(crate) fn recipient(&self, key: &str) -> &Identity {
        &self.identities[if key == "ed25519" { "ec-p256" } else { key }]
    }
}

/// Makes the identities and our messages, once.
pub(crate) fn messages() -> &'static Messages {
    static MESSAGES: OnceLock<Messages> = OnceLock::new();
    MESSAGES.get_or_init(write_messages)
}

fn write_messages() -> Messages {
    let sandbox = authority();
    sandbox
        .line(
            "issue --class 1 --email rsa3072@example.com --key rsa-3072 --evidence mailbox=test --out ids \
             --p12-password-file pw --p12-preset both --key-file",
        )
        .ok();
    sandbox.write("cell.txt", "A cell of the matrix.\nSecond line.\n");
    let mut messages = Messages {
        identities: BTreeMap::new(),
        ours: BTreeMap::new(),
    };
    for (key, address, scheme) in KEYS {
        let file = |ending: &str| sandbox.path(&format!("ids/{address}.{ending}"));
        let pem = [file("key"), file("crt"), file("chain.pem")].map(|path| std::fs::read(path).unwrap());
        sandbox.write(&format!("ids/{address}.pem"), pem.concat());
        messages.identities.insert(
            key,
            Identity {
                kind: key,
                scheme,
                address: address.to_owned(),
                certificate: file("crt"),
                chain: file("chain.pem"),
                key: file("key"),
                root: sandbox.path("root.pem"),
                p12: file("compat.p12"),
                password: PASSWORD,
            },
        );
    }
    for (key, address, scheme) in KEYS {
        for form in Form::ALL.into_iter().filter(|form| form.exists(key)) {
            let pem = format!("ids/{address}.pem");
            let to = format!("ids/{}.crt", messages.recipient(key).address);
            let sign = ["mail", "sign", "--identity", &pem];
            let encrypt = ["mail", "encrypt", "--to", &to];
            let run = |arguments: &[&str], more: &[&str], input: &str| {
                sandbox
                    .cachet(&[arguments, more, &[input][..]].concat())
                    .ok()
                    .stdout
            };
            let pss: &[&str] = if scheme == "pss" { &["--pss"] } else { &[] };
            let oaep: &[&str] = if scheme == "pss" { &["--oaep"] } else { &[] };
            let message = match form {
                Form::Clear => run(&sign, pss, "cell.txt"),
                Form::Opaque => run(&[&sign[..], &["--opaque"]].concat(), pss, "cell.txt"),
                Form::Enveloped => run(
                    &[&encrypt[..], &["--cipher", "aes-256-cbc"]].concat(),
                    oaep,
                    "cell.txt",
                ),
                Form::AuthEnveloped => run(
                    &[&encrypt[..], &["--cipher", "aes-256-gcm"]].concat(),
                    oaep,
                    "cell.txt",
                ),
                Form::Both => {
                    sandbox.write("signed.eml", run(&sign, pss, "cell.txt"));
                    run(&encrypt, oaep, "signed.eml")
                }
            };
            messages.ours.insert((key, form), message);
        }
    }
    messages
}

/// Whether we find `message`, which a peer wrote, in order.
pub(crate) fn read(name: &str, message: &[u8], form: Form, recipient: &Identity) -> Result<(), String> {
    let sandbox = authority();
    let (file, content) = (format!("theirs/{name}.eml"), format!("theirs/{name}.content"));
    sandbox.write(&file, message);
    let pem = format!("ids/{}.pem", recipient.address);
    let run = |arguments: &[&str]| {
        let run = sandbox.cachet(&[&["--format", "json", "mail"], arguments].concat());
        match run.code {
            Some(0) => Ok(()),
            code => Err(format!("cachet (exit {code:?}): {} {}", run.text(), run.stderr)),
        }
    };
    let decrypt = |out: &str| run(&["decrypt", "--identity", &pem, "--out", out, &file]);
    let verify = |file: &str| run(&["verify", "--trust", "root.pem", "--content", &content, file]);
    match form {
        Form::Clear | Form::Opaque => verify(&file)?,
        Form::Enveloped | Form::AuthEnveloped => decrypt(&content)?,
        Form::Both => {
            let inner = format!("theirs/{name}.inner.eml");
            decrypt(&inner)?;
            verify(&inner)?;
        }
    }
    let text = String::from_utf8_lossy(&sandbox.read(&content)).into_owned();
    if text.contains(WORD) {
        Ok(())
    } else {
        Err(format!("cachet: another content came out: {text}"))
    }
}
