//! What variables hold behind a command that failed: in `if ! X=$(…); then`, `X=$(…) || …` and after a look at `$?` it is
//! an error's text or nothing, and not what the command prints when it succeeds.

use std::ops::Range;

use super::model::{Command, Output};
use super::reader::Reader;
use crate::known::Known;

/// The longest condition on an exit status, in bytes.
const LONGEST_CONDITION: usize = 64;

/// Which branch of an `if` runs after the command failed, and the variables that the command was to set.
#[derive(Debug, Default)]
pub(super) struct Failing {
    names: Vec<String>,
    /// The first branch, or those behind it.
    in_first: bool,
}

impl Failing {
    /// The variables without a value in the first branch, or in a later one.
    pub(super) fn names(&self, is_first: bool) -> &[String] {
        if self.in_first == is_first { &self.names } else { &[] }
    }
}

impl Reader<'_, '_, '_> {
    /// What fails where the condition of an `if` was read, whose text begins at `start` and whose commands are those of the range.
    pub(super) fn failing(&self, start: usize, condition: Range<usize>) -> Failing {
        let text = self.text.get(start..self.at).unwrap_or_default().trim();
        let names = self.captured_by_last(condition.clone());
        if !names.is_empty() {
            return Failing { names, in_first: text.starts_with("! ") };
        }
        let before = condition.start.checked_sub(1).and_then(|last| self.state.commands.get(last));
        let kept = before.and_then(status_kept_in);
        let end = condition.start - usize::from(kept.is_some());
        match of_status(text, kept) {
            Some(in_first) => Failing { names: self.captured_by_last(0..end), in_first },
            None => Failing::default(),
        }
    }

    /// The variables that the last command of a range sets to what a command prints, if it does nothing else.
    pub(super) fn captured_by_last(&self, range: Range<usize>) -> Vec<String> {
        let commands = self.state.commands.get(range).unwrap_or_default();
        let Some((last, before)) = commands.split_last().filter(|(last, _)| last.words.is_empty()) else {
            return Vec::new();
        };
        let names = last.assignments.iter().map(|(name, _)| name);
        let is_captured = |name: &&String| {
            before
                .iter()
                .rev()
                .take(16)
                .any(|one| matches!(&one.output, Output::Variable(set) if set == *name))
        };
        names.filter(is_captured).cloned().collect()
    }

    /// Takes from variables what they were to hold, until `take_back` of the mark that is answered.
    pub(super) fn forget(&mut self, names: &[String]) -> usize {
        let mark = self.state.variables.mark();
        for name in names {
            self.state.variables.set(name, Known::Made(format!("${{{name}}}")));
        }
        mark
    }
}

/// The variable that a command keeps the exit status in: `status=$?`.
fn status_kept_in(command: &Command) -> Option<&str> {
    match command.assignments.as_slice() {
        [(name, word)] if command.words.is_empty() && word.raw == "$?" => Some(name),
        _ => None,
    }
}

/// Whether a condition holds when the command before it failed, or when it did not; `None` if it asks something else.
fn of_status(text: &str, kept: Option<&str>) -> Option<bool> {
    if text.len() > LONGEST_CONDITION || text.contains("&&") || text.contains("||") {
        return None;
    }
    let names = kept.map(|name| [format!("${name}"), format!("${{{name}}}"), name.to_owned()]);
    let mut words =
        text.split(|c: char| c.is_whitespace() || "[]()\"';".contains(c)).filter(|word| !word.is_empty());
    let first = words.find(|word| *word != "test")?;
    if first != "$?" && !names.is_some_and(|names| names.iter().any(|name| name == first)) {
        return None;
    }
    match (words.next()?, words.next()?, words.next()) {
        ("-ne" | "!=" | "-gt" | ">", "0", None) => Some(true),
        ("-eq" | "=" | "==", "0", None) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_on_the_exit_status_are_known() {
        for text in ["[ $? -ne 0 ];", "[[ $? != 0 ]];", "test \"$?\" -gt 0;", "(( $? != 0 ));"] {
            assert_eq!(of_status(text, None), Some(true), "{text}");
        }
        assert_eq!(of_status("[ $? -eq 0 ]; ", None), Some(false));
        assert_eq!(of_status("[ \"$status\" -ne 0 ]", Some("status")), Some(true));
        assert_eq!(of_status("(( rc != 0 ))", Some("rc")), Some(true));
        for text in ["[ $? -ne 1 ]", "[ $X -ne 0 ]", "[ $? -ne 0 ] || true", "", "[ $?", "[ $? -ne 0 -a 1 ]"]
        {
            assert_eq!(of_status(text, None), None, "{text}");
        }
    }
}
