//! A statement as a compiler shows a line: in its file, with what matters marked.

use std::ops::Range;

use anstyle::Style;
use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_iam::document::{Document, Statement};

use crate::render::paint::{DIM, styled};

/// How many lines of a statement are shown around the marked one.
const AROUND: usize = 3;

/// How much of a long line is shown, in characters.
const WIDTH: usize = 140;

/// The lines of a statement, with a part of it marked and a word on it; `label` is what a file calls the document.
pub(super) fn statement(
    document: &Document,
    statement: &Statement,
    mark: &Range<usize>,
    note: &str,
    style: Style,
    label: Option<&str>,
) -> Vec<String> {
    let source = &document.source;
    let (first, marked) = (source.position(statement.span.start), source.position(mark.start));
    let last = source.position(statement.span.end.saturating_sub(1)).line;
    let gutter = last.to_string().len();
    let bar = styled(DIM, "|");
    let label = label.map(|label| styled(DIM, &format!(" ({})", redact(label)))).unwrap_or_default();
    let arrow = styled(DIM, &format!("{:>gutter$}-->", ""));
    let mut lines = vec![format!("{arrow} {}:{first}{label}", redact(source.name()))];
    let is_near = |line: usize| line + AROUND > marked.line && line < marked.line + AROUND;
    let text = source.file_text().lines().enumerate().map(|(index, line)| (index + 1, line));
    let text = text.skip(first.line.saturating_sub(1)).take_while(|(number, _)| *number <= last);
    let mut was_shown = true;
    for (number, line) in text {
        let is_shown = number == first.line || number == last || is_near(number);
        if !is_shown {
            if was_shown {
                lines.push(format!("{} {bar} …", styled(DIM, &format!("{:>gutter$}", ""))));
            }
            was_shown = false;
            continue;
        }
        was_shown = true;
        let column = if number == marked.line { marked.column - 1 } else { 0 };
        let (shown, column) = clip(line.trim_start_matches('\u{feff}'), column);
        lines.push(
            format!("{} {bar} {}", styled(DIM, &format!("{number:>gutter$}")), redact(&shown))
                .trim_end()
                .to_owned(),
        );
        if number == marked.line {
            let length = length(source.file_text(), &source.range(mark));
            let room = shown.chars().count().saturating_sub(column).max(1);
            let pointer = styled(style, &"^".repeat(length.clamp(1, room)));
            let note: String = redact(note).chars().take(WIDTH).collect();
            lines.push(format!("{:gutter$} {bar} {:column$}{pointer} {}", "", "", styled(style, &note)));
        }
    }
    lines
}

/// How many characters of the first line a range has.
fn length(text: &str, range: &Range<usize>) -> usize {
    let marked = text.get(range.clone()).unwrap_or_default();
    marked.lines().next().unwrap_or_default().chars().count()
}

/// The part of a long line around a column, and where the column is in it.
fn clip(line: &str, column: usize) -> (String, usize) {
    let line = visible(line);
    if line.chars().count() <= WIDTH {
        return (line.into_owned(), column);
    }
    let start = column.saturating_sub(WIDTH / 3);
    let mut shown: String = line.chars().skip(start).take(WIDTH).collect();
    if start + WIDTH < line.chars().count() {
        shown.push('…');
    }
    if start > 0 {
        return (format!("…{shown}"), column - start + 1);
    }
    (shown, column)
}

#[cfg(test)]
mod tests {
    use anstyle::Style;
    use ecrpass_iam::document;

    use super::*;

    fn quoted(text: &str) -> Vec<String> {
        let document = document::read("p.json", text).accepted().unwrap();
        let found = &document.statements[0];
        let lines = statement(&document, found, &found.actions.span, "here", Style::new(), None);
        lines.iter().map(|line| crate::render::paint::safe_line(line, std::borrow::Cow::Borrowed)).collect()
    }

    #[test]
    fn what_decides_is_marked_in_its_file() {
        let text = "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"ecr:*\",\n    \"Resource\": \"*\"\n  }\n}";
        let lines: Vec<String> =
            quoted(text).iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        assert_eq!(
            lines,
            [
                " --> p.json:2:16",
                "2 |   \"Statement\": {",
                "3 |     \"Effect\": \"Allow\",",
                "4 |     \"Action\": \"ecr:*\",",
                "  |     ^^^^^^^^^^^^^^^^^ here",
                "5 |     \"Resource\": \"*\"",
                "6 |   }",
            ]
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!(
            "{{\"Statement\":[{{\"Sid\":\"{}\",\"Effect\":\"Allow\",\"Action\":\"ecr:*\",\"Resource\":\"*\"}}]}}",
            "a".repeat(500)
        );
        let lines = quoted(&text);
        assert!(lines.iter().all(|line| line.chars().count() < WIDTH + 60), "{lines:?}");
        let mark = lines.iter().position(|line| line.contains('^')).unwrap();
        assert!(lines[mark - 1].contains("\"Action\":\"ecr:*\""), "{lines:?}");
    }
}
