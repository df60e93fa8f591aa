//! How far a clock is off, by what AWS says of a signature.

use ecrpass_core::time::{duration, parse_rfc3339};

/// How far the clock of the machine that signed is off, in words; none if the line does not say.
///
/// AWS names the time of the signature first and its own in brackets: `Signature expired: 20240101T000000Z is now
/// earlier than 20240101T010000Z (20240101T011500Z - 15 min.)`.
pub fn skew(line: &str) -> Option<String> {
    let (_, rest) =
        line.split_once("Signature expired: ").or_else(|| line.split_once("Signature not yet current: "))?;
    let signed = moment(rest.get(..16)?)?;
    let (_, own) = rest.split_once('(')?;
    let off = moment(own.get(..16)?)?.checked_sub(signed)?;
    let way = if off > 0 { "behind" } else { "ahead of" };
    Some(format!("By these times, the clock that signed is {} {way} AWS's.", duration(off)))
}

/// `20240101T000000Z`.
fn moment(text: &str) -> Option<i64> {
    let part =
        |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let (date, time) = text.split_once('T')?;
    if date.len() != 8 || time.len() != 7 || !time.ends_with('Z') {
        return None;
    }
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_told_both_ways() {
        let behind = "Signature expired: 20240101T000000Z is now earlier than 20240101T080000Z (20240101T081500Z - 15 min.)";
        assert_eq!(
            skew(behind).as_deref(),
            Some("By these times, the clock that signed is 8 h 15 min behind AWS's.")
        );
        let ahead = "Signature not yet current: 20240101T090000Z is still later than 20240101T081500Z (20240101T080000Z + 15 min.)";
        assert_eq!(
            skew(ahead).as_deref(),
            Some("By these times, the clock that signed is 1 h ahead of AWS's.")
        );
        for other in [
            "Signature expired: soon (late)",
            "Signature expired: 2024\u{e9}101T000000Z (20240101T081500Z",
            "x",
        ] {
            assert_eq!(skew(other), None, "{other}");
        }
    }
}
