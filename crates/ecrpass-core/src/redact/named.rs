//! Secrets that are known by the name in front of them.

use super::below;
use super::gap::{Gap, is_closing, joined};
use super::mark::REDACTED;
use super::setting;
use super::shell_word::Open;
use super::whole;
use super::word::Around;

/// Names whose value is a secret, in lower case without `_`, `-` and `.`; a name may end with them.
const SECRET_NAMES: [&str; 24] = [
    "password",
    "passwd",
    "passphrase",
    "requirepass",
    "masterauth",
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
const SECRET_PARTS: [&str; 9] =
    ["_token", "-token", "_pass", "-pass", "_pwd", "_pw", "-pw", "_creds", "_auth"];

/// The last part of names of which some are secrets: `SIGNING_KEY`, but also `CACHE_KEY`.
const PERHAPS: &str = "_key";

/// The same as whole names, which are words of prose and of test reports, too (`PASS: TestLogin`).
const SHORT_NAMES: [&str; 3] = ["pass", "pw", "creds"];

/// How words begin that end as names do: errors (`InvalidIdentityToken: No …`), credential stores (`docker-credential-pass: …`),
/// Drone's and Woodpecker's name for where a secret is, the event of a kubelet (`FailedToRetrieveImagePullSecret: …`).
const NO_NAMES: [&str; 6] =
    ["invalid", "expired", "missing", "dockercredential", "fromsecret", "failedtoretrieveimagepullsecret"];

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
    let Kind { short, header, part, brief, perhaps } = kind(word)?;
    if around.is_in_arn(start) || is_containerds(text, start, word) {
        return None;
    }
    if let Some(element) = element(text, start, end) {
        return Some(element);
    }
    let is_flag = word.starts_with("--");
    // These have a user in front, and were looked at as that.
    if is_flag && word.ends_with("creds") {
        return None;
    }
    let explicit = explicit(text, start, end);
    let gap = Gap::read(text, explicit.unwrap_or(end), is_flag);
    if is_flag && gap.separator.is_none_or(|separator| separator == ',') {
        let is_behind_comma = gap.separator == Some(',');
        if let Some(from) = below::next_item(text, start, gap.to, is_behind_comma) {
            return whole::next_word(text, from, Open::default());
        }
    }
    if is_flag && let Some(from) = in_flow_list(text, around, end) {
        return whole::next_word(text, from, Open::default());
    }
    let is_key = gap.separator == Some(':') && (explicit.is_some() || is_first_key(text, start));
    let counts = match gap.separator {
        Some('=') => true,
        // Prose: "invalid token: expired".
        Some(':') => gap.is_quoted || header || is_key || !short,
        Some(_) => true,
        None => is_flag && gap.to > end,
    };
    if !counts || part && gap.separator.is_none() && !is_flag {
        return None;
    }
    if header {
        return header_secret(text, start, &gap);
    }
    let is_line = is_key && !short || gap.separator == Some('=') && is_item(text, start);
    let (from, to) = whole::value(text, around, &gap, start, is_line)?;
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
    if brief && is_a_report(word, value, gap.separator) || setting::is_one(word, value) {
        return None;
    }
    if perhaps && !is_random(value.lines().next()?) {
        return None;
    }
    let first = value.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ';']);
    if gap.to == end + 1 && is_place_in_file(word, first) {
        return None;
    }
    // `exec: "pass": executable file not found`
    if (brief || part)
        && gap.separator == Some(':')
        && gap.is_quoted
        && gap.quote.is_none()
        && is_plain(first)
    {
        return None;
    }
    let is_prose = gap.separator == Some(':')
        && !gap.is_quoted
        && if is_key {
            SAID.contains(&first) || short && is_plain(first)
        } else {
            value.len() <= 12 && is_lower(value)
        };
    (!is_prose).then(|| joined(text, &gap, (from, to)))
}

/// `dockerconfig.json:3:12`, whose name is also that of a secret of Kubernetes.
fn is_place_in_file(word: &str, behind: &str) -> bool {
    let is_number = |number: &str| number.len() < 8 && number.bytes().all(|b| b.is_ascii_digit());
    word.ends_with(".json") && behind.trim_end_matches(':').split(':').all(is_number)
}

/// Where the colon is behind an explicit key of YAML: `? name`, and on the line below it `: value`.
fn explicit(text: &str, start: usize, end: usize) -> Option<usize> {
    let quotes = ['"', '\''];
    if !text.get(..start)?.trim_end_matches(quotes).ends_with("? ") {
        return None;
    }
    let rest = text.get(end..)?.trim_start_matches(quotes).trim_start_matches([' ', '\r']);
    let colon = rest.strip_prefix('\n')?.trim_start_matches(' ');
    colon.starts_with(':').then(|| text.len() - colon.len())
}

/// The text of an element of XML: `<password>x</password>`.
fn element(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let rest = text.get(end..)?.strip_prefix('>')?;
    let is_begin = text.get(..start)?.ends_with('<') && !text.get(start..end)?.starts_with('/');
    let length = rest.bytes().take(8192).position(|b| b == b'<').filter(|&length| length > 0)?;
    let is_closed = rest.get(length..)?.starts_with("</");
    // Maven's and MSBuild's variables.
    let is_reference = rest.starts_with("${") || rest.starts_with("$(");
    (is_begin && is_closed && !is_reference).then_some((end + 1, end + 1 + length))
}

/// The value behind a gap, of a name that is known to be a secret's.
pub(super) fn known(text: &str, around: &Around<'_>, gap: &Gap, start: usize) -> Option<(usize, usize)> {
    let value = whole::value(text, around, gap, start, is_first_key(text, start));
    value.map(|value| joined(text, gap, value))
}

/// Whether a word is the name of a secret, where it can be nothing else.
pub(super) fn is_name(word: &str) -> bool {
    kind(word).is_some_and(|kind| !kind.perhaps)
}

/// The next item of a list in brackets, without quotes: `[mysqld, --password, x]`. Prose has lists of flags, too.
fn in_flow_list(text: &str, around: &Around<'_>, end: usize) -> Option<usize> {
    let rest = text.get(end..)?.strip_prefix(", ")?;
    let is_item = !rest.starts_with(['-', '"', '\'', ' ']) && around.line_before(end).contains('[');
    is_item.then_some(end + 2)
}

/// Whether a value is no name and no path, but letters and digits as they come.
fn is_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    value.len() >= 12
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=_".contains(&b))
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
}

/// Whether what stands behind `pass` counts or names tests that passed.
fn is_a_report(word: &str, value: &str, separator: Option<char>) -> bool {
    let is_count = value.len() < 5 && value.bytes().all(|b| b.is_ascii_digit() || b == b'%');
    let is_shouted = separator == Some(':') && word.bytes().all(|b| b.is_ascii_uppercase());
    is_count || is_shouted
}

/// Whether a name begins an item of a list: `- NAME=value` has its value up to the end of the line.
fn is_item(text: &str, start: usize) -> bool {
    let before = text.get(start.saturating_sub(200)..start).or_else(|| text.get(..start)).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start().strip_prefix("- ").is_some_and(|rest| rest.trim().is_empty())
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
        |kind: Kind| !kind.header && !kind.perhaps && (!kind.short || word.eq_ignore_ascii_case("token"));
    !word.starts_with('-') && !ends_in_secret && kind(word).is_some_and(is_known)
}

/// What kind of name a word is.
#[derive(Clone, Copy)]
struct Kind {
    /// A word that prose has, too.
    short: bool,
    /// That of a header.
    header: bool,
    /// Only its last part is known.
    part: bool,
    /// One of [`SHORT_NAMES`].
    brief: bool,
    /// It ends in [`PERHAPS`]: the value decides.
    perhaps: bool,
}

/// How much of a word is looked at: names are short, what is long is looked at from its end. In bytes.
const LONGEST_NAME: usize = 48;

/// With which letters the names above end. Most words of a log are through here.
fn may_end_a_name(last: u8) -> bool {
    matches!(last.to_ascii_lowercase(), b'd' | b'e' | b'h' | b'n' | b's' | b't' | b'w' | b'y')
}

/// Whether a word names a secret, and how.
fn kind(word: &str) -> Option<Kind> {
    let tail = word.as_bytes().get(word.len().saturating_sub(LONGEST_NAME)..)?;
    if !may_end_a_name(*tail.last()?) || tail.len() < 2 {
        return None;
    }
    let (mut lower, mut name) = ([0; LONGEST_NAME], [0; LONGEST_NAME]);
    let mut length = 0;
    for (&byte, to) in tail.iter().zip(&mut lower) {
        *to = byte.to_ascii_lowercase();
        if let Some(place) = name.get_mut(length).filter(|_| !matches!(byte, b'_' | b'-' | b'.')) {
            *place = *to;
            length += 1;
        }
    }
    let (lower, name) = (lower.get(..tail.len())?, name.get(..length)?);
    if NO_NAMES.iter().any(|no_name| name.starts_with(no_name.as_bytes())) {
        return None;
    }
    let brief = SHORT_NAMES.iter().any(|short| name == short.as_bytes());
    let short = brief || matches!(name, b"auth" | b"token");
    let header = name.ends_with(b"authorization") || matches!(name, b"cookie" | b"setcookie");
    let part = SECRET_PARTS.iter().any(|part| lower.ends_with(part.as_bytes()));
    let known = SECRET_NAMES.iter().any(|secret| name.ends_with(secret.as_bytes()));
    let perhaps = !known && lower.ends_with(PERHAPS.as_bytes());
    (short || header || part || known || perhaps).then_some(Kind {
        short,
        header,
        part: (part || perhaps) && !known,
        brief,
        perhaps,
    })
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
    let is_comment = before.trim_end().ends_with('#');
    let line = before.trim_end_matches([' ', '\t', '-']);
    is_comment
        || line.ends_with(['\n', '\r'])
        || line.ends_with("\\n")
        || line.is_empty() && before.len() == start
}

/// Whether `authorization` is no header but the end of "repository does not exist or may require authorization: …",
/// behind which stands why.
fn is_containerds(text: &str, at: usize, word: &str) -> bool {
    word.eq_ignore_ascii_case("authorization")
        && text.get(..at).is_some_and(|before| before.ends_with("may require "))
}

/// All names of secrets.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SECRET_NAMES.iter().chain(&SECRET_PARTS).chain(&SHORT_NAMES).copied()
}
