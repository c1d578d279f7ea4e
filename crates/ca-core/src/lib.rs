//! The certificate authority: policy and evidence go in, a certificate comes out that is on record before it exists.
//!
//! ```text
//! policies/*.yaml ── PolicySet::parse ──> Profile        a Profile that exists is sound
//! Request + Evidence ── Profile::admit ──> Approved      or a Refusal with every reason
//! Approved ── prepare ──> Prepared ── issue ──> Issued   recorded, linted, signed, verified, handed out
//! ```
//!
//! The crate does no input or output: it reads neither files, clock nor environment. Records go through the
//! [`ledger::Ledger`] trait, the moment is an argument.

pub mod admission;
pub mod archive;
pub mod audit;
pub mod authority;
mod encode;
pub mod enrolment;
pub mod evidence;
pub mod ledger;
pub mod lint;
pub mod notice;
pub mod policy;
mod registration;
pub mod renewal;
pub mod request;
pub mod revocation;
pub mod text;

pub use admission::{AdmitContext, Approved, Refusal};
pub use evidence::{Basis, Evidence, EvidenceKind};
pub use policy::{PolicyError, PolicyErrors, PolicySet, Profile, RootPolicy};
pub use request::{CertificateUsage, Class, KeySource, Request, Usage};
