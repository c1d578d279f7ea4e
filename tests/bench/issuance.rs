//! Certificates per second from given public keys: in bulk as the ledger grows, under each kind of issuing CA, from many
//! callers at once, and with keys made for them.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use ca_core::audit::AuditContext;
use ca_core::authority::{
    Application, Authority, AuthorityName, CaSigner, CertificateAuthority, IssuingPlan, Pace, make_issuing,
    make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger, MemoryLedger};
use ca_core::policy::{PolicySet, shipped};
use ca_core::{AdmitContext, Approved, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request};
use ca_store::SqliteLedger;
use chrono::{DateTime, Utc};
use identity::{KeyAlgorithm, Mailbox, PrivateKey, PublicKey, SignatureScheme, digest, verify_independently};

/// Certificates that are timed together.
const SLICE: usize = 10_000;
const CALLERS: usize = 8;
const EACH: usize = 500;
/// For how long keys are made at a time, and how often, with and without certificates.
const KEYS_FOR: Duration = Duration::from_secs(6);
const KEY_ROUNDS: usize = 8;

/// Prints a row for each; `openssl` is the time of one `openssl x509 -req` with a P-256 CA key.
pub(crate) fn print_rates(openssl: Duration) {
    println!(
        "\ncertificates per second from given P-256 keys, {} cores, in process, each on durable record before and after\n\
         its signature, which a second library has verified; openssl x509 -req, a process for each: {:.0}/s",
        cores(),
        1.0 / openssl.as_secs_f64()
    );
    let bare = bare_rate();
    println!("{:<52} {:>9} {:>10} {:>9}", "", "per s", "of bare", "peak MB");
    row("bare: one signature and its verification", bare, bare);
    bulk(bare);
    for algorithm in [KeyAlgorithm::EcP384, KeyAlgorithm::Rsa3072] {
        let place = Place::new(algorithm);
        let rate = place.bulk_rate(2_000, 0);
        row(&format!("bulk, {algorithm} issuing CA"), rate, bare);
    }
    let rate = Place::in_memory().bulk_rate(SLICE, 0);
    row("bulk, ledger in memory", rate, bare);
    row(
        "one by one, two commits each",
        Place::new(KeyAlgorithm::EcP256).callers(1),
        bare,
    );
    let rate = Place::new(KeyAlgorithm::EcP256).callers(CALLERS);
    row(
        &format!("{CALLERS} callers, two commits each, shared"),
        rate,
        bare,
    );
    with_keys();
}

fn row(label: &str, rate: f64, bare: f64) {
    let peak = peak_megabytes();
    println!(
        "{label:<52} {rate:>7.0}/s {:>9.0}% {peak:>9.0}",
        100.0 * rate / bare
    );
}

/// As the ledger grows: to 100,000, or with `CACHET_BENCH_MILLION` to a million.
fn bulk(bare: f64) {
    let total = match std::env::var_os("CACHET_BENCH_MILLION") {
        Some(_) => 1_000_000,
        None => 100_000,
    };
    let place = Place::new(KeyAlgorithm::EcP256);
    let step = total / 10 / SLICE;
    let mut times = Vec::new();
    for slice in 0..total / SLICE {
        times.push(place.bulk_time(SLICE, slice * SLICE));
        if (slice + 1) % step == 0 {
            let label = format!("bulk, up to {} in the ledger", (slice + 1) * SLICE);
            let last = times.iter().rev().take(step).sum();
            row(&label, per_second(SLICE * step, last), bare);
        }
    }
    plot(&times);
}

/// Draws the time of each slice, twenty lines at most.
fn plot(times: &[Duration]) {
    println!("microseconds for each certificate, one # for five:");
    for (number, group) in (1..).zip(times.chunks(times.len().div_ceil(20))) {
        let certificates = u32::try_from(SLICE * group.len()).expect("a small number");
        let each = group.iter().sum::<Duration>().as_secs_f64() * 1e6 / f64::from(certificates);
        let bar = "#".repeat((each / 5.0).round() as usize);
        let reached = number * SLICE * group.len();
        println!("{reached:>9} {each:>5.0} {bar}");
    }
}

/// RSA-2048 keys as PKCS#8, with certificates and without, in turn: chance decides how long a key takes.
fn with_keys() {
    let place = Place::new(KeyAlgorithm::EcP256);
    let (mut bare, mut issued) = (Made::default(), Made::default());
    for _ in 0..KEY_ROUNDS {
        bare.add(|_| ());
        issued.add(|keys| place.issue(keys.iter().map(PrivateKey::public_key).cloned().collect()));
    }
    let (bare, issued) = (bare.rate(), issued.rate());
    println!(
        "RSA-2048 keys as PKCS#8, {} cores: {bare:.1}/s bare, {issued:.1}/s with certificates: {:.0} %",
        cores(),
        100.0 * issued / bare
    );
}

/// Keys made so far.
#[derive(Default)]
struct Made {
    keys: usize,
    time: Duration,
}

impl Made {
    /// Makes keys on all cores for a while and hands each core's eight to `use_them`.
    fn add(&mut self, use_them: impl Fn(&[PrivateKey]) + Sync) {
        let started = Instant::now();
        let work = || {
            let mut made = 0;
            while started.elapsed() < KEYS_FOR {
                let keys: Vec<_> = (0..8)
                    .map(|_| PrivateKey::generate(KeyAlgorithm::Rsa2048).expect("key"))
                    .collect();
                for key in &keys {
                    std::hint::black_box(key.to_pkcs8_pem());
                }
                use_them(&keys);
                made += keys.len();
            }
            made
        };
        self.keys += std::thread::scope(|scope| {
            let threads: Vec<_> = (0..cores()).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("made"))
                .sum::<usize>()
        });
        self.time += started.elapsed();
    }

    fn rate(&self) -> f64 {
        per_second(self.keys, self.time)
    }
}

/// A CA with its ledger.
struct Place {
    policies: PolicySet,
    authority: CertificateAuthority,
    ledger: Box<dyn Ledger>,
    next: std::sync::atomic::AtomicUsize,
    _folder: tempfile::TempDir,
}

impl Place {
    fn new(issuing: KeyAlgorithm) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bench.db");
        let mut fresh = SqliteLedger::create(&path, now()).expect("a ledger");
        // As every later opening finds it.
        fresh.close().expect("closed");
        let ledger = Box::new(SqliteLedger::open(&path).expect("a ledger"));
        Self::with(issuing, ledger, folder)
    }

    fn in_memory() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::with(KeyAlgorithm::EcP256, Box::new(MemoryLedger::new(now())), folder)
    }

    fn with(issuing: KeyAlgorithm, ledger: Box<dyn Ledger>, folder: tempfile::TempDir) -> Self {
        let policies = PolicySet::parse(shipped()).expect("shipped policies");
        let name = AuthorityName {
            name: "Bench",
            organization: None,
            country: None,
        };
        let signer =
            |algorithm| CaSigner::new(PrivateKey::generate(algorithm).expect("key")).expect("signer");
        let root_signer = signer(KeyAlgorithm::EcP384);
        let root = make_root(name, policies.root(), &root_signer, now()).expect("root");
        let root = CertificateAuthority::new(root, Vec::new(), root_signer, None).expect("root");
        let issuers = policies.issuers();
        let plan = IssuingPlan {
            issuer: &issuers[0],
            domains: &[],
            critical_constraints: false,
        };
        let signer = signer(issuing);
        let certificate =
            make_issuing(name, policies.root(), plan, signer.public_key(), &root, now()).expect("issuing");
        let chain = vec![root.certificate().clone()];
        let authority = CertificateAuthority::new(certificate, chain, signer, None).expect("issuing");
        let records = [
            root.to_record(AuthorityKind::Root, Vec::new(), "", &context(), now()),
            authority.to_record(AuthorityKind::Issuing, vec![Class::One], "", &context(), now()),
        ];
        ledger.add_authorities(&records, &[]).expect("authorities");
        Self {
            policies,
            authority,
            ledger,
            next: std::sync::atomic::AtomicUsize::new(0),
            _folder: folder,
        }
    }

    fn bulk_rate(&self, count: usize, first: usize) -> f64 {
        per_second(count, self.bulk_time(count, first))
    }

    /// From public keys and addresses to certificates on record.
    fn bulk_time(&self, count: usize, first: usize) -> Duration {
        let keys = public_keys(count);
        let started = Instant::now();
        let approved: Vec<_> = (first..)
            .zip(&keys)
            .map(|(number, key)| self.admit(&format!("u{number}@example.org"), key))
            .collect();
        let applications: Vec<_> = approved.iter().zip(&keys).map(apply).collect();
        let count = |number| NonZeroUsize::new(number).expect("not none");
        let pace = Pace {
            batch: count(2_000),
            // One core keeps the record.
            jobs: count((cores() - 1).max(1)),
        };
        let mut issued = 0;
        Authority::new(self.ledger.as_ref(), &self.authority, context())
            .issue_all(&applications, pace, now(), |batch| {
                issued += batch.iter().filter(|one| one.is_ok()).count();
            })
            .expect("issued");
        let time = started.elapsed();
        assert_eq!(issued, keys.len());
        time
    }

    /// Each caller issues one after the other, each with commits of its own.
    fn callers(&self, callers: usize) -> f64 {
        let keys = public_keys(callers * EACH);
        let started = Instant::now();
        std::thread::scope(|scope| {
            for part in keys.chunks(EACH) {
                scope.spawn(move || part.iter().for_each(|key| self.issue(vec![key.clone()])));
            }
        });
        per_second(keys.len(), started.elapsed())
    }

    fn issue(&self, keys: Vec<PublicKey>) {
        let number = || self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let approved: Vec<_> = keys
            .iter()
            .map(|key| self.admit(&format!("c{}@example.org", number()), key))
            .collect();
        let applications: Vec<_> = approved.iter().zip(&keys).map(apply).collect();
        let authority = Authority::new(self.ledger.as_ref(), &self.authority, context());
        let prepared = authority.prepare_batch(&applications, now()).expect("reserved");
        let issued = authority.issue_batch(prepared, 1, now()).expect("recorded");
        assert!(issued.iter().all(Result::is_ok));
    }

    fn admit(&self, address: &str, key: &PublicKey) -> Approved {
        let mut request = Request::new(Class::One, Mailbox::parse(address).expect("address"));
        request.key = KeySource::Existing(key.clone());
        let evidence = vec![Evidence::stated(EvidenceKind::Mailbox, "bench").expect("evidence")];
        let context = AdmitContext {
            now: now(),
            issuer_not_after: self.authority.certificate().not_after(),
            permitted_domains: &[],
        };
        let profile = self.policies.profile(Class::One).expect("class 1");
        profile.admit(request, evidence, &context).expect("admitted")
    }
}

fn apply<'a>((approved, key): (&'a Approved, &'a PublicKey)) -> Application<'a> {
    Application {
        approved,
        usage: CertificateUsage::Dual,
        key,
        another: false,
        own_mail: false,
        renews: None,
    }
}

fn public_keys(count: usize) -> Vec<PublicKey> {
    let make = |count: usize| {
        (0..count)
            .map(|_| {
                PrivateKey::generate(KeyAlgorithm::EcP256)
                    .expect("key")
                    .public_key()
                    .clone()
            })
            .collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let share = count.div_ceil(cores());
        let threads: Vec<_> = (0..cores())
            .map(|thread| scope.spawn(move || make(share.min(count - (thread * share).min(count)))))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("keys"))
            .collect()
    })
}

/// What no way of issuing can be faster than: a signature and a second library's verification, on all cores.
fn bare_rate() -> f64 {
    let key = PrivateKey::generate(KeyAlgorithm::EcP256).expect("key");
    let scheme = SignatureScheme::Ecdsa(digest::DigestAlgorithm::Sha256);
    let tbs = [7_u8; 700];
    let count = 5_000;
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(|| {
                for _ in 0..count {
                    let signature = key.sign(&scheme, &tbs).expect("signed");
                    verify_independently(key.public_key(), &scheme, &tbs, &signature).expect("verified");
                }
            });
        }
    });
    per_second(count * cores(), started.elapsed())
}

fn per_second(count: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(count).expect("a small number")) / time.as_secs_f64()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// The most memory that this process has had so far.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 = line
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    kilobytes / 1024.0
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
