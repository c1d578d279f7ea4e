mod responder;
mod revocation_list;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ca_core::audit::clock_set_back;
use ca_core::ledger::{CertificateRecord, Ledger};
use ca_core::policy::PolicySet;
use ca_core::revocation::crl::{CrlStanding, standing};
use ca_store::{CaDirectory, StagedKey};
use chrono::Duration;
use serde::Serialize;

use crate::authority::{self, CaCertificate};
use crate::commands::audit::verify::verify as verify_audit;
use crate::context::{Context, behind};
use crate::error::{CommandError, Outcome};
use crate::output::crl::CrlStandingView;
use crate::output::{json, printable, rfc3339, table};
use crate::passphrases;

/// Tell how the CA is: its certificates, unfinished work, files, policies and log
///
/// Exit code 4 means that something must be done; warnings alone do not change it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet status")]
pub(crate) struct StatusArgs {}

#[derive(Serialize)]
struct Report {
    healthy: bool,
    directory: String,
    store: String,
    authorities: Vec<AuthorityView>,
    unfinished: Vec<UnfinishedView>,
    /// Files to be served, if the CA has an address.
    publish: Vec<String>,
    audit_entries: u64,
    problems: Vec<String>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct AuthorityView {
    id: String,
    name: String,
    kind: String,
    classes: Vec<u8>,
    not_after: String,
    status: &'static str,
    crl: CrlStandingView,
}

#[derive(Serialize)]
struct UnfinishedView {
    serial: String,
    emails: Vec<String>,
    class: u8,
    usage: String,
    state: &'static str,
    since: String,
    /// Where its key waits.
    staged: Option<String>,
}

pub(super) fn run(context: &Context, _args: &StatusArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let authorities = authority::of_ledger(&ledger)?;
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let own = directory.publish_directory();
    let mut views = Vec::new();
    for ca in &authorities {
        let standing = standing(&ledger, &ca.record.id, context.now())?;
        views.push(judge(
            context,
            ca,
            &authorities,
            &standing,
            &mut problems,
            &mut warnings,
        ));
        // The list of a CA above ours is its own affair.
        if context.now() <= ca.certificate.not_after() && !ca.is_elsewhere() {
            revocation_list::judge(ca, &standing, &own, &mut problems, &mut warnings)?;
        }
    }
    check_keys(&directory, &authorities, &mut problems, &mut warnings)?;
    check_modes(&directory, &mut problems);
    check_space(&directory, &mut problems);
    check_passphrases(&directory, &ledger, &mut warnings)?;
    match ledger.documents_due(context.now())?.len() {
        0 => {}
        due => warnings.push(format!(
            "{due} copies of identity documents should be deleted by now: cachet request purge"
        )),
    }
    match context.policies(&directory) {
        Ok(policies) => {
            check_terms(context, &directory, &ledger, &policies, &mut warnings)?;
            for ca in authorities
                .iter()
                .filter(|ca| ca.certificate.is_valid_at(context.now()))
            {
                responder::judge(
                    ca,
                    &ledger,
                    &policies,
                    context.now(),
                    &mut problems,
                    &mut warnings,
                )?;
            }
        }
        Err(error) => problems.push(format!("the policies cannot be used: {}", error.message)),
    }
    let staged = StagedKey::all(&directory)?;
    let unfinished: Vec<_> = ledger
        .unfinished()?
        .iter()
        .map(|record| UnfinishedView::new(record, &staged))
        .collect();
    for work in &unfinished {
        problems.push(work.advice());
    }
    for key in &staged {
        let path = key.path().display().to_string();
        if !unfinished.iter().any(|work| work.staged.as_ref() == Some(&path)) {
            problems.push(format!(
                "a key was staged in {path} and its issuance never ended: run the same cachet issue command again, or delete the file if nobody wants it"
            ));
        }
    }
    let (summary, broken) = verify_audit(&ledger)?;
    if let Some(broken) = broken {
        problems.push(format!("the audit log is not intact: {broken}"));
    }
    if let Some(latest) = summary.latest
        && clock_set_back(latest, context.real_time()).is_some()
    {
        problems.push(behind(latest, context.real_time()));
    }
    if let Some(seq) = summary.set_back {
        warnings.push(format!(
            "entry {seq} of the audit log was written with a clock that had been set back: cachet audit show tells what was signed around it"
        ));
    }
    let report = Report {
        healthy: problems.is_empty(),
        directory: directory.path().display().to_string(),
        store: directory.store().to_string(),
        authorities: views,
        unfinished,
        publish: authority::published(&authorities),
        audit_entries: summary.entries,
        problems,
        warnings,
    };
    context.ui.result(&if context.is_json() {
        json::document(&report)
    } else {
        report.table()
    })?;
    Ok(Outcome::from_verdict(report.healthy))
}

impl UnfinishedView {
    fn new(record: &CertificateRecord, staged: &[StagedKey]) -> Self {
        let key = staged
            .iter()
            .find(|staged| staged.key_ids().contains(&record.intent.key_id));
        Self {
            staged: key.map(|staged| staged.path().display().to_string()),
            serial: record.intent.serial.to_string(),
            emails: record.intent.emails.clone(),
            class: record.intent.class.number(),
            usage: record.intent.usage.to_string(),
            state: if record.issued.is_some() {
                "not-handed-out"
            } else {
                "pending"
            },
            since: rfc3339(record.intent.created_at),
        }
    }

    fn advice(&self) -> String {
        let what = if self.state == "pending" {
            "was begun and never signed"
        } else {
            "was signed and never handed out"
        };
        let (place, remedy) = match (&self.staged, self.state) {
            (Some(path), _) => (
                format!("; its key waits in {path}"),
                "run the same cachet issue command again, with the same --out, to finish it",
            ),
            (None, "pending") => (
                "; no key waits for it".to_owned(),
                "run the same cachet issue command again if the holder keeps the key (--csr), else with --another, which gives it up",
            ),
            (None, _) => (
                "; no key waits for it".to_owned(),
                "run the same cachet issue command again if the holder keeps the key (--csr)",
            ),
        };
        format!(
            "the class {} certificate for {} (serial {}) {what}{place}: {remedy}",
            self.class,
            self.emails.join(", "),
            self.serial
        )
    }
}

impl Report {
    fn table(&self) -> String {
        let mut text = table::facts([
            (
                "Health",
                if self.healthy {
                    "good".to_owned()
                } else {
                    "not good".to_owned()
                },
            ),
            ("Directory", self.directory.clone()),
            ("Store", self.store.clone()),
            ("Audit log", format!("{} entries", self.audit_entries)),
        ]);
        for (mark, lines) in [("problem", &self.problems), ("warning", &self.warnings)] {
            for line in lines {
                text.push_str(&format!("{mark}: {}\n", printable(line)));
            }
        }
        text.push('\n');
        text.push_str(&table::list(
            ["CA", "KIND", "CLASSES", "STATUS", "UNTIL", "REVOCATION LIST"],
            self.authorities.iter().map(|ca| {
                [
                    ca.name.clone(),
                    ca.kind.clone(),
                    ca.classes.iter().map(u8::to_string).collect::<Vec<_>>().join(" "),
                    ca.status.to_owned(),
                    ca.not_after.chars().take(10).collect(),
                    ca.crl.summary(),
                ]
            }),
        ));
        if !self.publish.is_empty() {
            text.push_str("\nTo be served:\n");
            for address in &self.publish {
                text.push_str(&format!("  {}\n", printable(address)));
            }
        }
        text
    }
}

fn judge(
    context: &Context,
    ca: &CaCertificate,
    all: &[CaCertificate],
    standing: &CrlStanding,
    problems: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> AuthorityView {
    let (now, end) = (context.now(), ca.certificate.not_after());
    let (name, day) = (&ca.record.name, end.format("%Y-%m-%d"));
    let followed = authority::is_followed(ca, all, now);
    let revoked = ca.revocation.as_ref().filter(|_| !followed);
    if let Some(one) = revoked {
        problems.push(format!(
            "{name} is revoked ({}), so that it issues nothing; {}",
            one.reason,
            rollover(ca)
        ));
    }
    if now > end {
        let message = format!("{name} expired on {day}: nothing that it issued can be relied upon");
        // What has a successor ends as it should.
        if followed {
            warnings.push(message);
        } else {
            problems.push(format!("{message}; {}", rollover(ca)));
        }
    } else if now < ca.certificate.not_before() {
        problems.push(format!(
            "{name} is not valid before {}",
            rfc3339(ca.certificate.not_before())
        ));
    } else if end - now < Duration::days(if ca.is_root() { 365 } else { 90 }) && !followed {
        warnings.push(format!("{name} expires on {day}; {}", rollover(ca)));
    }
    AuthorityView {
        id: ca.record.id.clone(),
        name: name.clone(),
        kind: ca.record.kind.to_string(),
        classes: ca.record.classes.iter().map(|class| class.number()).collect(),
        not_after: rfc3339(end),
        status: ca.status(now),
        crl: match ca.is_elsewhere() {
            true => CrlStandingView::new(standing).of_another(),
            false => CrlStandingView::new(standing),
        },
    }
}

fn rollover(ca: &CaCertificate) -> &'static str {
    if ca.is_elsewhere() {
        "it is another's: ask there what follows it, and make new issuing CAs with cachet ca rollover"
    } else if ca.is_root() {
        "cachet ca rollover --root makes the root that follows it"
    } else {
        "cachet ca rollover --issuing NAME makes the one that follows it"
    }
}

/// No certificate outlives its issuer: tells where those of the usual length can be issued no more.
fn check_terms(
    context: &Context,
    directory: &CaDirectory,
    ledger: &dyn Ledger,
    policies: &PolicySet,
    warnings: &mut Vec<String>,
) -> Result<(), CommandError> {
    let requested = !directory.requests()?.is_empty();
    if requested {
        warnings.push(format!(
            "the requests in {} wait for the answers of the CA above: cachet ca import FILE...",
            directory.path().join("csr").display()
        ));
    }
    for profile in policies.profiles() {
        let ca = match authority::issuing(ledger, profile.class(), context.now()) {
            Ok(ca) => ca,
            Err(error) => {
                let remedy = match error.hints.last() {
                    Some(hint) if !requested => format!("; {hint}"),
                    _ => String::new(),
                };
                warnings.push(format!("{}{remedy}", error.message));
                continue;
            }
        };
        let left = (ca.certificate.not_after() - context.now()).num_days();
        let days = profile.validity().default_days();
        if left < i64::from(days) {
            warnings.push(format!(
                "{} ends in {} days, so that class {} can be issued for {days} days no more: cachet ca rollover --issuing '{}'",
                ca.record.name,
                left.max(0),
                profile.class(),
                profile.issuer()
            ));
        }
    }
    Ok(())
}

fn check_keys(
    directory: &CaDirectory,
    authorities: &[CaCertificate],
    problems: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> Result<(), CommandError> {
    let root_elsewhere = directory.root_dir()?.is_some();
    for ca in authorities {
        let path = directory.key_path(&ca.record.id)?;
        if path.exists() || ca.is_elsewhere() {
            continue;
        }
        if ca.is_root() && root_elsewhere {
            // A stick in a drawer is how it should be.
            continue;
        }
        problems.push(format!(
            "the key of {} is missing: {}",
            ca.record.name,
            path.display()
        ));
    }
    if !root_elsewhere && authorities.iter().any(|ca| ca.is_root() && !ca.is_elsewhere()) {
        warnings.push(
            "the root's key lies beside the issuing CAs' keys: --root-dir of cachet init keeps it elsewhere"
                .to_owned(),
        );
    }
    Ok(())
}

/// Every file that holds a secret is its owner's alone.
fn check_modes(directory: &CaDirectory, problems: &mut Vec<String>) {
    let base = directory.path();
    let mut secrets: Vec<PathBuf> = vec![base.join("unlock"), directory.store().path().to_path_buf()];
    for folder in [
        Some(base.join("keys")),
        Some(base.join("staging")),
        directory.root_dir().ok().flatten(),
    ] {
        let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
        secrets.extend(entries.into_iter().flatten().flatten().map(|entry| entry.path()));
    }
    for path in secrets.iter().map(PathBuf::as_path).chain([base]) {
        let Ok(found) = fs::metadata(path) else { continue };
        if found.mode() & 0o077 != 0 {
            problems.push(format!(
                "{} can be read by others (mode {:03o}): chmod {} {}",
                path.display(),
                found.mode() & 0o777,
                if found.is_dir() { "700" } else { "600" },
                crate::output::shell_quote(&path.display().to_string())
            ));
        }
    }
}

/// A disk that fills up ends issuance and, worse, revocation.
fn check_space(directory: &CaDirectory, problems: &mut Vec<String>) {
    let ledger = directory.store().path().parent().unwrap_or(directory.path());
    let mut seen = Vec::new();
    for path in [directory.path(), ledger] {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        let Ok(disk) = rustix::fs::statvfs(path) else {
            continue;
        };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free < LEAST_SPACE && !seen.contains(&disk.f_fsid) {
            seen.push(disk.f_fsid);
            problems.push(format!(
                "the disk of {} is nearly full: {} KiB are free, {} should be; free some space",
                path.display(),
                free / 1024,
                LEAST_SPACE / 1024
            ));
        }
    }
}

/// Octets; room for the lists of a large CA and for the ledger's journal.
const LEAST_SPACE: u64 = 50 << 20;

fn check_passphrases(
    directory: &CaDirectory,
    ledger: &dyn Ledger,
    warnings: &mut Vec<String>,
) -> Result<(), CommandError> {
    if Path::new(directory.path()).join("unlock").exists() {
        warnings
            .push("the CA is unattended: whoever reads the file unlock has the issuing CAs' keys".to_owned());
    }
    if passphrases::are_one(ledger)? {
        warnings.push("one passphrase protects the root's key and the issuing CAs' keys".to_owned());
    }
    Ok(())
}
