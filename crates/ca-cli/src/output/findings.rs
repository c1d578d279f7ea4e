//! Findings of a verification, as `cert verify` and `mail verify` list them.

use serde::Serialize;
use smime::report::Finding;

use crate::output::table;

/// One observation.
#[derive(Serialize)]
pub(crate) struct FindingView {
    pub(crate) code: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signer: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<usize>,
}

impl FindingView {
    pub(crate) fn new(finding: &Finding) -> Self {
        Self {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            message: finding.message.clone(),
            signer: finding.signer,
            layer: finding.layer,
        }
    }
}

/// Lists findings for people; empty if there are none.
pub(crate) fn table(findings: &[FindingView]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let rows = findings.iter().map(|finding| {
        [
            finding.severity.to_owned(),
            finding.code.to_owned(),
            finding.message.clone(),
        ]
    });
    format!("\n{}", table::list(["SEVERITY", "FINDING", "WHAT"], rows))
}
