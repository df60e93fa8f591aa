//! A place in a file as people and programs see it: line, column, and the line itself, marked and without secrets.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use ecrpass_core::redact::{Replacement, hidden, redact};
use ecrpass_diagnosis::finding::Evidence;

use crate::hit::Spot;
use crate::source::SourceFile;

/// How much of a line is shown, in bytes.
const SHOWN: usize = 400;

/// How much of a line is looked at, in bytes.
const LOOKED_AT: usize = 64 * 1024;

/// What is not to be seen of the files that places are shown of. A line is shown as a part of its whole file: what makes it a
/// secret may stand far above.
#[derive(Debug, Default)]
pub struct Masks(HashMap<String, Rc<Vec<Replacement>>>);

impl Masks {
    /// A place as evidence. Several of one file cost little more than one: they have to be of one text.
    pub fn evidence(&mut self, file: &SourceFile, spot: &Spot) -> Evidence {
        let known = self.0.get(&file.path).cloned();
        let hidden = known.unwrap_or_else(|| {
            let hidden = Rc::new(hidden(&file.text));
            self.0.insert(file.path.clone(), Rc::clone(&hidden));
            hidden
        });
        evidence_with(file, spot, &hidden)
    }
}

/// A place as evidence.
pub fn evidence(file: &SourceFile, spot: &Spot) -> Evidence {
    evidence_with(file, spot, &hidden(&file.text))
}

fn evidence_with(file: &SourceFile, spot: &Spot, hidden: &[Replacement]) -> Evidence {
    let (line, column) = file.position(spot.bytes.start);
    let (text, mark) = shown(&file.text, &spot.bytes, hidden);
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
fn shown(text: &str, bytes: &Range<usize>, hidden: &[Replacement]) -> (String, Option<(usize, usize)>) {
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
    let to = from + text.get(from..to).unwrap_or_default().trim_end_matches('\r').len();
    let end = floor(text, bytes.end).clamp(start.min(to), to);
    cut_of(text, from..to, start.min(to)..end, hidden)
}

/// A part of a text without what is hidden, and where a range of it is then: what is hidden of it is marked with it.
fn cut_of(
    text: &str,
    part: Range<usize>,
    range: Range<usize>,
    hidden: &[Replacement],
) -> (String, Option<(usize, usize)>) {
    let mut safe = String::new();
    let (mut at, mut start, mut end) = (part.start, None, None);
    let first = hidden.partition_point(|one| one.bytes.end <= part.start);
    let of_part = hidden.iter().skip(first).take_while(|one| one.bytes.start < part.end);
    for Replacement { bytes, stand_in } in of_part {
        let kept = text.get(at..bytes.start.max(at)).unwrap_or_default();
        note(&mut start, range.start, at, safe.len(), kept.len());
        note(&mut end, range.end, at, safe.len(), kept.len());
        safe.push_str(kept);
        if bytes.contains(&range.start) {
            start = start.or(Some(safe.len()));
        }
        safe.push_str(stand_in);
        if range.end > bytes.start && range.end <= bytes.end {
            end = end.or(Some(safe.len()));
        }
        at = bytes.end.min(part.end);
    }
    let kept = text.get(at..part.end).unwrap_or_default();
    note(&mut start, range.start, at, safe.len(), kept.len());
    note(&mut end, range.end, at, safe.len(), kept.len());
    safe.push_str(kept);
    let start = start.unwrap_or(safe.len());
    let end = end.unwrap_or(safe.len()).max(start);
    cut(&safe, start..end)
}

/// Notes where a place is that lies in what is kept.
fn note(place: &mut Option<usize>, byte: usize, at: usize, written: usize, kept: usize) {
    if place.is_none() && (at..=at + kept).contains(&byte) {
        *place = Some(written + byte - at);
    }
}

/// The last place at or before a byte where a character begins.
fn floor(text: &str, byte: usize) -> usize {
    let mut byte = byte.min(text.len());
    while !text.is_char_boundary(byte) {
        byte -= 1;
    }
    byte
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

    /// What stands under a mark is what was marked, wherever else on the line secrets were.
    #[test]
    fn a_mark_stays_under_its_word() {
        let text = "docker login -u me -p 'hunter2 x' host && docker push TOKEN=hunter2 image # it\n";
        for word in ["docker login", "me", "-p", "host", "docker push", "image", "# it"] {
            let (_, shown, marked) = seen(text, word, 0);
            assert_eq!(marked, word, "{shown}");
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let (_, _, marked) = seen(text, "TOKEN=hunter2 image", 0);
        assert_eq!(marked, "TOKEN=[redacted] image");
        let (_, _, marked) = seen(text, "ter2 x' host", 0);
        assert_eq!(marked, "[redacted]' host");
    }

    /// A line is shown as a part of its file: far below where it began, a secret is still one.
    #[test]
    fn a_secret_is_known_from_far_above() {
        let key = format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{}-----END RSA PRIVATE KEY-----\n",
            "hunter2abc\n".repeat(90)
        );
        let block = format!("password: |\n{}x: y\n", "  hunter2 abc\n".repeat(90));
        let pair = format!("- name: DB_PASSWORD\n  value: >\n{}", "    hunter2 abc\n".repeat(90));
        for text in [key, block, pair] {
            let last = text.rfind("hunter2").unwrap();
            let (_, shown, _) = seen(&text, "hunter2", last);
            assert_eq!(shown.trim(), "[redacted]");
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
