//! A verdict in words, the reason that is most useful, and what to do: what a reader sees first.

use std::collections::BTreeMap;

use serde::Serialize;
use smime::report::{Answers, Code, Finding, Standing, Verdict, VerifyReport};

use crate::output::explain::explain;

/// The answer to one question.
#[derive(Serialize)]
pub(crate) struct AnswerView {
    answer: &'static str,
    codes: Vec<&'static str>,
}

/// The answers for one signer, by the question.
pub(crate) type AnswersView = BTreeMap<&'static str, AnswerView>;

/// Makes the view of a signer's answers.
pub(crate) fn answers(answers: &Answers) -> AnswersView {
    let view = answers.iter().map(|(question, answer)| {
        let view = AnswerView {
            answer: answer.standing.as_str(),
            codes: answer.codes.iter().map(|code| code.as_str()).collect(),
        };
        (question.as_str(), view)
    });
    view.collect()
}

/// The answers in a few lines: a line for each standing that occurs.
pub(crate) fn lines(answers: &Answers) -> String {
    let standings = [
        Standing::Bad,
        Standing::Unknown,
        Standing::Good,
        Standing::NotAsked,
    ];
    let lines = standings.iter().filter_map(|standing| {
        let questions: Vec<_> = answers
            .iter()
            .filter(|(_, answer)| answer.standing == *standing)
            .map(|(question, _)| question.as_str())
            .collect();
        (!questions.is_empty()).then(|| format!("{standing}: {}", questions.join(", ")))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The first rows of a report: the verdict, why, and what to do.
pub(crate) fn facts(report: &VerifyReport) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Verdict", format!("{}: {}", report.verdict, in_words(report)))];
    if report.verdict != Verdict::Valid
        && let Some(reason) = reason(report)
    {
        facts.push(("Reason", format!("{} ({})", reason.message, reason.code)));
        facts.extend(explain(reason.code).map(|explanation| ("What to do", explanation.remedy.to_owned())));
    }
    facts
}

/// The finding that is most useful to mend: an error before all others, and what is bad before what is not known.
fn reason(report: &VerifyReport) -> Option<&Finding> {
    report.findings.iter().min_by_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            finding.code.is_indeterminate(),
            finding.code,
        )
    })
}

fn in_words(report: &VerifyReport) -> String {
    let signers: Vec<String> = report
        .signers
        .iter()
        .map(|signer| match signer.emails.first() {
            Some(email) => email.clone(),
            None => signer.subject.clone(),
        })
        .collect();
    let signers = signers.join(" and ");
    let sound = !report.signers.is_empty()
        && report
            .signers
            .iter()
            .all(|signer| signer.answers.integrity.standing == Standing::Good);
    match report.verdict {
        Verdict::Valid if report.from_matches == Some(true) => {
            format!("signed by {signers}, the sender, and unchanged")
        }
        Verdict::Valid => format!("signed by {signers}, and unchanged; who sent it was not asked"),
        Verdict::Unsigned => "nobody signed this message; anybody may have written it".to_owned(),
        Verdict::Indeterminate if report.finding(Code::Encrypted).is_some() => {
            "it is encrypted, and cannot be judged from outside".to_owned()
        }
        Verdict::Indeterminate if sound => {
            "the signature is sound, but whether to rely on it cannot be known".to_owned()
        }
        Verdict::Indeterminate => "whether to rely on this message cannot be known".to_owned(),
        _ => "do not rely on this message".to_owned(),
    }
}
