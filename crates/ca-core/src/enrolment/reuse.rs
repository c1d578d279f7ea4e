//! Evidence that earlier requests and certificates of the same address bring along.

use chrono::{DateTime, Utc};

use super::{EnrolmentRecord, RecordedEvidence, State, name_key};
use crate::evidence::{Basis, EvidenceKind};
use crate::ledger::{CertificateFilter, Ledger, LedgerError, RevocationReason, SerialNumber, address_key};
use crate::policy::EvidenceRules;

/// Finds what the policy lets be used again, the newest of each kind.
///
/// A mailbox is proven by the address; whatever concerns the person, only if the name is the same; whatever concerns the
/// organization, only if that is.
pub(super) fn reusable(
    ledger: &dyn Ledger,
    rules: &EvidenceRules,
    request: &EnrolmentRecord,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<RecordedEvidence>, LedgerError> {
    let mut found: Vec<RecordedEvidence> = Vec::new();
    let mut offer = |one: RecordedEvidence| {
        if rules.forbidden().contains(&one.kind)
            || !rules.is_reusable(one.kind, one.since, now)
            || one.since > now
        {
            return;
        }
        match found.iter_mut().find(|other| other.kind == one.kind) {
            Some(other) if other.since >= one.since => {}
            Some(other) => *other = one,
            None => found.push(one),
        }
    };
    let name = name_key(&request.name());
    let filter = super::RequestFilter {
        email: Some(request.email().to_owned()),
        ..Default::default()
    };
    let requests = ledger.requests(&filter)?;
    // What officers found about a person whom they then refused is not to be trusted, wherever it was used again since; the
    // mailbox was proven all the same.
    let mut distrusted = Vec::new();
    for earlier in &requests {
        if earlier.state == State::Rejected || is_withdrawn_for_cause(ledger, earlier)? {
            distrusted.push(earlier.id.to_string());
        }
    }
    for earlier in requests {
        if earlier.id == request.id || !covers(&earlier.emails, &request.emails) {
            continue;
        }
        let same_name = !name.is_empty() && name_key(&earlier.name()) == name;
        for piece in &earlier.evidence {
            let origin = piece
                .reused_from
                .clone()
                .unwrap_or_else(|| earlier.id.to_string());
            let same_name = same_name && !distrusted.contains(&origin) && !is_of_withdrawn(ledger, &origin)?;
            let fits = match piece.kind {
                EvidenceKind::Mailbox => true,
                EvidenceKind::Organization => same_name && earlier.organization == request.organization,
                _ => same_name,
            };
            if fits {
                offer(RecordedEvidence {
                    at,
                    reused_from: Some(origin),
                    ..piece.clone()
                });
            }
        }
    }
    let filter = CertificateFilter {
        email: Some(request.email().to_owned()),
        people_only: true,
        ..CertificateFilter::default()
    };
    for record in ledger.list(&filter, now)? {
        let intent = &record.intent;
        if record.issued.is_none() || record.revocation.is_some() || !covers(&intent.emails, &request.emails)
        {
            continue;
        }
        let same_name = !name.is_empty() && name_key(&intent.name) == name;
        // A renewal brings along what a request found out whose first certificate was revoked for cause.
        let distrusts = |text: &str| {
            distrusted
                .iter()
                .any(|id| text.ends_with(&format!("[request {id}]")))
        };
        for piece in &intent.evidence {
            let same_name = same_name && !distrusts(piece.text());
            // The ledger does not say of which organization the certificate was.
            let fits = match piece.kind() {
                EvidenceKind::Mailbox => true,
                EvidenceKind::Organization => false,
                _ => same_name,
            };
            if fits && piece.basis() == Basis::Proved {
                offer(RecordedEvidence {
                    kind: piece.kind(),
                    text: piece.text().to_owned(),
                    details: Default::default(),
                    officer: None,
                    at,
                    since: piece.since().unwrap_or(intent.acted_at),
                    reused_from: Some(intent.serial.to_string()),
                });
            }
        }
    }
    Ok(found)
}

/// Tells whether a certificate that came of a request was revoked because what was known of its holder no longer holds.
fn is_withdrawn_for_cause(ledger: &dyn Ledger, request: &EnrolmentRecord) -> Result<bool, LedgerError> {
    for serial in request.certificates() {
        if was_for_cause(ledger, &serial)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As [`is_withdrawn_for_cause`], of evidence that came from a certificate.
fn is_of_withdrawn(ledger: &dyn Ledger, origin: &str) -> Result<bool, LedgerError> {
    match origin.parse() {
        Ok(serial) => was_for_cause(ledger, &serial),
        Err(_) => Ok(false),
    }
}

fn was_for_cause(ledger: &dyn Ledger, serial: &SerialNumber) -> Result<bool, LedgerError> {
    let record = ledger.certificate(serial)?;
    let reason = record.and_then(|record| Some(record.revocation?.reason));
    Ok(matches!(
        reason,
        Some(RevocationReason::AffiliationChanged | RevocationReason::PrivilegeWithdrawn)
    ))
}

/// Only the first address of a request is proven; further ones must have been proven with it.
fn covers(earlier: &[String], wanted: &[String]) -> bool {
    let keys: Vec<_> = earlier.iter().map(|email| address_key(email)).collect();
    wanted.iter().all(|email| keys.contains(&address_key(email)))
}
