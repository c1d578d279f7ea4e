//! Certificate revocation lists: numbered on record before they are signed, linted, signed, verified.

mod tally;

use crate::audit::{AuditAction, AuditContext, AuditEvent, Outcome};
use crate::authority::{CertificateAuthority, EncodeError, key_identifier};
use crate::encode::{CrlEncoder, CrlSpec, UnsignedCrl};
use crate::ledger::{
    AuthorityKind, CrlIntent, CrlRecord, CrlSignature, DeltaBase, DeltaIntent, Ledger, LedgerError,
    RevocationQuery, RevokedEntry,
};
use crate::lint::{Finding, lint_unsigned_crl};
use crate::policy::CrlRules;
use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use identity::crl::{CertificateListView, CrlError as Unreadable};
use identity::digest::{DigestAlgorithm, digest};
use identity::key::SignError;
use identity::{Certificate, VerifyError, verify_independently};

use tally::Tally;

/// What an authority's lists are to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrlPlan {
    /// For how many days a complete list is current.
    pub days: u32,
    /// For how many days a delta list is current; `None`: there are none.
    pub delta_days: Option<u32>,
    /// For how many days an entry stays after its certificate has expired; at least one list is made after the expiry.
    pub keep_expired_days: u32,
}

/// Makes the lists of one authority.
#[derive(Clone)]
pub struct CrlMaker<'a> {
    ledger: &'a dyn Ledger,
    authority: &'a CertificateAuthority,
    context: AuditContext,
}

/// A list that is signed, verified and on record, with the delta list of the same number if one was wanted.
#[derive(Clone, Debug)]
pub struct SignedCrl {
    record: CrlRecord,
    complete: Vec<u8>,
    delta: Option<Vec<u8>>,
}

/// The last list of an authority, and whether the next one is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlStanding {
    /// The last list that was signed.
    pub last: Option<CrlRecord>,
    /// Why the next one is due, if it is.
    pub due: Option<Due>,
}

/// Why a list is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// Certificates were revoked or released since the last one.
    Changed {
        /// How many changes.
        changes: u64,
    },
    /// The last one, or its delta list, is no longer current.
    Expired,
    /// The last one is dated after the moment: nobody accepts it yet.
    Future,
    /// There has never been one.
    NeverMade,
    /// Less than a third of the last one's time is left.
    Soon,
}

/// Why a list was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrlMakeError {
    /// It could not be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The record refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A rule is broken.
    #[error("CRL number {number} of \"{authority}\" was not signed: {}", list(.findings))]
    Lint {
        /// The authority.
        authority: String,
        /// The number, which is given up.
        number: u64,
        /// The rules broken, those of lesser weight too.
        findings: Vec<Finding>,
    },
    /// The signing key failed.
    #[error("CRL number {number} of \"{authority}\" was not signed: {source}")]
    Sign {
        /// The authority.
        authority: String,
        /// The number, which is given up.
        number: u64,
        /// Why.
        source: SignError,
    },
    /// It cannot be read back as what was to be signed.
    #[error("CRL number {number} of \"{authority}\" does not read back: {reason}; it was not handed out")]
    Unreadable {
        /// The authority.
        authority: String,
        /// The number, which is given up.
        number: u64,
        /// Why.
        reason: String,
    },
    /// The second implementation does not accept the signature.
    #[error(
        "CRL number {number} of \"{authority}\" was signed but a second implementation does not accept the signature: {source}; it was not handed out"
    )]
    Verification {
        /// The authority.
        authority: String,
        /// The number, which is given up.
        number: u64,
        /// Why.
        source: VerifyError,
    },
}

impl CrlPlan {
    /// Returns the plan that the policy has for an authority of this kind.
    pub fn of(rules: CrlRules, kind: AuthorityKind) -> Self {
        let (days, delta_days) = match kind {
            // A root is seldom at hand, and what it issues is little.
            AuthorityKind::Root => (rules.root_days, None),
            AuthorityKind::Issuing => (rules.issuing_days, rules.delta_days),
        };
        Self {
            days,
            delta_days,
            keep_expired_days: rules.keep_expired_days,
        }
    }
}

impl<'a> CrlMaker<'a> {
    /// Makes a maker out of a ledger, an authority that can sign, and who acts and when really.
    pub fn new(ledger: &'a dyn Ledger, authority: &'a CertificateAuthority, context: AuditContext) -> Self {
        Self {
            ledger,
            authority,
            context,
        }
    }

    /// Numbers, encodes, lints, signs, verifies and records a list of everything that is revoked, and its delta list.
    ///
    /// Two processes that do so at once get two numbers; a number whose list failed is never used again.
    ///
    /// # Errors
    /// [`CrlMakeError`].
    pub fn make(&self, plan: CrlPlan, now: DateTime<Utc>) -> Result<SignedCrl, CrlMakeError> {
        let this_update = now.trunc_subsecs(0);
        let id = self.authority.id();
        let before = self.ledger.crls(id, MOST_BASES)?;
        let intent = CrlIntent {
            authority: id.to_owned(),
            this_update,
            next_update: this_update + TimeDelta::days(i64::from(plan.days)),
            delta: plan.delta_days.map(|days| DeltaIntent {
                base: base(&before, this_update),
                next_update: this_update + TimeDelta::days(i64::from(days)),
            }),
            created_at: self.context.real_time,
        };
        let event = AuditEvent::new(&self.context, now, AuditAction::CrlReserved, id);
        let record = self.ledger.reserve_crl(&intent, &[event])?;
        let made = self.sign(record, plan, before.first());
        if let Err(error) = &made {
            let event = AuditEvent::new(&self.context, now, AuditAction::CrlSigned, id)
                .with("reason", error.to_string())
                .with_outcome(Outcome::Failed);
            self.ledger.append_audit(&[event])?;
        }
        let (crl, signature) = made?;
        let event = AuditEvent::new(&self.context, now, AuditAction::CrlSigned, id)
            .with("number", crl.record.number.to_string())
            .with("entries", signature.entries.to_string())
            .with("sha256", hex::encode(signature.sha256));
        self.ledger.record_crl(&signature, &[event])?;
        Ok(SignedCrl {
            record: CrlRecord {
                signature: Some(signature),
                ..crl.record
            },
            ..crl
        })
    }

    fn sign(
        &self,
        record: CrlRecord,
        plan: CrlPlan,
        previous: Option<&CrlRecord>,
    ) -> Result<(SignedCrl, CrlSignature), CrlMakeError> {
        let distribution_point = self.distribution_point()?;
        let certificate = self.authority.certificate();
        let intent = &record.intent;
        let kept_since = intent.this_update - TimeDelta::days(i64::from(plan.keep_expired_days));
        let base_url = self.authority.base_url();
        let spec = CrlSpec {
            scheme: self.authority.signer().scheme(),
            issuer: certificate.subject(),
            authority_key_identifier: key_identifier(certificate),
            number: record.number,
            this_update: intent.this_update,
            next_update: intent.next_update,
            delta_base: None,
            distribution_point,
            freshest: intent
                .delta
                .as_ref()
                .and(base_url)
                .map(|base| base.delta_crl(self.authority.id())),
            expired_since: (plan.keep_expired_days > 0).then(|| kept_since.max(certificate.not_before())),
        };
        // A list that was made after the expiry has told of it (RFC 5280, 3.3).
        let is_told = |entry: &RevokedEntry| {
            previous
                .is_some_and(|last| entry.change <= last.upto && entry.not_after < last.intent.this_update)
        };
        let keep = |entry: &RevokedEntry| entry.not_after >= kept_since || !is_told(entry);
        let all = RevocationQuery {
            issuer: self.authority.id(),
            upto: record.upto,
            after: None,
        };
        let delta = match &intent.delta {
            Some(delta) => {
                let base = delta.base.unwrap_or(DeltaBase {
                    number: record.number,
                    upto: record.upto,
                });
                let spec = CrlSpec {
                    next_update: delta.next_update,
                    delta_base: Some(base.number),
                    freshest: None,
                    ..spec.clone()
                };
                let since = RevocationQuery {
                    after: Some(base.upto),
                    ..all
                };
                Some(self.sign_list(spec, &since, &|_| true)?.0)
            }
            None => None,
        };
        let (complete, entries) = self.sign_list(spec, &all, &keep)?;
        let signature = CrlSignature {
            authority: self.authority.id().to_owned(),
            number: record.number,
            entries,
            sha256: sha256(&complete),
            delta_sha256: delta.as_deref().map(sha256),
            at: self.context.real_time,
        };
        let crl = SignedCrl {
            record,
            complete,
            delta,
        };
        Ok((crl, signature))
    }

    /// Encodes one list, lints the very bytes, signs them and verifies the result; returns it and its number of entries.
    fn sign_list(
        &self,
        spec: CrlSpec<'_>,
        query: &RevocationQuery<'_>,
        keep: &dyn Fn(&RevokedEntry) -> bool,
    ) -> Result<(Vec<u8>, u64), CrlMakeError> {
        let (number, scheme) = (spec.number, spec.scheme);
        let expected = query.upto.saturating_sub(query.after.unwrap_or_default());
        let mut encoder = CrlEncoder::new(spec, usize::try_from(expected).unwrap_or_default())?;
        let mut tally = Tally::new();
        self.ledger.visit_revocations(query, &mut |entry| {
            if keep(&entry) {
                tally.add_record(&entry);
                encoder.push(&entry);
            }
        })?;
        let mut unsigned = encoder.finish()?;
        self.read_back(&mut unsigned, number, tally)?;

        let authority = || self.authority.id().to_owned();
        let signer = self.authority.signer();
        let signature = signer.sign(unsigned.tbs()).map_err(|source| CrlMakeError::Sign {
            authority: authority(),
            number,
            source,
        })?;
        verify_independently(signer.public_key(), &scheme, unsigned.tbs(), &signature).map_err(|source| {
            CrlMakeError::Verification {
                authority: authority(),
                number,
                source,
            }
        })?;
        let count = unsigned.count();
        let der = unsigned.assemble(scheme, &signature);
        CertificateListView::from_der(&der).map_err(|error| self.unreadable(number, &error))?;
        Ok((der, count))
    }

    /// Reads the bytes to be signed as others will: every entry must be what the ledger gave, and no rule be broken.
    fn read_back(&self, unsigned: &mut UnsignedCrl, number: u64, given: Tally) -> Result<(), CrlMakeError> {
        let count = unsigned.count();
        let der = unsigned.placeholder(self.authority.signer().scheme());
        let view = CertificateListView::from_der(der).map_err(|error| self.unreadable(number, &error))?;
        let mut found = Tally::new();
        let findings = lint_unsigned_crl(&view, self.authority.certificate(), &mut |entry| {
            found.add_entry(entry);
        })
        .map_err(|error| self.unreadable(number, &error))?;
        if given.finish() != found.finish() {
            return Err(CrlMakeError::Unreadable {
                authority: self.authority.id().to_owned(),
                number,
                reason: format!("its {count} entries are not those on record"),
            });
        }
        if findings.iter().any(Finding::is_error) {
            return Err(CrlMakeError::Lint {
                authority: self.authority.id().to_owned(),
                number,
                findings,
            });
        }
        Ok(())
    }

    /// Returns where the list is published, if another authority on record has the same name and another key: then the
    /// name alone does not tell whose certificates a list speaks of (RFC 5280, 5.2.5).
    fn distribution_point(&self) -> Result<Option<String>, CrlMakeError> {
        let Some(base_url) = self.authority.base_url() else {
            return Ok(None);
        };
        let own = self.authority.certificate();
        let namesakes = self.ledger.authorities()?.into_iter().any(|record| {
            record.id != self.authority.id()
                && Certificate::from_der(&record.certificate)
                    .is_ok_and(|other| other.subject().matches(own.subject()))
        });
        Ok(namesakes.then(|| base_url.crl(self.authority.id())))
    }

    fn unreadable(&self, number: u64, error: &Unreadable) -> CrlMakeError {
        CrlMakeError::Unreadable {
            authority: self.authority.id().to_owned(),
            number,
            reason: error.to_string(),
        }
    }
}

impl SignedCrl {
    /// Returns what is on record of it.
    pub fn record(&self) -> &CrlRecord {
        &self.record
    }

    /// Returns the complete list (DER).
    pub fn complete(&self) -> &[u8] {
        &self.complete
    }

    /// Returns the delta list of the same number (DER).
    pub fn delta(&self) -> Option<&[u8]> {
        self.delta.as_deref()
    }

    /// Returns both lists (DER), the complete one first.
    pub fn into_parts(self) -> (Vec<u8>, Option<Vec<u8>>) {
        (self.complete, self.delta)
    }
}

/// Returns an authority's last list, and whether the next one is due.
///
/// # Errors
/// [`LedgerError::UnknownAuthority`], [`LedgerError::Storage`].
pub fn standing(
    ledger: &dyn Ledger,
    authority: &str,
    now: DateTime<Utc>,
) -> Result<CrlStanding, LedgerError> {
    let last = ledger.crls(authority, 1)?.into_iter().next();
    let changes = ledger.last_revocation_change(authority)?;
    let due = match &last {
        None => Some(Due::NeverMade),
        Some(crl) => due(crl, changes, now),
    };
    Ok(CrlStanding { last, due })
}

fn due(last: &CrlRecord, changes: u64, now: DateTime<Utc>) -> Option<Due> {
    let intent = &last.intent;
    let end = match &intent.delta {
        Some(delta) => delta.next_update.min(intent.next_update),
        None => intent.next_update,
    };
    if now > end {
        Some(Due::Expired)
    } else if now < intent.this_update {
        Some(Due::Future)
    } else if changes > last.upto {
        Some(Due::Changed {
            changes: changes - last.upto,
        })
    } else if (end - now) * 3 < end - intent.this_update {
        Some(Due::Soon)
    } else {
        None
    }
}

/// The oldest complete list that somebody can still hold as current: whoever has a newer one can use the delta list, too.
fn base(newest_first: &[CrlRecord], now: DateTime<Utc>) -> Option<DeltaBase> {
    let current = newest_first.iter().filter(|crl| crl.intent.next_update >= now);
    current.min_by_key(|crl| crl.number).map(|crl| DeltaBase {
        number: crl.number,
        upto: crl.upto,
    })
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(digest(DigestAlgorithm::Sha256, bytes))
        .for_each(|(to, from)| *to = from);
    hash
}

fn list(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors
        .map(|finding| format!("{} ({}, {})", finding.message, finding.rule, finding.citation))
        .collect::<Vec<_>>()
        .join("; ")
}

/// A list an hour for a year of complete ones that are current for a week needs fewer.
const MOST_BASES: usize = 1000;
