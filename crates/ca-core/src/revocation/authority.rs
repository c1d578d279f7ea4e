//! The certificates of one authority's key, and how they stand.
//!
//! An authority that was certified again, as under a new root, has several, each on another issuer's list. Whether it
//! may go on issuing is asked here by everything that signs.

use super::{RevocationError, RevocationOrder, Revoker};
use crate::audit::{AuditAction, AuditEvent};
use crate::ledger::{
    AuthorityKind, AuthorityRecord, AuthorityRevocation, CrossCertificateRecord, Ledger, LedgerError,
    Revocation, RevocationReason, SerialNumber,
};
use chrono::{DateTime, Utc};
use identity::Certificate;

/// A certificate that one authority of the house gave to another.
#[derive(Clone, Debug)]
pub struct AuthorityCertificate {
    /// The name of the certificate: its subject's identifier, or that of a cross-certificate.
    pub id: String,
    /// The identifier of the authority whose key it certifies.
    pub subject: String,
    /// The identifier of the authority that signed it.
    pub issuer: String,
    /// The certificate.
    pub certificate: Certificate,
    serial: SerialNumber,
}

impl AuthorityCertificate {
    /// Returns the revocation that is on record for it.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn revocation(&self, ledger: &dyn Ledger) -> Result<Option<Revocation>, LedgerError> {
        ledger.revocation(&self.issuer, &self.serial)
    }

    fn read(id: &str, subject: &str, issuer: &str, der: &[u8]) -> Result<Self, RevocationError> {
        let certificate = Certificate::from_der(der).map_err(|source| RevocationError::Unreadable {
            id: id.to_owned(),
            source,
        })?;
        let serial = certificate
            .serial_hex()
            .parse()
            .map_err(|_| LedgerError::UnknownAuthority { id: id.to_owned() })?;
        Ok(Self {
            id: id.to_owned(),
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            certificate,
            serial,
        })
    }
}

/// Returns every certificate of an authority's key that another authority signed, the oldest first; a root's own, which
/// no list can hold, is not among them.
///
/// # Errors
/// [`RevocationError::Unreadable`]; [`RevocationError::Ledger`] if the authority is unknown.
pub fn certificates_of(ledger: &dyn Ledger, id: &str) -> Result<Vec<AuthorityCertificate>, RevocationError> {
    let records = ledger.authorities()?;
    let record = records.iter().find(|record| record.id == id);
    let record = record.ok_or_else(|| LedgerError::UnknownAuthority { id: id.to_owned() })?;
    signed_ones(record, &ledger.cross_certificates()?)
        .map(|one| AuthorityCertificate::read(one.id, id, one.issuer, one.der))
        .collect()
}

/// Returns the revocation for which an authority must sign no more certificates, whatever the moment that it is dated:
/// that of the certificate under which it issues, or of an earlier one unless another has merely taken its place; else that
/// of an authority above it. (A root's cross-certificates count if the key is in other hands.)
///
/// # Errors
/// As [`certificates_of`].
pub fn revocation_of(ledger: &dyn Ledger, id: &str) -> Result<Option<Revocation>, RevocationError> {
    let records = ledger.authorities()?;
    let crosses = ledger.cross_certificates()?;
    if !records.iter().any(|record| record.id == id) {
        return Err(LedgerError::UnknownAuthority { id: id.to_owned() }.into());
    }
    let mut next = Some(id.to_owned());
    // A record that names itself or its descendant as issuer must not make this endless.
    for _ in 0..=records.len() {
        let Some(id) = next.take() else { break };
        // Of an authority above that is not on record nothing is known.
        let Some(record) = records.iter().find(|record| record.id == id) else {
            break;
        };
        let is_root = record.kind == AuthorityKind::Root;
        let all: Vec<_> = signed_ones(record, &crosses).collect();
        let newest = all.len().checked_sub(1).filter(|_| !is_root);
        for (place, one) in all.iter().enumerate() {
            // Asked for each certificate that is issued: most issuers have never revoked anything.
            let on_record = records.iter().any(|record| record.id == one.issuer);
            if !on_record || ledger.last_revocation_change(one.issuer)? == 0 {
                continue;
            }
            let certificate = AuthorityCertificate::read(one.id, &id, one.issuer, one.der)?;
            let found = certificate.revocation(ledger)?;
            let counts = |found: &Revocation| {
                let superseded = found.reason == RevocationReason::Superseded;
                found.reason.is_of_key() || Some(place) == newest || !is_root && !superseded
            };
            if let Some(found) = found.filter(counts) {
                return Ok(Some(found));
            }
        }
        if !is_root {
            next = all.last().map(|newest| newest.issuer.to_owned());
        }
    }
    Ok(None)
}

/// A certificate as it is on record.
struct SignedOne<'a> {
    id: &'a str,
    issuer: &'a str,
    der: &'a [u8],
}

fn signed_ones<'a>(
    record: &'a AuthorityRecord,
    crosses: &'a [CrossCertificateRecord],
) -> impl Iterator<Item = SignedOne<'a>> {
    let first = record.issuer.as_deref().map(|issuer| SignedOne {
        id: &record.id,
        issuer,
        der: &record.certificate,
    });
    let further = crosses.iter().filter(|cross| cross.subject == record.id);
    first.into_iter().chain(further.map(|cross| SignedOne {
        id: &cross.id,
        issuer: &cross.issuer,
        der: &cross.certificate,
    }))
}

impl Revoker<'_> {
    /// Revokes every certificate of an authority's key, or the one cross-certificate that is named, all or none; the next
    /// CRL of each issuer will say so. Returns the issuers.
    ///
    /// # Errors
    /// [`RevocationError::Root`], [`RevocationError::AuthorityHold`], [`RevocationError::InvalidityInFuture`];
    /// [`RevocationError::Ledger`] if it is unknown or revoked already.
    pub fn revoke_authority(
        &self,
        id: &str,
        order: RevocationOrder,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, RevocationError> {
        let mut meant = self.named(id)?;
        if order.reason == RevocationReason::CertificateHold {
            return Err(RevocationError::AuthorityHold { id: id.to_owned() });
        }
        let mut left = Vec::new();
        for certificate in &meant {
            let new = self.revocation(certificate.serial, order, now)?;
            let before = certificate.revocation(self.ledger)?;
            if before.is_none_or(|before| new.may_follow(&before)) {
                left.push(certificate.clone());
            }
        }
        // With nothing left to revoke, the record says why.
        if !left.is_empty() {
            meant = left;
        }
        let mut revoked: Vec<AuthorityRevocation> = Vec::new();
        let mut events: Vec<AuditEvent> = Vec::new();
        for one in &meant {
            revoked.push(AuthorityRevocation {
                issuer: one.issuer.clone(),
                not_after: one.certificate.not_after(),
                revocation: self.revocation(one.serial, order, now)?,
            });
            let event = self.event(AuditAction::AuthorityRevoked, one.subject.clone(), order, now);
            events.push(
                event
                    .with("issuer", one.issuer.clone())
                    .with("serial", one.serial.to_string()),
            );
        }
        self.ledger.revoke_authorities(&revoked, &events)?;
        Ok(revoked.into_iter().map(|one| one.issuer).collect())
    }

    /// Returns the certificates that a name stands for.
    fn named(&self, id: &str) -> Result<Vec<AuthorityCertificate>, RevocationError> {
        let crosses = self.ledger.cross_certificates()?;
        if let Some(cross) = crosses.iter().find(|cross| cross.id == id) {
            let one = AuthorityCertificate::read(id, &cross.subject, &cross.issuer, &cross.certificate)?;
            return Ok(vec![one]);
        }
        let records = self.ledger.authorities()?;
        let is_root = |id: &str| {
            records
                .iter()
                .any(|record| record.id == id && record.issuer.is_none())
        };
        if is_root(id) {
            return Err(RevocationError::Root { id: id.to_owned() });
        }
        certificates_of(self.ledger, id)
    }
}
