//! Certificates per second from a given public key, with the ledger in memory.

use ca_core::audit::AuditContext;
use ca_core::authority::{
    Application, Authority, AuthorityName, CaSigner, CertificateAuthority, IssuingPlan, make_issuing,
    make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger as _, MemoryLedger};
use ca_core::policy::{PolicySet, shipped};
use ca_core::{AdmitContext, Approved, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request};
use chrono::{DateTime, Utc};
use divan::Bencher;
use divan::counter::ItemsCount;
use identity::{KeyAlgorithm, Mailbox, PrivateKey};

fn main() {
    divan::main();
}

/// A class of certificates under a P-256 authority, reserved, signed by so many threads, and recorded together.
#[divan::bench(args = [1, 2], consts = [500])]
fn p256_keys<const BATCH: usize>(bencher: Bencher<'_, '_>, jobs: usize) {
    batch(bencher, KeyAlgorithm::EcP256, BATCH, jobs);
}

/// The same for RSA-2048 keys.
#[divan::bench(args = [1, 2], consts = [500])]
fn rsa_2048_keys<const BATCH: usize>(bencher: Bencher<'_, '_>, jobs: usize) {
    batch(bencher, KeyAlgorithm::Rsa2048, BATCH, jobs);
}

fn batch(bencher: Bencher<'_, '_>, algorithm: KeyAlgorithm, size: usize, jobs: usize) {
    let bench = Bench::new(algorithm);
    let context = || AuditContext {
        actor: "bench".to_owned(),
        real_time: now(),
    };
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| bench.ledger())
        .bench_refs(|ledger| {
            let authority = Authority::new(ledger, &bench.authority, context());
            let applications: Vec<_> = (0..size)
                .map(|_| Application {
                    approved: &bench.approved,
                    usage: CertificateUsage::Dual,
                    key: bench.key.public_key(),
                    another: true,
                    own_mail: false,
                    renews: None,
                })
                .collect();
            let prepared = authority.prepare_batch(&applications, now()).expect("prepared");
            let issued = authority.issue_batch(prepared, jobs, now()).expect("recorded");
            assert!(issued.iter().all(Result::is_ok));
        });
}

struct Bench {
    authority: CertificateAuthority,
    approved: Approved,
    key: PrivateKey,
}

impl Bench {
    fn new(algorithm: KeyAlgorithm) -> Self {
        let policies = PolicySet::parse(shipped()).expect("shipped policies");
        let name = AuthorityName {
            name: "Bench",
            organization: None,
            country: None,
        };
        let signer =
            || CaSigner::new(PrivateKey::generate(KeyAlgorithm::EcP256).expect("key")).expect("signer");
        let root_signer = signer();
        let root = make_root(name, policies.root(), &root_signer, now()).expect("root");
        let root = CertificateAuthority::new(root, Vec::new(), root_signer, None).expect("root");
        let issuers = policies.issuers();
        let plan = IssuingPlan {
            issuer: &issuers[0],
            domains: &[],
            critical_constraints: false,
        };
        let issuing = signer();
        let certificate =
            make_issuing(name, policies.root(), plan, issuing.public_key(), &root, now()).expect("issuing");
        let chain = vec![root.certificate().clone()];
        let authority = CertificateAuthority::new(certificate, chain, issuing, None).expect("issuing");
        let key = PrivateKey::generate(algorithm).expect("key");
        let mut request = Request::new(Class::One, Mailbox::parse("alice@example.org").expect("address"));
        request.key = KeySource::Existing(key.public_key().clone());
        let evidence = vec![Evidence::stated(EvidenceKind::Mailbox, "bench").expect("evidence")];
        let context = AdmitContext {
            now: now(),
            issuer_not_after: authority.certificate().not_after(),
            permitted_domains: &[],
        };
        let profile = policies.profile(Class::One).expect("class 1");
        let approved = profile.admit(request, evidence, &context).expect("admitted");
        Self {
            authority,
            approved,
            key,
        }
    }

    fn ledger(&self) -> MemoryLedger {
        let ledger = MemoryLedger::new(now());
        let context = AuditContext {
            actor: "bench".to_owned(),
            real_time: now(),
        };
        let record = self
            .authority
            .to_record(AuthorityKind::Issuing, vec![Class::One], "", &context, now());
        ledger.add_authorities(&[record], &[]).expect("authority");
        ledger
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a moment")
}
