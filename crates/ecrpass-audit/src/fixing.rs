//! Makes the edits of findings, and looks again, until there is none left: one edit may make room for another. An edit
//! that does not do what it says, or does more, is taken back.

mod attempt;
mod withdrawn;

use std::collections::{BTreeMap, HashSet};

use ecrpass_diagnosis::finding::{Action, OwnCommand};

use self::attempt::{Attempt, Readings, attempt};
pub use self::withdrawn::Withdrawn;
use crate::audit::{Found, Question, Report, audit};
use crate::edit::{FileEdit, Safety};
use crate::source::Tree;

/// How often files are looked at anew at most.
const ROUNDS: usize = 10;

/// How many edits of a file are tried one by one at most.
const SINGLE: usize = 100;

/// Files with edits made.
#[derive(Debug)]
pub struct Fixed {
    /// The tree as it is then.
    pub tree: Tree,
    /// What was fixed.
    pub fixed: Vec<Found>,
    /// What is left.
    pub left: Report,
    /// The edits that were not made, and why.
    pub withdrawn: Vec<Withdrawn>,
}

/// Makes all edits that need no asking, and the others if they are wanted.
pub fn fix(tree: Tree, question: &Question<'_>, with_unsafe: bool) -> Fixed {
    let mut work = Work { tree, question, with_unsafe, fixed: Vec::new(), withdrawn: Vec::new() };
    let mut left = audit(&work.tree, question);
    for _ in 0..ROUNDS {
        let (fixed, withdrawn) = (work.fixed.len(), work.withdrawn.len());
        let is_current = work.round(&left);
        if (fixed, withdrawn) == (work.fixed.len(), work.withdrawn.len()) {
            break;
        }
        if work.fixed.len() > fixed {
            // In what the file says now they may do what they mean.
            work.withdrawn.clear();
        }
        left = match is_current {
            Some(report) => report,
            None => audit(&work.tree, question),
        };
    }
    let Work { tree, fixed, withdrawn, .. } = work;
    for found in &mut left.found {
        if withdrawn.iter().any(|withdrawn| withdrawn.is(found, &tree)) {
            // What cannot be made is not offered.
            found.edit = None;
            let is_made = |action: &Action| matches!(action, Action::Ecrpass(OwnCommand::AuditFix { .. }));
            found.finding.fixes.retain(|fix| !is_made(&fix.action));
        }
    }
    Fixed { tree, fixed, left, withdrawn }
}

/// A tree whose files are edited.
struct Work<'a, 'q> {
    tree: Tree,
    question: &'a Question<'q>,
    with_unsafe: bool,
    fixed: Vec<Found>,
    withdrawn: Vec<Withdrawn>,
}

impl Work<'_, '_> {
    /// Makes the edits of all files at once, and those of a file that does not come out well one by one. What is found
    /// then, if nothing was taken back.
    fn round(&mut self, report: &Report) -> Option<Report> {
        let attempts = self.wanted(report).into_iter();
        let mut attempts: Vec<Attempt> =
            attempts.filter_map(|(index, found)| attempt(&self.tree, index, found)).collect();
        if attempts.is_empty() {
            return None;
        }
        let before = Readings::of(&self.tree, &attempts);
        for attempt in &mut attempts {
            attempt.put(&mut self.tree);
        }
        let after = audit(&self.tree, self.question);
        let readings = Readings::of(&self.tree, &attempts);
        let mut failed = Vec::new();
        for (nth, attempt) in attempts.into_iter().enumerate() {
            match attempt.judged(before.get(nth), readings.get(nth), &after) {
                None => self.fixed.extend(attempt.made),
                Some(why) => failed.push((attempt, why)),
            }
        }
        let is_all = failed.is_empty();
        for (mut attempt, why) in failed {
            attempt.put(&mut self.tree);
            self.again(attempt, &why);
        }
        is_all.then_some(after)
    }

    /// The findings whose edits are to be made, by the places of their files.
    fn wanted(&self, report: &Report) -> BTreeMap<usize, Vec<Found>> {
        let mut wanted: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
        let is_wanted = |edit: &FileEdit| self.with_unsafe || edit.safety == Safety::Safe;
        let is_withdrawn =
            |found: &Found| self.withdrawn.iter().any(|withdrawn| withdrawn.is(found, &self.tree));
        for found in report.found.iter().filter(|found| found.edit.as_ref().is_some_and(is_wanted)) {
            if let Some(index) = self.tree.index_of(&found.path).filter(|_| !is_withdrawn(found)) {
                wanted.entry(index).or_default().push(found.clone());
            }
        }
        wanted
    }

    /// Makes the edits of a file one after the other, those that come out well.
    fn again(&mut self, failed: Attempt, why: &str) {
        let Attempt { index, mut made, .. } = failed;
        if made.len() == 1 {
            self.withdrawn.extend(made.pop().map(|only| Withdrawn::new(only, &self.tree, why)));
            return;
        }
        let Some(path) = self.tree.files().get(index).map(|file| file.path.clone()) else { return };
        let only = HashSet::from([path]);
        let question = Question { only: Some(&only), ..*self.question };
        for _ in 0..SINGLE {
            let report = audit(&self.tree, &question);
            let first = self.wanted(&report).remove(&index).and_then(|found| found.into_iter().next());
            let Some(first) = first else { return };
            let Some(mut one) = attempt(&self.tree, index, vec![first.clone()]) else {
                self.withdrawn.push(Withdrawn::new(first, &self.tree, "it does not fit the file"));
                continue;
            };
            let before = Readings::of(&self.tree, std::slice::from_ref(&one));
            one.put(&mut self.tree);
            let after = audit(&self.tree, &question);
            let readings = Readings::of(&self.tree, std::slice::from_ref(&one));
            match one.judged(before.get(0), readings.get(0), &after) {
                None => self.fixed.extend(one.made),
                Some(why) => {
                    one.put(&mut self.tree);
                    self.withdrawn.push(Withdrawn::new(first, &self.tree, &why));
                }
            }
        }
    }
}
