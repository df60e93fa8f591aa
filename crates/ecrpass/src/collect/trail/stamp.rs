//! When a file of CloudTrail was written, by its name: `…_20261124T1005Z_….json.gz`. It says in which order files are read,
//! and which are not read at all; what a file holds is said by its content alone.

use std::path::Path;

use ecrpass_core::time::{EpochSeconds, parse_basic};

/// How long before the time that is asked for a change may be that explains it: files of that time are read, too.
const BEFORE: EpochSeconds = 7 * 86_400;

/// How late a record may be written.
const LATE: EpochSeconds = 86_400;

/// The time that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// From when on.
    pub since: Option<EpochSeconds>,
    /// Until when.
    pub until: Option<EpochSeconds>,
}

impl Span {
    /// Whether a file that was written then can hold what matters.
    pub fn may_have(self, written: Option<EpochSeconds>) -> bool {
        written.is_none_or(|written| {
            self.since.is_none_or(|since| written >= since - BEFORE)
                && self.until.is_none_or(|until| written <= until + LATE)
        })
    }
}

/// When a file was written, if its name says so.
pub fn written(name: &str) -> Option<EpochSeconds> {
    let is_stamp =
        |part: &&str| part.len() == 14 && part.ends_with('Z') && part.as_bytes().get(8) == Some(&b'T');
    let stamp = name.rsplit(['_', '/']).find(is_stamp)?;
    // It has no seconds.
    parse_basic(&format!("{}00Z", stamp.strip_suffix('Z')?))
}

/// The day that a directory is of, if its last names are a year, a month and a day.
pub fn day(directory: &Path) -> Option<u32> {
    let mut names = directory.iter().rev().map(|name| name.to_str().unwrap_or_default());
    let number = |name: Option<&str>, length: usize| {
        let name = name.filter(|name| name.len() == length)?;
        name.parse::<u32>().ok().filter(|number| *number > 0)
    };
    let (day, month, year) = (number(names.next(), 2)?, number(names.next(), 2)?, number(names.next(), 4)?);
    (day <= 31 && month <= 12).then_some((year * 100 + month) * 100 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_a_file_was_written() {
        let at = Some(1_795_514_700);
        for (name, expected) in [
            ("123456789012_CloudTrail_eu-west-1_20261124T1005Z_AbCdEfGhIjKlMnOp.json.gz", at),
            ("AWSLogs/1/CloudTrail/x/2026/11/24/1_CloudTrail_eu-west-1_20261124T1005Z_A.json.gz", at),
            ("events.json", None),
            ("1_CloudTrail_eu-west-1_20261324T1005Z_A.json.gz", None),
            ("1_CloudTrail_eu-west-1_2026é124T1005Z_A.json.gz", None),
        ] {
            assert_eq!(written(name), expected, "{name}");
        }
    }

    #[test]
    fn files_far_from_the_time_that_is_asked_for_are_not_read() {
        let span = Span { since: Some(10_000_000), until: Some(20_000_000) };
        assert!(
            span.may_have(None)
                && span.may_have(Some(10_000_000 - BEFORE))
                && span.may_have(Some(20_000_100))
        );
        assert!(!span.may_have(Some(9_000_000)) && !span.may_have(Some(21_000_000)));
        assert!(Span::default().may_have(Some(0)));
    }

    #[test]
    fn a_directory_says_of_which_day_it_is() {
        assert_eq!(day(Path::new("AWSLogs/1/CloudTrail/eu-west-1/2026/11/24")), Some(20_261_124));
        for path in ["", "2026/11", "x/2026/13/24", "2026/1/2", "a/b/c"] {
            assert_eq!(day(Path::new(path)), None, "{path}");
        }
    }
}
