//! What is said to students, in their language.

use ca_core::enrolment::Language;
use chrono::{DateTime, Utc};

use crate::lab::assess::Status;
use crate::lab::examine::Times;
use crate::lab::fault::{Fault, Remark};

mod en;
mod fr;

/// What is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl Words {
    fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            remedy: remedy.into(),
        }
    }
}

/// Says what is wrong.
pub(crate) fn of_fault(fault: &Fault, language: Language) -> Words {
    match language {
        Language::French => fr::fault(fault),
        _ => en::fault(fault),
    }
}

/// Says what is worth knowing.
pub(crate) fn of_remark(remark: &Remark, language: Language) -> String {
    match language {
        Language::French => fr::remark(remark),
        _ => en::remark(remark),
    }
}

/// The fixed words of the page.
pub(crate) struct Labels {
    pub(crate) title: &'static str,
    pub(crate) checked: &'static str,
    pub(crate) due: &'static str,
    pub(crate) name: &'static str,
    pub(crate) standing: &'static str,
    pub(crate) received: &'static str,
    pub(crate) signed: &'static str,
    pub(crate) encrypted: &'static str,
    pub(crate) class: &'static str,
    pub(crate) why: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) others: &'static str,
    pub(crate) file: &'static str,
    pub(crate) from: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) what: &'static str,
    pub(crate) clocks: [(&'static str, &'static str); 3],
    pub(crate) statuses: [(Status, &'static str); 4],
    pub(crate) fates: [(&'static str, &'static str); 10],
}

impl Labels {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &fr::LABELS,
            _ => &en::LABELS,
        }
    }

    pub(crate) fn status(&self, status: Status) -> &'static str {
        let found = self.statuses.iter().find(|(one, _)| *one == status);
        found.map(|(_, word)| *word).unwrap_or_default()
    }

    pub(crate) fn fate(&self, fate: &str) -> &'static str {
        let found = self.fates.iter().find(|(one, _)| *one == fate);
        found.map(|(_, word)| *word).unwrap_or_default()
    }

    pub(crate) fn clock(&self, clock: &str) -> &'static str {
        let found = self.clocks.iter().find(|(one, _)| *one == clock);
        found.map(|(_, word)| *word).unwrap_or_default()
    }
}

fn day(time: &Option<DateTime<Utc>>) -> String {
    time.map(|time| time.format("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

/// The three clocks by their names, as far as they are there.
fn clocks(times: &Times, names: [&str; 3]) -> String {
    let times = [times.received, times.date, times.signed];
    let shown = names.into_iter().zip(times).filter_map(|(name, time)| {
        let time = time?.format("%Y-%m-%d %H:%M:%S");
        Some(format!("{name} {time}"))
    });
    format!("{} UTC", shown.collect::<Vec<_>>().join(", "))
}

/// Every fault and remark, for the tests and the document.
#[cfg(test)]
pub(crate) fn all() -> (Vec<Fault>, Vec<Remark>) {
    let detail = || "detail".to_owned();
    let (certificate, from) = ("alice@example.org".to_owned(), "bob@example.org".to_owned());
    let issuer = || "CN=Other CA".to_owned();
    let time = DateTime::from_timestamp(1_788_249_600, 0);
    let faults = vec![
        Fault::NothingReceived,
        Fault::Unreadable { detail: detail() },
        Fault::KeyNotGiven,
        Fault::EncryptedForOthers {
            recipients: Vec::new(),
        },
        Fault::DecryptionFailed,
        Fault::OpenPgp,
        Fault::NotSigned,
        Fault::Altered { by_list: false },
        Fault::Altered { by_list: true },
        Fault::PartlySigned { by_list: false },
        Fault::PartlySigned { by_list: true },
        Fault::BadSignature { detail: detail() },
        Fault::Ambiguous { detail: detail() },
        Fault::UnclearSender,
        Fault::OtherAddress {
            certificate: certificate.clone(),
            from: from.clone(),
        },
        Fault::OtherSender {
            certificate: certificate.clone(),
            from: from.clone(),
            by_list: false,
        },
        Fault::OtherSender {
            certificate,
            from,
            by_list: true,
        },
        Fault::OtherCertificate,
        Fault::SelfSigned,
        Fault::ChainIncomplete { issuer: issuer() },
        Fault::UnknownIssuer { issuer: issuer() },
        Fault::CertificateAbsent,
        Fault::Revoked,
        Fault::Expired { until: time },
        Fault::NotYetValid { from: time },
        Fault::RevocationUnknown,
        Fault::WrongPurpose,
        Fault::BadCertificate { detail: detail() },
        Fault::WrongClass {
            found: Some(1),
            expected: 2,
        },
        Fault::WrongClass {
            found: None,
            expected: 2,
        },
        Fault::Weak { detail: detail() },
        Fault::NotEncrypted,
    ];
    let remarks = vec![
        Remark::SendersClock,
        Remark::NoDate,
        Remark::ClocksDiffer(Times {
            received: time,
            date: time.map(|time| time - chrono::TimeDelta::hours(1)),
            signed: None,
        }),
        Remark::ExpiredSince,
        Remark::SharedCertificate {
            senders: vec!["alice@example.org".to_owned(), "bob@example.org".to_owned()],
        },
        Remark::SignedCiphertext,
        Remark::WeakCipher,
    ];
    (faults, remarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_said_in_both_languages() {
        let (faults, remarks) = all();
        for fault in &faults {
            let [english, french] = [Language::English, Language::French].map(|one| of_fault(fault, one));
            for words in [&english, &french] {
                assert!(
                    words.message.ends_with(['.', ')']) && words.remedy.ends_with('.'),
                    "{fault:?}: {words:?}"
                );
            }
            assert_ne!(english.message, french.message, "{fault:?}");
            assert_ne!(english.remedy, french.remedy, "{fault:?}");
        }
        for remark in &remarks {
            assert_ne!(
                of_remark(remark, Language::English),
                of_remark(remark, Language::French)
            );
        }
        for language in [Language::English, Language::French] {
            let labels = Labels::of(language);
            assert!(
                Status::ALL
                    .iter()
                    .all(|status| !labels.status(*status).is_empty())
            );
            assert!(labels.fates.iter().all(|(_, word)| !word.is_empty()));
        }
    }

    #[test]
    fn the_document_says_what_students_are_told() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lab.md");
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once("<!-- reasons").unwrap();
        let (line, rest) = rest.split_once('\n').unwrap();
        let (_, after) = rest.split_once("<!-- end of reasons -->").unwrap();
        let wanted = format!(
            "{before}<!-- reasons{line}\n{}<!-- end of reasons -->{after}",
            document()
        );
        if std::env::var_os("CACHET_UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap();
        assert!(
            found == wanted,
            "docs/lab.md is out of date: CACHET_UPDATE_DOCS=1 cargo test -p ca-cli words"
        );
    }

    fn document() -> String {
        let (faults, remarks) = all();
        let mut out = String::from("| code | in English | in French |\n| --- | --- | --- |\n");
        for fault in &faults {
            let [english, french] = [Language::English, Language::French].map(|one| of_fault(fault, one));
            out.push_str(&format!(
                "| `{}` | {} *{}* | {} *{}* |\n",
                fault.code(),
                english.message,
                english.remedy,
                french.message,
                french.remedy
            ));
        }
        out.push_str(
            "\nWorth knowing, and no fault:\n\n| code | in English | in French |\n| --- | --- | --- |\n",
        );
        for remark in &remarks {
            let [english, french] = [Language::English, Language::French].map(|one| of_remark(remark, one));
            out.push_str(&format!("| `{}` | {english} | {french} |\n", remark.code()));
        }
        out
    }
}
