//! Lengths of time as people write them: `15s`, `500ms`, `2m`, `1h`, `1.5`.

use std::time::Duration;

/// The units, and how many seconds each is.
const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];

/// Longer than anybody means.
const LONGEST: f64 = 366.0 * 86_400.0;

/// Reads a length of time; bare numbers are seconds.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, seconds) = UNITS
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
        .unwrap_or((text, 1.0));
    // `f64` takes signs, exponents and words, too.
    let is_plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number: f64 = number.parse().ok().filter(|_| is_plain)?;
    let length = number * seconds;
    if length > LONGEST { None } else { Duration::try_from_secs_f64(length).ok() }
}

/// A length as it is written: whole units where they fit.
pub fn shown(length: Duration) -> String {
    let milliseconds = length.as_millis();
    match milliseconds {
        0 => "0s".to_owned(),
        whole if whole % 3_600_000 == 0 => format!("{}h", whole / 3_600_000),
        whole if whole % 60_000 == 0 => format!("{}m", whole / 60_000),
        whole if whole % 1_000 == 0 => format!("{}s", whole / 1_000),
        whole => format!("{whole}ms"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_are_read() {
        for (text, milliseconds) in [
            ("15s", 15_000),
            ("15", 15_000),
            ("1.5", 1_500),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            (" 3s ", 3_000),
            ("0", 0),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "-1s", "1e9", "inf", "NaN", "1d", "1 s", "99999999h", "١s"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_again(milliseconds in 0_u64..100_000_000) {
            let length = Duration::from_millis(milliseconds);
            prop_assert_eq!(parse(&shown(length)), Some(length));
        }

        #[test]
        fn nothing_written_is_a_panic(text in "\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}
