//! Messages.

use std::path::{Path, PathBuf};

use test_support::corpus::corpus;

use crate::paths::{armour, in_folder};
use crate::{Bench, Item};

const SIGNED: [&str; 11] = [
    "4.1.bin", "4.2.bin", "4.3.bin", "4.4.bin", "4.5.bin", "4.6.bin", "4.7.bin", "4.8.eml", "4.9.eml",
    "4.10.bin", "4.11.bin",
];
const ENVELOPED: [&str; 3] = ["5.1.bin", "5.2.bin", "5.3.eml"];
const ENCRYPTED: [&str; 2] = ["7.1.bin", "7.2.bin"];
/// The Triple DES key of 7.1, as the text gives it; 7.2 was made with the same.
const SHARED: &str = "737c791f25ead0e04629254352f7dc6291e5cb26917ada32";

/// Signatures with SHA-1 and DSA, envelopes with 3DES and RC2, 3DES with a shared key, a digest. One is a list of
/// certificates, which nobody signed.
pub(crate) fn rfc4134(bench: &Bench) -> Vec<Item> {
    let folder = corpus("rfc4134").unwrap();
    let pem = |names: &[&str]| -> String {
        names
            .iter()
            .map(|name| armour(&std::fs::read(folder.join(name)).unwrap(), "CERTIFICATE"))
            .collect()
    };
    bench
        .sandbox
        .write("roots.pem", pem(&["CarlRSASelf.cer", "CarlDSSSelf.cer"]));
    let holders = ["AliceDSSSignByCarlNoInherit.cer", "DianeDSSSignByCarlInherit.cer"];
    bench.sandbox.write("untrusted.pem", pem(&holders));
    let key = armour(
        &std::fs::read(folder.join("BobPrivRSAEncrypt.pri")).unwrap(),
        "PRIVATE KEY",
    );
    bench
        .sandbox
        .write("bob.pem", key + &pem(&["BobRSASignByCarl.cer"]));
    let content = in_folder(&folder, "ExContent.bin");
    let signed = SIGNED.iter().map(|name| {
        let mut ours = folder.join(name);
        if *name == "4.3.bin" {
            ours = beside_content(bench, &ours, &folder.join("ExContent.bin"));
        }
        let ours = [
            "--now",
            "2026-01-01T00:00:00Z",
            "mail",
            "verify",
            "--trust",
            "roots.pem",
            "--untrusted",
            "untrusted.pem",
            "--any-sender",
            "--legacy",
            "--revocation",
            "off",
            &ours.display().to_string(),
        ];
        let theirs = in_folder(&folder, name);
        let mut theirs = vec![
            "cms",
            "-verify",
            "-in",
            &theirs,
            "-inform",
            form(name),
            "-CAfile",
            "roots.pem",
        ];
        theirs.extend([
            "-certfile",
            "untrusted.pem",
            "-purpose",
            "any",
            "-attime",
            "1767225600",
            "-out",
            "out",
        ]);
        if *name == "4.3.bin" {
            theirs.extend(["-content", &content]);
        }
        Item {
            name: (*name).to_owned(),
            accept: *name != "4.11.bin",
            ours: bench.cachet(&ours),
            openssl: bench.openssl(&theirs),
        }
    });
    let enveloped = ENVELOPED.iter().map(|name| {
        let file = in_folder(&folder, name);
        let theirs = [
            "cms",
            "-decrypt",
            "-in",
            &file,
            "-inform",
            form(name),
            "-inkey",
            "bob.pem",
        ];
        let theirs = [
            &theirs[..],
            &[
                "-recip",
                "bob.pem",
                "-out",
                "out",
                "-provider",
                "default",
                "-provider",
                "legacy",
            ],
        ];
        Item {
            name: (*name).to_owned(),
            accept: true,
            ours: bench.cachet(&["mail", "decrypt", "--identity", "bob.pem", "--legacy", &file]),
            openssl: bench.openssl(&theirs.concat()),
        }
    });
    bench.sandbox.write("shared.key", SHARED);
    let encrypted = ENCRYPTED.iter().map(|name| {
        let file = in_folder(&folder, name);
        let theirs = ["cms", "-EncryptedData_decrypt", "-inform", "DER", "-in", &file];
        let theirs = [&theirs[..], &["-secretkey", SHARED, "-out", "out"]].concat();
        Item {
            name: (*name).to_owned(),
            accept: true,
            ours: bench.cachet(&["mail", "decrypt", "--key-file", "shared.key", "--legacy", &file]),
            openssl: bench.openssl(&theirs),
        }
    });
    // Its digest is right, so that what is inside can be read; nobody signed it.
    let file = in_folder(&folder, "6.0.bin");
    let digested = Item {
        name: "6.0.bin".to_owned(),
        accept: true,
        ours: bench.cachet(&["mail", "open", &file]),
        openssl: bench.openssl(&[
            "cms",
            "-digest_verify",
            "-inform",
            "DER",
            "-in",
            &file,
            "-out",
            "out",
        ]),
    };
    signed
        .chain(enveloped)
        .chain([digested])
        .chain(encrypted)
        .collect()
}

fn form(name: &str) -> &'static str {
    if name.ends_with(".eml") { "SMIME" } else { "DER" }
}

/// A message of a detached signature and its content.
fn beside_content(bench: &Bench, signature: &Path, content: &Path) -> PathBuf {
    let head = "Content-Type: multipart/signed; micalg=sha1; boundary=b;\r\n \
                protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n";
    let middle = "\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\
                  Content-Transfer-Encoding: base64\r\n\r\n";
    let text = armour(&std::fs::read(signature).unwrap(), "");
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with('-')).collect();
    let message = [
        head.as_bytes(),
        &std::fs::read(content).unwrap(),
        middle.as_bytes(),
        body.join("\r\n").as_bytes(),
        b"\r\n--b--\r\n",
    ]
    .concat();
    bench.sandbox.write("detached.eml", message)
}

/// Protected headers: six signed messages, three to Bob that are signed inside.
pub(crate) fn rfc9788(bench: &Bench) -> Vec<Item> {
    let folder = corpus("rfc9788").unwrap();
    let people = corpus("rfc9216").unwrap();
    let root = in_folder(&people, "ca.rsa.crt");
    let bob = in_folder(&people, "bob.p12");
    bench.sandbox.write("password", "bob");
    let key = [
        in_folder(&people, "bob.encrypt.key"),
        in_folder(&people, "bob.encrypt.crt"),
    ];
    let now = ["--now", "2021-03-01T00:00:00Z", "mail"];
    let at = [
        "-CAfile",
        &root,
        "-purpose",
        "smimesign",
        "-attime",
        "1614556800",
        "-out",
        "out",
    ];
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".eml"))
        .collect();
    names.sort();
    let items = names.into_iter().map(|name| {
        let file = in_folder(&folder, &name);
        if name.contains("signed-enc") {
            let open = [
                "open",
                "--identity",
                &bob,
                "--identity-password-file",
                "password",
                "--trust",
                &root,
                &file,
            ];
            let opened = [
                "cms", "-decrypt", "-in", &file, "-inkey", &key[0], "-recip", &key[1], "-out", "inner",
            ];
            let decrypted = bench.openssl(&opened);
            return Item {
                name,
                accept: true,
                ours: bench.cachet(&[&now[..], &open].concat()),
                openssl: decrypted.and_then(|good| {
                    Some(good && bench.openssl(&[&["cms", "-verify", "-in", "inner"][..], &at].concat())?)
                }),
            };
        }
        Item {
            name,
            accept: true,
            ours: bench.cachet(&[&now[..], &["verify", "--trust", &root, &file]].concat()),
            openssl: bench.openssl(&[&["cms", "-verify", "-in", &file][..], &at].concat()),
        }
    });
    items.collect()
}

const MALFORMED_SIGNED: [&str; 5] = [
    "80-test_cms_data/bad_signtime_attr.cms",
    "80-test_cms_data/ct_multiple_attr.cms",
    "80-test_cms_data/no_ct_attr.cms",
    "80-test_cms_data/no_md_attr.cms",
    "25-test_pkcs7_data/malformed.pkcs7",
];
const MALFORMED_ENVELOPED: [&str; 2] = [
    "80-test_cms_data/dh-malformed.der",
    "80-test_cms_data/ecdh-malformed.der",
];

/// Malformed signatures, asked about integrity only; malformed envelopes, with the right key.
pub(crate) fn malformed(bench: &Bench) -> Vec<Item> {
    let folder = corpus("openssl-cms").unwrap().join("recipes");
    let signed = MALFORMED_SIGNED.iter().map(|name| {
        let file = in_folder(&folder, name);
        let run = bench.sandbox.cachet(&[
            "--format",
            "json",
            "mail",
            "verify",
            "--any-sender",
            "--legacy",
            &file,
        ]);
        // Nobody is trusted here: a signature without a fault would be `indeterminate`.
        let ours = run.code == Some(0) || (run.code == Some(4) && run.json()["verdict"] != "invalid");
        let inform = if name.ends_with(".cms") { "DER" } else { "PEM" };
        let theirs = [
            "cms",
            "-verify",
            "-noverify",
            "-inform",
            inform,
            "-in",
            &file,
            "-out",
            "out",
        ];
        Item {
            name: (*name).to_owned(),
            accept: false,
            ours,
            openssl: bench.openssl(&theirs),
        }
    });
    let enveloped = MALFORMED_ENVELOPED.iter().map(|name| {
        let file = in_folder(&folder, name);
        let beside = |what: &str| file.replace("malformed.der", what);
        let read = |file: String| std::fs::read(file).unwrap();
        let identity = [read(beside("key.pem")), read(beside("cert.pem"))].concat();
        bench.sandbox.write("key.pem", identity);
        let ours = ["mail", "decrypt", "--identity", "key.pem", "--legacy", &file];
        let theirs = ["cms", "-decrypt", "-inform", "DER", "-in", &file];
        let key = ["-inkey", "key.pem", "-recip", "key.pem", "-out", "out"];
        Item {
            name: (*name).to_owned(),
            accept: false,
            ours: bench.cachet(&ours),
            openssl: bench.openssl(&[&theirs[..], &key].concat()),
        }
    });
    signed.chain(enveloped).collect()
}

/// Changed ciphertext. What CBC cannot show must not pass for authentic: accepted means released without saying so.
pub(crate) fn efail(bench: &Bench) -> Vec<Item> {
    let folder = corpus("efail-generated").unwrap();
    let people = corpus("rfc9216").unwrap();
    let bob = in_folder(&people, "bob.p12");
    bench.sandbox.write("password", "bob");
    let names = [
        ("00-original.eml", true),
        ("01-direct-exfiltration.eml", false),
        ("02-cbc-gadget-html.eml", false),
        ("03-iv-malleability.eml", false),
        ("04-truncated-block.eml", false),
        ("05-truncated-byte.eml", false),
    ];
    names
        .map(|(name, accept)| {
            let file = in_folder(&folder, name);
            let (key, certificate) = (
                in_folder(&people, "bob.encrypt.key"),
                in_folder(&people, "bob.encrypt.crt"),
            );
            let run = bench.sandbox.cachet(&[
                "--format",
                "json",
                "mail",
                "decrypt",
                "--identity",
                &bob,
                "--identity-password-file",
                "password",
                "--out",
                "out",
                "--overwrite",
                &file,
            ]);
            let marked = run.text().contains("not-authenticated");
            let theirs = [
                "cms",
                "-decrypt",
                "-in",
                &file,
                "-inkey",
                &key,
                "-recip",
                &certificate,
                "-out",
                "out",
            ];
            Item {
                name: name.to_owned(),
                accept,
                ours: run.code == Some(0) && (accept || !marked),
                openssl: bench.openssl(&theirs),
            }
        })
        .into()
}
