//! One row: the request that it makes, and what its policy says.

use std::collections::BTreeMap;

use ca_core::admission::{AdmitContext, Approved, Reason};
use ca_core::evidence::Evidence;
use ca_core::policy::{PolicySet, Profile, SubjectField};
use ca_core::request::{Class, KeySource, Request, Usage};
use ca_store::SqliteLedger;
use chrono::{DateTime, Utc};
use identity::{Certificate, KeyAlgorithm, Mailbox};

use super::column::Column;
use super::fault::Faults;
use super::list::{List, Row};
use crate::authority::{self, CaCertificate};

/// What flags say, which holds for every row.
#[derive(Debug)]
pub(crate) struct Common {
    pub(crate) class: Option<Class>,
    pub(crate) fields: Vec<(SubjectField, String)>,
    pub(crate) key: Option<KeyAlgorithm>,
    pub(crate) usage: Option<Usage>,
    pub(crate) days: Option<u32>,
    pub(crate) evidence: Vec<Evidence>,
}

/// The policies and CAs that rows are held against, each looked up once.
pub(crate) struct Desk<'a> {
    pub(crate) common: &'a Common,
    pub(crate) now: DateTime<Utc>,
    classes: BTreeMap<Class, Result<ClassDesk<'a>, String>>,
}

/// What one class is issued under.
pub(crate) struct ClassDesk<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) issuing: CaCertificate,
    permitted: Vec<String>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        common: &'a Common,
        policies: &'a PolicySet,
        ledger: &SqliteLedger,
        now: DateTime<Utc>,
    ) -> Self {
        let desk = |class: Class| {
            let profile = policies
                .profile(class)
                .ok_or_else(|| format!("no policy is for class {class}"))?;
            let issuing = authority::issuing(ledger, class, now).map_err(|error| error.message)?;
            let permitted = authority::permitted_domains(&issuing.certificate);
            Ok(ClassDesk {
                profile,
                issuing,
                permitted,
            })
        };
        Self {
            common,
            now,
            classes: Class::ALL.into_iter().map(|class| (class, desk(class))).collect(),
        }
    }

    /// Returns what a class is issued under, where that can be.
    pub(crate) fn of_class(&self, class: Class) -> Option<&ClassDesk<'a>> {
        self.classes.get(&class)?.as_ref().ok()
    }

    /// Admits a row, or notes everything that is wrong with it.
    pub(crate) fn admit(&self, list: &List<'_>, row: &Row, faults: &mut Faults) -> Option<Approved> {
        let mut reading = Reading {
            list,
            row,
            faults,
            good: true,
        };
        let request = reading.request(self.common);
        let evidence = reading.evidence(self.common);
        let good = reading.good;
        let request = request?;
        let desk = match self.classes.get(&request.class)? {
            Ok(desk) => desk,
            Err(why) => {
                faults.add(row.number, &list.place(Column::Class), why);
                return None;
            }
        };
        let admission = AdmitContext {
            now: self.now,
            issuer_not_after: desk.issuer().not_after(),
            permitted_domains: &desk.permitted,
        };
        match desk.profile.admit(request, evidence, &admission) {
            Ok(approved) => good.then_some(approved),
            Err(refusal) => {
                for reason in refusal.reasons() {
                    // Rows without a good address have been told so.
                    if matches!(reason, Reason::NoEmail) {
                        continue;
                    }
                    let place = column_of(reason).map(|column| list.place(column));
                    let message = format!("{reason}; {}", remedy(reason));
                    faults.add(row.number, &place.unwrap_or_default(), message);
                }
                None
            }
        }
    }
}

impl ClassDesk<'_> {
    fn issuer(&self) -> &Certificate {
        &self.issuing.certificate
    }
}

/// A row being read.
struct Reading<'r, 't> {
    list: &'r List<'t>,
    row: &'r Row,
    faults: &'r mut Faults,
    good: bool,
}

impl<'r> Reading<'r, '_> {
    fn request(&mut self, common: &Common) -> Option<Request> {
        let emails = self.emails();
        let class = self.class(common.class);
        let usage = self.value(Column::Usage, common.usage);
        let key = self.value(Column::Key, common.key);
        let days = self.value(Column::Days, common.days);
        let mut request = Request {
            class: class?,
            emails,
            given_name: None,
            middle_name: None,
            surname: None,
            organization: None,
            organization_id: None,
            country: None,
            locality: None,
            key: KeySource::Generate(key),
            usage,
            days,
            // The roster is where it is on record.
            name_on_record: true,
        };
        for field in SubjectField::ALL {
            let flag = common.fields.iter().find(|(one, _)| *one == field);
            let value = self.value(Column::Field(field), flag.map(|(_, value)| value.clone()));
            request.set_field(field, value);
        }
        Some(request)
    }

    fn emails(&mut self) -> Vec<Mailbox> {
        let cell = self.cell(Column::Email).unwrap_or_default();
        let mut emails = Vec::new();
        for address in addresses(cell) {
            match Mailbox::parse(address) {
                Ok(address) => emails.push(address),
                Err(error) => self.fault(Column::Email, error),
            }
        }
        if emails.is_empty() && self.good {
            self.fault(Column::Email, "there is no address");
        }
        emails
    }

    fn class(&mut self, flag: Option<Class>) -> Option<Class> {
        match (self.cell(Column::Class), flag) {
            // The column may be the school's own, with classes such as 3B.
            (Some(cell), Some(flag)) => {
                if let Ok(class) = cell.parse::<Class>()
                    && class != flag
                {
                    self.differs(Column::Class, cell, &flag);
                }
                Some(flag)
            }
            (None, Some(flag)) => Some(flag),
            (Some(cell), None) => match cell.parse::<Class>() {
                Ok(class) => Some(class),
                Err(error) => {
                    self.fault(Column::Class, format!("{error}; or give --class for all rows"));
                    None
                }
            },
            (None, None) => {
                self.fault(
                    Column::Class,
                    "there is no class: 1, 2 or 3; or give --class for all rows",
                );
                None
            }
        }
    }

    fn evidence(&mut self, common: &Common) -> Vec<Evidence> {
        let mut evidence = common.evidence.clone();
        let (list, row) = (self.list, self.row);
        for (column, cell) in list.cells(row, |column| matches!(column, Column::Evidence(_))) {
            let Column::Evidence(kind) = column else { continue };
            let parsed = match kind {
                Some(kind) => Evidence::stated(kind, cell),
                None => Evidence::parse_stated(cell),
            };
            match parsed {
                Ok(one) => evidence.push(one),
                Err(error) => self.fault(column, error),
            }
        }
        evidence
    }

    /// Takes a value from its column, or from its flag; both may say the same.
    fn value<T>(&mut self, column: Column, flag: Option<T>) -> Option<T>
    where
        T: std::str::FromStr + PartialEq + std::fmt::Display,
        T::Err: std::fmt::Display,
    {
        let Some(cell) = self.cell(column) else {
            return flag;
        };
        match (cell.parse::<T>(), flag) {
            (Ok(value), Some(flag)) if value != flag => {
                self.differs(column, cell, &flag);
                Some(flag)
            }
            (Ok(value), _) => Some(value),
            (Err(error), flag) => {
                self.fault(column, format!("\"{}\": {error}", short(cell)));
                flag
            }
        }
    }

    fn differs(&mut self, column: Column, cell: &str, flag: &dyn std::fmt::Display) {
        let option = column.to_string().replace('_', "-");
        self.fault(
            column,
            format!(
                "\"{}\" differs from --{option} {flag}, which holds for every row: leave out the one or the other",
                short(cell)
            ),
        );
    }

    fn cell(&self, column: Column) -> Option<&'r str> {
        self.list.cell(self.row, column)
    }

    fn fault(&mut self, column: Column, message: impl std::fmt::Display) {
        self.good = false;
        let place = self.list.place(column);
        self.faults.add(self.row.number, &place, message);
    }
}

/// Parts the addresses in a cell: one, or several of one person.
pub(crate) fn addresses(cell: &str) -> impl Iterator<Item = &str> {
    // An address in quotation marks may hold anything, and stands alone.
    let quoted = cell.starts_with('"');
    cell.split(move |c: char| !quoted && (c.is_whitespace() || matches!(c, ';' | ',')))
        .filter(|word| !word.is_empty())
}

/// Returns the name of the holder as the roster has it.
pub(crate) fn name_of(list: &List<'_>, row: &Row) -> String {
    let cell = |column| list.cell(row, column);
    let parts = [SubjectField::GivenName, SubjectField::Surname].map(|field| cell(Column::Field(field)));
    match parts {
        [None, None] => cell(Column::Name).unwrap_or_default().to_owned(),
        parts => parts.into_iter().flatten().collect::<Vec<_>>().join(" "),
    }
}

fn column_of(reason: &Reason) -> Option<Column> {
    Some(match reason {
        Reason::CommonNameTooLong { .. } => Column::Field(SubjectField::GivenName),
        Reason::DuplicateEmail { .. } | Reason::EmailNotPermitted { .. } | Reason::TooManyEmails { .. } => {
            Column::Email
        }
        Reason::FieldFault { field, .. }
        | Reason::FieldNeeds { field, .. }
        | Reason::ForbiddenField { field, .. }
        | Reason::MissingField { field } => Column::Field(*field),
        Reason::ForbiddenEvidence { .. }
        | Reason::MissingEvidence { .. }
        | Reason::UnprovedEvidence { .. } => Column::Evidence(None),
        Reason::KeyCannotEncrypt { .. } | Reason::KeyNotAllowed { .. } => Column::Key,
        Reason::TooManyDays { .. } | Reason::OutlivesIssuer { .. } => Column::Days,
        Reason::UsageNotAllowed { .. } => Column::Usage,
        _ => return None,
    })
}

/// What to do about it in a roster, where that is not what a command line needs.
fn remedy(reason: &Reason) -> String {
    match reason {
        Reason::MissingField { field } => {
            format!(
                "fill in the column {}, or give --{field} for all rows",
                field.key()
            )
        }
        Reason::FieldFault { field, .. } => format!("correct the column {}", field.key()),
        Reason::FieldNeeds { field, needs } => {
            format!("fill in the column {}, or empty {}", needs.key(), field.key())
        }
        Reason::ForbiddenField { field, .. } => {
            format!("empty the column {}, or ask for another class", field.key())
        }
        Reason::MissingEvidence { proved: false, .. } => {
            format!(
                "{} for all rows, or a column evidence with KIND=TEXT",
                reason.remedy()
            )
        }
        Reason::UnprovedEvidence { .. } | Reason::MissingEvidence { .. } => {
            "a roster states evidence and proves none: use requests, or another class".to_owned()
        }
        other => other.remedy(),
    }
}

fn short(cell: &str) -> String {
    let short: String = cell.chars().take(60).collect();
    crate::output::printable(&short).into_owned()
}
