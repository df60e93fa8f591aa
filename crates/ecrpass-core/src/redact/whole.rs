//! A named value in full: as a shell's word, on the lines below, or as YAML reads the rest of a line.

use super::below;
use super::gap::{Gap, value_at};
use super::mark::REDACTED;
use super::shell_word::{self, Open, ShellWord};
use super::word::{Around, LONG_LINE};

/// Tags of CloudFormation in front of what only refers to a value.
const REFERENCES: [&str; 5] = ["!Ref", "!GetAtt", "!ImportValue", "!FindInMap", "!reference"];

/// What a command prints, as PowerShell assigns it, and what Jenkins looks up.
const PRINTED: [&str; 2] = ["aws ecr", "credentials("];

/// The value behind a gap. `is_key` where the name is a field of a document.
pub(super) fn value(
    text: &str,
    around: &Around<'_>,
    gap: &Gap,
    start: usize,
    is_key: bool,
) -> Option<(usize, usize)> {
    if let Some(from) = below::continued(text, gap.to).filter(|_| gap.separator != Some(':')) {
        return next_word(text, from, shell_word::open(around.line_before(start)));
    }
    if matches!(gap.separator, Some(':' | '=')) && gap.quote.is_none() {
        if let Some(below) = below::key(text, start, gap.to, gap.is_quoted) {
            return below;
        }
        // A mapping holds values under names of its own.
        let rest = text.get(gap.to..)?;
        let word = rest.split([' ', '\n']).next().unwrap_or_default();
        if is_mapping(rest)
            || REFERENCES.contains(&word)
            || PRINTED.iter().any(|begin| rest.starts_with(begin))
        {
            return None;
        }
    }
    if is_key
        && gap.separator == Some(':')
        && gap.quote.is_none()
        && let Some(length) = text.get(gap.to..).and_then(property)
    {
        let behind = Gap { separator: gap.separator, ..Gap::read(text, gap.to + length, false) };
        return value(text, around, &behind, start, is_key);
    }
    let base = value_at(text, gap);
    // The next flag of a list.
    let is_flag = |(from, _): (usize, usize)| text.get(from..).is_some_and(|value| value.starts_with('-'));
    if gap.separator == Some(',') && base.is_some_and(is_flag) {
        return None;
    }
    if base.is_some_and(|(from, to)| text.get(from..to) == Some(REDACTED)) {
        return base;
    }
    match gap.quote {
        Some((_, level)) if level > 1 => base,
        quote => {
            let from = quote.map_or(gap.to, |(_, level)| gap.to - 1 - level);
            let before = around.line_before(from);
            // Of a line that long nobody knows which quotes are open.
            if before.len() >= LONG_LINE {
                return base;
            }
            let outer = shell_word::open(before);
            let word = shell_word::read(text, from, outer);
            let closing = quote.map_or(0, |(_, level)| level + 1);
            as_word(text, gap, base, &word, (from, closing)).map(|found| {
                // In a flow mapping of YAML, quotes go on over lines, too.
                let goes_on = gap.separator == Some(':')
                    && matches!(gap.quote, Some((_, 0)))
                    && text.get(found.1..).is_some_and(|rest| rest.starts_with(['\n', '\r', '\\']));
                if is_key || goes_on { in_document(text, gap, start, found).unwrap_or(found) } else { found }
            })
        }
    }
}

/// How long an anchor or a tag in front of a value in YAML is.
fn property(text: &str) -> Option<usize> {
    let name = text.strip_prefix('&').or_else(|| text.strip_prefix("!!"))?;
    let length = name.bytes().take(64).take_while(u8::is_ascii_alphanumeric).count();
    name.get(length..)?.starts_with(' ').then_some(text.len() - name.len() + length)
}

/// Whether fields begin here: `{name: x`, `[{"name": "x"`.
fn is_mapping(text: &str) -> bool {
    let Some(inside) = text.trim_start_matches('[').strip_prefix('{') else { return false };
    let inside = inside.trim_start_matches(' ');
    let inside = inside.strip_prefix(['"', '\'']).unwrap_or(inside);
    let length =
        inside.bytes().take(64).take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
    let behind = inside.get(length..).unwrap_or_default().trim_start_matches(['"', '\'']);
    length > 0 && behind.starts_with(':')
}

/// What of a shell's word has to go.
fn as_word(
    text: &str,
    gap: &Gap,
    base: Option<(usize, usize)>,
    word: &ShellWord,
    (from, closing): (usize, usize),
) -> Option<(usize, usize)> {
    let is_reference = !word.is_literal && word.end > from + closing;
    // In YAML `$ecr3t` is a text.
    let is_loud = || {
        let name = text.get(from..word.end).unwrap_or_default();
        let name = name.trim_matches(['"', '\'', '$', '\\']);
        !name.bytes().all(|b| b.is_ascii_alphanumeric()) || !name.bytes().any(|b| b.is_ascii_lowercase())
    };
    if is_reference && (gap.separator != Some(':') || is_loud()) {
        return word.printed;
    }
    let Some((begin, end)) = base else {
        return (word.is_literal && gap.separator != Some(':')).then_some((from, word.end));
    };
    // A shell has no blanks around its `=`.
    let is_spaced =
        gap.separator == Some('=') && text.get(..from).is_some_and(|begin| begin.ends_with([' ', '\t']));
    let is_listed = closing > 0 && text.get(end + closing..).is_some_and(|rest| rest.starts_with(','));
    if gap.separator == Some(':') || is_spaced || is_listed || end + closing >= word.end {
        return Some((begin, end));
    }
    Some((from, word.end))
}

/// A value as YAML reads it: to the end of its line, or of its quotes.
fn in_document(text: &str, gap: &Gap, start: usize, (from, to): (usize, usize)) -> Option<(usize, usize)> {
    if let Some((quote, 0)) = gap.quote {
        return below::quoted_end(text, start, to, quote).map(|end| (from, end));
    }
    let line = text.get(from..)?.split(['\n', '\r']).next()?;
    let line = line.split("\\n").next()?.split("\\r").next()?;
    let line = line.split(" #").next()?.trim_end();
    (gap.quote.is_none() && from + line.len() > to).then_some((from, from + line.len()))
}

/// A word that stands alone somewhere else.
pub(super) fn next_word(text: &str, from: usize, outer: Open) -> Option<(usize, usize)> {
    if text.get(from..)?.starts_with(REDACTED) {
        return None;
    }
    let word = shell_word::read(text, from, outer);
    if !word.is_literal {
        return word.printed;
    }
    Some(shell_word::unquoted(text, from, word.end))
}
