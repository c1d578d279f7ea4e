//! A holder's word for a certificate of his: the passphrase that he chose with his request.

use chrono::TimeDelta;
use identity::Passphrase;

use super::{Desk, EnrolmentError, EnrolmentRecord, RequestFilter, State, verify_holder_passphrase};
use crate::audit::{AuditAction, Outcome};
use crate::ledger::{CertificateRecord, LedgerError};

impl Desk<'_> {
    /// Takes the holder's word for a certificate, which is then on record, as is a wrong passphrase. Five wrong ones
    /// within an hour of real time are all that a request allows.
    ///
    /// A renewed certificate goes by the request of the one that it renews.
    ///
    /// # Errors
    /// [`EnrolmentError::HolderPassphraseWrong`], which is on record then; [`EnrolmentError::HolderTriesUsed`],
    /// [`EnrolmentError::NoHolderPassphrase`], [`EnrolmentError::NotRequested`], [`EnrolmentError::Ledger`].
    pub fn hear_holder(
        &self,
        certificate: &CertificateRecord,
        passphrase: &Passphrase,
    ) -> Result<EnrolmentRecord, EnrolmentError> {
        let serial = certificate.serial().to_string();
        let id = self.request_of(certificate)?.id;
        self.change(&id, |request| {
            if request.holder_passphrase.is_none() {
                return Err(EnrolmentError::NoHolderPassphrase { id: id.clone() });
            }
            let real_time = self.audit.real_time;
            // A clock that went backwards must not lock the holder out for longer than the period.
            request
                .holder_failures
                .retain(|at| (real_time - *at).abs() < PERIOD);
            if request.holder_failures.len() >= MOST_FAILURES {
                return Err(EnrolmentError::HolderTriesUsed {
                    id: id.clone(),
                    failures: request.holder_failures.len(),
                });
            }
            let event = self
                .event(AuditAction::HolderHeard, &id)
                .with("serial", serial.as_str());
            if verify_holder_passphrase(request, passphrase)? {
                return Ok((vec![event], None, Ok(())));
            }
            request.holder_failures.push(real_time);
            let left = MOST_FAILURES - request.holder_failures.len();
            let event = event
                .with_outcome(Outcome::Refused)
                .with("left", left.to_string());
            let error = EnrolmentError::HolderPassphraseWrong { id: id.clone(), left };
            Ok((vec![event], None, Err(error)))
        })
    }

    /// Finds the request that a certificate, or the one that it renews, was collected for.
    fn request_of(&self, certificate: &CertificateRecord) -> Result<EnrolmentRecord, EnrolmentError> {
        let mut current = certificate.clone();
        for _ in 0..MOST_RENEWALS {
            let serial = current.serial().to_string();
            let filter = RequestFilter {
                email: current.intent.emails.first().cloned(),
                state: Some(State::Collected),
                ..RequestFilter::default()
            };
            let requests = self.ledger.requests(&filter)?;
            if let Some(request) = requests.into_iter().find(|one| one.serials.contains(&serial)) {
                return Ok(request);
            }
            let Some(earlier) = current.intent.renews else {
                break;
            };
            current = self
                .ledger
                .certificate(&earlier)?
                .ok_or(LedgerError::UnknownSerial { serial: earlier })?;
        }
        Err(EnrolmentError::NotRequested {
            serial: *certificate.serial(),
        })
    }
}

const MOST_FAILURES: usize = 5;
/// A certificate renewed each week for four years: more is a damaged ledger that goes in a circle.
const MOST_RENEWALS: usize = 200;
const PERIOD: TimeDelta = TimeDelta::hours(1);
