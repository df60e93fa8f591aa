//! Recipes: of Makefiles and justfiles, scripts of package.json, commands of a Taskfile.

use std::collections::HashMap;

use crate::known::Known;
use crate::passage::Passage;
use crate::scripts::lines::lines;
use crate::scripts::placed::Placed;
use crate::scripts::sourced;
use crate::shell::{self, Dialect};
use crate::source::{SourceFile, Tree};
use crate::yaml::Node;

/// How deep variables of a Makefile are followed into each other.
const DEEPEST: usize = 8;

/// The scripts of a Makefile or justfile: one for each target.
pub(super) fn read(file: &SourceFile, tree: &Tree) -> Vec<Placed> {
    let is_just = file.name().to_ascii_lowercase().contains("just");
    let whole = Passage::verbatim(file.text.as_str(), 0);
    let mut variables = variables(&file.text, is_just);
    for included in sourced::files(file, tree) {
        for (name, value) in self::variables(&included.text, false) {
            // Which of two values counts is a matter of their order, and of `?=`: neither is known.
            if variables.get(&name).is_some_and(|own| *own != value) {
                variables.remove(&name);
            } else {
                variables.insert(name, value);
            }
        }
    }
    let known = |name: &str| {
        let name = name.trim();
        variables.get(name).map(|value| expanded(value, &variables, 0))
    };
    let mut all = Vec::new();
    let mut recipe = Passage::default();
    let mut continues = false;
    let finish = |recipe: &mut Passage, all: &mut Vec<Placed>| {
        if !recipe.text().trim().is_empty() {
            all.push(Placed::called(shell::read(recipe, Dialect::Posix, &known, false)));
        }
        *recipe = Passage::default();
    };
    let mut in_target = false;
    for (start, line) in lines(&file.text) {
        let is_command = line.starts_with('\t')
            || (is_just && in_target && line.starts_with(' '))
            || continues && !recipe.text().is_empty();
        if !is_command {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continues = false;
                continue;
            }
            finish(&mut recipe, &mut all);
            in_target = is_target(line, is_just);
            // `target: ; command`.
            if in_target
                && !is_just
                && let Some((head, _)) = line.split_once(';')
                && let Some(part) = whole.part(start + head.len() + 1..start + line.len())
            {
                push(&mut recipe, &part, false);
            }
            continues = false;
            continue;
        }
        let trimmed = line.trim_start();
        let silent = if continues { trimmed } else { trimmed.trim_start_matches(['@', '-', '+']) };
        let from = start + line.len() - silent.len();
        if let Some(part) = whole.part(from..start + line.len()) {
            push(&mut recipe, &part, !is_just);
        }
        continues = line.ends_with('\\');
    }
    finish(&mut recipe, &mut all);
    all
}

/// Puts a line into a recipe; make hands `$$` to the shell as `$`.
fn push(recipe: &mut Passage, line: &Passage, is_make: bool) {
    let text = line.text();
    let mut from = 0;
    if is_make {
        while let Some(at) = text.get(from..).and_then(|rest| rest.find("$$")) {
            if let Some(part) = line.part(from..from + at) {
                recipe.push(&part);
            }
            recipe.push_for("$", &line.places(from + at..from + at + 2));
            from += at + 2;
        }
    }
    if let Some(part) = line.part(from..text.len()) {
        recipe.push(&part);
    }
    let end = line.place(text.len().saturating_sub(1));
    recipe.push_for("\n", &(end..end + 1));
}

/// Whether a line begins a target or recipe.
fn is_target(line: &str, is_just: bool) -> bool {
    let Some((head, rest)) = line.split_once(':') else { return false };
    // just's parameters may have defaults.
    if is_just {
        return !rest.starts_with('=') && !line.starts_with(' ');
    }
    !head.contains('=') && !rest.starts_with('=') && !line.starts_with(' ') && !head.trim().is_empty()
}

/// What the file sets: `NAME = value`, `NAME := value`, `export NAME ?= value`, just's `name := "value"`.
fn variables(text: &str, is_just: bool) -> HashMap<String, String> {
    let mut all = HashMap::new();
    for line in text.lines() {
        if line.starts_with(['\t', ' ', '#']) {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line).trim();
        let Some((head, value)) = line.split_once('=') else { continue };
        let head = head.trim_end_matches([':', '?', '+', '!']).trim();
        let is_name = !head.is_empty()
            && head.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        if !is_name {
            continue;
        }
        let value = value.split(" #").next().unwrap_or_default().trim();
        let value = match is_just {
            true => just_value(value),
            false => value.to_owned(),
        };
        if all.len() < 1000 {
            all.entry(head.to_owned()).or_insert(value);
        }
    }
    all
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

/// A value with the variables in it put in.
fn expanded(value: &str, variables: &HashMap<String, String>, depth: usize) -> Known {
    let mut parts: Vec<Known> = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        parts.push(Known::Exactly(rest.get(..at).unwrap_or_default().to_owned()));
        let behind = rest.get(at + 1..).unwrap_or_default();
        let close = match behind.chars().next() {
            Some('(') => ')',
            Some('{') => '}',
            _ => {
                rest = behind;
                parts.push(Known::named("make"));
                continue;
            }
        };
        let inside = behind.get(1..).unwrap_or_default();
        let length = closing(inside, close);
        let name = inside.get(..length).unwrap_or_default().trim();
        parts.push(match (variables.get(name), name.strip_prefix("shell ")) {
            (Some(value), _) if depth < DEEPEST => expanded(value, variables, depth + 1),
            (_, Some(command)) => Known::Made(format!("$({})", command.trim())),
            _ => Known::named(name),
        });
        rest = inside.get(length + 1..).unwrap_or_default();
    }
    parts.push(Known::Exactly(rest.to_owned()));
    if parts.iter().flat_map(Known::alternatives).map(str::len).sum::<usize>() > 8192 {
        return Known::Unknown;
    }
    Known::concat(&parts)
}

/// Where a bracket closes.
fn closing(text: &str, close: char) -> usize {
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

/// The scripts of package.json.
pub(super) fn of_node(documents: &[Node]) -> Vec<Placed> {
    let scripts = documents.first().and_then(|root| root.get("scripts")).and_then(Node::members);
    let passages = scripts.unwrap_or_default().iter().filter_map(|(_, script)| script.passage());
    passages.map(|passage| Placed::called(shell::read(passage, Dialect::Posix, &|_| None, false))).collect()
}

/// The commands of a Taskfile: one script for each task.
pub(super) fn of_taskfile(documents: &[Node]) -> Vec<Placed> {
    let Some(root) = documents.first() else { return Vec::new() };
    let set = |node: Option<&Node>| -> Vec<(String, String)> {
        let members = node.and_then(Node::members).unwrap_or_default();
        let one = |value: &Node| match (value.text(), value.get("sh").and_then(Node::text)) {
            (Some(text), _) => Some(text.to_owned()),
            (None, Some(command)) => Some(format!("$({command})")),
            _ => None,
        };
        members.iter().filter_map(|(key, value)| Some((key.text.clone(), one(value)?))).collect()
    };
    let global: Vec<(String, String)> = [set(root.get("vars")), set(root.get("env"))].concat();
    let mut all = Vec::new();
    for (_, task) in root.get("tasks").and_then(Node::members).unwrap_or_default() {
        let own = [global.clone(), set(task.get("vars")), set(task.get("env"))].concat();
        let known = |name: &str| {
            let name = name.trim_start_matches('.');
            own.iter()
                .rfind(|(set, _)| set == name)
                .map(|(_, value)| Known::one_of([value.replace("{{.", "${").replace("}}", "}")]))
        };
        let mut passage = Passage::default();
        let list = task.get("cmds").or_else(|| task.get("cmd")).or_else(|| task.items().map(|_| task));
        let commands: Vec<&Node> = match list {
            Some(list) => list.items().map_or_else(|| vec![list], |items| items.iter().collect()),
            None => vec![task],
        };
        for command in commands {
            if let Some(part) = command.passage().or_else(|| command.get("cmd").and_then(Node::passage)) {
                passage.push(part);
                passage.push_for("\n", &(command.bytes.end.saturating_sub(1)..command.bytes.end));
            }
        }
        if !passage.text().is_empty() {
            all.push(Placed::called(shell::read(&passage, Dialect::Posix, &known, false)));
        }
    }
    all
}
