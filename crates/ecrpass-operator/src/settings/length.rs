//! Lengths of time in a configuration: `90s`, `10m`, `2h`.

/// The seconds a text stands for.
pub fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

/// A length as a configuration would say it.
pub fn shown(seconds: i64) -> String {
    if seconds % 3600 == 0 {
        format!("{}h", seconds / 3600)
    } else if seconds % 60 == 0 {
        format!("{}m", seconds / 60)
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_shown() {
        for (text, expected) in [
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("10 min", Some(600)),
            ("2h", Some(7200)),
            ("10", None),
            ("", None),
            ("-1s", None),
            ("1.5h", None),
            ("9999999999999999999h", None),
            ("9999999999999999h", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
        for text in ["90s", "10m", "2h"] {
            assert_eq!(shown(seconds(text).unwrap()), text);
        }
    }
}
