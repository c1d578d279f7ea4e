//! Certificates on record, as `issue` and `cert` describe them.

use ca_core::evidence::Evidence;
use ca_core::ledger::CertificateRecord;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::output::rfc3339;

/// One certificate: the object of `issue` and the element of `cert list`.
#[derive(Serialize)]
pub(crate) struct RecordView {
    pub(crate) serial: String,
    pub(crate) class: u8,
    pub(crate) subject: String,
    pub(crate) emails: Vec<String>,
    pub(crate) not_before: String,
    pub(crate) not_after: String,
    pub(crate) key: String,
    pub(crate) usage: String,
    pub(crate) status: String,
    /// Absent until it is signed.
    pub(crate) sha256: Option<String>,
    pub(crate) evidence: Vec<EvidenceView>,
    pub(crate) files: Option<FilesView>,
    pub(crate) action: Option<Action>,
    /// The serial of the certificate that it takes the place of.
    pub(crate) renews: Option<String>,
}

/// What was known of a holder.
#[derive(Serialize)]
pub(crate) struct EvidenceView {
    pub(crate) kind: String,
    pub(crate) basis: String,
    pub(crate) text: String,
    /// When it was recorded first, if it was used again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
}

/// The files that were written.
#[derive(Clone, Default, Serialize)]
pub(crate) struct FilesView {
    pub(crate) p12: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compat_p12: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) certificate: Option<String>,
    pub(crate) chain: Option<String>,
    pub(crate) key: Option<String>,
    /// What the holder is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) zip: Option<String>,
    /// The password to print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) slip: Option<String>,
}

/// What was done for a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Action {
    Issued,
    Kept,
    Renewed,
}

impl FilesView {
    /// Leaves out what does not stand where it was written, if wanted.
    pub(crate) fn filtered(self, only_existing: bool) -> Self {
        let keep =
            |path: Option<String>| path.filter(|path| !only_existing || std::path::Path::new(path).exists());
        Self {
            p12: keep(self.p12),
            compat_p12: keep(self.compat_p12),
            password: keep(self.password),
            certificate: keep(self.certificate),
            chain: keep(self.chain),
            key: keep(self.key),
            zip: keep(self.zip),
            slip: keep(self.slip),
        }
    }
}

impl RecordView {
    pub(crate) fn new(record: &CertificateRecord, now: DateTime<Utc>) -> Self {
        let intent = &record.intent;
        Self {
            serial: intent.serial.to_string(),
            class: intent.class.number(),
            subject: intent.subject.clone(),
            emails: intent.emails.clone(),
            not_before: rfc3339(intent.not_before),
            not_after: rfc3339(intent.not_after),
            key: intent.key.clone(),
            usage: intent.usage.to_string(),
            status: record.status(now).to_string(),
            sha256: record.issued.as_ref().map(|issued| hex::encode(issued.sha256)),
            evidence: intent.evidence.iter().map(EvidenceView::new).collect(),
            files: None,
            action: None,
            renews: intent.renews.map(|serial| serial.to_string()),
        }
    }
}

impl EvidenceView {
    fn new(evidence: &Evidence) -> Self {
        Self {
            kind: evidence.kind().to_string(),
            basis: evidence.basis().to_string(),
            text: evidence.text().to_owned(),
            since: evidence.since().map(rfc3339),
        }
    }

    /// Describes the evidence on one line, stated and proved kept apart.
    pub(crate) fn line(&self) -> String {
        let since = self.since.as_deref().and_then(|since| since.get(..10));
        match since {
            Some(since) => format!("{} ({}, {since}): {}", self.kind, self.basis, self.text),
            None => format!("{} ({}): {}", self.kind, self.basis, self.text),
        }
    }
}
