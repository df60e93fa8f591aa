//! Values on the lines below their names: block scalars, long lines that were wrapped, the next item of a list.

use super::mark::REDACTED;

/// How much white space there may be between a name and its value, in bytes.
const GAP: usize = 200;

/// Ways in which a line goes on in the next one: of a shell, of PowerShell, of a shell in a JSON string.
const CONTINUED: [&str; 4] = ["\\\n", "\\\r\n", "`\n", "\\\\\\n"];

/// The beginning of what follows on the next line, where this one ends in a backslash.
pub(super) fn continued(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let mark = CONTINUED.iter().find(|mark| rest.starts_with(**mark))?;
    Some(at + mark.len() + blank(rest.get(mark.len()..)?))
}

/// How many spaces and tabs a text begins with.
fn blank(text: &str) -> usize {
    text.bytes().take(GAP).take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// How many characters of white space a text begins with, line ends included; none without one.
fn line_ends(text: &str) -> Option<usize> {
    let length = text.bytes().take(GAP).take_while(u8::is_ascii_whitespace).count();
    text.get(..length)?.contains('\n').then_some(length)
}

/// The next item of a list behind a flag: `- --password`, and below it `- x`; `"--password",` and below it `"x"`.
pub(super) fn next_item(text: &str, start: usize, at: usize, is_behind_comma: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = line_ends(rest)?;
    let next = rest.get(length..)?;
    // The end of the list, or the next flag.
    let value = next.trim_start_matches(['-', ' ']).trim_start_matches(['"', '\'']);
    let is_flag = next.trim_start_matches("- ").trim_start_matches(['"', '\'']).starts_with('-');
    if is_flag || value.starts_with([']', ')', '}']) {
        return None;
    }
    if is_behind_comma {
        return Some(at + length);
    }
    let line = line_of(text, start);
    let is_item = line.trim_start().starts_with("- ");
    (is_item && next.starts_with("- ")).then(|| at + length + 2 + blank(next.get(2..).unwrap_or_default()))
}

/// The line up to a place.
fn line_of(text: &str, at: usize) -> &str {
    let mut from = at.saturating_sub(GAP);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text.get(from..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default()
}

/// The value below a key that has none on its own line; `Some(None)` where fields of their own stand there.
pub(super) fn key(text: &str, start: usize, at: usize, is_quoted: bool) -> Option<Option<(usize, usize)>> {
    let rest = text.get(at..)?;
    let (from, is_block) = match rest.as_bytes().first()? {
        b'|' | b'>' => {
            let line = rest.get(..rest.bytes().take(GAP).position(|b| b == b'\n')?)?;
            let header = line.split('#').next()?.trim_end();
            let is_header = header.len() <= 3 && header.bytes().skip(1).all(|b| b"+-123456789".contains(&b));
            (at + line.len(), is_header.then_some(true)?)
        }
        b'\r' | b'\n' => (at, false),
        b'#' => (at + rest.bytes().take(GAP).position(|b| b == b'\n')?, false),
        _ => return None,
    };
    let below = text.get(from..)?;
    let begin = from + line_ends(below)?;
    let value = text.get(begin..)?;
    if let Some(quote) = value.chars().next().filter(|c| !is_block && matches!(c, '"' | '\'')) {
        let length = closing(value.get(1..)?, quote)?;
        // A string with a colon behind it is the next key.
        let is_key = value.get(length + 2..)?.trim_start().starts_with(':');
        return (!is_key && length > 0).then_some(Some((begin + 1, begin + 1 + length)));
    }
    let line = line_of(text, start);
    let indent = blank(line);
    let is_first = line.trim_start_matches([' ', '\t', '-', '?', '"', '\'']).is_empty();
    if is_block && value.starts_with(['{', '[']) && !value.starts_with(REDACTED) {
        return Some(None);
    }
    if is_quoted && !is_block || !is_first || depth(text, begin) <= indent {
        return None;
    }
    let first = value.lines().next().unwrap_or_default();
    let is_structure = first.starts_with(['#', '{', '[', '&', '*']) && first != REDACTED
        || first.starts_with("- ")
        || first.contains(": ")
        || first.trim_end().ends_with(':');
    if !is_block && is_structure {
        return None;
    }
    Some(Some((begin, end_of_block(text, begin, indent))))
}

/// How far a line is indented, which begins its text there.
fn depth(text: &str, begin: usize) -> usize {
    let before = text.as_bytes().get(..begin).unwrap_or_default();
    before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Where the lines end that are indented further.
fn end_of_block(text: &str, begin: usize, indent: usize) -> usize {
    let mut end = begin;
    let mut at = begin;
    for line in text.get(begin..).unwrap_or_default().split_inclusive('\n') {
        let is_blank = line.trim().is_empty();
        if at > begin && !is_blank && blank(line) <= indent {
            break;
        }
        at += line.len();
        if !is_blank {
            end = at - (line.len() - line.trim_end().len());
        }
    }
    end
}

/// How far it is to a closing quote, over lines.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in inside.char_indices().take(20_000) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// The end of a quoted value that goes on below, indented further than its key.
pub(super) fn quoted_end(text: &str, start: usize, to: usize, quote: char) -> Option<usize> {
    let rest = text.get(to..)?;
    let length = line_ends(rest)?;
    let is_more = depth(text, to + length) > blank(line_of(text, start));
    is_more.then(|| closing(rest, quote)).flatten().map(|length| to + length)
}
