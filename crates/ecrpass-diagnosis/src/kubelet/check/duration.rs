//! Durations as Go reads them.

/// The longest duration, in seconds: Go counts nanoseconds in 64 bits.
const LONGEST: f64 = 9_223_372_036.0;

/// The seconds of a duration; `None` for what Go would refuse. Source: Go, `time.ParseDuration`.
pub fn seconds(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, behind) = rest.split_at_checked(end)?;
        let number: f64 = number.parse().ok()?;
        let (unit, length) = unit(behind)?;
        total += number * unit;
        rest = behind.get(length..)?;
    }
    (total <= LONGEST).then_some(sign * total)
}

/// The seconds of the unit that a text begins with, and how long its name is.
fn unit(text: &str) -> Option<(f64, usize)> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("μs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let (name, seconds) = UNITS.iter().find(|(name, _)| text.starts_with(name))?;
    Some((*seconds, name.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_as_go_does() {
        for (text, value) in [
            ("12h", 43_200.0),
            ("1h30m", 5400.0),
            ("0", 0.0),
            ("0s", 0.0),
            ("-1m", -60.0),
            ("1.5h", 5400.0),
            ("500ms", 0.5),
            ("2562047h", 9_223_369_200.0),
        ] {
            assert_eq!(seconds(text), Some(value), "{text}");
        }
        for text in
            ["", "12", "h", "1d", "1h ", "12 h", "one hour", "-", "..s", "1hm", "2562048h", "9999999h"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>(), like in "[0-9.hmsuµ+-]{0,12}") {
            let _ = (seconds(&text), seconds(&like));
        }
    }
}
