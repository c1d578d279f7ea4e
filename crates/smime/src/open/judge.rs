//! The verdict over all layers.

use super::{Code, Finding, Severity, Verdict, VerifyReport};
use super::{DecryptReport, Layer, LayerKind, OpenReport};

/// What is known of the layers taken off so far.
pub(super) struct Opened {
    pub(super) layers: Vec<Layer>,
    report: VerifyReport,
    /// The last layer holds certificates only: nothing is inside.
    empty: bool,
}

impl Opened {
    pub(super) fn new() -> Self {
        Self {
            layers: Vec::new(),
            report: VerifyReport::unsigned(),
            empty: false,
        }
    }

    /// Whether a layer so far is signed.
    pub(super) fn is_signed(&self) -> bool {
        self.layers.iter().any(|layer| layer.kind == LayerKind::Signed)
    }

    /// Notes what is remarkable about the layer that comes next.
    pub(super) fn remark(&mut self, findings: impl IntoIterator<Item = Finding>) {
        let at = self.layers.len();
        for finding in findings {
            let finding = finding.in_layer(at);
            if !self.report.findings.contains(&finding) {
                self.report.findings.push(finding);
            }
        }
    }

    /// Takes in a layer that is signed, or has a digest; tells whether nothing is inside.
    pub(super) fn signed(&mut self, report: VerifyReport, size: u64) -> bool {
        let kind = match report.finding(Code::DigestOnly) {
            Some(_) => LayerKind::Digested,
            None => LayerKind::Signed,
        };
        let mut layer = Layer::new(kind, size);
        layer.verdict = Some(report.verdict);
        let first = self.report.signers.len();
        layer.signers = (first..first + report.signers.len()).collect();
        self.empty = size == 0 && report.finding(Code::CertificatesOnly).is_some();
        self.take_in(report);
        self.layers.push(layer);
        self.empty
    }

    pub(super) fn decrypted(&mut self, report: DecryptReport, size: u64) {
        let codes = Code::ALL
            .iter()
            .filter(|code| report.findings.contains(&code.as_str()));
        let mut findings: Vec<_> = codes
            .map(|code| Finding::new(*code, remark(*code, &report)))
            .collect();
        if self.is_signed() && !self.layers.iter().any(|layer| layer.cipher.is_some()) {
            let message = "the signature covers the encrypted form: its signer need not know what is inside";
            findings.push(Finding::new(Code::SignedCiphertext, message));
        }
        let at = self.layers.len();
        self.report
            .findings
            .extend(findings.into_iter().map(|finding| finding.in_layer(at)));
        self.report.encrypted = true;
        if report.protected_headers.is_some() {
            self.report.protected_headers = report.protected_headers;
        }
        let mut layer = Layer::new(report.kind, size);
        layer.cipher = Some(report.cipher);
        layer.recipients = report.recipients;
        layer.opened_by = Some(report.opened_by);
        self.layers.push(layer);
    }

    pub(super) fn inflated(&mut self, size: u64) {
        self.layers.push(Layer::new(LayerKind::Compressed, size));
    }

    /// Takes in what was found in parts of content that nothing around it signs.
    pub(super) fn searched(&mut self, report: VerifyReport) {
        self.report.encrypted |= report.finding(Code::Encrypted).is_some();
        self.take_in(report);
    }

    fn take_in(&mut self, report: VerifyReport) {
        let (layer, first) = (self.layers.len(), self.report.signers.len());
        let findings = report
            .findings
            .into_iter()
            .filter(|finding| finding.code != Code::Unsigned);
        self.report.findings.extend(findings.map(|mut finding| {
            finding.signer = finding.signer.map(|signer| first + signer);
            finding.in_layer(layer)
        }));
        self.report.signers.extend(report.signers);
        self.report.parts.extend(report.parts.into_iter().map(|mut part| {
            part.signers.iter_mut().for_each(|signer| *signer += first);
            part.layer = Some(layer);
            part
        }));
        self.report.from_matches = match (self.report.from_matches, report.from_matches) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (before, now) => now.or(before),
        };
        if self.report.from.is_empty() {
            self.report.from = report.from;
        }
        if let Some(mut headers) = report.protected_headers {
            // What hid the fields from the outside is a layer that was taken off before.
            headers.encrypted |= self.report.encrypted;
            self.report.protected_headers = Some(headers);
        }
        self.report.content_type = report.content_type.or_else(|| self.report.content_type.take());
    }

    /// The report, and whether the content may be given out.
    pub(super) fn finish(mut self, size: u64) -> (OpenReport, bool) {
        let last = self.layers.len();
        if !self.empty {
            self.layers.push(Layer::new(LayerKind::Plain, size));
        }
        let report = &mut self.report;
        let errors = || report.findings.iter().filter(|finding| finding.is_error());
        let damaged = [Code::MalformedSignature, Code::AlteredContent];
        let is_unsigned =
            report.signers.is_empty() && !errors().any(|finding| damaged.contains(&finding.code));
        let verdicts = || {
            let signers = report.signers.iter().map(|signer| signer.verdict);
            let layers = self.layers.iter().filter_map(|layer| layer.verdict);
            signers.chain(layers.filter(|verdict| *verdict != Verdict::Unsigned))
        };
        let releasable;
        report.verdict = if is_unsigned {
            releasable = errors().next().is_none();
            Verdict::Unsigned
        } else {
            let verdict = if errors().any(|finding| !finding.code.is_indeterminate())
                || verdicts().any(|verdict| verdict == Verdict::Invalid)
            {
                Verdict::Invalid
            } else if errors().next().is_some() || verdicts().any(|verdict| verdict != Verdict::Valid) {
                Verdict::Indeterminate
            } else {
                Verdict::Valid
            };
            releasable = verdict == Verdict::Valid;
            verdict
        };
        if is_unsigned && !self.empty {
            let message = "the message carries no signature: anybody may have written it";
            let finding = Finding::new(Code::Unsigned, message).with_severity(Severity::Warning);
            report.findings.push(finding.in_layer(last));
        }
        report
            .findings
            .sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.layer, finding.code));
        let report = OpenReport {
            verification: self.report,
            layers: self.layers,
        };
        (report, releasable)
    }
}

/// What a finding of the decryption says, in a sentence.
fn remark(code: Code, report: &DecryptReport) -> String {
    let cipher = report.cipher;
    match code {
        Code::NotAuthenticated => {
            format!(
                "{cipher} does not show whether somebody changed the message: only a signature inside does"
            )
        }
        Code::WeakCipher => format!("the message is encrypted with {cipher}, which protects nothing today"),
        _ => "the header fields inside the encryption differ from those outside".to_owned(),
    }
}
