//! The request that would be accepted instead of a refused one.

use identity::{KeyAlgorithm, Mailbox};

use super::reason::{PLACEHOLDER_EVIDENCE, Reason};
use super::{AdmitContext, Draft, subject};
use crate::evidence::{Basis, EvidenceKind};
use crate::policy::{FieldRule, IdentifierSyntax, Profile, SubjectField};
use crate::registration;
use crate::request::{Class, KeySource, Usage};

/// A request that would be accepted; what only the requester knows stands there as a placeholder in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Correction {
    /// The class.
    pub class: Class,
    /// The addresses.
    pub emails: Vec<String>,
    /// The subject fields.
    pub fields: Vec<(SubjectField, String)>,
    /// The key, if it is to be made and the request named one, or must name one.
    pub key: Option<KeyAlgorithm>,
    /// What becomes of the request's CSR, if it brought one.
    pub csr: Option<CsrFate>,
    /// The usage, if the request named one, or must name one.
    pub usage: Option<Usage>,
    /// The days, if the request named some, or must name some.
    pub days: Option<u32>,
    /// The evidence.
    pub evidence: Vec<(EvidenceKind, String)>,
}

/// What becomes of a refused request's CSR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrFate {
    /// It is sound and stays.
    Keep,
    /// The holder must make another.
    Replace,
}

impl Correction {
    /// Returns the request as (option, value) of `cachet issue`, such as (`--given-name`, `GIVEN-NAME`), in the order
    /// of the documentation. A CSR to keep is left to the caller, who knows the file's name; one to replace is
    /// (`--csr`, `NEW-REQUEST`).
    pub fn options(&self) -> Vec<(String, String)> {
        let mut options = vec![("--class".to_owned(), self.class.to_string())];
        let mut add = |option: &str, value: String| options.push((option.to_owned(), value));
        for email in &self.emails {
            add("--email", email.clone());
        }
        for (field, value) in &self.fields {
            add(&format!("--{field}"), value.clone());
        }
        if self.csr == Some(CsrFate::Replace) {
            add("--csr", "NEW-REQUEST".to_owned());
        }
        if let Some(key) = self.key {
            add("--key", key.to_string());
        }
        if let Some(usage) = self.usage {
            add("--usage", usage.to_string());
        }
        if let Some(days) = self.days {
            add("--days", days.to_string());
        }
        for (kind, text) in &self.evidence {
            add("--evidence", format!("{kind}={text}"));
        }
        options
    }
}

/// Makes the correction of a refused draft, if there is one that a command line can express.
pub(super) fn correct(profile: &Profile, draft: &Draft, context: &AdmitContext<'_>) -> Option<Correction> {
    let hopeless = draft.reasons.iter().any(|reason| {
        matches!(
            reason,
            Reason::UnprovedEvidence { .. }
                | Reason::MissingEvidence { proved: true, .. }
                | Reason::IssuerEnds { .. }
                | Reason::OtherClass { .. }
        )
    });
    if hopeless {
        return None;
    }
    let fields = correct_fields(profile, draft);
    let organization_named = fields
        .iter()
        .any(|(field, _)| *field == SubjectField::Organization);
    let (key, csr, usage) = correct_key(profile, draft);
    Some(Correction {
        class: profile.class(),
        emails: correct_emails(draft, context),
        fields,
        key,
        csr,
        usage,
        days: correct_days(profile, draft),
        evidence: correct_evidence(profile, draft, organization_named),
    })
}

fn correct_emails(draft: &Draft, context: &AdmitContext<'_>) -> Vec<String> {
    let mut kept: Vec<&Mailbox> = Vec::new();
    for email in draft
        .emails
        .iter()
        .filter(|email| subject::is_permitted(email, context.permitted_domains))
    {
        if !kept
            .iter()
            .any(|other| other.matches(email) == identity::mailbox::Match::Exact)
        {
            kept.push(email);
        }
    }
    kept.truncate(subject::MAXIMUM_EMAILS);
    if !kept.is_empty() {
        return kept.into_iter().map(ToString::to_string).collect();
    }
    vec![match context.permitted_domains.first() {
        None => "ADDRESS@DOMAIN".to_owned(),
        Some(mailbox) if mailbox.contains('@') => mailbox.clone(),
        Some(below) if below.starts_with('.') => format!("ADDRESS@HOST{below}"),
        Some(host) => format!("ADDRESS@{host}"),
    }]
}

fn correct_fields(profile: &Profile, draft: &Draft) -> Vec<(SubjectField, String)> {
    let faulty = |field: SubjectField| {
        draft
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::FieldFault { field: at, .. } if *at == field))
    };
    let needed = |field: SubjectField| {
        profile.subject().rule(field) == FieldRule::Required
            || draft
                .reasons
                .iter()
                .any(|reason| matches!(reason, Reason::FieldNeeds { needs, .. } if *needs == field))
    };
    let mut fields = Vec::new();
    for field in SubjectField::ALL {
        if profile.subject().rule(field) == FieldRule::Forbidden {
            continue;
        }
        match draft.field(field) {
            Some(value) if !faulty(field) => fields.push((field, value.to_owned())),
            None if !needed(field) => {}
            _ => fields.push((field, placeholder(profile, draft, field))),
        }
    }
    if draft
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::CommonNameTooLong { .. }))
    {
        let shorter = |field: SubjectField| {
            matches!(
                field,
                SubjectField::GivenName | SubjectField::Surname | SubjectField::Organization
            )
        };
        let without_middle: Vec<_> = fields
            .iter()
            .filter(|(field, _)| *field != SubjectField::MiddleName)
            .cloned()
            .collect();
        let fits = |fields: &[(SubjectField, String)]| {
            let total: usize = fields
                .iter()
                .filter(|(field, _)| shorter(*field))
                .map(|(_, value)| value.chars().count() + 1)
                .sum();
            total <= super::reason::MAXIMUM_COMMON_NAME
        };
        fields = without_middle;
        if !fits(&fields) {
            for (field, value) in fields.iter_mut().filter(|(field, _)| shorter(*field)) {
                *value = placeholder(profile, draft, *field);
            }
        }
    }
    fields
}

fn placeholder(profile: &Profile, draft: &Draft, field: SubjectField) -> String {
    let country = draft
        .field(SubjectField::Country)
        .filter(|country| registration::has_form_of_country(country))
        .unwrap_or("XX");
    match field {
        SubjectField::Country => "XX".to_owned(),
        SubjectField::OrganizationId
            if profile.subject().identifier_syntax() == IdentifierSyntax::Registration =>
        {
            format!("NTR{country}-NUMBER")
        }
        _ => field.name().to_uppercase(),
    }
}

fn correct_key(profile: &Profile, draft: &Draft) -> (Option<KeyAlgorithm>, Option<CsrFate>, Option<Usage>) {
    let refused = draft
        .reasons
        .iter()
        .any(|reason| matches!(reason, Reason::KeyNotAllowed { .. } | Reason::CsrSignature { .. }));
    let default_key = profile.keys().default_key();
    // What is then known of the key: whether it encrypts.
    let (key, csr, encrypts) = match &draft.source {
        KeySource::Csr(_) if refused => (None, Some(CsrFate::Replace), true),
        KeySource::Csr(csr) => (None, Some(CsrFate::Keep), encrypts(csr.public_key())),
        KeySource::Existing(_) | KeySource::ExistingPair(_) if refused => {
            (Some(default_key), None, default_key.can_encrypt())
        }
        KeySource::Existing(key) => (None, None, encrypts(key)),
        KeySource::ExistingPair(_) => (None, None, true),
        KeySource::Generate(Some(_)) if refused => (Some(default_key), None, default_key.can_encrypt()),
        KeySource::Generate(Some(key)) => (Some(*key), None, key.can_encrypt()),
        KeySource::Generate(None) => (None, None, default_key.can_encrypt()),
    };
    let given = !matches!(draft.source, KeySource::Generate(_));
    let fits = |usage: Usage| {
        profile.usages().contains(&usage)
            && (encrypts || !usage.encrypts())
            && !(given && usage == Usage::Pair)
    };
    let asked = draft.asked_usage;
    let usage = match asked {
        Some(usage) if fits(usage) => Some(usage),
        None if fits(draft.usage) => None,
        _ => Some(profile.default_usage())
            .filter(|usage| fits(*usage))
            .or_else(|| profile.usages().iter().copied().find(|usage| fits(*usage))),
    };
    (key, csr, usage)
}

fn encrypts(key: &identity::PublicKey) -> bool {
    key.key_algorithm().is_none_or(KeyAlgorithm::can_encrypt)
}

fn correct_days(profile: &Profile, draft: &Draft) -> Option<u32> {
    let left = draft.reasons.iter().find_map(|reason| match reason {
        Reason::OutlivesIssuer { left, .. } => Some(*left),
        _ => None,
    });
    match (draft.asked_days, left) {
        (Some(0), left) => Some(left.unwrap_or(profile.validity().default_days())),
        (Some(days), left) => Some(
            days.min(profile.validity().maximum_days())
                .min(left.unwrap_or(u32::MAX)),
        ),
        (None, left) => left,
    }
}

fn correct_evidence(
    profile: &Profile,
    draft: &Draft,
    organization_named: bool,
) -> Vec<(EvidenceKind, String)> {
    let rules = profile.evidence();
    let mut evidence: Vec<(EvidenceKind, String)> = draft
        .evidence
        .iter()
        .filter(|evidence| !rules.forbidden().contains(&evidence.kind()) && evidence.basis() == Basis::Stated)
        .map(|evidence| (evidence.kind(), evidence.text().to_owned()))
        .collect();
    for group in rules.groups(organization_named) {
        let met = |kind: &EvidenceKind| group.contains(kind);
        let by_proof = draft
            .evidence
            .iter()
            .any(|given| given.basis() == Basis::Proved && met(&given.kind()));
        if by_proof || evidence.iter().any(|(kind, _)| met(kind)) {
            continue;
        }
        if let Some(&kind) = group.first() {
            evidence.push((kind, PLACEHOLDER_EVIDENCE.to_owned()));
        }
    }
    evidence
}
