use std::path::PathBuf;

use ca_core::audit::{AuditAction, AuditEvent};
use ca_core::enrolment::{Language, RequestFilter};
use ca_core::ledger::{CertificateFilter, CertificateRecord, Ledger, NoticeRecord, Status};
use ca_core::notice::{Ending, ExpiryNotice, is_due};
use ca_store::atomic::{self, Mode, Overwrite};
use chrono::{DateTime, Duration, Utc};
use identity::Mailbox;
use serde::Serialize;

use crate::authority;
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{CommandError, Outcome};
use crate::output::{json, rfc3339, table};

/// Write notices of expiry: ready messages, and entries for calendars
///
/// For each certificate that ends within the time, of people and of the CA itself, a message (.eml) and a calendar entry
/// (.ics) are written; nothing is sent. A notice is given once for each certificate and period, so that the command can
/// run every day. A certificate that another has taken the place of is passed over.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert notify --expires-within 30d --from ca@example.com")]
pub(crate) struct CertNotifyArgs {
    /// The period of notice, such as 30d
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    expires_within: Duration,
    /// The address that the messages come from
    #[arg(long, value_name = "ADDRESS", required = true)]
    from: String,
    /// Who is told of CA certificates [default: the From address]
    #[arg(long, value_name = "ADDRESS")]
    operator: Option<String>,
    /// The language: en or fr [default: that of the holder's request, else en]
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<Language>,
    /// The directory for the files [default: DIR/outbox]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct NoticeView {
    /// A serial, or the identifier of a CA.
    subject: String,
    /// `identity` or `authority`.
    kind: &'static str,
    to: Vec<String>,
    not_after: String,
    language: String,
    message: String,
    calendar: String,
}

/// What ends, as this command needs it.
struct Due {
    subject: String,
    /// The CA's name; `None` for a person's certificate.
    name: Option<String>,
    to: Vec<String>,
    /// As the holder chose it with his request.
    language: Option<Language>,
    not_after: DateTime<Utc>,
}

pub(super) fn run(context: &Context, args: &CertNotifyArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let directory = context.directory()?;
    let ledger = context.ledger(&directory)?;
    let from = Mailbox::parse(&args.from).map_err(CommandError::bad_input)?;
    let operator = args.operator.as_deref().unwrap_or(&args.from);
    let operator = Mailbox::parse(operator).map_err(CommandError::bad_input)?;
    let mut due = identities(context, args, &ledger)?;
    due.extend(authorities(context, args, &ledger, &operator)?);
    let out = match &args.out {
        Some(out) => {
            atomic::create_public_directory(out)?;
            out.clone()
        }
        None => {
            let out = directory.path().join("outbox");
            atomic::create_private_directory(&out)?;
            out
        }
    };
    let all = authority::of_ledger(&ledger)?;
    let signed_by = authority::root(&all)?.record.name.clone();
    let mut views = Vec::new();
    for one in &due {
        let language = args.language.or(one.language).unwrap_or_default();
        let ending = match &one.name {
            Some(name) => Ending::Authority(name),
            None => Ending::Identity(&one.to),
        };
        let notice = ExpiryNotice {
            ending,
            subject: &one.subject,
            not_after: one.not_after,
            authority: &signed_by,
            language,
        };
        let to = one
            .to
            .iter()
            .map(|address| Mailbox::parse(address))
            .collect::<Result<Vec<_>, _>>()
            .map_err(CommandError::bad_input)?;
        let id = format!("{}-{}", one.subject, period(args.expires_within));
        let message = out.join(format!("expiry-{id}.eml"));
        let calendar = out.join(format!("expiry-{id}.ics"));
        let now = context.now();
        // Files before the record: a notice that was not recorded is written again, one that is recorded exists.
        let entry = notice.calendar(now);
        atomic::write(&calendar, entry.as_bytes(), Mode::Public, Overwrite::Replace)?;
        let raw = notice.message(&from, &to, &id, now);
        atomic::write(&message, &raw, Mode::Public, Overwrite::Replace)?;
        record(context, args, &ledger, one)?;
        views.push(NoticeView {
            subject: one.subject.clone(),
            kind: if one.name.is_some() {
                "authority"
            } else {
                "identity"
            },
            to: one.to.clone(),
            not_after: rfc3339(one.not_after),
            language: language.to_string(),
            message: message.display().to_string(),
            calendar: calendar.display().to_string(),
        });
    }
    if context.is_json() {
        context.ui.result(&json::each_acted("written", &views))?;
    } else {
        context.ui.result(&table::list(
            ["UNTIL", "TO", "MESSAGE"],
            views.into_iter().map(|view| {
                [
                    view.not_after.chars().take(10).collect(),
                    view.to.join(" "),
                    view.message,
                ]
            }),
        ))?;
    }
    Ok(Outcome::Done)
}

fn record(
    context: &Context,
    args: &CertNotifyArgs,
    ledger: &dyn Ledger,
    due: &Due,
) -> Result<(), CommandError> {
    let audit = context.audit();
    let event = AuditEvent::new(&audit, context.now(), AuditAction::NoticeGiven, &due.subject)
        .with("period", period(args.expires_within));
    let record = NoticeRecord {
        subject: due.subject.clone(),
        period: u64::try_from(args.expires_within.num_seconds()).unwrap_or_default(),
        created_at: audit.real_time,
        acted_at: context.now(),
    };
    Ok(ledger.record_notices(&[record], &[event])?)
}

/// Finds the certificates of people that end within the period, oldest first, and that nothing has replaced.
fn identities(
    context: &Context,
    args: &CertNotifyArgs,
    ledger: &dyn Ledger,
) -> Result<Vec<Due>, CommandError> {
    let now = context.now();
    let Some(by) = now.checked_add_signed(args.expires_within) else {
        return Ok(Vec::new());
    };
    let filter = CertificateFilter {
        status: Some(Status::Valid),
        expires_by: Some(by),
        people_only: true,
        ..CertificateFilter::default()
    };
    let mut due = Vec::new();
    for record in ledger.list(&filter, now)?.into_iter().rev() {
        let (subject, not_after) = (record.serial().to_string(), record.intent.not_after);
        if is_due(not_after, now, args.expires_within, &ledger.notices(&subject)?)
            && !is_replaced(context, ledger, &record)?
        {
            due.push(Due {
                subject,
                name: None,
                language: language(ledger, &record)?,
                to: record.intent.emails,
                not_after,
            });
        }
    }
    Ok(due)
}

/// Finds the language of the request that a certificate came of, if it came of one.
fn language(ledger: &dyn Ledger, record: &CertificateRecord) -> Result<Option<Language>, CommandError> {
    let filter = RequestFilter {
        email: record.intent.emails.first().cloned(),
        ..RequestFilter::default()
    };
    let requests = ledger.requests(&filter)?;
    Ok(requests
        .iter()
        .find(|request| request.made(record))
        .map(|request| request.language))
}

/// Tells whether the holder has a later certificate for the same use.
fn is_replaced(
    context: &Context,
    ledger: &dyn Ledger,
    record: &CertificateRecord,
) -> Result<bool, CommandError> {
    let Some(email) = record.intent.emails.first() else {
        return Ok(false);
    };
    let filter = CertificateFilter {
        email: Some(email.clone()),
        class: Some(record.intent.class),
        status: Some(Status::Valid),
        ..CertificateFilter::default()
    };
    Ok(ledger.list(&filter, context.now())?.iter().any(|other| {
        other.intent.usage == record.intent.usage
            && other.intent.not_after > record.intent.not_after
            && record
                .intent
                .emails
                .iter()
                .all(|email| other.intent.emails.contains(email))
    }))
}

/// Finds the CA certificates that end within the period and that no newer CA stands in for.
fn authorities(
    context: &Context,
    args: &CertNotifyArgs,
    ledger: &dyn Ledger,
    operator: &Mailbox,
) -> Result<Vec<Due>, CommandError> {
    let now = context.now();
    let all = authority::of_ledger(ledger)?;
    let mut due = Vec::new();
    for ca in &all {
        let not_after = ca.certificate.not_after();
        let given = ledger.notices(&ca.record.id)?;
        if is_due(not_after, now, args.expires_within, &given) && !authority::is_followed(ca, &all, now) {
            due.push(Due {
                subject: ca.record.id.clone(),
                name: Some(ca.record.name.clone()),
                language: None,
                to: vec![operator.canonical()],
                not_after,
            });
        }
    }
    Ok(due)
}

/// Names a period as its users do.
fn period(length: Duration) -> String {
    match (length.num_hours(), length.num_days()) {
        (hours, days) if hours == days * 24 => format!("{days}d"),
        (hours, _) => format!("{hours}h"),
    }
}
