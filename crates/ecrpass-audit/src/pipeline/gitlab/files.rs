//! The entries at the top of a configuration and of the files of the tree that it includes.

use std::collections::HashMap;

use crate::pipeline::model::Reference;
use crate::pipeline::paths;
use crate::source::{SourceFile, Tree};
use crate::yaml::{Key, Node};

/// How many files may be included. Source: GitLab's limit is 150.
const MAX_FILES: usize = 150;

/// An entry with the file that it stands in, if it is another one.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: Key,
    pub node: Node,
    pub path: Option<String>,
}

/// All entries, those of included files before those that override them.
#[derive(Debug, Default)]
pub(super) struct Files {
    entries: Vec<Entry>,
    by_name: HashMap<String, Vec<usize>>,
    /// What is included from elsewhere.
    pub references: Vec<Reference>,
    /// Whether something is included that is not in the tree: templates of it are unknown.
    pub is_open: bool,
}

impl Files {
    pub fn read(root: &Node, file: &SourceFile, tree: &Tree) -> Self {
        let mut all = Self::default();
        let mut seen = vec![file.path.clone()];
        all.add(root, None, tree, &mut seen);
        all
    }

    fn add(&mut self, root: &Node, path: Option<&str>, tree: &Tree, seen: &mut Vec<String>) {
        for include in root.each_of("include") {
            self.include(include, path, tree, seen);
        }
        for (key, node) in root.members().unwrap_or_default() {
            self.by_name.entry(key.text.clone()).or_default().push(self.entries.len());
            self.entries.push(Entry { key: key.clone(), node: node.clone(), path: path.map(str::to_owned) });
        }
    }

    fn include(&mut self, include: &Node, from: Option<&str>, tree: &Tree, seen: &mut Vec<String>) {
        if let Some(path) = included_path(include) {
            let Some(wanted) = paths::joined("", path.trim_start_matches('/')) else {
                self.is_open = true;
                // A pattern: all configurations of that directory.
                let directory = path.trim_start_matches('/').split('*').next().unwrap_or_default();
                let below: Vec<&SourceFile> = tree
                    .files()
                    .iter()
                    .filter(|file| {
                        path.contains('*') && file.path.starts_with(directory) && is_yaml(&file.path)
                    })
                    .collect();
                below.into_iter().for_each(|file| self.add_file(file, tree, seen));
                return;
            };
            match tree.get(&wanted) {
                Some(file) => self.add_file(file, tree, seen),
                None => self.is_open = true,
            }
            return;
        }
        self.is_open = true;
        if from.is_none() {
            self.references.extend(reference(include));
        }
    }

    fn add_file(&mut self, file: &SourceFile, tree: &Tree, seen: &mut Vec<String>) {
        if seen.len() >= MAX_FILES || seen.contains(&file.path) {
            return;
        }
        seen.push(file.path.clone());
        let documents = tree.referred(file);
        // The last document: the first may be `spec:`.
        if let Some(root) = documents.last() {
            self.add(root, Some(&file.path), tree, seen);
        }
    }

    /// The entry that counts: the last of its name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.all(name).last()
    }

    /// All entries of a name, the one that counts most last.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Entry> {
        let places = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.entries.get(*place))
    }

    /// Each name once, with the entry that counts.
    pub fn entries(&self) -> Vec<(&str, &Entry)> {
        let mut seen = std::collections::HashSet::new();
        let latest = self.entries.iter().rev().filter(|entry| seen.insert(entry.key.text.as_str()));
        let mut entries: Vec<_> = latest.map(|entry| (entry.key.text.as_str(), entry)).collect();
        entries.reverse();
        entries
    }
}

/// The path from the root of the repository that an include names, if it is a file of it.
pub fn included_path(include: &Node) -> Option<&str> {
    include.get("local").unwrap_or(include).text().filter(|text| !text.contains("://"))
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

/// What is included from elsewhere, with its version: a branch in the address, `ref`, or what stands behind the `@`.
fn reference(include: &Node) -> Option<Reference> {
    if let Some(component) = include.get("component") {
        let text = component.text()?;
        let (name, version) = text.rsplit_once('@')?;
        return Some(Reference {
            name: name.to_owned(),
            version: Some(version.to_owned()),
            bytes: component.bytes.clone(),
        });
    }
    let remote = include.get("remote").unwrap_or(include);
    let text = remote.text().filter(|text| text.contains("://"))?;
    let parts: Vec<&str> = text.split('/').collect();
    // `…/-/raw/main/x.yml`, `raw.githubusercontent.com/o/r/main/x.yml`
    let behind_raw = parts.iter().position(|part| *part == "raw").and_then(|at| parts.get(at + 1));
    let on_github =
        parts.get(2).filter(|host| **host == "raw.githubusercontent.com").and_then(|_| parts.get(5));
    let version = behind_raw.or(on_github).map(|version| (*version).to_owned());
    Some(Reference { name: text.to_owned(), version, bytes: remote.bytes.clone() })
}

/// Whether a setting at the top is meant as a job, whatever it is called: `image:` with commands.
pub(super) fn is_job(node: &Node) -> bool {
    node.get("script").is_some()
}
