//! Where in the pasted text a finding's evidence stands, counted as JavaScript counts: in UTF-16 units.

#[cfg(feature = "explain")]
use ecrpass_diagnosis::finding::Evidence;
use ecrpass_diagnosis::finding::Finding;
use serde::Serialize;

/// A stretch of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The line, from 1.
    pub line: usize,
    /// The first unit.
    pub from: usize,
    /// The unit after the last.
    pub to: usize,
}

/// The words of a log that say it; where they are wrapped in a way that hides them, the whole line. Evidence that stands
/// somewhere else than in `source`, in a text within the text, is not marked.
#[cfg(feature = "explain")]
pub fn in_log(text: &str, source: &str, findings: &[Finding]) -> Vec<Vec<Mark>> {
    let here = |finding: &Finding| {
        let evidence = finding.evidence.iter().filter(|evidence| evidence.source == source);
        evidence.cloned().collect::<Vec<Evidence>>()
    };
    let evidence: Vec<Vec<Evidence>> = findings.iter().map(here).collect();
    let mut wanted: Vec<usize> = evidence.iter().flatten().filter_map(|evidence| evidence.line).collect();
    wanted.sort_unstable();
    let lines = lines(text, &wanted);
    let mark = |evidence: &Evidence| {
        let line = evidence.line?;
        let text = lines.iter().find(|(number, _)| *number == line)?.1;
        let quote = evidence.mark.and_then(|(from, to)| evidence.text.get(from..to));
        let found = quote
            .filter(|quote| !quote.is_empty())
            .and_then(|quote| text.find(quote).map(|at| (at, at + quote.len())));
        let (from, to) = found.unwrap_or_else(|| whole(text));
        Some(Mark { line, from: units(text, from), to: units(text, to) })
    };
    evidence.iter().map(|evidence| evidence.iter().filter_map(mark).collect()).collect()
}

/// Of each finding's evidence, the words that say it, in the text of the evidence.
pub fn in_evidence(findings: &[Finding]) -> Vec<Vec<Option<Mark>>> {
    let of = |finding: &Finding| {
        let marks = finding.evidence.iter().map(|evidence| {
            let (from, to) = evidence.mark?;
            let units = |bytes| units(&evidence.text, bytes);
            Some(Mark { line: evidence.line?, from: units(from), to: units(to) })
        });
        marks.collect()
    };
    findings.iter().map(of).collect()
}

/// The string, or else the rest of the line, at a finding's place in a configuration.
pub fn in_configuration(text: &str, findings: &[Finding]) -> Vec<Vec<Mark>> {
    let of = |finding: &Finding| {
        let evidence = finding.evidence.iter();
        let marks = evidence.filter_map(|evidence| at(text, evidence.line?, evidence.column?));
        marks.collect()
    };
    findings.iter().map(of).collect()
}

/// What stands at a line and a column, counted in characters from 1.
pub fn at(text: &str, line: usize, column: usize) -> Option<Mark> {
    let (_, content) = lines(text, &[line]).first().copied()?;
    // A byte order mark is no column.
    let blank = content.len() - content.trim_start_matches('\u{feff}').len();
    let from = content.get(blank..)?.char_indices().nth(column.saturating_sub(1));
    let from = from.map_or(content.len(), |(at, _)| blank + at);
    let rest = content.get(from..)?;
    let length = match rest.strip_prefix('"') {
        Some(inside) => string_end(inside).map_or(rest.trim_end().len(), |end| end + 2),
        None => rest.trim_end().len(),
    };
    let (from, to) = if length == 0 { whole(content) } else { (from, from + length) };
    Some(Mark { line, from: units(content, from), to: units(content, to) })
}

/// Every line of a stretch of the text, from its first character to its last.
#[cfg(feature = "explain")]
pub fn of_lines(text: &str, span: std::ops::Range<usize>) -> Vec<Mark> {
    let mut begins = 0;
    let mut marks = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let ends = begins + line.len();
        if begins < span.end && ends > span.start {
            let (first, last) = whole(line);
            let from = first.max(span.start.saturating_sub(begins));
            let to = last.min(span.end - begins);
            if from < to {
                marks.push(Mark { line: index + 1, from: units(line, from), to: units(line, to) });
            }
        }
        begins = ends + 1;
    }
    marks
}

/// Where a JSON string ends, looked at from inside.
fn string_end(inside: &str) -> Option<usize> {
    let mut escaped = false;
    inside.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })
}

/// Some lines of a text, by their numbers in rising order.
fn lines<'a>(text: &'a str, wanted: &[usize]) -> Vec<(usize, &'a str)> {
    let Some(last) = wanted.last() else { return Vec::new() };
    let numbered = text.split('\n').enumerate().map(|(index, line)| (index + 1, line));
    numbered.take(*last).filter(|(number, _)| wanted.binary_search(number).is_ok()).collect()
}

/// A line without the blanks around it.
fn whole(line: &str) -> (usize, usize) {
    let trimmed = line.trim();
    let from = line.len() - line.trim_start().len();
    (from, from + trimmed.len())
}

fn units(line: &str, bytes: usize) -> usize {
    line.get(..bytes).unwrap_or(line).encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use ecrpass_diagnosis::engine::explain::explain;

    use super::*;

    #[test]
    fn the_words_of_a_log_are_marked() {
        let text =
            "läuft 🚀\n🚀 denied: Your authorization token has expired. Reauthenticate and try again.\n";
        let findings = explain("log", text);
        assert_eq!(in_log(text, "log", &findings), [vec![Mark { line: 2, from: 16, to: 47 }]]);
        assert_eq!(in_log(text, "another", &findings), [Vec::new()]);
        let line: Vec<u16> = text.lines().nth(1).unwrap_or_default().encode_utf16().collect();
        assert_eq!(String::from_utf16_lossy(&line[16..47]), "authorization token has expired");
    }

    #[test]
    fn a_stretch_is_marked_line_by_line() {
        let text = "[{\n  ä: 1\n\n}, 2]";
        let found = of_lines(text, 1..13);
        assert_eq!(
            found,
            [
                Mark { line: 1, from: 1, to: 2 },
                Mark { line: 2, from: 2, to: 6 },
                Mark { line: 4, from: 0, to: 1 }
            ]
        );
    }

    #[test]
    fn the_string_at_a_place_is_marked() {
        let text = "\u{feff}{\n  \"a\\\"b\": 1,\n  x\n}";
        assert_eq!(at(text, 2, 3), Some(Mark { line: 2, from: 2, to: 8 }));
        assert_eq!(at(text, 3, 3), Some(Mark { line: 3, from: 2, to: 3 }));
        assert_eq!(at(text, 1, 1), Some(Mark { line: 1, from: 1, to: 2 }));
        assert_eq!(at(text, 9, 1), None);
    }
}
