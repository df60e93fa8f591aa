//! `cargo xtask structure`: the house keeps its shape. No two files use each other, nothing uses what is above it, no
//! command another command, no engine another engine; every file is short and says first what it is for.
//!
//! It reads the sources, so it is quick, and `cargo test -p xtask` runs it too.

mod graph;
mod layers;
mod source;
#[cfg(test)]
mod tests;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{root, say};
use graph::Graph;
use tree::{House, Texts};

/// The most lines a file may have.
const MAX_LINES: usize = 400;

/// Reads everything and says what is wrong.
///
/// # Errors
/// When anything is.
pub fn run() -> Result<()> {
    let texts = texts()?;
    let found = violations(&texts)?;
    if found.is_empty() {
        say(&format!("  {} files, no ring, nothing points up", texts.len()));
        return Ok(());
    }
    bail!("{} faults in the structure:\n  {}", found.len(), found.join("\n  "))
}

/// Everything that is wrong, one line each.
fn violations(texts: &Texts) -> Result<Vec<String>> {
    let sources: Texts = texts
        .iter()
        .filter(|(path, _)| path.iter().any(|part| part == "src"))
        .map(|(path, text)| (path.clone(), text.clone()))
        .collect();
    let house = House::read(&sources)?;
    let graph = Graph::of(&house);
    let mut found: Vec<String> = graph.rings().iter().map(|ring| describe(&graph, ring)).collect();
    found.extend(layers::violations(&graph));
    found.extend(layers::unplaced(house.rooms.iter().map(|room| room.file.as_path())));
    found.extend(texts.iter().filter_map(|(path, text)| shape(path, text)));
    Ok(found)
}

/// `a uses x of b, which uses y of a`.
fn describe(graph: &Graph, ring: &[PathBuf]) -> String {
    let mut text = String::from("a ring: ");
    for (at, file) in ring.iter().enumerate() {
        let next = ring.get(at + 1).or(ring.first()).unwrap_or(file);
        if at == 0 {
            text += &file.display().to_string();
        }
        text += &format!(
            "{} uses {} of {}",
            if at == 0 { "" } else { ", which" },
            graph.names(file, next),
            next.display()
        );
    }
    text
}

/// What is wrong with a file by itself.
fn shape(path: &Path, text: &str) -> Option<String> {
    let lines = text.lines().count();
    // Nobody reads the lists that are made from the catalogue from top to bottom.
    let is_made = crate::generate::WRITTEN.iter().any(|made| Path::new(made) == path);
    if lines > MAX_LINES && !is_made {
        return Some(format!("{} has {lines} lines, more than {MAX_LINES}", path.display()));
    }
    let says_why = text.starts_with("//!");
    (!says_why)
        .then(|| format!("{} does not say in its first line, with `//!`, what it is for", path.display()))
}

/// The Rust files of all crates.
fn texts() -> Result<Texts> {
    let mut texts = Texts::new();
    let root = root();
    let mut folders = vec![root.join("crates"), root.join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root)?.to_owned();
                texts.insert(name, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(texts)
}
