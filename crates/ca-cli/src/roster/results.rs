//! What was made of a roster: the manifest, the sheet of passwords, and what is printed.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, SerialNumber};
use ca_core::request::CertificateUsage;
use ca_store::FileError;
use ca_store::atomic::{self, Mode, Overwrite};
use identity::{Mailbox, Passphrase, pem};

use super::list::Row;
use super::plan::{Fate, Plan, Planner};
use super::{Order, RowError};
use crate::context::{Context, FILE_LIMIT};
use crate::error::CommandError;
use crate::issuance::bulk::Member;
use crate::issuance::standing::existing;
use crate::output::handout::{self, SHEET_END, SLIP_MARK, Slip};
use crate::output::record::{Action, RecordView};
use crate::output::{json, table};

/// The manifest's name.
pub(crate) const MANIFEST: &str = "issued.csv";

/// All rows, looked up again.
pub(crate) struct Results<'a> {
    context: &'a Context,
    order: &'a Order<'a>,
    ledger: &'a dyn Ledger,
    planner: &'a Planner<'a>,
    plan: &'a Plan,
    failed: HashSet<u64>,
    /// The sheet that was, or is to be, written; `None` if nobody needs a slip.
    sheet: Option<PathBuf>,
    /// Serials on earlier sheets.
    on_paper: HashSet<String>,
}

/// A row that has its certificates.
struct Done {
    member: Member,
    records: Vec<CertificateRecord>,
    action: Action,
}

/// Refuses, before anything is done, a manifest that is not one.
pub(crate) fn precheck(out: &Path, overwrite: Overwrite) -> Result<(), CommandError> {
    let path = out.join(MANIFEST);
    if !path.exists() {
        return Ok(());
    }
    match atomic::read(&path, MANIFEST_LIMIT) {
        Ok(bytes) if bytes.starts_with(heading().as_bytes()) || overwrite == Overwrite::Replace => Ok(()),
        Ok(_) => Err(CommandError::from(FileError::AlreadyExists { path })),
        Err(error) => Err(error.into()),
    }
}

impl<'a> Results<'a> {
    pub(crate) fn new(
        context: &'a Context,
        order: &'a Order<'a>,
        ledger: &'a dyn Ledger,
        planner: &'a Planner<'a>,
        plan: &'a Plan,
        failed: &[RowError],
    ) -> Result<Self, CommandError> {
        let mut results = Self {
            context,
            order,
            ledger,
            planner,
            plan,
            failed: failed.iter().map(|(row, _)| *row).collect(),
            sheet: None,
            on_paper: HashSet::new(),
        };
        results.look_at_sheets()?;
        Ok(results)
    }

    /// Writes the manifest and, for those who have no slip yet, a sheet of passwords.
    pub(crate) fn write(&self) -> Result<(), CommandError> {
        ca_store::failpoint!("roster.results");
        if let Some(sheet) = &self.sheet {
            self.write_sheet(sheet)?;
        }
        ca_store::failpoint!("roster.sheet");
        let path = self.order.out.join(MANIFEST);
        let gone = self.no_longer_listed(&path)?;
        self.fill(&path, Mode::Public, Overwrite::Replace, &mut |to| {
            write(to, heading().as_bytes())?;
            self.visit(&mut |done| write(to, self.line(done).as_bytes()))?;
            // What was issued stays known, whoever has left the class.
            gone.iter().try_for_each(|line| write(to, line.as_bytes()))
        })?;
        ca_store::failpoint!("roster.manifest");
        Ok(())
    }

    /// Prints what was done.
    pub(crate) fn report(&self) -> Result<(), CommandError> {
        if self.context.is_json() {
            return self.context.ui.result_by(|to| {
                let mut separator = "[\n";
                self.visit(&mut |done| {
                    for (index, record) in done.records.iter().enumerate() {
                        let view = RecordView {
                            files: Some(
                                done.member
                                    .names
                                    .view(index)
                                    .filtered(done.action == Action::Kept),
                            ),
                            action: Some(done.action),
                            ..RecordView::new(record, self.context.now())
                        };
                        write(to, separator.as_bytes())?;
                        write(to, json::document(&view).trim_end().as_bytes())?;
                        separator = ",\n";
                    }
                    Ok(())
                })?;
                let end: &[u8] = if separator == "[\n" { b"[]\n" } else { b"\n]\n" };
                write(to, end)
            });
        }
        let count = |fates: &[Fate]| self.plan.fates.iter().filter(|fate| fates.contains(fate)).count();
        let made = count(&[Fate::Issue, Fate::Finish]) - self.failed.len();
        let text = |path: &Path| path.display().to_string();
        self.context.ui.result(&table::facts([
            ("Issued", made.to_string()),
            ("Kept", count(&[Fate::Stands, Fate::Keep]).to_string()),
            ("Folder", text(self.order.out)),
            ("Manifest", text(&self.order.out.join(MANIFEST))),
            (
                "Passwords to cut up",
                self.sheet.as_deref().map(text).unwrap_or_default(),
            ),
        ]))?;
        if self.sheet.is_some() {
            self.context.ui.note(
                "each holder gets EMAIL.zip one way and the slip another; the passwords stand in EMAIL.p12.password too",
            );
        }
        Ok(())
    }

    /// Finds which slips have been printed, and the first name that is free for another sheet.
    fn look_at_sheets(&mut self) -> Result<(), CommandError> {
        if !self.planner.makes_passwords {
            return Ok(());
        }
        let mut number = 1;
        let path = loop {
            let path = self.order.out.join(match number {
                1 => "passwords.html".to_owned(),
                _ => format!("passwords-{number}.html"),
            });
            match atomic::read(&path, MANIFEST_LIMIT) {
                Err(FileError::NotFound { .. }) => break path,
                Err(error) => return Err(error.into()),
                Ok(bytes) => self.on_paper.extend(serials(&String::from_utf8_lossy(&bytes))),
            }
            number += 1;
        };
        let mut needed = false;
        self.visit(&mut |done| {
            needed |= self.password(done)?.is_some();
            Ok(())
        })?;
        self.sheet = needed.then_some(path);
        Ok(())
    }

    fn write_sheet(&self, path: &Path) -> Result<(), CommandError> {
        let language = self.order.language;
        self.fill(path, Mode::Secret, Overwrite::Refuse, &mut |to| {
            write(to, handout::sheet_head(language).as_bytes())?;
            self.visit(&mut |done| {
                let Some(password) = self.password(done)? else {
                    return Ok(());
                };
                let slip = handout::slip(
                    &Slip {
                        name: &done.member.name,
                        email: &done.email(),
                        password: password.as_str(),
                        serial: &done.serial(),
                    },
                    language,
                );
                write(to, slip.as_bytes())
            })?;
            write(to, SHEET_END.as_bytes())
        })
    }

    /// Returns the password of somebody whose slip is on no sheet, if it stands in its file.
    fn password(&self, done: &Done) -> Result<Option<Passphrase>, CommandError> {
        let Some(path) = &done.member.names.password else {
            return Ok(None);
        };
        if self.on_paper.contains(&done.serial()) {
            return Ok(None);
        }
        match atomic::read(path, FILE_LIMIT) {
            Ok(line) => Ok(Some(Passphrase::from_secret_file_line(&line)?)),
            Err(FileError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands each row that has its certificates to `each`, in the order of the roster.
    fn visit(&self, each: &mut dyn FnMut(&Done) -> Result<(), CommandError>) -> Result<(), CommandError> {
        for ((number, row), fate) in self.planner.list.rows().zip(&self.plan.fates) {
            let Ok(row) = row else { continue };
            if self.failed.contains(&number) {
                continue;
            }
            let action = match fate {
                Fate::Issue | Fate::Finish => Action::Issued,
                Fate::Stands | Fate::Keep => Action::Kept,
            };
            each(&self.done(&row, action, *fate)?)?;
        }
        Ok(())
    }

    fn done(&self, row: &Row, action: Action, fate: Fate) -> Result<Done, CommandError> {
        let member = self.planner.member(row)?;
        let records = match fate {
            Fate::Keep => existing(self.ledger, &member.approved, self.context.now())?,
            _ => self.written(&member)?,
        };
        Ok(Done {
            member,
            records,
            action,
        })
    }

    /// Finds the records of the certificates whose files stand.
    fn written(&self, member: &Member) -> Result<Vec<CertificateRecord>, CommandError> {
        let mut records = Vec::new();
        for path in &member.names.certificates {
            let bytes = atomic::read(path, FILE_LIMIT)?;
            for certificate in pem::certificates(&bytes).map_err(CommandError::bad_input)? {
                let serial: SerialNumber = certificate
                    .serial_hex()
                    .parse()
                    .map_err(CommandError::bad_input)?;
                records.extend(self.ledger.certificate(&serial)?);
            }
        }
        Ok(records)
    }

    fn line(&self, done: &Done) -> String {
        let of = |usage: CertificateUsage| done.records.iter().find(|record| record.intent.usage == usage);
        let signing = of(CertificateUsage::Dual)
            .or_else(|| of(CertificateUsage::Sign))
            .or(done.records.first());
        let encryption = of(CertificateUsage::Encrypt);
        let serial = |record: Option<&CertificateRecord>| {
            record.map(|r| r.intent.serial.to_string()).unwrap_or_default()
        };
        let file = |path: Option<&PathBuf>| {
            let name = path
                .and_then(|path| path.file_name())
                .filter(|_| done.action != Action::Kept || path.is_some_and(|path| path.exists()));
            name.map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let names = &done.member.names;
        row([
            done.email(),
            done.member.name.clone(),
            signing.map(|r| r.intent.class.to_string()).unwrap_or_default(),
            serial(signing),
            signing
                .and_then(|r| r.issued.as_ref())
                .map(|issued| hex::encode(issued.sha256))
                .unwrap_or_default(),
            serial(encryption),
            signing
                .map(|r| r.intent.not_after.format("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            file(names.p12.as_ref()),
            file(names.compat_p12.as_ref()),
            file(names.zip.as_ref()),
        ])
    }

    /// Returns the lines of an earlier manifest whose certificates no row stands for any more.
    fn no_longer_listed(&self, path: &Path) -> Result<Vec<String>, CommandError> {
        let bytes = match atomic::read(path, MANIFEST_LIMIT) {
            Err(FileError::NotFound { .. }) => return Ok(Vec::new()),
            other => other?,
        };
        if !bytes.starts_with(heading().as_bytes()) {
            return Ok(Vec::new());
        }
        let mut now = HashSet::new();
        self.visit(&mut |done| {
            now.extend(done.records.iter().map(|record| record.intent.serial.to_string()));
            Ok(())
        })?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(bytes.as_slice());
        let mut gone = Vec::new();
        for record in reader.records().flatten() {
            let cells: Vec<&str> = record.iter().collect();
            let Ok(cells) = <[&str; COLUMNS]>::try_from(cells) else {
                continue;
            };
            let [email, _, _, serial, ..] = cells;
            if now.contains(serial) {
                continue;
            }
            if self.is_live(email, serial)? {
                self.context.ui.note(&format!(
                    "{email} is not on the roster any more and has a valid certificate: cachet cert revoke {serial} ends it"
                ));
            }
            gone.push(row(cells.map(str::to_owned)));
        }
        Ok(gone)
    }

    fn is_live(&self, email: &str, serial: &str) -> Result<bool, CommandError> {
        let filter = CertificateFilter {
            email: Mailbox::parse(email).ok().map(|address| address.canonical()),
            ..CertificateFilter::default()
        };
        let found = match filter.email {
            Some(_) => self.ledger.list(&filter, self.context.now())?,
            None => Vec::new(),
        };
        Ok(found
            .iter()
            .any(|one| one.intent.serial.to_string() == serial && one.is_live(self.context.now())))
    }

    /// Writes a file piece by piece, whole or not at all.
    fn fill(
        &self,
        path: &Path,
        mode: Mode,
        overwrite: Overwrite,
        work: &mut dyn FnMut(&mut dyn Write) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let mut failure = None;
        let written = atomic::write_by(
            path,
            &mut |file| {
                let mut to = std::io::BufWriter::new(file);
                if let Err(error) = work(&mut to) {
                    failure = Some(error);
                    return Err(std::io::Error::other("the work failed"));
                }
                to.flush()
            },
            mode,
            overwrite,
        );
        match failure {
            // The reason, and not that there was one.
            Some(error) => Err(error),
            None => Ok(written?),
        }
    }
}

impl Done {
    fn email(&self) -> String {
        let emails = self.member.approved.emails();
        emails.first().map(ToString::to_string).unwrap_or_default()
    }

    fn serial(&self) -> String {
        self.records
            .first()
            .map(|record| record.intent.serial.to_string())
            .unwrap_or_default()
    }
}

fn write(to: &mut dyn Write, bytes: &[u8]) -> Result<(), CommandError> {
    to.write_all(bytes)
        .map_err(|error| CommandError::io("cannot write the results", &error))
}

/// `cachet lab check --roster` reads the manifest.
fn heading() -> String {
    row([
        "email",
        "name",
        "class",
        "serial",
        "sha256",
        "encryption_serial",
        "valid_until",
        "p12",
        "compat_p12",
        "zip",
    ]
    .map(str::to_owned))
}

fn row(cells: [String; COLUMNS]) -> String {
    table::csv_row(cells)
}

/// Finds the serials of the slips on a sheet.
fn serials(sheet: &str) -> impl Iterator<Item = String> {
    let parts = sheet.split(SLIP_MARK).skip(1);
    parts.filter_map(|part| Some(part.split_once('"')?.0.to_owned()))
}

const COLUMNS: usize = 10;

/// Of a hundred thousand rows.
const MANIFEST_LIMIT: u64 = 64 << 20;
