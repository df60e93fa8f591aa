//! Edits of logins that may change what a job does, and are only made on request: the registry of a login, a login that is
//! missing.

use std::ops::Range;

use ecrpass_core::registry::Registry;

use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::Spot;
use crate::jobs::edits::{edit, indentation, line_break, line_end, line_start};
use crate::jobs::order::problems;
use crate::kind::FileKind;
use crate::logins::ProblemKind;
use crate::misordered::Misordered;
use crate::rule::Examined;

/// How many lines a command may go back over.
const MOST_LINES: usize = 16;

/// Another region in place of a login's, where that stands in the login as it is.
pub fn of_region(examined: &Examined<'_>, problem: &Misordered, region: &str) -> Option<FileEdit> {
    let wanted = problem.registry.as_ref()?.region();
    in_login(examined, problem, region, wanted, "Log in to the region of the registry that is used")
}

/// Another account in place of a login's.
pub fn of_account(examined: &Examined<'_>, problem: &Misordered, account: &str) -> Option<FileEdit> {
    let wanted = problem.registry.as_ref()?.account()?;
    in_login(examined, problem, account, wanted, "Log in to the registry of the account that is used")
}

fn in_login(
    examined: &Examined<'_>,
    problem: &Misordered,
    old: &str,
    new: &str,
    summary: &str,
) -> Option<FileEdit> {
    let text = &examined.file.text;
    let login = login_of(examined, problem)?;
    let from = command_start(text, login.bytes.start);
    let command = text.get(from..login.bytes.end)?;
    // What else the login is for would be without one then.
    let is_shared = problems(examined)
        .iter()
        .any(|other| other.registry != problem.registry && login_of(examined, other) == Some(login));
    let elsewhere = [text.get(..from)?, text.get(login.bytes.end..)?];
    let is_used = |host: &str| elsewhere.iter().any(|text| text.contains(host));
    if is_shared || elsewhere.iter().any(|text| text.contains(old)) || !is_used(&problem.host) {
        return None;
    }
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let stands_alone = |at: usize| {
        let before = command.get(..at).and_then(|before| before.chars().next_back());
        let behind = command.get(at + old.len()..).and_then(|behind| behind.chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    };
    let places = command.match_indices(old).map(|(at, _)| at).filter(|at| stands_alone(*at));
    let replacements: Vec<Replacement> = places
        .map(|at| Replacement { bytes: from + at..from + at + old.len(), text: new.to_owned() })
        .collect();
    (!replacements.is_empty()).then(|| edit(summary, Safety::Unsafe, replacements))
}

/// The login of a problem, if it stands in the file.
fn login_of<'a>(examined: &Examined<'_>, problem: &'a Misordered) -> Option<&'a Spot> {
    problem.spots.iter().find(|spot| spot.label == "the login" && spot.path == examined.file.path)
}

/// Where the lines begin that go on in that of a byte: what fetches the password stands in front of the login.
fn command_start(text: &str, byte: usize) -> usize {
    let mut start = line_start(text, byte);
    for _ in 0..MOST_LINES {
        let Some(before) =
            text.get(..start).map(str::trim_end).filter(|before| before.ends_with(['\\', '|']))
        else {
            break;
        };
        start = line_start(text, before.len());
    }
    start
}

/// A login in front of what needs it, where that is a command in a line of its own.
pub fn added(examined: &Examined<'_>, problem: &Misordered) -> Option<FileEdit> {
    if problem.kind != (ProblemKind::NoLogin { later: false }) {
        return None;
    }
    let Some(Registry::Private(registry)) = &problem.registry else { return None };
    let used = problem.spots.first().filter(|spot| spot.path == examined.file.path)?;
    let text = &examined.file.text;
    if !text.get(used.bytes.clone())?.starts_with("docker ") {
        return None;
    }
    let start = line_start(text, used.bytes.start);
    let begin = text.get(start..used.bytes.start)?;
    let goes_on = text.get(..start)?.trim_end().ends_with(['\\', '|', '&', '>']);
    let is_own_line = match examined.file.kind {
        FileKind::Shell => begin.trim().is_empty(),
        FileKind::Makefile => begin == "\t",
        FileKind::Pipeline(_) => begin.trim() == "-" || begin.trim().is_empty() && is_in_lines(text, start),
        _ => false,
    };
    if !is_own_line || goes_on {
        return None;
    }
    let login = format!(
        "{begin}aws ecr get-login-password --region {} | docker login --username AWS --password-stdin {}{}",
        registry.region,
        registry.host,
        line_break(text)
    );
    let replacement = Replacement { bytes: start..start, text: login };
    Some(edit("Log in before it is needed", Safety::Unsafe, vec![replacement]))
}

/// Whether a line of YAML stands in a text whose lines stay lines: `run: |`.
fn is_in_lines(text: &str, start: usize) -> bool {
    let own = indentation(text, start).len();
    let above = text.get(..start).unwrap_or_default().lines().rev();
    let mut outer =
        above.filter(|line| !line.trim().is_empty() && line.len() - line.trim_start().len() < own);
    outer.next().is_some_and(|line| {
        line.split(" #").next().unwrap_or_default().trim_end().trim_end_matches(['-', '+']).ends_with('|')
    })
}

/// A line of a list taken out, where others of the list stay: `- ~/.docker`, or a line of `path: |`.
pub fn line_removed(text: &str, item: &Range<usize>) -> Option<Replacement> {
    let bytes = line_start(text, item.start)..line_end(text, item.start);
    let written = |bytes: &Range<usize>| {
        let line = text.get(bytes.clone())?;
        let is_item = line.trim_start().starts_with("- ");
        let is_something = !line.trim().is_empty() && !line.trim().starts_with('#');
        is_something.then(|| (line.len() - line.trim_start().len(), is_item))
    };
    let line = text.get(bytes.clone())?.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
    let is_whole = text.get(item.clone())?.trim().trim_matches(['"', '\'']) == line;
    let own = written(&bytes)?;
    let before = bytes.start.checked_sub(1).map(|end| line_start(text, end)..bytes.start);
    let behind = (bytes.end < text.len()).then(|| bytes.end..line_end(text, bytes.end));
    let has_sibling = before.iter().chain(&behind).any(|other| written(other) == Some(own));
    (is_whole && has_sibling).then(|| Replacement { bytes, text: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_where_others_stay() {
        for (text, expected) in [
            ("paths:\n  - dist\n  - ~/.docker\nb: 1\n", Some("paths:\n  - dist\nb: 1\n")),
            ("path: |\n  \"~/.docker\"\n  dist\n", Some("path: |\n  dist\n")),
            ("paths:\n  - ~/.docker\nb: 1\n", None),
            ("paths: [dist, ~/.docker]\n", None),
            ("- ~/.docker # all\n- dist\n", None),
        ] {
            let at = text.find("~/.docker").unwrap();
            let removed = line_removed(text, &(at..at + "~/.docker".len()));
            let new = removed.map(|removed| {
                let mut new = text.to_owned();
                new.replace_range(removed.bytes, &removed.text);
                new
            });
            assert_eq!(new.as_deref(), expected, "{text}");
        }
    }
}
