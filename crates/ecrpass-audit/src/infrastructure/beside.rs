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
        let path = path.replace("${path.module}/", "").replace("${path.root}/", "");
        let path = path.trim_start_matches("./");
        let joined = if directory.is_empty() { path.to_owned() } else { format!("{directory}/{path}") };
        found = found.or_else(|| tree.get(&joined));
    };
    stack.scope.follow(datum).datum.walk("", &mut look);
    found
}
