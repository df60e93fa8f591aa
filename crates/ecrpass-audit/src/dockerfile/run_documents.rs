//! Here-documents of a `RUN` that stand anywhere in its command: `RUN cat <<A > /a && cat <<B > /b`. The parser knows one
//! that stands first and alone, and would take the lines of others for instructions.
//!
//! Source: BuildKit, `frontend/dockerfile/parser/parser.go`: all here-documents of the line are read, in their order.

use std::borrow::Cow;
use std::ops::Range;

/// A text of the same length without such documents, and where the instructions are that have them.
pub(super) struct Masked<'a> {
    /// The text: the lines of the documents are comments in it.
    pub text: Cow<'a, str>,
    /// From each instruction's keyword to the end of its last document.
    pub runs: Vec<Range<usize>>,
}

/// Takes the documents out of a Dockerfile.
pub(super) fn masked(text: &str) -> Masked<'_> {
    let mut masked = Masked { text: Cow::Borrowed(text), runs: Vec::new() };
    if !text.contains("<<") {
        return masked;
    }
    let escape = if text.lines().take(5).any(is_escape_directive) { '`' } else { '\\' };
    let mut lines = Lines { text, at: 0 };
    let (mut marks, mut documents_of) = (Vec::new(), Vec::new());
    while let Some(first) = lines.next() {
        let mut end = first.end;
        while continues(text.get(first.start..end).unwrap_or_default(), escape) {
            let Some(line) = lines.next() else { break };
            end = line.end;
        }
        let Some(start) = run(text, &(first.start..end)) else { continue };
        let tags = tags(text.get(start..end).unwrap_or_default());
        let Some(last) = documents(text, end, &tags) else { continue };
        lines.at = last;
        let is_known = matches!(tags.as_slice(), [only] if only.is_first);
        if tags.is_empty() || is_known {
            continue;
        }
        marks.extend(tags.first().map(|tag| start + tag.at));
        documents_of.push(end..last);
        masked.runs.push(start..last);
    }
    if !masked.runs.is_empty() {
        masked.text = Cow::Owned(with_comments(text, &documents_of, &marks));
    }
    masked
}

/// The lines of a text, each with its break.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        self.at += rest.find('\n').map_or(rest.len(), |at| at + 1);
        Some(start..self.at)
    }
}

fn is_escape_directive(line: &str) -> bool {
    let directive = line.trim_start_matches('#').trim();
    line.starts_with('#')
        && directive.strip_prefix("escape").is_some_and(|rest| rest.trim() == "=`" || rest.trim() == "= `")
}

/// Whether what is written goes on in the next line.
fn continues(written: &str, escape: char) -> bool {
    written.ends_with('\n') && written.trim_end().ends_with(escape)
}

/// Where the keyword of a `RUN` begins, if that is what stands there.
fn run(text: &str, bytes: &Range<usize>) -> Option<usize> {
    let line = text.get(bytes.clone())?;
    let trimmed = line.trim_start();
    let keyword = trimmed.get(..3).filter(|keyword| keyword.eq_ignore_ascii_case("run"))?;
    let is_whole = trimmed.get(keyword.len()..)?.starts_with([' ', '\t']);
    is_whole.then_some(bytes.end - trimmed.len())
}

/// The word that ends a document.
struct Tag {
    word: String,
    /// Tabs in front of it do not count.
    strips: bool,
    /// Nothing but options stands before it.
    is_first: bool,
    /// Its byte in the instruction.
    at: usize,
}

/// The tags of the documents that an instruction begins, outside of quotes.
fn tags(instruction: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut before = '\0';
    let mut at = 0;
    while let Some(rest) = instruction.get(at..) {
        let Some(character) = rest.chars().next() else { break };
        at += character.len_utf8();
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') if before != '\\' => quote = Some(character),
            // `<<<` is a text of the shell's.
            (None, '<') if rest.starts_with("<<<") => at += 2,
            (None, '<') if rest.starts_with("<<") => {
                let word = rest.get(2..).unwrap_or_default();
                let strips = word.starts_with('-');
                let word = word.trim_start_matches('-');
                let unquoted = word.trim_start_matches(['"', '\'']);
                let is_part =
                    |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
                let length = unquoted.find(|character| !is_part(character)).unwrap_or(unquoted.len());
                let word = unquoted.get(..length).unwrap_or_default();
                if word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
                    let begun = at - 1;
                    let is_first = words_before(instruction.get(..begun).unwrap_or_default()) == 0;
                    found.push(Tag { word: word.to_owned(), strips, is_first, at: begun });
                }
                // The closing quote of the tag is none of a text.
                let tag = rest.len() - unquoted.len() + length;
                at += tag - 1 + usize::from(unquoted.len() < rest.len() - 2 - usize::from(strips));
            }
            _ => {}
        }
        before = character;
    }
    found
}

/// How many words stand there behind `RUN` that are no options.
fn words_before(written: &str) -> usize {
    written.split_whitespace().skip(1).filter(|word| !word.starts_with("--") && *word != "\\").count()
}

/// The end of the last of these documents, which begin there; nothing where one is not closed.
fn documents(text: &str, from: usize, tags: &[Tag]) -> Option<usize> {
    let mut lines = Lines { text, at: from };
    for tag in tags {
        loop {
            let line = text.get(lines.next()?)?.trim_end_matches(['\n', '\r']);
            let line = if tag.strips { line.trim_start_matches('\t') } else { line };
            if line == tag.word {
                break;
            }
        }
    }
    Some(lines.at)
}

/// A text in which these lines are comments, and the `<<` at these bytes are none. All are in the text's order.
fn with_comments(text: &str, lines: &[Range<usize>], marks: &[usize]) -> String {
    let mut masked = String::with_capacity(text.len());
    let (mut lines, mut marks) = (lines.iter().peekable(), marks.iter().peekable());
    let mut is_line_start = true;
    for (at, character) in text.char_indices() {
        while lines.next_if(|lines| lines.end <= at).is_some() {}
        while marks.next_if(|mark| **mark + 1 < at).is_some() {}
        let is_mark = marks.peek().is_some_and(|mark| (**mark..=**mark + 1).contains(&at));
        let is_comment = is_line_start && lines.peek().is_some_and(|lines| lines.contains(&at));
        if is_mark {
            masked.push(' ');
        } else if is_comment && character != '\n' {
            masked.extend(std::iter::repeat_n('#', character.len_utf8()));
        } else {
            masked.push(character);
        }
        is_line_start = character == '\n';
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_comments_wherever_they_begin() {
        for (text, expected) in [
            ("RUN cat <<EOF > /x\nFROM y\n\nEOF\nRUN a\n", "RUN cat   EOF > /x\n#ROM y\n\n#OF\nRUN a\n"),
            ("RUN <<A cat && cat <<B\nx\nA\ny\nB\nRUN a\n", "RUN   A cat && cat <<B\n#\n#\n#\n#\nRUN a\n"),
            ("run set -e; \\\n  cat <<-'E' > /s\n\té\n\tE\n", "run set -e; \\\n  cat   -'E' > /s\n#é\n#E\n"),
        ] {
            let masked = masked(text);
            assert_eq!(masked.text, expected);
            assert_eq!(masked.text.len(), text.len());
            assert_eq!(masked.runs.len(), 1, "{text}");
        }
        for text in [
            "RUN <<EOF\na <<X\nX\nEOF\nRUN b\n",
            "RUN --mount=type=cache,target=/x <<EOF\na\nEOF\n",
            "RUN cat <<EOF\nnever closed\n",
            "RUN echo '<<EOF'\nRUN cat <<<EOF\n",
            "COPY <<A /x\nRUN cat <<B\nA\n",
        ] {
            assert!(masked(text).runs.is_empty(), "{text}");
        }
    }
}
