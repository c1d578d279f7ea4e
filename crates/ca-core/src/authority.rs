//! Certification authorities and issuance.
//!
//! ```text
//! Authority::prepare   serials reserved, to-be-signed bytes on record, those very bytes linted     -> Prepared
//! Authority::issue     signed, verified by another library, on record, only then handed out        -> Issued
//! Authority::issue_all both, of many: one batch is signed while the next is put on record
//! ```
//!
//! A [`Prepared`] is consumed by [`Authority::issue`]: it cannot be redeemed twice. Whatever fails leaves a record, and
//! what was interrupted is finished by [`Authority::resume`].
//!
//! ```
//! use ca_core::audit::AuditContext;
//! use ca_core::authority::*;
//! use ca_core::ledger::{AuthorityKind, Ledger as _, MemoryLedger};
//! use ca_core::policy::{PolicySet, shipped};
//! use ca_core::{AdmitContext, CertificateUsage, Class, Evidence, EvidenceKind, KeySource, Request};
//! use identity::{KeyAlgorithm, Mailbox, PrivateKey};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = "2027-03-01T09:00:00Z".parse()?;
//! let context = AuditContext { actor: "alice".to_owned(), real_time: now };
//! let policies = PolicySet::parse(shipped())?;
//! let name = AuthorityName { name: "Example", organization: Some("Example School"), country: Some("FR") };
//!
//! // A root, and under it the authority that issues class 1.
//! let signer = CaSigner::new(PrivateKey::generate(KeyAlgorithm::EcP384)?)?;
//! let certificate = make_root(name, policies.root(), &signer, now)?;
//! let root = CertificateAuthority::new(certificate.clone(), Vec::new(), signer, None)?;
//! let signer = CaSigner::new(PrivateKey::generate(KeyAlgorithm::EcP256)?)?;
//! let issuers = policies.issuers();
//! let plan = IssuingPlan { issuer: &issuers[0], domains: &[], critical_constraints: false };
//! let issuing = make_issuing(name, policies.root(), plan, signer.public_key(), &root, now)?;
//! let issuing = CertificateAuthority::new(issuing, vec![certificate], signer, None)?;
//! let ledger = MemoryLedger::new(now);
//! let record = issuing.to_record(AuthorityKind::Issuing, vec![Class::One], "class-1.key", &context, now);
//! ledger.add_authorities(&[record], &[])?;
//!
//! // A person's certificate.
//! let key = PrivateKey::generate(KeyAlgorithm::EcP256)?;
//! let mut request = Request::new(Class::One, Mailbox::parse("alice@example.org")?);
//! request.key = KeySource::Existing(key.public_key().clone());
//! let admission = AdmitContext {
//!     now,
//!     issuer_not_after: issuing.certificate().not_after(),
//!     permitted_domains: &issuing.permitted_domains(),
//! };
//! let evidence = vec![Evidence::stated(EvidenceKind::Mailbox, "she answered from it")?];
//! let profile = policies.profile(Class::One).ok_or("no such policy")?;
//! let approved = profile.admit(request, evidence, &admission)?;
//! let authority = Authority::new(&ledger, &issuing, context);
//! let (usage, key) = (CertificateUsage::Dual, key.public_key());
//! let prepared = authority.prepare(Application { approved: &approved, usage, key, another: false, own_mail: false, renews: None }, now)?;
//! let issued = authority.issue(prepared, now)?;
//! assert_eq!(issued.certificate().emails(), ["alice@example.org"]);
//! # Ok(())
//! # }
//! ```

mod base_url;
mod bulk;
mod certification;
mod error;
mod given_key;
mod import;
mod issuance;
mod leaf;
mod make;
mod responder;
mod signer;
mod succession;
#[cfg(test)]
pub(crate) mod testing;

pub use crate::encode::EncodeError;
pub use base_url::{BaseUrl, BaseUrlError};
pub use bulk::Pace;
pub use certification::{CertificateAuthority, authority_id, current_records};
pub use error::{AuthorityError, IssueError};
pub use given_key::KeyFault;
pub(crate) use given_key::records_of;
pub use import::{Answer, AnswerError, planned_authority_id};
pub use issuance::{Application, Authority, Issued, Prepared};
pub(crate) use make::key_identifier;
pub use make::{AuthorityName, IssuingPlan, make_issuing, make_root};
pub use signer::CaSigner;
pub use succession::{constrained_domains, constraints_are_critical, make_cross};
