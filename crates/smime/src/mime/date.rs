//! Dates of header fields (RFC 5322 3.3).

use chrono::{DateTime, Utc};

/// Returns `moment` as the Date field writes it, in UTC.
pub fn format_date(moment: DateTime<Utc>) -> String {
    moment.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
