//! The scripts of a package.json that npm and its like run by their names.

use crate::kind::FileKind;
use crate::passage::Passage;
use crate::pipeline::paths;
use crate::source::{SourceFile, Tree};
use crate::yaml::Node;

/// Commands of yarn, pnpm and bun themselves, which are no scripts. A script of such a name is run with `run`.
const OWN: [&str; 16] = [
    "install", "i", "ci", "add", "remove", "exec", "dlx", "x", "publish", "pack", "config", "cache", "audit",
    "link", "why", "create",
];

/// The file, and what a command runs of it: the script before, the named one, the one after.
pub(super) fn scripts<'a>(
    program: &str,
    arguments: &[&str],
    tree: &'a Tree,
    directory: &str,
) -> Option<(&'a SourceFile, Vec<Passage>)> {
    let (first, rest) = arguments.split_first()?;
    let name = match (program, *first) {
        ("npm" | "yarn" | "pnpm" | "bun", "run") | ("npm", "run-script") => {
            // Another package is meant by `--prefix` or `--workspace`.
            rest.first().copied()?
        }
        ("npm", "test" | "start" | "stop" | "restart") => *first,
        ("yarn" | "pnpm", name) if !OWN.contains(&name) => name,
        _ => return None,
    };
    let is_elsewhere = |argument: &&str| {
        let option = argument.split('=').next().unwrap_or_default();
        matches!(
            option,
            "--prefix"
                | "--workspace"
                | "--workspaces"
                | "-w"
                | "-ws"
                | "-C"
                | "--cwd"
                | "--filter"
                | "-F"
                | "-r"
        )
    };
    let mut own = arguments.iter().take_while(|argument| **argument != "--");
    if name.starts_with('-') || own.any(is_elsewhere) {
        return None;
    }
    let file = paths::joined(directory, "package.json").and_then(|path| tree.get(&path));
    let file = file.filter(|file| file.kind == FileKind::NodePackage)?;
    let documents = tree.referred(file);
    let scripts = documents.first()?.get("scripts")?;
    let named = |name: &str| scripts.get(name).and_then(Node::passage).cloned();
    let main = named(name)?;
    let around = |when: &str| named(&format!("{when}{name}"));
    Some((file, [around("pre"), Some(main), around("post")].into_iter().flatten().collect()))
}
