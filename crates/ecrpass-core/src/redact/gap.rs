//! What stands between a name and its value, and where the value ends.

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
        let (mut backslashes, mut is_spaced) = (0, false);
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
                '[' if gap.separator.is_some() && opens_a_string(rest.get(offset + 1..)) => {}
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

/// Whether a list's first value is a string.
fn opens_a_string(after: Option<&str>) -> bool {
    let after = after.unwrap_or_default();
    let start = after.bytes().take(16).position(|b| !(b.is_ascii_whitespace() || matches!(b, b'\\' | b'b')));
    start.and_then(|at| after.as_bytes().get(at)).is_some_and(|b| matches!(b, b'"' | b'\''))
}

/// Whether a quote behind so many backslashes closes one that was opened behind `level` of them.
pub(super) fn is_closing(backslashes: usize, level: usize) -> bool {
    backslashes <= level || backslashes % (2 * (level + 1)) == level
}

/// The value itself: to its closing quote, or to where a value without quotes ends.
pub(super) fn value_at(text: &str, gap: &Gap) -> Option<(usize, usize)> {
    let rest = text.get(gap.to..)?;
    let length = match gap.quote {
        Some((quote, level)) => {
            let mut backslashes = 0;
            let mut length = rest.len();
            for (at, c) in rest.char_indices() {
                if c == '\n' || c == quote && is_closing(backslashes, level) {
                    length = at - if c == '\n' { 0 } else { backslashes.min(level) };
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
