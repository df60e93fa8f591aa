//! Files of which each line is a command: crontabs and shell histories.

use crate::known::Known;
use crate::passage::Passage;
use crate::schedule::cron_gap;
use crate::scripts::placed::{Placed, Runs};
use crate::shell::{self, Dialect, Script};

/// The lines of a text with the bytes at which they begin.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// Programs that people run with a path behind them: such a word in a crontab is no user's name.
const PROGRAMS: [&str; 36] = [
    "sh", "bash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "php", "java", "sudo", "env",
    "nice", "ionice", "flock", "timeout", "time", "chronic", "cd", "exec", "test", "rm", "cp", "mv", "ls",
    "cat", "find", "tar", "rsync", "nohup", "touch", "chmod", "chown", "source", "logger",
];

/// A crontab, a user's or the system's, which also names a user: by where it stands, or by what its lines look like.
pub fn crontab(passage: &Passage, path: &str) -> Vec<Placed> {
    let is_system = is_of_system(path);
    let mut variables: Vec<(String, Known)> = Vec::new();
    let mut all = Vec::new();
    for (start, line) in lines(passage.text()) {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = line.len() - trimmed.len();
        if let Some((name, value)) = trimmed.split_once('=')
            && name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            variables
                .push((name.trim().to_owned(), Known::Exactly(value.trim().trim_matches('"').to_owned())));
            continue;
        }
        let count = if trimmed.starts_with("@every") {
            2
        } else if trimmed.starts_with('@') {
            1
        } else {
            5
        };
        let Some(length) = fields_length(trimmed, count) else { continue };
        let schedule = trimmed.get(..length).unwrap_or_default().trim_end();
        if schedule == "@reboot" {
            continue;
        }
        let mut from = length;
        // The system's crontabs have a user between schedule and command.
        let command = trimmed.get(from..).unwrap_or_default();
        let mut words = command.split_whitespace();
        let first = words.next().unwrap_or_default();
        let is_user = is_system && is_name(first)
            || matches!(first, "root" | "ubuntu" | "ec2-user" | "admin" | "nobody")
            || is_name(first)
                && !PROGRAMS.contains(&first)
                && words.next().is_some_and(|next| next.starts_with('/'));
        if is_user {
            from += fields_length(command, 1).unwrap_or_default();
        }
        let Some(inside) = passage.part(start + indent + from..start + line.len()) else { continue };
        let known =
            |name: &str| variables.iter().rfind(|(set, _)| set == name).map(|(_, value)| value.clone());
        let script = shell::read(&inside, Dialect::Posix, &known, false);
        let place = passage.places(start + indent..start + indent + schedule.len());
        all.push(Placed { script, runs: Runs::Again(cron_gap(schedule), place) });
    }
    all
}

/// Whether a path is that of one of the system's crontabs, whose lines name a user.
fn is_of_system(path: &str) -> bool {
    path.contains("cron.d/") || path == "etc/crontab" || path.ends_with("/etc/crontab")
}

/// Whether a word may be the name of a user.
fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
}

/// How long the first fields are, with the blanks behind them.
fn fields_length(text: &str, count: usize) -> Option<usize> {
    let mut rest = text;
    for _ in 0..count {
        let end = rest.find([' ', '\t'])?;
        rest = rest.get(end..)?.trim_start_matches([' ', '\t']);
    }
    (!rest.is_empty()).then(|| text.len() - rest.len())
}

/// A shell's history: bash's, zsh's with times, fish's.
pub(super) fn history(passage: &Passage) -> Vec<Placed> {
    let mut all = Script::empty(Dialect::Posix);
    for (start, line) in lines(passage.text()) {
        let mut from = 0;
        if let Some(behind) = line.strip_prefix(": ")
            && let Some((times, _)) = behind.split_once(';')
            && times.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
        {
            from = 2 + times.len() + 1;
        } else if line.starts_with("- cmd: ") {
            from = "- cmd: ".len();
        }
        // What cannot hold a login is not read.
        if !["login", "creds", "get-login"].iter().any(|word| line.contains(word)) {
            continue;
        }
        let Some(inside) = passage.part(start + from..start + line.len()) else { continue };
        let script = shell::read(&inside, Dialect::Posix, &|_| None, false);
        all.commands.extend(script.commands.into_iter().filter(|command| command.reads.is_none()));
    }
    vec![Placed { script: all, runs: Runs::Typed }]
}
