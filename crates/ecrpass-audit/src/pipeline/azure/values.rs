//! Variables, parameters and macros of Azure Pipelines: `$(NAME)`, `${{ variables.NAME }}`, `${{ parameters.name }}`.

use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::model::Setting;
use crate::pipeline::scope::{Scope, setting};
use crate::pipeline::substitution::substituted;
use crate::pipeline::{expression, paths};
use crate::source::Tree;
use crate::yaml::Node;

/// Programs that are run without arguments in `$(…)`: these are commands, not variables.
const COMMANDS: [&str; 12] =
    ["pwd", "date", "whoami", "hostname", "nproc", "uname", "id", "tty", "mktemp", "arch", "ls", "env"];

/// What is known of the values.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub scope: Scope,
    parameters: Scope,
    /// The variables of the file itself, with their places.
    pub settings: Vec<Setting>,
}

impl Values {
    /// The defaults of parameters: a list of `{name, default}`, or a mapping.
    pub fn declare(&mut self, node: Option<&Node>) {
        for item in node.and_then(Node::items).unwrap_or_default() {
            if let (Some(name), Some(default)) = (item.text_of("name"), item.text_of("default")) {
                self.parameters.set(name, Known::one_of([default.to_owned()]));
            }
        }
        for (key, value) in node.and_then(Node::members).unwrap_or_default() {
            if let Some(text) = value.text() {
                self.parameters.set(key.text.clone(), Known::one_of([text.to_owned()]));
            }
        }
    }

    /// Parameters that are given to a template.
    pub fn give(&mut self, node: Option<&Node>, outside: &Self) {
        for (key, value) in node.and_then(Node::members).unwrap_or_default() {
            if let Some(text) = value.text() {
                self.parameters.set(key.text.clone(), outside.value(text));
            }
        }
    }

    /// `variables:` as a mapping or as a list of `{name, value}`, `{template}`, `{group}`.
    pub fn read(&mut self, node: Option<&Node>, path: &str, tree: &Tree) {
        self.read_from(node, path, tree, true, 0);
    }

    fn read_from(&mut self, node: Option<&Node>, path: &str, tree: &Tree, own: bool, depth: usize) {
        if depth > 5 {
            return;
        }
        let mut pairs: Vec<(&str, &Node)> = Vec::new();
        let members = node.and_then(Node::members).unwrap_or_default();
        pairs.extend(members.iter().map(|(key, value)| (key.text.as_str(), value)));
        for item in node.and_then(Node::items).unwrap_or_default() {
            if let (Some(name), Some(value)) = (item.text_of("name"), item.get("value")) {
                pairs.push((name, value));
            }
            let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
            let template = item.text_of("template").and_then(|wanted| paths::find(tree, directory, wanted));
            if let Some(file) = template {
                let documents = tree.referred(file);
                let variables = documents.first().and_then(|root| root.get("variables"));
                self.read_from(variables, &file.path, tree, false, depth + 1);
            }
        }
        for (name, node) in pairs {
            let made = setting(name, node, &|text| self.value(text));
            self.scope.set(name, made.value.clone());
            if own {
                self.settings.push(made);
            }
        }
    }

    /// `strategy: matrix:`: legs with variables.
    pub fn matrix(&mut self, node: Option<&Node>) {
        let mut all: Vec<(String, Vec<Known>)> = Vec::new();
        for (_, leg) in node.and_then(Node::members).unwrap_or_default() {
            for (key, value) in leg.members().unwrap_or_default() {
                let Some(text) = value.text() else { continue };
                match all.iter_mut().find(|(name, _)| *name == key.text) {
                    Some((_, values)) => values.push(self.value(text)),
                    None => all.push((key.text.clone(), vec![self.value(text)])),
                }
            }
        }
        for (name, values) in all {
            self.scope.set(name, Known::any(&values));
        }
    }

    /// What an expression's name stands for.
    pub fn lookup(&self, name: &str) -> Option<Known> {
        if let Some(name) = name.strip_prefix("parameters.") {
            return self.parameters.get(name);
        }
        self.scope.get(name.strip_prefix("variables.").unwrap_or(name))
    }

    /// The value of a text with expressions and macros.
    pub fn value(&self, text: &str) -> Known {
        let known = expression::value(text, &|name| self.lookup(name));
        let texts = known.alternatives().map(|text| self.with_macros(text)).collect::<Vec<_>>();
        Known::any(&texts)
    }

    fn with_macros(&self, text: &str) -> Known {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("$(") {
            let Some((name, after)) = behind.split_once(')') else { break };
            parts.push(Known::Exactly(before.to_owned()));
            parts.push(self.scope.get(name.trim()).unwrap_or_else(|| Known::named(name.trim())));
            rest = after;
        }
        parts.push(Known::Exactly(rest.to_owned()));
        Known::concat(&parts)
    }

    /// A script with expressions and macros put in; what is not known of them becomes a hole.
    pub fn rendered(&self, passage: &Passage) -> Passage {
        let one = |known: Known, name: &str| match known.exactly() {
            Some(text) => text.to_owned(),
            None => format!("${{{name}}}"),
        };
        let passage = substituted(passage, "${{", "}}", &|name| {
            let known = self.lookup(name)?;
            Some(one(known, &format!("{{ {name} }}")))
        });
        substituted(&passage, "$(", ")", &|name| match self.scope.get(name) {
            Some(known) => Some(one(known, name)),
            None => (!COMMANDS.contains(&name) && !name.contains('-')).then(|| format!("${{{name}}}")),
        })
    }
}
