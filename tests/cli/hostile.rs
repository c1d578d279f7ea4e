//! Input made to take long or much: every command ends soon with a word, and leaves nothing behind.
//!
//! `just hostile` makes each ten million octets long, with the released program, and prints how long each took.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::fixture::with_ca;

/// Octets of an input in the ordinary tests.
const SHORT: usize = 200_000;
/// How long a command may take: the promise is two seconds for ten million octets, by the released program on a machine
/// with nothing else to do. Here it is only told apart from one that never ends.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
fn nothing_takes_for_ever() {
    let size = std::env::var("CACHET_HOSTILE")
        .ok()
        .and_then(|size| size.parse().ok());
    let sandbox = with_ca();
    sandbox
        .line("issue --class 1 --email alice@example.com --key ec-p256 --evidence mailbox=x --p12-password-file pw")
        .ok();
    sandbox.write("list.csv", "email\nalice@example.com\n");
    let temporary = sandbox.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let mut table = Vec::new();
    for (name, input) in inputs(size.unwrap_or(SHORT)) {
        sandbox.write("input", &input);
        let before = sandbox.files(".");
        for command in COMMANDS {
            let started = Instant::now();
            let mut child = sandbox
                .command()
                .args(command.split(' '))
                .env("TMPDIR", &temporary)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let ended = loop {
                if let Some(ended) = child.try_wait().unwrap() {
                    break ended;
                }
                if started.elapsed() > PATIENCE {
                    child.kill().unwrap();
                    panic!("`{command}` of {name} takes longer than {PATIENCE:?}");
                }
                std::thread::sleep(Duration::from_millis(2));
            };
            table.push((started.elapsed(), format!("{name}: {command}")));
            assert!(
                matches!(ended.code(), Some(0 | 1 | 4)),
                "`{command}` of {name}: {ended}"
            );
            if ended.code() == Some(0) {
                let _ = std::fs::remove_file(sandbox.path("out"));
            }
            assert_eq!(sandbox.files("."), before, "`{command}` of {name} left something");
            assert!(
                sandbox.files("tmp").is_empty(),
                "`{command}` of {name} left a temporary"
            );
        }
    }
    if size.is_some() {
        table.sort();
        for (time, what) in table.iter().rev().take(25) {
            println!("{:>7} ms  {what}", time.as_millis());
        }
    }
}

const COMMANDS: [&str; 13] = [
    "mail verify --trust root.pem --content out input",
    "mail open --identity alice@example.com.p12 --identity-password-file pw --trust root.pem --content out input",
    "mail decrypt --identity alice@example.com.p12 --identity-password-file pw --out out input",
    "mail inspect input",
    "mail sign --identity alice@example.com.p12 --identity-password-file pw --out out input",
    "mail encrypt --to alice@example.com.crt --out out input",
    "inspect input",
    "cert verify alice@example.com.crt --trust root.pem --untrusted input",
    "cert verify input --trust root.pem",
    "lint input",
    "policy check input",
    "lab check --mbox input --roster list.csv --trust root.pem --identity alice@example.com.p12 --identity-password-file pw",
    "lab check --mbox list.csv --roster input --trust root.pem",
];

/// Every shape, of about `size` octets.
fn inputs(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let repeated = |piece: &[u8]| piece.repeat(size / piece.len().max(1));
    let mail = |header: &str, body: &[u8]| -> Vec<u8> {
        [
            b"From: alice@example.com\r\nMIME-Version: 1.0\r\n",
            header.as_bytes(),
            b"\r\n\r\n",
            body,
        ]
        .concat()
    };
    let multipart = "Content-Type: multipart/mixed; boundary=b";
    let nested_parts = (0..size / 80)
        .map(|depth| {
            format!(
                "--b{depth}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n",
                depth + 1
            )
        })
        .collect::<String>();
    let base64_lines = |der: &[u8]| -> Vec<u8> {
        mail(
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64",
            &test_support::base64_lines(der),
        )
    };
    vec![
        ("nothing", Vec::new()),
        ("zeros", vec![0; size]),
        ("ones", vec![0xff; size]),
        ("blanks", repeated(b" ")),
        ("empty lines", repeated(b"\r\n")),
        ("lines with LF", repeated(b"a\n")),
        ("mails of nothing", repeated(b"From x 10:00 2026\n\n")),
        (
            "lines like the one between mails",
            mail("X: y", &repeated(b"\r\n>From x\r\n")),
        ),
        ("addresses of many people", repeated(b"a@b.example;")),
        (
            "rows of a list",
            [&b"email\n"[..], &repeated(b"a@b.example\n")].concat(),
        ),
        ("nested definite SEQUENCEs", nested(size)),
        ("nested indefinite SEQUENCEs", repeated(&[0x30, 0x80])),
        ("an octet string in crumbs", data(&repeated(&[4, 1, 65]), &[0, 0])),
        ("an octet string of nothing", data(&repeated(&[4, 0]), &[0, 0])),
        ("nested octet strings", data(&repeated(&[0x24, 0x80]), &[])),
        (
            "signed-data without end",
            signed(&repeated(&[0x04, 0x01, 0x41]), &[]),
        ),
        (
            "many digest algorithms",
            signed_set(&repeated(&[0x30, 0x0b, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1])),
        ),
        ("many recipients", enveloped(&repeated(&[0xa4, 2, 5, 0]))),
        (
            "many recipients in MIME",
            base64_lines(&enveloped(&repeated(&[0xa4, 2, 5, 0]))),
        ),
        (
            "a length beyond all",
            vec![0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "one long header line",
            mail(&format!("X: {}", "x".repeat(size)), b"body"),
        ),
        (
            "many header lines",
            mail(&String::from_utf8(repeated(b"X: y\r\n")).unwrap(), b"body"),
        ),
        (
            "a folded header",
            mail(
                &format!("X: {}", String::from_utf8(repeated(b"y\r\n ")).unwrap()),
                b"body",
            ),
        ),
        ("a header without end", repeated(b"Subject: endless\r\n")),
        (
            "many addresses",
            mail(&format!("To: {}", "a@b.c, ".repeat(size / 7)), b"body"),
        ),
        (
            "nested comments",
            mail(&format!("To: {}", "(".repeat(size)), b"body"),
        ),
        (
            "quoted pairs",
            mail(&format!("Reply-To: \"{}", "\\\"".repeat(size / 2)), b"body"),
        ),
        (
            "encoded words",
            mail(
                &format!("Subject: {}", "=?utf-8?q?a?= ".repeat(size / 14)),
                b"body",
            ),
        ),
        (
            "many parameters",
            mail(
                &format!("Content-Type: text/plain{}", "; a=b".repeat(size / 5)),
                b"body",
            ),
        ),
        (
            "continued parameters",
            mail(
                &format!(
                    "Content-Type: multipart/signed; {}",
                    (0..size / 14)
                        .map(|n| format!("boundary*{n}=b; "))
                        .collect::<String>()
                ),
                b"body",
            ),
        ),
        ("many parts", mail(multipart, &repeated(b"--b\r\n\r\n\r\n"))),
        (
            "parts in parts",
            mail(
                "Content-Type: multipart/mixed; boundary=b0",
                nested_parts.as_bytes(),
            ),
        ),
        (
            "near boundaries",
            mail(multipart, &repeated(b"--b-\r\n--bb\r\n-- b\r\n")),
        ),
        ("dashes", mail(multipart, &repeated(b"-"))),
        (
            "signed parts",
            mail(
                "Content-Type: multipart/signed; boundary=b; protocol=\"application/pkcs7-signature\"; micalg=sha-256",
                &repeated(b"--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMIAG\r\n"),
            ),
        ),
        ("messages in messages", {
            let one = b"Content-Type: message/rfc822\r\n\r\n";
            mail("Subject: x", b"")
                .into_iter()
                .take(0)
                .chain(repeated(one))
                .collect()
        }),
        (
            "soft breaks",
            mail(
                "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: application/pkcs7-mime",
                &repeated(b"=\r\n"),
            ),
        ),
        (
            "a letter a line",
            mail(
                "Content-Transfer-Encoding: base64\r\nContent-Type: application/pkcs7-mime",
                &repeated(b"M\r\n"),
            ),
        ),
        (
            "many PEM blocks",
            repeated(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
        ),
        (
            "PEM without end",
            [b"-----BEGIN CERTIFICATE-----\n".as_slice(), &repeated(b"MIIB\n")].concat(),
        ),
        ("YAML aliases", yaml(size)),
        ("nested YAML", repeated(b"[")),
    ]
}

/// `levels` of SEQUENCE, each of the length of the rest.
fn nested(size: usize) -> Vec<u8> {
    let levels = size / 6;
    let mut out = Vec::with_capacity(size);
    for level in 0..levels {
        let rest = u32::try_from((levels - level - 1) * 6).unwrap();
        out.extend([0x30, 0x84]);
        out.extend(rest.to_be_bytes());
    }
    out
}

const DATA: [u8; 11] = [6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 1];
const SIGNED: [u8; 11] = [6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2];
const ENVELOPED: [u8; 11] = [6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 3];

/// An indefinite ContentInfo of data, its octet string constructed.
fn data(inside: &[u8], end: &[u8]) -> Vec<u8> {
    [&[0x30, 0x80][..], &DATA, &[0xa0, 0x80, 0x24, 0x80], inside, end].concat()
}

fn signed(inside: &[u8], end: &[u8]) -> Vec<u8> {
    [
        &[0x30, 0x80][..],
        &SIGNED,
        &[0xa0, 0x80, 0x30, 0x80, 2, 1, 1, 0x31, 0, 0x30, 0x80],
        &DATA,
        &[0xa0, 0x80, 0x24, 0x80],
        inside,
        end,
    ]
    .concat()
}

fn signed_set(inside: &[u8]) -> Vec<u8> {
    [
        &[0x30, 0x80][..],
        &SIGNED,
        &[0xa0, 0x80, 0x30, 0x80, 2, 1, 1, 0x31, 0x80],
        inside,
        &[0, 0],
    ]
    .concat()
}

fn enveloped(inside: &[u8]) -> Vec<u8> {
    [
        &[0x30, 0x80][..],
        &ENVELOPED,
        &[0xa0, 0x80, 0x30, 0x80, 2, 1, 0, 0x31, 0x80],
        inside,
        &[0, 0],
    ]
    .concat()
}

/// Each line nine times the one before.
fn yaml(size: usize) -> Vec<u8> {
    let mut text = "a0: &a0 x\n".to_owned();
    for level in 1..200 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text += &format!("a{level}: &a{level} [{before}]\n");
    }
    text.truncate(size);
    text.into_bytes()
}
