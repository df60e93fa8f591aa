//! Comma-separated values as Athena and CloudTrail Lake export them: a record is one quoted value, and may hold line feeds.

use std::borrow::Cow;

/// The columns that hold whole records, in any case.
const COLUMNS: [&str; 2] = ["eventjson", "cloudtrailevent"];

/// How many columns are looked at.
const MOST_COLUMNS: usize = 256;

/// Which value of a header names a column of records.
pub fn column(header: &[u8]) -> Option<usize> {
    let is_ours = |name: &[u8]| COLUMNS.iter().any(|column| name.eq_ignore_ascii_case(column.as_bytes()));
    (0..MOST_COLUMNS).map_while(|at| value(header, at)).position(|name| is_ours(name.trim_ascii()))
}

/// A value of a row, without its quotes.
pub fn value(row: &[u8], column: usize) -> Option<Cow<'_, [u8]>> {
    let (mut rest, mut at) = (row, 0);
    loop {
        let length = length(rest);
        let (value, after) = rest.split_at_checked(length)?;
        if at == column {
            return Some(unquoted(value.trim_ascii()));
        }
        rest = after.get(1..)?;
        at += 1;
    }
}

/// How long the first value is, up to its comma.
fn length(row: &[u8]) -> usize {
    let (mut from, mut is_quoted) = (0, false);
    while let Some(found) = memchr::memchr2(b'"', b',', row.get(from..).unwrap_or_default()) {
        let at = from + found;
        match row.get(at) {
            Some(b'"') => is_quoted = !is_quoted,
            _ if !is_quoted => return at,
            _ => {}
        }
        from = at + 1;
    }
    row.len()
}

fn unquoted(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")) else {
        return Cow::Borrowed(value);
    };
    if memchr::memchr(b'"', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'"', rest) {
        let (before, after) = rest.split_at(at + 1);
        text.extend_from_slice(before);
        rest = after.strip_prefix(b"\"").unwrap_or(after);
    }
    text.extend_from_slice(rest);
    Cow::Owned(text)
}

/// Finds where rows end, piece by piece.
#[derive(Debug, Default)]
pub struct Rows {
    scanned: usize,
    is_quoted: bool,
}

impl Rows {
    /// The length of the first row in a buffer, with its line feed, if it is all there. The next buffer begins with what
    /// follows the row; without a row it begins with the same bytes, and has more.
    pub fn next(&mut self, buffer: &[u8]) -> Option<usize> {
        while let Some(found) = memchr::memchr2(b'"', b'\n', buffer.get(self.scanned..).unwrap_or_default()) {
            let at = self.scanned + found;
            self.scanned = at + 1;
            match buffer.get(at) {
                Some(b'"') => self.is_quoted = !self.is_quoted,
                _ if !self.is_quoted => return Some(std::mem::take(&mut self.scanned)),
                _ => {}
            }
        }
        self.scanned = buffer.len();
        None
    }

    /// The row that is looked at was dropped as far as it was looked at.
    pub fn dropped(&mut self) {
        self.scanned = 0;
    }

    /// Whether the end is inside of quotes.
    pub fn is_quoted(&self) -> bool {
        self.is_quoted
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(value: &str) -> String {
        format!("\"{}\"", value.replace('"', "\"\""))
    }

    #[test]
    fn the_column_of_records_is_found_in_the_header() {
        assert_eq!(column(b"\"eventId\",\"eventTime\",\"eventJson\"\r"), Some(2));
        assert_eq!(column(b"CloudTrailEvent"), Some(0));
        assert_eq!(column(b"\"a,eventJson\",b"), None);
        assert_eq!(column(b""), None);
    }

    proptest! {
        #[test]
        fn rows_and_values_come_out_as_they_were_written(
            rows in proptest::collection::vec(proptest::collection::vec("[ -~\n]{0,20}", 3), 0..8),
            length in 1..40_usize,
        ) {
            // White space around a value is not part of it.
            let rows: Vec<Vec<String>> =
                rows.into_iter().map(|row| row.iter().map(|value| format!(".{value}.")).collect()).collect();
            let text: String = rows
                .iter()
                .map(|row| row.iter().map(|value| written(value)).collect::<Vec<_>>().join(",") + "\n")
                .collect();
            let (mut finder, mut buffer, mut found) = (Rows::default(), Vec::new(), Vec::new());
            for piece in text.as_bytes().chunks(length) {
                buffer.extend_from_slice(piece);
                while let Some(end) = finder.next(&buffer) {
                    let row: Vec<u8> = buffer.drain(..end).collect();
                    let row = row.trim_ascii_end();
                    let values = (0..4).map_while(|at| value(row, at));
                    found.push(values.map(|it| String::from_utf8(it.into_owned()).unwrap()).collect::<Vec<_>>());
                }
            }
            prop_assert_eq!(found, rows);
            prop_assert!(buffer.is_empty() && !finder.is_quoted());
        }
    }
}
