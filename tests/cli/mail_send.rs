//! `cachet mail send`, judged by a mail server of another make.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use test_support::{Sandbox, openssl, python_program};

use crate::fixture::empty;

/// A running server; it ends with its standard input.
struct MailServer {
    process: Child,
    port: u16,
}

impl MailServer {
    /// Starts one, unless a peer is missing.
    fn start(sandbox: &Sandbox, mode: &str) -> Option<Self> {
        let (openssl, python) = (openssl()?, python_program()?);
        let make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.pem -days 2 \
                    -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
        openssl
            .run(sandbox.folder(), &make.split_whitespace().collect::<Vec<_>>())
            .ok();
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/peers/python/smtpd.py");
        let mut process = Command::new(python)
            .current_dir(sandbox.folder())
            .args([program, ".", "server.pem", "server.key", mode])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // It tells of each connection that ends early.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line.trim().parse().expect("the server says its port");
        Some(Self { process, port })
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn with_messages() -> Sandbox {
    let sandbox = empty();
    sandbox.write("pw", "secret\n");
    sandbox.write("wrong", "guess\n");
    sandbox.write(
        "hello.eml",
        "From: alice@example.com\nTo: bob@example.com\nBcc: carol@example.com\nSubject: dots\n\n.\n..two\nend\n",
    );
    sandbox.write("busy.eml", "From: alice@example.com\nTo: busy@example.com\n\nx\n");
    sandbox.write(
        "unknown.eml",
        "From: alice@example.com\nTo: unknown@example.com\n\nx\n",
    );
    sandbox.write(
        "refused.eml",
        "From: alice@example.com\nTo: bob@example.com\nX-Refuse: yes\n\nx\n",
    );
    sandbox
}

fn arrived(sandbox: &Sandbox, number: u32) -> (String, String) {
    let text = |name: String| String::from_utf8(sandbox.read(&name)).unwrap();
    (text(format!("{number}.eml")), text(format!("{number}.envelope")))
}

#[test]
fn messages_arrive_unchanged_without_bcc() {
    let sandbox = with_messages();
    let Some(server) = MailServer::start(&sandbox, "plain") else {
        return;
    };
    let port = server.port;
    sandbox
        .line(&format!("mail send --smtp smtp://127.0.0.1:{port} hello.eml"))
        .ok();
    let (message, envelope) = arrived(&sandbox, 1);
    assert_eq!(
        message,
        "From: alice@example.com\r\nTo: bob@example.com\r\nSubject: dots\r\n\r\n.\r\n..two\r\nend\r\n"
    );
    assert_eq!(
        envelope,
        "alice@example.com\nbob@example.com\ncarol@example.com\nplain"
    );
    for (file, answer, hint) in [
        ("busy.eml", "answered 450", "try again in some minutes"),
        ("unknown.eml", "answered 550", "does not know a recipient"),
        ("refused.eml", "answered 554", "its answer says why"),
    ] {
        sandbox
            .line(&format!("mail send --smtp smtp://127.0.0.1:{port} {file}"))
            .exits(1)
            .says(answer)
            .says(hint);
    }
    // A server without STARTTLS gets nothing where it is demanded.
    sandbox
        .line(&format!(
            "mail send --smtp smtp://127.0.0.1:{port} --starttls required hello.eml"
        ))
        .exits(1)
        .says("no protected connection");
    drop(server);
    sandbox
        .line(&format!("mail send --smtp smtp://127.0.0.1:{port} hello.eml"))
        .exits(1)
        .says("cannot be spoken with");
}

#[test]
fn starttls_and_sign_in() {
    let sandbox = with_messages();
    let Some(server) = MailServer::start(&sandbox, "starttls-auth") else {
        return;
    };
    let url = format!("smtp://localhost:{}", server.port);
    let send = |rest: &str| {
        sandbox.line(&format!(
            "mail send --smtp {url} --starttls required {rest} hello.eml"
        ))
    };
    // Nobody vouches for the server.
    send("")
        .exits(1)
        .says("no protected connection")
        .says("--smtp-ca");
    send("--smtp-ca server.pem")
        .exits(1)
        .says("answered 530")
        .says("--user");
    send("--smtp-ca server.pem --user alice --password-file wrong")
        .exits(1)
        .says("answered 535");
    send("--smtp-ca server.pem --user alice --password-file pw").ok();
    assert!(arrived(&sandbox, 1).1.ends_with("tls"));
}

#[test]
fn tls_from_the_beginning_empties_the_outbox() {
    let sandbox = with_messages();
    let Some(server) = MailServer::start(&sandbox, "tls") else {
        return;
    };
    sandbox
        .line("init --name School --domain example.com --unattended")
        .ok();
    sandbox
        .line("request submit --class 1 --email alice@example.com --key ec-p256 --language fr")
        .ok();
    let url = format!("smtps://localhost:{}", server.port);
    let sent = sandbox
        .line(&format!(
            "mail send --smtp {url} --smtp-ca server.pem --outbox --format json"
        ))
        .ok()
        .json();
    assert_eq!(sent[0]["to"][0], "alice@example.com");
    assert!(sandbox.files("ca-data/outbox").is_empty());
    sandbox.line("trust export --for pem --out root.pem").ok();
    // The signature has survived the journey.
    sandbox.line("mail verify --trust root.pem 1.eml").ok();
}

#[test]
fn wrong_addresses_are_refused_before_anything_is_sent() {
    let sandbox = with_messages();
    for (url, needle) in [
        ("smtp://alice:secret@localhost", "--password-file"),
        ("http://localhost", "smtps://HOST"),
        ("localhost", "smtp://HOST"),
    ] {
        sandbox
            .line(&format!("mail send --smtp {url} hello.eml"))
            .exits(1)
            .says(needle);
    }
    sandbox
        .line("mail send --smtp smtp://mail.example.com --starttls never --user alice --password-file pw hello.eml")
        .exits(2)
        .says("without encryption");
}
