//! Issuing one identity: keys, records, certificate and files, in the order that survives a crash.
//!
//! ```text
//! names looked at, key staged -> serial reserved and recorded -> signed, verified, recorded -> archived, where a
//! policy says so -> files -> handed out
//! ```
//!
//! Whatever step a run was killed at, the same run again finds the staged key and, by its identifier,
//! the record, and finishes that very certificate.

mod archive;
pub(crate) mod bulk;
mod handout;
pub(crate) mod names;
pub(crate) mod standing;
mod write;

use std::path::Path;

use ca_core::admission::{Approved, ApprovedKey};
use ca_core::audit::AuditContext;
use ca_core::authority::{Application, Authority, CertificateAuthority, IssueError, Issued};
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, LedgerError, SerialNumber, Status};
use ca_store::atomic::{self, Overwrite};
use ca_store::{CaDirectory, StagedKey};
use chrono::{DateTime, Utc};
use identity::{Passphrase, PrivateKey, PublicKey};

use crate::error::{CommandError, ErrorKind};
pub(crate) use crate::issuance::handout::Given;
use crate::issuance::names::Names;
use crate::p12_password::P12Password;
use crate::preset::P12Preset;

/// What is to be issued, and with what.
pub(crate) struct Issuance<'a> {
    pub(crate) directory: &'a CaDirectory,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) authority: &'a CertificateAuthority,
    /// Of the issuing CA's key; staged keys wait under it.
    pub(crate) passphrase: &'a Passphrase,
    pub(crate) audit: AuditContext,
    pub(crate) now: DateTime<Utc>,
    pub(crate) approved: &'a Approved,
    pub(crate) names: &'a Names,
    pub(crate) password: &'a P12Password,
    pub(crate) preset: P12Preset,
    pub(crate) leaf_only: bool,
    pub(crate) another: bool,
    /// What the certificates take the place of, in their order; empty if they are the first.
    pub(crate) renews: Vec<SerialNumber>,
    /// The holder's own keys in the order of the certificates, where they are at hand to go into the P12.
    pub(crate) holder_keys: &'a [PrivateKey],
    /// What is said in the handout; needed only where [`Names::zip`] wants one.
    pub(crate) handout: Option<Given<'a>>,
    pub(crate) overwrite: Overwrite,
}

/// Certificates that are to be handed out with their keys.
struct Made {
    issued: Vec<Issued>,
    keys: Vec<PrivateKey>,
    staged: Option<StagedKey>,
    /// An earlier run may have written some of the files.
    resumed: bool,
}

impl Issuance<'_> {
    /// Issues and writes everything, or finishes what an earlier run began.
    pub(crate) fn run(&self) -> Result<Vec<Issued>, CommandError> {
        let agents = archive::agents(self)?;
        let made = match self.approved.key() {
            ApprovedKey::Given(keys) => self.for_holders_keys(keys)?,
            ApprovedKey::Generate(_) => self.for_new_keys()?,
            _ => {
                return Err(CommandError::new(
                    ErrorKind::Unsupported,
                    "this source of keys is not supported here",
                ));
            }
        };
        archive::keep(self, agents.as_ref(), &made)?;
        ca_store::failpoint!("after-archive");
        self.write_files(&made)?;
        ca_store::failpoint!("after-files");
        let serials: Vec<_> = made.issued.iter().map(|issued| *issued.serial()).collect();
        self.issuer().mark_collected(&serials, self.now)?;
        if let Some(staged) = made.staged {
            staged.remove()?;
        }
        Ok(made.issued)
    }

    fn issuer(&self) -> Authority<'_> {
        Authority::new(self.ledger, self.authority, self.audit.clone())
    }

    /// The holder keeps his keys: there is nothing to stage.
    fn for_holders_keys(&self, keys: &[PublicKey]) -> Result<Made, CommandError> {
        let begun = self.begun_for(keys)?;
        let resumed = begun.is_some();
        let issued = match begun {
            Some(records) => self.resume(&records)?,
            None => {
                self.precheck()?;
                self.issue(keys)?
            }
        };
        Ok(Made {
            issued,
            keys: self.holder_keys.to_vec(),
            staged: None,
            resumed,
        })
    }

    fn for_new_keys(&self) -> Result<Made, CommandError> {
        if let Some(staged) = StagedKey::find(self.directory, &self.names.staging)? {
            let keys = staged.open(self.passphrase)?;
            let public: Vec<_> = keys.iter().map(|key| key.public_key().clone()).collect();
            if let Some(records) = self.begun_for(&public)? {
                let issued = self.resume(&records)?;
                return Ok(Made {
                    issued,
                    keys,
                    staged: Some(staged),
                    resumed: true,
                });
            }
            self.give_up_elsewhere(&public)?;
            for key in &public {
                let waiting = self.on_record(key)?;
                if let Some(record) = waiting.iter().find(|record| record.is_live(self.now)) {
                    return Err(self.key_in_use(staged.path(), record));
                }
            }
            // Killed before anything was recorded, or what was recorded will never be used: nothing waits for these keys.
            staged.remove()?;
        }
        self.precheck()?;
        let ApprovedKey::Generate(algorithm) = self.approved.key() else {
            return Err(CommandError::new(ErrorKind::Unsupported, "no key is to be made"));
        };
        let keys = self
            .approved
            .certificates()
            .iter()
            .map(|_| PrivateKey::generate(*algorithm))
            .collect::<Result<Vec<_>, _>>()?;
        let staged = StagedKey::create(self.directory, &self.names.staging, &keys, self.passphrase)?;
        ca_store::failpoint!("after-stage");
        let public: Vec<_> = keys.iter().map(|key| key.public_key().clone()).collect();
        match self.issue(&public) {
            Ok(issued) => Ok(Made {
                issued,
                keys,
                staged: Some(staged),
                resumed: false,
            }),
            Err(error) => {
                // What is on record can be resumed and needs its key; what is not never had one.
                if !matches!(self.is_on_record(&public), Ok(true) | Err(_)) {
                    staged.remove()?;
                }
                Err(error)
            }
        }
    }

    fn issue(&self, keys: &[PublicKey]) -> Result<Vec<Issued>, CommandError> {
        let issuer = self.issuer();
        if self.another {
            self.give_up_keyless(&issuer)?;
        }
        let applications: Vec<_> = self
            .approved
            .certificates()
            .iter()
            .zip(keys)
            .enumerate()
            .map(|(index, (usage, key))| Application {
                approved: self.approved,
                usage: *usage,
                key,
                another: self.another,
                own_mail: false,
                renews: self.renews.get(index).copied(),
            })
            .collect();
        let prepared = issuer.prepare_batch(&applications, self.now).map_err(explain)?;
        ca_store::failpoint!("after-reserve");
        let issued = issuer
            .issue_batch(prepared, 1, self.now)
            .and_then(|issued| issued.into_iter().collect::<Result<Vec<_>, _>>())
            .map_err(explain)?;
        ca_store::failpoint!("after-record");
        Ok(issued)
    }

    /// Gives up what was begun for the same addresses and never signed, and whose key is nowhere any more: nothing can finish it. Only
    /// where the operator asks for another certificate, since a holder's own key is never staged.
    fn give_up_keyless(&self, issuer: &Authority<'_>) -> Result<(), CommandError> {
        let staged = StagedKey::all(self.directory)?;
        for email in self.approved.emails() {
            let filter = CertificateFilter {
                email: Some(email.canonical()),
                class: Some(self.approved.class()),
                status: Some(Status::Pending),
                ..CertificateFilter::default()
            };
            for record in self.ledger.list(&filter, self.now)? {
                let lost = !staged
                    .iter()
                    .any(|staged| staged.key_ids().contains(&record.intent.key_id));
                if lost {
                    issuer
                        .abandon(
                            record.serial(),
                            "its key is lost; another one was asked for",
                            self.now,
                        )
                        .map_err(explain)?;
                }
            }
        }
        Ok(())
    }

    /// Gives up what an earlier run of this very request has begun under a CA that has been followed by another since, and
    /// never signed: nobody would finish it.
    fn give_up_elsewhere(&self, keys: &[PublicKey]) -> Result<(), CommandError> {
        let issuer = self.issuer();
        for key in keys {
            for record in self.on_record(key)? {
                let pending = record.status(self.now) == Status::Pending;
                if pending && self.is_for_this(&record) && record.intent.authority != self.authority.id() {
                    let reason = "another CA issues this class now";
                    issuer
                        .abandon(record.serial(), reason, self.now)
                        .map_err(explain)?;
                }
            }
        }
        Ok(())
    }

    /// Says whose key is staged where this run wants to stage its own.
    fn key_in_use(&self, path: &Path, record: &CertificateRecord) -> CommandError {
        let (path, serial) = (path.display(), record.serial());
        let signed_elsewhere = record.issued.is_some()
            && self.is_for_this(record)
            && record.intent.authority != self.authority.id();
        if signed_elsewhere {
            return CommandError::new(
                ErrorKind::AlreadyExists,
                format!(
                    "{path} holds the key of {serial}, which {} signed and nobody was given",
                    record.intent.authority
                ),
            )
            .hint(format!(
                "cachet cert revoke {serial} withdraws it; then run this command again"
            ));
        }
        CommandError::new(
            ErrorKind::AlreadyExists,
            format!("{path} holds the key of another unfinished certificate"),
        )
        .hint("cachet status")
        .hint("run the command that was interrupted again, or choose another --out")
    }

    fn resume(&self, records: &[CertificateRecord]) -> Result<Vec<Issued>, CommandError> {
        let (issuer, profile) = (self.issuer(), self.approved.profile());
        records
            .iter()
            .map(|record| {
                issuer
                    .resume(record.serial(), Some(profile), self.now)
                    .map_err(explain)
            })
            .collect()
    }

    /// Finds what an earlier run of this very request has recorded for these keys and not finished.
    fn begun_for(&self, keys: &[PublicKey]) -> Result<Option<Vec<CertificateRecord>>, CommandError> {
        let usages = self.approved.certificates();
        if keys.len() != usages.len() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for (key, usage) in keys.iter().zip(usages) {
            let record = self.on_record(key)?.into_iter().find(|record| {
                let intent = &record.intent;
                intent.usage == *usage
                    && self.is_for_this(record)
                    && intent.authority == self.authority.id()
                    && (record.collected_at.is_none() || self.is_staged())
                    && record.is_live(self.now)
            });
            match record {
                Some(record) => found.push(record),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Tells whether a certificate is for the same addresses and of the same class as this run's.
    fn is_for_this(&self, record: &CertificateRecord) -> bool {
        let emails = self.approved.emails().iter().map(identity::Mailbox::canonical);
        record.intent.class == self.approved.class() && emails.eq(record.intent.emails.iter().cloned())
    }

    fn is_staged(&self) -> bool {
        matches!(self.approved.key(), ApprovedKey::Generate(_))
    }

    fn is_on_record(&self, keys: &[PublicKey]) -> Result<bool, CommandError> {
        for key in keys {
            if !self.on_record(key)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn on_record(&self, key: &PublicKey) -> Result<Vec<CertificateRecord>, CommandError> {
        let filter = CertificateFilter {
            key_id: Some(key.subject_key_identifier()),
            ..CertificateFilter::default()
        };
        Ok(self.ledger.list(&filter, self.now)?)
    }

    fn precheck(&self) -> Result<(), CommandError> {
        self.names
            .all()
            .try_for_each(|path| Ok(atomic::precheck(path, self.overwrite)?))
    }
}

/// Says what helps where an address is taken.
fn explain(error: IssueError) -> CommandError {
    match &error {
        IssueError::Ledger(LedgerError::DuplicateAddress { existing, status, .. }) => duplicate(
            &error.to_string(),
            &existing.to_string(),
            *status == Status::Pending,
        ),
        _ => error.into(),
    }
}

/// Refuses a second valid certificate.
pub(crate) fn duplicate(message: &str, existing: &str, pending: bool) -> CommandError {
    let error = CommandError::new(ErrorKind::Duplicate, message);
    if pending {
        return error
            .hint("its issuance was interrupted: run that command again, with the same --out, to finish it")
            .hint("if its key is lost, --another gives it up and issues a new one");
    }
    error
        .hint(format!("cachet cert renew {existing}"))
        .hint(format!("cachet cert rekey {existing}"))
        .hint("or issue another one beside it with --another")
}
