//! Certificates made to cost much: the work is bounded, and a path that exists is found all the same.

use identity::{Certificate, PrivateKey};
use smime::path::{PathOptions, PathReport, Purpose, build_and_validate};
use smime::report::{Code, Verdict};

use super::made::{NOW, Plan, authority_key_identifier, key};

/// As in `Limits::default()`.
const MOST_CHECKS: usize = 200;

fn judge(leaf: &Certificate, anchors: &[Certificate], untrusted: &[Certificate]) -> PathReport {
    let mut options = PathOptions::new(NOW.parse().unwrap());
    options.purpose = Purpose::Any;
    build_and_validate(leaf, anchors, untrusted, &options)
}

/// The number of signatures that were checked before the search gave up.
#[track_caller]
fn assert_given_up(report: &PathReport) {
    assert_eq!(report.status, Code::TooComplex, "{:#?}", report.findings);
    assert_eq!(report.verdict, Verdict::Indeterminate);
    let said = &report.findings.last().unwrap().message;
    let checks: usize = said.split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!(checks <= MOST_CHECKS, "{said}");
}

fn root(key: &PrivateKey) -> Certificate {
    Plan::authority("CN=Root", "CN=Root", key).sign(key, key)
}

#[test]
fn a_thousand_cross_certificates_of_one_name_that_signed_nothing() {
    let (root_key, true_key) = (key(), key());
    let leaf = Plan::new("CN=Leaf", "CN=Cross").sign(&key(), &true_key);
    let decoys: Vec<_> = (1..=1000)
        .map(|serial| {
            let key = key();
            Plan::authority("CN=Cross", "CN=Root", &key)
                .serial(serial)
                .sign(&key, &root_key)
        })
        .collect();
    assert_given_up(&judge(&leaf, &[root(&root_key)], &decoys));
}

#[test]
fn a_thousand_cross_certificates_of_one_key_that_lead_nowhere() {
    let (cross_key, other) = (key(), key());
    let leaf = Plan::new("CN=Leaf", "CN=Cross").sign(&key(), &cross_key);
    let crosses: Vec<_> = (1..=1000)
        .map(|serial| {
            Plan::authority("CN=Cross", "CN=Root", &cross_key)
                .serial(serial)
                .sign(&cross_key, &other)
        })
        .collect();
    let report = judge(&leaf, &[root(&key())], &crosses);
    assert_given_up(&report);
}

/// Every authority of a level was certified by every one of the next: 5 to the power of 10 paths, none to the root.
#[test]
fn a_mesh_of_exponentially_many_paths() {
    let levels: Vec<Vec<PrivateKey>> = (0..10).map(|_| (0..5).map(|_| key()).collect()).collect();
    let mut mesh = Vec::new();
    for (level, keys) in levels.windows(2).enumerate() {
        for subject in &keys[0] {
            for issuer in &keys[1] {
                let plan = Plan::authority(&format!("CN=L{level}"), &format!("CN=L{}", level + 1), subject);
                mesh.push(plan.sign(subject, issuer));
            }
        }
    }
    let leaf = Plan::new("CN=Leaf", "CN=L0").sign(&key(), &levels[0][0]);
    assert_given_up(&judge(&leaf, &[root(&key())], &mesh));
}

#[test]
fn key_identifiers_find_the_one_of_a_thousand_that_signed() {
    let (root_key, true_key) = (key(), key());
    let leaf = Plan::new("CN=Leaf", "CN=Cross")
        .with(authority_key_identifier(&true_key))
        .sign(&key(), &true_key);
    let mut pool: Vec<_> = (1..1000)
        .map(|serial| {
            let key = key();
            Plan::authority("CN=Cross", "CN=Root", &key)
                .serial(serial)
                .sign(&key, &root_key)
        })
        .collect();
    pool.push(Plan::authority("CN=Cross", "CN=Root", &true_key).sign(&true_key, &root_key));
    let report = judge(&leaf, &[root(&root_key)], &pool);
    assert_eq!(report.status, Code::Ok, "{:#?}", report.findings);
}

#[test]
fn cross_certificates_that_form_a_loop() {
    let (root_key, a, b) = (key(), key(), key());
    let leaf = Plan::new("CN=Leaf", "CN=A").sign(&key(), &a);
    let mut pool = vec![
        Plan::authority("CN=A", "CN=B", &a).sign(&a, &b),
        Plan::authority("CN=B", "CN=A", &b).sign(&b, &a),
    ];
    let report = judge(&leaf, &[root(&root_key)], &pool);
    assert_eq!(report.status, Code::UnknownIssuer, "{:#?}", report.findings);
    // With a way out of the loop it is taken.
    pool.push(Plan::authority("CN=B", "CN=Root", &b).sign(&b, &root_key));
    let report = judge(&leaf, &[root(&root_key)], &pool);
    assert_eq!(report.status, Code::Ok, "{:#?}", report.findings);
    assert_eq!(report.chain.len(), 4);
}

/// The first candidate path is refused for its constraints, the second one holds.
#[test]
fn of_two_paths_the_one_that_holds_counts() {
    let (root_key, a) = (key(), key());
    let leaf = Plan::new("CN=Leaf", "CN=A").sign(&key(), &a);
    let mut expired = Plan::authority("CN=A", "CN=Root", &a).serial(2);
    expired.validity = ["20200101000000Z", "20210101000000Z"];
    let crosses = [
        expired.sign(&a, &root_key),
        Plan::authority("CN=A", "CN=Root", &a)
            .with(("1.2.3.4", true, vec![5, 0]))
            .sign(&a, &root_key),
        Plan::authority("CN=A", "CN=Root", &a)
            .serial(3)
            .sign(&a, &root_key),
    ];
    let report = judge(&leaf, &[root(&root_key)], &crosses);
    assert_eq!(report.status, Code::Ok, "{:#?}", report.findings);
    let report = judge(&leaf, &[root(&root_key)], &crosses[..2]);
    assert_ne!(report.verdict, Verdict::Valid);
}

/// Self-issued certificates do not count towards the longest path; the work they cause is bounded like any other.
#[test]
fn a_very_long_chain_of_self_issued_certificates() {
    let keys: Vec<_> = (0..500).map(|_| key()).collect();
    let chain: Vec<_> = keys
        .windows(2)
        .map(|pair| {
            Plan::authority("CN=A", "CN=A", &pair[0])
                .with(authority_key_identifier(&pair[1]))
                .sign(&pair[0], &pair[1])
        })
        .collect();
    let leaf = Plan::new("CN=Leaf", "CN=A")
        .with(authority_key_identifier(&keys[0]))
        .sign(&key(), &keys[0]);
    assert_given_up(&judge(&leaf, &[root(&key())], &chain));
}

#[test]
fn unknown_critical_extensions_are_refused_wherever_they_stand() {
    let (root_key, a) = (key(), key());
    let unknown = || ("1.2.3.4", true, vec![5, 0]);
    let good = Plan::authority("CN=A", "CN=Root", &a);
    let leaf = Plan::new("CN=Leaf", "CN=A");
    let leaf_key = key();
    let roots = [root(&root_key)];
    let report = judge(
        &leaf.clone().with(unknown()).sign(&leaf_key, &a),
        &roots,
        &[good.sign(&a, &root_key)],
    );
    assert_eq!(report.status, Code::UnknownCriticalExtension);
    let report = judge(
        &leaf.sign(&leaf_key, &a),
        &roots,
        &[good.with(unknown()).sign(&a, &root_key)],
    );
    assert_eq!(report.status, Code::UnknownCriticalExtension);
    let root = [Plan::authority("CN=Root", "CN=Root", &root_key)
        .with(unknown())
        .sign(&root_key, &root_key)];
    let report = judge(
        &Plan::new("CN=Leaf", "CN=Root").sign(&leaf_key, &root_key),
        &root,
        &[],
    );
    assert_eq!(report.status, Code::UnknownCriticalExtension);
}
