//! Admission: a request and its evidence against a policy, with every reason for a refusal at once.

mod approved;
mod correction;
mod csr;
mod reason;
mod subject;

pub use approved::{Approved, ApprovedKey, Note};
pub use correction::{Correction, CsrFate};
pub use reason::{Reason, Refusal};

use chrono::{DateTime, TimeDelta, Utc};
use identity::mailbox::Match;
use identity::{KeyAlgorithm, KeyKind, Mailbox};

use crate::evidence::{Basis, Evidence};
use crate::policy::{FieldRule, Profile, SubjectField, ValidityPeriod};
use crate::request::{KeySource, Request, Usage};

/// What a request is admitted under besides its policy.
#[derive(Clone, Copy, Debug)]
pub struct AdmitContext<'a> {
    /// The moment.
    pub now: DateTime<Utc>,
    /// The end of the issuing authority's validity: no certificate outlives its issuer.
    pub issuer_not_after: DateTime<Utc>,
    /// The rfc822Name constraints of the issuing authority (RFC 5280, 4.2.1.10): a host, a domain with a leading dot
    /// for all hosts below it, or a mailbox. Empty: any address.
    pub permitted_domains: &'a [String],
}

impl Profile {
    /// Admits a request, or refuses it with every reason at once.
    ///
    /// # Errors
    /// [`Refusal`] with the reasons and, where there is one, the request that would be accepted.
    ///
    /// ```
    /// use ca_core::{AdmitContext, Class, Evidence, PolicySet, Request};
    /// use chrono::{TimeDelta, TimeZone, Utc};
    /// # use ca_core::policy::shipped;
    ///
    /// let policies = PolicySet::parse(shipped())?;
    /// let now = Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap();
    /// let context =
    ///     AdmitContext { now, issuer_not_after: now + TimeDelta::days(3650), permitted_domains: &[] };
    /// let profile = policies.profile(Class::One).unwrap();
    /// let request = Request::new(Class::One, "alice@example.org".parse()?);
    ///
    /// let refusal = profile.admit(request.clone(), Vec::new(), &context).unwrap_err();
    /// assert_eq!(refusal.reasons().len(), 1);
    ///
    /// let evidence = Evidence::parse_stated("mailbox=answered a mail of today")?;
    /// let approved = profile.admit(request, vec![evidence], &context)?;
    /// assert_eq!(approved.days(), 365);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn admit(
        &self,
        request: Request,
        evidence: Vec<Evidence>,
        context: &AdmitContext<'_>,
    ) -> Result<Approved, Box<Refusal>> {
        let mut draft = Draft::new(self, request, evidence);
        csr::fill(self, &mut draft);
        check_emails(&mut draft, context);
        subject::check_fields(self, &mut draft);
        check_evidence(self, &mut draft);
        let key = check_key_and_usage(self, &mut draft);
        check_days(self, &mut draft, context);
        let subject = subject::build(self, &mut draft);
        csr::note_dropped_names(&mut draft, &subject);
        match key {
            Some(key) if draft.reasons.is_empty() => Ok(Approved {
                profile: self.clone(),
                emails: draft.emails,
                subject,
                key,
                usage: draft.usage,
                days: draft.days,
                evidence: draft.evidence,
                notes: draft.notes,
            }),
            _ => Err(Box::new(Refusal {
                policy_title: self.title().to_owned(),
                policy_path: self.path().to_owned(),
                correction: correction::correct(self, &draft, context),
                reasons: draft.reasons,
            })),
        }
    }
}

/// A request on its way to being approved or refused.
struct Draft {
    emails: Vec<Mailbox>,
    /// In the order of [`SubjectField::ALL`], normalised.
    fields: [Option<String>; SubjectField::ALL.len()],
    source: KeySource,
    asked_usage: Option<Usage>,
    usage: Usage,
    asked_days: Option<u32>,
    days: u32,
    evidence: Vec<Evidence>,
    reasons: Vec<Reason>,
    notes: Vec<Note>,
    name_on_record: bool,
}

impl Draft {
    fn new(profile: &Profile, request: Request, evidence: Vec<Evidence>) -> Self {
        let mut reasons = Vec::new();
        if request.class != profile.class() {
            reasons.push(Reason::OtherClass {
                asked: request.class,
                class: profile.class(),
            });
        }
        Self {
            fields: SubjectField::ALL.map(|field| request.field(field).map(subject::normalised)),
            name_on_record: request.name_on_record,
            emails: request.emails,
            source: request.key,
            asked_usage: request.usage,
            usage: request.usage.unwrap_or(profile.default_usage()),
            asked_days: request.days,
            days: request.days.unwrap_or(profile.validity().default_days()),
            evidence,
            reasons,
            notes: Vec::new(),
        }
    }

    fn field(&self, field: SubjectField) -> Option<&str> {
        SubjectField::ALL
            .iter()
            .zip(&self.fields)
            .find(|&(&at, _)| at == field)
            .and_then(|(_, value)| value.as_deref())
    }

    fn set_field(&mut self, field: SubjectField, value: String) {
        if let Some(slot) = self.slot(field) {
            *slot = Some(value);
        }
    }

    fn take_field(&mut self, field: SubjectField) -> Option<String> {
        self.slot(field)?.take()
    }

    fn slot(&mut self, field: SubjectField) -> Option<&mut Option<String>> {
        SubjectField::ALL
            .iter()
            .zip(&mut self.fields)
            .find(|(at, _)| **at == field)
            .map(|(_, slot)| slot)
    }
}

fn check_emails(draft: &mut Draft, context: &AdmitContext<'_>) {
    if draft.emails.is_empty() {
        draft.reasons.push(Reason::NoEmail);
    }
    if draft.emails.len() > subject::MAXIMUM_EMAILS {
        // The rest is not looked at: comparing each with each would cost too much.
        draft.reasons.push(Reason::TooManyEmails {
            count: draft.emails.len(),
            maximum: subject::MAXIMUM_EMAILS,
        });
        return;
    }
    for (index, email) in draft.emails.iter().enumerate() {
        if draft
            .emails
            .iter()
            .take(index)
            .any(|other| other.matches(email) == Match::Exact)
        {
            draft
                .reasons
                .push(Reason::DuplicateEmail { email: email.clone() });
        } else if !subject::is_permitted(email, context.permitted_domains) {
            draft.reasons.push(Reason::EmailNotPermitted {
                email: email.clone(),
                permitted: context.permitted_domains.to_vec(),
            });
        }
    }
}

fn check_evidence(profile: &Profile, draft: &mut Draft) {
    let rules = profile.evidence();
    for &kind in rules.forbidden() {
        if draft.evidence.iter().any(|evidence| evidence.kind() == kind) {
            draft.reasons.push(Reason::ForbiddenEvidence { kind });
        }
    }
    // An organization that the policy forbids anyway needs no evidence.
    let organization_named = draft.field(SubjectField::Organization).is_some()
        && profile.subject().rule(SubjectField::Organization) != FieldRule::Forbidden
        || profile.subject().rule(SubjectField::Organization) == FieldRule::Required;
    let mut missing: Vec<Reason> = Vec::new();
    for group in rules.groups(organization_named) {
        let given = || {
            draft
                .evidence
                .iter()
                .filter(|evidence| group.contains(&evidence.kind()))
        };
        let proved = rules.basis() == Basis::Proved;
        let reason = if given().next().is_none() {
            Reason::MissingEvidence {
                any_of: group.to_vec(),
                proved,
            }
        } else if proved && !given().any(|evidence| evidence.basis() == Basis::Proved) {
            Reason::UnprovedEvidence {
                any_of: group.to_vec(),
            }
        } else {
            continue;
        };
        if !missing.contains(&reason) {
            missing.push(reason);
        }
    }
    draft.reasons.extend(missing);
}

fn check_key_and_usage(profile: &Profile, draft: &mut Draft) -> Option<ApprovedKey> {
    let rules = profile.keys();
    let (key, kind) = match &draft.source {
        KeySource::Generate(algorithm) => {
            let algorithm = algorithm.unwrap_or(rules.default_key());
            (ApprovedKey::Generate(algorithm), algorithm.kind())
        }
        KeySource::Csr(csr) => (
            ApprovedKey::Given(vec![csr.public_key().clone()]),
            csr.public_key().kind(),
        ),
        KeySource::Existing(key) => (ApprovedKey::Given(vec![key.clone()]), key.kind()),
        KeySource::ExistingPair(keys) => {
            // Of the two, the one that the policy does not take has to be named, else the one that must encrypt.
            let [signing, encryption] = keys.as_ref();
            let kind = match rules.accepts(&signing.kind()) {
                true => encryption.kind(),
                false => signing.kind(),
            };
            (ApprovedKey::Given(keys.to_vec()), kind)
        }
    };
    let allowed = match &key {
        ApprovedKey::Generate(algorithm) => rules.allowed().contains(algorithm),
        ApprovedKey::Given(_) => rules.accepts(&kind),
    };
    if !allowed {
        draft.reasons.push(Reason::KeyNotAllowed {
            key: kind,
            allowed: rules.allowed().to_vec(),
        });
    }
    let only_signs = kind == KeyKind::Ed25519;
    if only_signs {
        if draft.asked_usage.is_none() {
            draft.usage = Usage::Sign;
        }
        if draft.usage.encrypts() {
            draft.reasons.push(Reason::KeyCannotEncrypt {
                key: kind,
                usage: draft.usage,
            });
        } else if draft.asked_usage.is_none() {
            draft.notes.push(Note::SigningOnly {
                key: KeyAlgorithm::Ed25519,
            });
        }
        draft.notes.push(Note::FewReaders {
            key: KeyAlgorithm::Ed25519,
        });
    }
    // A key that the policy does not allow has no use either.
    if !profile.usages().contains(&draft.usage) && (allowed || draft.asked_usage.is_some()) {
        draft.reasons.push(Reason::UsageNotAllowed {
            usage: draft.usage,
            allowed: profile.usages().to_vec(),
        });
    }
    if let ApprovedKey::Given(keys) = &key
        && keys.len() != draft.usage.certificates().len()
    {
        draft.reasons.push(Reason::PairOfOneKey);
    }
    allowed.then_some(key)
}

fn check_days(profile: &Profile, draft: &mut Draft, context: &AdmitContext<'_>) {
    let maximum = profile.validity().maximum_days();
    if !(1..=maximum).contains(&draft.days) {
        draft.reasons.push(Reason::TooManyDays {
            days: draft.days,
            maximum,
        });
    }
    let not_after = context.issuer_not_after;
    let day = ValidityPeriod::starting(context.now, 1);
    if day.not_after > not_after {
        draft.reasons.push(Reason::IssuerEnds { not_after });
        return;
    }
    // The days after the first, which fits; the sum cannot leave the calendar, as the issuer's end is in it.
    let further = (not_after - day.not_after).num_seconds() / TimeDelta::days(1).num_seconds();
    let left = u32::try_from(further).unwrap_or(u32::MAX - 1).saturating_add(1);
    if draft.days.min(maximum) > left {
        draft.reasons.push(Reason::OutlivesIssuer {
            days: draft.days,
            left,
            not_after,
        });
    }
}

#[cfg(test)]
mod tests;
