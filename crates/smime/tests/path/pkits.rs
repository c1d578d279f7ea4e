//! NIST PKITS: 249 path validation verdicts, read from the public corpus at `CACHET_CORPUS`.

use std::path::Path;

use der::asn1::ObjectIdentifier;
use identity::{Certificate, CertificateList};
use serde_json::Value;
use smime::path::{ANY_POLICY, PathOptions, Purpose, Revocation, build_and_validate};
use smime::report::Verdict;

use super::corpus;

#[test]
fn pkits() {
    let Some(corpus) = corpus("nist-pkits") else {
        return;
    };
    let cases: Vec<Value> =
        serde_json::from_slice(&std::fs::read(corpus.join("verdicts.json")).unwrap()).unwrap();
    assert_eq!(cases.len(), 249);
    let (mut right, mut wrong) = (0, Vec::new());
    for case in &cases {
        let test = case["test"].as_str().unwrap();
        let expected = case["should_validate"].as_bool().unwrap();
        let (accepted, detail) = judge(&corpus, case);
        if accepted == expected {
            right += 1;
            continue;
        }
        let title = case["title"].as_str().unwrap();
        wrong.push(format!("{test} {title}: accepted {accepted}, {detail}"));
    }
    println!("PKITS: {right} of 249 as stated");
    assert!(wrong.is_empty(), "judged wrong:\n{}", wrong.join("\n"));
}

fn judge(corpus: &Path, case: &Value) -> (bool, String) {
    let mut certificates = names(case, "certs").into_iter().map(|name| {
        let der = std::fs::read(corpus.join("certs").join(format!("{name}.crt"))).unwrap();
        Certificate::from_der(&der).map_err(|error| format!("{name}: {error}"))
    });
    let read: Result<Vec<_>, _> = certificates.by_ref().collect();
    let certificates = match read {
        Ok(certificates) => certificates,
        Err(error) => return (false, error),
    };
    let crls: Vec<_> = names(case, "crls")
        .into_iter()
        .filter_map(|name| {
            let der = std::fs::read(corpus.join("crls").join(format!("{name}.crl"))).unwrap();
            CertificateList::from_der(&der)
                .inspect_err(|error| println!("{name}: {error}"))
                .ok()
        })
        .collect();
    let (anchor, rest) = certificates.split_first().unwrap();
    let (leaf, intermediates) = rest.split_last().unwrap();
    let policies: Vec<_> = policies(case["SetInitialPolicySet"].as_str().unwrap_or_default());
    let flag = |key: &str| case[key].as_str() == Some("true");
    let mut options = PathOptions::new("2020-01-01T00:00:00Z".parse().unwrap());
    options.purpose = Purpose::Any;
    // DSA of 1024 bits with SHA-1: sound as stated, and weak.
    options.legacy = case["title"].as_str().unwrap().contains("DSA");
    options.crls = &crls;
    options.revocation = Revocation::Required;
    options.policies = &policies;
    options.explicit_policy = flag("SetInitialExplicitPolicy");
    options.inhibit_policy_mapping = flag("SetInitialPolicyMappingInhibit");
    options.inhibit_any_policy = flag("SetInitialInhibitAnyPolicy");
    let report = build_and_validate(leaf, std::slice::from_ref(anchor), intermediates, &options);
    let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    (
        report.verdict == Verdict::Valid,
        format!("{} [{}]", report.status, findings.join("; ")),
    )
}

fn names<'a>(case: &'a Value, key: &str) -> Vec<&'a str> {
    case[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect()
}

fn policies(text: &str) -> Vec<ObjectIdentifier> {
    text.trim_matches('"')
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| match name.strip_prefix("NIST-test-policy-") {
            Some(number) => ObjectIdentifier::new(&format!("2.16.840.1.101.3.2.1.48.{number}")).unwrap(),
            None => ANY_POLICY,
        })
        .collect()
}
