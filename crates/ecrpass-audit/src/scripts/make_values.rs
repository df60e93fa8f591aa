//! What variables of a Makefile or justfile are, and the targets that a recipe is for (`$@`).

use std::collections::{HashMap, HashSet};

use crate::known::{Known, has_hole};

/// How deep variables are followed into each other.
const DEEPEST: usize = 8;

/// The most variables, and the most bytes of a value.
const MOST: usize = 1000;
const LONGEST: usize = 8192;

/// The most targets of a recipe.
const TARGETS: usize = 32;

/// The variables of a file.
#[derive(Default)]
pub(super) struct Variables {
    all: HashMap<String, String>,
    /// Of which of two values counts is not known.
    open: HashSet<String>,
}

impl Variables {
    /// As written, if that is known.
    pub(super) fn written(&self, name: &str) -> Option<&str> {
        self.all.get(name).map(String::as_str)
    }

    /// The value, with the variables in it put in.
    pub(super) fn known(&self, name: &str) -> Option<Known> {
        self.written(name.trim()).map(|value| self.expanded(value, 0))
    }

    /// Adds those of a file that is read into this one.
    pub(super) fn include(&mut self, included: Self) {
        for (name, value) in included.all {
            // Which of two values counts is a matter of their order, and of `?=`: neither is known.
            if self.all.get(&name).is_some_and(|own| *own != value) {
                self.all.remove(&name);
            } else if !self.open.contains(&name) {
                self.all.insert(name, value);
            }
        }
    }

    fn set(&mut self, name: &str, operator: char, value: String, is_conditional: bool) {
        let is_set = self.all.contains_key(name);
        if self.open.contains(name) || self.all.len() >= MOST && !is_set {
            return;
        }
        match self.all.get_mut(name) {
            Some(before) if operator == '+' && !is_conditional => {
                if before.len() + value.len() < LONGEST {
                    before.push(' ');
                    before.push_str(&value);
                }
            }
            Some(before) if *before != value && operator != '?' => {
                self.all.remove(name);
                self.open.insert(name.to_owned());
            }
            Some(_) => {}
            None => {
                self.all.insert(name.to_owned(), value);
            }
        }
    }

    /// A value with the variables in it put in.
    fn expanded(&self, value: &str, depth: usize) -> Known {
        let mut parts: Vec<Known> = Vec::new();
        let mut rest = value;
        while let Some(at) = rest.find('$') {
            parts.push(Known::Exactly(rest.get(..at).unwrap_or_default().to_owned()));
            let behind = rest.get(at + 1..).unwrap_or_default();
            let close = match behind.chars().next() {
                Some('(') => ')',
                Some('{') => '}',
                // The shell's own.
                Some('$') => {
                    rest = behind.get(1..).unwrap_or_default();
                    let length = rest.len() - rest.trim_start_matches(is_of_name).len();
                    let name = rest.get(..length).unwrap_or_default();
                    parts.push(match name {
                        "" => Known::Made("$".to_owned()),
                        name => Known::named(name),
                    });
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
                _ => {
                    rest = behind;
                    parts.push(Known::named("make"));
                    continue;
                }
            };
            let inside = behind.get(1..).unwrap_or_default();
            let length = closing(inside, close);
            let name = inside.get(..length).unwrap_or_default().trim();
            parts.push(match (self.written(name), name.strip_prefix("shell ")) {
                (Some(value), _) if depth < DEEPEST => self.expanded(value, depth + 1),
                (_, Some(command)) if depth < DEEPEST => {
                    let command = self.expanded(command.trim(), depth + 1);
                    let (open, close) = (Known::Made("$(".to_owned()), Known::Exactly(")".to_owned()));
                    Known::concat([&open, &command, &close])
                }
                _ => Known::named(name),
            });
            rest = inside.get(length + 1..).unwrap_or_default();
            if parts.iter().flat_map(Known::alternatives).map(str::len).sum::<usize>() > LONGEST {
                return Known::Unknown;
            }
        }
        parts.push(Known::Exactly(rest.to_owned()));
        Known::concat(&parts)
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// What the file sets: `NAME = value`, `NAME := value`, `export NAME ?= value`, `define NAME`, just's `name := "value"`.
pub(super) fn read(text: &str, is_just: bool) -> Variables {
    let mut all = Variables::default();
    let mut lines = text.lines();
    let mut conditions = 0_usize;
    while let Some(line) = lines.next() {
        match line.split_whitespace().next() {
            Some("ifeq" | "ifneq" | "ifdef" | "ifndef") => conditions += 1,
            Some("endif") => conditions = conditions.saturating_sub(1),
            _ => {}
        }
        if line.starts_with(['\t', ' ', '#']) {
            continue;
        }
        if !is_just && let Some(name) = begins_macro(line) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "endef").collect();
            all.set(name, '=', body.join("\n"), conditions > 0);
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim();
        let Some((head, value)) = line.split_once('=') else { continue };
        let name = head.trim_end_matches([':', '?', '+', '!']).trim();
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        if !is_name {
            continue;
        }
        let operator = head.chars().next_back().unwrap_or('=');
        let mut value = value.split(" #").next().unwrap_or_default().trim().to_owned();
        while !is_just && value.len() < LONGEST && value.ends_with('\\') {
            value.pop();
            let Some(next) = lines.next() else { break };
            value.truncate(value.trim_end().len());
            value.push(' ');
            value.push_str(next.trim());
        }
        all.set(name, operator, if is_just { just_value(&value) } else { value }, conditions > 0);
    }
    all
}

/// The name behind `define`.
pub(super) fn begins_macro(line: &str) -> Option<&str> {
    let name = line.strip_prefix("define ")?.trim();
    let name = name.trim_end_matches(['=', ':', '?', '+']).trim();
    (!name.is_empty() && !name.contains(' ')).then_some(name)
}

/// A value of just: texts and names joined with `+`, as make would write it.
fn just_value(value: &str) -> String {
    let parts = value.split('+').map(str::trim).map(|part| {
        let text = ['"', '\''].iter().find_map(|quote| part.strip_prefix(*quote)?.strip_suffix(*quote));
        match text {
            Some(text) => text.to_owned(),
            None if part.starts_with('`') => format!("$(shell {})", part.trim_matches('`')),
            None if part.starts_with("env") => {
                // `env_var_or_default("X", "y")`.
                let mut texts = part.split('"').skip(1).step_by(2);
                let name = texts.next().unwrap_or_default();
                texts.next().map_or_else(|| format!("$({name})"), str::to_owned)
            }
            None => format!("$({part})"),
        }
    });
    parts.collect()
}

/// Where a bracket closes.
pub(super) fn closing(text: &str, close: char) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '{' => depth += 1,
            _ if c == close && depth == 0 => return at,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    text.len()
}

/// The targets of a recipe.
#[derive(Default)]
pub(super) struct Target {
    names: Vec<String>,
    stems: Vec<String>,
}

impl Target {
    /// Those of the line that begins it: `a b: …`, and `a b: pattern%: …` with what `%` is.
    pub(super) fn of(line: &str, variables: &Variables) -> Self {
        let mut parts = line.split(':');
        let heads = variables.expanded(parts.next().unwrap_or_default().trim(), 0);
        let names: Vec<String> = match heads.exactly() {
            Some(heads) if !has_hole(heads) && !heads.contains(['%', '$']) => {
                heads.split_whitespace().take(TARGETS + 1).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
        if names.len() > TARGETS {
            return Self::default();
        }
        let pattern = parts.next().filter(|_| parts.next().is_some()).map(str::trim);
        let stems = pattern.and_then(|pattern| pattern.split_once('%')).map(|(front, end)| {
            let stem = |name: &String| Some(name.strip_prefix(front)?.strip_suffix(end)?.to_owned());
            names.iter().filter_map(stem).collect()
        });
        Self { stems: stems.unwrap_or_default(), names }
    }

    /// `$@` and `$*`.
    pub(super) fn known(&self, name: &str) -> Option<Known> {
        let all = match name {
            "@" => &self.names,
            "*" => &self.stems,
            _ => return None,
        };
        (!all.is_empty()).then(|| Known::one_of(all.iter().cloned()))
    }
}
