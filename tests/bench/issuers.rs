//! Certificates per second from others that run as programs: cfssl's server and `openssl ca`, under a P-256 key in the clear.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use test_support::Sandbox;

use crate::http::{CLIENTS, Question, free_port, rate};
use crate::measure;

/// Requests that `openssl ca` gets in one process.
const REQUESTS: u32 = 1_000;

/// Prints a row for each, from the CA and the request that the comparison with `openssl x509` has made.
pub(crate) fn print(sandbox: &Sandbox) {
    println!("others, as programs, under a P-256 CA key in the clear:");
    let rate = openssl_ca(sandbox);
    println!(
        "{:<52} {rate:>7.0}/s",
        format!("openssl ca, {REQUESTS} requests in one process")
    );
    match cfssl(sandbox) {
        Some(rate) => println!(
            "{:<52} {rate:>7.0}/s",
            format!("cfssl serve, nothing recorded, {CLIENTS} clients")
        ),
        None => println!("SKIPPED: cfssl is not installed (apt install golang-cfssl)"),
    }
}

/// In one process, which keeps a text file of what it has issued and writes it at the end.
fn openssl_ca(sandbox: &Sandbox) -> f64 {
    sandbox.write(
        "oca.cnf",
        "[ca]\ndefault_ca = here\n[here]\ndir = .\ncertificate = oca.pem\nprivate_key = oca.key\nnew_certs_dir = oca\n\
         database = oca.index\nserial = oca.serial\ndefault_md = sha256\ndefault_days = 30\nunique_subject = no\n\
         policy = any\nx509_extensions = leaf\n[any]\ncommonName = supplied\n\
         [leaf]\nextendedKeyUsage = emailProtection\nsubjectAltName = email:leaf@example.com\n",
    );
    sandbox.write("oca.index", "");
    sandbox.write("oca.serial", "1000\n");
    std::fs::create_dir_all(sandbox.path("oca")).expect("a folder");
    let mut command = Command::new("openssl");
    command
        .current_dir(sandbox.folder())
        .args(["ca", "-batch", "-notext", "-config", "oca.cnf", "-infiles"])
        .args((0..REQUESTS).map(|_| "leaf.csr"));
    f64::from(REQUESTS) / measure::time(command).as_secs_f64()
}

fn cfssl(sandbox: &Sandbox) -> Option<f64> {
    sandbox.write(
        "cfssl.json",
        r#"{"signing": {"default": {"usages": ["digital signature", "email protection"], "expiry": "720h"}}}"#,
    );
    let port = free_port();
    let child = Command::new("cfssl")
        .current_dir(sandbox.folder())
        .args(["serve", "-ca", "oca.pem", "-ca-key", "oca.key", "-config"])
        .args(["cfssl.json", "-loglevel", "5", "-address", "127.0.0.1", "-port"])
        .arg(port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let _server = Server(child);
    wait_for(port);
    let request = serde_json::json!({
        "certificate_request": String::from_utf8_lossy(&sandbox.read("leaf.csr")),
        "hosts": ["leaf@example.com"],
    })
    .to_string();
    let question = Question {
        path: "/api/v1/cfssl/sign",
        content_type: "application/json",
        body: request.as_bytes(),
        keep_alive: true,
        is_good: |body| body.starts_with(br#"{"success":true"#),
    };
    Some(rate(port, &question))
}

fn wait_for(port: u16) {
    let started = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "cfssl does not listen"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
