//! Steps of CircleCI: scripts, commands of the file and of orbs, and what is stored.

use std::ops::Range;

use crate::deed::{Deed, What};
use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::circleci::orbs;
use crate::pipeline::handed_variables;
use crate::pipeline::model::{Kept, KeptAs, Setting, Step, StepKind, Uses};
use crate::pipeline::scope::{Scope, setting, settings_in};
use crate::pipeline::scripts::Run;
use crate::pipeline::substitution::substituted;
use crate::source::Tree;
use crate::yaml::Node;

/// How deep commands may use each other.
const MAX_NESTING: usize = 8;
/// How many of them are followed in a job.
const MAX_COMMANDS: usize = 500;

/// What is in force at a step.
pub(super) struct Walk<'a> {
    root: &'a Node,
    /// Names of orbs in the file and in the registry.
    orbs: &'a [(String, String)],
    tree: &'a Tree,
    pub scope: Scope,
    pub parameters: Scope,
    pub kept: Vec<Kept>,
    depth: usize,
    followed: usize,
}

impl<'a> Walk<'a> {
    pub fn new(root: &'a Node, orbs: &'a [(String, String)], tree: &'a Tree) -> Self {
        let (scope, parameters) = (Scope::default(), Scope::default());
        Self { root, orbs, tree, scope, parameters, kept: Vec::new(), depth: 0, followed: 0 }
    }

    /// The value of a text with parameters and variables.
    pub fn value(&self, text: &str) -> Known {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("<<") {
            let Some((name, after)) = behind.split_once(">>") else { break };
            parts.push(self.scope.expand(before));
            parts.push(
                self.parameter(name.trim())
                    .unwrap_or_else(|| Known::named(&format!("{{ {} }}", name.trim()))),
            );
            rest = after;
        }
        parts.push(self.scope.expand(rest));
        Known::concat(&parts)
    }

    fn parameter(&self, name: &str) -> Option<Known> {
        if let Some(name) = name.strip_prefix("parameters.") {
            return self.parameters.get(name);
        }
        let name = name.strip_prefix("pipeline.parameters.")?;
        let default = self.root.at(&["parameters", name])?.text_of("default")?;
        Some(Known::Exactly(default.to_owned()))
    }

    pub fn steps(&mut self, nodes: &[Node]) -> Vec<Step> {
        nodes.iter().flat_map(|node| self.step(node)).collect()
    }

    fn step(&mut self, node: &Node) -> Vec<Step> {
        if let Some(name) = node.text() {
            return self.command(name, None, &node.bytes);
        }
        let Some((key, given)) = node.members().and_then(|members| members.first()) else {
            return Vec::new();
        };
        match key.text.as_str() {
            "run" => self.run(node, given).into_iter().collect(),
            "when" | "unless" => {
                let mut steps = self.steps(given.items_of("steps"));
                for step in &mut steps {
                    step.is_conditional = true;
                    step.deeds.iter_mut().for_each(|deed| deed.certain = false);
                }
                steps
            }
            "persist_to_workspace" => self.keep(KeptAs::Cache, given, "paths", &key.bytes),
            "save_cache" => self.keep(KeptAs::Cache, given, "paths", &key.bytes),
            "store_artifacts" | "store_test_results" => {
                self.keep(KeptAs::Artifact, given, "path", &key.bytes)
            }
            name => self.command(name, Some(given), &key.bytes),
        }
    }

    fn run(&mut self, node: &Node, run: &Node) -> Option<Step> {
        let command = run.get("command").unwrap_or(run);
        let mut scope = self.scope.clone();
        let variables = settings_in(&mut scope, run.get("environment"));
        let passage = self.rendered(command.passage()?);
        let directory =
            run.text_of("working_directory").unwrap_or_default().trim_start_matches("~/project").to_owned();
        let directory = crate::pipeline::paths::joined("", &directory).unwrap_or_default();
        let script = Run { directory: &directory, ..Run::posix(&passage, node.bytes.clone()) };
        // A parameter that is one of several stays in the text as a name.
        let known = |name: &str| scope.get(name).or_else(|| self.parameter(name));
        let mut step = script.step_with(&scope, &known, self.tree);
        step.shell = run.text_of("shell").map(str::to_owned);
        step.variables = variables;
        let exported =
            step.script().map(|script| handed_variables::written_to(script, "BASH_ENV")).unwrap_or_default();
        for (name, value) in exported {
            self.scope.set(name, value);
        }
        Some(step)
    }

    fn rendered(&self, passage: &Passage) -> Passage {
        substituted(passage, "<<", ">>", &|name| {
            let is_known =
                ["parameters.", "pipeline.", "matrix."].iter().any(|context| name.starts_with(context));
            let value = self.parameter(name).and_then(|value| value.exactly().map(str::to_owned));
            is_known.then(|| value.unwrap_or_else(|| format!("${{{{ {name} }}}}")))
        })
    }

    fn keep(&mut self, how: KeptAs, given: &Node, setting: &str, by: &Range<usize>) -> Vec<Step> {
        let root = given.text_of("root").map(|root| root.trim_end_matches('/').to_owned());
        for path in given.each_of(setting) {
            let Some(text) = path.text() else { continue };
            let full = match &root {
                Some(root) if !text.starts_with(['/', '~', '$']) => format!("{root}/{text}"),
                _ => text.to_owned(),
            };
            let what = self.value(&full);
            self.kept.push(Kept::path(how, what, text, path.bytes.clone(), by.clone()));
        }
        Vec::new()
    }

    /// A command of the file or of an orb.
    fn command(&mut self, name: &str, given: Option<&Node>, bytes: &Range<usize>) -> Vec<Step> {
        let Some(declared) = self.root.at(&["commands", name]) else {
            return self.orb(name, given, bytes).into_iter().collect();
        };
        self.followed += 1;
        if self.depth >= MAX_NESTING || self.followed > MAX_COMMANDS {
            return Vec::new();
        }
        let mut inside = Scope::default();
        for (key, parameter) in declared.members_of("parameters") {
            let value =
                given.and_then(|given| given.text_of(&key.text)).or_else(|| parameter.text_of("default"));
            if let Some(value) = value {
                inside.set(key.text.clone(), self.value(value));
            }
        }
        let outside = std::mem::replace(&mut self.parameters, inside);
        self.depth += 1;
        let steps = self.steps(declared.items_of("steps"));
        self.depth -= 1;
        self.parameters = outside;
        steps
    }

    /// A command or job of an orb; nothing for the steps that CircleCI brings.
    pub fn orb(&mut self, name: &str, given: Option<&Node>, bytes: &Range<usize>) -> Option<Step> {
        let (alias, command) = name.split_once('/')?;
        let orb = self.orbs.iter().find(|(known, _)| known == alias).map_or(alias, |(_, orb)| orb);
        let mut inputs: Vec<Setting> = Vec::new();
        for (key, value) in given.and_then(Node::members).unwrap_or_default() {
            inputs.push(setting(&key.text, value, &|text| self.value(text)));
        }
        let uses = Uses { name: format!("{orb}/{command}"), version: None, bytes: bytes.clone(), inputs };
        // Jobs of the orb take the login as steps: `auth:`.
        let mut before = Vec::new();
        if let Some(given) = given
            && self.depth < MAX_NESTING
        {
            self.depth += 1;
            for name in ["auth", "pre-steps", "pre_steps"] {
                before.extend(self.steps(given.items_of(name)).into_iter().flat_map(|step| step.deeds));
            }
            self.depth -= 1;
        }
        let mut step = Step::new(bytes.clone(), StepKind::Other);
        let done = orbs::deeds(&uses, &self.scope);
        let set_region = done.iter().find_map(|what| match what {
            What::Credentials { region, .. } if !region.is_unknown() => Some(region.clone()),
            _ => None,
        });
        if let Some(region) = set_region {
            self.scope.set("AWS_DEFAULT_REGION", region);
        }
        step.deeds = before;
        step.deeds.extend(done.into_iter().map(|what| Deed::new(bytes.clone(), what)));
        step.kind = StepKind::Uses(uses);
        Some(step)
    }
}
