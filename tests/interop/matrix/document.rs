//! `docs/interop.md`, written from what came out.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::cells::{Form, Side};
use super::ours::KEYS;
use super::{Results, expected};

/// Every peer, in the order of the table.
const PEERS: usize = 8;

/// Compares the document with the results, or writes it with `CACHET_UPDATE_DOCS=1`.
pub(super) fn check(
    peers: &[&'static str],
    results: &Results,
    negatives: &BTreeMap<&'static str, BTreeMap<&'static str, bool>>,
) {
    if peers.len() < PEERS {
        eprintln!("SKIPPED: docs/interop.md is compared only where every peer is here");
        return;
    }
    let written = document(peers, results, negatives);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/interop.md");
    if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == written,
        "docs/interop.md is stale: CACHET_UPDATE_DOCS=1 cargo test -p ca-cli --test interop matrix"
    );
}

fn document(
    peers: &[&'static str],
    results: &Results,
    negatives: &BTreeMap<&'static str, BTreeMap<&'static str, bool>>,
) -> String {
    let mut notes: Vec<String> = Vec::new();
    let mut text = INTRODUCTION.to_owned();
    for side in [Side::ReadsOurs, Side::WritesForUs] {
        let title = match side {
            Side::ReadsOurs => "They read what cachet writes",
            Side::WritesForUs => "cachet reads what they write",
        };
        write!(text, "\n## {title}\n\n| peer | key | ").unwrap();
        let heads = [
            "clear-signed",
            "opaque",
            "enveloped CBC",
            "authEnveloped GCM",
            "signed + encrypted",
        ];
        writeln!(
            text,
            "{} |\n|---|---|{}",
            heads.join(" | "),
            "---|".repeat(heads.len())
        )
        .unwrap();
        for peer in peers {
            for (key, _, scheme) in KEYS {
                let label = if scheme == "pss" {
                    format!("{key}, PSS and OAEP")
                } else {
                    key.to_owned()
                };
                write!(text, "| {peer} | {label} |").unwrap();
                for form in Form::ALL {
                    let cell = match results.get(&(*peer, side, key, form)) {
                        None => "·".to_owned(),
                        Some(Ok(())) => "yes".to_owned(),
                        Some(Err(_)) => {
                            let says = expected::cannot(peer, side, key, form).unwrap_or_default();
                            format!("no [{}]", note(&mut notes, peer, says))
                        }
                    };
                    write!(text, " {cell} |").unwrap();
                }
                text.push('\n');
            }
        }
    }
    text.push_str("\n## What they say where they cannot\n\nThe peer's own words, shortened.\n\n");
    for (at, one) in notes.iter().enumerate() {
        writeln!(text, "{}. {one}", at + 1).unwrap();
    }
    text.push_str("\n## Altered messages\n\nWhat each refuses, of what it can read at all.\n\n| peer | refused |\n|---|---|\n");
    for peer in peers {
        let refused: Vec<&str> = negatives[peer]
            .iter()
            .filter(|(_, refused)| **refused)
            .map(|(what, _)| *what)
            .collect();
        writeln!(text, "| {peer} | {} |", refused.join("; ")).unwrap();
    }
    text
}

fn note(notes: &mut Vec<String>, peer: &str, says: &str) -> usize {
    let text = format!("{peer}: `{}`", says.replace('`', "'"));
    match notes.iter().position(|one| *one == text) {
        Some(at) => at + 1,
        None => {
            notes.push(text);
            notes.len()
        }
    }
}

const INTRODUCTION: &str = "\
# Interoperability

Written by the test `matrix` (`tests/interop/matrix.rs`), which fails when a cell changes; not edited by hand. To write it anew:

```text
tests/peers/install
CACHET_UPDATE_DOCS=1 cargo test -p ca-cli --test interop matrix
```

Each row is an identity that `cachet issue` made, each column a form of message. `yes` means that the content arrived whole and, if it
was signed, that the reader found the signature good and the signer's chain ending at our root. `·` marks what does not exist: nobody
can encrypt to an Ed25519 key, so the message signed by one is encrypted to the P-256 identity. RSA-3072 signs with RSASSA-PSS and
encrypts with RSAES-OAEP; where a peer has no option to write these, its answer to such an option is given.

OpenSSL 3.0, NSS, gpgsm (2.2) and Bouncy Castle (1.72) are Debian 12's, OpenSSL 3.5 is Debian 13's, Thunderbird's NSS is the library
that Thunderbird ESR brings, under Debian's `cmsutil`.

Thunderbird itself is asked too, without a screen (`tests/interop/thunderbird.rs`): it shows our RSA and P-256 messages, clear-signed,
opaque, encrypted and both, as valid, and an altered one as altered.
";
