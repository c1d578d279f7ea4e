//! OCSP answers per second, beside OpenSSL's responder: client and server share the machine.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use identity::{CertId, Certificate, DigestAlgorithm, OcspRequest, pem};
use test_support::Sandbox;

use crate::http::{Question, free_port, rate};

/// Prints a row for each way of asking.
pub(crate) fn print(sandbox: &Sandbox) {
    let leaf = certificate(sandbox, "p256@example.com.crt");
    let issuer = certificate(sandbox, "p256@example.com.chain.pem");
    let name = CertId::new(DigestAlgorithm::Sha1, &leaf, issuer.public_key());
    let plain = OcspRequest::new(std::slice::from_ref(&name), None);
    let nonce = OcspRequest::new(std::slice::from_ref(&name), Some(&[7; 32]));

    let ours = ours(sandbox);
    let theirs = theirs(sandbox, &leaf);
    let row = |label: &str, request: &OcspRequest, keep_alive: bool| {
        let question = |keep_alive| Question {
            path: "/ocsp",
            content_type: "application/ocsp-request",
            body: request.der(),
            keep_alive,
            is_good: is_answer,
        };
        let one = rate(ours.port, &question(keep_alive));
        // OpenSSL's closes each connection, and keeps no answers.
        let other = rate(theirs.port, &question(false));
        println!("{label:<44} {one:>8.0}/s {other:>8.0}/s {:>7.1}x", one / other);
    };
    println!(
        "\n{:<44} {:>10} {:>10} {:>8}",
        "OCSP answers per second, P-256", "cachet", "openssl", "ratio"
    );
    row("kept answer, connection kept", &plain, true);
    row("kept answer, a connection each", &plain, false);
    row("nonce (looked up, signed, verified), kept", &nonce, true);
    row("nonce, a connection each", &nonce, false);
}

fn certificate(sandbox: &Sandbox, file: &str) -> Certificate {
    let found = pem::certificates(&sandbox.read(file)).expect("certificates");
    found.into_iter().next().expect("a certificate")
}

struct Responder {
    child: Child,
    port: u16,
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ours(sandbox: &Sandbox) -> Responder {
    let port = free_port();
    let mut child = sandbox
        .command()
        .args(["ocsp", "serve", "--format", "json", "--listen"])
        .arg(format!("127.0.0.1:{port}"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("our responder");
    let mut said = BufReader::new(child.stdout.take().expect("its report"));
    let mut line = String::new();
    while said.read_line(&mut line).expect("its report") > 0 && line != "}\n" {
        line.clear();
    }
    Responder { child, port }
}

/// OpenSSL's responder for the same certificate, signing with a P-256 key.
fn theirs(sandbox: &Sandbox, leaf: &Certificate) -> Responder {
    let port = free_port();
    sandbox.write(
        "index",
        format!(
            "V\t491201000000Z\t\t{}\tunknown\t/CN=x\n",
            leaf.serial_hex().to_uppercase()
        ),
    );
    let mut child = Command::new("openssl")
        .current_dir(sandbox.folder())
        .args([
            "ocsp",
            "-index",
            "index",
            "-port",
            &port.to_string(),
            "-ndays",
            "1",
        ])
        .args([
            "-rsigner",
            "p256.crt",
            "-rkey",
            "p256.key",
            "-CA",
            "p256@example.com.chain.pem",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl's responder");
    let mut said = BufReader::new(child.stderr.take().expect("what it says"));
    let mut line = String::new();
    said.read_line(&mut line).expect("that it waits");
    assert!(line.contains("waiting"), "{line}");
    // It goes on to tell of every request.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    Responder { child, port }
}

/// OCSPResponse: successful.
fn is_answer(body: &[u8]) -> bool {
    body.windows(3).take(8).any(|window| window == [0x0a, 1, 0])
}
