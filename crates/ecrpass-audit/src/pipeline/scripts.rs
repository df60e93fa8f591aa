//! Steps made of scripts, for all systems.

use std::ops::Range;

use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::model::{Step, StepKind};
use crate::pipeline::scope::Scope;
use crate::pipeline::{calls, within};
use crate::shell::{self, Dialect, Output, Script, Word};
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

/// The variables that a script writes to a file that the CI system reads: `echo "NAME=value" >> "$GITHUB_ENV"`,
/// `echo 'export NAME=value' >> $BASH_ENV`.
pub fn written_to(script: &Script, file: &str) -> Vec<(String, Known)> {
    let mut all = Vec::new();
    for command in script.commands.iter().filter(|command| !command.is_off) {
        let Output::File(target) = &command.output else { continue };
        if !names_file(target, file) || !matches!(command.program(), "echo" | "printf") {
            continue;
        }
        let words: Vec<&Word> =
            command.words.iter().skip(1).filter(|word| !word.raw.starts_with('-')).collect();
        let values = words.iter().map(|word| &word.value).collect::<Vec<_>>();
        let space = Known::Exactly(" ".to_owned());
        let text = Known::concat(values.iter().enumerate().flat_map(|(index, value)| {
            let gap = (index > 0).then_some(&space);
            gap.into_iter().chain([*value])
        }));
        for line in lines(&text) {
            let name =
                line.alternatives().next().and_then(|line| assignment(line)).map(|(name, _)| name.to_owned());
            if let Some(name) = name {
                all.push((
                    name,
                    line.map(|line| assignment(line).map_or("${?}", |(_, value)| value).to_owned()),
                ));
            }
        }
    }
    all
}

/// Whether a word names a file of the runner: `$GITHUB_ENV`, `"${GITHUB_ENV}"`, `$env:GITHUB_ENV`.
pub fn names_file(word: &Word, file: &str) -> bool {
    word.raw.contains(file) || word.shown().contains(file)
}

/// `export NAME=value`
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name, value.trim_matches(['"', '\''])))
}

/// The lines of a text that is known as one; several alternatives stay as they are.
fn lines(value: &Known) -> Vec<Known> {
    match value {
        Known::Exactly(text) | Known::Made(text) => text
            .split(['\n'])
            .flat_map(|line| line.split("\\n"))
            .map(|line| Known::one_of([line.to_owned()]))
            .collect(),
        other => vec![other.clone()],
    }
}
