use std::path::{Path, PathBuf};

use ca_core::lint::{Finding, LintContext, lint_certificate, lint_crl};
use identity::crl::CertificateListView;
use serde::Serialize;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::{json, table};
use crate::revocation_list;

/// Check certificates and revocation lists against RFC 5280 and the rules of S/MIME
///
/// Exit code 4 means that a rule is broken.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  cachet lint alice@example.com.crt")]
pub(crate) struct LintArgs {
    /// The certificates (PEM, DER or p7b) and revocation lists (PEM or DER)
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

impl FindingView {
    fn all(file: &Path, subject: &str, findings: Vec<Finding>) -> impl Iterator<Item = Self> {
        findings.into_iter().map(move |finding| Self {
            file: file.display().to_string(),
            subject: subject.to_owned(),
            severity: finding.severity.to_string(),
            rule: finding.rule,
            message: finding.message,
            citation: finding.citation,
        })
    }
}

/// Returns the name of a list's authority and what is wrong with the list.
fn lint_list(der: &[u8]) -> Result<(String, Vec<Finding>), CommandError> {
    let list = CertificateListView::from_der(der).map_err(CommandError::bad_input)?;
    let findings = lint_crl(&list, None).map_err(CommandError::bad_input)?;
    Ok((list.issuer().to_string(), findings))
}

pub(super) fn run(context: &Context, args: &LintArgs) -> Result<Outcome, CommandError> {
    context.no_csv()?;
    let mut views = Vec::new();
    let (mut count, mut broken) = (0, false);
    for file in &args.files {
        if let Some(list) = revocation_list::of_file(file)? {
            let found = lint_list(&list).map_err(|error| error.context(file.display()))?;
            count += 1;
            broken |= found.1.iter().any(Finding::is_error);
            views.extend(FindingView::all(file, &found.0, found.1));
            continue;
        }
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
            views.extend(FindingView::all(file, &certificate.subject().to_string(), found));
        }
    }
    if context.is_json() {
        context.ui.result(&json::document(&views))?;
    } else if views.is_empty() {
        context
            .ui
            .progress(&format!("nothing to remark on {count} certificates and lists"));
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
