//! The variables of a script while it is read: what each is known to be, also behind branches.

use std::collections::{BTreeMap, HashMap};

use crate::known::Known;

/// The most variables that are followed.
const MOST: usize = 512;
/// The longest value that is put together, in bytes.
const LONGEST: usize = 8192;

/// What is set now.
pub(super) struct Variables<'a> {
    outside: &'a dyn Fn(&str) -> Option<Known>,
    set: HashMap<String, Known>,
    /// What was changed, with the value before: for going back.
    changes: Vec<(String, Option<Known>)>,
}

/// What a branch set.
pub(super) type Branch = BTreeMap<String, Option<Known>>;

impl<'a> Variables<'a> {
    pub(super) fn new(outside: &'a dyn Fn(&str) -> Option<Known>) -> Self {
        Self { outside, set: HashMap::new(), changes: Vec::new() }
    }

    pub(super) fn get(&self, name: &str) -> Option<Known> {
        self.set.get(name).cloned().or_else(|| (self.outside)(name))
    }

    pub(super) fn set(&mut self, name: &str, value: Known) {
        if self.set.len() >= MOST && !self.set.contains_key(name) {
            return;
        }
        let before = self.set.insert(name.to_owned(), value);
        self.changes.push((name.to_owned(), before));
    }

    /// All that is set, by name.
    pub(super) fn into_set(self) -> Vec<(String, Known)> {
        let mut all: Vec<_> = self.set.into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Where changes are now, for `take_back`.
    pub(super) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Undoes what was set since the mark, and says what that was.
    pub(super) fn take_back(&mut self, mark: usize) -> Branch {
        let mut branch = Branch::new();
        for (name, before) in self.changes.split_off(mark.min(self.changes.len())).into_iter().rev() {
            let now = match before {
                Some(before) => self.set.insert(name.clone(), before),
                None => self.set.remove(&name),
            };
            // The latest value is met first.
            branch.entry(name).or_insert(now);
        }
        branch
    }

    /// Sets what a branch set.
    pub(super) fn apply(&mut self, branch: &Branch) {
        for (name, value) in branch {
            if let Some(value) = value {
                self.set(name, value.clone());
            }
        }
    }

    /// After branches of which one was taken; perhaps none, if they are not exhaustive.
    pub(super) fn join(&mut self, branches: &[Branch], exhaustive: bool) {
        let names: std::collections::BTreeSet<&String> = branches.iter().flat_map(BTreeMap::keys).collect();
        for name in names {
            let base = self.get(name);
            let mut values: Vec<Option<Known>> = branches
                .iter()
                .map(|branch| branch.get(name).cloned().unwrap_or_else(|| base.clone()))
                .collect();
            if !exhaustive {
                values.push(base);
            }
            let joined = either(name, values);
            self.set(name, joined);
        }
    }
}

/// One of these, of which some are not known.
fn either(name: &str, values: Vec<Option<Known>>) -> Known {
    let hole = Known::named(name);
    let known =
        |value: Option<Known>| value.filter(|value| !value.is_unknown()).unwrap_or_else(|| hole.clone());
    let values: Vec<Known> = values.into_iter().map(known).collect();
    match Known::any(&values) {
        Known::Unknown => hole,
        value => value,
    }
}

/// Several words as one value, of which any may come.
pub(super) fn one_of(name: &str, values: Vec<Known>) -> Known {
    either(name, values.into_iter().map(Some).collect())
}

/// A value put together from parts: each as it stands where its value is not known, and its value.
pub(super) fn joined(parts: &[(String, Known)]) -> Known {
    let longest = |value: &Known| value.alternatives().map(str::len).max().unwrap_or_default();
    if parts.len() > 1 && parts.iter().map(|(_, value)| longest(value)).sum::<usize>() > LONGEST {
        return Known::Unknown;
    }
    let known: Vec<Known> = parts
        .iter()
        .map(|(hole, value)| if value.is_unknown() { Known::Made(hole.clone()) } else { value.clone() })
        .collect();
    match Known::concat(&known) {
        // Too many values: those parts stay names.
        Known::Unknown => Known::Made(parts.iter().map(|(hole, value)| template(hole, value)).collect()),
        value => value,
    }
}

/// A part as it stands in a text that is made at run time.
fn template<'a>(hole: &'a str, value: &'a Known) -> &'a str {
    match value {
        Known::Exactly(text) | Known::Made(text) => text,
        Known::OneOf(_) | Known::Unknown => hole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(text: &str) -> Known {
        Known::Exactly(text.to_owned())
    }

    #[test]
    fn branches_are_joined_and_what_is_unknown_before_them_stays_so() {
        let nothing = |_: &str| None;
        let mut variables = Variables::new(&nothing);
        variables.set("A", exactly("0"));
        let mark = variables.mark();
        variables.set("A", exactly("1"));
        variables.set("B", exactly("x"));
        let one = variables.take_back(mark);
        assert_eq!(variables.get("A"), Some(exactly("0")));
        let mark = variables.mark();
        variables.set("A", exactly("2"));
        let two = variables.take_back(mark);
        variables.join(&[one, two], true);
        assert_eq!(variables.get("A"), Some(Known::OneOf(vec!["1".to_owned(), "2".to_owned()])));
        assert_eq!(variables.get("B"), Some(Known::OneOf(vec!["x".to_owned(), "${B}".to_owned()])));
    }

    #[test]
    fn parts_are_put_together_as_far_as_they_are_known() {
        let part = |hole: &str, value: Known| (hole.to_owned(), value);
        let regions = Known::OneOf(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(
            joined(&[part("", exactly("x.")), part("${r}", regions.clone())]),
            Known::OneOf(vec!["x.a".to_owned(), "x.b".to_owned()])
        );
        assert_eq!(
            joined(&[part("${r}", regions), part("${y}", Known::Made("${y}".to_owned()))]),
            Known::OneOf(vec!["a${y}".to_owned(), "b${y}".to_owned()])
        );
    }

    #[test]
    fn a_value_that_doubles_does_not_grow_for_ever() {
        let mut value = exactly("ab");
        for _ in 0..64 {
            value = joined(&[("${X}".to_owned(), value.clone()), ("${X}".to_owned(), value)]);
        }
        assert!(value.exactly().is_none_or(|value| value.len() <= LONGEST), "{value:?}");
    }
}
