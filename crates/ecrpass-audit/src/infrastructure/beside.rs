//! Files that infrastructure code names and that stand beside it: `file("${path.module}/task.json")`, `templatefile(…)`.

use super::datum::{Datum, DatumKind};
use super::in_scope::InScope;
use crate::source::{SourceFile, Tree};

/// The file of the tree that a value is read from, if it is one.
pub fn file<'a>(tree: &'a Tree, stack: &InScope<'_>, datum: &Datum) -> Option<&'a SourceFile> {
    let directory = stack.stack.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut found = None;
    let mut look = |_: &str, datum: &Datum| {
        let DatumKind::Call(name, arguments) = &datum.kind else { return };
        if !matches!(name.as_str(), "file" | "templatefile" | "filebase64") {
            return;
        }
        let Some(path) = arguments.first().map(|path| stack.scope.known(path)) else { return };
        let path = path.alternatives().next().unwrap_or_default();
        found = found.or_else(|| tree.get(normal(directory, path).first()?));
    };
    stack.scope.follow(datum).datum.walk("", &mut look);
    found
}

/// What a path may be in the tree: from the directory of the file that names it, and from the root.
pub(super) fn normal(directory: &str, path: &str) -> Vec<String> {
    let path =
        path.replace("${path.module}/", "").replace("${path.root}/", "").replace("{{template_dir}}/", "");
    [directory, ""].iter().filter_map(|from| joined(from, &path)).collect()
}

fn joined(directory: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            // Out of the tree.
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
