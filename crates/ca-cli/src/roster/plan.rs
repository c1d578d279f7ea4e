//! What is to be done with each row, found out before anything is done with any.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use ca_core::admission::Approved;
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, Status};
use ca_store::atomic::{self, Overwrite};
use ca_store::{CaDirectory, StagedKey};
use identity::{DistinguishedName, Mailbox, pem};

use super::admit::{Desk, name_of};
use super::column::Column;
use super::fault::Faults;
use super::list::{List, Row};
use crate::context::FILE_LIMIT;
use crate::error::CommandError;
use crate::issuance::bulk::Member;
use crate::issuance::names::{Handouts, Names, Wanted};
use crate::issuance::standing::{ended, existing};
use crate::lab::roster::key;
use crate::preset::P12Preset;

/// What is to be done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// An identity is to be made; where an older one's files stand, they are moved aside.
    Issue,
    /// An interrupted run has begun it.
    Finish,
    /// An earlier run has made it: its files stand.
    Stands,
    /// A valid certificate from elsewhere is to stay (`--if-missing`).
    Keep,
}

/// What rows are held against besides their policies.
pub(crate) struct Planner<'a> {
    pub(crate) desk: &'a Desk<'a>,
    pub(crate) list: &'a List<'a>,
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) directory: &'a CaDirectory,
    pub(crate) out: &'a Path,
    pub(crate) preset: P12Preset,
    pub(crate) makes_passwords: bool,
    pub(crate) key_file: bool,
    pub(crate) another: bool,
    pub(crate) if_missing: bool,
    pub(crate) overwrite: Overwrite,
}

/// All rows, and what was noticed.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// In the order of the rows.
    pub(crate) fates: Vec<Fate>,
    /// What the operator should know, with how many rows it concerns.
    pub(crate) notes: BTreeMap<String, usize>,
    /// Interrupted work that no row asks for any more: `(row, serial)`.
    pub(crate) outdated: Vec<CertificateRecord>,
}

impl Planner<'_> {
    /// Looks at all rows.
    ///
    /// # Errors
    /// [`CommandError`] if the ledger cannot be read; what is wrong with rows is noted in `faults`.
    pub(crate) fn plan(&self, faults: &mut Faults) -> Result<Plan, CommandError> {
        let mut plan = Plan::default();
        let mut addresses: HashMap<String, u64> = HashMap::new();
        let mut stems: HashMap<String, u64> = HashMap::new();
        for (number, row) in self.list.rows() {
            if plan.fates.len() == MOST_ROWS {
                faults.add(
                    number,
                    "",
                    format!(
                        "there are more than {MOST_ROWS} rows: issue them in parts; they may share --out"
                    ),
                );
                break;
            }
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    faults.add(number, "", error);
                    continue;
                }
            };
            // Counted whatever becomes of it: the second pass counts alike.
            plan.fates.push(Fate::Issue);
            if !self.list.check_cells(&row, faults) {
                continue;
            }
            let approved = self.desk.admit(self.list, &row, faults);
            let Some(approved) = self.alone(&row, approved, &mut addresses, &mut stems, faults) else {
                continue;
            };
            for note in approved.notes() {
                *plan.notes.entry(note.to_string()).or_default() += 1;
            }
            if let Some(fate) = self.fate(&row, &approved, &mut plan, faults)?
                && let Some(last) = plan.fates.last_mut()
            {
                *last = fate;
            }
        }
        if plan.fates.is_empty() && faults.is_empty() {
            faults.add(2, "", "there is nobody on the roster");
        }
        Ok(plan)
    }

    /// Makes a member of a row that was planned.
    pub(crate) fn member(&self, row: &Row) -> Result<Member, CommandError> {
        let mut faults = Faults::default();
        let approved = self
            .desk
            .admit(self.list, row, &mut faults)
            .ok_or_else(|| CommandError::bad_input(format!("the roster has changed:{faults}")))?;
        Ok(Member {
            row: row.number,
            names: self.names(&approved),
            name: name_of(self.list, row),
            another: self.another,
            approved,
        })
    }

    pub(crate) fn names(&self, approved: &Approved) -> Names {
        Names::new(&Wanted {
            directory: self.out,
            address: &first(approved),
            certificates: approved.certificates(),
            with_key: true,
            key_file: self.key_file,
            preset: self.preset,
            password: self.makes_passwords,
            handout: Handouts::Archive,
        })
    }

    /// Refuses a row that has an address, or files, in common with one before it.
    fn alone(
        &self,
        row: &Row,
        approved: Option<Approved>,
        addresses: &mut HashMap<String, u64>,
        stems: &mut HashMap<String, u64>,
        faults: &mut Faults,
    ) -> Option<Approved> {
        let place = self.list.place(Column::Email);
        let mut good = true;
        // Refused rows count too: what is wrong with them may not be the address.
        let cell = self.list.cell(row, Column::Email).unwrap_or_default();
        for address in super::admit::addresses(cell).filter_map(|word| Mailbox::parse(word).ok()) {
            if let Some(earlier) = addresses
                .get(&key(&address))
                .filter(|earlier| **earlier != row.number)
            {
                faults.add(
                    row.number,
                    &place,
                    format!("{address} stands in row {earlier} already: one row for each person"),
                );
                good = false;
            } else {
                addresses.insert(key(&address), row.number);
            }
        }
        let approved = approved.filter(|_| good)?;
        let stem = crate::files::stem(&first(&approved));
        if stem.len() > LONGEST_STEM {
            let message = format!(
                "the address is too long to name files after it ({} bytes)",
                stem.len()
            );
            faults.add(row.number, &place, message);
            return None;
        }
        // a@x.y.compat would be called as the second file of a@x.y is.
        let shadow = SUFFIXES.iter().find_map(|suffix| {
            let other = match stem.strip_suffix(suffix) {
                Some(short) => stems.get(short),
                None => None,
            };
            other.or_else(|| stems.get(&format!("{stem}{suffix}")))
        });
        if let Some(earlier) = shadow {
            let message =
                format!("its files would be called as those of row {earlier}: use another --out for it");
            faults.add(row.number, &place, message);
            return None;
        }
        stems.insert(stem, row.number);
        Some(approved)
    }

    fn fate(
        &self,
        row: &Row,
        approved: &Approved,
        plan: &mut Plan,
        faults: &mut Faults,
    ) -> Result<Option<Fate>, CommandError> {
        let names = self.names(approved);
        let place = self.list.place(Column::Email);
        let out_is_there = self.out.is_dir();
        if out_is_there && let Some(staged) = StagedKey::find(self.directory, &names.staging)? {
            return self.interrupted(row, approved, &staged, plan, faults);
        }
        let standing = existing(self.ledger, approved, self.desk.now)?;
        if out_is_there && standing.len() == approved.certificates().len() && is_written(&names, &standing) {
            return Ok(match changed(&standing, approved) {
                None => Some(Fate::Stands),
                Some((what, record)) => {
                    faults.add(row.number, &place, replace(&what, record));
                    None
                }
            });
        }
        if self.another {
            return Ok(self.free(row, approved, &names, faults)?.then_some(Fate::Issue));
        }
        if let Some(record) = standing.first() {
            let complete = standing.len() == approved.certificates().len();
            let sound = standing.iter().all(|record| record.revocation.is_none());
            if self.if_missing && complete && sound {
                return Ok(Some(Fate::Keep));
            }
            let intent = &record.intent;
            faults.add(
                row.number,
                &place,
                format!(
                    "{} has a {} certificate of class {} already (serial {}, until {}): --if-missing keeps it, --another issues a second one, cachet cert revoke {} ends it",
                    first(approved),
                    record.status(self.desk.now),
                    intent.class,
                    intent.serial,
                    intent.not_after.format("%Y-%m-%d"),
                    intent.serial,
                ),
            );
            return Ok(None);
        }
        if let Some(record) = self.begun_elsewhere(approved)? {
            faults.add(
                row.number,
                &place,
                format!(
                    "a certificate for {} was begun elsewhere and not finished (serial {}): cachet status says where; if its key is lost, --another gives it up",
                    first(approved),
                    record.intent.serial
                ),
            );
            return Ok(None);
        }
        Ok(self.free(row, approved, &names, faults)?.then_some(Fate::Issue))
    }

    /// An earlier run has staged a key: the certificate that it began is finished, unless the row asks for another one now.
    fn interrupted(
        &self,
        row: &Row,
        approved: &Approved,
        staged: &StagedKey,
        plan: &mut Plan,
        faults: &mut Faults,
    ) -> Result<Option<Fate>, CommandError> {
        let mut records = Vec::new();
        for key_id in staged.key_ids() {
            let filter = CertificateFilter {
                key_id: Some(*key_id),
                ..CertificateFilter::default()
            };
            records.extend(self.ledger.list(&filter, self.desk.now)?);
        }
        let Some((what, record)) = changed(&records, approved) else {
            return Ok(Some(Fate::Finish));
        };
        if records.iter().all(|record| record.issued.is_none()) {
            // Never signed: it is given up, and the row begun anew.
            plan.outdated.extend(records);
            return Ok(Some(Fate::Finish));
        }
        let place = self.list.place(Column::Email);
        faults.add(row.number, &place, replace(&what, record));
        Ok(None)
    }

    /// Finds what was reserved for the same addresses, class and usage and has no key here.
    fn begun_elsewhere(&self, approved: &Approved) -> Result<Option<CertificateRecord>, CommandError> {
        for email in approved.emails() {
            let filter = CertificateFilter {
                email: Some(email.canonical()),
                class: Some(approved.class()),
                ..CertificateFilter::default()
            };
            let found = self
                .ledger
                .list(&filter, self.desk.now)?
                .into_iter()
                .find(|record| {
                    let same_usage = approved.certificates().contains(&record.intent.usage);
                    same_usage && record.is_live(self.desk.now) && record.collected_at.is_none()
                });
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Looks whether files can be written; those of a certificate that has ended are moved aside in time.
    fn free(
        &self,
        row: &Row,
        approved: &Approved,
        names: &Names,
        faults: &mut Faults,
    ) -> Result<bool, CommandError> {
        if !self.out.is_dir() {
            return Ok(true);
        }
        let taken = names
            .all()
            .find_map(|path| atomic::precheck(path, self.overwrite).err());
        let Some(error) = taken else { return Ok(true) };
        let old = ended(self.ledger, approved, self.desk.now)?;
        if old
            .iter()
            .any(|record| is_written(names, std::slice::from_ref(record)))
        {
            return Ok(true);
        }
        faults.add(row.number, &self.list.place(Column::Email), error);
        Ok(false)
    }
}

/// Tells whether the certificate files that stand are these.
fn is_written(names: &Names, records: &[CertificateRecord]) -> bool {
    names.certificates.iter().zip(records).all(|(path, record)| {
        let Ok(bytes) = atomic::read(path, FILE_LIMIT) else {
            return false;
        };
        let found = pem::certificates(&bytes).unwrap_or_default();
        found
            .iter()
            .any(|found| record.certificate() == Some(found.der()))
    })
}

/// Tells what a certificate says otherwise than the row does now.
fn changed<'r>(
    records: &'r [CertificateRecord],
    approved: &Approved,
) -> Option<(String, &'r CertificateRecord)> {
    let attributes: Vec<_> = approved
        .subject()
        .iter()
        .map(|(oid, value)| (*oid, value.as_str()))
        .collect();
    let subject = DistinguishedName::from_attributes(&attributes)
        .map(|name| name.to_string())
        .unwrap_or_default();
    let emails: Vec<String> = approved.emails().iter().map(Mailbox::canonical).collect();
    records.iter().find_map(|record| {
        let intent = &record.intent;
        let what = if intent.emails != emails {
            format!(
                "is for {}, and the row for {}",
                intent.emails.join(", "),
                emails.join(", ")
            )
        } else if intent.subject != subject {
            format!("is for \"{}\", and the row for \"{subject}\"", intent.subject)
        } else {
            return None;
        };
        Some((what, record))
    })
}

fn replace(what: &str, record: &CertificateRecord) -> String {
    let serial = record.intent.serial;
    let state = match record.status(record.intent.not_before) {
        Status::Pending => "begun",
        _ => "issued",
    };
    format!(
        "the certificate that was {state} {what}: cachet cert revoke {serial} --reason superseded, then run this again, which moves its files aside"
    )
}

fn first(approved: &Approved) -> String {
    approved
        .emails()
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// A school is smaller.
const MOST_ROWS: usize = 100_000;

/// What follows the address in a file's name, at the longest `.p12.password.html`, and its number where it is moved aside, fits
/// into the 255 octets of a name.
const LONGEST_STEM: usize = 220;

/// Names that one identity's files have and another's must not begin with.
const SUFFIXES: [&str; 6] = [".compat", ".sign", ".encrypt", ".chain", ".p12", ".p12.password"];
