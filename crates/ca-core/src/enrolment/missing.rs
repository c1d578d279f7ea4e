//! What a request lacks.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::admission::Reason;
use crate::evidence::EvidenceKind;
use crate::policy::{EnrolmentRules, EvidenceRules};

use super::{EnrolmentRecord, RecordedEvidence, RequestId};

/// Something that a request lacks, or has and must not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// The policy wants an access code.
    AccessCode,
    /// The days are not among those that the policy offers.
    Days {
        /// Those asked for.
        days: u32,
        /// Those offered.
        offered: Vec<u32>,
    },
    /// The policy wants the holder to choose a passphrase.
    HolderPassphrase,
    /// Something that the policy takes no part in was given.
    Forbidden {
        /// What, as it is called in the policy.
        what: &'static str,
    },
    /// Admission refuses.
    Reason(Reason),
    /// Evidence of an earlier request has become too old to be used again.
    Stale {
        /// Which.
        kind: EvidenceKind,
        /// When it was recorded first, in stated time.
        since: DateTime<Utc>,
        /// For how many days it counts.
        days: u32,
    },
    /// The terms of use are not accepted, or others than those in force.
    Terms {
        /// The version in force.
        version: String,
    },
}

impl Missing {
    /// Says what to do about it.
    pub fn remedy(&self, request: Option<&RequestId>) -> String {
        let id = request.map_or_else(|| "ID".to_owned(), ToString::to_string);
        match self {
            Self::AccessCode => "give it with --access-code-file FILE".to_owned(),
            Self::Days { offered, .. } => format!("ask for --days {}", joined(offered)),
            Self::HolderPassphrase => "give it with --holder-passphrase-file FILE".to_owned(),
            Self::Forbidden { what } => format!("leave the {what} out"),
            Self::Reason(Reason::MissingEvidence { any_of, .. }) => {
                let kinds: Vec<_> = any_of
                    .iter()
                    .map(|kind| match kind {
                        EvidenceKind::Mailbox => {
                            "cachet request confirm CODE, with the code that was sent to the address"
                                .to_owned()
                        }
                        kind => format!("cachet request evidence {id} --{kind}"),
                    })
                    .collect();
                kinds.join("\n  or ")
            }
            Self::Reason(reason) => reason.remedy(),
            Self::Stale {
                kind: EvidenceKind::Mailbox,
                ..
            } => format!(
                "cachet request withdraw {id}, and submit it again: the new request proves the mailbox anew"
            ),
            Self::Stale { kind, .. } => format!("cachet request evidence {id} --{kind}"),
            Self::Terms { version } => format!("let the holder read them, then say --accept-terms {version}"),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessCode => f.write_str("the policy wants an access code"),
            Self::Days { days, offered } => {
                write!(
                    f,
                    "{days} days are not among the terms that the policy offers: {}",
                    joined(offered)
                )
            }
            Self::HolderPassphrase => f.write_str(
                "the policy wants the holder to choose a passphrase, for renewing and revoking later",
            ),
            Self::Forbidden { what } => write!(f, "the policy forbids the {what}"),
            Self::Reason(reason) => reason.fmt(f),
            Self::Stale { kind, since, days } => write!(
                f,
                "the {kind} evidence of {} comes from before this request and counts for {days} days only",
                since.format("%Y-%m-%d")
            ),
            Self::Terms { version } => write!(f, "the terms of use, version {version}, are not accepted"),
        }
    }
}

/// Says what a request lacks of what policies ask of requests, evidence left out.
pub(super) fn formalities(rules: &EnrolmentRules, request: &EnrolmentRecord) -> Vec<Missing> {
    use crate::policy::FieldRule::{Forbidden, Required};

    let mut missing = Vec::new();
    match (rules.access_code(), &request.access_code) {
        (Required, None) => missing.push(Missing::AccessCode),
        (Forbidden, Some(_)) => missing.push(Missing::Forbidden { what: "access code" }),
        _ => {}
    }
    match (rules.holder_passphrase(), &request.holder_passphrase) {
        (Required, None) => missing.push(Missing::HolderPassphrase),
        (Forbidden, Some(_)) => missing.push(Missing::Forbidden {
            what: "holder's passphrase",
        }),
        _ => {}
    }
    if let Some(version) = rules.terms()
        && request
            .terms
            .as_ref()
            .is_none_or(|terms| terms.version != version)
    {
        missing.push(Missing::Terms {
            version: version.to_owned(),
        });
    }
    let offered = rules.days();
    if !offered.is_empty() && !offered.contains(&request.days) {
        missing.push(Missing::Days {
            days: request.days,
            offered: offered.to_vec(),
        });
    }
    missing
}

/// Says which evidence that came along from earlier requests is too old by now, and that it is.
pub(super) fn stale<'r>(
    rules: &EvidenceRules,
    request: &'r EnrolmentRecord,
    now: DateTime<Utc>,
) -> Vec<(&'r RecordedEvidence, Missing)> {
    let reused = request
        .evidence
        .iter()
        .filter(|piece| piece.reused_from.is_some());
    reused
        .filter(|piece| !rules.is_reusable(piece.kind, piece.since, now))
        .map(|piece| {
            let missing = Missing::Stale {
                kind: piece.kind,
                since: piece.since,
                days: rules.reuse_days(piece.kind),
            };
            (piece, missing)
        })
        .collect()
}

fn joined(days: &[u32]) -> String {
    let days: Vec<_> = days.iter().map(ToString::to_string).collect();
    days.join(" or ")
}
