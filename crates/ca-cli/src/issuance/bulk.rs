//! Many identities at once: every step for all of a batch, on all cores, before the next step for any.
//!
//! ```text
//! keys made, staged, flushed -> serials reserved -> signed, verified, recorded -> archived, where a policy says so
//!   -> files written, flushed, named -> handed out -> staging removed
//! ```
//!
//! These are the steps of [`super::Issuance`], and each is on the disk before the next begins: killed anywhere, a batch
//! leaves what a single run finishes, one identity after the other ([`Bulk::finish`]).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ca_core::admission::{Approved, ApprovedKey};
use ca_core::audit::AuditContext;
use ca_core::authority::{Application, Authority, CertificateAuthority, IssueError, Issued};
use ca_core::enrolment::Language;
use ca_core::ledger::{Ledger, LedgerError, SerialNumber};
use ca_core::request::Class;
use ca_store::atomic::{Batch, Overwrite};
use ca_store::{CaDirectory, StagedKey, StagingLock};
use chrono::{DateTime, Utc};
use identity::key::KeySealer;
use identity::{Passphrase, PrivateKey, PublicKey};

use super::{Given, Issuance, Made, archive, explain};
use crate::error::{CommandError, ErrorKind};
use crate::issuance::names::Names;
use crate::p12_password::P12Password;
use crate::preset::P12Preset;

/// What all identities have in common.
pub(crate) struct Bulk<'a> {
    pub(crate) directory: &'a CaDirectory,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) authorities: &'a BTreeMap<Class, CertificateAuthority>,
    pub(crate) passphrase: &'a Passphrase,
    pub(crate) sealer: &'a KeySealer,
    pub(crate) audit: AuditContext,
    pub(crate) now: DateTime<Utc>,
    pub(crate) preset: P12Preset,
    pub(crate) leaf_only: bool,
    pub(crate) language: Language,
    /// The one password of all P12s; without it each has its own.
    pub(crate) password: Option<&'a Passphrase>,
    pub(crate) overwrite: Overwrite,
    pub(crate) jobs: usize,
}

/// One identity.
#[derive(Debug)]
pub(crate) struct Member {
    /// What to call it in messages.
    pub(crate) row: u64,
    pub(crate) approved: Approved,
    pub(crate) names: Names,
    /// The holder's name, for the handout.
    pub(crate) name: String,
    pub(crate) another: bool,
}

/// Why a row has no identity.
pub(crate) type RowError = (u64, CommandError);

/// A member on its way.
struct Making {
    keys: Vec<PrivateKey>,
    password: P12Password,
}

impl Bulk<'_> {
    /// Issues to all members; those that fail alone are returned, each with why. `done` is told as they are made.
    ///
    /// # Errors
    /// What concerns all: what is on record then is finished by [`Self::finish`].
    pub(crate) fn issue(
        &self,
        members: &[Member],
        done: &(dyn Fn() + Sync),
    ) -> Result<Vec<RowError>, CommandError> {
        let _locks = members
            .iter()
            .map(|member| StagingLock::take(self.directory, &member.names.staging))
            .collect::<Result<Vec<_>, _>>()?;
        let making = all(each(members, self.jobs, |_, member| self.make(member)))?;
        let wanted: Vec<(&Path, &[PrivateKey])> = members
            .iter()
            .zip(&making)
            .map(|(member, making)| (member.names.staging.as_path(), making.keys.as_slice()))
            .collect();
        let mut staged = StagedKey::create_all(self.directory, &wanted, self.sealer)?;
        ca_store::failpoint!("roster.staged");
        let issued = self.certify(members, &making);
        ca_store::failpoint!("roster.recorded");
        let (mut made, mut failed, mut unused) = (Vec::new(), Vec::new(), Vec::new());
        for (((member, making), issued), staged) in
            members.iter().zip(&making).zip(issued).zip(staged.drain(..))
        {
            match issued {
                Ok(issued) => made.push((member, making, issued, staged)),
                Err(error) => {
                    let public = public(&making.keys);
                    let issuance = self.issuance(member, &making.password)?;
                    // What is on record can be finished and needs its key; what is not never had one.
                    if !matches!(issuance.is_on_record(&public), Ok(true) | Err(_)) {
                        unused.push(staged);
                    }
                    failed.push((member.row, error));
                }
            }
        }
        StagedKey::remove_all(&unused)?;
        let files = Batch::default();
        all(each(&made, self.jobs, |_, (member, making, issued, _)| {
            let issuance = self.issuance(member, &making.password)?;
            let made = Made {
                issued: issued.clone(),
                keys: making.keys.clone(),
                staged: None,
                resumed: false,
            };
            let agents = archive::agents(&issuance)?;
            archive::keep(&issuance, agents.as_ref(), &made)?;
            issuance.put_files(&made, &|path, bytes, mode| {
                files.add(path, bytes, mode, self.overwrite)
            })?;
            done();
            Ok(())
        }))?;
        ca_store::failpoint!("roster.written");
        files.publish()?;
        ca_store::failpoint!("roster.named");
        let serials: Vec<SerialNumber> = made
            .iter()
            .flat_map(|(_, _, issued, _)| issued.iter().map(|one| *one.serial()))
            .collect();
        if let Some((member, ..)) = made.first() {
            self.authority(member)?.mark_collected(&serials, self.now)?;
        }
        ca_store::failpoint!("roster.handed-out");
        let used: Vec<StagedKey> = made.into_iter().map(|(.., staged)| staged).collect();
        StagedKey::remove_all(&used)?;
        ca_store::failpoint!("roster.unstaged");
        Ok(failed)
    }

    /// Finishes what an interrupted run has begun, each by itself.
    pub(crate) fn finish(&self, members: &[Member], done: &(dyn Fn() + Sync)) -> Vec<RowError> {
        let finished = each(members, self.jobs, |_, member| {
            let _lock = StagingLock::take(self.directory, &member.names.staging)?;
            let password = self.password()?;
            self.issuance(member, &password)?.run()?;
            done();
            Ok::<_, CommandError>(())
        });
        members
            .iter()
            .zip(finished)
            .filter_map(|(member, result)| Some((member.row, result.err()?)))
            .collect()
    }

    fn make(&self, member: &Member) -> Result<Making, CommandError> {
        member
            .names
            .all()
            .try_for_each(|path| ca_store::atomic::precheck(path, self.overwrite))?;
        let ApprovedKey::Generate(algorithm) = member.approved.key() else {
            return Err(CommandError::new(ErrorKind::Unsupported, "no key is to be made"));
        };
        let keys = member
            .approved
            .certificates()
            .iter()
            .map(|_| PrivateKey::generate(*algorithm))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Making {
            keys,
            password: self.password()?,
        })
    }

    fn password(&self) -> Result<P12Password, CommandError> {
        Ok(match self.password {
            Some(chosen) => P12Password::Chosen(chosen.clone()),
            None => P12Password::Generated(Passphrase::generate()?),
        })
    }

    /// Returns each member's certificates in its place, or why it has none.
    fn certify(&self, members: &[Member], making: &[Making]) -> Vec<Result<Vec<Issued>, CommandError>> {
        let mut of_class: BTreeMap<Class, Vec<Waiting<'_>>> = BTreeMap::new();
        for (index, (member, making)) in members.iter().zip(making).enumerate() {
            let group = of_class.entry(member.approved.class()).or_default();
            group.push((index, member, public(&making.keys)));
        }
        let mut results: BTreeMap<usize, Result<Vec<Issued>, CommandError>> = BTreeMap::new();
        for group in of_class.values() {
            match self.certify_some(group) {
                Err(Refused::One(_)) if group.len() > 1 => {
                    // One of them spoils the others: which one is found out by trying each.
                    for one in group.chunks(1) {
                        self.settle(one, &mut results);
                    }
                }
                Ok(issued) => results.extend(group.iter().map(|(index, ..)| *index).zip(issued)),
                Err(refused) => refused.tell(group, &mut results),
            }
        }
        results.into_values().collect()
    }

    fn settle(
        &self,
        group: &[Waiting<'_>],
        results: &mut BTreeMap<usize, Result<Vec<Issued>, CommandError>>,
    ) {
        match self.certify_some(group) {
            Ok(issued) => results.extend(group.iter().map(|(index, ..)| *index).zip(issued)),
            Err(refused) => refused.tell(group, results),
        }
    }

    /// Certifies members of one class together.
    fn certify_some(&self, group: &[Waiting<'_>]) -> Result<Vec<Result<Vec<Issued>, CommandError>>, Refused> {
        let Some((_, first, _)) = group.first() else {
            return Ok(Vec::new());
        };
        let authority = self.authority(first).map_err(Refused::All)?;
        let applications: Vec<Application<'_>> = group
            .iter()
            .flat_map(|(_, member, keys)| {
                let usages = member.approved.certificates().iter().zip(keys);
                usages.map(|(usage, key)| Application {
                    approved: &member.approved,
                    usage: *usage,
                    key,
                    another: member.another,
                    own_mail: false,
                    renews: None,
                })
            })
            .collect();
        let prepared = authority.prepare_batch(&applications, self.now)?;
        ca_store::failpoint!("roster.reserved");
        let mut issued = authority.issue_batch(prepared, self.jobs, self.now)?.into_iter();
        Ok(group
            .iter()
            .map(|(_, _, keys)| {
                // All are taken before the first failure is told.
                let some: Vec<_> = issued.by_ref().take(keys.len()).collect();
                some.into_iter().collect::<Result<Vec<_>, _>>().map_err(explain)
            })
            .collect())
    }

    fn issuance<'b>(
        &'b self,
        member: &'b Member,
        password: &'b P12Password,
    ) -> Result<Issuance<'b>, CommandError> {
        Ok(Issuance {
            directory: self.directory,
            ledger: self.ledger,
            authority: self.ca(member)?,
            passphrase: self.passphrase,
            audit: self.audit.clone(),
            now: self.now,
            approved: &member.approved,
            names: &member.names,
            password,
            preset: self.preset,
            leaf_only: self.leaf_only,
            another: member.another,
            renews: Vec::new(),
            holder_keys: &[],
            handout: Some(Given {
                language: self.language,
                name: &member.name,
            }),
            overwrite: self.overwrite,
        })
    }

    fn authority(&self, member: &Member) -> Result<Authority<'_>, CommandError> {
        Ok(Authority::new(self.ledger, self.ca(member)?, self.audit.clone()))
    }

    fn ca(&self, member: &Member) -> Result<&CertificateAuthority, CommandError> {
        let class = member.approved.class();
        self.authorities.get(&class).ok_or_else(|| {
            CommandError::new(
                ErrorKind::Internal,
                format!("the CA of class {class} was not unlocked"),
            )
        })
    }
}

/// Who waits for a certificate: the place among all, the member, the public keys.
type Waiting<'m> = (usize, &'m Member, Vec<PublicKey>);

/// Whom a failure concerns.
enum Refused {
    /// Everybody, whoever is tried.
    All(CommandError),
    /// One of those that were tried together.
    One(CommandError),
}

impl From<IssueError> for Refused {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Lint { .. }
            | IssueError::OutlivesIssuer { .. }
            | IssueError::Usage { .. }
            | IssueError::Ledger(LedgerError::DuplicateAddress { .. }) => Self::One(explain(error)),
            error => Self::All(explain(error)),
        }
    }
}

impl Refused {
    fn tell(self, group: &[Waiting<'_>], results: &mut BTreeMap<usize, Result<Vec<Issued>, CommandError>>) {
        let (Self::All(error) | Self::One(error)) = self;
        for (index, ..) in group {
            let mut again = CommandError::new(error.kind, &error.message);
            again.hints.clone_from(&error.hints);
            results.insert(*index, Err(again));
        }
    }
}

fn public(keys: &[PrivateKey]) -> Vec<PublicKey> {
    keys.iter().map(|key| key.public_key().clone()).collect()
}

fn all<T>(results: Vec<Result<T, CommandError>>) -> Result<Vec<T>, CommandError> {
    results.into_iter().collect()
}

/// Works on items with `jobs` threads, each taking the next when it is free; the results are in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(usize, &T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return };
            let result = work(index, item);
            // A thread that panicked has pushed nothing half.
            let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            results.push((index, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    let mut results = results
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
