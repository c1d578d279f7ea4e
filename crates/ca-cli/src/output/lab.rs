//! The result of a lab: a table, a grade book's CSV, a JSON document, and a page to print.

mod html;
pub(crate) mod words;

use ca_core::enrolment::Language;
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::lab::assess::{Assessed, Fate, Rules, Shared, Sheet, Status};
use crate::lab::fault::Fault;
use crate::lab::roster::{Roster, Student};
use crate::output::{rfc3339, table};

pub(crate) use html::page;

/// The whole result.
#[derive(Serialize)]
pub(crate) struct LabView {
    checked_at: String,
    due: Option<String>,
    resubmission: &'static str,
    /// `signed`, or `encrypted`: signed and encrypted.
    require: &'static str,
    summary: SummaryView,
    pub(crate) students: Vec<StudentView>,
    /// Mails that are nobody's on the list, or no submissions.
    pub(crate) others: Vec<MailView>,
    shared_certificates: Vec<SharedView>,
    #[serde(skip)]
    language: Language,
}

#[derive(Serialize)]
struct SummaryView {
    students: usize,
    ok: usize,
    late: usize,
    failed: usize,
    missing: usize,
    mails: usize,
    others: usize,
}

/// How one student stands.
#[derive(Serialize)]
pub(crate) struct StudentView {
    row: u64,
    email: String,
    name: String,
    pub(crate) status: &'static str,
    reasons: Vec<ReasonView>,
    remarks: Vec<RemarkView>,
    /// Of the mail that counts.
    signed: bool,
    encrypted: bool,
    class: Option<u8>,
    late: bool,
    received: Option<String>,
    clock: Option<&'static str>,
    serial: Option<String>,
    sha256: Option<String>,
    /// All that came, the one that counts among them.
    mails: Vec<MailView>,
    #[serde(skip)]
    standing: Status,
}

#[derive(Clone, Serialize)]
struct ReasonView {
    code: &'static str,
    message: String,
    remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(Clone, Serialize)]
struct RemarkView {
    code: &'static str,
    message: String,
}

/// One mail.
#[derive(Serialize)]
pub(crate) struct MailView {
    file: String,
    from: String,
    subject: String,
    fate: &'static str,
    reasons: Vec<ReasonView>,
    times: TimesView,
}

#[derive(Serialize)]
struct TimesView {
    received: Option<String>,
    date: Option<String>,
    signing_time: Option<String>,
}

#[derive(Serialize)]
struct SharedView {
    senders: Vec<String>,
    certificates: Vec<SharedCertificateView>,
}

#[derive(Serialize)]
struct SharedCertificateView {
    subject: String,
    serial: String,
    sha256: String,
}

impl LabView {
    pub(crate) fn new(
        sheet: &Sheet,
        roster: &Roster,
        rules: &Rules,
        language: Language,
        now: DateTime<Utc>,
    ) -> Self {
        let mut by_student: Vec<Vec<&Assessed>> = vec![Vec::new(); roster.students().len()];
        let mut others = Vec::new();
        for mail in &sheet.mails {
            match mail.student.and_then(|student| by_student.get_mut(student)) {
                Some(own) => own.push(mail),
                None => others.push(MailView::new(mail, language)),
            }
        }
        let students: Vec<StudentView> = roster
            .students()
            .iter()
            .zip(&by_student)
            .map(|(student, own)| StudentView::new(student, own, language))
            .collect();
        let count = |status| {
            students
                .iter()
                .filter(|student| student.standing == status)
                .count()
        };
        Self {
            checked_at: rfc3339(now),
            due: rules.due.map(rfc3339),
            resubmission: rules.resubmission.as_str(),
            require: if rules.encrypted { "encrypted" } else { "signed" },
            summary: SummaryView {
                students: students.len(),
                ok: count(Status::Ok),
                late: count(Status::Late),
                failed: count(Status::Failed),
                missing: count(Status::Missing),
                mails: sheet.mails.len(),
                others: others.len(),
            },
            students,
            others,
            shared_certificates: sheet.shared.iter().map(SharedView::new).collect(),
            language,
        }
    }

    /// Tells whether nobody has anything left to do.
    pub(crate) fn all_well(&self) -> bool {
        self.summary.ok == self.summary.students
    }

    /// Sums up in a line.
    pub(crate) fn summary(&self) -> String {
        let sum = &self.summary;
        let mut line = format!(
            "{} students: {} ok, {} late, {} failed, {} missing; {} mails",
            sum.students, sum.ok, sum.late, sum.failed, sum.missing, sum.mails
        );
        if sum.others > 0 {
            line.push_str(&format!(", {} of them nobody's on the list", sum.others));
        }
        line
    }

    /// Lists the students for a terminal.
    pub(crate) fn table(&self) -> String {
        let rows = self.students.iter().map(|student| {
            [
                student.shown_name(),
                student.status.to_owned(),
                yes_no(student.signed, student.standing),
                yes_no(student.encrypted, student.standing),
                student.class.map(|class| class.to_string()).unwrap_or_default(),
                student.received.clone().unwrap_or_default(),
                student.why("\n"),
            ]
        });
        let heading = [
            "STUDENT",
            "STATUS",
            "SIGNED",
            "ENCRYPTED",
            "CLASS",
            "RECEIVED",
            "WHY",
        ];
        let mut text = table::prose(heading, rows, WIDTH);
        if !self.others.is_empty() {
            let rows = self.others.iter().map(|mail| {
                let reasons = mail.reasons.iter().map(|reason| reason.message.as_str());
                let why = match mail.fate == Fate::Unreadable.as_str() {
                    true => mail
                        .reasons
                        .iter()
                        .filter_map(|reason| reason.detail.as_deref())
                        .collect::<Vec<_>>(),
                    false => reasons.collect(),
                };
                [
                    mail.file.clone(),
                    mail.from.clone(),
                    mail.fate.to_owned(),
                    why.join("\n"),
                ]
            });
            text.push('\n');
            text.push_str(&table::prose(["OTHER MAIL", "FROM", "WHAT", "WHY"], rows, WIDTH));
        }
        text
    }

    /// The rows of a grade book, one for each student.
    pub(crate) fn csv(&self) -> String {
        let heading = [
            "row",
            "email",
            "name",
            "status",
            "signed",
            "encrypted",
            "class",
            "late",
            "received",
            "clock",
            "mails",
            "reasons",
            "message",
            "remedy",
            "remarks",
            "serial",
            "sha256",
        ];
        let rows = self.students.iter().map(|student| {
            let codes: Vec<&str> = student.reasons.iter().map(|reason| reason.code).collect();
            let remarks: Vec<&str> = student.remarks.iter().map(|remark| remark.code).collect();
            let first = student.reasons.first();
            [
                student.row.to_string(),
                student.email.clone(),
                student.name.clone(),
                student.status.to_owned(),
                student.signed.to_string(),
                student.encrypted.to_string(),
                student.class.map(|class| class.to_string()).unwrap_or_default(),
                student.late.to_string(),
                student.received.clone().unwrap_or_default(),
                student.clock.unwrap_or_default().to_owned(),
                student.mails.len().to_string(),
                codes.join(" "),
                first.map(|reason| reason.message.clone()).unwrap_or_default(),
                first.map(|reason| reason.remedy.clone()).unwrap_or_default(),
                remarks.join(" "),
                student.serial.clone().unwrap_or_default(),
                student.sha256.clone().unwrap_or_default(),
            ]
        });
        table::csv(heading, rows)
    }
}

impl StudentView {
    fn new(student: &Student, own: &[&Assessed], language: Language) -> Self {
        let counted = own.iter().find(|mail| mail.fate == Fate::Counted);
        let standing = Status::of(counted.copied());
        let nothing = [Fault::NothingReceived];
        let faults = counted.map_or(&nothing[..], |mail| &mail.mail.faults);
        let remarks = counted
            .map(|mail| mail.mail.remarks.as_slice())
            .unwrap_or_default();
        let signer = counted.and_then(|mail| mail.mail.signer.as_ref());
        let at = counted.and_then(|mail| mail.mail.times.counted());
        Self {
            row: student.row,
            email: student.email(),
            name: student.name.clone(),
            status: standing.as_str(),
            reasons: faults
                .iter()
                .map(|fault| ReasonView::new(fault, language))
                .collect(),
            remarks: remarks
                .iter()
                .map(|remark| RemarkView {
                    code: remark.code(),
                    message: words::of_remark(remark, language),
                })
                .collect(),
            signed: signer.is_some(),
            encrypted: counted.is_some_and(|mail| mail.mail.encrypted),
            class: signer.and_then(|signer| signer.class),
            late: counted.is_some_and(|mail| mail.late),
            received: at.map(|(at, _)| rfc3339(at)),
            clock: at.map(|(_, clock)| clock),
            serial: signer.map(|signer| signer.certificate.serial_hex()),
            sha256: signer.map(|signer| hex::encode(signer.certificate.fingerprint_sha256())),
            mails: own.iter().map(|mail| MailView::new(mail, language)).collect(),
            standing,
        }
    }

    fn shown_name(&self) -> String {
        match self.name.is_empty() {
            true => self.email.clone(),
            false => format!("{}\n{}", self.name, self.email),
        }
    }

    /// The first reason with what to do, the others, and what is worth knowing.
    fn why(&self, between: &str) -> String {
        let mut lines = Vec::new();
        for (number, reason) in self.reasons.iter().enumerate() {
            lines.push(match number {
                0 => format!("{} {}", reason.message, reason.remedy),
                _ => reason.message.clone(),
            });
        }
        lines.extend(self.remarks.iter().map(|remark| format!("({})", remark.message)));
        lines.join(between)
    }
}

impl ReasonView {
    fn new(fault: &Fault, language: Language) -> Self {
        let words = words::of_fault(fault, language);
        Self {
            code: fault.code(),
            message: words.message,
            remedy: words.remedy,
            detail: fault.detail().map(str::to_owned),
        }
    }
}

impl MailView {
    fn new(assessed: &Assessed, language: Language) -> Self {
        let mail = &assessed.mail;
        Self {
            file: mail.name.clone(),
            from: mail.from.clone(),
            subject: mail.subject.clone(),
            fate: assessed.fate.as_str(),
            reasons: mail
                .faults
                .iter()
                .map(|fault| ReasonView::new(fault, language))
                .collect(),
            times: TimesView {
                received: mail.times.received.map(rfc3339),
                date: mail.times.date.map(rfc3339),
                signing_time: mail.times.signed.map(rfc3339),
            },
        }
    }
}

impl SharedView {
    fn new(shared: &Shared) -> Self {
        Self {
            senders: shared.senders.clone(),
            certificates: shared
                .certificates
                .iter()
                .map(|certificate| SharedCertificateView {
                    subject: certificate.subject().to_string(),
                    serial: certificate.serial_hex(),
                    sha256: hex::encode(certificate.fingerprint_sha256()),
                })
                .collect(),
        }
    }
}

fn yes_no(is: bool, standing: Status) -> String {
    match (is, standing) {
        (_, Status::Missing) => String::new(),
        (true, _) => "yes".to_owned(),
        (false, _) => "no".to_owned(),
    }
}

/// Cells of the table are wrapped here.
const WIDTH: usize = 60;
