//! Where each part of a scalar stands in its file: the parser gives its text and its first byte, but a script in a block
//! loses its indentation, a folded line its break, a quoted one its escapes.

use std::ops::Range;

use granit_parser::ScalarStyle;

use crate::passage::Passage;
use crate::yaml::node::Style;

/// A scalar's text, with the places of its parts. `span` begins at its quote or at the `|` or `>` of a block.
pub(super) fn passage(file: &str, span: &Range<usize>, text: String, style: ScalarStyle) -> Passage {
    let source = file.get(span.start..).unwrap_or_default();
    let starts = match style {
        ScalarStyle::Literal | ScalarStyle::Folded => block(source, &text),
        ScalarStyle::SingleQuoted => return flow(source, &text, Some('\''), span.start),
        ScalarStyle::DoubleQuoted => return flow(source, &text, Some('"'), span.start),
        _ if file.get(span.clone()) == Some(text.as_str()) => return Passage::verbatim(text, span.start),
        _ => return flow(source, &text, None, span.start),
    };
    from_starts(&text, &starts, span.start)
}

/// Where the `|` or `>` of a block stands whose first line begins at that byte.
pub(super) fn header(file: &str, first: usize, style: Style, text: &str) -> Option<usize> {
    let mark = match style {
        Style::Literal => '|',
        Style::Folded => '>',
        Style::Plain | Style::Quoted => return None,
    };
    if text.is_empty() {
        return None;
    }
    let before = file.get(..first)?.trim_end();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let header = before.get(line..)?;
    let is_header = |at: &usize| {
        let behind = header
            .get(at + 1..)
            .unwrap_or_default()
            .trim_start_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        behind.is_empty() || behind.trim_start().starts_with('#') && behind.starts_with([' ', '\t'])
    };
    header.match_indices(mark).map(|(at, _)| at).find(is_header).map(|at| line + at)
}

/// A JSON string's text, with the places of its parts.
pub(super) fn json_passage(file: &str, span: &Range<usize>, text: &str) -> Passage {
    let source = file.get(span.clone()).unwrap_or_default();
    flow(source, text, Some('"'), span.start)
}

/// The parts between these pairs: from which byte of the text on it stands at which byte of the source.
fn from_starts(text: &str, starts: &[(usize, usize)], offset: usize) -> Passage {
    let ends = starts.iter().skip(1).map(|(end, _)| *end).chain([text.len()]);
    let parts = starts.iter().zip(ends).filter_map(|((from, at), to)| {
        let part = text.get(*from..to)?;
        (!part.is_empty() || *from == 0).then_some((part, offset + at))
    });
    Passage::of_parts(parts)
}

/// Of a block: its lines without their indentation stand in the text in their order.
fn block(source: &str, text: &str) -> Vec<(usize, usize)> {
    let mut starts = Vec::new();
    let mut cursor = 0;
    let mut indentation = None;
    let mut at = 0;
    for (index, line) in source.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        // The first is the header.
        if index == 0 || line.trim().is_empty() {
            continue;
        }
        if cursor >= text.len() {
            break;
        }
        let indentation =
            *indentation.get_or_insert_with(|| leading(line).saturating_sub(leading_of_text(text)));
        // What is less indented is no part of it.
        let Some(content) = line.get(indentation..).filter(|_| leading(line) >= indentation) else { break };
        let rest = text.get(cursor..).unwrap_or_default();
        let Some(skipped) = skipped_to(rest, content) else { break };
        cursor += skipped;
        starts.push((cursor, start + indentation));
        cursor += content.len();
    }
    if starts.first().is_none_or(|(from, _)| *from > 0) {
        let at = starts.first().map_or(0, |(from, at)| at.saturating_sub(*from));
        starts.insert(0, (0, at));
    }
    starts
}

/// How far the content is from here, with nothing but breaks and spaces between.
fn skipped_to(rest: &str, content: &str) -> Option<usize> {
    let blanks = rest.len() - rest.trim_start_matches([' ', '\n']).len();
    (0..=blanks).find(|skipped| rest.get(*skipped..).is_some_and(|rest| rest.starts_with(content)))
}

fn leading(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The spaces that begin the first line of a text that is not empty.
fn leading_of_text(text: &str) -> usize {
    text.lines().find(|line| !line.trim().is_empty()).map_or(0, leading)
}

/// Of what is written in quotes or plain: its first byte stands at `offset`.
fn flow(source: &str, text: &str, quote: Option<char>, offset: usize) -> Passage {
    let mut passage = Passage::default();
    let mut at = usize::from(quote.is_some());
    let mut cursor = 0;
    // What stands there as it is, from which byte of the text and of the source on.
    let mut same = (0, at);
    while let Some(next) = text.get(cursor..).and_then(|rest| rest.chars().next()) {
        let Some(rest) = source.get(at..) else { break };
        let Some(written) = rest.chars().next() else { break };
        let (taken, given) = match (written, quote) {
            ('\\', Some('"')) => match continuation(rest) {
                Some(length) => (length, 0),
                None => (escape(rest), next.len_utf8()),
            },
            ('\'', Some('\'')) => (2, 1),
            (' ' | '\t' | '\r' | '\n', _) if fold(rest).is_some() => fold(rest).unwrap_or((1, 1)),
            _ if written == next => {
                at += written.len_utf8();
                cursor += written.len_utf8();
                continue;
            }
            _ => break,
        };
        let Some(value) = text.get(cursor..cursor + given) else { break };
        passage.push(&Passage::verbatim(text.get(same.0..cursor).unwrap_or_default(), offset + same.1));
        passage.push_for(value, &(offset + at..offset + at + taken));
        at += taken;
        cursor += given;
        same = (cursor, at);
    }
    passage.push(&Passage::verbatim(text.get(same.0..).unwrap_or_default(), offset + same.1));
    passage
}

/// The length of `\` at the end of a line with the break and the next line's indentation.
fn continuation(rest: &str) -> Option<usize> {
    let after = rest.get(1..)?;
    let line = after.strip_prefix("\r\n").or_else(|| after.strip_prefix('\n'))?;
    Some(rest.len() - line.trim_start_matches([' ', '\t']).len())
}

/// The length of an escape.
fn escape(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'x') => 4,
        Some(b'u') => {
            let code = rest.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            // Half of a pair.
            if code.is_some_and(|code| (0xD800..0xDC00).contains(&code)) { 12 } else { 6 }
        }
        Some(b'U') => 10,
        _ => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    }
}

/// White space with a break in it: its length, and for how much of the text it stands.
fn fold(rest: &str) -> Option<(usize, usize)> {
    let length = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    match rest.get(..length)?.matches('\n').count() {
        0 => None,
        1 => Some((length, 1)),
        breaks => Some((length, breaks - 1)),
    }
}
