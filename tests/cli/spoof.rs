//! Attempts to get a seal for what nobody signed, one test a shape, each judged by the binary.
//!
//! Every message is made from validly signed ones, or by an authority that OpenSSL plays: none may be `valid` without the
//! finding that tells the trick. Where OpenSSL accepts the same file, the test says so.

mod around;
mod authority;
mod der;
mod header;
mod names;
mod secrecy;
mod structure;

use serde_json::Value;

/// The codes of a report's findings.
fn codes(report: &Value) -> Vec<&str> {
    report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["code"].as_str())
        .collect()
}

/// Not a seal, for this reason.
#[track_caller]
fn assert_refused(report: &Value, code: &str) {
    assert_ne!(report["verdict"], "valid", "{report:#}");
    assert!(codes(report).contains(&code), "no {code}: {report:#}");
}

/// A seal, with this finding.
#[track_caller]
fn assert_told(report: &Value, code: &str) {
    assert_eq!(report["verdict"], "valid", "{report:#}");
    assert!(codes(report).contains(&code), "no {code}: {report:#}");
}

#[test]
fn the_threat_model_names_tests_that_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = String::new();
    let mut folders = vec![root.join("tests"), root.join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    let document = std::fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let mut named = 0;
    for row in document.lines().filter(|line| line.starts_with("| ")) {
        let shown_by = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        for test in shown_by.split('`').filter(|word| word.contains('_')) {
            named += 1;
            assert!(
                sources.contains(&format!("#[test]\nfn {test}()"))
                    || sources.contains(&format!("#[test]\n    fn {test}()")),
                "{test} is no test"
            );
        }
    }
    assert!(named > 40, "{named}");
}
