//! What OpenSSL, NSS and gpgsm say of the flawed messages that `cachet fixture` makes, and what we say: docs/fixtures.md, which is made
//! here (`CACHET_UPDATE_DOCS=1 cargo test -p ca-cli --test interop fixtures`).

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;
use test_support::{Gpgsm, Nss, Peer, Sandbox, base64_body, openssl_next, split_clear_signed};

/// Nobody is asked who cannot be asked fairly.
const NOT_ASKED: &str = "–";

/// What OpenSSL refuses that is right, and why.
const STRICTER: [(&str, &str); 2] = [
    (
        "last-second",
        "RFC 5280, 4.1.2.5 counts the last second as valid; OpenSSL takes it for the first that is not.",
    ),
    (
        "any-purpose",
        "RFC 8550, 4.4.4 lets anyExtendedKeyUsage stand for mail; OpenSSL and NSS want emailProtection by name.",
    ),
];

/// One row of the table.
struct Row {
    case: Value,
    ours: &'static str,
    openssl: &'static str,
    nss: &'static str,
    gpgsm: &'static str,
}

fn verdict(good: bool) -> &'static str {
    if good { "accepts" } else { "refuses" }
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

/// Runs the case's own check.
fn ours(sandbox: &Sandbox, case: &Value) -> &'static str {
    let line = text(case, "check").strip_prefix("cachet ").unwrap().to_owned();
    let mut command = sandbox.command();
    command.args(line.split(' ')).current_dir(sandbox.path("all"));
    let run = test_support::run(&mut command, b"");
    assert!(matches!(run.code, Some(0 | 1 | 4)), "{run:?}");
    verdict(run.code == Some(0))
}

/// OpenSSL is told the moment and given the lists, or decrypts, or opens the P12.
fn openssl(openssl: &Peer, sandbox: &Sandbox, case: &Value) -> &'static str {
    let folder = sandbox.path("all");
    let name = text(case, "name");
    if !case["answers"].as_array().unwrap().is_empty() {
        return NOT_ASKED;
    }
    let task = match text(case, "task") {
        "decrypt" => Some(format!(
            "cms -decrypt -in {} -inkey {} -recip {} -out {name}/openssl.out",
            text(case, "file"),
            text(case, "key"),
            text(case, "certificate")
        )),
        "sign" => Some(format!(
            "pkcs12 -in {name}/identity.p12 -passin file:{name}/password.txt -nodes -out {name}/openssl.out"
        )),
        _ => None,
    };
    if let Some(line) = task {
        let run = openssl.run(&folder, &line.split(' ').collect::<Vec<_>>());
        return verdict(run.code == Some(0));
    }
    let mut trusted = std::fs::read(folder.join(text(case, "trust"))).unwrap();
    let mut line = format!("cms -verify -in {} -out {name}/openssl.out", text(case, "file"));
    for list in case["lists"].as_array().unwrap() {
        let list = list.as_str().unwrap();
        let convert = format!("crl -inform DER -in {list} -out {list}.pem");
        openssl.run(&folder, &convert.split(' ').collect::<Vec<_>>()).ok();
        trusted.extend(std::fs::read(folder.join(format!("{list}.pem"))).unwrap());
        line.push_str(" -crl_check_all");
    }
    std::fs::write(folder.join(format!("{name}/openssl.pem")), trusted).unwrap();
    if let Some(at) = case["at"].as_str() {
        let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
        line.push_str(&format!(" -attime {}", at.timestamp()));
    }
    line.push_str(&format!(" -CAfile {name}/openssl.pem"));
    let run = openssl.run(&folder, &line.split(' ').collect::<Vec<_>>());
    verdict(run.code == Some(0))
}

/// The signature and, where it is apart, what it is over; `None` where taking the message apart is the point.
fn taken_apart(case: &Value, message: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    match text(case, "name") {
        "opaque" | "tampered-opaque" => Some((base64_body(message), None)),
        "truncated" | "text-beside-the-signature" | "trailing-blanks-and-bare-newlines" => None,
        _ => {
            let parts = split_clear_signed(message);
            Some((parts.signature, Some(parts.content)))
        }
    }
}

/// NSS and gpgsm go by the clock and fetch lists themselves: where these are the point they are not asked.
fn by_the_clock(case: &Value, root: &Path, message: &[u8]) -> Option<(&'static str, &'static str)> {
    let (nss, gpgsm) = (Nss::of_thunderbird()?, Gpgsm::new()?);
    let some = |field: &str| !case[field].as_array().unwrap().is_empty();
    let is_about_others = case["at"].is_string() || some("lists") || some("answers");
    // gpgsm opens some P12 files only once they are written anew: what it says of them is not always the same.
    let is_about_others = is_about_others || text(case, "task") != "verify";
    if is_about_others {
        return Some((NOT_ASKED, NOT_ASKED));
    }
    let Some((signature, content)) = taken_apart(case, message) else {
        return Some((NOT_ASKED, NOT_ASKED));
    };
    nss.trust(root);
    let by_nss = verdict(nss.decode(&signature, content.as_deref()).code == Some(0));
    let der = identity::pem::certificates(&std::fs::read(root).unwrap()).unwrap();
    let sha1 = identity::digest::digest(identity::digest::DigestAlgorithm::Sha1, der[0].der());
    gpgsm.trust(root, &hex::encode_upper(sha1));
    Some((by_nss, verdict(gpgsm.verify(&signature, content.as_deref()))))
}

#[test]
fn everybody_is_asked_of_every_case() {
    let Some(peer) = openssl_next() else { return };
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    sandbox.line("fixture make --all --out all").ok();
    let index: Value = serde_json::from_slice(&sandbox.read("all/index.json")).unwrap();
    let cases = index.as_array().unwrap();
    assert!(cases.len() >= 60, "{}", cases.len());
    let (next, rows) = (Mutex::new(cases.iter().enumerate()), Mutex::new(Vec::new()));
    let work = || {
        while let Some((at, case)) = { next.lock().unwrap().next() } {
            let message = sandbox.read(&format!("all/{}", text(case, "file")));
            let root = sandbox.path(&format!("all/{}", text(case, "trust")));
            let Some((nss, gpgsm)) = by_the_clock(case, &root, &message) else {
                return;
            };
            let row = Row {
                case: case.clone(),
                ours: ours(&sandbox, case),
                openssl: openssl(&peer, &sandbox, case),
                nss,
                gpgsm,
            };
            rows.lock().unwrap().push((at, row));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let mut rows = rows.into_inner().unwrap();
    if rows.len() < cases.len() {
        return;
    }
    rows.sort_by_key(|(at, _)| *at);
    for (_, row) in &rows {
        let expected = verdict(text(&row.case, "expect") == "accepted");
        assert_eq!(row.ours, expected, "{}", text(&row.case, "name"));
        // Each is right but for one thing: what holds a flaw would else be refused for another.
        let name = text(&row.case, "name");
        let known = STRICTER.iter().any(|(case, _)| *case == name);
        if expected == "accepts" && row.openssl != NOT_ASKED {
            assert_eq!(row.openssl, verdict(!known), "{name}");
        }
    }
    let good = &rows
        .iter()
        .find(|(_, row)| text(&row.case, "name") == "good")
        .unwrap()
        .1;
    assert_eq!((good.nss, good.gpgsm), ("accepts", "accepts"));
    let document = document(&rows);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/fixtures.md");
    if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == document,
        "docs/fixtures.md is not what was found: CACHET_UPDATE_DOCS=1 makes it anew"
    );
}

fn document(rows: &[(usize, Row)]) -> String {
    let mut out = format!(
        "# Flawed messages, and what programs say of them\n\n\
         `cachet fixture make --all --out DIR` makes {} cases, signed or encrypted messages and P12 files, each right but for one thing (or unusual and right), of a CA of their own, which is \
         made anew each time (but for what OpenSSL made once: `crates/ca-testing/embedded/make`); valid from 2020 to 2120 but where time is the flaw. `DIR/index.json` has for each `name`, `file` (the message), `p12` and its `password`, \
         `trust` (the root), `at` (the moment to look at it, where that matters), `lists` and `answers` (of OCSP responders), `task` (`verify`, `decrypt`, or `sign`, with the P12), `expect` (what a correct program says), \
         `clause`, and `check`, a command to be run beside it.\n\n\
         ```sh\ncachet fixture list\ncachet fixture make expired tampered --out fixtures\ncachet fixture make --all --out fixtures --overwrite\n```\n\n\
         In Rust: `ca_testing::flawed::all()`.\n\n\
         What they say, asked by a test that makes this file: OpenSSL 3.5 (`cms -verify`, with the moment and the lists; `cms -decrypt`; `pkcs12`), NSS as Thunderbird brings it \
         (`cmsutil -D`), gpgsm (`--verify`, the signer fully trusted). The last three judge signatures and certificates, not who stands in From: that is the \
         mail program's part, which they leave open. \"–\": not asked, since it cannot be told the moment, takes no lists, or reads no MIME; NSS and gpgsm are asked of signed messages alone.\n\n\
         | case | a correct program | see | cachet | OpenSSL | NSS | gpgsm |\n| --- | --- | --- | --- | --- | --- | --- |\n",
        rows.len()
    );
    for (_, row) in rows {
        let of = |field| text(&row.case, field);
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            of("name"),
            of("expect"),
            of("clause"),
            row.ours,
            row.openssl,
            row.nss,
            row.gpgsm
        )
        .unwrap();
    }
    out.push_str("\n## Where cachet accepts what OpenSSL refuses\n\n");
    for (name, why) in STRICTER {
        writeln!(out, "- **{name}**: {why}").unwrap();
    }
    out
}
