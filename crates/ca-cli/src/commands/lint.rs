use std::path::PathBuf;

use ca_core::lint::{Finding, LintContext, lint_certificate};
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};

/// Check certificates against RFC 5280 and the rules of S/MIME
///
/// Exit code 4 means that a rule is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet lint alice@example.com.crt")]
pub(crate) struct LintArgs {
    /// The certificates: PEM, DER or p7b
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct FindingView {
    file: String,
    subject: String,
    severity: String,
    rule: &'static str,
    message: String,
    citation: &'static str,
}

pub(super) fn run(context: &Context, args: &LintArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let mut views = Vec::new();
    let (mut count, mut broken) = (0, false);
    for file in &args.files {
        let certificates = context.certificates(file)?;
        for certificate in &certificates {
            // A chain in the same file knows the issuer.
            let issuer = certificates
                .iter()
                .find(|other| *other != certificate && other.subject().matches(certificate.issuer()));
            let found = lint_certificate(
                certificate,
                &LintContext {
                    issuer,
                    profile: None,
                },
            );
            count += 1;
            broken |= found.iter().any(Finding::is_error);
            views.extend(found.into_iter().map(|finding| FindingView {
                file: file.display().to_string(),
                subject: certificate.subject().to_string(),
                severity: finding.severity.to_string(),
                rule: finding.rule,
                message: finding.message,
                citation: finding.citation,
            }));
        }
    }
    if context.is_json() {
        context.ui.result(&json::document(&views))?;
    } else if views.is_empty() {
        context
            .ui
            .progress(&format!("nothing to remark on {count} certificates"));
    } else {
        context.ui.result(&table::list(
            ["FILE", "SEVERITY", "RULE", "WHAT", "SEE"],
            views.into_iter().map(|view| {
                [
                    view.file,
                    view.severity,
                    view.rule.to_owned(),
                    view.message,
                    view.citation.to_owned(),
                ]
            }),
        ))?;
    }
    Ok(Outcome::from_verdict(!broken))
}
