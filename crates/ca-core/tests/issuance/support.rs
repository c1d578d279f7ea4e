//! Keys, authorities and requests.

use ca_core::audit::AuditContext;
use ca_core::authority::{
    Application, Authority, AuthorityName, BaseUrl, CaSigner, CertificateAuthority, IssueError, Issued,
    IssuingPlan, make_issuing, make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger, MemoryLedger};
use ca_core::policy::{PolicySet, shipped};
use ca_core::{
    AdmitContext, Approved, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request, Usage,
};
use chrono::{DateTime, Utc};
use identity::{Certificate, KeyAlgorithm, Mailbox, PrivateKey};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

/// Both a root and an issuing authority under it, with the ledger that knows them.
pub(crate) struct World {
    pub(crate) ledger: MemoryLedger,
    pub(crate) root: Certificate,
    pub(crate) root_authority: CertificateAuthority,
    pub(crate) issuing: CertificateAuthority,
}

/// How a world is made.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) root: KeyAlgorithm,
    pub(crate) issuing: KeyAlgorithm,
    pub(crate) domains: Vec<String>,
    pub(crate) critical: bool,
    pub(crate) base_url: Option<BaseUrl>,
    pub(crate) class: Class,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            root: KeyAlgorithm::EcP384,
            issuing: KeyAlgorithm::EcP256,
            domains: Vec::new(),
            critical: false,
            base_url: None,
            class: Class::One,
        }
    }
}

impl World {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self::with_signer(setup, CaSigner::new(key(setup.issuing, 1).clone()).unwrap())
    }

    pub(crate) fn with_signer(setup: &Setup, signer: CaSigner) -> Self {
        let name = AuthorityName {
            name: "Example",
            organization: Some("Example School"),
            country: Some("FR"),
        };
        let policy = policies().root();
        let root_signer = CaSigner::new(key(setup.root, 0).clone()).unwrap();
        let root = make_root(name, policy, &root_signer, now()).unwrap();
        let root_ca =
            CertificateAuthority::new(root.clone(), Vec::new(), root_signer, setup.base_url.clone()).unwrap();
        let plans = policies().issuers();
        let issuer = plans
            .iter()
            .find(|plan| plan.classes.contains(&setup.class))
            .unwrap();
        let plan = IssuingPlan {
            issuer,
            domains: &setup.domains,
            critical_constraints: setup.critical,
        };
        let certificate = make_issuing(name, policy, plan, signer.public_key(), &root_ca, now()).unwrap();
        let chain = vec![root.clone()];
        let issuing = CertificateAuthority::new(certificate, chain, signer, setup.base_url.clone()).unwrap();
        let ledger = MemoryLedger::new(now());
        let records = [
            root_ca.to_record(AuthorityKind::Root, Vec::new(), "root.key", &context(), now()),
            issuing.to_record(
                AuthorityKind::Issuing,
                issuer.classes.clone(),
                "issuing.key",
                &context(),
                now(),
            ),
        ];
        ledger.add_authorities(&records, &[]).unwrap();
        Self {
            ledger,
            root,
            root_authority: root_ca,
            issuing,
        }
    }

    pub(crate) fn authority(&self) -> Authority<'_> {
        Authority::new(&self.ledger, &self.issuing, context())
    }

    pub(crate) fn admit(&self, request: Request) -> Approved {
        let permitted = self.issuing.permitted_domains();
        let context = AdmitContext {
            now: now(),
            issuer_not_after: self.issuing.certificate().not_after(),
            permitted_domains: &permitted,
        };
        let class = request.class;
        policies()
            .profile(class)
            .unwrap()
            .admit(request, evidence(class), &context)
            .unwrap()
    }

    /// Issues the first certificate of a request.
    pub(crate) fn issue(&self, request: Request, key: &PrivateKey) -> Result<Issued, IssueError> {
        let approved = self.admit(request);
        let usage = approved.certificates()[0];
        let application = Application {
            approved: &approved,
            usage,
            key: key.public_key(),
            another: false,
            own_mail: false,
            renews: None,
        };
        let authority = self.authority();
        let prepared = authority.prepare(application, now())?;
        authority.issue(prepared, now())
    }
}

pub(crate) fn application<'a>(approved: &'a Approved, key: &'a PrivateKey) -> Application<'a> {
    Application {
        approved,
        usage: CertificateUsage::Dual,
        key: key.public_key(),
        another: false,
        own_mail: false,
        renews: None,
    }
}

pub(crate) fn request(class: Class, email: &str, algorithm: KeyAlgorithm, usage: Usage) -> Request {
    let mut request = Request::new(class, Mailbox::parse(email).unwrap());
    request.key = KeySource::Existing(key(algorithm, 2).public_key().clone());
    request.usage = Some(usage);
    if class != Class::One {
        request.given_name = Some("Zoé".to_owned());
        request.surname = Some("Müller".to_owned());
        request.organization = Some("Example School".to_owned());
        request.country = Some("FR".to_owned());
    }
    request
}

pub(crate) fn evidence(class: Class) -> Vec<Evidence> {
    let kinds: &[EvidenceKind] = match class {
        Class::One => &[EvidenceKind::Mailbox],
        Class::Two => &[
            EvidenceKind::Mailbox,
            EvidenceKind::Document,
            EvidenceKind::Organization,
        ],
        Class::Three => &[
            EvidenceKind::Mailbox,
            EvidenceKind::Document,
            EvidenceKind::Organization,
            EvidenceKind::InPerson,
        ],
    };
    kinds
        .iter()
        .map(|kind| Evidence::stated(*kind, "seen").unwrap())
        .collect()
}

pub(crate) fn policies() -> &'static PolicySet {
    static POLICIES: OnceLock<PolicySet> = OnceLock::new();
    POLICIES.get_or_init(|| PolicySet::parse(shipped()).unwrap())
}

/// A key of this kind, made once; RSA keys are the same for all.
pub(crate) fn key(algorithm: KeyAlgorithm, number: u8) -> &'static PrivateKey {
    static KEYS: OnceLock<Mutex<HashMap<(String, u8), &'static PrivateKey>>> = OnceLock::new();
    // They take long to make: authorities share one, and holders another.
    let number = if algorithm.is_rsa() {
        number / 2 * 2
    } else {
        number
    };
    let mut keys = KEYS.get_or_init(Mutex::default).lock().unwrap();
    keys.entry((algorithm.to_string(), number))
        .or_insert_with(|| Box::leak(Box::new(PrivateKey::generate(algorithm).unwrap())))
}

pub(crate) fn context() -> AuditContext {
    AuditContext {
        actor: "tester".to_owned(),
        real_time: now(),
    }
}

/// The moment of the tests: OpenSSL is told it too.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}
