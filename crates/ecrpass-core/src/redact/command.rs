//! Passwords on command lines, as they stand in the traces of shells and CI jobs.

use super::below;
use super::gap::Gap;
use super::shell_word::{self, Open};
use super::whole;
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
        .or_else(|| here_document(text, around, start, end))
        .or_else(|| printed(text, around, start, end))
        .or_else(|| ecr_user(text, start, end))
}

/// `docker login -p x`, `sshpass -p x`, `skopeo --creds u:p`, `curl -u u:p`, `vault login x`.
fn login(text: &str, around: &Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    if word == "login" && text.get(..start)?.ends_with("vault ") {
        return positional(text, around, end);
    }
    if word == "-a" && around.command_before(start).contains("redis-cli") {
        return whole::value(text, around, &Gap::read(text, end, true), start, false);
    }
    let is_pair = matches!(word, "--user" | "-u") || word.starts_with("--") && word.ends_with("creds");
    if !is_pair && word != "-p" {
        return None;
    }
    let command = around.command_before(start);
    let is_login = match word {
        "-p" => takes_password(command),
        "-u" | "--user" => command.contains("curl"),
        _ => true,
    };
    if !is_login {
        return None;
    }
    let gap = Gap::read(text, end, true);
    let is_behind_comma = gap.separator == Some(',');
    let below = gap.separator.is_none_or(|separator| separator == ',');
    let below = below.then(|| below::next_item(text, start, gap.to, is_behind_comma)).flatten();
    let (from, to) = match below {
        Some(from) => whole::next_word(text, from, Open::default())?,
        None if gap.to == end => return None,
        None => whole::value(text, around, &gap, start, false)?,
    };
    if !is_pair {
        return Some((from, to));
    }
    // The user may stay.
    let colon = text.get(from..to)?.find(':')?;
    let rest = text.get(from + colon + 1..to)?;
    let word = shell_word::read(rest, 0, Open::default());
    (word.is_literal || word.end < rest.len()).then_some((from + colon + 1, to))
}

/// A secret that is an argument without a flag: `vault login x`.
fn positional(text: &str, around: &Around<'_>, end: usize) -> Option<(usize, usize)> {
    let spaces = text.get(end..)?.bytes().take(8).take_while(|&b| b == b' ').count();
    let from = end + spaces;
    let is_other = text.get(from..)?.starts_with(['-', '\n', '[']);
    let (from, to) = whole::next_word(text, from, shell_word::open(around.line_before(end)))?;
    (spaces > 0 && !is_other && !text.get(from..to)?.contains('=')).then_some((from, to))
}

/// Whether `-p` is a password's flag in this command.
fn takes_password(command: &str) -> bool {
    ["login", "sshpass", "docker pull", "docker push"].iter().any(|name| command.contains(name))
}

/// Programs whose `-p` has its value in the same word.
const GLUED: [&str; 4] = ["mysql", "mariadb", "percona", "xtrabackup"];

/// `-px`, the flag and its value in one word.
fn attached(text: &str, around: &Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    if word.starts_with("-u")
        && text.get(end..)?.starts_with(':')
        && around.command_before(start).contains("curl")
    {
        return whole::next_word(text, end + 1, shell_word::open(around.line_before(start)));
    }
    let word = word.strip_prefix("-p")?;
    let is_glued = || {
        let command = around.command_before(start);
        GLUED.iter().any(|name| command.contains(name))
    };
    let next = text.get(end..)?.chars().next();
    if word.is_empty() && !next.is_some_and(|next| matches!(next, '"' | '\'' | '$')) {
        return None;
    }
    // `-port`, `-path`: the words of other programs' flags.
    let is_attached = takes_password(around.command_before(start)) && !word.is_empty() || is_glued();
    let outer = shell_word::open(around.line_before(start));
    is_attached.then(|| whole::next_word(text, start + 2, outer)).flatten()
}

/// `<<< x` on a line with `--password-stdin`.
fn here_string(text: &str, around: &mut Around<'_>, end: usize) -> Option<(usize, usize)> {
    let rest = text.get(end..)?;
    let spaces = rest.bytes().take(8).take_while(|b| matches!(b, b' ' | b'\'' | b'"')).count();
    let from = end + spaces + rest.get(spaces..)?.strip_prefix("<<<").map(|_| 3)?;
    let is_login =
        around.line_before(from).contains("--password-stdin") || around.up_to_stdin(from).is_some();
    let from = from + text.get(from..)?.bytes().take(8).take_while(|&b| b == b' ').count();
    is_login.then(|| whole::next_word(text, from, Open::default())).flatten()
}

/// The lines below `docker login --password-stdin <<EOF`.
fn here_document(text: &str, around: &Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let tag = text.get(start..end)?;
    let before = text.get(..start)?.trim_end_matches(['"', '\'', '\\']);
    // `<<-EOF`: the dash is part of the word.
    let tag = tag.strip_prefix('-').unwrap_or(tag);
    let is_tag = before.ends_with("<<") && !before.ends_with("<<<") && !tag.is_empty();
    if !is_tag || !around.command_before(start).contains("--password-stdin") {
        return None;
    }
    shell_word::document(text, end, tag)
}

/// `echo x | docker login --password-stdin`, `printf %s x | …`.
fn printed(text: &str, around: &mut Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    if !matches!(word.rsplit('/').next()?, "echo" | "printf") {
        return None;
    }
    // `docker login --password-stdin < <(echo x)`
    if text.get(..start)?.ends_with("<(") && around.line_before(start).contains("--password-stdin") {
        let length = text.get(end..)?.find([')', '\n'])?;
        return shell_word::printed(text, start, end + length);
    }
    if is_field_of_awk(text, start, end) {
        return None;
    }
    let command = around.up_to_stdin(end)?;
    let pipe = command.find('|')?;
    shell_word::printed(text, start, end + pipe)
}

/// `awk '{print $6}'`, `{printf $6}`: the number of a field and nothing else.
fn is_field_of_awk(text: &str, start: usize, end: usize) -> bool {
    let behind = text.get(end..).unwrap_or_default().trim_start_matches(' ');
    let Some(field) = behind.strip_prefix('$') else { return false };
    let digits = field.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let rest = field.get(digits..).and_then(|rest| rest.trim_start_matches(' ').strip_prefix("}'"));
    let is_closed = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '|', '\n']));
    digits > 0
        && is_closed
        && text.get(..start).is_some_and(|before| before.trim_end_matches(' ').ends_with('{'))
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
