//! What stands already: certificates on record, and their files.

use ca_core::admission::Approved;
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger};
use ca_store::atomic;
use chrono::{DateTime, Utc};
use identity::{Certificate, Mailbox, pem};

use crate::context::{Context, FILE_LIMIT};
use crate::error::CommandError;
use crate::issuance::names::Names;

/// Finds the certificates that stand in the way, or make a new one needless: one for each usage.
pub(crate) fn existing(
    ledger: &dyn Ledger,
    approved: &Approved,
    now: DateTime<Utc>,
) -> Result<Vec<CertificateRecord>, CommandError> {
    let mut found: Vec<CertificateRecord> = Vec::new();
    for usage in approved.certificates() {
        for email in approved.emails() {
            let filter = CertificateFilter {
                email: Some(email.canonical()),
                class: Some(approved.class()),
                ..CertificateFilter::default()
            };
            // An interrupted issuance is finished, not refused.
            let live = ledger.list(&filter, now)?.into_iter().find(|record| {
                record.intent.usage == *usage && record.is_live(now) && record.collected_at.is_some()
            });
            if let Some(record) = live {
                found.push(record);
                break;
            }
        }
    }
    Ok(found)
}

/// Finds the certificates of the first address that have ended.
pub(crate) fn ended(
    ledger: &dyn Ledger,
    approved: &Approved,
    now: DateTime<Utc>,
) -> Result<Vec<CertificateRecord>, CommandError> {
    let filter = CertificateFilter {
        email: approved.emails().first().map(Mailbox::canonical),
        ..CertificateFilter::default()
    };
    let all = ledger.list(&filter, now)?;
    Ok(all.into_iter().filter(|record| !record.is_live(now)).collect())
}

/// Moves the files of a certificate that is renewed aside: its key still opens old mail.
pub(crate) fn keep_old_files(
    context: &Context,
    names: &Names,
    old: &[CertificateRecord],
) -> Result<(), CommandError> {
    let standing: Vec<Certificate> = names
        .certificates
        .iter()
        .filter_map(|path| atomic::read(path, FILE_LIMIT).ok())
        .filter_map(|bytes| pem::certificates(&bytes).ok())
        .flatten()
        .collect();
    let stands = |record: &&CertificateRecord| {
        standing
            .iter()
            .any(|found| record.certificate() == Some(found.der()))
    };
    let Some(serial) = old
        .iter()
        .find(stands)
        .map(|record| record.intent.serial.to_string())
    else {
        return Ok(());
    };
    let mark: String = serial.chars().take(8).collect();
    for path in names.all().filter(|path| path.exists()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let aside = path.with_file_name(format!("old-{mark}-{name}"));
        atomic::rename_new(path, &aside)?;
        context
            .ui
            .note(&format!("{} is kept as {}", path.display(), aside.display()));
    }
    Ok(())
}
