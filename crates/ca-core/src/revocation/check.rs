//! Judging revocation lists: one by itself, against the record, and a newer against an older one.

use crate::ledger::{CrlRecord, Ledger, LedgerError, RevocationQuery, RevocationReason, SerialNumber};
use crate::lint::{Severity, lint_crl};
use chrono::{DateTime, Utc};
use identity::Certificate;
use identity::crl::{CertificateListView, CrlError, Entry};
use identity::digest::sha256;
use std::collections::{HashMap, HashSet};

/// What is to be said about a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrlFinding {
    /// What it is, for programs.
    pub code: &'static str,
    /// Whether the list must not be relied upon, or is worth a look.
    pub severity: Severity,
    /// What it is, for people, with the values.
    pub message: String,
}

/// Why a list could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrlCheckError {
    /// An entry cannot be read.
    #[error(transparent)]
    Malformed(#[from] CrlError),
    /// The record cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Judges a list by itself: its time, and if its authority is known, its signature and every rule.
///
/// # Errors
/// [`CrlCheckError::Malformed`] if an entry cannot be read.
pub fn check_list(
    list: &CertificateListView<'_>,
    authority: Option<&Certificate>,
    now: DateTime<Utc>,
) -> Result<Vec<CrlFinding>, CrlCheckError> {
    let mut findings = Vec::new();
    if list.this_update() > now {
        findings.push(error(
            "crl-not-yet-valid",
            format!("it was made at {}, which is still to come", list.this_update()),
        ));
    }
    if let Some(next) = list.next_update().filter(|next| *next < now) {
        findings.push(error("crl-expired", format!("it was current until {next}")));
    }
    if let Some(authority) = authority
        && let Err(reason) = list.verify_signed_by(authority.public_key())
    {
        let message = format!(
            "the signature is not that of \"{}\": {reason}",
            authority.subject()
        );
        findings.push(error("crl-signature-invalid", message));
    }
    for found in lint_crl(list, authority)? {
        findings.push(CrlFinding {
            code: found.rule,
            severity: found.severity,
            message: format!("{} ({})", found.message, found.citation),
        });
    }
    Ok(findings)
}

/// Judges a list of an authority on record: whether it is the one that was signed last, and holds what is revoked.
///
/// # Errors
/// [`CrlCheckError`].
pub fn check_against_record(
    der: &[u8],
    ledger: &dyn Ledger,
    authority: &str,
) -> Result<Vec<CrlFinding>, CrlCheckError> {
    let list = CertificateListView::from_der(der)?;
    let mut findings = Vec::new();
    let number = list
        .number_hex()
        .and_then(|hex| u64::from_str_radix(&hex, 16).ok());
    let records = ledger.crls(authority, usize::MAX)?;
    let Some(record) = records.iter().find(|record| Some(record.number) == number) else {
        let number = number.map_or_else(|| "no number".to_owned(), |number| format!("number {number}"));
        findings.push(error(
            "crl-not-on-record",
            format!("it has {number}, which no list of {authority} on record has"),
        ));
        return Ok(findings);
    };
    let is_delta = list.delta_base_hex().is_some();
    let signed = record.signature.as_ref();
    let digest = match is_delta {
        true => signed.and_then(|signed| signed.delta_sha256),
        false => signed.map(|signed| signed.sha256),
    };
    if digest != Some(sha256(der)) {
        findings.push(error(
            "crl-not-on-record",
            format!(
                "it has number {}, but is not the list that was signed under it",
                record.number
            ),
        ));
    }
    if let Some(last) = records.first().filter(|last| last.number > record.number) {
        findings.push(error(
            "crl-outdated",
            format!(
                "it has number {}, and number {} was signed since",
                record.number, last.number
            ),
        ));
    }
    let changes = ledger
        .last_revocation_change(authority)?
        .saturating_sub(record.upto);
    if changes > 0 {
        findings.push(error(
            "crl-due",
            format!("{changes} revocations or releases were recorded since it was made"),
        ));
    }
    if !is_delta {
        findings.extend(compare_entries(&list, ledger, authority, record)?);
    }
    Ok(findings)
}

/// Compares two lists of one authority: the newer must have a higher number, and forget nothing that is revoked for good.
///
/// # Errors
/// [`CrlCheckError::Malformed`] if an entry cannot be read.
pub fn compare_lists(
    old: &CertificateListView<'_>,
    new: &CertificateListView<'_>,
) -> Result<Vec<CrlFinding>, CrlCheckError> {
    let mut findings = Vec::new();
    if !old.issuer().matches(new.issuer()) {
        findings.push(error(
            "crl-issuer-differs",
            format!(
                "one is of \"{}\", the other of \"{}\"",
                old.issuer(),
                new.issuer()
            ),
        ));
        return Ok(findings);
    }
    let rank = |list: &CertificateListView<'_>| list.number_hex().map(|hex| (hex.len(), hex));
    match (rank(old), rank(new)) {
        (Some(old), Some(new)) if new <= old => findings.push(error(
            "crl-number-not-higher",
            format!("the newer has number 0x{}, the older 0x{}", new.1, old.1),
        )),
        (Some(_), None) => findings.push(error(
            "crl-number-missing",
            "the newer has no number, and the older has one".to_owned(),
        )),
        _ => {}
    }
    if new.this_update() < old.this_update() {
        findings.push(error(
            "crl-made-earlier",
            format!(
                "the newer was made at {}, before the older at {}",
                new.this_update(),
                old.this_update()
            ),
        ));
    }
    // A delta list tells of what has changed only.
    if new.delta_base_hex().is_none() && old.delta_base_hex().is_none() {
        compare_all_entries(old, new, &mut findings)?;
    }
    Ok(findings)
}

fn compare_all_entries(
    old: &CertificateListView<'_>,
    new: &CertificateListView<'_>,
    findings: &mut Vec<CrlFinding>,
) -> Result<(), CrlCheckError> {
    let mut known: HashMap<&[u8], (Option<u8>, DateTime<Utc>)> = HashMap::new();
    for entry in new.entries() {
        let entry = entry?;
        known.insert(entry.serial, (entry.reason, entry.revocation_date));
    }
    let (mut gone, mut changed) = (Vec::new(), Vec::new());
    for entry in old.entries() {
        let entry = entry?;
        if entry.reason == Some(RevocationReason::CertificateHold.code()) {
            continue;
        }
        match known.get(entry.serial) {
            None => gone.push(text(&entry)),
            Some((reason, date)) if (*reason, *date) != (entry.reason, entry.revocation_date) => {
                changed.push(text(&entry));
            }
            Some(_) => {}
        }
    }
    if !gone.is_empty() {
        findings.push(CrlFinding {
            code: "crl-entry-gone",
            severity: Severity::Warning,
            message: format!(
                "{} revoked certificates are not on the newer list, as only expired ones may be: {}",
                gone.len(),
                first_of(&gone)
            ),
        });
    }
    if !changed.is_empty() {
        findings.push(error(
            "crl-entry-changed",
            format!(
                "{} entries have another reason or date on the newer list: {}",
                changed.len(),
                first_of(&changed)
            ),
        ));
    }
    Ok(())
}

/// Compares a list's entries with what was revoked when it was made.
fn compare_entries(
    list: &CertificateListView<'_>,
    ledger: &dyn Ledger,
    authority: &str,
    record: &CrlRecord,
) -> Result<Vec<CrlFinding>, CrlCheckError> {
    let mut listed = HashSet::new();
    for entry in list.entries() {
        let entry = entry?;
        if let Ok(serial) = SerialNumber::from_be_bytes(entry.serial) {
            listed.insert(serial);
        }
    }
    let query = RevocationQuery {
        issuer: authority,
        upto: record.upto,
        after: None,
    };
    let mut missing = Vec::new();
    ledger.visit_revocations(&query, &mut |revoked| {
        // Those that have expired may have been left out.
        if !listed.remove(&revoked.serial) && revoked.not_after >= list.this_update() {
            missing.push(revoked.serial.to_string());
        }
    })?;
    let mut findings = Vec::new();
    if !missing.is_empty() {
        findings.push(error(
            "crl-entry-missing",
            format!(
                "{} revoked certificates are missing: {}",
                missing.len(),
                first_of(&missing)
            ),
        ));
    }
    if !listed.is_empty() {
        let unknown: Vec<String> = listed.iter().map(ToString::to_string).collect();
        findings.push(error(
            "crl-entry-unknown",
            format!(
                "{} entries are of certificates that are not revoked: {}",
                unknown.len(),
                first_of(&unknown)
            ),
        ));
    }
    Ok(findings)
}

fn error(code: &'static str, message: String) -> CrlFinding {
    CrlFinding {
        code,
        severity: Severity::Error,
        message,
    }
}

fn text(entry: &Entry<'_>) -> String {
    hex::encode(entry.serial).trim_start_matches('0').to_owned()
}

fn first_of(serials: &[String]) -> String {
    let shown: Vec<&str> = serials.iter().take(SHOWN).map(String::as_str).collect();
    let more = if serials.len() > SHOWN { " …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// How many serials a message names.
const SHOWN: usize = 5;
