//! Finding the certificates that are to be revoked, put on hold or released.

use std::collections::BTreeSet;
use std::path::Path;

use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, RevocationReason, SerialNumber, Status};
use ca_core::request::Class;
use ca_store::SqliteLedger;

use crate::context::{Context, FILE_LIMIT};
use crate::error::{CommandError, ErrorKind};
use crate::lookup::{self, Found};
use crate::output::rfc3339;
use crate::spreadsheet;

/// What is to happen to certificates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Change {
    Revoke(RevocationReason),
    Release,
}

/// How certificates were named.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    pub(crate) ids: &'a [String],
    pub(crate) class: Option<Class>,
    pub(crate) roster: Option<&'a Path>,
    /// Take all certificates of an address.
    pub(crate) all: bool,
}

/// A certificate that was found.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) serial: SerialNumber,
    pub(crate) class: Class,
    pub(crate) subject: String,
    pub(crate) emails: Vec<String>,
    issuer: String,
}

/// Everything that was found, each once.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub(crate) certificates: Vec<Target>,
    /// Authorities of this CA, or cross-certificates, that were named.
    pub(crate) authorities: Vec<String>,
    /// How many certificates each of them stands for: an authority for all of its key.
    pub(crate) of_authorities: Vec<usize>,
    known: BTreeSet<SerialNumber>,
}

impl Change {
    /// Tells whether a certificate that stands so can change so.
    fn admits(self, status: Status) -> bool {
        match self {
            Self::Release => status == Status::Held,
            Self::Revoke(RevocationReason::CertificateHold) => {
                matches!(status, Status::Valid | Status::NotYetValid)
            }
            Self::Revoke(_) => matches!(status, Status::Valid | Status::NotYetValid | Status::Held),
        }
    }

    pub(crate) fn intent(self) -> &'static str {
        match self {
            Self::Release => "to be released",
            Self::Revoke(RevocationReason::CertificateHold) => "to be put on hold",
            Self::Revoke(_) => "to be revoked",
        }
    }

    pub(crate) fn done(self) -> &'static str {
        match self {
            Self::Release => "the release is",
            Self::Revoke(_) => "the revocation is",
        }
    }

    /// The adjective for certificates that this can happen to.
    fn fit(self) -> &'static str {
        match self {
            Self::Release => "held",
            Self::Revoke(_) => "valid",
        }
    }
}

impl Selection<'_> {
    /// Finds everything that was named, or says what stands in the way of it.
    pub(crate) fn find(
        &self,
        context: &Context,
        ledger: &SqliteLedger,
        change: Change,
    ) -> Result<Targets, CommandError> {
        let mut targets = Targets::default();
        let crosses = ledger.cross_certificates()?;
        let authorities: Vec<(String, Vec<u8>)> = ledger
            .authorities()?
            .into_iter()
            .map(|record| (record.id, record.certificate))
            .chain(
                crosses
                    .iter()
                    .map(|cross| (cross.id.clone(), cross.certificate.clone())),
            )
            .collect();
        for id in self.ids {
            if let Some(authority) = named_authority(context, id, &authorities)? {
                if change == Change::Release {
                    return Err(CommandError::bad_input(format!(
                        "{authority} is an authority, which is never on hold"
                    )));
                }
                if !targets.authorities.contains(&authority) {
                    let further = crosses.iter().filter(|cross| cross.subject == authority).count();
                    targets.of_authorities.push(1 + further);
                    targets.authorities.push(authority);
                }
            } else if id.contains('@') && !Path::new(id).is_file() {
                self.find_address(context, ledger, change, id, &mut targets)?;
            } else {
                targets.add(find_one(context, id, change)?);
            }
        }
        if let Some(class) = self.class {
            let before = targets.certificates.len();
            find_class(context, ledger, change, class, &mut targets)?;
            if targets.certificates.len() == before {
                return Err(CommandError::new(
                    ErrorKind::NotFound,
                    format!("no certificate of class {class} is {}", change.fit()),
                ));
            }
        }
        if let Some(roster) = self.roster {
            find_roster(context, ledger, change, roster, &mut targets)?;
        }
        Ok(targets)
    }

    fn find_address(
        &self,
        context: &Context,
        ledger: &SqliteLedger,
        change: Change,
        address: &str,
        targets: &mut Targets,
    ) -> Result<(), CommandError> {
        let found = of_address(context, ledger, change, address)?;
        if found.is_empty() {
            return Err(CommandError::new(
                ErrorKind::NotFound,
                format!("{address} has no {} certificate", change.fit()),
            )
            .hint(format!("cachet cert list --email {address}")));
        }
        if found.len() > 1 && !self.all {
            let list: Vec<String> = found
                .iter()
                .map(|record| {
                    let intent = &record.intent;
                    format!("{} (class {}, {})", intent.serial, intent.class, intent.usage)
                })
                .collect();
            return Err(CommandError::bad_input(format!(
                "{address} has {} {} certificates: {}",
                found.len(),
                change.fit(),
                list.join(", ")
            ))
            .hint("name the serials that are meant, or all of them with --all"));
        }
        found.into_iter().for_each(|record| targets.add(record));
        Ok(())
    }
}

impl Targets {
    pub(crate) fn serials(&self) -> Vec<SerialNumber> {
        self.certificates.iter().map(|target| target.serial).collect()
    }

    /// Says how many there are.
    pub(crate) fn count(&self) -> String {
        match self.certificates.len() + self.of_authorities.iter().sum::<usize>() {
            1 => "one certificate".to_owned(),
            count => format!("{count} certificates"),
        }
    }

    /// Returns the authorities that signed certificates of people, whose lists change.
    pub(crate) fn issuers(&self) -> Vec<String> {
        let of_people = self.certificates.iter().map(|target| target.issuer.clone());
        let issuers: BTreeSet<String> = of_people.collect();
        issuers.into_iter().collect()
    }

    fn add(&mut self, record: CertificateRecord) {
        let intent = record.intent;
        if self.known.insert(intent.serial) {
            self.certificates.push(Target {
                serial: intent.serial,
                class: intent.class,
                subject: intent.subject,
                emails: intent.emails,
                issuer: intent.authority,
            });
        }
    }
}

/// Returns the authority or cross-certificate that a name or a certificate's file stands for.
fn named_authority(
    context: &Context,
    id: &str,
    authorities: &[(String, Vec<u8>)],
) -> Result<Option<String>, CommandError> {
    if authorities.iter().any(|(known, _)| known == id) {
        return Ok(Some(id.to_owned()));
    }
    let path = Path::new(id);
    if !path.is_file() {
        return Ok(None);
    }
    let first = context.certificates(path)?.into_iter().next();
    let found = first.and_then(|first| {
        let same = |(_, certificate): &&(String, Vec<u8>)| certificate == first.der();
        authorities.iter().find(same).map(|(id, _)| id.clone())
    });
    Ok(found)
}

/// Finds the certificate of a serial or a file, which must be able to change so.
fn find_one(context: &Context, id: &str, change: Change) -> Result<CertificateRecord, CommandError> {
    let Found::OnRecord(record) = lookup::find(context, id)? else {
        return Err(CommandError::new(
            ErrorKind::NotFound,
            format!("the certificate in {id} was not issued by this CA, which therefore cannot revoke it"),
        ));
    };
    let status = record.status(context.now());
    // An expired one can still be revoked: old signatures are judged by it.
    let expired = status == Status::Expired && change != Change::Release;
    if change.admits(status) || expired {
        return Ok(*record);
    }
    let serial = record.serial();
    let error = match (&record.revocation, status) {
        (Some(revocation), _) => CommandError::bad_input(format!(
            "{serial} is {} since {} ({})",
            record.state(),
            rfc3339(revocation.at),
            revocation.reason
        )),
        (None, Status::Pending) => CommandError::bad_input(format!("{serial} was never signed"))
            .hint("cachet status tells how to finish or give up what was begun"),
        (None, Status::Abandoned) => {
            CommandError::bad_input(format!("{serial} was given up and never signed"))
        }
        (None, _) => CommandError::bad_input(format!("{serial} is {status}, not on hold")),
    };
    Err(error)
}

fn of_address(
    context: &Context,
    ledger: &SqliteLedger,
    change: Change,
    address: &str,
) -> Result<Vec<CertificateRecord>, CommandError> {
    let now = context.now();
    let filter = CertificateFilter {
        email: Some(address.to_owned()),
        ..CertificateFilter::default()
    };
    let mut found = ledger.list(&filter, now)?;
    found.retain(|record| change.admits(record.status(now)));
    Ok(found)
}

/// Page by page: a class may be large.
fn find_class(
    context: &Context,
    ledger: &SqliteLedger,
    change: Change,
    class: Class,
    targets: &mut Targets,
) -> Result<(), CommandError> {
    let now = context.now();
    let mut filter = CertificateFilter {
        class: Some(class),
        people_only: true,
        limit: Some(PAGE),
        ..CertificateFilter::default()
    };
    loop {
        let page = ledger.list(&filter, now)?;
        filter.after = page.last().map(|record| *record.serial());
        let last = page.len() < PAGE;
        page.into_iter()
            .filter(|record| change.admits(record.status(now)))
            .for_each(|record| targets.add(record));
        if last {
            return Ok(());
        }
    }
}

fn find_roster(
    context: &Context,
    ledger: &SqliteLedger,
    change: Change,
    path: &Path,
    targets: &mut Targets,
) -> Result<(), CommandError> {
    let shown = path.display();
    let bytes = context.read(path, FILE_LIMIT)?;
    let text = spreadsheet::decode(&bytes);
    let bad = |error: csv::Error| CommandError::bad_input(format!("{shown} is not a CSV file: {error}"));
    let mut reader = spreadsheet::reader(&text, true);
    let heading = reader.headers().map_err(bad)?;
    let column = heading
        .iter()
        .position(|name| name.eq_ignore_ascii_case("email"))
        .ok_or_else(|| {
            CommandError::bad_input(format!("{shown} has no column \"email\""))
                .hint("its first line names the columns, one of them email")
        })?;
    let (mut rows, mut without) = (0, Vec::new());
    for row in reader.records() {
        let row = row.map_err(bad)?;
        let Some(address) = row.get(column).filter(|address| !address.is_empty()) else {
            continue;
        };
        rows += 1;
        let found = of_address(context, ledger, change, address)?;
        if found.is_empty() {
            without.push(address.to_owned());
        }
        found.into_iter().for_each(|record| targets.add(record));
    }
    if rows > 0 && without.len() < rows {
        for address in without {
            context
                .ui
                .warning(&format!("{address} has no {} certificate", change.fit()));
        }
        return Ok(());
    }
    Err(CommandError::new(
        ErrorKind::NotFound,
        format!("no address in {shown} has a {} certificate", change.fit()),
    ))
}

const PAGE: usize = 5000;
