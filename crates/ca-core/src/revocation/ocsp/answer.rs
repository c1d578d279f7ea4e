//! From a question to a signed answer.

use super::encode::{Said, Single, basic_response, response_data, successful};
use super::{OcspQuestion, OcspRefusal, OcspSigner};
use crate::ledger::{Ledger, LedgerError, Revocation, RevocationReason, SerialNumber};
use crate::lint::{Finding, lint_unsigned_ocsp};
use crate::policy::NeverIssued;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use identity::ocsp::{CertId, ResponseData};
use identity::verify_independently;

/// An answer that was signed and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedAnswer {
    /// The answer (OCSPResponse, DER).
    pub der: Vec<u8>,
    /// When what it says was known to be so.
    pub this_update: DateTime<Utc>,
    /// Until when it counts.
    pub next_update: DateTime<Utc>,
    /// Whether everything asked about was issued: such answers are worth keeping, and are as many as there are
    /// certificates.
    pub is_about_issued: bool,
}

impl OcspQuestion {
    /// Answers what was asked as of `now`.
    ///
    /// # Errors
    /// [`OcspRefusal::InternalError`] if the ledger cannot be read, the signer's certificate is not valid at `now`, or
    /// the signature fails or does not verify.
    pub fn answer(
        &self,
        ledger: &dyn Ledger,
        signer: &OcspSigner,
        now: DateTime<Utc>,
    ) -> Result<SignedAnswer, OcspRefusal> {
        let now = now.trunc_subsecs(0);
        if !signer.certificate().is_valid_at(now) {
            return Err(OcspRefusal::InternalError);
        }
        let lasts = TimeDelta::hours(i64::from(self.rules.answer_hours));
        let next_update = (now + lasts).min(signer.certificate().not_after());
        let mut said = Vec::with_capacity(self.certificates.len());
        for (certificate, is_ours) in &self.certificates {
            let what = self
                .look_up(ledger, certificate, *is_ours)
                .map_err(|_| OcspRefusal::InternalError)?;
            said.push((certificate.to_der(), what));
        }
        let is_about_issued = said
            .iter()
            .all(|(_, what)| matches!(what, Said::Good | Said::Revoked(_)));
        let singles: Vec<Single<'_>> = said
            .iter()
            .map(|(certificate, what)| Single {
                certificate,
                what,
                this_update: now,
                next_update,
            })
            .collect();
        let key_hash = signer.certificate().public_key().subject_key_identifier();
        let der = response_data(&key_hash, now, &singles, self.nonce.as_deref())
            .and_then(|data| Ok((self.sign(&data, signer)?, data)))
            .and_then(|(signature, data)| {
                basic_response(&data, signer.scheme(), &signature, signer.certificate().der())
            })
            .and_then(|basic| successful(&basic))
            .map_err(|_| OcspRefusal::InternalError)?;
        Ok(SignedAnswer {
            der,
            this_update: now,
            next_update,
            is_about_issued,
        })
    }

    /// Holds what is to be signed against the lints, signs it, and lets a second implementation verify it before anyone sees
    /// the answer.
    fn sign(&self, data: &[u8], signer: &OcspSigner) -> der::Result<Vec<u8>> {
        let failed = || der::Error::from(der::ErrorKind::Failed);
        let scheme = signer.scheme();
        let read = ResponseData::unsigned(data, scheme).map_err(|_| failed())?;
        let findings = lint_unsigned_ocsp(&read, &self.issuer, signer.certificate());
        if findings.iter().any(Finding::is_error) {
            return Err(failed());
        }
        let signature = signer.key().sign(&scheme, data).map_err(|_| failed())?;
        verify_independently(signer.certificate().public_key(), &scheme, data, &signature)
            .map_err(|_| failed())?;
        Ok(signature)
    }

    /// What is known of a certificate.
    fn look_up(&self, ledger: &dyn Ledger, certificate: &CertId, is_ours: bool) -> Result<Said, LedgerError> {
        if !is_ours {
            return Ok(Said::Unknown);
        }
        // What is no serial number of ours was never given to a certificate.
        let standing = match SerialNumber::from_be_bytes(certificate.serial()) {
            Ok(serial) => ledger.standing(&self.authority, &serial)?,
            Err(_) => None,
        };
        Ok(match standing.map(|standing| standing.revocation) {
            None => match self.rules.never_issued {
                NeverIssued::Unknown => Said::Unknown,
                NeverIssued::Revoked => Said::NeverIssued,
            },
            Some(None) => Said::Good,
            // Whatever its date: the list has it too.
            Some(Some(revocation)) => revoked(&revocation),
        })
    }
}

fn revoked(revocation: &Revocation) -> Said {
    Said::Revoked(super::encode::Revoked {
        at: revocation.at,
        // RFC 5280, 5.3.1: absent rather than unspecified.
        reason: Some(revocation.reason).filter(|reason| *reason != RevocationReason::Unspecified),
        invalidity_date: revocation.invalidity_date,
    })
}
