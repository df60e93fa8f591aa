//! What names stand for within a module or a template: locals, variables with their defaults, attributes of resources.

use std::collections::HashMap;

use super::datum::{Datum, DatumKind, Part};
use super::stack::{Language, Resource, Stack};
use crate::known::Known;
use crate::passage::Passage;

/// How many names are followed one after the other.
const MAX_STEPS: usize = 12;

/// Where the names of a scope are: a directory of Terraform, or one file. All places are by number, so that it can lie
/// beside what it is about.
#[derive(Debug, Default)]
pub struct Index {
    stacks: Vec<usize>,
    resources: HashMap<String, (usize, usize)>,
    values: HashMap<String, (usize, Named)>,
    uses: HashMap<String, Vec<Use>>,
}

/// A named value of a file.
#[derive(Clone, Copy, Debug)]
enum Named {
    Local(usize),
    Variable(usize),
}

/// Where a name is used: in which resource, under which key.
#[derive(Clone, Debug)]
struct Use {
    stack: usize,
    resource: usize,
    key: String,
}

impl Index {
    /// Of these files among all of them.
    pub fn new(all: &[Stack], stacks: Vec<usize>) -> Self {
        let mut index = Self::default();
        // What Terraform is given goes before the defaults.
        let is_given = |at: &&usize| all.get(**at).is_some_and(Stack::is_given);
        let (given, others): (Vec<&usize>, Vec<&usize>) = stacks.iter().partition(is_given);
        for &at in given.into_iter().chain(others) {
            let Some(stack) = all.get(at) else { continue };
            for (number, resource) in stack.resources.iter().enumerate() {
                index.resources.entry(resource.address()).or_insert((at, number));
                index.uses_of(at, number, resource);
            }
            let (local, variable) = match stack.language {
                Language::Cloudformation => ("", ""),
                _ => ("local.", "var."),
            };
            for (number, (name, _)) in stack.locals.iter().enumerate() {
                index.values.entry(format!("{local}{name}")).or_insert((at, Named::Local(number)));
            }
            for (number, (name, default)) in stack.variables.iter().enumerate() {
                if default.is_some() {
                    index.values.entry(format!("{variable}{name}")).or_insert((at, Named::Variable(number)));
                }
            }
        }
        index.stacks = stacks;
        index
    }

    /// Notes every name that a resource uses, under the addresses that it may begin with.
    fn uses_of(&mut self, stack: usize, number: usize, resource: &Resource) {
        resource.body.walk("", &mut |key, datum| {
            let Some(name) = datum.reference() else { return };
            let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]).take(4);
            for end in ends {
                let address = name.get(..end).unwrap_or_default().to_owned();
                let one = Use { stack, resource: number, key: key.to_owned() };
                self.uses.entry(address).or_default().push(one);
            }
        });
    }
}

/// The files that see each other's names.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    all: &'a [Stack],
    index: &'a Index,
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
    /// The scope of an index among these files.
    pub fn new(all: &'a [Stack], index: &'a Index) -> Self {
        Self { all, index }
    }

    /// All of its resources that are not switched off, with the file of each.
    pub fn resources(&self) -> impl Iterator<Item = (&'a Stack, &'a Resource)> {
        let all = self.all;
        let stacks = self.index.stacks.iter().filter_map(move |at| all.get(*at));
        stacks.flat_map(|stack| {
            stack.resources.iter().filter(|resource| !resource.is_off).map(move |resource| (stack, resource))
        })
    }

    /// Its files.
    pub fn stacks(&self) -> impl Iterator<Item = &'a Stack> {
        let all = self.all;
        self.index.stacks.iter().filter_map(move |at| all.get(*at))
    }

    /// The resources that use a name, and under which keys.
    pub fn uses(&self, address: &str) -> impl Iterator<Item = (&'a Resource, &'a str)> {
        let all = self.all;
        let uses = self.index.uses.get(address).map(Vec::as_slice).unwrap_or_default();
        uses.iter().filter_map(move |one| {
            let resource = all.get(one.stack)?.resources.get(one.resource)?;
            (!resource.is_off).then_some((resource, one.key.as_str()))
        })
    }

    /// The resource that a reference begins with: that of `aws_iam_role.ci` in `aws_iam_role.ci.arn`; with what follows.
    pub fn resource<'n>(&self, reference: &'n str) -> Option<(&'a Stack, &'a Resource, &'n str)> {
        let mut ends: Vec<usize> = reference.match_indices('.').map(|(at, _)| at).collect();
        ends.push(reference.len());
        ends.iter().rev().find_map(|&end| {
            let (stack, number) = self.index.resources.get(reference.get(..end)?)?;
            let stack = self.all.get(*stack)?;
            let rest = reference.get(end..)?.trim_start_matches('.');
            Some((stack, stack.resources.get(*number)?, rest))
        })
    }

    /// A local or a variable's default.
    fn value(&self, name: &str) -> Option<&'a Datum> {
        let (stack, named) = self.index.values.get(name)?;
        let stack = self.all.get(*stack)?;
        match named {
            Named::Local(number) => stack.locals.get(*number).map(|(_, value)| value),
            Named::Variable(number) => stack.variables.get(*number)?.1.as_ref(),
        }
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
        if let Some(value) = self.value(name) {
            return Some(value);
        }
        let mut parts = name.split('.');
        if matches!(parts.next(), Some("local" | "var")) {
            let mut known = String::from(name.split('.').next().unwrap_or_default());
            known.push('.');
            known.push_str(parts.next()?);
            let rest: Vec<&str> = parts.collect();
            return self.value(&known)?.at(&rest);
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
