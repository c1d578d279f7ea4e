//! Issuing to a whole class: the roster is read and checked to its end, then identities are made batch by batch, then the
//! manifest and the sheet of passwords are written.
//!
//! Nothing but the roster grows with its length: a row is read again when its turn comes, and what was made is looked up
//! for the manifest. An interrupted run is finished by the same command: see [`crate::issuance::bulk`].

pub(crate) mod admit;
pub(crate) mod column;
pub(crate) mod fault;
pub(crate) mod list;
pub(crate) mod plan;
mod results;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ca_core::authority::{Authority, CertificateAuthority};
use ca_core::enrolment::Language;
use ca_core::request::Class;
use ca_store::atomic::{self, Batch};
use ca_store::{CaDirectory, SqliteLedger, StagingLock};
use identity::Passphrase;
use identity::key::KeySealer;

use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::issuance::bulk::{Bulk, Member, RowError};
use crate::issuance::standing::{ended, keep_old_files};
use crate::p12_password::{P12Password, P12PasswordArgs};
use crate::preset::P12Preset;
use crate::roster::admit::{Common, Desk};
use crate::roster::column::Column;
use crate::roster::fault::Faults;
use crate::roster::list::List;
use crate::roster::plan::{Fate, Plan, Planner};
use crate::roster::results::Results;
use crate::spreadsheet;
use crate::ui::Progress;

/// How a roster is to be issued.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) roster: &'a Path,
    pub(crate) out: &'a Path,
    pub(crate) jobs: Option<usize>,
    pub(crate) common: Common,
    pub(crate) language: Language,
    pub(crate) password: &'a P12PasswordArgs,
    pub(crate) preset: Option<P12Preset>,
    pub(crate) leaf_only: bool,
    pub(crate) key_file: bool,
    pub(crate) if_missing: bool,
    pub(crate) another: bool,
}

/// Issues to everybody on a roster.
pub(crate) fn run(context: &Context, order: &Order<'_>) -> Result<Outcome, CommandError> {
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let policies = context.policies(&directory)?;
    let name = order.roster.display().to_string();
    let bytes = context.read(order.roster, ROSTER_LIMIT)?;
    let text = spreadsheet::decode(&bytes);
    let mut faults = Faults::default();
    if matches!(text, std::borrow::Cow::Owned(_)) {
        context.ui.note(&format!(
            "{name} is not UTF-8 and is read as {}: look at the accents in issued.csv",
            spreadsheet::encoding(&bytes)
        ));
        if let Some(row) = spreadsheet::mixed(&bytes) {
            faults.add(row, "", "this line is UTF-8 and others are not: save the whole file as UTF-8 (\"CSV UTF-8\" in Excel)");
        }
    }
    let list = List::open(&text, &mut faults);
    let desk = Desk::new(&order.common, &policies, &ledger, context.now());
    let planner = Planner {
        desk: &desk,
        list: &list,
        ledger: &ledger,
        directory: &directory,
        out: order.out,
        preset: order.preset.unwrap_or(P12Preset::Both),
        makes_passwords: order.password.generates(),
        key_file: order.key_file,
        another: order.another,
        if_missing: order.if_missing,
        overwrite: context.overwrite(),
    };
    // Nobody else issues a roster to this place meanwhile.
    let _lock = StagingLock::take(&directory, &order.out.join(results::MANIFEST))?;
    // With a heading that is not understood every row would be at fault.
    let plan = if faults.is_empty() {
        results::precheck(order.out, context.overwrite())?;
        planner.plan(&mut faults)?
    } else {
        Plan::default()
    };
    if !faults.is_empty() {
        return Err(refused(&name, &faults));
    }
    say(context, &list, &plan);
    let run = Run {
        context,
        order,
        directory: &directory,
        ledger: &ledger,
        planner: &planner,
        plan: &plan,
    };
    let failed = run.issue()?;
    let results = Results::new(context, order, &ledger, &planner, &plan, &failed)?;
    results.write()?;
    results.report()?;
    match failed.as_slice() {
        [] => Ok(Outcome::Done),
        failed => Err(some_failed(failed)),
    }
}

/// A roster whose rows have all been found good.
struct Run<'a> {
    context: &'a Context,
    order: &'a Order<'a>,
    directory: &'a CaDirectory,
    ledger: &'a SqliteLedger,
    planner: &'a Planner<'a>,
    plan: &'a Plan,
}

impl Run<'_> {
    /// Finishes what was begun, and issues to all others, batch by batch.
    fn issue(&self) -> Result<Vec<RowError>, CommandError> {
        let is_due = |fate: &&Fate| matches!(fate, Fate::Issue | Fate::Finish);
        let total = self.plan.fates.iter().filter(is_due).count();
        if total == 0 {
            return Ok(Vec::new());
        }
        let passphrase = self.context.passphrase(self.directory)?;
        let authorities = self.unlock(&passphrase)?;
        let chosen = match self.order.password.generates() {
            true => None,
            false => match self.order.password.password(self.context)? {
                P12Password::Chosen(secret) | P12Password::Generated(secret) => Some(secret),
            },
        };
        atomic::create_public_directory(self.order.out)?;
        Batch::remove_leftovers(self.order.out)?;
        self.give_up_outdated(&authorities)?;
        let jobs = match self.order.jobs {
            Some(jobs) => jobs,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        let bulk = Bulk {
            directory: self.directory,
            ledger: self.ledger,
            authorities: &authorities,
            passphrase: &passphrase,
            sealer: &KeySealer::new(&passphrase).map_err(CommandError::from)?,
            audit: self.context.audit(),
            now: self.context.now(),
            preset: self.planner.preset,
            leaf_only: self.order.leaf_only,
            language: self.order.language,
            password: chosen.as_ref(),
            overwrite: self.context.overwrite(),
            jobs,
        };
        let progress = self.context.ui.bar(total);
        let finishing = self.batches(&bulk, Fate::Finish, &progress)?;
        let issuing = self.batches(&bulk, Fate::Issue, &progress)?;
        progress.end();
        Ok(finishing.into_iter().chain(issuing).collect())
    }

    fn batches(
        &self,
        bulk: &Bulk<'_>,
        fate: Fate,
        progress: &Progress,
    ) -> Result<Vec<RowError>, CommandError> {
        let mut failed = Vec::new();
        let mut batch: Vec<Member> = Vec::new();
        let mut work = |batch: &mut Vec<Member>| -> Result<(), CommandError> {
            let done = || progress.advance();
            match fate {
                Fate::Finish => failed.extend(bulk.finish(batch, &done)),
                _ => failed.extend(bulk.issue(batch, &done)?),
            }
            batch.clear();
            Ok(())
        };
        for row in self.rows(fate) {
            let member = self.planner.member(&row?)?;
            if fate == Fate::Issue {
                let old = ended(self.ledger, &member.approved, self.context.now())?;
                keep_old_files(self.context, &member.names, &old)?;
            }
            batch.push(member);
            if batch.len() == BATCH {
                work(&mut batch)?;
            }
        }
        if !batch.is_empty() {
            work(&mut batch)?;
        }
        Ok(failed)
    }

    /// Returns the rows that are to meet a fate.
    fn rows(&self, fate: Fate) -> impl Iterator<Item = Result<list::Row, CommandError>> {
        self.planner
            .list
            .rows()
            .zip(&self.plan.fates)
            .filter(move |(_, one)| **one == fate)
            .map(|((number, row), _)| {
                row.map_err(|error| CommandError::bad_input(format!("row {number}: {error}")))
            })
    }

    /// Opens the keys of the CAs of all classes that are asked for.
    fn unlock(&self, passphrase: &Passphrase) -> Result<BTreeMap<Class, CertificateAuthority>, CommandError> {
        let mut classes: BTreeSet<Class> = BTreeSet::new();
        for fate in [Fate::Issue, Fate::Finish] {
            for row in self.rows(fate) {
                classes.insert(self.planner.member(&row?)?.approved.class());
            }
        }
        let mut authorities = BTreeMap::new();
        for class in classes {
            let Some(desk) = self.planner.desk.of_class(class) else {
                continue;
            };
            let record = &desk.issuing.record;
            let signer = authority::unlock(self.directory, record, passphrase)?;
            authorities.insert(class, authority::signing(self.ledger, &record.id, signer)?);
        }
        Ok(authorities)
    }

    /// Gives up what was begun for a row that has changed since, and never signed.
    fn give_up_outdated(
        &self,
        authorities: &BTreeMap<Class, CertificateAuthority>,
    ) -> Result<(), CommandError> {
        for record in &self.plan.outdated {
            if let Some(ca) = authorities.get(&record.intent.class) {
                Authority::new(self.ledger, ca, self.context.audit()).abandon(
                    record.serial(),
                    "its row in the roster has changed since",
                    self.context.now(),
                )?;
            }
        }
        Ok(())
    }
}

/// Says what was noticed in rows that are good.
fn say(context: &Context, list: &List<'_>, plan: &Plan) {
    let unused = list.unused();
    if !unused.is_empty() {
        context
            .ui
            .note(&format!("columns that are not used: {}", unused.join(", ")));
    }
    if list.has(Column::Name) {
        context
            .ui
            .note("the column name stands in handouts only; certificates take given_name and surname");
    }
    for (note, rows) in &plan.notes {
        context.ui.note(&format!("{note} ({rows} rows)"));
    }
}

fn refused(name: &str, faults: &Faults) -> CommandError {
    CommandError::bad_input(format!(
        "{name} cannot be issued, and nothing was: {} to correct{faults}",
        match faults.count() {
            1 => "one thing".to_owned(),
            count => format!("{count} things"),
        }
    ))
    .hint("correct the roster, or the flags, and run the command again")
}

fn some_failed(failed: &[RowError]) -> CommandError {
    let lines: Vec<String> = failed
        .iter()
        .map(|(row, error)| format!("\n- row {row}: {}", error.message))
        .collect();
    let kind = failed
        .first()
        .map_or(ErrorKind::Internal, |(_, error)| error.kind);
    let mut all = CommandError::new(
        kind,
        format!(
            "{} of the rows failed, the others are done:{}",
            failed.len(),
            lines.concat()
        ),
    );
    for hint in failed.iter().flat_map(|(_, error)| &error.hints) {
        if !all.hints.contains(hint) {
            all.hints.push(hint.clone());
        }
    }
    all.hint("run the same command again to finish those")
}

/// Identities that are made together: what an interruption leaves to be finished one by one, and what shares its flushes.
const BATCH: usize = 128;

/// Twice a hundred thousand long rows.
const ROSTER_LIMIT: u64 = 32 << 20;
