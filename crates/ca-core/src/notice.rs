//! Notices that a certificate is about to end: a ready message, and an entry for a calendar.

mod calendar;

use chrono::{DateTime, TimeDelta, Utc};
use identity::Mailbox;
use smime::mime::{encode_base64, encode_quoted_printable, encode_unstructured, format_date};

use crate::enrolment::Language;
use crate::ledger::NoticeRecord;

/// What ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// The certificate of a CA, by its name.
    Authority(&'a str),
    /// The certificate of a person, by the addresses.
    Identity(&'a [String]),
}

/// A notice that a certificate is about to end.
#[derive(Clone, Copy, Debug)]
pub struct ExpiryNotice<'a> {
    /// What ends.
    pub ending: Ending<'a>,
    /// Its serial or, for a CA, its identifier.
    pub subject: &'a str,
    /// Its last second.
    pub not_after: DateTime<Utc>,
    /// The CA's name, as it signs the notice.
    pub authority: &'a str,
    /// The language.
    pub language: Language,
}

/// Tells whether a notice is to be given: the end is near, and none has been given of this period or a shorter one.
pub fn is_due(
    not_after: DateTime<Utc>,
    now: DateTime<Utc>,
    period: TimeDelta,
    given: &[NoticeRecord],
) -> bool {
    let near = now <= not_after && not_after.signed_duration_since(now) <= period;
    near && !given
        .iter()
        .any(|one| i64::try_from(one.period).is_ok_and(|seconds| seconds <= period.num_seconds()))
}

impl ExpiryNotice<'_> {
    /// Returns the subject line.
    pub fn title(&self) -> String {
        let day = self.not_after.format("%Y-%m-%d");
        match (self.ending, self.language) {
            (Ending::Identity(emails), Language::English) => {
                format!("Your certificate for {} ends on {day}", emails.join(", "))
            }
            (Ending::Identity(emails), Language::French) => {
                format!("Votre certificat pour {} expire le {day}", emails.join(", "))
            }
            (Ending::Authority(name), Language::English) => {
                format!("The CA certificate of {name} ends on {day}")
            }
            (Ending::Authority(name), Language::French) => {
                format!("Le certificat de l'autorité {name} expire le {day}")
            }
        }
    }

    /// Returns the text, for people.
    pub fn text(&self) -> String {
        let end = self.not_after.format("%Y-%m-%d %H:%M:%S UTC");
        let (subject, authority) = (self.subject, self.authority);
        match (self.ending, self.language) {
            (Ending::Identity(emails), Language::English) => format!(
                "Hello,\n\nyour mail certificate for {} is valid until {end}.\n\n\
                 From then on you can sign no more mail with it, and others should encrypt to you no more. Please ask \
                 {authority} in time for a new one; the one you have is known by its serial:\n\n    {subject}\n\n\
                 Keep the old key: it still opens the mail that was encrypted to you.\n\n{authority}\n",
                emails.join(", ")
            ),
            (Ending::Identity(emails), Language::French) => format!(
                "Bonjour,\n\nvotre certificat de messagerie pour {} est valable jusqu'au {end}.\n\n\
                 Passé cette date, vous ne pourrez plus signer de courriels avec ce certificat, et l'on ne devra plus \
                 chiffrer à votre intention. Demandez à temps un nouveau certificat à {authority}, en indiquant le numéro de \
                 série de l'actuel :\n\n    {subject}\n\n\
                 Conservez l'ancienne clé : elle seule ouvre les courriels déjà chiffrés pour vous.\n\n{authority}\n",
                emails.join(", ")
            ),
            (Ending::Authority(name), Language::English) => format!(
                "Hello,\n\nthe CA certificate of {name} ({subject}) is valid until {end}.\n\n\
                 No certificate outlives its issuer, and nothing that it issued can be relied upon afterwards. Make the CA \
                 that follows it in time: cachet ca rollover.\n\n{authority}\n"
            ),
            (Ending::Authority(name), Language::French) => format!(
                "Bonjour,\n\nle certificat de l'autorité {name} ({subject}) est valable jusqu'au {end}.\n\n\
                 Aucun certificat ne survit à son émetteur, et l'on ne pourra plus se fier à ce qu'elle a émis. Créez à \
                 temps l'autorité qui lui succède : cachet ca rollover.\n\n{authority}\n"
            ),
        }
    }

    /// Returns an entry for a calendar (RFC 5545), whose alarms ring two weeks and two days before the end.
    pub fn calendar(&self, now: DateTime<Utc>) -> String {
        calendar::event(self, now)
    }

    /// Returns a ready message (RFC 5322, RFC 3834) with the calendar's entry attached; `id` makes its Message-ID.
    pub fn message(&self, from: &Mailbox, to: &[Mailbox], id: &str, now: DateTime<Utc>) -> Vec<u8> {
        let to: Vec<String> = to.iter().map(Mailbox::canonical).collect();
        let boundary = format!("notice-{id}");
        let mut message = Vec::new();
        let mut line = |text: String| {
            message.extend_from_slice(text.as_bytes());
            message.extend_from_slice(b"\r\n");
        };
        line(format!("Date: {}", format_date(now)));
        line(format!("From: {}", from.canonical()));
        line(format!("To: {}", to.join(",\r\n ")));
        line(format!(
            "Subject: {}",
            encode_unstructured(&self.title(), "Subject: ".len())
        ));
        line(format!("Message-ID: <expiry.{id}@{}>", from.ascii_domain()));
        line("Auto-Submitted: auto-generated".to_owned());
        line("MIME-Version: 1.0".to_owned());
        line(format!("Content-Type: multipart/mixed; boundary=\"{boundary}\""));
        line(String::new());
        line(format!("--{boundary}"));
        line("Content-Type: text/plain; charset=utf-8".to_owned());
        line(format!("Content-Language: {}", self.language));
        line("Content-Transfer-Encoding: quoted-printable".to_owned());
        line(String::new());
        message.extend_from_slice(&encode_quoted_printable(
            self.text().replace('\n', "\r\n").as_bytes(),
        ));
        message.extend_from_slice(format!("\r\n--{boundary}\r\n").as_bytes());
        message.extend_from_slice(
            b"Content-Type: text/calendar; charset=utf-8; method=PUBLISH\r\n\
              Content-Disposition: attachment; filename=\"expiry.ics\"\r\n\
              Content-Transfer-Encoding: base64\r\n\r\n",
        );
        message.extend_from_slice(&encode_base64(self.calendar(now).as_bytes()));
        message.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smime::mime::Message;

    fn moment() -> DateTime<Utc> {
        "2028-02-29T10:59:59Z".parse().unwrap()
    }

    #[test]
    fn a_notice_is_due_once_for_each_period() {
        let (end, month, week) = (moment(), TimeDelta::days(30), TimeDelta::days(7));
        let given = |period: TimeDelta| NoticeRecord {
            subject: "1".to_owned(),
            period: period.num_seconds().try_into().unwrap(),
            created_at: end,
            acted_at: end,
        };
        assert!(is_due(end, end - month, month, &[]));
        assert!(!is_due(end, end - month - TimeDelta::seconds(1), month, &[]));
        assert!(is_due(end, end, month, &[]));
        assert!(!is_due(end, end + TimeDelta::seconds(1), month, &[]));
        assert!(!is_due(end, end - week, month, &[given(month)]));
        // The shorter period is a notice of its own, after which the longer would come too late.
        assert!(is_due(end, end - week, week, &[given(month)]));
        assert!(!is_due(end, end - week, month, &[given(week)]));
    }

    #[test]
    fn a_message_is_one_that_programs_read() {
        let emails = ["zoé@example.org".to_owned()];
        for (language, word) in [(Language::English, "serial"), (Language::French, "numéro")] {
            for ending in [Ending::Identity(&emails), Ending::Authority("École Root CA")] {
                let notice = ExpiryNotice {
                    ending,
                    subject: "4f6d",
                    not_after: moment(),
                    authority: "École, CA",
                    language,
                };
                let from = Mailbox::parse("ca@example.org").unwrap();
                let to = [Mailbox::parse("alice@example.org").unwrap()];
                let raw = notice.message(&from, &to, "4f6d-30d", moment());
                assert!(
                    raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 999),
                    "{language}"
                );
                let message = Message::parse(&raw);
                let parts = message.multipart(&smime::Limits::default()).unwrap().unwrap();
                let parts = parts.parts();
                assert_eq!(parts.len(), 2);
                let text = parts[0].decoded_body().unwrap();
                let text = std::str::from_utf8(&text).unwrap();
                assert!(text.contains("2028-02-29 10:59:59 UTC"), "{text}");
                assert!(
                    text.contains(word) || matches!(ending, Ending::Authority(_)),
                    "{text}"
                );
                let entry = parts[1].decoded_body().unwrap();
                assert_eq!(entry.as_ref(), notice.calendar(moment()).as_bytes());
            }
        }
    }
}
