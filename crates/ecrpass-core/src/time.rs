//! Points in time as whole seconds since the Unix epoch, and how people read them.

use std::time::Duration;

use jiff::Timestamp;

/// Seconds since the Unix epoch.
pub type EpochSeconds = i64;

/// An RFC 3339 date and time in UTC, for example `2026-11-21T09:30:00Z`; the bare number when out of range.
pub fn rfc3339(at: EpochSeconds) -> String {
    Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// A length of time in the two largest units that matter: `11 h 58 min`, `4 min`, `20 s`.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A length of time in whole milliseconds.
pub fn milliseconds(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// The moment an HTTP `Date` header names (RFC 9110 IMF-fixdate); `None` for anything else.
pub fn parse_http_date(text: &str) -> Option<EpochSeconds> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|at| at.timestamp().as_second())
}

/// The moment an RFC 3339 text names; `None` for anything else.
pub fn parse_rfc3339(text: &str) -> Option<EpochSeconds> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_lengths_read_well() {
        assert_eq!(rfc3339(1_757_147_299), "2025-09-06T08:28:19Z");
        assert_eq!(rfc3339(i64::MAX), "9223372036854775807");
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (-3_600, "1 h"),
            (43_080, "11 h 58 min"),
            (86_400, "1 d"),
            (100_000, "1 d 3 h"),
            (i64::MIN, "106751991167300 d 15 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(parse_http_date("Sat, 06 Sep 2025 08:28:19 GMT"), Some(1_757_147_299));
        assert_eq!(parse_http_date("yesterday"), None);
        assert_eq!(parse_rfc3339("2025-09-06T10:28:19.123456+02:00"), Some(1_757_147_299));
        assert_eq!(parse_rfc3339("2025-09-06"), None);
    }
}
