//! What cachet's lints, pkilint and ZLint say of flawed certificates that OpenSSL made.
//!
//! Whatever one of them says something against, cachet does too, or `docs/lint-verdicts.md` tells why not. That document is made here:
//! `CACHET_UPDATE_DOCS=1 cargo test -p ca-cli --test interop verdicts`.

mod flaws;
mod openssl;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flaws::Flaw;
use openssl::Maker;
use test_support::{Linters, Remark, Sandbox, Scope, openssl_next};

/// What all three say against a certificate.
struct Verdict {
    flaw: &'static Flaw,
    ours: Vec<Remark>,
    others: Vec<Remark>,
}

/// Makes certificates and asks all three about them.
fn judge(flaws: impl Iterator<Item = &'static Flaw>) -> Option<Vec<Verdict>> {
    let (openssl, linters) = (openssl_next()?, Linters::find()?);
    let sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cachet"));
    let maker = Maker::new(&openssl, &sandbox);
    let flaws: Vec<_> = flaws.collect();
    let files: Vec<_> = flaws.iter().map(|flaw| (scope(flaw), maker.make(flaw))).collect();
    let others = linters.ask(sandbox.folder(), &files);
    let mut ours = ours(&sandbox, &flaws);
    let verdicts = flaws.into_iter().zip(others).map(|(flaw, others)| Verdict {
        flaw,
        ours: ours.remove(&format!("{}.pem", flaw.name)).unwrap_or_default(),
        others,
    });
    Some(verdicts.collect())
}

fn scope(flaw: &Flaw) -> Scope<'static> {
    match flaw.base {
        "person" | "authority" => Scope::Certificate,
        profile => Scope::Baseline(profile),
    }
}

/// Returns what cachet says, by file.
fn ours(sandbox: &Sandbox, flaws: &[&'static Flaw]) -> BTreeMap<String, Vec<Remark>> {
    let mut of_base: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for flaw in flaws {
        of_base
            .entry(flaw.base)
            .or_default()
            .push(format!("{}.pem", flaw.name));
    }
    let mut found: BTreeMap<String, Vec<Remark>> = BTreeMap::new();
    for (base, files) in of_base {
        let flag = match base {
            "person" | "authority" => String::new(),
            profile => format!("--baseline {profile}"),
        };
        // Some are not read at all: each by itself, so that one does not hide the others.
        for file in files {
            let run = sandbox.line(&format!("lint --format json {flag} {file} issuer.pem"));
            let said = run.json();
            let Some(findings) = said.as_array() else {
                let rule = said["error"]["kind"].as_str().unwrap().to_owned();
                let unreadable = Remark {
                    linter: "cachet",
                    rule: format!("unreadable ({rule})"),
                    is_error: true,
                };
                found.entry(file).or_default().push(unreadable);
                continue;
            };
            for finding in findings.iter().filter(|finding| finding["file"] == file.as_str()) {
                found.entry(file.clone()).or_default().push(Remark {
                    linter: "cachet",
                    rule: finding["rule"].as_str().unwrap().to_owned(),
                    is_error: finding["severity"] == "error",
                });
            }
        }
    }
    found
}

#[test]
fn nobody_says_anything_against_good_ones() {
    let Some(verdicts) = judge(flaws::GOOD.iter()) else {
        return;
    };
    for verdict in verdicts {
        let said: Vec<_> = verdict.ours.iter().chain(&verdict.others).collect();
        assert!(said.is_empty(), "{}: {said:?}", verdict.flaw.name);
    }
}

#[test]
fn what_others_say_against_flawed_ones_we_say_too_or_tell_why_not() {
    let Some(verdicts) = judge(flaws::all()) else {
        return;
    };
    assert!(verdicts.len() >= 100, "{}", verdicts.len());
    let mut faults = Vec::new();
    let more = |remarks: &[Remark]| remarks.iter().any(|remark| remark.is_error);
    for Verdict { flaw, ours, others } in &verdicts {
        match (flaw.differs, ours.is_empty(), others.is_empty()) {
            (None, true, false) => faults.push(format!("{}: only others see it: {others:?}", flaw.name)),
            (None, true, true) => faults.push(format!("{}: nobody sees it", flaw.name)),
            (Some(_), false, _) if more(ours) => {
                faults.push(format!("{}: we see it, too: {ours:?}", flaw.name))
            }
            (Some(_), _, true) => faults.push(format!("{}: no difference", flaw.name)),
            _ => {}
        }
        if flaw.differs.is_none() && more(others) && !more(ours) {
            faults.push(format!(
                "{}: an error to others: {others:?}, not to us: {ours:?}",
                flaw.name
            ));
        }
    }
    for linter in ["pkilint", "zlint"] {
        let seen = verdicts
            .iter()
            .filter(|verdict| verdict.others.iter().any(|remark| remark.linter == linter));
        assert!(seen.count() > 30, "{linter} sees flaws");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let document = document(&verdicts);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lint-verdicts.md");
    if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
        std::fs::write(path, &document).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == document,
        "docs/lint-verdicts.md is not what was found: CACHET_UPDATE_DOCS=1 makes it anew"
    );
}

fn document(verdicts: &[Verdict]) -> String {
    let (alone, both) = (
        verdicts
            .iter()
            .filter(|verdict| verdict.others.is_empty())
            .count(),
        verdicts
            .iter()
            .filter(|verdict| verdict.flaw.differs.is_some())
            .count(),
    );
    let mut out = format!(
        "# What linters say of flawed certificates\n\n\
         {} certificates, each right but for one thing, made by OpenSSL 3.5 and judged by cachet, pkilint 0.13.3 and ZLint 3.6.2. This file is \
         made by the test that asks them (`CACHET_UPDATE_DOCS=1 cargo test -p ca-cli --test interop verdicts`), which fails where another \
         linter sees a flaw that cachet does not see and that is not told of below. {alone} flaws are seen by cachet alone; in {both} cases it does \
         not share what another says. Rules in *italics* warn.\n\n\
         \"Under\" says what a certificate is held against: RFC 5280 alone (`person`, `authority`), or a profile of the S/MIME Baseline \
         Requirements (`cachet lint --baseline`; docs/lints.md lists the rules).\n\n\
         | certificate | under | cachet | pkilint | ZLint |\n| --- | --- | --- | --- | --- |\n",
        verdicts.len()
    );
    for Verdict { flaw, ours, others } in verdicts {
        let of = |linter| {
            let named = ours
                .iter()
                .chain(others)
                .filter(|remark: &&Remark| remark.linter == linter);
            let mut rules: Vec<_> = named
                .map(|remark| {
                    if remark.is_error {
                        format!("`{}`", remark.rule)
                    } else {
                        format!("*`{}`*", remark.rule)
                    }
                })
                .collect();
            rules.sort();
            rules.dedup();
            if rules.is_empty() {
                "–".to_owned()
            } else {
                rules.join("<br>")
            }
        };
        let (cachet, pkilint, zlint) = (of("cachet"), of("pkilint"), of("zlint"));
        writeln!(
            out,
            "| {} | {} | {cachet} | {pkilint} | {zlint} |",
            flaw.name, flaw.base
        )
        .unwrap();
    }
    out.push_str("\n## Where cachet does not share what another says\n\n");
    for verdict in verdicts {
        if let Some(why) = verdict.flaw.differs {
            writeln!(out, "- **{}**: {why}", verdict.flaw.name).unwrap();
        }
    }
    out
}
