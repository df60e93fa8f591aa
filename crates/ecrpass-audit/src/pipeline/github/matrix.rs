//! The matrix of a job: each of its values is one of several.

use crate::known::Known;
use crate::pipeline::github::context::Context;
use crate::pipeline::scope::Scope;
use crate::yaml::Node;

/// What `matrix.…` may be; `None` without a matrix.
pub(super) fn read(job: &Node, context: &Context<'_>) -> Option<Scope> {
    let matrix = job.at(&["strategy", "matrix"])?;
    let mut scope = Scope::default();
    let Some(members) = matrix.members() else { return Some(scope) };
    // Made at run time: any of its values may be there.
    let is_open = |node: &Node| node.items().is_none();
    for (key, values) in members {
        if key.text == "include" || key.text == "exclude" {
            continue;
        }
        if !is_open(values) {
            let all = values.items().unwrap_or_default().iter();
            let left: Vec<Node> =
                all.filter(|value| !is_excluded(matrix, &key.text, value)).cloned().collect();
            collect(&mut scope, &key.text, &left, context);
        }
    }
    let include = matrix.get("include").filter(|include| !is_open(include));
    let entries = include.and_then(Node::items).unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    for (key, _) in entries.iter().filter_map(Node::members).flatten() {
        if !names.contains(&key.text.as_str()) {
            names.push(&key.text);
        }
    }
    for name in names {
        let values: Vec<Node> = entries.iter().filter_map(|entry| entry.get(name).cloned()).collect();
        let of_base = matrix.get(name).is_some();
        if of_base && scope.get(name).is_none() {
            continue;
        }
        let before = scope.get(name);
        collect(&mut scope, name, &values, context);
        if let (Some(before), Some(now)) = (before, scope.get(name)) {
            scope.set(name, Known::any([&before, &now]));
        }
    }
    Some(scope)
}

/// Whether a value is left out whatever the others are.
fn is_excluded(matrix: &Node, name: &str, value: &Node) -> bool {
    let Some(text) = value.text() else { return false };
    let mut entries = matrix
        .get("exclude")
        .and_then(Node::items)
        .unwrap_or_default()
        .iter()
        .take(256)
        .filter_map(Node::members);
    entries.any(
        |members| matches!(members, [(key, excluded)] if key.text == name && excluded.text() == Some(text)),
    )
}

/// Several values of a name; members of mappings count by their own names: `matrix.target.region`.
fn collect(scope: &mut Scope, name: &str, values: &[Node], context: &Context<'_>) {
    let texts: Vec<Known> = values.iter().filter_map(Node::text).map(|text| context.value(text)).collect();
    if !texts.is_empty() {
        scope.set(name, Known::any(&texts));
    }
    let mut members: Vec<(String, Vec<Known>)> = Vec::new();
    for (key, value) in values.iter().filter_map(Node::members).flatten() {
        let Some(text) = value.text() else { continue };
        let path = format!("{name}.{}", key.text);
        match members.iter_mut().find(|(known, _)| *known == path) {
            Some((_, all)) => all.push(context.value(text)),
            None => members.push((path, vec![context.value(text)])),
        }
    }
    for (path, all) in members {
        scope.set(path, Known::any(&all));
    }
}
