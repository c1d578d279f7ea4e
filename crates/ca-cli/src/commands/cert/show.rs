use ca_core::enrolment::{EnrolmentRecord, RequestFilter};
use ca_core::ledger::{CertificateRecord, Intent, Ledger};
use identity::Certificate;
use serde::Serialize;

use crate::authority;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::lookup::{self, Found};
use crate::output::certificate::CertificateView;
use crate::output::record::RecordView;
use crate::output::{json, rfc3339, table};

/// Show one certificate and what is on record about it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet cert show alice@example.com")]
pub(crate) struct CertShowArgs {
    /// Its serial, its address (the newest certificate is shown) or its file
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    record: RecordView,
    issuer: Option<String>,
    authority: String,
    policy_oid: String,
    policy_sha256: String,
    recorded_at: String,
    acted_at: String,
    handed_out_at: Option<String>,
    /// The request that it came of.
    request: Option<String>,
    /// The officers who agreed to the request, or who recorded evidence for it.
    officers: Vec<String>,
    can_sign: bool,
    can_encrypt: bool,
    revoked_at: Option<String>,
    revocation_reason: Option<String>,
    /// Subjects, this certificate's first.
    chain: Vec<String>,
    certificate: Option<CertificateView>,
}

pub(super) fn run(context: &Context, args: &CertShowArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    match lookup::find(context, &args.id)? {
        Found::OnRecord(record) => show_record(context, &record, &context.ledger(&context.directory()?)?),
        Found::Elsewhere(certificate) => {
            let view = CertificateView::new(&certificate);
            context.ui.note("this certificate is not on record here");
            context.ui.result(&if context.is_json() {
                json::document(&view)
            } else {
                view.table()
            })?;
            Ok(Outcome::Done)
        }
    }
}

fn show_record(
    context: &Context,
    record: &CertificateRecord,
    ledger: &dyn Ledger,
) -> Result<Outcome, CommandError> {
    let certificate = lookup::certificate_of(record)?;
    let intent = &record.intent;
    let mut chain = authority::chain(ledger, &intent.authority)?;
    chain.splice(0..0, certificate.clone());
    let revocation = record.revocation.as_ref();
    let request = request_of(ledger, record)?;
    let report = Report {
        record: RecordView::new(record, context.now()),
        issuer: certificate
            .as_ref()
            .map(|certificate| certificate.issuer().to_string()),
        authority: intent.authority.clone(),
        policy_oid: intent.policy_oid.clone(),
        policy_sha256: hex::encode(intent.policy_sha256),
        recorded_at: rfc3339(intent.created_at),
        acted_at: rfc3339(intent.acted_at),
        handed_out_at: record.collected_at.map(rfc3339),
        request: request.as_ref().map(|request| request.id.to_string()),
        officers: request
            .as_ref()
            .map(EnrolmentRecord::officers)
            .unwrap_or_default(),
        can_sign: intent.usage.signs(),
        can_encrypt: intent.usage.encrypts(),
        revoked_at: revocation.map(|revocation| rfc3339(revocation.at)),
        revocation_reason: revocation.map(|revocation| revocation.reason.to_string()),
        chain: chain
            .iter()
            .map(|certificate| certificate.subject().to_string())
            .collect(),
        certificate: certificate.as_ref().map(CertificateView::new),
    };
    context.ui.result(&if context.is_json() {
        json::document(&report)
    } else {
        drawn(&report, intent, &chain)
    })?;
    Ok(Outcome::Done)
}

/// Finds the request that a certificate came of.
fn request_of(
    ledger: &dyn Ledger,
    record: &CertificateRecord,
) -> Result<Option<EnrolmentRecord>, CommandError> {
    let filter = RequestFilter {
        email: record.intent.emails.first().cloned(),
        ..RequestFilter::default()
    };
    Ok(ledger
        .requests(&filter)?
        .into_iter()
        .find(|request| request.made(record)))
}

/// Draws a certificate for people: what they ask first, its chain, then everything else that it says.
fn drawn(report: &Report, intent: &Intent, chain: &[Certificate]) -> String {
    let evidence: Vec<String> = report
        .record
        .evidence
        .iter()
        .map(|evidence| evidence.line())
        .collect();
    let who = match intent.name.as_str() {
        "" => report.record.emails.join("\n"),
        name => format!("{name}\n{}", report.record.emails.join("\n")),
    };
    let can = match (report.can_sign, report.can_encrypt) {
        (true, true) => "sign, and be encrypted to",
        (true, false) => "sign",
        (false, _) => "be encrypted to",
    };
    let status = match (&report.revoked_at, &report.revocation_reason) {
        (Some(at), Some(reason)) => format!("{}, from {at} on ({reason})", report.record.status),
        _ => report.record.status.clone(),
    };
    let issuer = chain
        .iter()
        .find(|certificate| certificate.is_ca())
        .and_then(|certificate| certificate.subject().common_name())
        .unwrap_or(&report.authority);
    let mut by_whom = vec![format!("{issuer}, class {}", report.record.class)];
    if let Some(request) = &report.request {
        let officers = report.officers.join(", ");
        by_whom.push(format!("request {request}, checked by {officers}"));
    }
    let first = table::facts([
        ("Who", who),
        ("Proved how", evidence.join("\n")),
        ("By whom", by_whom.join("\n")),
        (
            "Valid",
            format!("{} to {}", report.record.not_before, report.record.not_after),
        ),
        ("Can", can.to_owned()),
        ("Status", status),
        (
            "Fingerprint",
            report
                .certificate
                .as_ref()
                .map(CertificateView::fingerprint)
                .unwrap_or_default(),
        ),
        ("Chain", tree(chain)),
    ]);
    let last = table::facts([
        ("Usage", report.record.usage.clone()),
        ("Policy", report.policy_oid.clone()),
        ("Renews", report.record.renews.clone().unwrap_or_default()),
        ("Recorded", report.recorded_at.clone()),
        (
            "Handed out",
            report
                .handed_out_at
                .clone()
                .unwrap_or_else(|| "not yet".to_owned()),
        ),
    ]);
    let certificate = match &report.certificate {
        Some(view) => view.table(),
        None => table::facts([
            ("Subject", report.record.subject.clone()),
            ("Serial", report.record.serial.clone()),
        ]),
    };
    format!("{first}\n{certificate}\n{last}")
}

/// The chain from the root down, each certificate below its issuer.
fn tree(chain: &[Certificate]) -> String {
    let lines = chain.iter().rev().enumerate().map(|(depth, certificate)| {
        let subject = certificate.subject();
        let name = subject
            .common_name()
            .map_or_else(|| subject.to_string(), str::to_owned);
        let until: String = rfc3339(certificate.not_after()).chars().take(10).collect();
        let branch = match depth {
            0 => String::new(),
            depth => format!("{}└─ ", "   ".repeat(depth - 1)),
        };
        format!("{branch}{name}, until {until}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
