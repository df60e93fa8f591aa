//! The time in a line of a log, as it is written there.

/// The first time of day in a line, and the date before it if there is one.
pub fn stamp(line: &[u8]) -> Option<(String, String)> {
    let colon = memchr::memchr_iter(b':', line).find(|colon| is_time(line, *colon))?;
    let start = colon - 2;
    let time = line.get(start..start + 8)?;
    let before = line.get(..start).unwrap_or_default();
    let date = before.get(before.len().saturating_sub(12)..).unwrap_or_default();
    Some((text(date_of(date)), text(time)))
}

/// `hh:mm:ss`, its first colon there, and no digit before or behind it.
fn is_time(line: &[u8], colon: usize) -> bool {
    let Some(time) = colon.checked_sub(2).and_then(|start| line.get(start..start + 8)) else { return false };
    let pair = |at: usize, limit: u8| match time.get(at..at + 2) {
        Some([tens, ones]) if tens.is_ascii_digit() && ones.is_ascii_digit() => {
            (tens - b'0') * 10 + (ones - b'0') < limit
        }
        _ => false,
    };
    let is_digit = |at: Option<usize>| at.and_then(|at| line.get(at)).is_some_and(u8::is_ascii_digit);
    pair(0, 24)
        && pair(3, 60)
        && pair(6, 61)
        && time.get(5) == Some(&b':')
        && !is_digit(colon.checked_sub(3))
        && !is_digit(Some(colon + 6))
}

/// What of the text before a time is its date: `2026-02-11T`, `Feb 11 `, `11/Feb/2026:`, `I0211 `.
fn date_of(before: &[u8]) -> &[u8] {
    let before =
        before.strip_suffix(b"T").or_else(|| before.strip_suffix(b":")).unwrap_or(before).trim_ascii_end();
    let is_date = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'/' | b' ');
    let length = before.iter().rev().take_while(|byte| is_date(byte)).count();
    let date = before.get(before.len() - length..).unwrap_or_default();
    let known = [
        date.len().saturating_sub(10),
        date.len().saturating_sub(11),
        date.len().saturating_sub(6),
        date.len().saturating_sub(5),
    ];
    known
        .into_iter()
        .filter_map(|from| date.get(from..))
        .find(|date| looks_like_a_date(date))
        .unwrap_or_default()
}

fn looks_like_a_date(date: &[u8]) -> bool {
    let shape: Vec<u8> = date
        .iter()
        .map(|byte| match byte {
            b'0'..=b'9' => b'0',
            byte if byte.is_ascii_alphabetic() => b'a',
            byte => *byte,
        })
        .collect();
    matches!(
        shape.as_slice(),
        b"0000-00-00" | b"0000/00/00" | b"00/aaa/0000" | b"aaa 00" | b"aaa  0" | b"a0000"
    )
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Two times as people read them: with their dates where these differ.
pub fn written(first: (String, String), last: (String, String)) -> (String, String) {
    if first.0 == last.0 {
        return (first.1, last.1);
    }
    let whole = |(date, time): (String, String)| format!("{date} {time}").trim().to_owned();
    (whole(first), whole(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_logs_write_them() {
        for (line, date, time) in [
            ("2026-02-11T09:14:03.118Z INFO x", "2026-02-11", "09:14:03"),
            ("{\"ts\":\"2026-02-11 09:14:03\"}", "2026-02-11", "09:14:03"),
            ("Feb 11 09:14:03 node kubelet[1]: x", "Feb 11", "09:14:03"),
            ("Feb  1 09:14:03 node kubelet[1]: x", "Feb  1", "09:14:03"),
            ("I0211 09:14:03.118000 1 x.go:1] x", "I0211", "09:14:03"),
            ("10.0.3.4 - - [11/Feb/2026:09:14:03 +0000] x", "11/Feb/2026", "09:14:03"),
            ("time=\"2024-06-17T03:14:09.774013221Z\"", "2024-06-17", "03:14:09"),
            ("[09:14:03] sha256:11:22:33:44 x", "", "09:14:03"),
        ] {
            assert_eq!(stamp(line.as_bytes()), Some((date.to_owned(), time.to_owned())), "{line}");
        }
        for line in ["", "arn:aws:iam::12:34", "image:12:61:00", "11:22:33:44:55"] {
            assert!(stamp(line.as_bytes()).is_none_or(|(_, time)| time == "11:22:33"), "{line}");
        }
    }

    #[test]
    fn the_date_is_told_where_it_makes_a_difference() {
        let at = |date: &str, time: &str| (date.to_owned(), time.to_owned());
        assert_eq!(written(at("a", "1"), at("a", "2")), ("1".to_owned(), "2".to_owned()));
        assert_eq!(written(at("a", "1"), at("b", "2")), ("a 1".to_owned(), "b 2".to_owned()));
    }
}
