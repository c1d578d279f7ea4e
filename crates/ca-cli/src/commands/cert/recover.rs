use std::path::PathBuf;

use ca_core::CertificateUsage;
use ca_core::archive::{self, RecoveredKey};
use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger};
use ca_store::atomic::{self, Mode};
use identity::pkcs12::{self, Bag};
use identity::{Certificate, Mailbox};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, ErrorKind, Outcome};
use crate::identities::IdentityArgs;
use crate::lookup;
use crate::output::{json, table};
use crate::p12_password::{P12Password, P12PasswordArgs};
use crate::preset::P12Preset;

/// Give back all archived encryption keys of an address, so that old mail can be read
///
/// The identities are those of the recovery agents whom the policy named when the keys were archived. Keys that sign are
/// never archived. Each recovery goes on record, and a message to the holder is put into the CA's outbox.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  cachet cert recover alice@example.com --out alice-old-keys.p12 --identity agent.p12 --identity-password-file agent.txt"
)]
pub(crate) struct CertRecoverArgs {
    /// The holder's address
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Where to write the P12
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    agents: IdentityArgs,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
    /// How the P12 is protected
    #[arg(long, value_enum, default_value = "modern")]
    p12_preset: P12Preset,
}

#[derive(Serialize)]
struct RecoveryView {
    address: String,
    p12: String,
    /// Where its password is, if it was made here.
    password: Option<String>,
    opened_by: Vec<String>,
    certificates: Vec<RecoveredView>,
    /// Encryption certificates of the address whose keys are not in the archive.
    missing: Vec<String>,
    /// The message that tells the holder.
    notice: String,
}

#[derive(Serialize)]
struct RecoveredView {
    serial: String,
    not_before: String,
    not_after: String,
    status: String,
}

pub(super) fn run(context: &Context, args: &CertRecoverArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let holder = Mailbox::parse(&args.address).map_err(CommandError::bad_input)?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let password_path = args.p12_password.generates().then(|| {
        let mut path = args.out.clone().into_os_string();
        path.push(".password");
        PathBuf::from(path)
    });
    let files = args.p12_preset.files(&args.out);
    for path in files.iter().map(|(path, _)| path).chain(&password_path) {
        atomic::precheck(path, context.overwrite())?;
    }

    let records = encryption_certificates(context, &ledger, &holder)?;
    let agents = args.agents.load(context, false)?;
    let (opened, missing) = open_all(&ledger, &records, &agents, &holder)?;
    let mut opened_by: Vec<String> = opened.iter().flat_map(|(_, key)| key.opened_by.clone()).collect();
    opened_by.sort();
    opened_by.dedup();
    let password = args.p12_password.password(context)?;

    // On record, and told, before anybody has the keys.
    let serials: Vec<String> = opened.iter().map(|(_, key)| key.serial.to_string()).collect();
    let event = AuditEvent::new(
        &context.audit(),
        context.now(),
        AuditAction::KeysRecovered,
        holder.canonical(),
    )
    .with("serials", serials.join(" "))
    .with("agents", opened_by.join("; "));
    ledger.append_audit(&[event])?;
    let notice = directory.post(
        &format!("recovery-{}", context.now().format("%Y%m%d-%H%M%S")),
        notice(
            context,
            directory.mail_from()?.as_deref(),
            &holder,
            &opened_by,
            serials.len(),
        )
        .as_bytes(),
    )?;

    if let (Some(path), P12Password::Generated(secret)) = (&password_path, &password) {
        let line = zeroize::Zeroizing::new(format!("{}\n", secret.as_str()));
        atomic::write(path, line.as_bytes(), Mode::Secret, context.overwrite())?;
        context.ui.note(&format!(
            "the P12's password is in {}; hand it over separately from the P12",
            path.display()
        ));
    }
    let chain = match opened.first() {
        Some((record, _)) => crate::authority::chain(&ledger, &record.intent.authority)?,
        None => Vec::new(),
    };
    let certificates = opened
        .iter()
        .filter_map(|(record, key)| lookup::certificate_of(record).transpose().map(|c| Ok((key, c?))))
        .collect::<Result<Vec<(&RecoveredKey, Certificate)>, CommandError>>()?;
    let bags: Vec<Bag<'_>> = certificates
        .iter()
        .map(|(recovered, certificate)| Bag {
            key: &recovered.key,
            certificate,
        })
        .collect();
    for (path, preset) in files {
        let bytes = pkcs12::write(
            &bags,
            &chain,
            &holder.to_string(),
            password.secret(),
            preset,
            password.iterations(),
        )?;
        atomic::write(&path, &bytes, Mode::Secret, context.overwrite())?;
    }
    report(
        context,
        &RecoveryView {
            address: holder.to_string(),
            p12: args.out.display().to_string(),
            password: password_path.map(|path| path.display().to_string()),
            opened_by,
            certificates: opened.iter().map(|(record, _)| view(context, record)).collect(),
            missing,
            notice: notice.display().to_string(),
        },
    )
}

/// The encryption certificates that were ever issued to an address, newest first.
fn encryption_certificates(
    context: &Context,
    ledger: &dyn Ledger,
    holder: &Mailbox,
) -> Result<Vec<CertificateRecord>, CommandError> {
    let filter = CertificateFilter {
        email: Some(holder.canonical()),
        ..CertificateFilter::default()
    };
    let records: Vec<_> = ledger
        .list(&filter, context.now())?
        .into_iter()
        .filter(|record| record.issued.is_some() && record.intent.usage == CertificateUsage::Encrypt)
        .collect();
    match records.is_empty() {
        true => Err(CommandError::new(
            ErrorKind::NotFound,
            format!("no encryption certificate was ever issued to {holder}"),
        )
        .hint("only keys of --usage pair and --usage encrypt are archived: one that signs never is")
        .hint(format!("cachet cert list --email {holder}"))),
        false => Ok(records),
    }
}

type Opened<'r> = Vec<(&'r CertificateRecord, RecoveredKey)>;

/// Opens the archived keys; also returns the serials of those that are not archived.
fn open_all<'r>(
    ledger: &dyn Ledger,
    records: &'r [CertificateRecord],
    agents: &[identity::identity::Identity],
    holder: &Mailbox,
) -> Result<(Opened<'r>, Vec<String>), CommandError> {
    let (mut opened, mut missing) = (Vec::new(), Vec::new());
    for record in records {
        match ledger.archived_keys(&[*record.serial()])?.first() {
            Some(archived) => opened.push((record, archive::open(archived, agents)?)),
            None => missing.push(record.serial().to_string()),
        }
    }
    match opened.is_empty() {
        true => Err(CommandError::new(
            ErrorKind::NotFound,
            format!("no key of {holder} is in the archive"),
        )
        .hint("a policy must ask for it before a certificate is issued: see \"archive\" in docs/policy.md")),
        false => Ok((opened, missing)),
    }
}

fn view(context: &Context, record: &CertificateRecord) -> RecoveredView {
    let moment = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    RecoveredView {
        serial: record.serial().to_string(),
        not_before: moment(record.intent.not_before),
        not_after: moment(record.intent.not_after),
        status: record.status(context.now()).as_str().to_owned(),
    }
}

/// The message to the holder.
fn notice(
    context: &Context,
    from: Option<&str>,
    holder: &Mailbox,
    agents: &[String],
    count: usize,
) -> String {
    let now = context.now();
    // A name on a line of its own, whatever the certificate says.
    let agents = agents.join("; ").replace(char::is_control, " ");
    // Until the CA has an address, nobody's (RFC 2606).
    let from = from.unwrap_or("no-reply@ca.invalid");
    let date = now.to_rfc2822();
    let day = now.format("%Y-%m-%d %H:%M UTC");
    format!(
        "From: Certificate authority <{from}>\r\nTo: {holder}\r\nDate: {date}\r\n\
         Subject: Your encryption keys were recovered\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         Archived keys of {holder} ({count}), which open mail that was encrypted to you, were recovered on {day}\r\n\
         by {agents}.\r\n\
         If you did not ask for it, tell the certificate authority.\r\n\r\n\
         Les clés archivées de {holder} ({count}), qui ouvrent le courrier chiffré à votre intention, ont été\r\n\
         récupérées le {day} par {agents}.\r\n\
         Si vous ne l'avez pas demandé, prévenez l'autorité de certification.\r\n"
    )
}

fn report(context: &Context, view: &RecoveryView) -> Result<Outcome, CommandError> {
    let text = match context.is_json() {
        true => json::acted("recovered", view),
        false => {
            let keys: Vec<String> = view
                .certificates
                .iter()
                .map(|one| format!("{} ({}, until {})", one.serial, one.status, one.not_after))
                .collect();
            table::facts([
                ("Address", view.address.clone()),
                ("Keys", keys.join("\n")),
                ("Not archived", view.missing.join("\n")),
                ("Opened by", view.opened_by.join("\n")),
                ("P12", view.p12.clone()),
                ("Password", view.password.clone().unwrap_or_default()),
                ("Told in", view.notice.clone()),
            ])
        }
    };
    context.ui.result(&text)?;
    Ok(Outcome::Done)
}
