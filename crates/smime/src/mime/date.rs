//! Dates of header fields (RFC 5322 3.3).

use chrono::{DateTime, Utc};

/// Returns `moment` as the Date field writes it, in UTC.
pub fn format_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Reads a date as header fields have it, obsolete forms included (RFC 5322 3.3, 4.3); a weekday that does not fit is
/// overlooked.
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    // No date is as long; comments may be.
    let text = text.trim();
    if text.len() > 256 {
        return None;
    }
    let read = |text: &str| DateTime::parse_from_rfc2822(text).ok();
    let without_weekday = || text.split_once(',').map(|(_, rest)| rest.trim());
    read(text)
        .or_else(|| without_weekday().and_then(read))
        .map(|moment| moment.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        let moment: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().unwrap();
        assert_eq!(parse_date(&format_date(moment)), Some(moment));
        for text in [
            "Tue, 1 Sep 2026 10:00:00 +0200 (CEST)",
            "Tue,  1 Sep 2026 08:00:00 GMT",
            "1 Sep 2026 08:00 -0000",
            "Mon, 01 Sep 2026 08:00:00 +0000",
            "Tue, 1 Sep 26 03:00:00 EST",
        ] {
            assert_eq!(parse_date(text), Some(moment), "{text}");
        }
        let long = format!("Tue, 1 Sep 2026 08:00:00 GMT {}", "(".repeat(4096));
        for text in ["", "yesterday", "Tue, 32 Sep 2026 08:00:00 GMT", &long] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
