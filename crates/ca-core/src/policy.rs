//! Policies: what an authority demands before it issues, and what it then puts into a certificate.
//!
//! A policy is a YAML file (docs/policy.md explains every key). [`Profile::parse`] and [`RootPolicy::parse`] read one
//! and refuse whatever is unknown, of the wrong type or contradictory, each with its line, column and remedy; so a
//! [`Profile`] that exists is sound. [`PolicySet::parse`] reads a directory's files together.

mod archive;
mod baseline;
mod enrolment;
mod error;
mod evidence;
mod extensions;
mod file;
mod keys;
mod profile;
mod reader;
mod root;
mod set;
mod shipped;
mod subject;
mod suggestion;
mod yaml;

pub use archive::ArchiveRules;
pub use enrolment::EnrolmentRules;
pub use error::{PolicyError, PolicyErrors};
pub use evidence::EvidenceRules;
pub use extensions::{Capabilities, ExtensionRules};
pub use file::PolicyFile;
pub use keys::KeyRules;
pub use profile::{P12Preset, Profile, ValidityPeriod, ValidityRules};
pub use root::{CrlRules, NeverIssued, OcspRules, RootPolicy};
pub use set::{IssuerPlan, PolicySet};
pub use shipped::shipped;
pub(crate) use subject::oid as subject_oid;
pub use subject::{CommonName, FieldRule, IdentifierSyntax, SubjectField, SubjectRules};

#[cfg(test)]
mod tests;
