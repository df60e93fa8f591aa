//! Accounts that GitHub's workflows hand on as numbers: through inputs of actions and workflows of the tree, and through
//! variables, to what takes an account or makes a host of it.

use std::ops::Range;

use ecrpass_core::account::is_account_id;

use crate::kind::FileKind;
use crate::rule::Examined;
use crate::system::System;
use crate::yaml::{Node, Style};

/// Settings that take accounts.
pub const ACCOUNTS: [&str; 8] = [
    "registries",
    "account-ids",
    "account_ids",
    "registry-ids",
    "registry_ids",
    "account_id",
    "account-id",
    "aws_account_id",
];

/// How deep nodes are followed.
const DEEPEST: usize = 32;
/// How many files an input is followed through.
const MOST_FILES: usize = 4;

/// Whether a value is an account with a leading zero that is written as a number.
pub fn is_number(node: &Node) -> bool {
    let text = node.text().unwrap_or_default();
    text.starts_with('0') && is_account_id(text) && node.style() == Some(Style::Plain)
}

/// Those that lose their zero before they are used as accounts.
pub fn handed_on(examined: &Examined<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if examined.file.kind != FileKind::Pipeline(System::Github) {
        return found;
    }
    for document in examined.models.yaml().unwrap_or_default() {
        collect(examined, document, &mut found, 0);
    }
    found
}

fn collect(examined: &Examined<'_>, node: &Node, found: &mut Vec<Range<usize>>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    let called = node.text_of("uses").and_then(|name| called(examined, name));
    for (key, value) in node.members().unwrap_or_default() {
        match key.text.as_str() {
            "with" => {
                let Some(called) = &called else { continue };
                for (name, value) in value.members().unwrap_or_default() {
                    if is_number(value) && takes(called, &format!("inputs.{}", name.text), 1) {
                        found.push(value.bytes.clone());
                    }
                }
            }
            "env" => {
                for (name, value) in value.members().unwrap_or_default() {
                    let is_used = || {
                        let text = &examined.file.text;
                        is_in_host(text, &format!("${}", name.text))
                            || is_in_host(text, &format!("${{{}", name.text))
                            || takes(examined, &format!("env.{}", name.text), 1)
                    };
                    if is_number(value) && is_used() {
                        found.push(value.bytes.clone());
                    }
                }
            }
            "inputs" => {
                for (name, input) in value.members().unwrap_or_default() {
                    let default = input.get("default").filter(|default| is_number(default));
                    let default = default.filter(|_| takes(examined, &format!("inputs.{}", name.text), 1));
                    found.extend(default.map(|default| default.bytes.clone()));
                }
            }
            _ => collect(examined, value, found, depth + 1),
        }
    }
    for item in node.items().unwrap_or_default() {
        collect(examined, item, found, depth + 1);
    }
}

/// The action or workflow of the tree.
fn called<'a>(examined: &Examined<'a>, name: &str) -> Option<Examined<'a>> {
    let path = name.strip_prefix("./").or_else(|| name.strip_prefix("$/"))?.trim_end_matches('/');
    if path.ends_with(".yml") || path.ends_with(".yaml") {
        return examined.other(path);
    }
    ["action.yml", "action.yaml"].iter().find_map(|file| examined.other(&format!("{path}/{file}")))
}

/// Whether a file takes what a name of its expressions stands for as an account.
fn takes(examined: &Examined<'_>, name: &str, files: usize) -> bool {
    let text = &examined.file.text;
    if files > MOST_FILES || !names(text, name) {
        return false;
    }
    is_in_host(text, name)
        || examined
            .models
            .yaml()
            .unwrap_or_default()
            .iter()
            .any(|root| hands_on(examined, root, name, files, 0))
}

fn hands_on(examined: &Examined<'_>, node: &Node, name: &str, files: usize, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let called = || node.text_of("uses").and_then(|used| called(examined, used));
    let of_members = node.members().unwrap_or_default().iter().any(|(key, value)| {
        let is_account = ACCOUNTS.contains(&key.text.to_ascii_lowercase().as_str());
        if is_account && value.each().iter().filter_map(Node::text).any(|text| names(text, name)) {
            return true;
        }
        if key.text == "with" {
            let inputs = value.members().unwrap_or_default().iter();
            let mut inputs = inputs.filter(|(_, value)| value.text().is_some_and(|text| names(text, name)));
            let into = |(key, _): &(crate::yaml::Key, Node)| {
                called().is_some_and(|inner| takes(&inner, &format!("inputs.{}", key.text), files + 1))
            };
            if inputs.any(into) {
                return true;
            }
        }
        hands_on(examined, value, name, files, depth + 1)
    });
    of_members
        || node
            .items()
            .unwrap_or_default()
            .iter()
            .any(|item| hands_on(examined, item, name, files, depth + 1))
}

/// What stands behind a name wherever it stands as a whole.
fn behind<'a>(text: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let length = name.len();
    let places = text.match_indices(name).map(|(at, _)| at).collect::<Vec<_>>();
    places.into_iter().filter_map(move |at| {
        let rest = text.get(at + length..)?;
        let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
        (!rest.starts_with(is_part)).then_some(rest)
    })
}

fn names(text: &str, name: &str) -> bool {
    behind(text, name).next().is_some()
}

/// Whether a host of ECR is made with it: `${{ inputs.account }}.dkr.ecr.`, `$ACCOUNT.dkr.ecr.`.
fn is_in_host(text: &str, name: &str) -> bool {
    behind(text, name).any(|rest| rest.trim_start_matches([' ', '}']).starts_with(".dkr.ecr"))
}
