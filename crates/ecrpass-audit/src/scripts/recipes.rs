//! Recipes: of Makefiles and justfiles, scripts of package.json, commands of a Taskfile.

use crate::known::Known;
use crate::passage::Passage;
use crate::scripts::canned::Canned;
use crate::scripts::lines::lines;
use crate::scripts::make_values::{self, Target};
use crate::scripts::placed::Placed;
use crate::scripts::sourced;
use crate::shell::{self, Dialect};
use crate::source::{SourceFile, Tree};
use crate::yaml::Node;

/// The scripts of a Makefile or justfile: one for each target.
pub(super) fn read(file: &SourceFile, tree: &Tree) -> Vec<Placed> {
    let is_just = file.name().to_ascii_lowercase().contains("just");
    let whole = Passage::verbatim(file.text.as_str(), 0);
    let mut variables = make_values::read(&file.text, is_just);
    for included in sourced::files(file, tree) {
        variables.include(make_values::read(&included.text, false));
    }
    let mut all = Vec::new();
    let mut recipe = Passage::default();
    let mut continues = false;
    let finish = |recipe: &mut Passage, all: &mut Vec<Placed>, target: &Target| {
        if !recipe.text().trim().is_empty() {
            let known = |name: &str| target.known(name).or_else(|| variables.known(name));
            all.push(Placed::called(shell::read(recipe, Dialect::Posix, &known, false)));
        }
        *recipe = Passage::default();
    };
    let mut target = Target::default();
    let mut in_target = false;
    let mut in_macro = false;
    let mut canned = Canned::new(&file.text, &variables, is_just);
    for (start, line) in lines(&file.text) {
        if canned.is_skipped(line, &mut in_macro) {
            continue;
        }
        let is_command = line.starts_with('\t')
            || (is_just && in_target && line.starts_with(' '))
            || continues && !recipe.text().is_empty();
        if !is_command {
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continues = false;
                continue;
            }
            finish(&mut recipe, &mut all, &target);
            in_target = is_target(line, is_just);
            target = if in_target && !is_just { Target::of(line, &variables) } else { Target::default() };
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
        let end = start + line.len();
        let from = canned.put_in(&mut recipe, silent, from, continues);
        if let Some(part) = whole.part(from..end) {
            push(&mut recipe, &part, !is_just);
        }
        continues = line.ends_with('\\');
    }
    finish(&mut recipe, &mut all, &target);
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
