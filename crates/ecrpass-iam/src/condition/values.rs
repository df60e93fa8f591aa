//! How conditions read numbers, points in time and addresses.

use std::cmp::{Ordering, Reverse};
use std::net::IpAddr;

use ecrpass_core::time::{EpochSeconds, parse_rfc3339};

/// Compares two numbers; `None` when one is none.
pub fn numbers(left: &str, right: &str) -> Option<Ordering> {
    Some(number(left)?.cmp(&number(right)?))
}

/// Whether a text is a number.
pub fn is_number(text: &str) -> bool {
    number(text).is_some()
}

/// A number as it is written, not rounded to what a machine's numbers can hold.
fn number(text: &str) -> Option<Number> {
    let text = text.trim();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_start_matches('0');
    let zeros = all.len() - significant.len();
    let point = i64::from(exponent) + i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
    let significant = significant.trim_end_matches('0').to_owned();
    Some(match (significant.is_empty(), is_negative) {
        (true, _) => Number::Zero,
        (false, false) => Number::Positive((point, significant)),
        (false, true) => Number::Negative(Reverse((point, significant))),
    })
}

/// Where a number's point is, and its digits without zeros at either end.
type Magnitude = (i64, String);

/// A number, the smaller ones first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    Negative(Reverse<Magnitude>),
    Zero,
    Positive(Magnitude),
}

/// Compares two points in time; `None` when one is none.
pub fn dates(left: &str, right: &str) -> Option<Ordering> {
    Some(date(left)?.cmp(&date(right)?))
}

/// Whether a text is a point in time.
pub fn is_date(text: &str) -> bool {
    date(text).is_some()
}

/// A point in time as IAM takes it: one of the forms of W3C's note on ISO 8601, or seconds since the epoch. Four digits
/// are a year.
fn date(text: &str) -> Option<EpochSeconds> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.len() != 4 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let (day, time) = text.split_once(['T', 't']).unwrap_or((text, "00:00:00Z"));
    let day = match day.len() {
        4 => format!("{day}-01-01"),
        7 => format!("{day}-01"),
        _ => day.to_owned(),
    };
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone)?;
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    parse_rfc3339(&format!("{day}T{clock}{seconds}{}", if zone.is_empty() { "Z" } else { zone }))
}

/// Whether a text is an address or a range of them.
pub fn is_range(text: &str) -> bool {
    let network = text.split_once('/').map_or(text, |(network, _)| network);
    is_address_in(network, text)
}

/// Whether an address is the one given, or lies in the range given; an address of the other family does not.
pub fn is_address_in(address: &str, range: &str) -> bool {
    let (network, length) = match range.split_once('/') {
        Some((network, length)) => match length.parse::<u32>() {
            Ok(length) => (network, Some(length)),
            Err(_) => return false,
        },
        None => (range, None),
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let (Ok(address), Ok(network)) = (address.trim().parse(), network.trim().parse()) else { return false };
    let ((address, width), (network, network_width)) = (bits(address), bits(network));
    let length = length.unwrap_or(width);
    if width != network_width || length > width {
        return false;
    }
    // Shifting by all of the width is no shift in Rust.
    let ignored = width - length;
    address.checked_shr(ignored).unwrap_or(0) == network.checked_shr(ignored).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert_eq!(numbers("9", "10"), Some(Ordering::Less));
        assert_eq!(numbers("1.50", "1.5"), Some(Ordering::Equal));
        for (left, right, expected) in [
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("-2", "-10", Ordering::Greater),
            ("-0", "0.00", Ordering::Equal),
            ("-1e-9", "0", Ordering::Less),
            (".5", "5e-1", Ordering::Equal),
            ("+1.", "0.01E+2", Ordering::Equal),
            ("12", "123", Ordering::Less),
            ("0.12", "0.123", Ordering::Less),
            ("0.09", "0.1", Ordering::Less),
            ("1e400", "1e401", Ordering::Less),
        ] {
            assert_eq!(numbers(left, right), Some(expected), "{left} {right}");
            assert_eq!(numbers(right, left), Some(expected.reverse()), "{right} {left}");
        }
        for text in ["", "x", "inf", "NaN", "1,5", ".", "-", "+-1", "e5", "1e", "1e1.5", "1.2.3", "1 2"] {
            assert_eq!(numbers(text, "1"), None, "{text}");
        }
    }

    #[test]
    fn dates_have_several_forms() {
        for (text, seconds) in [
            ("2026-03-01T00:00:00Z", Some(1_772_323_200)),
            ("2026-03-01T01:00:00+01:00", Some(1_772_323_200)),
            ("2026-03-01T00:00Z", Some(1_772_323_200)),
            ("2026-03-01T00:00:00.5Z", Some(1_772_323_200)),
            ("2026-03-01", Some(1_772_323_200)),
            ("2026-03", Some(1_772_323_200)),
            ("1772323200", Some(1_772_323_200)),
            ("-1", Some(-1)),
            ("1970", Some(0)),
            ("", None),
            ("soon", None),
            ("2026-13-01", None),
        ] {
            assert_eq!(date(text), seconds, "{text}");
        }
    }

    #[test]
    fn addresses_lie_in_ranges_of_their_family() {
        for (address, range, expected) in [
            ("203.0.113.7", "203.0.113.0/24", true),
            ("203.0.114.7", "203.0.113.0/24", false),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.7", "0.0.0.0/0", true),
            ("2001:db8::1", "0.0.0.0/0", false),
            ("2001:db8::1", "2001:db8::/32", true),
            ("2001:db9::1", "2001:db8::/32", false),
            ("2001:db8::1", "::/0", true),
            ("203.0.113.7", "203.0.113.0/33", false),
            ("203.0.113.7", "203.0.113.0/x", false),
            ("nowhere", "0.0.0.0/0", false),
        ] {
            assert_eq!(is_address_in(address, range), expected, "{address} {range}");
        }
    }
}
