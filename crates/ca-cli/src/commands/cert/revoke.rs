use std::path::PathBuf;

use ca_core::enrolment::Desk;
use ca_core::ledger::{Ledger, LedgerError, RevocationReason};
use ca_core::request::Class;
use ca_core::revocation::{Authorisation, RevocationOrder, Revoker};
use chrono::{DateTime, Utc};
use identity::Passphrase;
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::crl::PublishedView;
use crate::output::{json, rfc3339, table};
use crate::publishing::{Publisher, Wanted};
use crate::withdrawal::{Change, Selection, Target, Targets};

/// Revoke certificates, for good or until they are released from a hold
///
/// A certificate is named by serial, by address or by file; an authority of this CA by its identifier or its
/// certificate's file. An address with several valid certificates needs --all. What will be revoked is listed before
/// the question. The authority's revocation list is made anew at once if its key can be unlocked. An authority that is
/// revoked issues nothing any more; its identifier stands for all certificates of its key, that of a cross-certificate for
/// this one alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert revoke alice@example.com --reason key-compromise")]
pub(crate) struct CertRevokeArgs {
    /// Serials, addresses, certificate files or identifiers of authorities
    #[arg(value_name = "ID", required_unless_present_any = ["class", "roster"])]
    ids: Vec<String>,
    /// Revoke every valid certificate of this class: 1, 2 or 3
    #[arg(long, value_name = "N")]
    class: Option<Class>,
    /// Revoke every valid certificate of the addresses in the column `email` of a CSV file
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Why: unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation,
    /// certificate-hold (until released), privilege-withdrawn, aa-compromise; remove-from-crl releases from a hold
    #[arg(long, value_name = "REASON", default_value = "unspecified", value_parser = parse_change)]
    reason: Change,
    /// Since when the key may have been known to others, or the certificate not been right
    #[arg(long, value_name = "RFC3339", value_parser = parse_moment)]
    invalidity_date: Option<DateTime<Utc>>,
    /// Revoke all valid certificates of an address
    #[arg(long)]
    all: bool,
    /// Revoke on the holder's word: a file whose first line is the passphrase chosen with the request; nothing is
    /// asked then
    #[arg(long, value_name = "FILE", conflicts_with_all = ["class", "roster"])]
    holder_passphrase_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    action: &'static str,
    reason: Option<&'static str>,
    at: String,
    invalidity_date: Option<String>,
    certificates: Vec<CertificateView>,
    authorities: Vec<String>,
    /// What became of the lists of those who issued them.
    crls: Vec<PublishedView>,
}

#[derive(Serialize)]
struct CertificateView {
    serial: String,
    class: u8,
    subject: String,
    emails: Vec<String>,
    status: &'static str,
}

pub(super) fn run(context: &Context, args: &CertRevokeArgs) -> Result<Outcome, CommandError> {
    let selection = Selection {
        ids: &args.ids,
        class: args.class,
        roster: args.roster.as_deref(),
        all: args.all,
    };
    let holder = args
        .holder_passphrase_file
        .as_deref()
        .map(|file| context.secret_file(file, "holder's passphrase"))
        .transpose()?;
    change(
        context,
        &selection,
        args.reason,
        args.invalidity_date,
        holder.as_ref(),
    )
}

/// Finds, lists, asks, records and publishes.
pub(super) fn change(
    context: &Context,
    selection: &Selection<'_>,
    change: Change,
    invalidity_date: Option<DateTime<Utc>>,
    holder: Option<&Passphrase>,
) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let now = context.now();
    let targets = selection.find(context, &ledger, change)?;
    list(context, &targets, change);
    let authorisation = match holder {
        Some(passphrase) => hear_holder(context, &ledger, &targets, change, passphrase)?,
        None => Authorisation::Operator,
    };
    let revoker = Revoker::new(&ledger, context.audit());
    let mut issuers = targets.issuers();
    match change {
        // What a release does can be undone.
        Change::Release => revoker.release(&targets.serials(), now)?,
        Change::Revoke(reason) => {
            let question = match reason {
                RevocationReason::CertificateHold => format!("Put {} on hold?", targets.count()),
                _ => format!("Revoke {}, for {reason}? This cannot be undone.", targets.count()),
            };
            // The holder has said it with his passphrase.
            if authorisation == Authorisation::Operator {
                context.confirm(&question, "nothing was revoked")?;
            }
            let order = RevocationOrder {
                reason,
                invalidity_date,
                authorisation,
            };
            revoker.revoke(&targets.serials(), order, now)?;
            for id in &targets.authorities {
                issuers.extend(revoker.revoke_authority(id, order, now)?);
            }
        }
    }
    // It is on record: whatever happens to the list must not look as if it were not.
    let crls = Publisher::new(context, &directory, &ledger)
        .and_then(|publisher| publisher.publish(Wanted::Of(&issuers), None))
        .map_err(|error| {
            error
                .context(format!(
                    "{} on record, but the revocation list was not made",
                    change.done()
                ))
                .hint("cachet crl publish")
        })?
        .into_iter()
        .filter(|view| issuers.contains(&view.id))
        .collect();
    report(context, targets, change, invalidity_date, crls)
}

/// Takes the holder's word for each of the certificates.
fn hear_holder(
    context: &Context,
    ledger: &dyn Ledger,
    targets: &Targets,
    change: Change,
    passphrase: &Passphrase,
) -> Result<Authorisation, CommandError> {
    if matches!(change, Change::Release) || !targets.authorities.is_empty() {
        return Err(CommandError::usage(
            "a holder's passphrase revokes certificates of his own: it releases none from a hold and revokes no authority",
        ));
    }
    let desk = Desk::new(ledger, context.audit(), context.now());
    for serial in targets.serials() {
        let record = ledger
            .certificate(&serial)?
            .ok_or(LedgerError::UnknownSerial { serial })?;
        desk.hear_holder(&record, passphrase)?;
    }
    Ok(Authorisation::Holder)
}

fn report(
    context: &Context,
    targets: Targets,
    change: Change,
    invalidity_date: Option<DateTime<Utc>>,
    crls: Vec<PublishedView>,
) -> Result<Outcome, CommandError> {
    let (action, reason, status) = match change {
        Change::Revoke(RevocationReason::CertificateHold) => ("held", Some("certificate-hold"), "held"),
        Change::Revoke(reason) => ("revoked", Some(reason.as_str()), "revoked"),
        Change::Release => ("released", None, "valid"),
    };
    let report = Report {
        action,
        reason,
        at: rfc3339(context.now()),
        invalidity_date: invalidity_date.map(rfc3339),
        certificates: targets
            .certificates
            .into_iter()
            .map(|target| CertificateView {
                serial: target.serial.to_string(),
                class: target.class.number(),
                subject: target.subject,
                emails: target.emails,
                status,
            })
            .collect(),
        authorities: targets.authorities,
        crls,
    };
    if context.is_json() {
        context.ui.result(&json::document(&report))?;
        return Ok(Outcome::Done);
    }
    let mut text = table::list(
        ["SERIAL", "CLASS", "ADDRESS", "STATUS"],
        report.certificates.into_iter().map(|certificate| {
            [
                certificate.serial,
                certificate.class.to_string(),
                certificate.emails.join(" "),
                certificate.status.to_owned(),
            ]
        }),
    );
    for id in &report.authorities {
        text.push_str(&format!("{id}  {status}\n"));
    }
    text.push('\n');
    text.push_str(&PublishedView::table(&report.crls));
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}

/// Lists what is about to change, to whoever is asked.
fn list(context: &Context, targets: &Targets, change: Change) {
    let ui = &context.ui;
    ui.progress(&format!("{}: {}", change.intent(), targets.count()));
    for target in targets.certificates.iter().take(SHOWN) {
        let Target { serial, class, .. } = target;
        ui.progress(&format!("  {serial}  class {class}  {}", target.emails.join(" ")));
    }
    if let Some(more) = targets
        .certificates
        .len()
        .checked_sub(SHOWN)
        .filter(|more| *more > 0)
    {
        ui.progress(&format!("  and {more} more"));
    }
    for (id, count) in targets.authorities.iter().zip(&targets.of_authorities) {
        ui.progress(&match count {
            1 => format!("  the authority {id}"),
            count => format!("  the authority {id}: {count} certificates of its key"),
        });
    }
}

fn parse_change(text: &str) -> Result<Change, String> {
    if text == REMOVE_FROM_CRL {
        return Ok(Change::Release);
    }
    text.parse()
        .map(Change::Revoke)
        .map_err(|error| format!("{error}, {REMOVE_FROM_CRL}"))
}

fn parse_moment(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.with_timezone(&Utc))
        .map_err(|error| format!("{error}; write a moment as 2026-09-01T08:00:00Z"))
}

/// How many certificates are listed before the question.
const SHOWN: usize = 20;
const REMOVE_FROM_CRL: &str = "remove-from-crl";
