//! What stands between a name and its value, and where the value ends.

use super::mark::REDACTED;

/// What is between a name and its value.
pub(super) struct Gap {
    /// Where the value begins.
    pub(super) to: usize,
    pub(super) separator: Option<char>,
    pub(super) is_quoted: bool,
    /// The quote that opens the value, with as many backslashes as stand before it.
    pub(super) quote: Option<(char, usize)>,
}

impl Gap {
    /// Quotes (escaped too), white space, one `=` or `:`, between a flag and its value in a list a `,`.
    pub(super) fn read(text: &str, end: usize, is_flag: bool) -> Self {
        let rest = text.get(end..).unwrap_or_default();
        let mut gap = Self { to: end, separator: None, is_quoted: false, quote: None };
        let (mut backslashes, mut is_spaced, mut is_open) = (0, false, false);
        for (offset, c) in rest.char_indices().take(40) {
            match c {
                '\\' => {
                    backslashes += 1;
                    continue;
                }
                '=' | ':' if gap.separator.is_none() && backslashes == 0 => {
                    (gap.separator, gap.quote) = (Some(c), None);
                }
                // `:=`
                '=' if gap.separator == Some(':')
                    && rest.get(..offset).is_some_and(|begin| begin.ends_with(':')) =>
                {
                    gap.separator = Some('=');
                }
                // `=>`
                '>' if gap.separator == Some('=')
                    && rest.get(..offset).is_some_and(|begin| begin.ends_with('=')) => {}
                ',' if is_flag && gap.is_quoted && gap.separator.is_none() && backslashes == 0 => {
                    (gap.separator, gap.quote) = (Some(c), None);
                }
                '"' | '\'' => {
                    // A second quote behind the separator is an empty value's end.
                    if gap.quote.is_some() && (gap.separator.is_some() || is_spaced) {
                        break;
                    }
                    (gap.is_quoted, gap.quote) = (true, Some((c, backslashes)));
                }
                't' if backslashes > 0 && gap.quote.is_none() => {}
                _ if backslashes > 0 || gap.quote.is_some() && (gap.separator.is_some() || is_spaced) => {
                    break;
                }
                ' ' | '\t' => is_spaced = true,
                '[' | '(' if gap.separator.is_some() && opens_a_string(rest.get(offset + 1..)) => {
                    is_open = true;
                }
                '\n' | '\r' if is_open && gap.quote.is_none() => {}
                'b' | 'u' | 'r'
                    if gap.separator.is_some()
                        && rest.get(offset + 1..).is_some_and(|rest| rest.starts_with(['"', '\''])) => {}
                _ => break,
            }
            backslashes = 0;
            gap.to = end + offset + c.len_utf8();
        }
        // A name's own closing quote opens nothing.
        if gap.separator.is_none() && !is_spaced {
            gap.quote = None;
        }
        gap
    }
}

/// Whether the first value in a list or in parentheses is a string, or was one.
fn opens_a_string(after: Option<&str>) -> bool {
    let after = after.unwrap_or_default();
    if after.trim_start().starts_with(REDACTED) {
        return true;
    }
    let start = after.bytes().take(16).position(|b| !(b.is_ascii_whitespace() || matches!(b, b'\\' | b'b')));
    start.and_then(|at| after.as_bytes().get(at)).is_some_and(|b| matches!(b, b'"' | b'\''))
}

/// Whether a quote behind so many backslashes closes one that was opened behind `level` of them.
pub(super) fn is_closing(backslashes: usize, level: usize) -> bool {
    backslashes <= level || backslashes % (2 * (level + 1)) == level
}

/// How far a string that does not end on its line is looked at, in bytes.
const FAR: usize = 2000;

/// Where a string ends on a line below: at its quote, unless that rather begins another one.
pub(super) fn end_below(text: &str, line_end: usize, quote: char) -> Option<usize> {
    let rest = text.get(line_end..)?;
    let near = rest.get(..rest.floor_char_boundary(FAR))?;
    let is_escaped = |at| quote == '"' && near.get(..at).is_some_and(|before| before.ends_with('\\'));
    let (at, _) = near.match_indices(quote).find(|&(at, _)| !is_escaped(at))?;
    let behind = near.get(at + 1..)?.chars().next();
    behind.is_none_or(|c| c.is_whitespace() || ";|&)]},".contains(c)).then_some(line_end + at)
}

/// The whole of a value that is put together: `"x" + "y"`, `"x" . name . 'y'`, `"x" "y"`. With its quotes, which may be
/// different ones.
pub(super) fn joined(text: &str, gap: &Gap, (from, to): (usize, usize)) -> (usize, usize) {
    let Some((_, level)) = gap.quote.filter(|_| from == gap.to) else { return (from, to) };
    // What is behind the quote that ends a string there.
    let behind = |to: usize| text.get(to + level..).and_then(|rest| rest.strip_prefix(['"', '\'']));
    let before = text.get(..from - level - 1).unwrap_or_default().trim_end();
    let beside = match before.chars().next_back() {
        Some('(') => Beside::AlsoBelow,
        _ if gap.separator.is_some_and(|separator| separator != ',') => Beside::OnTheLine,
        _ => Beside::Nothing,
    };
    let (mut end, mut rest) = (to, behind(to));
    let mut is_string = true;
    while let Some(operand) =
        rest.and_then(|rest| operand(rest, if is_string { beside } else { Beside::Nothing }))
    {
        let string = operand.trim_start_matches('\\');
        is_string = string.starts_with(['"', '\'']);
        rest = match string.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let to = text.len() - string.len() + 1;
                let string = Gap { to, separator: Some('='), is_quoted: true, quote: Some((quote, level)) };
                end = value_at(text, &string).map_or(to, |(_, end)| end);
                behind(end)
            }
            _ => {
                let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_.$()[]".contains(b);
                operand.get(operand.bytes().take(64).take_while(is_name).count()..)
            }
        };
    }
    if end == to {
        return (from, to);
    }
    (from - level - 1, if behind(end).is_some() { end + level + 1 } else { end })
}

/// Whether a string right beside another one goes on with it, without anything between them that joins them.
#[derive(Clone, Copy)]
enum Beside {
    /// It is an argument of its own.
    Nothing,
    /// As a shell has it.
    OnTheLine,
    /// As Python and C have it, in parentheses.
    AlsoBelow,
}

/// What is joined to a string that has ended. Lua joins by `..`, PHP and Perl by `.`.
fn operand(rest: &str, beside: Beside) -> Option<&str> {
    let next = rest.trim_start();
    let joined = ["+", "..", "."].iter().find_map(|operator| next.strip_prefix(operator));
    if let Some(operand) = joined {
        return Some(operand.trim_start());
    }
    let string = match beside {
        Beside::Nothing => return None,
        Beside::OnTheLine => rest.trim_start_matches([' ', '\t']),
        Beside::AlsoBelow => next,
    };
    // Without space between them the second quote may close what the first string stands in.
    (string.len() < rest.len() && string.trim_start_matches('\\').starts_with(['"', '\''])).then_some(string)
}

/// The value itself: to its closing quote, or to where a value without quotes ends.
pub(super) fn value_at(text: &str, gap: &Gap) -> Option<(usize, usize)> {
    let rest = text.get(gap.to..)?;
    let length = match gap.quote {
        Some((quote, level)) => {
            let mut backslashes = 0;
            let mut length = rest.len();
            for (at, c) in rest.char_indices() {
                if c == '\n' {
                    // Behind a colon it is a document, and how far its lines are indented decides.
                    let is_string = level == 0 && gap.separator != Some(':');
                    let end = is_string.then(|| end_below(rest, at, quote)).flatten();
                    length = end.unwrap_or(at);
                    break;
                }
                if c == quote && is_closing(backslashes, level) {
                    length = at - backslashes.min(level);
                    break;
                }
                backslashes = if c == '\\' { backslashes + 1 } else { 0 };
            }
            length
        }
        None => {
            let length = rest
                .find(|c: char| {
                    c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '&' | ';' | ')' | '}' | '<')
                })
                .unwrap_or(rest.len());
            // The end of a line in a JSON string is the value's end: behind it may stand another name.
            let value = rest.get(..length)?;
            let line = ["\\n", "\\r"].iter().filter_map(|end| value.find(end)).min().unwrap_or(length);
            // An escaped quote ends the value before its backslash.
            value.get(..line)?.trim_end_matches('\\').len()
        }
    };
    // A line's end in a JSON string is the end of an empty value, too.
    let is_empty = gap.quote.is_none() && (rest.starts_with("\\n") || rest.starts_with("\\r"));
    (length > 0 && !is_empty).then_some((gap.to, gap.to + length))
}
