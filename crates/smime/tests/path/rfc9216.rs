//! RFC 9216: the community's own S/MIME certificates, directly and through cross-certificates.

use identity::{Certificate, pem};
use smime::path::{PathOptions, Purpose, build_and_validate};
use smime::report::{Code, Verdict};
use test_support::corpus::corpus;

#[test]
fn every_chain_holds_both_ways() {
    let Some(corpus) = corpus("rfc9216") else { return };
    let read = |name: &str| -> Certificate {
        pem::certificates(&std::fs::read(corpus.join(format!("{name}.crt"))).unwrap())
            .unwrap()
            .remove(0)
    };
    let roots = [read("ca.rsa"), read("ca.25519")];
    let crosses = [read("ca.rsa.cross"), read("ca.25519.cross")];
    for (root, holders) in [(0, ["carlos", "dana"]), (1, ["alice", "bob"])] {
        // The root of the other pair, so that only the cross-certificate leads there.
        for holder in holders {
            for (usage, purpose, other) in [
                ("sign", Purpose::SmimeSign, Purpose::SmimeEncrypt),
                ("encrypt", Purpose::SmimeEncrypt, Purpose::SmimeSign),
            ] {
                let leaf = read(&format!("{holder}.{usage}"));
                let mut options = PathOptions::new("2026-01-01T00:00:00Z".parse().unwrap());
                options.purpose = purpose;
                let direct = build_and_validate(&leaf, &roots, &[], &options);
                assert_eq!(
                    direct.verdict,
                    Verdict::Valid,
                    "{holder}.{usage}: {:#?}",
                    direct.findings
                );
                let crossed = build_and_validate(&leaf, &roots[root..=root], &crosses, &options);
                assert_eq!(
                    crossed.verdict,
                    Verdict::Valid,
                    "{holder}.{usage}: {:#?}",
                    crossed.findings
                );
                assert_eq!(crossed.chain.len(), 3);
                options.purpose = other;
                let refused = build_and_validate(&leaf, &roots, &[], &options);
                assert_eq!(
                    refused.status,
                    Code::WrongPurpose,
                    "{holder}.{usage} for the other purpose"
                );
            }
        }
    }
}
