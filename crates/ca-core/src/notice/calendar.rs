//! iCalendar (RFC 5545).

use chrono::{DateTime, Utc};

use super::ExpiryNotice;

/// Writes one VEVENT with two alarms.
pub(super) fn event(notice: &ExpiryNotice<'_>, now: DateTime<Utc>) -> String {
    let title = escaped(&notice.title());
    let mut text = String::new();
    let end = stamp(notice.not_after);
    let opening = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//cachet//expiry notice//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        // The same for every notice of this certificate, so that a later one takes the place of an earlier.
        format!("UID:expiry-{}@cachet.invalid", notice.subject),
        format!("DTSTAMP:{}", stamp(now)),
        format!("DTSTART:{end}"),
        format!("SUMMARY;LANGUAGE={}:{title}", notice.language),
        format!(
            "DESCRIPTION;LANGUAGE={}:{}",
            notice.language,
            escaped(&notice.text())
        ),
        // It takes no time of anybody's day.
        "TRANSP:TRANSPARENT".to_owned(),
    ];
    let alarm = |trigger: &str| {
        [
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            format!("TRIGGER:{trigger}"),
            format!("DESCRIPTION:{title}"),
            "END:VALARM".to_owned(),
        ]
    };
    let closing = ["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()];
    let lines = opening
        .into_iter()
        .chain(alarm("-P14D"))
        .chain(alarm("-P2D"))
        .chain(closing);
    for line in lines {
        fold(&line, &mut text);
    }
    text
}

/// RFC 5545, 3.3.5: UTC.
fn stamp(moment: DateTime<Utc>) -> String {
    moment.format("%Y%m%dT%H%M%SZ").to_string()
}

/// RFC 5545, 3.3.11.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            '\r' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// RFC 5545, 3.1: no line has more than 75 octets; a further one begins with a blank.
fn fold(line: &str, text: &mut String) {
    let mut used = 0;
    for character in line.chars() {
        if used + character.len_utf8() > 75 {
            text.push_str("\r\n ");
            used = 1;
        }
        text.push(character);
        used += character.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::{Ending, Language};
    use super::*;

    #[test]
    fn an_event_is_as_rfc_5545_wants_it() {
        let emails = ["a,b@example.org".to_owned()];
        let notice = ExpiryNotice {
            ending: Ending::Identity(&emails),
            subject: "4f6d",
            not_after: "2028-02-29T10:59:59Z".parse().unwrap(),
            authority: "École; CA \\ 1",
            language: Language::French,
        };
        let text = event(&notice, "2028-02-01T00:00:00Z".parse().unwrap());
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains('\n'));
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "UID:expiry-4f6d@cachet.invalid",
            "DTSTAMP:20280201T000000Z",
            "DTSTART:20280229T105959Z",
            "SUMMARY;LANGUAGE=fr:Votre certificat pour a\\,b@example.org expire le 2028-02-29",
            "TRIGGER:-P14D",
        ] {
            assert!(unfolded.lines().any(|found| found == line), "{line}\n{unfolded}");
        }
        assert!(unfolded.contains("École\\; CA \\\\ 1\\n"));
    }
}
