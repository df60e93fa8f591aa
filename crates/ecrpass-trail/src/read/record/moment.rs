//! The ways in which records, and what exports them, write a time.

use ecrpass_core::time::{EpochSeconds, parse_basic, parse_rfc3339};

/// From this number on it is of milliseconds: as seconds it would be in the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// The time that a text names: CloudTrail's own form, Lake's without a zone, the basic one, or a number of seconds or
/// milliseconds since 1970.
pub fn moment(text: &str) -> Option<EpochSeconds> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return Some(if number >= MILLISECONDS { number / 1000 } else { number });
    }
    parse_rfc3339(text)
        .or_else(|| parse_rfc3339(&format!("{}Z", text.trim().trim_end_matches(" UTC"))))
        .or_else(|| parse_basic(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_writing_a_time_is_read() {
        for text in [
            "2025-11-24T16:00:00Z",
            "2025-11-24 16:00:00.000",
            "2025-11-24 16:00:00.000 UTC",
            "2025-11-24T16:00:00.123Z",
            "2025-11-24T17:00:00+01:00",
            "20251124T160000Z",
            "1764000000000",
            "1764000000",
        ] {
            assert_eq!(moment(text), Some(1_764_000_000), "{text}");
        }
        for text in ["", "not a time", "2025-13-24T16:00:00Z", "99999999999999999999"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
