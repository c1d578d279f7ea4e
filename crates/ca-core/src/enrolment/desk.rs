//! Moving requests from state to state, in a ledger that others use at the same time.

use chrono::{DateTime, TimeDelta, Utc};
use identity::Passphrase;
use identity::secret_hash;

use super::record::{Act, ActKind, ChallengeRecord};
use super::{
    ConfirmationCode, EnrolmentError, EnrolmentRecord, Event, KeptDocument, Missing, RecordedEvidence,
    RequestId, State, missing, reuse,
};
use crate::admission::{AdmitContext, Approved, Reason};
use crate::audit::{AuditAction, AuditContext, AuditEvent, Outcome};
use crate::evidence::{Evidence, EvidenceKind};
use crate::ledger::{Ledger, LedgerError, SerialNumber};
use crate::policy::Profile;

/// Where requests are made and decided.
#[derive(Clone)]
pub struct Desk<'a> {
    pub(super) ledger: &'a dyn Ledger,
    pub(super) audit: AuditContext,
    now: DateTime<Utc>,
}

/// A request that was made.
#[derive(Debug)]
pub struct Submission {
    /// As it is on record.
    pub request: EnrolmentRecord,
    /// The code to send to the address; `None` if the mailbox needs no proof, or is proven by earlier evidence.
    pub code: Option<ConfirmationCode>,
}

/// What an approval came to.
#[derive(Debug)]
pub struct Approval {
    /// As it is on record.
    pub request: EnrolmentRecord,
    /// How many further officers must have a part in it; 0: it is approved.
    pub officers_left: u32,
}

impl<'a> Desk<'a> {
    /// Opens the desk.
    pub fn new(ledger: &'a dyn Ledger, audit: AuditContext, now: DateTime<Utc>) -> Self {
        Self { ledger, audit, now }
    }

    /// Puts a new request on record, if all but the evidence is there. Evidence of earlier requests and certificates
    /// that the policy lets be used again comes along.
    ///
    /// # Errors
    /// [`EnrolmentError::Incomplete`] with everything that is missing; [`EnrolmentError::Ledger`].
    pub fn submit(
        &self,
        mut request: EnrolmentRecord,
        profile: &Profile,
        context: &AdmitContext<'_>,
    ) -> Result<Submission, EnrolmentError> {
        let mut missing = missing::formalities(profile.enrolment(), &request);
        let evidence_later = |reason: &Reason| {
            matches!(
                reason,
                Reason::MissingEvidence { .. } | Reason::UnprovedEvidence { .. }
            )
        };
        if let Err(refusal) = profile.admit(request.request()?, Vec::new(), context) {
            let others = refusal.reasons().iter().filter(|reason| !evidence_later(reason));
            missing.extend(others.cloned().map(Missing::Reason));
        }
        if !missing.is_empty() {
            return Err(EnrolmentError::Incomplete {
                subject: None,
                missing,
            });
        }
        request.expires_at = self.in_days(profile.enrolment().expires_days());
        request.evidence = reuse::reusable(
            self.ledger,
            profile.evidence(),
            &request,
            self.audit.real_time,
            self.now,
        )?;
        let wanted = wants_mailbox(&request, profile) && !has(&request, EvidenceKind::Mailbox);
        let code = wanted
            .then(|| ConfirmationCode::random(&request.id))
            .transpose()?;
        request.challenge = code.as_ref().map(|code| self.challenge(code));
        advance(&mut request, profile)?;
        let event = self
            .event(AuditAction::RequestSubmitted, &request.id)
            .with("class", request.class.to_string())
            .with("state", request.state.to_string());
        self.ledger.add_request(&request, &[event])?;
        Ok(Submission { request, code })
    }

    /// Returns a request, which expires now if its time is over. One that is over at the stated moment only, while that is
    /// still to come, is shown so and stays as it is.
    ///
    /// # Errors
    /// [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn request(&self, id: &RequestId) -> Result<EnrolmentRecord, EnrolmentError> {
        self.settled(id, false)
    }

    /// As [`Desk::request`]; `for_good` lets it expire by the stated moment alone.
    fn settled(&self, id: &RequestId, for_good: bool) -> Result<EnrolmentRecord, EnrolmentError> {
        for _ in 0..ATTEMPTS {
            let mut request = self
                .ledger
                .request(id)?
                .ok_or_else(|| EnrolmentError::UnknownRequest { id: id.clone() })?;
            if !self.is_over(&request) {
                return Ok(request);
            }
            move_on(&mut request, Event::Expire)?;
            if !for_good && self.audit.real_time <= request.expires_at {
                return Ok(request);
            }
            let event = self.event(AuditAction::RequestExpired, id);
            match self.ledger.change_request(&request, &[], &[event]) {
                Err(LedgerError::RequestChanged { .. }) => {}
                other => other?,
            }
        }
        Err(LedgerError::RequestChanged { id: id.to_string() }.into())
    }

    /// Makes a new confirmation code, after which the one before is worth nothing.
    ///
    /// # Errors
    /// [`EnrolmentError::State`], [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn new_code(&self, id: &RequestId) -> Result<Submission, EnrolmentError> {
        let code = ConfirmationCode::random(id)?;
        let request = self.change(id, |request| {
            move_on(request, Event::SendCode)?;
            if request.challenge.is_none() {
                return Err(EnrolmentError::NoCode { id: id.clone() });
            }
            request.challenge = Some(self.challenge(&code));
            Ok((vec![self.event(AuditAction::RequestCodeSent, id)], None, Ok(())))
        })?;
        Ok(Submission {
            request,
            code: Some(code),
        })
    }

    /// Redeems a confirmation code: once, in time, and with at most five wrong ones before it.
    ///
    /// # Errors
    /// [`EnrolmentError::CodeWrong`], which is on record then; [`EnrolmentError::CodeRedeemed`],
    /// [`EnrolmentError::CodeExpired`], [`EnrolmentError::TriesUsed`], [`EnrolmentError::NoCode`],
    /// [`EnrolmentError::State`], [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn confirm(
        &self,
        code: &ConfirmationCode,
        profiles: Profiles<'_>,
    ) -> Result<EnrolmentRecord, EnrolmentError> {
        let id = code.request();
        self.change(id, |request| {
            let profile = profiles(request)?;
            let mut challenge = request
                .challenge
                .clone()
                .ok_or_else(|| EnrolmentError::NoCode { id: id.clone() })?;
            if challenge.failures >= MOST_FAILURES {
                return Err(EnrolmentError::TriesUsed {
                    id: id.clone(),
                    failures: challenge.failures,
                });
            }
            if !code.matches(&challenge.hash) {
                challenge.failures += 1;
                let left = MOST_FAILURES - challenge.failures;
                request.challenge = Some(challenge);
                let event = self
                    .event(AuditAction::MailboxConfirmed, id)
                    .with_outcome(Outcome::Refused);
                let error = EnrolmentError::CodeWrong { id: id.clone(), left };
                return Ok((vec![event.with("left", left.to_string())], None, Err(error)));
            }
            // Only who has the code learns more.
            if let Some(at) = challenge.redeemed_at {
                return Err(EnrolmentError::CodeRedeemed { id: id.clone(), at });
            }
            if self.now > challenge.expires_at {
                return Err(EnrolmentError::CodeExpired {
                    id: id.clone(),
                    at: challenge.expires_at,
                });
            }
            // It is the evidence that moves the request, further perhaps; here it is asked whether it may.
            move_on(&mut request.clone(), Event::ProveMailbox)?;
            challenge.redeemed_at = Some(self.now);
            request.evidence.push(RecordedEvidence {
                kind: EvidenceKind::Mailbox,
                text: format!(
                    "a code sent to {} on {} was returned on {}",
                    request.email(),
                    challenge.sent_at.format("%Y-%m-%d %H:%M UTC"),
                    self.now.format("%Y-%m-%d %H:%M UTC")
                ),
                details: Default::default(),
                officer: None,
                at: self.audit.real_time,
                since: self.now,
                reused_from: None,
            });
            request.challenge = Some(challenge);
            advance(request, profile)?;
            Ok((vec![self.event(AuditAction::MailboxConfirmed, id)], None, Ok(())))
        })
    }

    /// Records what was checked, with the copy of a document if one is kept.
    ///
    /// # Errors
    /// [`EnrolmentError::EvidenceForbidden`], [`EnrolmentError::Evidence`], [`EnrolmentError::State`],
    /// [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn record_evidence(
        &self,
        id: &RequestId,
        evidence: &RecordedEvidence,
        document: Option<&KeptDocument>,
        profile: &Profile,
    ) -> Result<EnrolmentRecord, EnrolmentError> {
        // What cannot stand in the certificate's record is refused before it is in the request's.
        Evidence::proved(evidence.kind, &*evidence.text)?;
        self.change(id, |request| {
            move_on(request, Event::RecordEvidence)?;
            if profile.evidence().forbidden().contains(&evidence.kind) {
                return Err(EnrolmentError::EvidenceForbidden {
                    kind: evidence.kind,
                    class: request.class,
                });
            }
            request
                .evidence
                .retain(|other| other.kind != evidence.kind || other.reused_from.is_none());
            request.evidence.push(evidence.clone());
            advance(request, profile)?;
            let mut event = self
                .event(AuditAction::EvidenceRecorded, id)
                .with("kind", evidence.kind.name());
            if let Some(officer) = &evidence.officer {
                event = event.with("officer", officer.as_str());
            }
            Ok((vec![event], document.cloned(), Ok(())))
        })
    }

    /// Lets an officer agree. The request is approved when as many officers as the policy wants have had a part in it:
    /// by recording evidence or by agreeing.
    ///
    /// # Errors
    /// [`EnrolmentError::Incomplete`] with everything that is missing, [`EnrolmentError::AccessCode`],
    /// [`EnrolmentError::State`], [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn approve(
        &self,
        id: &RequestId,
        officer: &str,
        access_code: Option<&Passphrase>,
        profile: &Profile,
        context: &AdmitContext<'_>,
    ) -> Result<Approval, EnrolmentError> {
        let mut officers_left = 0;
        let request = self.change(id, |request| {
            if !request.state.is_open() || request.state == State::Approved {
                move_on(request, Event::Approve)?;
            }
            self.admit(request, profile, context)?;
            if let Some(code) = access_code {
                let known = match &request.access_code {
                    Some(hash) => secret_hash::verify(code, hash)?,
                    None => false,
                };
                if !known {
                    return Err(EnrolmentError::AccessCode { id: id.clone() });
                }
            }
            request.acts.push(self.act(ActKind::Approve, officer, None));
            let officers = u32::try_from(request.officers().len()).unwrap_or(u32::MAX);
            officers_left = profile.enrolment().officers().saturating_sub(officers);
            if officers_left == 0 {
                move_on(request, Event::Approve)?;
            }
            let event = self
                .event(AuditAction::RequestApproved, id)
                .with("officer", officer)
                .with("officers_left", officers_left.to_string());
            Ok((vec![event], None, Ok(())))
        })?;
        Ok(Approval {
            request,
            officers_left,
        })
    }

    /// Ends a request: an officer refuses it, or it is withdrawn.
    ///
    /// # Errors
    /// [`EnrolmentError::State`], [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn end(
        &self,
        id: &RequestId,
        kind: ActKind,
        officer: &str,
        reason: Option<&str>,
    ) -> Result<EnrolmentRecord, EnrolmentError> {
        let (event, action) = match kind {
            ActKind::Withdraw => (Event::Withdraw, AuditAction::RequestWithdrawn),
            _ => (Event::Reject, AuditAction::RequestRejected),
        };
        self.change(id, |request| {
            move_on(request, event)?;
            request.acts.push(self.act(kind, officer, reason));
            let event = self.event(action, id).with("officer", officer);
            Ok((vec![event], None, Ok(())))
        })
    }

    /// Judges an approved request once more, for its certificate to be issued.
    ///
    /// # Errors
    /// [`EnrolmentError::State`], [`EnrolmentError::Incomplete`].
    pub fn ready(
        &self,
        request: &EnrolmentRecord,
        profile: &Profile,
        context: &AdmitContext<'_>,
    ) -> Result<Approved, EnrolmentError> {
        move_on(&mut request.clone(), Event::Collect)?;
        self.admit(request, profile, context)
    }

    /// Records that the certificates of a request were handed out.
    ///
    /// # Errors
    /// [`EnrolmentError::State`], [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn collected(
        &self,
        id: &RequestId,
        serials: &[SerialNumber],
    ) -> Result<EnrolmentRecord, EnrolmentError> {
        self.change(id, |request| {
            move_on(request, Event::Collect)?;
            request.serials = serials.iter().map(ToString::to_string).collect();
            let event = self
                .event(AuditAction::RequestCollected, id)
                .with("serials", request.serials.join(" "));
            Ok((vec![event], None, Ok(())))
        })
    }

    /// Returns the copies of documents that are kept for a request, the oldest first, without those that are deleted or
    /// whose time is over.
    ///
    /// # Errors
    /// [`EnrolmentError::UnknownRequest`], [`EnrolmentError::Ledger`].
    pub fn documents(&self, id: &RequestId) -> Result<Vec<KeptDocument>, EnrolmentError> {
        let known = self.request(id)?;
        let mut documents = self.ledger.documents(&known.id)?;
        documents.retain(|document| document.message.is_some() && self.now <= document.delete_after);
        Ok(documents)
    }

    /// Records that an officer is about to be given the copy of a document.
    ///
    /// # Errors
    /// [`EnrolmentError::Ledger`].
    pub fn hand_over(&self, document: &KeptDocument, officer: &str) -> Result<(), EnrolmentError> {
        let event = self
            .event(AuditAction::DocumentRead, &document.request)
            .with("officer", officer)
            .with("sha256", document.sha256.as_str());
        Ok(self.ledger.append_audit(&[event])?)
    }

    /// Shows requests as of the stated moment: those whose time is over then have expired.
    pub fn as_of_now(&self, requests: &mut [EnrolmentRecord]) {
        for request in requests {
            if self.is_over(request) {
                request.state = State::Expired;
            }
        }
    }

    fn is_over(&self, request: &EnrolmentRecord) -> bool {
        request.state.is_open() && self.now > request.expires_at
    }

    /// As [`Desk::purge`], but of what is over in real time, too: looking at what will be deletes nothing.
    ///
    /// # Errors
    /// [`EnrolmentError::Ledger`].
    pub fn tidy(&self) -> Result<(), EnrolmentError> {
        let mut today = self.clone();
        today.now = self.now.min(self.audit.real_time);
        today.purge().map(|_| ())
    }

    /// Deletes the copies of documents whose time is over at the stated moment, and lets requests expire whose time is.
    ///
    /// Returns how many copies and requests there were.
    ///
    /// # Errors
    /// [`EnrolmentError::Ledger`].
    pub fn purge(&self) -> Result<(usize, usize), EnrolmentError> {
        let due = self.ledger.documents_due(self.now)?;
        let events: Vec<_> = due
            .iter()
            .map(|document| {
                self.event(AuditAction::DocumentDeleted, &document.request)
                    .with("sha256", document.sha256.as_str())
            })
            .collect();
        if !due.is_empty() {
            self.ledger
                .delete_documents(&due, self.audit.real_time, &events)?;
        }
        let mut expired = 0;
        for request in self.ledger.requests(&Default::default())? {
            if self.is_over(&request) {
                expired += usize::from(self.settled(&request.id, true)?.state == State::Expired);
            }
        }
        Ok((due.len(), expired))
    }

    /// Reads, changes and writes until nobody else was quicker. The change may be recorded and be an error all the same.
    pub(super) fn change(
        &self,
        id: &RequestId,
        mut change: impl FnMut(&mut EnrolmentRecord) -> Changed,
    ) -> Result<EnrolmentRecord, EnrolmentError> {
        for _ in 0..ATTEMPTS {
            let mut request = self.request(id)?;
            let (events, document, outcome) = change(&mut request)?;
            match self.ledger.change_request(&request, document.as_slice(), &events) {
                Err(LedgerError::RequestChanged { .. }) => {}
                recorded => {
                    recorded?;
                    request.revision += 1;
                    return outcome.map(|()| request);
                }
            }
        }
        Err(LedgerError::RequestChanged { id: id.to_string() }.into())
    }

    /// Says what a request lacks.
    ///
    /// # Errors
    /// [`EnrolmentError::Record`], [`EnrolmentError::Evidence`] if the record is damaged.
    pub fn missing(
        &self,
        request: &EnrolmentRecord,
        profile: &Profile,
        context: &AdmitContext<'_>,
    ) -> Result<Vec<Missing>, EnrolmentError> {
        match self.admit(request, profile, context) {
            Ok(_) => Ok(Vec::new()),
            Err(EnrolmentError::Incomplete { missing, .. }) => Ok(missing),
            Err(error) => Err(error),
        }
    }

    fn admit(
        &self,
        request: &EnrolmentRecord,
        profile: &Profile,
        context: &AdmitContext<'_>,
    ) -> Result<Approved, EnrolmentError> {
        let mut missing = missing::formalities(profile.enrolment(), request);
        // What is too old is left out; it matters only where something is missing then. A stated moment in the past makes
        // nothing younger.
        let stale = missing::stale(profile.evidence(), request, self.now.max(self.audit.real_time));
        let mut fresh = request.clone();
        fresh
            .evidence
            .retain(|piece| !stale.iter().any(|(old, _)| *old == piece));
        match profile.admit(request.request()?, fresh.proved()?, context) {
            Ok(approved) if missing.is_empty() => Ok(approved),
            Ok(_) => Err(missing),
            Err(refusal) => {
                let is_wanted = |kind: EvidenceKind| {
                    refusal.reasons().iter().any(|reason| {
                        matches!(reason, Reason::MissingEvidence { any_of, .. } if any_of.contains(&kind))
                    })
                };
                missing.extend(
                    stale
                        .into_iter()
                        .filter(|(piece, _)| is_wanted(piece.kind))
                        .map(|(_, missing)| missing),
                );
                missing.extend(refusal.reasons().iter().cloned().map(Missing::Reason));
                Err(missing)
            }
        }
        .map_err(|missing| EnrolmentError::Incomplete {
            subject: Some(request.id.clone()),
            missing,
        })
    }

    fn challenge(&self, code: &ConfirmationCode) -> ChallengeRecord {
        ChallengeRecord {
            hash: code.hash(),
            sent_at: self.now,
            expires_at: self
                .now
                .checked_add_signed(CODE_LIFETIME)
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
            failures: 0,
            redeemed_at: None,
        }
    }

    fn act(&self, kind: ActKind, officer: &str, reason: Option<&str>) -> Act {
        Act {
            kind,
            officer: officer.to_owned(),
            reason: reason.map(str::to_owned),
            at: self.audit.real_time,
            acted_at: self.now,
        }
    }

    pub(super) fn event(&self, action: AuditAction, id: &RequestId) -> AuditEvent {
        AuditEvent::new(&self.audit, self.now, action, id.to_string())
    }

    fn in_days(&self, days: u32) -> DateTime<Utc> {
        self.now
            .checked_add_signed(TimeDelta::days(days.into()))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// Finds the policy of a request's class.
pub type Profiles<'a> = &'a dyn Fn(&EnrolmentRecord) -> Result<&'a Profile, EnrolmentError>;

/// What is to be recorded, and what to say afterwards.
pub(super) type Changed =
    Result<(Vec<AuditEvent>, Option<KeptDocument>, Result<(), EnrolmentError>), EnrolmentError>;

fn move_on(request: &mut EnrolmentRecord, event: Event) -> Result<(), EnrolmentError> {
    request.state = request
        .state
        .after(event)
        .map_err(|source| EnrolmentError::State {
            id: request.id.clone(),
            source,
        })?;
    Ok(())
}

/// Moves a request as far as its evidence carries it.
fn advance(request: &mut EnrolmentRecord, profile: &Profile) -> Result<(), EnrolmentError> {
    let mailbox = !wants_mailbox(request, profile) || has(request, EvidenceKind::Mailbox);
    if request.state == State::Requested && mailbox {
        move_on(request, Event::ProveMailbox)?;
    }
    if request.state == State::MailboxProven {
        let groups = profile.evidence().groups(request.organization.is_some());
        let mut identity = groups
            .filter(|group| *group != [EvidenceKind::Mailbox])
            .peekable();
        if identity.peek().is_some() && identity.all(|group| group.iter().any(|kind| has(request, *kind))) {
            move_on(request, Event::CheckIdentity)?;
        }
    }
    Ok(())
}

fn wants_mailbox(request: &EnrolmentRecord, profile: &Profile) -> bool {
    profile
        .evidence()
        .groups(request.organization.is_some())
        .any(|group| group.contains(&EvidenceKind::Mailbox))
}

fn has(request: &EnrolmentRecord, kind: EvidenceKind) -> bool {
    request.evidence.iter().any(|piece| piece.kind == kind)
}

/// How long a confirmation code is good for.
const CODE_LIFETIME: TimeDelta = TimeDelta::hours(24);
const MOST_FAILURES: u32 = 5;
/// How often a change is tried anew when others are quicker.
const ATTEMPTS: usize = 50;

#[cfg(test)]
mod tests;
