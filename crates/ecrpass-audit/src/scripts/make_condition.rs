//! Conditions of Makefiles around a place: `ifeq ($(AWSCLI_MAJOR_VERSION), 1)`.

use std::collections::BTreeSet;

/// How deep variables are followed.
const DEEPEST: usize = 8;

/// Whether a place stands behind a condition that depends on a program's version.
pub fn asks_version(text: &str, byte: usize) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for line in text.get(..byte).unwrap_or(text).lines() {
        // A recipe's lines may hold a condition's words, too.
        let line = if line.starts_with('\t') { "" } else { line.trim_start() };
        match line.split_whitespace().next() {
            Some("ifeq" | "ifneq" | "ifdef" | "ifndef") => open.push(line),
            Some("endif") => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().any(|condition| is_of_version(text, condition, 0))
}

/// Whether a text of a Makefile says what a program answers to `--version`, itself or by its variables.
fn is_of_version(text: &str, part: &str, depth: usize) -> bool {
    if part.contains("--version") {
        return true;
    }
    let names = names(part);
    depth < DEEPEST
        && text.lines().filter(|line| !line.starts_with('\t')).any(|line| {
            let line = line.trim_start().trim_start_matches("export ").trim_start_matches("override ");
            let Some((name, value)) = line.split_once('=') else { return false };
            let name = name.trim_end_matches([':', '?', '+', '!']).trim();
            names.contains(name) && !names_itself(value, name) && is_of_version(text, value, depth + 1)
        })
}

fn names_itself(value: &str, name: &str) -> bool {
    names(value).contains(name)
}

/// The variables that are named: `$(X)`, `${X}`, and the word behind `ifdef`.
fn names(part: &str) -> BTreeSet<&str> {
    let end = |rest: &str| {
        rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c))).unwrap_or(rest.len())
    };
    let mut names = BTreeSet::new();
    for opening in ["$(", "${"] {
        for (at, _) in part.match_indices(opening) {
            let rest = part.get(at + opening.len()..).unwrap_or_default();
            names.extend(rest.get(..end(rest)).filter(|name| !name.is_empty()));
        }
    }
    if let Some(rest) = part.strip_prefix("ifdef").or_else(|| part.strip_prefix("ifndef")) {
        names.insert(rest.trim());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_on_a_version_are_known_through_variables() {
        let text = "AWS_VERSION := $(shell aws --version 2>&1 | cut -d/ -f2)\nMAJOR = $(firstword $(subst ., ,$(AWS_VERSION)))\nLOOP = $(LOOP)\nlogin:\nifeq ($(MAJOR), 1)\n\tone\nelse\n\ttwo\nendif\n\tthree\nifdef LOOP\n\tfour\nendif\nifneq ($(shell aws --version),)\n\tfive\nendif\n";
        let of = |word: &str| asks_version(text, text.find(word).unwrap());
        assert!(of("\tone") && of("\ttwo") && of("\tfive"));
        assert!(!of("\tthree") && !of("\tfour") && !of("login:"));
    }
}
