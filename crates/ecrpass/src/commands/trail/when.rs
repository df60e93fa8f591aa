//! A moment as people name it on the command line.

use ecrpass_core::time::{EpochSeconds, parse_rfc3339};

/// A day, a day with a time (with or without seconds and zone; UTC where none is named), or how long ago.
pub fn moment(text: &str) -> Result<EpochSeconds, String> {
    at(text, ecrpass_aws::clock::now())
}

fn at(text: &str, now: EpochSeconds) -> Result<EpochSeconds, String> {
    let text = text.trim();
    let known = ago(text).map(|seconds| now - seconds).or_else(|| absolute(text));
    known.ok_or_else(|| {
        "give a day, 2026-11-24, a time in UTC, 2026-11-24T10:00, or how long ago, 90m, 24h, 7d".to_owned()
    })
}

fn ago(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
    number.parse::<i64>().ok()?.checked_mul(unit)
}

fn absolute(text: &str) -> Option<EpochSeconds> {
    // What is left out is at its beginning.
    ["", "Z", ":00Z", "T00:00:00Z"].iter().find_map(|end| parse_rfc3339(&format!("{text}{end}"))).or_else(
        || {
            let without_zone = text.strip_suffix('Z')?;
            parse_rfc3339(&format!("{without_zone}:00Z"))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_may_be_named_in_any_usual_way() {
        let now = 1_764_000_000;
        for (text, expected) in [
            ("2025-11-24", 1_763_942_400),
            ("2025-11-24T16:00", now),
            ("2025-11-24T16:00Z", now),
            ("2025-11-24 16:00", now),
            ("2025-11-24T16:00:00", now),
            ("2025-11-24T16:00:00Z", now),
            ("2025-11-24T17:00:00+01:00", now),
            ("90m", now - 5400),
            ("24h", now - 86_400),
            ("7d", now - 7 * 86_400),
        ] {
            assert_eq!(at(text, now), Ok(expected), "{text}");
        }
        for text in ["", "yesterday", "-1h", "1", "h", "2025-13-24", "99999999999999999999d", "é"] {
            assert!(at(text, now).is_err(), "{text}");
        }
    }
}
