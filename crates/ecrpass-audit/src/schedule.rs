//! How often something runs: cron's fields, and the spans and calendars of systemd's timers.

/// The minutes of a day.
const DAY: u32 = 24 * 60;

/// The longest time between two runs of a cron schedule, in minutes: `0 */8 * * *`, `@daily`. `None` if it cannot be read.
pub fn cron_gap(fields: &str) -> Option<u32> {
    let fields = fields.trim();
    match fields {
        "@hourly" => return Some(60),
        "@daily" | "@midnight" => return Some(DAY),
        "@weekly" => return Some(7 * DAY),
        "@monthly" => return Some(30 * DAY),
        "@yearly" | "@annually" => return Some(365 * DAY),
        _ => {}
    }
    if let Some(span) = fields.strip_prefix("@every ") {
        return span_minutes(span);
    }
    let mut fields = fields.split_whitespace();
    let (minute, hour) = (fields.next()?, fields.next()?);
    let days: Vec<&str> = fields.take(3).collect();
    if days.len() < 3 {
        return None;
    }
    let minutes = values(minute, 0, 59)?;
    let hours = values(hour, 0, 23)?;
    let gap = longest_gap(
        hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute)).collect(),
    );
    // On some days only: the gap is of days.
    let restricted = days.iter().any(|field| !matches!(*field, "*" | "?" | "*/1"));
    Some(if restricted { gap.max(2 * DAY) } else { gap })
}

/// The longest time between times of the day, over midnight too.
fn longest_gap(mut times: Vec<u32>) -> u32 {
    times.sort_unstable();
    times.dedup();
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else { return DAY };
    let over_midnight = first + DAY - last;
    times
        .windows(2)
        .filter_map(|pair| Some(pair.last()? - pair.first()?))
        .max()
        .unwrap_or_default()
        .max(over_midnight)
}

/// The values of a field: `*`, `*/6`, `1,13`, `0-23/8`.
fn values(field: &str, from: u32, to: u32) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (start, end) = match range {
            "*" => (from, to),
            // Jenkins' and others' spread: some time within.
            "H" => (from, if step > 1 { to } else { from }),
            _ => match range.split_once('-') {
                Some((start, end)) => (start.parse().ok()?, end.parse().ok()?),
                None => {
                    let start = range.parse().ok()?;
                    (start, if part.contains('/') { to } else { start })
                }
            },
        };
        let mut value = start;
        while value <= end.min(to) {
            all.push(value);
            value += step;
        }
    }
    (!all.is_empty()).then_some(all)
}

/// A span as systemd and Go write it, in minutes: `6h`, `12 hours`, `1d`, `90min`, `1h30m`, `43200`.
pub fn span_minutes(span: &str) -> Option<u32> {
    let span = span.trim().trim_matches('"');
    if let Ok(seconds) = span.parse::<u32>() {
        return Some(seconds / 60);
    }
    let mut total = 0_u64;
    let mut rest = span;
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?.trim_start();
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let seconds = match rest.get(..letters)? {
            "s" | "sec" | "second" | "seconds" | "" => 1,
            "m" | "min" | "minute" | "minutes" => 60,
            "h" | "hr" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 7 * 86_400,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(seconds)?)?;
        rest = rest.get(letters..)?;
    }
    u32::try_from(total / 60).ok()
}

/// The longest time between two runs of a timer's `OnCalendar`, in minutes: `daily`, `*-*-* 00/6:00:00`, `*-*-* 03,15:00`.
pub fn calendar_gap(calendar: &str) -> Option<u32> {
    match calendar.trim() {
        "minutely" => return Some(1),
        "hourly" => return Some(60),
        "daily" => return Some(DAY),
        "weekly" => return Some(7 * DAY),
        "monthly" => return Some(30 * DAY),
        "yearly" | "annually" => return Some(365 * DAY),
        _ => {}
    }
    let time = calendar.split_whitespace().find(|part| part.contains(':'));
    let Some(time) = time else { return Some(DAY) };
    let mut parts = time.split(':');
    let hours = values(parts.next()?, 0, 23)?;
    let minutes = values(parts.next().unwrap_or("0"), 0, 59)?;
    Some(longest_gap(
        hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute)).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_of_a_schedule_is_found() {
        for (fields, gap) in [
            ("0 0 * * *", Some(1440)),
            ("0 */12 * * *", Some(720)),
            ("30 */6 * * *", Some(360)),
            ("0 */8 * * *", Some(480)),
            ("0 6,18 * * *", Some(720)),
            ("0 8-18/2 * * *", Some(840)),
            ("*/5 * * * *", Some(5)),
            ("0 */6 * * 1-5", Some(2880)),
            ("@daily", Some(1440)),
            ("@every 6h", Some(360)),
            ("H H/4 * * *", Some(240)),
            ("x y * * *", None),
            ("0 0", None),
        ] {
            assert_eq!(cron_gap(fields), gap, "{fields}");
        }
    }

    #[test]
    fn spans_and_calendars_of_timers_are_read() {
        for (span, minutes) in [("6h", 360), ("12 hours", 720), ("1d", 1440), ("1h30m", 90), ("43200", 720)] {
            assert_eq!(span_minutes(span), Some(minutes), "{span}");
        }
        assert_eq!(span_minutes("soon"), None);
        for (calendar, gap) in
            [("daily", 1440), ("*-*-* 00/6:00:00", 360), ("*-*-* 03,15:00", 720), ("*-*-* *:0/15", 15)]
        {
            assert_eq!(calendar_gap(calendar), Some(gap), "{calendar}");
        }
    }
}
