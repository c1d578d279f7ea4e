//! NIST PKITS: 249 path validation verdicts, a test each.

use std::path::PathBuf;

use const_oid::ObjectIdentifier;
use identity::{Certificate, CertificateList};
use smime::path::{PathOptions, Purpose, Revocation, build_and_validate};
use smime::report::Verdict;
use test_support::corpus::pkits::{Case, NOW};

test_support::pkits_tests!(judge);

fn judge(case: &Case) {
    let (accepted, detail) = verdict(case);
    assert_eq!(accepted, case.valid, "{} {}: {detail}", case.number, case.title);
}

fn verdict(case: &Case) -> (bool, String) {
    let certificates = |files: &[PathBuf]| -> Result<Vec<Certificate>, String> {
        files
            .iter()
            .map(|file| {
                Certificate::from_der(&std::fs::read(file).unwrap())
                    .map_err(|error| format!("{}: {error}", file.display()))
            })
            .collect()
    };
    let read = || -> Result<_, String> {
        Ok((
            certificates(std::slice::from_ref(&case.anchor))?,
            certificates(&case.intermediates)?,
            certificates(std::slice::from_ref(&case.leaf))?,
        ))
    };
    let (anchors, intermediates, leaf) = match read() {
        Ok(read) => read,
        Err(error) => return (false, error),
    };
    let lists: Vec<_> = case
        .crls
        .iter()
        .filter_map(|file| CertificateList::from_der(&std::fs::read(file).unwrap()).ok())
        .collect();
    let policies: Vec<ObjectIdentifier> = case.policies.iter().map(|oid| oid.parse().unwrap()).collect();
    let mut options = PathOptions::new(NOW.parse().unwrap());
    options.purpose = Purpose::Any;
    options.legacy = case.legacy;
    options.crls = &lists;
    options.revocation = Revocation::Required;
    options.policies = &policies;
    options.explicit_policy = case.explicit_policy;
    options.inhibit_policy_mapping = case.inhibit_policy_mapping;
    options.inhibit_any_policy = case.inhibit_any_policy;
    let report = build_and_validate(&leaf[0], &anchors, &intermediates, &options);
    let findings: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    (
        report.verdict == Verdict::Valid,
        format!("{} [{}]", report.status, findings.join("; ")),
    )
}
