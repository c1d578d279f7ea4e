//! Certificates per second from given public keys, with the ledger in memory and on disk.

use std::time::{Duration, Instant};

use ca_core::audit::AuditContext;
use ca_core::authority::{
    Application, Authority, AuthorityName, CaSigner, CertificateAuthority, IssuingPlan, make_issuing,
    make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger, MemoryLedger};
use ca_core::policy::{PolicySet, shipped};
use ca_core::{AdmitContext, Approved, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request};
use ca_store::SqliteLedger;
use chrono::{DateTime, Utc};
use identity::{KeyAlgorithm, Mailbox, PrivateKey};

/// Issues for about this long for each row.
const FOR: Duration = Duration::from_secs(2);

/// Prints a row for each key and ledger; `openssl` is the time of one `openssl x509 -req` with a P-256 CA key.
pub(crate) fn print_rates(openssl: Duration) {
    let openssl = 1.0 / openssl.as_secs_f64();
    println!(
        "\n{:<44} {:>10} {:>10} {:>8}",
        "certificates per second, P-256 CA, in process", "cachet", "openssl", "ratio"
    );
    for algorithm in [KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048] {
        let bench = Bench::new(algorithm);
        let folder = tempfile::tempdir().expect("a folder");
        let durable = SqliteLedger::create(&folder.path().join("bench.db"), now()).expect("a ledger");
        bench.register(&durable);
        let memory = MemoryLedger::new(now());
        bench.register(&memory);
        for (label, ledger, batch) in [
            ("in memory, batches of 500", &memory as &dyn Ledger, 500),
            ("durable (SQLite), batches of 500", &durable, 500),
            ("durable (SQLite), one by one", &durable, 1),
        ] {
            let rate = bench.rate(ledger, batch);
            println!(
                "{:<44} {rate:>8.0}/s {openssl:>8.0}/s {:>7.1}x",
                format!("{algorithm} key, {label}"),
                rate / openssl
            );
        }
    }
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

    fn register(&self, ledger: &dyn Ledger) {
        let record =
            self.authority
                .to_record(AuthorityKind::Issuing, vec![Class::One], "", &context(), now());
        ledger.add_authorities(&[record], &[]).expect("authority");
    }

    /// Reserve and record, sign on both cores, verify, record.
    fn rate(&self, ledger: &dyn Ledger, batch: usize) -> f64 {
        let authority = Authority::new(ledger, &self.authority, context());
        let application = Application {
            approved: &self.approved,
            usage: CertificateUsage::Dual,
            key: self.key.public_key(),
            another: true,
            own_mail: false,
            renews: None,
        };
        let applications = vec![application; batch];
        let jobs = if batch == 1 {
            1
        } else {
            std::thread::available_parallelism().map_or(1, Into::into)
        };
        let (started, mut issued) = (Instant::now(), 0);
        while started.elapsed() < FOR {
            let prepared = authority.prepare_batch(&applications, now()).expect("prepared");
            let results = authority.issue_batch(prepared, jobs, now()).expect("recorded");
            assert!(results.iter().all(Result::is_ok));
            issued += batch;
        }
        f64::from(u32::try_from(issued).expect("a small number")) / started.elapsed().as_secs_f64()
    }
}

fn context() -> AuditContext {
    AuditContext {
        actor: "bench".to_owned(),
        real_time: now(),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a moment")
}
