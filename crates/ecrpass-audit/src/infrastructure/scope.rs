//! What names stand for within a module or a template: locals, variables with their defaults, attributes of resources.

use std::collections::HashMap;

use super::datum::{Datum, DatumKind, Part};
use super::stack::{Language, Resource, Stack};
use crate::known::Known;
use crate::passage::Passage;

/// How many names are followed one after the other.
const MAX_STEPS: usize = 12;

/// The files that see each other's names: a directory of Terraform, or one file.
#[derive(Debug)]
pub struct Scope<'a> {
    stacks: Vec<&'a Stack>,
    resources: HashMap<String, (usize, &'a Resource)>,
    values: HashMap<String, &'a Datum>,
}

/// A value that a name was followed to.
#[derive(Clone, Copy, Debug)]
pub struct Followed<'a> {
    /// The value.
    pub datum: &'a Datum,
    /// Whether the default of a variable was taken, which whoever uses the module may change.
    pub is_default: bool,
}

impl<'a> Scope<'a> {
    /// Of these files.
    pub fn new(stacks: Vec<&'a Stack>) -> Self {
        let mut scope = Self { resources: HashMap::new(), values: HashMap::new(), stacks: Vec::new() };
        for (index, stack) in stacks.iter().enumerate() {
            for resource in &stack.resources {
                scope.resources.entry(resource.address()).or_insert((index, resource));
            }
            let prefix = if stack.language == Language::Cloudformation { "" } else { "local." };
            for (name, value) in &stack.locals {
                scope.values.entry(format!("{prefix}{name}")).or_insert(value);
            }
            let prefix = if stack.language == Language::Cloudformation { "" } else { "var." };
            for (name, default) in &stack.variables {
                if let Some(default) = default {
                    scope.values.entry(format!("{prefix}{name}")).or_insert(default);
                }
            }
        }
        scope.stacks = stacks;
        scope
    }

    /// Its files.
    pub fn stacks(&self) -> &[&'a Stack] {
        &self.stacks
    }

    /// All of its resources that are not switched off, with the file of each.
    pub fn resources(&self) -> impl Iterator<Item = (&'a Stack, &'a Resource)> {
        let stacks = self.stacks.iter().copied();
        stacks.flat_map(|stack| {
            stack.resources.iter().filter(|resource| !resource.is_off).map(move |resource| (stack, resource))
        })
    }

    /// The resource that a reference begins with: that of `aws_iam_role.ci` in `aws_iam_role.ci.arn`; with what follows.
    pub fn resource<'n>(&self, reference: &'n str) -> Option<(&'a Stack, &'a Resource, &'n str)> {
        let mut ends: Vec<usize> = reference.match_indices('.').map(|(at, _)| at).collect();
        ends.push(reference.len());
        ends.iter().rev().find_map(|&end| {
            let (index, resource) = self.resources.get(reference.get(..end)?)?;
            let rest = reference.get(end..)?.trim_start_matches('.');
            Some((*self.stacks.get(*index)?, *resource, rest))
        })
    }

    /// Follows names as far as it goes.
    pub fn follow<'d>(&self, datum: &'d Datum) -> Followed<'d>
    where
        'a: 'd,
    {
        let mut followed = Followed { datum, is_default: false };
        for _ in 0..MAX_STEPS {
            let Some(name) = followed.datum.reference() else { break };
            let Some(next) = self.named(name) else { break };
            followed.is_default |= name.starts_with("var.") || !name.contains('.');
            followed.datum = next;
        }
        followed
    }

    /// What a name stands for: a local or variable, a part of one, or a resource's attribute that is written down.
    fn named(&self, name: &str) -> Option<&'a Datum> {
        if let Some(value) = self.values.get(name) {
            return Some(value);
        }
        let mut parts = name.split('.');
        if matches!(parts.next(), Some("local" | "var")) {
            let mut known = String::from(name.split('.').next().unwrap_or_default());
            known.push('.');
            known.push_str(parts.next()?);
            let rest: Vec<&str> = parts.collect();
            return self.values.get(&known)?.at(&rest);
        }
        let (_, resource, attribute) = self.resource(name)?;
        resource.body.get(attribute)
    }

    /// A value as far as it is known; what is not stands as `${name}`.
    pub fn known(&self, datum: &Datum) -> Known {
        self.known_within(datum, MAX_STEPS)
    }

    fn known_within(&self, datum: &Datum, steps: usize) -> Known {
        let Some(steps) = steps.checked_sub(1) else { return Known::Unknown };
        match &datum.kind {
            DatumKind::Plain(text) => Known::one_of([text.clone()]),
            DatumKind::Text(passage) => Known::one_of([passage.text().to_owned()]),
            DatumKind::Template(parts) => {
                let parts: Vec<Known> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(passage) => Known::one_of([passage.text().to_owned()]),
                        Part::Value(value) => self.known_within(value, steps),
                    })
                    .collect();
                Known::concat(&parts)
            }
            DatumKind::Reference(name) => match self.named(name) {
                Some(value) => match self.known_within(value, steps) {
                    Known::Unknown => Known::named(name),
                    known => known,
                },
                None => Known::named(name),
            },
            DatumKind::Call(name, arguments) => self.called(name, arguments, steps),
            DatumKind::Null | DatumKind::List(_) | DatumKind::Map(_) | DatumKind::Unknown => Known::Unknown,
        }
    }

    fn called(&self, name: &str, arguments: &[Datum], steps: usize) -> Known {
        match (name, arguments) {
            ("if", [_, one, other]) => {
                Known::any(&[self.known_within(one, steps), self.known_within(other, steps)])
            }
            ("join", [separator, list]) => {
                let Some(separator) = separator.text() else { return Known::Unknown };
                let separator = Known::one_of([separator.to_owned()]);
                let items = self.follow(list).datum.items();
                if items.is_empty() {
                    return Known::Unknown;
                }
                let mut parts = Vec::new();
                for item in items {
                    if !parts.is_empty() {
                        parts.push(separator.clone());
                    }
                    parts.push(self.known_within(item, steps));
                }
                Known::concat(&parts)
            }
            ("format", [format, values @ ..]) => {
                let Some(format) = format.text() else { return Known::Unknown };
                let mut parts = Vec::new();
                for (index, piece) in format.split("%s").enumerate() {
                    if index > 0 {
                        parts.push(match values.get(index - 1) {
                            Some(value) => self.known_within(value, steps),
                            None => Known::Unknown,
                        });
                    }
                    parts.push(Known::one_of([piece.to_owned()]));
                }
                Known::concat(&parts)
            }
            ("tostring" | "trimspace" | "nonsensitive" | "sensitive" | "chomp", [value]) => {
                self.known_within(value, steps)
            }
            ("lower", [value]) => self.known_within(value, steps).map(str::to_lowercase),
            _ => Known::Unknown,
        }
    }

    /// A text as a passage: what is put in stands for the place where it is named. `None` for what is no text.
    pub fn passage(&self, datum: &Datum) -> Option<Passage> {
        match &datum.kind {
            DatumKind::Text(passage) => Some(passage.clone()),
            DatumKind::Template(parts) => {
                let mut whole = Passage::default();
                for part in parts {
                    match part {
                        Part::Literal(passage) => whole.push(passage),
                        Part::Value(value) => {
                            let known = self.known(value);
                            let text = known.alternatives().next().unwrap_or("${?}").to_owned();
                            whole.push_for(&text, &value.bytes);
                        }
                    }
                }
                Some(whole)
            }
            DatumKind::Call(name, arguments) if name == "join" => {
                let separator = arguments.first()?.text()?;
                let mut whole = Passage::default();
                for (index, item) in arguments.get(1)?.items().iter().enumerate() {
                    if index > 0 {
                        whole.push_for(separator, &(item.bytes.start..item.bytes.start));
                    }
                    match self.passage(item) {
                        Some(passage) => whole.push(&passage),
                        None => whole.push_for("${?}", &item.bytes),
                    }
                }
                Some(whole)
            }
            _ => None,
        }
    }
}
