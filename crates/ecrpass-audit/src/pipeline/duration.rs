//! Time limits as CI systems write them.

/// Minutes of a limit in words: `36 hours`, `3h 30m`, `1d 2h`. A bare number counts as `unit` minutes.
pub fn minutes(text: &str, unit: u64) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text.trim();
    if let Ok(number) = rest.parse::<u64>() {
        return number.checked_mul(unit);
    }
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(rest.len());
        let seconds: u64 = match rest.get(..letters)? {
            "s" | "sec" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(seconds)?)?;
        rest = rest.get(letters..)?.trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    Some(total / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_added_up() {
        for (text, minutes_of) in [
            ("36 hours", Some(2160)),
            ("3h 30m", Some(210)),
            ("1d2h", Some(1560)),
            ("90", Some(90)),
            ("x", None),
            ("1y", None),
        ] {
            assert_eq!(minutes(text, 1), minutes_of, "{text}");
        }
        assert_eq!(minutes("99999999999999999999h", 1), None);
    }
}
