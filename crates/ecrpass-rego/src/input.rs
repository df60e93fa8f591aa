//! What policies are asked about: the configurations of a tree as documents, in the forms conftest gives them.
//!
//! A login in a client's configuration, or in a pull secret, is masked; what can be known of it without its password
//! stands beside it (`client_config`). Anything else keeps its value, and what a policy says of it is cleaned later.

mod client_config;
mod dockerfile;
mod dotenv;
mod hcl;
mod yaml;

pub(crate) use self::dockerfile::instructions;

use ecrpass_audit::kind::FileKind;
use ecrpass_audit::source::{SourceFile, Tree};
use serde_json::Value;

/// A document that policies are asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The file.
    pub path: String,
    /// Which of the file's documents it is.
    pub document: usize,
    /// What it says.
    pub value: Value,
}

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// YAML and JSON.
    Yaml,
    /// HCL 2: Terraform, Packer, Nomad.
    Hcl,
    /// A Dockerfile.
    Dockerfile,
    /// `NAME=value` lines.
    Dotenv,
    /// TOML.
    Toml,
}

impl Form {
    /// The form of a file; `None` for what is no configuration.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match (FileKind::by_name(path), extension) {
            (Some(FileKind::HelmTemplate), _) => None,
            (_, "yml" | "yaml" | "json") => Some(Self::Yaml),
            (_, "tf" | "hcl" | "tfvars" | "nomad") => Some(Self::Hcl),
            (_, "toml") => Some(Self::Toml),
            (Some(FileKind::Dockerfile), _) => Some(Self::Dockerfile),
            (Some(FileKind::Dotenv), _) => Some(Self::Dotenv),
            (Some(FileKind::ClientConfig | FileKind::TerraformState), _) => Some(Self::Yaml),
            _ => None,
        }
    }

    /// By the name that conftest's `parse_config` has for it.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "yaml" | "json" => Self::Yaml,
            "hcl2" | "hcl" => Self::Hcl,
            "dockerfile" => Self::Dockerfile,
            "dotenv" => Self::Dotenv,
            _ => return None,
        })
    }
}

/// What is larger is data, and no configuration, in bytes.
pub const LARGEST: usize = 4 * 1024 * 1024;

/// The documents of a tree's files, in their order, but for those that are larger than [`LARGEST`]; `toml` reads TOML.
pub fn of_tree(
    tree: &Tree,
    is_asked: &dyn Fn(&str) -> bool,
    toml: &dyn Fn(&str) -> Option<Value>,
) -> Vec<Input> {
    let mut inputs = Vec::new();
    for file in tree.files().iter().filter(|file| is_asked(&file.path) && file.text.len() <= LARGEST) {
        for (document, value) in documents(file, toml).into_iter().enumerate() {
            if !value.is_null() {
                let value = client_config::masked(file, value, tree.now);
                inputs.push(Input { path: file.path.clone(), document, value });
            }
        }
    }
    inputs
}

/// The documents of a file. A list at the top is its items, as conftest has it.
fn documents(file: &SourceFile, toml: &dyn Fn(&str) -> Option<Value>) -> Vec<Value> {
    // What is filled in later is no YAML yet.
    if file.kind == FileKind::HelmTemplate {
        return Vec::new();
    }
    match Form::of(&file.path) {
        Some(Form::Toml) => toml(&file.text).into_iter().collect(),
        Some(form) => split(form, read(form, &file.text)),
        None => Vec::new(),
    }
}

fn read(form: Form, text: &str) -> Vec<Value> {
    match form {
        Form::Yaml => yaml::read(text),
        Form::Hcl => hcl::read(text).into_iter().collect(),
        Form::Dockerfile => vec![dockerfile::read(text)],
        Form::Dotenv => vec![dotenv::read(text)],
        Form::Toml => Vec::new(),
    }
}

fn split(form: Form, documents: Vec<Value>) -> Vec<Value> {
    if form != Form::Yaml {
        return documents;
    }
    let each = |document| match document {
        Value::Array(items) => items,
        other => vec![other],
    };
    documents.into_iter().flat_map(each).collect()
}

/// A text as a configuration of a kind that conftest has a name for; nothing where it is none.
pub fn parse(kind: &str, text: &str) -> Vec<Value> {
    Form::named(kind).map(|form| read(form, text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::kind::Owner;
    use serde_json::json;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |(path, text): &(&str, &str)| SourceFile {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            kind: FileKind::of(path, text),
            owner: Owner::Repository,
        };
        Tree::new(files.iter().map(file).collect(), 1_000)
    }

    #[test]
    fn files_are_documents_and_lists_are_several() {
        let tree = tree(&[
            ("a.yaml", "kind: A\n---\n---\nkind: B\nn: 1\ny: yes\ns: \"yes\"\n"),
            ("b.json", "[{\"kind\": \"C\"}, {\"kind\": \"D\"}]"),
            ("Dockerfile", "FROM a\n"),
            ("app.env", "A=1\n"),
            ("main.tf", "locals {\n  a = 1\n}\n"),
            ("pyproject.toml", "a = 1"),
            ("main.rs", "fn main() {}"),
            ("chart/templates/x.yaml", "apiVersion: v1\nkind: Secret\ndata: {{ .b }}\n"),
        ]);
        let toml = |_: &str| Some(json!({"a": 1}));
        let inputs = of_tree(&tree, &|path| path != "Dockerfile", &toml);
        let said: Vec<(&str, usize, Value)> =
            inputs.iter().map(|input| (input.path.as_str(), input.document, input.value.clone())).collect();
        assert_eq!(
            said,
            [
                ("a.yaml", 0, json!({"kind": "A"})),
                ("a.yaml", 2, json!({"kind": "B", "n": 1, "y": true, "s": "yes"})),
                ("b.json", 0, json!({"kind": "C"})),
                ("b.json", 1, json!({"kind": "D"})),
                ("app.env", 0, json!({"A": "1"})),
                ("main.tf", 0, json!({"locals": [{"a": 1}]})),
                ("pyproject.toml", 0, json!({"a": 1})),
            ]
        );
    }
}
