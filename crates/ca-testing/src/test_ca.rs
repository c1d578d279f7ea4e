//! Identities in memory.

use ca_core::audit::AuditContext;
use ca_core::authority::{
    Application, Authority, AuthorityName, BaseUrl, CaSigner, CertificateAuthority, IssuingPlan,
    make_issuing, make_root,
};
use ca_core::ledger::{AuthorityKind, Ledger as _, MemoryLedger};
use ca_core::policy::{PolicySet, shipped};
use ca_core::{AdmitContext, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request, Usage};
use chrono::{DateTime, Duration, Utc};
use identity::identity::Identity;
use identity::pkcs12::{MACHINE_PASSWORD_ITERATIONS, Preset};
use identity::{Certificate, KeyAlgorithm, Mailbox, Passphrase, PrivateKey};

/// Rounds of key derivation of the P12 files of tests: the fewest that are written at all. People's files have many more.
pub const TEST_P12_ITERATIONS: u32 = MACHINE_PASSWORD_ITERATIONS;

/// A certificate authority in memory: a root, and under it the one that issues.
///
/// ```
/// use ca_testing::TestCa;
///
/// let ca = TestCa::new();
/// let alice = ca.issue("alice@example.com").identity();
/// assert_eq!(alice.certificate().emails(), ["alice@example.com"]);
/// let p12 = ca.issue("bob@example.com").p12("pw");
/// # assert!(!p12.is_empty());
/// ```
#[derive(Debug)]
pub struct TestCa {
    policies: PolicySet,
    class: Class,
    root: Certificate,
    issuing: CertificateAuthority,
    ledger: MemoryLedger,
    now: DateTime<Utc>,
}

/// An identity that is about to be issued; [`Issue::identity`] and [`Issue::p12`] do it.
#[derive(Debug)]
pub struct Issue<'a> {
    ca: &'a TestCa,
    request: Request,
    key: Option<PrivateKey>,
    usage: CertificateUsage,
    at: DateTime<Utc>,
}

/// Why an identity was not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotIssued {
    reason: String,
}

impl NotIssued {
    fn because(reason: impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
        }
    }
}

impl Default for TestCa {
    fn default() -> Self {
        Self::new()
    }
}

impl TestCa {
    /// Makes an authority that issues by the shipped policy of class 1.
    #[must_use]
    pub fn new() -> Self {
        Self::with_policies(shipped(), Class::One)
    }

    /// Makes the authority of [`TestCa::new`] as if it were another moment.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self::made(shipped(), Class::One, now)
    }

    /// Makes an authority that issues one class by the policies of these files (name and text).
    #[must_use]
    pub fn with_policies(files: &[(&str, &str)], class: Class) -> Self {
        Self::made(files, class, Utc::now())
    }

    fn made(files: &[(&str, &str)], class: Class, now: DateTime<Utc>) -> Self {
        let policies = PolicySet::parse(files).unwrap();
        // Old enough to have issued what has expired since.
        let born = now - Duration::days(3 * 365);
        let name = AuthorityName {
            name: "Test",
            organization: Some("Test School"),
            country: Some("FR"),
        };
        let base_url: BaseUrl = "http://pki.example.com".parse().unwrap();
        let signer = CaSigner::new(p256()).unwrap();
        let root = make_root(name, policies.root(), &signer, born).unwrap();
        let above =
            CertificateAuthority::new(root.clone(), Vec::new(), signer, Some(base_url.clone())).unwrap();
        let issuers = policies.issuers();
        let issuer = issuers.iter().find(|plan| plan.classes.contains(&class)).unwrap();
        let plan = IssuingPlan {
            issuer,
            domains: &[],
            critical_constraints: false,
        };
        let signer = CaSigner::new(p256()).unwrap();
        let certificate =
            make_issuing(name, policies.root(), plan, signer.public_key(), &above, born).unwrap();
        let issuing =
            CertificateAuthority::new(certificate, vec![root.clone()], signer, Some(base_url)).unwrap();
        let ledger = MemoryLedger::new(born);
        let record = issuing.to_record(AuthorityKind::Issuing, vec![class], "", &context(born), born);
        ledger.add_authorities(&[record], &[]).unwrap();
        Self {
            policies,
            class,
            root,
            issuing,
            ledger,
            now,
        }
    }

    /// Returns the root: what a test trusts.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// Returns the certificate of the authority that issues.
    pub fn issuer(&self) -> &Certificate {
        self.issuing.certificate()
    }

    /// Starts an identity: a P-256 key for signing and encrypting, valid now, unless told otherwise.
    ///
    /// # Panics
    /// If the address is none.
    #[must_use]
    pub fn issue(&self, address: &str) -> Issue<'_> {
        Issue {
            ca: self,
            request: Request::new(self.class, Mailbox::parse(address).unwrap()),
            key: None,
            usage: CertificateUsage::Dual,
            at: self.now,
        }
    }
}

impl Issue<'_> {
    /// Gives it this key instead of a new one.
    #[must_use]
    pub fn key(mut self, key: PrivateKey) -> Self {
        self.key = Some(key);
        self
    }

    /// For signing only.
    #[must_use]
    pub fn sign_only(mut self) -> Self {
        self.request.usage = Some(Usage::Sign);
        self.usage = CertificateUsage::Sign;
        self
    }

    /// For being encrypted to only.
    #[must_use]
    pub fn encrypt_only(mut self) -> Self {
        self.request.usage = Some(Usage::Encrypt);
        self.usage = CertificateUsage::Encrypt;
        self
    }

    /// Expired a year ago.
    #[must_use]
    pub fn expired(mut self) -> Self {
        self.at = self.ca.now - Duration::days(2 * 365);
        self.request.days = Some(365);
        self
    }

    /// Not valid before a month from now.
    #[must_use]
    pub fn not_yet_valid(mut self) -> Self {
        self.at = self.ca.now + Duration::days(30);
        self
    }

    /// Changes what is asked for: names, further addresses, days.
    #[must_use]
    pub fn request(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(&mut self.request);
        self
    }

    /// Issues it: key, certificate and the certificates above it.
    ///
    /// # Panics
    /// If the policy refuses the request; [`Issue::try_identity`] returns why.
    #[must_use]
    pub fn identity(self) -> Identity {
        self.try_identity().unwrap()
    }

    /// As [`Issue::identity`], for what comes from outside of the test.
    ///
    /// # Errors
    /// [`NotIssued`], saying what is wrong with the request.
    pub fn try_identity(mut self) -> Result<Identity, NotIssued> {
        let ca = self.ca;
        let key = match self.key.take() {
            Some(key) => key,
            None => PrivateKey::generate(KeyAlgorithm::EcP256).map_err(NotIssued::because)?,
        };
        self.request.key = KeySource::Existing(key.public_key().clone());
        let evidence = EvidenceKind::ALL
            .into_iter()
            .map(|kind| Evidence::stated(kind, "a test"))
            .collect::<Result<Vec<_>, _>>()
            .map_err(NotIssued::because)?;
        let admission = AdmitContext {
            now: self.at,
            issuer_not_after: ca.issuer().not_after(),
            permitted_domains: &[],
        };
        let profile = ca.policies.profile(ca.class);
        let profile = profile.ok_or_else(|| NotIssued::because("no policy is for this class"))?;
        let approved = profile
            .admit(self.request, evidence, &admission)
            .map_err(NotIssued::because)?;
        let authority = Authority::new(&ca.ledger, &ca.issuing, context(self.at));
        let application = Application {
            approved: &approved,
            usage: self.usage,
            key: key.public_key(),
            another: true,
            own_mail: false,
            renews: None,
        };
        let prepared = authority
            .prepare(application, self.at)
            .map_err(NotIssued::because)?;
        let issued = authority.issue(prepared, self.at).map_err(NotIssued::because)?;
        let (certificate, chain) = (issued.certificate().clone(), issued.chain().to_vec());
        Identity::new(key, certificate, chain).map_err(NotIssued::because)
    }

    /// Issues it as a P12 file under this password, with [`TEST_P12_ITERATIONS`].
    ///
    /// # Panics
    /// As [`Issue::identity`].
    #[must_use]
    pub fn p12(self, password: &str) -> Vec<u8> {
        let label = self
            .request
            .emails
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        let password = Passphrase::new(password).unwrap();
        self.identity()
            .to_pkcs12(&label, &password, Preset::Modern, Some(TEST_P12_ITERATIONS))
            .unwrap()
    }
}

fn p256() -> PrivateKey {
    PrivateKey::generate(KeyAlgorithm::EcP256).unwrap()
}

fn context(real_time: DateTime<Utc>) -> AuditContext {
    AuditContext {
        actor: "test".to_owned(),
        real_time,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ca_core::lint::{LintContext, lint_certificate};

    #[test]
    fn identities_are_what_was_asked_for() {
        let ca = TestCa::new();
        let now = Utc::now();
        let alice = ca.issue("alice@example.com").identity();
        let certificate = alice.certificate();
        assert!(certificate.not_before() <= now && now <= certificate.not_after());
        assert_eq!(alice.chain().first(), Some(ca.issuer()));
        assert!(certificate.verify_signed_by(ca.issuer().public_key()).is_ok());
        let lint = LintContext {
            issuer: Some(ca.issuer()),
            ..LintContext::default()
        };
        assert_eq!(lint_certificate(certificate, &lint), []);
        let old = ca.issue("alice@example.com").expired().identity();
        assert!(old.certificate().not_after() < now);
        let early = ca.issue("alice@example.com").not_yet_valid().identity();
        assert!(now < early.certificate().not_before());
        let signs = ca.issue("alice@example.com").sign_only().identity();
        assert!(signs.can_sign() && !signs.can_encrypt());
        let encrypts = ca.issue("alice@example.com").encrypt_only().identity();
        assert!(!encrypts.can_sign() && encrypts.can_encrypt());
    }

    #[test]
    fn a_p12_opens_with_its_password() {
        let p12 = TestCa::new().issue("alice@example.com").p12("pw");
        let password = Passphrase::new("pw").unwrap();
        let read =
            Identity::from_pkcs12(&p12, Some(&password), identity::pkcs12::ReadOptions::default()).unwrap();
        assert_eq!(read[0].certificate().emails(), ["alice@example.com"]);
    }
}
