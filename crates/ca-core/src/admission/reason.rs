//! Why a request is refused.

use std::fmt;

use identity::{KeyAlgorithm, KeyKind, Mailbox};

use super::Correction;
use crate::evidence::EvidenceKind;
use crate::policy::SubjectField;
use crate::request::{Class, Usage};

/// A refused request: every reason, and what would be accepted instead.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) policy_title: String,
    pub(super) policy_path: String,
    pub(super) reasons: Vec<Reason>,
    pub(super) correction: Option<Correction>,
}

/// One reason for a refusal: `Display` says what is wrong, [`Reason::remedy`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The common name made of the fields is too long.
    #[error(
        "the common name \"{common_name}\" has {length} characters, more than {MAXIMUM_COMMON_NAME} (RFC 5280, A.1)"
    )]
    CommonNameTooLong {
        /// The common name, shortened.
        common_name: String,
        /// Its length in characters.
        length: usize,
    },
    /// An address that the CSR asks for cannot stand in a certificate.
    #[error("the CSR asks for an address that cannot be certified: {fault}")]
    CsrAddress {
        /// What is wrong with it.
        fault: String,
    },
    /// The CSR's own signature is not good: nothing shows that the requester has the private key.
    #[error("the CSR's signature is not good: {fault}")]
    CsrSignature {
        /// What is wrong with it.
        fault: String,
    },
    /// An address is given twice.
    #[error("the address {email} is given twice")]
    DuplicateEmail {
        /// The address.
        email: Mailbox,
    },
    /// An address lies outside the domains that the issuing authority may vouch for.
    #[error("the address {email} is outside of what the issuing authority may vouch for: {}", permitted.join(", "))]
    EmailNotPermitted {
        /// The address.
        email: Mailbox,
        /// The authority's name constraints.
        permitted: Vec<String>,
    },
    /// A field's value cannot stand in a certificate.
    #[error("{field} {value}: {fault}")]
    FieldFault {
        /// The field.
        field: SubjectField,
        /// The value, shortened, in quotation marks.
        value: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A field is given that makes no sense without another.
    #[error("{field} is given without {needs}")]
    FieldNeeds {
        /// The field.
        field: SubjectField,
        /// The other.
        needs: SubjectField,
    },
    /// Evidence is given that the policy forbids to collect.
    #[error("{kind} evidence is given, which the policy forbids to collect")]
    ForbiddenEvidence {
        /// The kind.
        kind: EvidenceKind,
    },
    /// A field is filled that the policy forbids.
    #[error("{field} {value} is given, which the policy forbids in a class {class} certificate")]
    ForbiddenField {
        /// The field.
        field: SubjectField,
        /// Its value, shortened, in quotation marks.
        value: String,
        /// The class.
        class: Class,
    },
    /// The issuing authority is about to expire.
    #[error("the issuing authority ends within a day, on {not_after}")]
    IssuerEnds {
        /// The end of its validity.
        not_after: chrono::DateTime<chrono::Utc>,
    },
    /// The key cannot be encrypted to.
    #[error("the usage {usage} encrypts, but an {key} key only signs")]
    KeyCannotEncrypt {
        /// The key.
        key: KeyKind,
        /// The usage.
        usage: Usage,
    },
    /// The key is not one that the policy allows.
    #[error("the key {key} is not allowed: the policy allows {}", listed(allowed))]
    KeyNotAllowed {
        /// The key.
        key: KeyKind,
        /// Those that are.
        allowed: Vec<KeyAlgorithm>,
    },
    /// Evidence is missing.
    #[error("evidence is missing: {} ({})", listed(any_of), meanings(any_of))]
    MissingEvidence {
        /// The kinds of which one is enough.
        any_of: Vec<EvidenceKind>,
        /// Whether only a check that the authority itself ran counts.
        proved: bool,
    },
    /// A field is empty that the policy requires.
    #[error("{field} is missing")]
    MissingField {
        /// The field.
        field: SubjectField,
    },
    /// There is no address.
    #[error("no address is given")]
    NoEmail,
    /// The request is for another class.
    #[error("the request is for class {asked}, the policy for class {class}")]
    OtherClass {
        /// The class asked for.
        asked: Class,
        /// That of the policy.
        class: Class,
    },
    /// The certificate would be valid longer than its issuer's.
    #[error("{days} days are longer than the issuing authority lives: it ends on {not_after}")]
    OutlivesIssuer {
        /// The days asked for, or the policy's default.
        days: u32,
        /// The days that are left.
        left: u32,
        /// The end of the issuer's validity.
        not_after: chrono::DateTime<chrono::Utc>,
    },
    /// A pair needs two keys, and one was given.
    #[error("the usage pair needs two keys, but one is given")]
    PairOfOneKey,
    /// Too many days were asked for, or none.
    #[error("{days} days are asked for: the policy allows 1 to {maximum}")]
    TooManyDays {
        /// The days asked for.
        days: u32,
        /// The policy's maximum.
        maximum: u32,
    },
    /// Too many addresses were asked for.
    #[error("{count} addresses are given, more than {maximum}")]
    TooManyEmails {
        /// How many.
        count: usize,
        /// The most accepted.
        maximum: usize,
    },
    /// Evidence is there on an operator's word only.
    #[error("the {} evidence is stated, but the policy demands proof", listed(any_of))]
    UnprovedEvidence {
        /// The kinds of which one must be proved.
        any_of: Vec<EvidenceKind>,
    },
    /// The usage is not one that the policy allows.
    #[error("the usage {usage} is not allowed: the policy allows {}", listed(allowed))]
    UsageNotAllowed {
        /// The usage.
        usage: Usage,
        /// Those that are.
        allowed: Vec<Usage>,
    },
}

impl Reason {
    /// Returns what to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::CommonNameTooLong { .. } => "leave out the middle name, or shorten the names".to_owned(),
            Self::CsrAddress { .. } => "say which addresses to certify with --email".to_owned(),
            Self::CsrSignature { .. } => {
                "ask the holder for a new request, made with the private key".to_owned()
            }
            Self::DuplicateEmail { .. } => "give it once".to_owned(),
            Self::EmailNotPermitted { .. } => {
                "use an address there, or an authority made without this --domain".to_owned()
            }
            Self::FieldFault { field, .. } => format!("correct --{field}"),
            Self::FieldNeeds { field, needs } => format!("add --{needs}, or leave out --{field}"),
            Self::ForbiddenEvidence { kind } => format!("leave out --evidence {kind}=…"),
            Self::ForbiddenField {
                field,
                class: Class::One,
                ..
            } => {
                format!("leave out --{field}: class 1 checks the mailbox only; ask for class 2 to be named")
            }
            Self::ForbiddenField { field, .. } => format!("leave out --{field}"),
            Self::IssuerEnds { .. } => "make a new issuing authority: `cachet ca rollover`".to_owned(),
            Self::KeyCannotEncrypt { .. } => "use --usage sign, or another key".to_owned(),
            Self::KeyNotAllowed { allowed, .. } => format!("use {}", listed(allowed)),
            Self::MissingEvidence {
                any_of,
                proved: false,
            } => {
                let flags: Vec<String> = any_of
                    .iter()
                    .map(|kind| format!("--evidence {kind}={PLACEHOLDER_EVIDENCE}"))
                    .collect();
                format!("add {}", flags.join(" or "))
            }
            Self::MissingEvidence { .. } | Self::UnprovedEvidence { .. } => {
                "let the authority run the check: `cachet request submit`".to_owned()
            }
            Self::MissingField { field } => {
                format!("add --{field} {}", field.name().to_uppercase())
            }
            Self::NoEmail => "add --email ADDRESS".to_owned(),
            Self::OtherClass { asked, .. } => format!("use the policy of class {asked}"),
            Self::OutlivesIssuer { left, .. } => {
                format!("use --days {left} or less, or make a new issuing authority: `cachet ca rollover`")
            }
            Self::PairOfOneKey => "make two requests, with --usage sign and --usage encrypt".to_owned(),
            Self::TooManyDays { maximum, .. } => format!("use --days {maximum} or less"),
            Self::TooManyEmails { .. } => "make several requests".to_owned(),
            Self::UsageNotAllowed { allowed, .. } => format!("use {}", listed(allowed)),
        }
    }
}

impl Refusal {
    /// Returns the title of the policy that refused.
    pub fn policy_title(&self) -> &str {
        &self.policy_title
    }

    /// Returns the file of the policy that refused.
    pub fn policy_path(&self) -> &str {
        &self.policy_path
    }

    /// Returns the reasons: at least one.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// Returns the request that would be accepted, or `None` where no request from the command line would be.
    pub fn correction(&self) -> Option<&Correction> {
        self.correction.as_ref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "refused by the policy \"{}\" ({}):",
            self.policy_title, self.policy_path
        )?;
        for reason in &self.reasons {
            write!(f, "\n- {reason}; {}", reason.remedy())?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

fn listed<T: fmt::Display>(items: &[T]) -> String {
    let names: Vec<String> = items.iter().map(ToString::to_string).collect();
    names.join(" or ")
}

fn meanings(kinds: &[EvidenceKind]) -> String {
    let meanings: Vec<&str> = kinds.iter().map(|kind| kind.meaning()).collect();
    meanings.join(", or ")
}

/// What stands for an operator's own words.
pub(super) const PLACEHOLDER_EVIDENCE: &str = "HOW-IT-WAS-CHECKED";

/// ub-common-name (RFC 5280, A.1).
pub(super) const MAXIMUM_COMMON_NAME: usize = 64;
