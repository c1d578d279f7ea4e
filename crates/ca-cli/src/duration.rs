//! Durations such as `7d`.

use chrono::Duration;

/// Reads a number with `h`, `d`, `w` or `y` (365 days).
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let hint = || format!("\"{text}\" is no duration: write 12h, 7d, 4w or 1y");
    let unit = text.chars().last().ok_or_else(hint)?;
    let number: i64 = text
        .strip_suffix(unit)
        .and_then(|n| n.parse().ok())
        .filter(|n| *n >= 0)
        .ok_or_else(hint)?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 24 * 7,
        'y' => 24 * 365,
        _ => return Err(hint()),
    };
    number
        .checked_mul(hours)
        .filter(|hours| *hours <= 24 * 365 * 1000)
        .and_then(Duration::try_hours)
        .ok_or_else(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units() {
        assert_eq!(parse_duration("7d"), Ok(Duration::days(7)));
        assert_eq!(parse_duration("0h"), Ok(Duration::zero()));
        assert_eq!(parse_duration("1y"), Ok(Duration::days(365)));
        for wrong in ["", "7", "d", "-1d", "7m", "99999999999999999d", "é"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
