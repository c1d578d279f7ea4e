//! x509-limbo: modern path validation verdicts.

use identity::{Certificate, CertificateList, Mailbox, pem};
use serde_json::Value;
use smime::path::{PathOptions, Purpose, Revocation, build_and_validate};
use smime::report::Verdict;

use super::corpus;

/// What differs on purpose, by the beginning of the case's name, and why.
const OTHER: &[(&str, &str)] = &[
    (
        "webpki::",
        "a rule of the web PKI: TLS names, key kinds, key usages",
    ),
    (
        "rfc5280::aki::",
        "what a CA must write; key identifiers are hints (RFC 4158), a lint judges them",
    ),
    (
        "rfc5280::ski::",
        "what a CA must write; key identifiers are hints (RFC 4158), a lint judges them",
    ),
    (
        "rfc5280::serial::",
        "what a CA must write; NIST PKITS 4.4.14 demands to accept negative numbers",
    ),
    (
        "rfc5280::eku::",
        "server authentication; usages are not looked at here",
    ),
    ("rfc5280::ca-as-leaf-wrong-san", "a TLS server's name"),
    ("rfc5280::san::underscore-dns", "a TLS server's name"),
    ("rfc5280::san::ip-in-dns", "a TLS server's name"),
    (
        "rfc5280::san::noncritical-with-empty-subject",
        "what a CA must write; a lint judges it",
    ),
    (
        "rfc5280::nc::permitted-dns-match-noncritical",
        "gpgsm refuses the critical form: both are obeyed",
    ),
    (
        "rfc5280::nc::not-allowed-in-ee",
        "binds nobody below a leaf; a lint judges it",
    ),
    (
        "rfc5280::pc::ica-noncritical-pc",
        "what a CA must write; the constraint is obeyed all the same",
    ),
    (
        "rfc5280::root-non-critical-basic-constraints",
        "what a CA must write; a lint judges it",
    ),
    (
        "rfc5280::leaf-ku-keycertsign",
        "what a CA must write; a leaf is no issuer whatever its key usage says",
    ),
    (
        "pathlen::max-chain-depth-1-self-issued",
        "the bound is on work, so self-issued certificates count too",
    ),
    (
        "crl::crlnumber-missing",
        "what a CA must write; the list is obeyed all the same",
    ),
];

#[test]
fn limbo() {
    let Some(corpus) = corpus("x509-limbo") else {
        return;
    };
    let limbo: Value = serde_json::from_slice(&std::fs::read(corpus.join("limbo.json")).unwrap()).unwrap();
    let (mut right, mut wrong) = (0, Vec::new());
    let cases = limbo["testcases"].as_array().unwrap();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let expected = case["expected_result"] == "SUCCESS";
        let (accepted, detail) = judge(case);
        if accepted == expected {
            right += 1;
            continue;
        }
        if let Some((_, reason)) = OTHER.iter().find(|(prefix, _)| id.starts_with(prefix)) {
            println!("not asked ({reason}): {id}");
            continue;
        }
        wrong.push(format!("{id}: accepted {accepted}, {detail}"));
    }
    println!("x509-limbo: {right} of {} as stated", cases.len());
    assert!(wrong.is_empty(), "judged wrong:\n{}", wrong.join("\n"));
}

fn judge(case: &Value) -> (bool, String) {
    let certificates = |key: &str| -> Result<Vec<Certificate>, String> {
        case[key]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| read(text.as_str().unwrap()))
            .collect()
    };
    let read = || -> Result<_, String> {
        Ok((
            certificates("trusted_certs")?,
            certificates("untrusted_intermediates")?,
            read(case["peer_certificate"].as_str().unwrap())?,
        ))
    };
    let (anchors, untrusted, leaf) = match read() {
        Ok(read) => read,
        Err(error) => return (false, error),
    };
    let crls: Vec<_> = case["crls"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|text| {
            let blocks = pem::decode(text.as_str().unwrap().as_bytes()).unwrap();
            CertificateList::from_der(&blocks[0].der).ok()
        })
        .collect();
    let now = case["validation_time"]
        .as_str()
        .and_then(|time| time.parse().ok());
    let mut options = PathOptions::new(now.unwrap_or_else(|| "2024-01-01T00:00:00Z".parse().unwrap()));
    options.purpose = Purpose::Any;
    options.crls = &crls;
    if !crls.is_empty() {
        options.revocation = Revocation::Required;
    }
    if let Some(intermediates) = case["max_chain_depth"].as_u64() {
        options.limits.depth = usize::try_from(intermediates).unwrap() + 2;
    }
    let email = case["expected_peer_names"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|name| name["kind"] == "RFC822");
    let email = email.map(|name| Mailbox::parse(name["value"].as_str().unwrap()).unwrap());
    options.email = email.as_ref();
    let report = build_and_validate(&leaf, &anchors, &untrusted, &options);
    let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    (
        report.verdict == Verdict::Valid,
        format!("{} [{}]", report.status, findings.join("; ")),
    )
}

fn read(text: &str) -> Result<Certificate, String> {
    let blocks = pem::decode(text.as_bytes()).map_err(|error| error.to_string())?;
    Certificate::from_der(&blocks[0].der).map_err(|error| error.to_string())
}
