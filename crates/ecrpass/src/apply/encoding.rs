//! A text that was changed, in the bytes of its file: what is not UTF-8 in it, and stood as � in the text, stays as it is
//! in the file, and UTF-16 stays UTF-16.

use similar::{DiffOp, DiffTag};

use crate::render::line_diff::operations;

/// What stands in a text for bytes that are not UTF-8.
const UNKNOWN: char = '\u{fffd}';

/// Why a text cannot be written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEncoded {
    /// The file has another text than the one that was changed.
    Changed,
    /// What was changed stands where the file is not UTF-8.
    NotUtf8,
}

/// The bytes of a new text; `bytes` are the file's, and `old` is its text.
///
/// # Errors
/// When the file has another text, or what was changed is not UTF-8 in it.
pub fn encoded(bytes: &[u8], old: &str, new: &str) -> Result<Vec<u8>, NotEncoded> {
    if bytes == old.as_bytes() {
        return Ok(new.as_bytes().to_vec());
    }
    for mark in [[0xff, 0xfe], [0xfe, 0xff]] {
        if bytes.starts_with(&mark) {
            let is_same = bytes == utf16(mark, old);
            return if is_same { Ok(utf16(mark, new)) } else { Err(NotEncoded::Changed) };
        }
    }
    if String::from_utf8_lossy(bytes) != old {
        return Err(NotEncoded::Changed);
    }
    let lines = by_lines(bytes, old, new).ok_or(NotEncoded::NotUtf8)?;
    // Nothing but what is meant.
    if String::from_utf8_lossy(&lines) == new { Ok(lines) } else { Err(NotEncoded::NotUtf8) }
}

fn utf16(mark: [u8; 2], text: &str) -> Vec<u8> {
    let is_little = mark == [0xff, 0xfe];
    let units = text.encode_utf16();
    mark.into_iter()
        .chain(units.flat_map(|unit| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() }))
        .collect()
}

/// Lines that stay are the file's; of one that changed, its beginning and its end are.
fn by_lines(bytes: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
    // What is not UTF-8 has to stay, all of it and in its order.
    if old.matches(UNKNOWN).count() != new.matches(UNKNOWN).count() {
        return None;
    }
    let raw: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut all = Vec::with_capacity(bytes.len());
    for operation in operations(&old, &new) {
        let (from, to) = (operation.old_range(), operation.new_range());
        if operation.tag() == DiffTag::Equal {
            raw.get(from)?.iter().for_each(|line| all.extend_from_slice(line));
            continue;
        }
        let is_paired = matches!(operation, DiffOp::Replace { .. }) && from.len() == to.len();
        for (nth, line) in new.get(to)?.iter().enumerate() {
            if !line.contains(UNKNOWN) {
                all.extend_from_slice(line.as_bytes());
            } else if is_paired {
                let at = from.start + nth;
                all.extend(changed_line(raw.get(at)?, old.get(at)?, line)?);
            } else {
                return None;
            }
        }
    }
    Some(all)
}

/// A line whose beginning and end stay as they are in the file.
fn changed_line(raw: &[u8], old: &str, new: &str) -> Option<Vec<u8>> {
    let same = |(one, other): &(char, char)| one == other;
    let before: usize = old.chars().zip(new.chars()).take_while(same).map(|(one, _)| one.len_utf8()).sum();
    let (old_rest, new_rest) = (old.get(before..)?, new.get(before..)?);
    let behind: usize = old_rest
        .chars()
        .rev()
        .zip(new_rest.chars().rev())
        .take_while(same)
        .map(|(one, _)| one.len_utf8())
        .sum();
    let changed = new_rest.get(..new_rest.len() - behind)?;
    if changed.contains(UNKNOWN) {
        return None;
    }
    let mut line = raw.get(..place(raw, before)?)?.to_vec();
    line.extend_from_slice(changed.as_bytes());
    line.extend_from_slice(raw.get(place(raw, old.len() - behind)?..)?);
    Some(line)
}

/// Where a byte of a text stands in the bytes that were read as it.
fn place(raw: &[u8], byte: usize) -> Option<usize> {
    let (mut at, mut read) = (0, 0);
    for chunk in raw.utf8_chunks() {
        if byte <= read + chunk.valid().len() {
            return Some(at + byte - read);
        }
        at += chunk.valid().len() + chunk.invalid().len();
        read += chunk.valid().len() + UNKNOWN.len_utf8();
    }
    (byte == read).then_some(at)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)] // a test's way of failing
mod tests {
    use super::*;

    fn changed(bytes: &[u8], from: &str, to: &str) -> Result<Vec<u8>, NotEncoded> {
        let old = String::from_utf8_lossy(bytes).into_owned();
        encoded(bytes, &old, &old.replace(from, to))
    }

    #[test]
    fn what_is_not_utf_8_stays() {
        assert_eq!(
            changed(b"# caf\xe9\nlogin a\n", "login a", "login bc").unwrap(),
            b"# caf\xe9\nlogin bc\n"
        );
        // In the line itself, before and behind.
        assert_eq!(changed(b"x \xe9 a \xff\xfe y\n", "a", "bc").unwrap(), b"x \xe9 bc \xff\xfe y\n");
        assert_eq!(changed(b"\xe9a", "a", "").unwrap(), b"\xe9");
        // Lines that are put in and taken out.
        assert_eq!(changed(b"a\n\xe9\nb\n\xe8\n", "b\n", "b\nc\n").unwrap(), b"a\n\xe9\nb\nc\n\xe8\n");
        // It would be moved, or be gone.
        assert_eq!(changed(b"a \xe9 b", "\u{fffd}", "x"), Err(NotEncoded::NotUtf8));
        assert_eq!(encoded(b"a\xe9b", "a\u{fffd}b", "ba\u{fffd}"), Err(NotEncoded::NotUtf8));
        assert_eq!(encoded(b"a\xe9b", "something else", "x"), Err(NotEncoded::Changed));
        assert_eq!(encoded(b"other", "old", "new"), Err(NotEncoded::Changed));
    }

    #[test]
    fn utf_16_stays_utf_16() {
        let bytes = utf16([0xff, 0xfe], "login é a\r\n");
        assert_eq!(
            encoded(&bytes, "login é a\r\n", "login é b\r\n").unwrap(),
            utf16([0xff, 0xfe], "login é b\r\n")
        );
        let big = utf16([0xfe, 0xff], "a");
        assert_eq!(encoded(&big, "a", "b").unwrap(), [0xfe, 0xff, 0, b'b']);
        assert_eq!(encoded(&big, "x", "b"), Err(NotEncoded::Changed));
    }

    #[test]
    fn only_what_was_changed_changes() {
        let mut seed = 1_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..2_000 {
            let count = 1 + next(8);
            // Few bytes, so that lines come twice: é in Latin-1 and in UTF-8, halves of it, letters.
            let any = [b"a".as_slice(), b"\xe9", b"\xc3\xa9", b"\xc3", b"\xf0\x9f", b" ", b"\r"];
            let lines = (0..count).map(|_| {
                let parts = next(5);
                (0..parts).flat_map(|_| any[usize::try_from(next(7)).unwrap()].to_vec()).collect()
            });
            let mut lines: Vec<Vec<u8>> = lines.collect();
            let at = usize::try_from(next(count)).unwrap();
            let (mut before, mut after) = (lines.clone(), lines.split_off(0));
            before[at].extend_from_slice(b" login \xe9");
            after[at].extend_from_slice(b" another one \xe9");
            let bytes = before.join(&b'\n');
            let old = String::from_utf8_lossy(&bytes).into_owned();
            let new = old.replace(" login ", " another one ");
            assert_eq!(encoded(&bytes, &old, &new).unwrap(), after.join(&b'\n'), "{before:?}");
        }
    }
}
