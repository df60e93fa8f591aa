//! A job with what it extends: mappings are merged, everything else is replaced. Source: GitLab documentation, "extends".

use crate::pipeline::gitlab::files::{Entry, Files};
use crate::yaml::{Key, Node};

/// How deep jobs may extend each other. Source: GitLab documentation: eleven levels.
const MAX_DEPTH: usize = 11;
/// How many parts a job may be put together from.
const MAX_PARTS: usize = 500;

/// A setting of a job with the file that it stands in.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub key: Key,
    pub node: Node,
    pub path: Option<String>,
}

/// The settings of a job; of several with one name the last counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged {
    parts: Vec<Part>,
    /// Whether it extends something that is not in the tree.
    pub is_open: bool,
}

impl Merged {
    pub fn of(name: &str, files: &Files) -> Self {
        let mut merged = Self::default();
        merged.add(name, files, 0);
        merged
    }

    fn add(&mut self, name: &str, files: &Files, depth: usize) {
        let mut entries = files.all(name).peekable();
        if depth > MAX_DEPTH || self.parts.len() > MAX_PARTS || entries.peek().is_none() {
            self.is_open = true;
            return;
        }
        let entries: Vec<&Entry> = entries.collect();
        for base in entries.iter().rev().take(1).flat_map(|entry| entry.node.each_of("extends")) {
            match base.text() {
                Some(base) => self.add(base, files, depth + 1),
                None => self.is_open = true,
            }
        }
        for entry in entries {
            for (key, node) in entry.node.members().unwrap_or_default() {
                let (node, path) = referred(node, entry.path.as_deref(), files);
                self.parts.push(Part { key: key.clone(), node: node.clone(), path: path.map(str::to_owned) });
            }
        }
    }

    /// The setting that counts.
    pub fn get(&self, name: &str) -> Option<&Part> {
        self.parts.iter().rfind(|part| part.key.text == name)
    }

    /// All that was said of it, what counts most last: the parts of a mapping that are merged.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Part> {
        self.parts.iter().filter(move |part| part.key.text == name)
    }
}

/// What a setting stands for that is a `!reference` as a whole, with the file that it stands in; as it is where that is not
/// in the tree.
fn referred<'a>(node: &'a Node, path: Option<&'a str>, files: &'a Files) -> (&'a Node, Option<&'a str>) {
    let mut found = (node, path);
    for _ in 0..MAX_DEPTH {
        if found.0.tag.as_deref() != Some("!reference") {
            break;
        }
        let names: Vec<&str> = found.0.each().iter().filter_map(Node::text).collect();
        let Some((job, inner)) = names.split_first() else { break };
        let entry = files.get(job);
        let Some((next, entry)) = entry.and_then(|entry| Some((entry.node.at(inner)?, entry))) else { break };
        found = (next, entry.path.as_deref());
    }
    found
}
