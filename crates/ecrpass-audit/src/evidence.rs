//! A place in a file as people and programs see it: line, column, and the line itself, marked and without secrets.

use std::ops::Range;

use ecrpass_core::redact::redact;
use ecrpass_diagnosis::finding::Evidence;

use crate::hit::Spot;
use crate::source::SourceFile;

/// How many lines before a place are read with it: a secret in many lines is known by its first one.
const CONTEXT: usize = 64;

/// How much of a line is shown, in bytes.
const SHOWN: usize = 400;

/// How much of a line is looked at, in bytes.
const LOOKED_AT: usize = 64 * 1024;

/// A place as evidence.
pub fn evidence(file: &SourceFile, spot: &Spot) -> Evidence {
    let (line, column) = file.position(spot.bytes.start);
    let (text, mark) = shown(&file.text, &spot.bytes);
    let label = redact(&spot.label).into_owned();
    Evidence {
        source: file.path.clone(),
        line: Some(line),
        column: Some(column),
        text,
        mark,
        label: Some(label).filter(|label| !label.is_empty()),
    }
}

/// The line of a place, and what of it is marked.
fn shown(text: &str, bytes: &Range<usize>) -> (String, Option<(usize, usize)>) {
    let start = floor(text, bytes.start);
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(line_start..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    // Of a line that is a whole program, what is around the place.
    let from = if length > LOOKED_AT {
        floor(text, line_start.max(start.saturating_sub(LOOKED_AT / 2)))
    } else {
        line_start
    };
    let to = floor(text, (line_start + length).min(from + LOOKED_AT));
    let line = text.get(from..to).unwrap_or_default().trim_end_matches('\r');
    let context = context(text, line_start);
    let safe = redacted(text.get(context..line_start).unwrap_or_default(), line);
    let start = (start - from).min(line.len());
    let end = floor(text, bytes.end).saturating_sub(from).clamp(start, line.len());
    let mark = moved(line, &safe, start..end);
    cut(&safe, mark)
}

/// The last place at or before a byte where a character begins.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
}

/// Where the lines begin that are read with a line.
fn context(text: &str, line_start: usize) -> usize {
    let earliest = floor(text, line_start.saturating_sub(LOOKED_AT));
    let before = text.get(earliest..line_start).unwrap_or_default();
    let mut ends = memchr::memrchr_iter(b'\n', before.as_bytes());
    ends.nth(CONTEXT).map_or(earliest, |at| earliest + at + 1)
}

/// A line without secrets, those that began before it included.
fn redacted(before: &str, line: &str) -> String {
    let whole = format!("{before}{line}");
    let with_context = redact(&whole);
    let last = with_context.rsplit('\n').next().unwrap_or_default();
    // A secret that swallowed the line breaks leaves no line of its own.
    let lines = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count();
    if lines(&with_context) == lines(&whole) { last.to_owned() } else { redact(last).into_owned() }
}

/// A range of a line in the same line without secrets: what was taken out within it is marked with it.
fn moved(line: &str, safe: &str, range: Range<usize>) -> Range<usize> {
    let same_start = line.bytes().zip(safe.bytes()).take_while(|(a, b)| a == b).count();
    let same_end = line.bytes().rev().zip(safe.bytes().rev()).take_while(|(a, b)| a == b).count();
    let same_end = same_end.min(line.len().min(safe.len()) - same_start);
    let place = |byte: usize, inside: usize| match line.len() - byte {
        _ if byte <= same_start => byte,
        behind if behind <= same_end => safe.len() - behind,
        _ => inside,
    };
    let start = floor(safe, place(range.start, same_start));
    start..floor(safe, place(range.end, safe.len() - same_end)).max(start)
}

/// The part of a line around its mark.
fn cut(line: &str, mark: Range<usize>) -> (String, Option<(usize, usize)>) {
    let begin = line.len() - line.trim_start().len();
    let from = if line.len() <= SHOWN { 0 } else { floor(line, mark.start.saturating_sub(SHOWN / 3)) };
    // A line keeps its indentation, and a mark does not stand in it.
    let start = if mark.start < begin && mark.end > begin { begin } else { mark.start };
    let to = floor(line, from + SHOWN);
    let text = line.get(from..to).unwrap_or_default().to_owned();
    let (start, end) = (start.max(from) - from, mark.end.min(to).max(from) - from);
    let mark = (start < end).then_some((start, end));
    (text, mark)
}

#[cfg(test)]
mod tests {
    use crate::kind::{FileKind, Owner};

    use super::*;

    fn seen(text: &str, marked: &str, from: usize) -> (usize, String, String) {
        let file = SourceFile {
            path: "a".to_owned(),
            text: text.to_owned(),
            kind: FileKind::Other,
            owner: Owner::Repository,
        };
        let start = from + text[from..].find(marked).unwrap();
        let spot = Spot { path: "a".to_owned(), bytes: start..start + marked.len(), label: String::new() };
        let evidence = evidence(&file, &spot);
        let marked = evidence.mark.map(|(from, to)| evidence.text[from..to].to_owned()).unwrap_or_default();
        (evidence.line.unwrap(), evidence.text, marked)
    }

    #[test]
    fn secrets_are_taken_out_and_the_mark_stays() {
        let token = format!("eyJ{}", "abCD12".repeat(60));
        let text = format!("x: 1\n  docker login -u AWS -p {token} host\r\n");
        let (line, shown, marked) = seen(&text, "-p ", 0);
        assert_eq!(
            (line, shown.as_str(), marked.as_str()),
            (2, "  docker login -u AWS -p [redacted] host", "-p ")
        );
        let (_, _, marked) = seen(&text, &token, 0);
        assert_eq!(marked, "[redacted]");
        let (_, _, marked) = seen(&text, "host", 0);
        assert_eq!(marked, "host");
        let (_, _, marked) = seen(&text, &format!("-p {token} host"), 0);
        assert_eq!(marked, "-p [redacted] host");
    }

    #[test]
    fn a_secret_in_many_lines_is_none_in_any_of_them() {
        let token = format!("eyJ{}", "abCD12xy".repeat(60));
        let lines: Vec<&str> =
            token.as_bytes().chunks(76).map(|chunk| std::str::from_utf8(chunk).unwrap()).collect();
        let text = format!("data:\n  auth: >\n    {}\n", lines.join("\n    "));
        for line in &lines {
            let (_, shown, _) = seen(&text, line, 0);
            assert!(!shown.contains("abCD12xy"), "{shown}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{{{}\"here\"{}}}", "\"a\": 1, ".repeat(20_000), ", \"b\": 2".repeat(20_000));
        let (line, shown, marked) = seen(&text, "\"here\"", 0);
        assert_eq!((line, marked.as_str()), (1, "\"here\""));
        assert!(shown.len() <= SHOWN, "{}", shown.len());
    }
}
