//! Secrets that are known by the name in front of them.

use super::mark::REDACTED;
use super::word::Around;

/// Names whose value is a secret, in lower case without `_`, `-` and `.`; a name may end with them.
const SECRET_NAMES: [&str; 21] = [
    "password",
    "passwd",
    "secret",
    "secretkey",
    "secretaccesskey",
    "sessiontoken",
    "securitytoken",
    "authorizationtoken",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "identitytoken",
    "registrytoken",
    "bearertoken",
    "webidentitytoken",
    "apikey",
    "xamzsignature",
    "dockerconfigjson",
    "privatekey",
    "externalid",
];

/// Last parts of names (`CI_JOB_TOKEN`, `DOCKER_PASS`) that are too short to count inside a word (`bypass`).
const SECRET_PARTS: [&str; 4] = ["_token", "-token", "_pass", "_pwd"];

/// What is said of a password where one could stand.
pub(super) const SAID: [&str; 22] = [
    "required",
    "expired",
    "invalid",
    "missing",
    "wrong",
    "incorrect",
    "denied",
    "failed",
    "empty",
    "none",
    "null",
    "true",
    "false",
    "write",
    "read",
    "not",
    "no",
    "is",
    "the",
    "unknown",
    "set",
    "unset",
];

/// The value after a secret's name: `name=value`, `"name": "value"`, `name: value`, `--name value`.
pub(super) fn value(text: &str, around: &mut Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    let (short, header, part) = kind(word)?;
    if around.is_in_arn(start) || is_containerds(text, start, word) {
        return None;
    }
    let gap = Gap::read(text, end, word.starts_with("--"));
    let is_key = gap.separator == Some(':') && is_first_key(text, start);
    let counts = match gap.separator {
        Some('=') => true,
        // Prose: "invalid token: expired".
        Some(':') => gap.is_quoted || header || is_key || !short,
        Some(_) => true,
        None => word.starts_with("--") && gap.to > end,
    };
    if !counts || part && gap.separator.is_none() && !word.starts_with("--") {
        return None;
    }
    if header {
        return header_secret(text, start, &gap);
    }
    let (from, to) = value_at(text, &gap)?;
    // "password: required" and "password is wrong" are prose, but one word after `name:` is not worth the risk
    // unless it is plainly a word.
    let value = text.get(from..to)?;
    // A value of JSON that holds nothing.
    if gap.quote.is_none()
        && (matches!(value, "true" | "false" | "null") || value.starts_with(['{', '[']))
        && value != REDACTED
        && gap.is_quoted
    {
        return None;
    }
    let is_prose = gap.separator == Some(':')
        && !gap.is_quoted
        && if is_key {
            SAID.contains(&value) || short && is_plain(value)
        } else {
            value.len() <= 12 && is_lower(value)
        };
    (!is_prose).then_some((from, to))
}

fn is_lower(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_lowercase())
}

/// A word of a language, perhaps with a capital.
pub(super) fn is_plain(value: &str) -> bool {
    value.get(1..).is_some_and(|rest| is_lower(rest) && value.len() <= 20)
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether a word names something whose value, said without a separator, is a secret. A bare `secret` is Kubernetes'.
pub(super) fn is_said(word: &str) -> bool {
    let ends_in_secret =
        word.get(word.len().saturating_sub(6)..).is_some_and(|end| end.eq_ignore_ascii_case("secret"));
    let is_known =
        |(short, header, _): (bool, bool, bool)| !header && (!short || word.eq_ignore_ascii_case("token"));
    !word.starts_with('-') && !ends_in_secret && kind(word).is_some_and(is_known)
}

/// Whether a word names a secret, and whether the name is a short one, that of a header, or only its last part.
fn kind(word: &str) -> Option<(bool, bool, bool)> {
    // Names are short; what is long is looked at from its end.
    let tail = word.as_bytes().get(word.len().saturating_sub(48)..)?;
    if !tail.last()?.is_ascii_alphabetic() {
        return None;
    }
    let lower: String = tail.iter().map(|b| char::from(b.to_ascii_lowercase())).collect();
    let name: String = lower.chars().filter(|c| !matches!(c, '_' | '-' | '.')).collect();
    let short = matches!(name.as_str(), "auth" | "token");
    let header = name.ends_with("authorization") || matches!(name.as_str(), "cookie" | "setcookie");
    let part = SECRET_PARTS.iter().any(|part| lower.ends_with(part));
    let known = SECRET_NAMES.iter().any(|secret| name.ends_with(secret));
    (short || header || part || known).then_some((short, header, part && !known))
}

/// What is between a name and its value.
pub(super) struct Gap {
    /// Where the value begins.
    pub(super) to: usize,
    pub(super) separator: Option<char>,
    pub(super) is_quoted: bool,
    /// The quote that opens the value, with as many backslashes as stand before it.
    quote: Option<(char, usize)>,
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

/// A header's secret: its value, but for the scheme in front, which is none.
fn header_secret(text: &str, start: usize, gap: &Gap) -> Option<(usize, usize)> {
    let (from, to) = header_value(text, start, gap)?;
    let value = text.get(from..to)?;
    let scheme = ["Basic ", "Bearer "]
        .into_iter()
        .find(|scheme| value.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)));
    Some((from + scheme.map_or(0, str::len), to))
}

/// A header's value: to its closing quote, or to the end of the line.
fn header_value(text: &str, start: usize, gap: &Gap) -> Option<(usize, usize)> {
    let opened = gap.quote.or_else(|| {
        let before = text.get(..start)?;
        let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''))?;
        let unquoted = before.get(..before.len() - 1)?;
        (!gap.is_quoted).then(|| (quote, unquoted.bytes().rev().take_while(|&b| b == b'\\').count()))
    });
    let rest = text.get(gap.to..)?;
    let mut backslashes = 0;
    for (at, c) in rest.char_indices() {
        let is_end = match c {
            '\n' | '\r' => true,
            'n' | 'r' if backslashes > 0 => return Some((gap.to, gap.to + at - backslashes)),
            '"' | '\'' => {
                let closes =
                    opened.is_some_and(|(quote, level)| c == quote && is_closing(backslashes, level));
                // The string of a JSON document that all of this is in ends at a quote without a backslash.
                if closes || gap.is_quoted && opened.is_none() || c == '"' && backslashes % 2 == 0 {
                    let level = opened.map_or(0, |(_, level)| level).min(backslashes);
                    return Some((gap.to, gap.to + at - level));
                }
                false
            }
            _ => false,
        };
        if is_end {
            return Some((gap.to, gap.to + at));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
    }
    Some((gap.to, text.len()))
}

/// Whether a quote behind so many backslashes closes one that was opened behind `level` of them.
fn is_closing(backslashes: usize, level: usize) -> bool {
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

/// What follows `Basic ` or `Bearer `, wherever it stands; "basic authentication" is prose.
pub(super) fn after_scheme(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    if !word.eq_ignore_ascii_case("basic") && !word.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let rest = text.get(end..)?;
    let spaces = rest.bytes().take(8).take_while(|b| matches!(b, b' ' | b'\t')).count();
    let value = rest.get(spaces..)?;
    let length = value
        .bytes()
        .position(|b| !(b.is_ascii_alphanumeric() || b"+/_-.~=:".contains(&b)))
        .unwrap_or(value.len());
    let value = value.get(..length)?;
    let is_word = |word: &str| word.is_empty() || is_plain(word);
    let is_prose = value.split(['-', '_', '.', ':', '/']).all(is_word) || value.contains("://");
    // `Bearer realm="…"`
    let is_parameter = value.ends_with('=')
        && value.trim_end_matches('=').len() < 16
        && text
            .get(end + spaces + length..)
            .is_some_and(|rest| rest.starts_with(['"', '\\']) && is_plain(value.trim_end_matches('=')));
    (spaces > 0 && length >= 8 && !is_prose && !is_parameter).then_some((end + spaces, end + spaces + length))
}

/// Whether a name begins its line, as a key of YAML does.
fn is_first_key(text: &str, start: usize) -> bool {
    let before = text.get(start.saturating_sub(200)..start).or_else(|| text.get(..start)).unwrap_or_default();
    let line = before.trim_end_matches([' ', '\t', '-']);
    line.ends_with(['\n', '\r']) || line.ends_with("\\n") || line.is_empty() && before.len() == start
}

/// Whether `authorization` is no header but the end of "repository does not exist or may require authorization: …",
/// behind which stands why.
fn is_containerds(text: &str, at: usize, word: &str) -> bool {
    word.eq_ignore_ascii_case("authorization")
        && text.get(..at).is_some_and(|before| before.ends_with("may require "))
}
