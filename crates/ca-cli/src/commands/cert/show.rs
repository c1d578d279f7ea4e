use ca_core::ledger::CertificateRecord;
use serde::Serialize;

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
    certificate: Option<CertificateView>,
}

pub(super) fn run(context: &Context, args: &CertShowArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    match lookup::find(context, &args.id)? {
        Found::OnRecord(record) => show_record(context, &record),
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

fn show_record(context: &Context, record: &CertificateRecord) -> Result<Outcome, CommandError> {
    let certificate = lookup::certificate_of(record)?.map(|certificate| CertificateView::new(&certificate));
    let intent = &record.intent;
    let report = Report {
        record: RecordView::new(record, context.now()),
        issuer: certificate.as_ref().map(|view| view.issuer.clone()),
        authority: intent.authority.clone(),
        policy_oid: intent.policy_oid.clone(),
        policy_sha256: hex::encode(intent.policy_sha256),
        recorded_at: rfc3339(intent.created_at),
        acted_at: rfc3339(intent.acted_at),
        handed_out_at: record.collected_at.map(rfc3339),
        certificate,
    };
    if context.is_json() {
        context.ui.result(&json::document(&report))?;
        return Ok(Outcome::Done);
    }
    let evidence: Vec<String> = report
        .record
        .evidence
        .iter()
        .map(|evidence| evidence.line())
        .collect();
    let text = table::facts([
        ("Class", report.record.class.to_string()),
        ("Status", report.record.status.clone()),
        ("Usage", report.record.usage.clone()),
        ("Evidence", evidence.join("\n")),
        ("Policy", report.policy_oid.clone()),
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
            ("Addresses", report.record.emails.join("\n")),
            ("Serial", report.record.serial.clone()),
        ]),
    };
    context.ui.result(&format!("{certificate}\n{text}"))?;
    Ok(Outcome::Done)
}
