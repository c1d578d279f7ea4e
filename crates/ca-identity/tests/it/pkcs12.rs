//! PKCS#12: ours read by OpenSSL, NSS, keytool and gpgsm; theirs, and the public vectors, by us.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use identity::identity::Identity;
use identity::pkcs12::{MACHINE_PASSWORD_ITERATIONS, Preset};
use identity::{Certificate, Passphrase, pem};
use test_support::openssl;

mod corpus;
mod damage;
mod libraries;
mod ours;
mod theirs;

const PASSWORD: &str = "correct horse 42";
const ADDRESS: &str = "alice@example.org";

/// A root, an issuing CA and a leaf for each key type, made by openssl alone.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let openssl = openssl().unwrap();
            let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
            write("ca.cnf", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n");
            write("leaf.cnf", "keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement\nextendedKeyUsage=emailProtection\nsubjectAltName=email:alice@example.org\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
            let run = |line: &str| drop(openssl.run(folder.path(), &line.split(' ').collect::<Vec<_>>()).ok());
            run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 30 -subj /CN=P12-Root -addext keyUsage=critical,keyCertSign,cRLSign");
            run("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout sub.key -out sub.csr -subj /CN=P12-Issuing");
            run("x509 -req -in sub.csr -CA root.pem -CAkey root.key -CAcreateserial -days 20 -extfile ca.cnf -out sub.pem");
            write("sign.cnf", "keyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\nsubjectAltName=email:alice@example.org\n");
            write("encrypt.cnf", "keyUsage=critical,keyEncipherment\nextendedKeyUsage=emailProtection\nsubjectAltName=email:alice@example.org\n");
            write("server.cnf", "extendedKeyUsage=serverAuth\n");
            for (name, key, extensions) in [
                ("rsa", "rsa:2048", "leaf"),
                ("p256", "ec -pkeyopt ec_paramgen_curve:P-256", "leaf"),
                ("p384", "ec -pkeyopt ec_paramgen_curve:P-384", "leaf"),
                ("p521", "ec -pkeyopt ec_paramgen_curve:P-521", "leaf"),
                ("ed25519", "ed25519", "leaf"),
                ("sign", "ec -pkeyopt ec_paramgen_curve:P-256", "sign"),
                ("encrypt", "rsa:2048", "encrypt"),
                ("server", "ec -pkeyopt ec_paramgen_curve:P-256", "server"),
            ] {
                run(&format!("req -new -newkey {key} -nodes -keyout {name}.key -out {name}.csr -subj /CN=Alice"));
                run(&format!("x509 -req -in {name}.csr -CA sub.pem -CAkey sub.key -CAcreateserial -days 10 -extfile {extensions}.cnf -out {name}.pem"));
            }
            folder
        })
        .path()
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn certificate(name: &str) -> Certificate {
    pem::certificates(&file(&format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

fn identity(name: &str) -> Identity {
    let bundle = [
        file("root.pem"),
        file(&format!("{name}.key")),
        file("sub.pem"),
        file(&format!("{name}.pem")),
    ]
    .concat();
    let identity = Identity::from_pem(&bundle, None).unwrap().remove(0);
    assert_eq!(
        identity.chain(),
        [certificate("sub"), certificate("root")],
        "leaf's issuer first, whatever the order of the file"
    );
    identity
}

/// Runs OpenSSL in the folder, words separated by spaces.
fn run_openssl(line: &str) {
    if let Some(openssl) = openssl() {
        let _ = openssl.run(folder(), &line.split(' ').collect::<Vec<_>>()).ok();
    }
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

/// A name that no other test writes to at the same time.
fn new_file(stem: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    folder().join(format!("{stem}-{}.p12", COUNT.fetch_add(1, Ordering::Relaxed)))
}

fn written(name: &str, preset: Preset) -> PathBuf {
    let bytes = identity(name)
        .to_pkcs12(
            ADDRESS,
            &passphrase(PASSWORD),
            preset,
            Some(MACHINE_PASSWORD_ITERATIONS),
        )
        .unwrap();
    let path = new_file(&format!("ours-{name}-{preset:?}"));
    std::fs::write(&path, bytes).unwrap();
    path
}

const KEYS: [&str; 5] = ["rsa", "p256", "p384", "p521", "ed25519"];
const PRESETS: [Preset; 2] = [Preset::Modern, Preset::Compat];
