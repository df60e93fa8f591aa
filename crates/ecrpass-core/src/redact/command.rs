//! Passwords on command lines, as they stand in the traces of shells and CI jobs.

use super::named::{Gap, value_at};
use super::word::Around;

/// The password in a command: after a flag, in a here-string, or printed into `--password-stdin`.
pub(super) fn password(
    text: &str,
    around: &mut Around<'_>,
    start: usize,
    end: usize,
) -> Option<(usize, usize)> {
    login(text, around, start, end)
        .or_else(|| attached(text, around, start, end))
        .or_else(|| here_string(text, around, end))
        .or_else(|| printed(text, around, start, end))
        .or_else(|| ecr_user(text, start, end))
}

/// `docker login -p x`, `sshpass -p x`, `skopeo --creds u:p`, `curl -u u:p`.
fn login(text: &str, around: &Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    let is_pair = matches!(word, "--creds" | "--src-creds" | "--dest-creds" | "--user" | "-u");
    if !is_pair && word != "-p" {
        return None;
    }
    let command = around.line_before(start);
    let is_login = match word {
        "-p" => takes_password(command),
        "-u" | "--user" => command.contains("curl"),
        _ => true,
    };
    let gap = Gap::read(text, end, true);
    if !is_login || gap.to == end {
        return None;
    }
    let (from, to) = value_at(text, &gap)?;
    if !is_pair {
        return Some((from, to));
    }
    // The user may stay.
    let colon = text.get(from..to)?.find(':')?;
    Some((from + colon + 1, to))
}

/// Whether `-p` is a password's flag in this command.
fn takes_password(command: &str) -> bool {
    command.contains("login") || command.contains("sshpass")
}

/// `-px`, the flag and its value in one word.
fn attached(text: &str, around: &Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?.strip_prefix("-p")?;
    let is_attached = !word.is_empty() && takes_password(around.line_before(start));
    is_attached.then(|| (start + 2, unquoted_end(text, start + 2)))
}

/// `<<< x` on a line with `--password-stdin`.
fn here_string(text: &str, around: &mut Around<'_>, end: usize) -> Option<(usize, usize)> {
    let rest = text.get(end..)?;
    let spaces = rest.bytes().take(8).take_while(|b| matches!(b, b' ' | b'\'' | b'"')).count();
    let from = end + spaces + rest.get(spaces..)?.strip_prefix("<<<").map(|_| 3)?;
    let is_login =
        around.line_before(from).contains("--password-stdin") || around.up_to_stdin(from).is_some();
    is_login.then(|| argument(text, from, unquoted_end)).flatten()
}

/// `echo x | docker login --password-stdin`, `printf %s x | …`.
fn printed(text: &str, around: &mut Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    if !matches!(word.rsplit('/').next()?, "echo" | "printf") {
        return None;
    }
    let command = around.up_to_stdin(end)?;
    command.find('|')?;
    let mut from = end;
    // Flags and a format say nothing.
    loop {
        let rest = text.get(from..)?;
        let spaces = rest.bytes().take(8).take_while(|&b| b == b' ').count();
        let next = rest.get(spaces..)?;
        let is_format = next.trim_start_matches(['"', '\'']).starts_with('%');
        if spaces == 0 || !(next.starts_with('-') || is_format) {
            break;
        }
        from += spaces + next.find([' ', '|', '\n'])?;
    }
    argument(text, from, |text, from| {
        let rest = text.get(from..).unwrap_or_default();
        let length = rest.find(['|', '\n']).unwrap_or(rest.len());
        from + rest.get(..length).unwrap_or_default().trim_end().len()
    })
}

/// What a command is given here; a variable or another command's output is no secret itself.
fn argument(text: &str, from: usize, unquoted: impl Fn(&str, usize) -> usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let from = from + rest.bytes().take(8).take_while(|&b| b == b' ').count();
    let rest = text.get(from..)?;
    let (from, to) = match rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => (from + 1, from + 1 + rest.get(1..)?.find([quote, '\n']).unwrap_or(rest.len() - 1)),
        None => (from, unquoted(text, from)),
    };
    let value = text.get(from..to)?;
    (!value.is_empty() && !value.starts_with(['$', '`'])).then_some((from, to))
}

/// The end of an argument without quotes.
fn unquoted_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '|' | ';' | '&' | '\\');
    from + rest.find(is_end).unwrap_or(rest.len())
}

/// `AWS:x`, the user and the password of ECR as `curl -u` and `auth` take them. `AWS::ECR::Repository` is a type.
fn ecr_user(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let value = text.get(end..)?.strip_prefix(':').filter(|_| text.get(start..end) == Some("AWS"))?;
    let from = end + 1;
    let to = unquoted_end(text, from);
    let is_other = value.starts_with([':', '$', '/', '<', '{']) || value.starts_with("arn:");
    (to > from && !is_other).then_some((from, to))
}
