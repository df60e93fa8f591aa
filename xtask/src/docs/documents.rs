//! The documents: which files are documentation, and how one names another.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::root;

/// Folders in which Markdown is for readers.
const FOLDERS: [&str; 4] = ["docs", "charts", "integrations", "crates"];

/// A file of the documentation.
pub struct Document {
    /// Its path from the root, with slashes.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The Markdown files for readers: at the root, and below some folders; fixtures are none.
///
/// # Errors
/// When one cannot be read.
pub fn documents() -> Result<Vec<Document>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(root())? {
        let path = entry?.path();
        if is_markdown(&path) {
            paths.push(path);
        }
    }
    for folder in FOLDERS {
        below(&root().join(folder), &mut paths)?;
    }
    paths.sort();
    let documents = paths.into_iter().map(|path| {
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let path = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        Ok(Document { path, text })
    });
    documents.collect()
}

fn is_markdown(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|extension| extension == "md")
}

fn below(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_below = |name: &str| {
            let from_root = folder.strip_prefix(root()).unwrap_or(folder);
            from_root.components().any(|part| part == Component::Normal(name.as_ref()))
        };
        // What tests read are examples; the page that explains them is for people.
        let is_fixture = is_below("fixtures");
        // The sources of the catalogue's pages, from which `docs/diagnosis` is made.
        let is_source = is_below("src");
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "target" && name != "node_modules") {
                below(&path, paths)?;
            }
        } else if is_markdown(&path)
            && !is_source
            && (!is_fixture || path.file_name().is_some_and(|name| name == "README.md"))
        {
            paths.push(path);
        }
    }
    Ok(())
}

/// A path relative to a document's, as one from the root; nothing when it leads out of the repository.
pub fn resolve(document: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_from_the_document() {
        assert_eq!(resolve("docs/a.md", "b.md").as_deref(), Some("docs/b.md"));
        assert_eq!(resolve("docs/x/a.md", "../../README.md").as_deref(), Some("README.md"));
        assert_eq!(resolve("a.md", "./docs//b.md").as_deref(), Some("docs/b.md"));
        assert_eq!(resolve("docs/a.md", "../../b.md"), None);
    }
}
