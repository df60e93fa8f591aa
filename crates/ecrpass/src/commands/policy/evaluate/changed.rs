//! The smallest change as a patch of the files that were given, as they are: whoever applies it changes nothing else.

use std::slice::from_ref;

use ecrpass_iam::change::{Change, files, pretty};
use ecrpass_json::Position;

use crate::render::diff::{plain_text_diff, text_diff};

/// From how many bytes on a line is so long that nobody sees what changed in it.
const LONG: usize = 160;

/// A patch of each file, and each document that is in none as it stands.
pub(super) fn lines(changes: &[Change]) -> Vec<Vec<String>> {
    let (of_files, others): (Vec<Change>, Vec<Change>) = changes.iter().cloned().partition(is_of_file);
    let of_files = files(&of_files).into_iter().map(|(name, old, new)| {
        let mut lines = text_diff(name, old, &new);
        lines.extend(in_a_long_line(old, &new));
        lines
    });
    let of_files: Vec<Vec<String>> = of_files.collect();
    let others = others.iter().map(|change| {
        let (name, old, new) = apart(change);
        text_diff(&name, &old, &new)
    });
    of_files.into_iter().chain(others).collect()
}

/// Whether there is a file to patch; what came through a pipe is in none.
fn is_of_file(change: &Change) -> bool {
    change.within.is_some() && change.source.as_deref() != Some("stdin")
}

/// A change as a patch without colours.
pub(super) fn plain_diff(change: &Change) -> String {
    match files(from_ref(change)).as_slice() {
        [(name, old, new)] if is_of_file(change) => plain_text_diff(name, old, new),
        _ => {
            let (name, old, new) = apart(change);
            plain_text_diff(&name, &old, &new)
        }
    }
}

/// A document that no file holds as it stands: it is new, or decoded from a text.
fn apart(change: &Change) -> (String, String, String) {
    let name = match &change.source {
        Some(source) if source == "stdin" => source.clone(),
        Some(source) => format!("the policy that {source} holds as a text"),
        None => format!("new {} policy", change.layer),
    };
    (name, pretty(&change.old), pretty(&change.new))
}

/// What changed, where the patch shows lines that are too long to compare.
fn in_a_long_line(old: &str, new: &str) -> Option<String> {
    let start = shared(old.chars(), new.chars());
    let (old_rest, new_rest) = (old.get(start..)?, new.get(start..)?);
    let line = old.get(..start)?.rsplit('\n').next()?.len() + old_rest.find('\n').unwrap_or(old_rest.len());
    if line < LONG {
        return None;
    }
    let end = shared(old_rest.chars().rev(), new_rest.chars().rev());
    let (gone, come) = (old_rest.get(..old_rest.len() - end)?, new_rest.get(..new_rest.len() - end)?);
    let Position { line, column, .. } = Position::of(old, start);
    let place = if gone.is_empty() { String::new() } else { format!(" in the place of {gone}") };
    Some(format!("In line {line}, column {column}, stands{place} now: {come}"))
}

/// How many bytes two texts share from where they are read.
fn shared(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test's way of failing
mod tests {
    use super::*;

    #[test]
    fn what_changed_in_a_long_line_is_told_apart() {
        let old = format!("{{\n\"Id\":\"{}\",\"Action\":[\"a\"]}}", "x".repeat(200));
        let told = |new: &str| in_a_long_line(&old, new).unwrap();
        let more = old.replace("\"a\"]", "\"a\",\"b\"]");
        assert_eq!(told(&more), "In line 2, column 222, stands now: ,\"b\"");
        let other = old.replace("[\"a\"]", "\"c\"");
        assert_eq!(told(&other), "In line 2, column 218, stands in the place of [\"a\"] now: \"c\"");
        assert_eq!(in_a_long_line("{\n\"a\":[]}", "{\n\"a\":[1]}"), None);
    }
}
