//! Runs of base64 in a text, also where a line break and an indentation stand in them.

use std::ops::Range;

use ecrpass_core::Secret;

/// A run of base64.
pub(super) struct Run {
    /// Its bytes in the text, breaks in it included.
    pub(super) bytes: Range<usize>,
    /// Its letters without the breaks.
    pub(super) letters: Secret,
}

/// How many lines a run is made of at the most.
const MAX_LINES: usize = 4096;

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// The end of the letters from there on, padding included.
fn end_of_letters(bytes: &[u8], from: usize, most: usize) -> usize {
    let rest = bytes.get(from..bytes.len().min(from.saturating_add(most))).unwrap_or_default();
    let letters = rest.iter().take_while(|byte| is_letter(**byte)).count();
    let padding = rest.iter().skip(letters).take(2).take_while(|byte| **byte == b'=').count();
    from + letters + padding
}

/// Where the next line's letters begin and end, if nothing else stands on it.
fn next_line(bytes: &[u8], end: usize, most: usize) -> Option<Range<usize>> {
    let rest = bytes.get(end..)?;
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    let blanks = rest.iter().take(200).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = bytes.len() - rest.len() + blanks;
    let next = end_of_letters(bytes, start, most);
    let is_alone = matches!(bytes.get(next), None | Some(b'\n' | b'\r' | b'"' | b'\''));
    (next > start && is_alone).then_some(start..next)
}

/// How many letters may stand in front of what is looked for: `-p`, or the rest of an escape.
const MAX_FRONT: usize = 8;

/// Whether a run begins there, or a few letters before.
pub(super) fn begins_at(text: &str, at: usize) -> bool {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().rev().take(MAX_FRONT + 1).take_while(|byte| is_letter(**byte)).count() <= MAX_FRONT
}

/// The runs that begin there: the line's, and then with one more line, and with one more; the caller takes the first
/// that says something.
pub(super) fn from(text: &str, at: usize, most: usize) -> impl Iterator<Item = Run> {
    let bytes = text.as_bytes();
    let mut run = at..end_of_letters(bytes, at, most);
    let mut letters = text.get(run.clone()).unwrap_or_default().to_owned();
    let mut is_first = true;
    let mut width = run.len();
    std::iter::from_fn(move || {
        if !std::mem::take(&mut is_first) {
            // Only a line that is full goes on in the next one; all but the last are of one width. The first may begin
            // behind a key.
            let line = next_line(bytes, run.end, most)?;
            let is_over = letters.ends_with('=') || letters.len() + line.len() > most;
            if is_over || width < MIN_WIDTH {
                return None;
            }
            letters.push_str(text.get(line.clone()).unwrap_or_default());
            width = line.len();
            run.end = line.end;
        }
        Some(Run { bytes: run.clone(), letters: Secret::new(letters.clone()) })
    })
    .take(TRIES)
}

/// How many lines are put together for a password or an `auth`: one of 4 kB in lines of 64.
const TRIES: usize = 70;

/// How long the lines are at least in which something is folded.
const MIN_WIDTH: usize = 30;

/// The run that a byte is in, with the lines before and after it.
pub(super) fn around(text: &str, at: usize, most: usize) -> Run {
    let bytes = text.as_bytes();
    let mut start = at
        - bytes
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(most)
            .take_while(|byte| is_letter(**byte))
            .count();
    let mut lines: Vec<_> = std::iter::once(start..end_of_letters(bytes, start, most)).collect();
    // Lines before it: those on which nothing else stands, and the end of one that holds a key.
    while lines.len() < MAX_LINES {
        let Some((line, goes_on)) = line_before(bytes, start, most) else { break };
        start = line.start;
        lines.insert(0, line);
        if !goes_on {
            break;
        }
    }
    let mut end = lines.last().map_or(at, |line| line.end);
    while lines.len() < MAX_LINES {
        let is_over = bytes.get(end.wrapping_sub(1)) == Some(&b'=');
        let Some(line) = next_line(bytes, end, most).filter(|_| !is_over) else { break };
        end = line.end;
        lines.push(line);
    }
    let pieces = lines.iter().filter_map(|line| text.get(line.clone()));
    let letters = pieces.collect::<String>();
    Run { bytes: start..end, letters: Secret::new(letters) }
}

/// The letters at the end of the line before, if this line begins with letters; and whether nothing else stands there.
fn line_before(bytes: &[u8], start: usize, most: usize) -> Option<(Range<usize>, bool)> {
    let before = bytes.get(..start)?;
    let blanks = before.iter().rev().take(200).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let before = before.get(..before.len() - blanks)?.strip_suffix(b"\n")?;
    let before = before.strip_suffix(b"\r").unwrap_or(before);
    let letters = before.iter().rev().take(most).take_while(|byte| is_letter(**byte)).count();
    if letters == 0 {
        return None;
    }
    let from = before.len() - letters;
    let front = before.get(..from)?;
    let line = front.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let is_alone = front.get(line..)?.iter().all(|byte| matches!(byte, b' ' | b'\t'));
    // A word at the end of a line is none: `key: |` has no letters there, `name: value` has a few.
    (is_alone || letters >= 40).then_some((from..before.len(), is_alone))
}
