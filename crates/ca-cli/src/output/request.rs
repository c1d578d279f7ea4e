//! Requests, as `request` describes them: the page "you have requested".

use ca_core::enrolment::{EnrolmentRecord, Missing};
use serde::Serialize;

use crate::output::{rfc3339, table};

#[derive(Serialize)]
pub(crate) struct RequestView {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) class: u8,
    pub(crate) emails: Vec<String>,
    given_name: Option<String>,
    middle_name: Option<String>,
    surname: Option<String>,
    organization: Option<String>,
    organization_id: Option<String>,
    country: Option<String>,
    locality: Option<String>,
    /// `csr`, or the kind of key to be made; null: the policy's default.
    key: Option<String>,
    usage: Option<String>,
    days: u32,
    language: String,
    access_code: bool,
    holder_passphrase: bool,
    terms: Option<TermsView>,
    challenge: Option<ChallengeView>,
    evidence: Vec<RequestEvidenceView>,
    acts: Vec<ActView>,
    pub(crate) missing: Vec<MissingView>,
    serials: Vec<String>,
    created_at: String,
    acted_at: String,
    expires_at: String,
    #[serde(skip)]
    is_open: bool,
    /// The message that was written.
    pub(crate) message: Option<String>,
}

#[derive(Serialize)]
struct TermsView {
    version: String,
    accepted_at: String,
}

#[derive(Serialize)]
struct ChallengeView {
    sent_at: String,
    expires_at: String,
    failures: u32,
    redeemed_at: Option<String>,
}

#[derive(Serialize)]
struct RequestEvidenceView {
    kind: String,
    text: String,
    details: std::collections::BTreeMap<String, String>,
    officer: Option<String>,
    since: String,
    reused_from: Option<String>,
}

#[derive(Serialize)]
struct ActView {
    act: String,
    officer: String,
    reason: Option<String>,
    at: String,
}

#[derive(Serialize)]
pub(crate) struct MissingView {
    what: String,
    remedy: String,
}

impl RequestView {
    pub(crate) fn new(request: &EnrolmentRecord, missing: &[Missing]) -> Self {
        let csr = request.csr.as_ref().map(|_| "csr".to_owned());
        Self {
            id: request.id.to_string(),
            state: request.state.to_string(),
            class: request.class.number(),
            emails: request.emails.clone(),
            given_name: request.given_name.clone(),
            middle_name: request.middle_name.clone(),
            surname: request.surname.clone(),
            organization: request.organization.clone(),
            organization_id: request.organization_id.clone(),
            country: request.country.clone(),
            locality: request.locality.clone(),
            key: csr.or_else(|| request.key.map(|key| key.to_string())),
            usage: request.usage.map(|usage| usage.to_string()),
            days: request.days,
            language: request.language.to_string(),
            access_code: request.access_code.is_some(),
            holder_passphrase: request.holder_passphrase.is_some(),
            terms: request.terms.as_ref().map(|terms| TermsView {
                version: terms.version.clone(),
                accepted_at: rfc3339(terms.at),
            }),
            challenge: request.challenge.as_ref().map(|challenge| ChallengeView {
                sent_at: rfc3339(challenge.sent_at),
                expires_at: rfc3339(challenge.expires_at),
                failures: challenge.failures,
                redeemed_at: challenge.redeemed_at.map(rfc3339),
            }),
            evidence: request
                .evidence
                .iter()
                .map(|piece| RequestEvidenceView {
                    kind: piece.kind.to_string(),
                    text: piece.text.clone(),
                    details: piece.details.clone(),
                    officer: piece.officer.clone(),
                    since: rfc3339(piece.since),
                    reused_from: piece.reused_from.clone(),
                })
                .collect(),
            acts: request
                .acts
                .iter()
                .map(|act| ActView {
                    act: match act.kind {
                        ca_core::enrolment::ActKind::Approve => "approve",
                        ca_core::enrolment::ActKind::Reject => "reject",
                        _ => "withdraw",
                    }
                    .to_owned(),
                    officer: act.officer.clone(),
                    reason: act.reason.clone(),
                    at: rfc3339(act.acted_at),
                })
                .collect(),
            missing: missing
                .iter()
                .map(|one| MissingView {
                    what: one.to_string(),
                    remedy: one.remedy(Some(&request.id)),
                })
                .collect(),
            serials: request.serials.clone(),
            created_at: rfc3339(request.created_at),
            acted_at: rfc3339(request.acted_at),
            expires_at: rfc3339(request.expires_at),
            is_open: request.state.is_open(),
            message: None,
        }
    }

    /// Lays the request out for people.
    pub(crate) fn page(&self) -> String {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let lines = |lines: Vec<String>| lines.join("\n");
        let given = |given: bool| if given { "given" } else { "" }.to_owned();
        table::facts([
            ("Request", self.id.clone()),
            ("State", self.state.clone()),
            ("Class", self.class.to_string()),
            ("First name", text(&self.given_name)),
            ("Middle name", text(&self.middle_name)),
            ("Last name", text(&self.surname)),
            ("Address", lines(self.emails.clone())),
            ("Organization", text(&self.organization)),
            ("Organization ID", text(&self.organization_id)),
            ("Country", text(&self.country)),
            ("Town", text(&self.locality)),
            ("Key", text(&self.key)),
            ("Usage", text(&self.usage)),
            ("Term", format!("{} days", self.days)),
            ("Language", self.language.clone()),
            ("Access code", given(self.access_code)),
            ("Holder's passphrase", given(self.holder_passphrase)),
            (
                "Terms of use",
                self.terms
                    .as_ref()
                    .map(|terms| format!("{}, accepted {}", terms.version, terms.accepted_at))
                    .unwrap_or_default(),
            ),
            (
                "Confirmation",
                self.challenge
                    .as_ref()
                    .map(|code| match &code.redeemed_at {
                        Some(at) => format!("given back {at}"),
                        None => format!("code sent {}, good until {}", code.sent_at, code.expires_at),
                    })
                    .unwrap_or_default(),
            ),
            (
                "Evidence",
                lines(
                    self.evidence
                        .iter()
                        .map(|piece| {
                            let officer = piece.officer.as_ref().map(|officer| format!(", by {officer}"));
                            let from = piece.reused_from.as_ref().map(|from| format!(", from {from}"));
                            format!(
                                "{}: {} ({}{}{})",
                                piece.kind,
                                piece.text,
                                piece.since,
                                officer.unwrap_or_default(),
                                from.unwrap_or_default()
                            )
                        })
                        .collect(),
                ),
            ),
            (
                "Officers",
                lines(
                    self.acts
                        .iter()
                        .map(|act| {
                            let reason = act.reason.as_ref().map(|reason| format!(": {reason}"));
                            format!(
                                "{} by {}, {}{}",
                                act.act,
                                act.officer,
                                act.at,
                                reason.unwrap_or_default()
                            )
                        })
                        .collect(),
                ),
            ),
            (
                "Missing",
                lines(
                    self.missing
                        .iter()
                        .map(|one| format!("{}\n  {}", one.what, one.remedy))
                        .collect(),
                ),
            ),
            ("Certificates", lines(self.serials.clone())),
            ("Made", self.created_at.clone()),
            // What is over does not expire.
            (
                "Expires",
                if self.is_open {
                    self.expires_at.clone()
                } else {
                    String::new()
                },
            ),
            ("Message", text(&self.message)),
        ])
    }
}
