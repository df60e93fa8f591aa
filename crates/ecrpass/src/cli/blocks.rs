//! What the documentation shows: its blocks of code with what is said about them, and the commands in its sentences.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    dead_code
)] // documents are files; a test's way of failing; two test programs use their part of it

use std::fs;
use std::path::{Path, PathBuf};

/// A block of code.
#[derive(Debug)]
pub struct Block {
    /// Its file, from the root of the repository.
    pub file: String,
    /// The line of its first line of code, from 1.
    pub line: usize,
    /// The word behind its fence.
    pub language: String,
    /// Its text, without the indentation of the fence.
    pub text: String,
    /// The comment right before it, `<!-- … -->`, if there is one.
    pub mark: Option<String>,
}

impl Block {
    /// Where it is, for people.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// The script in it: of a `console` block what stands behind its prompts.
    pub fn script(&self) -> Option<String> {
        match self.language.as_str() {
            // Commands that stand alone are the same in PowerShell.
            "sh" | "bash" | "powershell" => Some(self.text.clone()),
            "console" => {
                let mut script = String::new();
                let mut goes_on = false;
                for line in self.text.lines() {
                    let command = line.strip_prefix("$ ").or_else(|| goes_on.then_some(line));
                    if let Some(command) = command {
                        script.push_str(command);
                        script.push('\n');
                    }
                    goes_on = command.is_some_and(|command| command.ends_with('\\'));
                }
                Some(script)
            }
            _ => None,
        }
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documents for users and contributors: paths from the root, and texts.
pub fn documents() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    for folder in ["docs", "charts", "integrations"] {
        below(&root().join(folder), &mut paths);
    }
    paths.sort();
    let named = paths.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned(), text)
    });
    // What changed once stays as it was said then, and what the audit finds is wrong on purpose.
    named.filter(|(path, _)| path != "CHANGELOG.md" && !path.starts_with("docs/audit-rules/")).collect()
}

fn below(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

/// The blocks of a document.
pub fn blocks(file: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut mark = None;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let trimmed = line.trim_start();
        let ticks = trimmed.len() - trimmed.trim_start_matches('`').len();
        if ticks < 3 {
            if !trimmed.is_empty() {
                let comment = trimmed.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->"));
                mark = comment.map(|comment| comment.trim().to_owned());
            }
            continue;
        }
        let indent = line.len() - trimmed.len();
        let fence = &trimmed[..ticks];
        let mut code = String::new();
        for (_, line) in lines.by_ref() {
            if line.trim_start().starts_with(fence) {
                break;
            }
            code.push_str(line.get(indent.min(line.len() - line.trim_start().len())..).unwrap_or_default());
            code.push('\n');
        }
        blocks.push(Block {
            file: file.to_owned(),
            line: index + 2,
            language: trimmed[ticks..].trim().to_owned(),
            text: code,
            mark: mark.take(),
        });
    }
    blocks
}

/// The commands of a program that sentences, tables and indented lines name, with their lines.
pub fn mentioned(text: &str, program: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fence: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if let Some(open) = &fence {
            if trimmed.starts_with(open.as_str()) {
                fence = None;
            }
            continue;
        }
        let ticks = trimmed.len() - trimmed.trim_start_matches('`').len();
        if ticks >= 3 {
            fence = Some("`".repeat(ticks));
            continue;
        }
        let prefix = format!("{program} ");
        if line.starts_with("    ") {
            // Code by indentation, as in the pages of causes.
            if trimmed.contains(&prefix) {
                found.push((index + 1, trimmed.to_owned()));
            }
            continue;
        }
        let spans = line.split('`').skip(1).step_by(2);
        found.extend(spans.filter(|span| span.starts_with(&prefix)).map(|span| (index + 1, span.to_owned())));
    }
    found
}
