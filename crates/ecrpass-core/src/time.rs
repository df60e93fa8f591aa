//! Points in time as whole seconds since the Unix epoch, and how people and programs write them.
//!
//! Written here and not taken from a library of time zones, spans and formats: that made the web page a tenth larger.

use std::time::Duration;

/// Seconds since the Unix epoch.
pub type EpochSeconds = i64;

/// A moment by every clock that a machine has. One clock alone can be set; several that agree cannot be wrong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Which run of the machine it was; `None` where the system does not say.
    pub boot: Option<String>,
    /// Seconds since that run began, time asleep included; nobody can set this clock. `None` where there is none.
    pub since_boot: Option<i64>,
    /// The clock on the wall, which people and programs set.
    pub wall: EpochSeconds,
}

/// The seconds of a day.
const DAY: i64 = 86_400;

/// The days from 0000-03-01 to the epoch.
const EPOCH: i64 = 719_468;

/// The days of 400 years.
const ERA: i64 = 146_097;

/// The months as HTTP names them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The days of the week as HTTP names them, that of the epoch first.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// An RFC 3339 date and time in UTC, for example `2026-11-21T09:30:00Z`; the bare number when the year has not four
/// digits.
pub fn rfc3339(at: EpochSeconds) -> String {
    match moment(at) {
        Some(((year, month, day), (hour, minute, second))) => {
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        }
        None => at.to_string(),
    }
}

/// The same as AWS's signatures carry it, `20261121T093000Z`.
pub fn basic(at: EpochSeconds) -> String {
    match moment(at) {
        Some(((year, month, day), (hour, minute, second))) => {
            format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
        }
        None => at.to_string(),
    }
}

/// The same as an HTTP `Date` header has it, `Sat, 21 Nov 2026 09:30:00 GMT`.
pub fn http_date(at: EpochSeconds) -> String {
    let weekday = usize::try_from(at.div_euclid(DAY).rem_euclid(7)).ok().and_then(|day| WEEKDAYS.get(day));
    match (moment(at), weekday) {
        (Some(((year, month, day), (hour, minute, second))), Some(weekday)) => {
            let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"");
            format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
        }
        _ => at.to_string(),
    }
}

/// Year, month and day; or hour, minute and second.
type Triple = (i64, i64, i64);

/// A day and the time in it; `None` when the year has not four digits.
fn moment(at: EpochSeconds) -> Option<(Triple, Triple)> {
    let (year, month, day) = date(at.div_euclid(DAY));
    let seconds = at.rem_euclid(DAY);
    let time = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    (0..=9999).contains(&year).then_some(((year, month, day), time))
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
    let (weekday, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let day = digits(parts.next()?, 2)?;
    let month = parts.next()?;
    let month = MONTHS.iter().zip(1..).find_map(|(name, number)| (*name == month).then_some(number))?;
    let year = digits(parts.next()?, 4)?;
    let seconds = clock(parts.next()?)?;
    if parts.next() != Some("GMT") || parts.next().is_some() {
        return None;
    }
    let days = days(year, month, day)?;
    let expected = usize::try_from(days.rem_euclid(7)).ok()?;
    (WEEKDAYS.get(expected) == Some(&weekday)).then_some(days * DAY + seconds)
}

/// The moment an RFC 3339 text names; `None` for anything else. Parts of a second are dropped.
pub fn parse_rfc3339(text: &str) -> Option<EpochSeconds> {
    let (day, rest) = text.trim().split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let zone = match rest.strip_prefix('.') {
        Some(parts) => {
            let zone = parts.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < parts.len()).then_some(zone)?
        }
        None => rest,
    };
    let mut parts = day.split('-');
    let (year, month) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?);
    let days = days(year, month, digits(parts.next()?, 2)?)?;
    Some(days * DAY + clock(time)? - offset(zone)?)
}

/// The moment that [`basic`] has written; `None` for anything else.
pub fn parse_basic(text: &str) -> Option<EpochSeconds> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (year, rest) = day.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    let (hour, rest) = time.split_at_checked(2)?;
    let (minute, second) = rest.split_at_checked(2)?;
    let days = days(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?;
    Some(days * DAY + clock(&format!("{hour}:{minute}:{second}"))?)
}

/// The seconds of the day of `10:28:19`. A leap second is the last before it.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = digits(parts.next()?, 2)?;
    let is_clock = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    is_clock.then_some(hour * 3_600 + minute * 60 + second.min(59))
}

/// How many seconds `Z`, `+02:00` or `-05:30` is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, ahead) = match zone.strip_prefix('-') {
        Some(behind) => (-1, behind),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = ahead.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i64> {
    let is_number = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// The days from the epoch to a date of the Gregorian calendar; `None` for one it has not, such as 30 February.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    // Years begin in March here, so that the day a leap year has more is their last.
    let (march_year, march_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let days = era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH;
    (date(days) == (year, month, day)).then_some(days)
}

/// The year, month and day of a number of days after the epoch: the inverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let day_of_era = days.rem_euclid(ERA);
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = days.div_euclid(ERA) * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
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
        for text in [
            "yesterday",
            "Sun, 06 Sep 2025 08:28:19 GMT",
            "Sat, 06 Sep 2025 08:28:19 CET",
            "Sat, 06 Sep 2025 08:28:19 GMT GMT",
            "Sat, 6 Sep 2025 08:28:19 GMT",
            "Sat, 06 Sep 2025 8:28:19 GMT",
            "Sat, 06 Sept 2025 08:28:19 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
        for text in [
            "2025-09-06T08:28:19Z",
            " 2025-09-06t08:28:19z\n",
            "2025-09-06 10:28:19.123456+02:00",
            "2025-09-06T02:58:19-05:30",
            "2025-09-05T23:58:19.9-08:30",
        ] {
            assert_eq!(parse_rfc3339(text), Some(1_757_147_299), "{text}");
        }
        assert_eq!(parse_rfc3339("1969-12-31T23:59:60Z"), Some(-1));
        assert_eq!(parse_rfc3339("0000-01-01T00:00:00Z"), Some(-62_167_219_200));
        for text in [
            "",
            "2025-09-06",
            "2025-09-06T08:28Z",
            "2025-09-06T08:28:19",
            "2025-09-06T08:28:19.Z",
            "2025-09-06T08:28:19+2",
            "2025-09-06T08:28:19+0200",
            "2025-09-06T24:00:00Z",
            "2025-09-06T08:60:00Z",
            "2025-09-06T08:28:61Z",
            "2025-09-06T08:28:19+24:00",
            "2025-13-06T08:28:19Z",
            "2025-00-06T08:28:19Z",
            "2025-09-31T08:28:19Z",
            "2025-09-00T08:28:19Z",
            "2025-02-29T08:28:19Z",
            "1900-02-29T08:28:19Z",
            "+025-09-06T08:28:19Z",
            "2025-09-06T08:28:19Zz",
            "2025-09-06T08:28:1\u{e9}",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
        assert!(
            parse_rfc3339("2024-02-29T08:28:19Z").is_some()
                && parse_rfc3339("2000-02-29T00:00:00Z").is_some()
        );
    }

    #[test]
    fn dates_are_written_as_they_are_read() {
        assert_eq!(http_date(1_757_147_299), "Sat, 06 Sep 2025 08:28:19 GMT");
        assert_eq!(basic(1_757_147_299), "20250906T082819Z");
        for text in ["2025-09-06T08:28:19Z", "20250906T082819", "20250906T0828190Z", "20250231T082819Z", "TZ"]
        {
            assert_eq!(parse_basic(text), None, "{text}");
        }
        // A month and some hours at a time, over more than a century.
        for at in (-2_000_000_000..2_000_000_000).step_by(2_700_001) {
            assert_eq!(parse_http_date(&http_date(at)), Some(at));
            assert_eq!(parse_basic(&basic(at)), Some(at));
        }
        assert_eq!((http_date(i64::MAX), basic(i64::MIN)), (i64::MAX.to_string(), i64::MIN.to_string()));
    }

    /// Every day of four-digit years follows the one before it, as calendars have it, and is read as it is written.
    #[test]
    fn days_follow_each_other() {
        let length = |year: i64, month| match month {
            2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let (mut year, mut month, mut day) = (0, 1, 1);
        for number in -719_528..=2_932_896 {
            assert_eq!(date(number), (year, month, day));
            assert_eq!(days(year, month, day), Some(number));
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
        assert_eq!(rfc3339(253_402_300_799), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339(253_402_300_800), "253402300800");
        assert_eq!(rfc3339(-62_167_219_200), "0000-01-01T00:00:00Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59Z");
        assert_eq!(rfc3339(i64::MIN), i64::MIN.to_string());
    }
}
