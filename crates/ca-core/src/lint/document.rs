//! `docs/lints.md`, made of the rules.

use super::{Severity, crl, p12, rules};

const PREFACE: &str = "# Lints

Rules that every certificate and every revocation list is held against before it is signed, on the very bytes to be signed, and that
`cachet lint FILE...` holds others against. A broken rule of the severity *error* forbids signing; `cachet lint` then ends with exit
code 4. Certificates are not held against a rule that is younger than they are (\"since\"); what is signed now is, whatever moment it
is dated for.

What independent judges make of our certificates and lists (pkilint, ZLint) is a test, `tests/interop/linters.rs`.
";

#[test]
fn the_document_says_what_the_rules_say() {
    let mut text = PREFACE.to_owned();
    text.push_str(
        "\n## Certificates\n| rule | severity | asks | since | see |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in rules::ALL {
        let (name, about, since, see) = (rule.name, rule.about, rule.effective, rule.citation);
        text.push_str(&format!(
            "| `{name}` | {} | {about} | {since} | {see} |\n",
            word(rule.severity)
        ));
    }
    text.push_str("\n## Revocation lists\n| rule | severity | asks | see |\n| --- | --- | --- | --- |\n");
    for (name, severity, about, see) in crl::catalogue() {
        text.push_str(&format!("| `{name}` | {} | {about} | {see} |\n", word(severity)));
    }
    text.push_str(
        "\n## P12 files (`cachet lint` alone)\n| rule | severity | asks | see |\n| --- | --- | --- | --- |\n",
    );
    for (name, severity, about, see) in p12::catalogue() {
        text.push_str(&format!("| `{name}` | {} | {about} | {see} |\n", word(severity)));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lints.md");
    if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "docs/lints.md is not up to date: run this test with CACHET_UPDATE_DOCS=1"
    );
}

#[test]
fn each_rule_is_of_a_day() {
    for rule in rules::ALL {
        assert!(
            rule.effective.parse::<chrono::NaiveDate>().is_ok(),
            "{}",
            rule.name
        );
        assert!(rule.about.ends_with('.'), "{}", rule.name);
    }
}

fn word(severity: Severity) -> String {
    severity.to_string()
}
