//! Large messages beside GnuPG's and NSS's programs, where they are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::{Gpgsm, Nss, Peer, Sandbox};

use super::measure;
use super::messages::milliseconds;

const ADDRESS: &str = "rsa@example.com";
const CONTENT: &str = "b-entity";

/// Prints a row for each operation of each engine, on the content that was measured last.
pub(crate) fn print(sandbox: &Sandbox) {
    let content = sandbox.path(CONTENT);
    let size = fs::metadata(&content).map_or(0, |found| found.len());
    println!(
        "\n{:<44} {:>10} {:>10} {:>7}",
        format!("whole process, {} MiB, rsa", size >> 20),
        "cachet",
        "the other",
        "ratio"
    );
    let p12 = sandbox.path(&format!("{ADDRESS}.compat.p12"));
    if let (Some(gpgsm), Some(fingerprint)) = (Gpgsm::new(), root_fingerprint(sandbox)) {
        gpgsm.trust(&sandbox.path("root.pem"), &fingerprint);
        let _ = gpgsm.import_p12(&p12, "");
        beside_gpgsm(sandbox, &gpgsm, &content);
    }
    if let Some(nss) = Nss::new() {
        nss.trust(&sandbox.path("root.pem"));
        nss.import_p12(&p12, "").ok();
        beside_nss(sandbox, &nss, &content);
    }
}

fn beside_gpgsm(sandbox: &Sandbox, gpgsm: &Gpgsm, content: &Path) {
    let [signature, sealed, opened] = ["g-signature", "g-sealed", "g-opened"].map(|name| sandbox.path(name));
    let input = text(content);
    row(
        sandbox,
        "sign clear; gpgsm: detached DER",
        &signature,
        &sign(),
        || gpgsm.command(&["-u", ADDRESS, "-o", text(&signature), "--detach-sign", input]),
    );
    row(
        sandbox,
        "verify detached DER; gpgsm",
        &sandbox.path("g-none"),
        &verify_detached("g-signature"),
        || gpgsm.command(&["--verify", text(&signature), input]),
    );
    row(
        sandbox,
        "encrypt aes-256-cbc MIME; gpgsm: DER",
        &sealed,
        &encrypt(),
        || gpgsm.command(&["-r", ADDRESS, "-o", text(&sealed), "-e", input]),
    );
    row(
        sandbox,
        "decrypt CBC DER; gpgsm",
        &opened,
        &decrypt("g-sealed"),
        || gpgsm.command(&["-o", text(&opened), "-d", text(&sealed)]),
    );
}

fn beside_nss(sandbox: &Sandbox, nss: &Nss, content: &Path) {
    let [signature, sealed, opened] = ["n-signature", "n-sealed", "n-opened"].map(|name| sandbox.path(name));
    let (input, database) = (text(content), ["-d", "sql:."]);
    row(
        sandbox,
        "sign clear; NSS: detached DER",
        &signature,
        &sign(),
        || {
            let mut command = nss.command(&["-S", "-G", "-P", "-T", "-H", "SHA256", "-N", ADDRESS]);
            command.args(database).args(["-i", input, "-o", text(&signature)]);
            command
        },
    );
    row(
        sandbox,
        "verify detached DER; NSS",
        &sandbox.path("n-none"),
        &verify_detached("n-signature"),
        || {
            let mut command = nss.command(&["-D", "-u", "4", "-n"]);
            command
                .args(database)
                .args(["-i", text(&signature), "-c", input, "-o", "/dev/null"]);
            command
        },
    );
    row(
        sandbox,
        "encrypt aes-256-cbc MIME; NSS: DER",
        &sealed,
        &encrypt(),
        || {
            let mut command = nss.command(&["-E", "-r", ADDRESS]);
            command.args(database).args(["-i", input, "-o", text(&sealed)]);
            command
        },
    );
    row(
        sandbox,
        "decrypt CBC DER; NSS",
        &opened,
        &decrypt("n-sealed"),
        || {
            let mut command = nss.command(&["-D"]);
            command
                .args(database)
                .args(["-i", text(&sealed), "-o", text(&opened)]);
            command
        },
    );
}

const OURS: &str = "o-others";

fn sign() -> Vec<&'static str> {
    vec![
        "mail",
        "sign",
        "--identity",
        "rsa.pem",
        "--out",
        OURS,
        "b-message.eml",
    ]
}

fn verify_detached(signature: &str) -> Vec<&str> {
    vec![
        "mail",
        "verify",
        "--trust",
        "root.pem",
        "--detached",
        signature,
        CONTENT,
    ]
}

fn encrypt() -> Vec<&'static str> {
    vec![
        "mail",
        "encrypt",
        "--to",
        "rsa.crt",
        "--cipher",
        "aes-256-cbc",
        "--out",
        OURS,
        "b-message.eml",
    ]
}

fn decrypt(sealed: &str) -> Vec<&str> {
    vec!["mail", "decrypt", "--identity", "rsa.pem", "--out", OURS, sealed]
}

fn row(sandbox: &Sandbox, operation: &str, written: &Path, ours: &[&str], theirs: impl Fn() -> Command) {
    let outputs: [PathBuf; 2] = [sandbox.path(OURS), written.to_owned()];
    let ours = || {
        let mut command = sandbox.command();
        command.args(["--overwrite", "--quiet"]).args(ours);
        command
    };
    let (ours, theirs) = measure::in_turn(ROUNDS, &outputs, ours, theirs);
    println!(
        "{operation:<44} {:>7.0} ms {:>7.0} ms {:>6.2}x",
        milliseconds(ours.time),
        milliseconds(theirs.time),
        theirs.time.as_secs_f64() / ours.time.as_secs_f64(),
    );
}

fn root_fingerprint(sandbox: &Sandbox) -> Option<String> {
    let arguments = ["x509", "-in", "root.pem", "-noout", "-fingerprint", "-sha1"];
    let run = Peer::find("openssl")?.run(sandbox.folder(), &arguments).ok();
    let text = run.text();
    let (_, fingerprint) = text.trim().split_once('=')?;
    Some(fingerprint.replace(':', ""))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const ROUNDS: usize = 3;
