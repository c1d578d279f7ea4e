//! Countersignatures: signatures over a signature's value, added afterwards by anybody (RFC 5652 11.4).
//!
//! They stand among the unsigned attributes. A sound one adds a witness to the report and nothing to the verdict; a bad
//! one says nothing about the signature that it stands beside, so that it is a warning.

use super::VerifyOptions;
use super::content::Content;
use super::signer::{FEWEST_CHECKS, Material, Subject, judge};
use crate::cms::ber::Value;
use crate::cms::oids;
use crate::cms::signed::SignerInfo;
use crate::report::{Answers, Asked, Code, Finding, Severity, SignerReport, Standing, Verdict, sum_up};

/// How many countersignatures of one part of a message are judged.
pub(super) const MOST_COUNTERSIGNATURES: usize = 10;
/// How deep countersignatures of countersignatures are judged.
const MOST_DEPTH: usize = 4;

/// Judges the countersignatures of `info` and those on top of them; `left` is how many still may be.
///
/// What is wrong with them goes to `findings`, one for each.
pub(super) fn judge_all(
    info: &SignerInfo,
    material: &Material,
    options: &VerifyOptions<'_>,
    left: &mut usize,
    findings: &mut Vec<Finding>,
) -> Vec<SignerReport> {
    if !has_any(info) {
        return Vec::new();
    }
    let mut options = options.clone();
    let checks = &mut options.path_limits.signature_checks;
    *checks = (*checks).min(FEWEST_CHECKS);
    let mut judging = Judging {
        material,
        options: &options,
        left,
        findings,
    };
    judging.level(info, 1)
}

fn has_any(info: &SignerInfo) -> bool {
    values(info).next().is_some()
}

fn values(info: &SignerInfo) -> impl Iterator<Item = &[u8]> {
    let attributes = info.unsigned_attributes.iter();
    attributes
        .filter(|attribute| attribute.oid == oids::COUNTERSIGNATURE)
        .flat_map(|attribute| attribute.values.iter().map(Vec::as_slice))
}

struct Judging<'j, 'o> {
    material: &'j Material,
    options: &'j VerifyOptions<'o>,
    left: &'j mut usize,
    findings: &'j mut Vec<Finding>,
}

impl Judging<'_, '_> {
    fn level(&mut self, info: &SignerInfo, depth: usize) -> Vec<SignerReport> {
        let mut reports = Vec::new();
        for value in values(info) {
            if *self.left == 0 || depth > MOST_DEPTH {
                let message = format!(
                    "there are more countersignatures than {MOST_COUNTERSIGNATURES}, or they stand upon each other too high: the rest was not judged"
                );
                self.findings
                    .push(Finding::new(Code::TooComplex, message).with_severity(Severity::Warning));
                break;
            }
            *self.left -= 1;
            match Value::parse(value).and_then(|value| SignerInfo::read(&value)) {
                Ok(counter) => reports.push(self.one(info, &counter, depth)),
                Err(error) => {
                    let message = format!("a countersignature cannot be read: {error}");
                    self.findings
                        .push(Finding::new(Code::BadCountersignature, message));
                }
            }
        }
        reports
    }

    /// Judges one countersignature of `info`.
    fn one(&mut self, info: &SignerInfo, counter: &SignerInfo, depth: usize) -> SignerReport {
        let signature = Content::whole(&info.signature);
        let subject = Subject {
            content: Some(&signature),
            content_type: None,
        };
        let (mut report, findings) = judge(counter, &subject, self.material, self.options);
        (report.status, report.verdict) = sum_up(&findings);
        // Who countersigns need not be the sender, and signs a signature rather than the message.
        let asked = Asked {
            certificate: report.certificate.is_some(),
            sender: false,
            revocation: report.answers.revocation.standing,
        };
        report.answers = Answers::of(&findings.iter().collect::<Vec<_>>(), asked);
        report.answers.coverage.standing = Standing::NotAsked;
        if report.verdict != Verdict::Valid {
            let worst = findings.iter().find(|finding| finding.code == report.status);
            let reason = worst.map_or_else(|| report.status.to_string(), ToString::to_string);
            let message = format!(
                "the countersignature by {} is not valid: {reason}",
                report.subject
            );
            self.findings
                .push(Finding::new(Code::BadCountersignature, message));
        }
        report.countersignatures = self.level(counter, depth + 1);
        report
    }
}
