//! Steps made of scripts, for all systems.

use std::ops::Range;

use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::model::{Step, StepKind};
use crate::pipeline::scope::Scope;
use crate::pipeline::{calls, within};
use crate::shell::{self, Dialect};
use crate::source::Tree;
use crate::yaml::Node;

/// How deep lists of commands may be nested in each other. Source: GitLab allows ten levels.
const MAX_NESTING: usize = 12;

/// A script and how it runs.
pub struct Run<'a> {
    /// Its text.
    pub passage: &'a Passage,
    /// Its syntax.
    pub dialect: Dialect,
    /// Whether the shell prints commands from the beginning.
    pub traced: bool,
    /// The directory of the tree in which it runs.
    pub directory: &'a str,
    /// The bytes of its step.
    pub bytes: Range<usize>,
}

impl<'a> Run<'a> {
    /// A script for sh or bash that runs at the root of the tree.
    pub fn posix(passage: &'a Passage, bytes: Range<usize>) -> Self {
        Self { passage, dialect: Dialect::Posix, traced: false, directory: "", bytes }
    }

    /// The step; variables are looked up in the scope.
    pub fn step(&self, scope: &Scope, tree: &Tree) -> Step {
        self.step_with(scope, &|name| scope.get(name), tree)
    }

    /// The step; names and expressions are looked up by a function, the region of the environment in the scope.
    pub fn step_with(&self, scope: &Scope, lookup: &dyn Fn(&str) -> Option<Known>, tree: &Tree) -> Step {
        let mut script = shell::read(self.passage, self.dialect, lookup, self.traced);
        let sourced = within::sourced(&script, lookup, tree, self.directory);
        if !sourced.is_empty() {
            let known = |name: &str| {
                let found = sourced.iter().rfind(|(set, _)| set == name).map(|(_, value)| value.clone());
                found.or_else(|| lookup(name))
            };
            script = shell::read(self.passage, self.dialect, &known, self.traced);
            // They are there for whatever runs in the same shell later.
            let is_own = |name: &str| script.variables.iter().any(|(set, _)| set == name);
            let further: Vec<_> = sourced.iter().filter(|(name, _)| !is_own(name)).cloned().collect();
            script.variables.extend(further);
        }
        let deeds = calls::deeds_of(&script, scope, tree, self.directory);
        let within = within::run(&script, lookup, tree, self.directory);
        let mut step = Step::new(self.bytes.clone(), StepKind::Run(script));
        step.deeds = deeds;
        step.within = within;
        step
    }
}

/// Commands of a list, one after the other in one shell; lists within are part of it.
pub fn passage_of<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Passage {
    let mut passage = Passage::default();
    for node in nodes {
        append(&mut passage, node, 0);
    }
    passage
}

fn append(passage: &mut Passage, node: &Node, depth: usize) {
    if let Some(command) = node.passage() {
        passage.push(command);
        if !command.text().ends_with('\n') {
            passage.push_for("\n", &(node.bytes.end.saturating_sub(1)..node.bytes.end));
        }
    } else if depth < MAX_NESTING {
        for item in node.items().unwrap_or_default() {
            append(passage, item, depth + 1);
        }
    }
}

/// The variables that a script leaves behind for what runs in the same shell.
pub fn carry_over(step: &Step, scope: &mut Scope) {
    if let Some(script) = step.script() {
        for (name, value) in &script.variables {
            scope.set(name.clone(), value.clone());
        }
    }
}
