//! The public collections of verdicts, as a table with OpenSSL's marks beside ours: `just conformance`.
//!
//! Ours are the binary's verdicts, but for x509-limbo, which limits the length of paths as only the library can. OpenSSL is
//! asked the same questions with the options that come closest.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and a table is printed"
)]

use test_support::corpus::corpus;
use test_support::{Peer, Sandbox, openssl};

#[path = "../judges/limbo.rs"]
mod limbo_judge;
mod messages;
mod paths;
mod pkcs12;

/// One question to both, and the answer that is right.
struct Item {
    name: String,
    /// Whether the right answer is to accept.
    accept: bool,
    ours: bool,
    openssl: Option<bool>,
}

/// What it takes to ask both.
struct Bench {
    sandbox: Sandbox,
    openssl: Option<Peer>,
}

impl Bench {
    /// Whether the binary exits with 0.
    fn cachet(&self, arguments: &[impl AsRef<std::ffi::OsStr>]) -> bool {
        self.sandbox.cachet(arguments).code == Some(0)
    }

    /// Whether OpenSSL exits with 0; `None` without it.
    fn openssl(&self, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Option<bool> {
        let openssl = self.openssl.as_ref()?;
        Some(openssl.run(self.sandbox.folder(), arguments).code == Some(0))
    }
}

type Collection = (&'static str, &'static str, fn(&Bench) -> Vec<Item>);

/// Row, folder, and how its questions are asked.
const COLLECTIONS: [Collection; 9] = [
    ("NIST PKITS", "nist-pkits", paths::pkits),
    ("x509-limbo, RFC 5280 and mail", "x509-limbo", paths::limbo),
    ("RFC 9216 chains", "rfc9216", paths::rfc9216),
    ("RFC 9216 chains, wrong use", "rfc9216", paths::rfc9216_wrong_use),
    ("RFC 4134 messages", "rfc4134", messages::rfc4134),
    ("RFC 9788 messages", "rfc9788", messages::rfc9788),
    ("PKCS#12 files", "pkcs12", pkcs12::files),
    (
        "malformed CMS (OpenSSL's own)",
        "openssl-cms",
        messages::malformed,
    ),
    ("EFAIL", "efail-generated", messages::efail),
];

/// Where we refuse what the collections accept, and why; whatever else differs fails the test.
const DIFFERENT: [(&str, &str); 0] = [];

#[test]
fn conformance() {
    let bench = Bench {
        sandbox: Sandbox::new(env!("CARGO_BIN_EXE_cachet")),
        openssl: openssl(),
    };
    let (mut table, mut remarks, mut wrong) = (String::new(), String::new(), Vec::new());
    for (title, folder, ask) in COLLECTIONS {
        if corpus(folder).is_none() {
            return;
        }
        let items = ask(&bench);
        let count = |right: &dyn Fn(&Item) -> bool| items.iter().filter(|item| right(item)).count();
        let ours = count(&|item| item.ours == item.accept);
        let theirs = count(&|item| item.openssl == Some(item.accept));
        let false_accepts = count(&|item| item.ours && !item.accept);
        let their_false_accepts = count(&|item| item.openssl == Some(true) && !item.accept);
        let theirs = match items.iter().any(|item| item.openssl.is_some()) {
            true => (theirs.to_string(), their_false_accepts.to_string()),
            false => ("-".to_owned(), "-".to_owned()),
        };
        table += &format!(
            "| {title:<30} | {:>5} | {ours:>6} | {false_accepts:>13} | {:>7} | {:>13} |\n",
            items.len(),
            theirs.0,
            theirs.1
        );
        for item in &items {
            let name = format!("{title}: {}", item.name);
            if item.ours != item.accept {
                match DIFFERENT.iter().find(|(listed, _)| *listed == name) {
                    Some((_, reason)) if !item.ours => {
                        remarks += &format!("cachet refuses {name}: {reason}\n")
                    }
                    _ => wrong.push(name.clone()),
                }
            }
            if item.openssl == Some(!item.accept) {
                let verb = if item.accept { "refuses" } else { "accepts" };
                remarks += &format!("OpenSSL {verb} {name}\n");
            }
        }
    }
    if let Some(openssl) = &bench.openssl {
        println!(
            "\nOpenSSL is {}",
            openssl.run(bench.sandbox.folder(), &["version"]).text().trim()
        );
    }
    println!(
        "\n| {:<30} | {:>5} | {:>6} | {:>13} | {:>7} | {:>13} |",
        "collection", "cases", "cachet", "false accepts", "OpenSSL", "false accepts"
    );
    println!(
        "| {:-<30} | {:->4}: | {:->5}: | {:->12}: | {:->6}: | {:->12}: |",
        "", "", "", "", "", ""
    );
    println!("{table}\n{remarks}");
    assert!(
        wrong.is_empty(),
        "judged otherwise than stated:\n{}",
        wrong.join("\n")
    );
}
