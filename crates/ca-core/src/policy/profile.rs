//! The policy of one class.

use std::fmt;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use der::asn1::ObjectIdentifier;

use super::yaml::{self, Position};
use super::{
    ArchiveRules, EnrolmentRules, EvidenceRules, ExtensionRules, KeyRules, PolicyErrors, SubjectRules, file,
};
use crate::request::{Class, Usage};

/// The checked policy of one class: what is demanded, and what its certificates hold.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(super) path: String,
    pub(super) sha256: [u8; 32],
    pub(super) title: String,
    pub(super) class: Class,
    pub(super) policy_oid: ObjectIdentifier,
    pub(super) issuer: String,
    pub(super) subject: SubjectRules,
    pub(super) evidence: EvidenceRules,
    pub(super) keys: KeyRules,
    pub(super) usages: Vec<Usage>,
    pub(super) default_usage: Usage,
    pub(super) validity: ValidityRules,
    pub(super) extensions: ExtensionRules,
    pub(super) p12_preset: P12Preset,
    pub(super) archive: Option<ArchiveRules>,
    pub(super) enrolment: EnrolmentRules,
    pub(super) places: Places,
}

/// Where in the file the values stand that are checked against other files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) class: Position,
    pub(super) issuer: Position,
    pub(super) maximum_days: Position,
    pub(super) policy_oid: Position,
}

/// How long certificates are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityRules {
    pub(super) default_days: u32,
    pub(super) maximum_days: u32,
}

impl ValidityRules {
    /// Returns the days that a certificate is valid unless the request asks for other.
    pub fn default_days(&self) -> u32 {
        self.default_days
    }

    /// Returns the most days that a certificate may be valid.
    pub fn maximum_days(&self) -> u32 {
        self.maximum_days
    }
}

/// Which PKCS#12 files are written unless the request asks for other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum P12Preset {
    /// A modern and a compatible one.
    Both,
    /// 3DES and a SHA-1 MAC, for old importers.
    Compat,
    /// AES-256 and PBKDF2 with SHA-256.
    Modern,
}

impl fmt::Display for P12Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Both => "both",
            Self::Compat => "compat",
            Self::Modern => "modern",
        })
    }
}

/// A validity period (RFC 5280, 4.1.2.5: both ends belong to it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidityPeriod {
    /// The first second.
    pub not_before: DateTime<Utc>,
    /// The last second.
    pub not_after: DateTime<Utc>,
}

impl ValidityPeriod {
    /// Returns the period of exactly `days` days that began an hour before `now`, so that a peer whose clock is
    /// slow accepts the certificate at once. Both ends are whole seconds.
    pub fn starting(now: DateTime<Utc>, days: u32) -> Self {
        // Calendars end; certificates end long before (RFC 5280, 4.1.2.5: year 9999).
        let not_before = now
            .duration_trunc(TimeDelta::seconds(1))
            .unwrap_or(now)
            .checked_sub_signed(TimeDelta::hours(1))
            .unwrap_or(DateTime::<Utc>::MIN_UTC);
        let not_after = not_before
            .checked_add_signed(TimeDelta::days(days.into()) - TimeDelta::seconds(1))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        Self {
            not_before,
            not_after,
        }
    }
}

impl Profile {
    /// Reads a policy; `path` is the file's name for error messages.
    ///
    /// # Errors
    /// [`PolicyErrors`] with everything that is wrong.
    pub fn parse(path: &str, text: &str) -> Result<Self, PolicyErrors> {
        let tree = yaml::parse(path, text)?;
        file::read_profile(path, text, &tree)
    }

    /// Returns the file's name as given to the parser.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the SHA-256 digest of the policy's text, which goes on record with each certificate.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// Returns the title, for people.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the class.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Returns the policy's own object identifier.
    pub fn policy_oid(&self) -> ObjectIdentifier {
        self.policy_oid
    }

    /// Returns all certificate policies that certificates name, the policy's own first.
    pub fn policy_oids(&self) -> impl Iterator<Item = ObjectIdentifier> + '_ {
        std::iter::once(self.policy_oid).chain(self.extensions.additional_policies.iter().copied())
    }

    /// Returns the name of the issuing authority, such as `Class 2`; policies with the same name share one.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the rules for the subject.
    pub fn subject(&self) -> &SubjectRules {
        &self.subject
    }

    /// Returns the rules for evidence.
    pub fn evidence(&self) -> &EvidenceRules {
        &self.evidence
    }

    /// Returns the rules for keys.
    pub fn keys(&self) -> &KeyRules {
        &self.keys
    }

    /// Returns the usages that may be asked for, in the order of the file.
    pub fn usages(&self) -> &[Usage] {
        &self.usages
    }

    /// Returns the usage of a request that names none.
    pub fn default_usage(&self) -> Usage {
        self.default_usage
    }

    /// Returns the rules for validity.
    pub fn validity(&self) -> ValidityRules {
        self.validity
    }

    /// Returns the rules for extensions.
    pub fn extensions(&self) -> &ExtensionRules {
        &self.extensions
    }

    /// Returns the PKCS#12 preset.
    pub fn p12_preset(&self) -> P12Preset {
        self.p12_preset
    }

    /// Returns the rules for the archive of encryption keys; `None`: none is kept.
    pub fn archive(&self) -> Option<&ArchiveRules> {
        self.archive.as_ref()
    }

    /// Returns the rules for requests.
    pub fn enrolment(&self) -> &EnrolmentRules {
        &self.enrolment
    }
}
