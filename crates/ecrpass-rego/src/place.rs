//! Where in a file stands what a policy speaks of: the way to a value that its message names, or a line.

use std::ops::Range;

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind};
use ecrpass_audit::infrastructure::hcl;
use ecrpass_audit::source::SourceFile;
use ecrpass_audit::yaml::{self, Node};
use serde_json::{Map, Value};

use crate::input::{Form, instructions};

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    /// As a message has it.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Key(key) => Value::from(key.as_str()),
            Self::Index(index) => Value::from(*index),
        }
    }
}

/// The bytes that a message is about: what its `path` leads to (a list of keys, a JSON pointer, or keys with dots), the
/// line of conftest's `_loc`, or else where the document begins.
pub(crate) fn of(file: &SourceFile, document: usize, more: &Map<String, Value>) -> Range<usize> {
    let line = more.get("_loc").and_then(|place| place.get("line")).and_then(Value::as_u64);
    let line = line.and_then(|line| usize::try_from(line).ok()).filter(|line| *line > 0);
    let steps = more.get("path").map(steps).unwrap_or_default();
    if let (Some(line), true) = (line, steps.is_empty()) {
        return line_bytes(&file.text, line);
    }
    let found = match Form::of(&file.path) {
        Some(Form::Yaml) => in_yaml(&file.text, document, &steps),
        Some(Form::Hcl) => in_hcl(&file.text, &steps),
        Some(Form::Dockerfile) => match steps.first() {
            Some(Step::Index(index)) => {
                instructions(&file.text).into_iter().nth(*index).map(|instruction| instruction.bytes)
            }
            _ => None,
        },
        _ => None,
    };
    found.unwrap_or_else(|| first_line(&file.text))
}

/// The steps of a `path`.
pub(crate) fn steps(path: &Value) -> Vec<Step> {
    let of_text = |text: &str| text.parse().map_or_else(|_| Step::Key(text.to_owned()), Step::Index);
    match path {
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| match part {
                Value::String(text) => Some(Step::Key(text.clone())),
                Value::Number(number) => Some(Step::Index(usize::try_from(number.as_u64()?).ok()?)),
                _ => None,
            })
            .collect(),
        Value::String(text) if text.starts_with('/') => {
            text.split('/').skip(1).map(|part| of_text(&part.replace("~1", "/").replace("~0", "~"))).collect()
        }
        Value::String(text) if !text.is_empty() => text.split('.').map(of_text).collect(),
        _ => Vec::new(),
    }
}

fn in_yaml(text: &str, document: usize, steps: &[Step]) -> Option<Range<usize>> {
    let documents = yaml::read_partly(text).0;
    // A list at the top is its items, as in `input`.
    let each = |node: &Node| node.items().map_or_else(|| vec![node.clone()], <[Node]>::to_vec);
    let mut node = documents.iter().flat_map(each).nth(document)?;
    let mut bytes = node.bytes.start..line_end(text, node.bytes.start);
    for step in steps {
        let next = match step {
            Step::Key(key) => node.entry(key).map(|(key, value)| (key.bytes.start, value.clone())),
            Step::Index(index) => match node.items() {
                Some(items) => items.get(*index).map(|item| (item.bytes.start, item.clone())),
                None => node.entry(&index.to_string()).map(|(key, value)| (key.bytes.start, value.clone())),
            },
        };
        // What is only in `input` (`ecrpass`) stands nowhere: what it is about does.
        let Some((start, next)) = next else { break };
        bytes = start..next.bytes.end.max(start);
        node = next;
    }
    Some(bytes)
}

fn in_hcl(text: &str, steps: &[Step]) -> Option<Range<usize>> {
    let (blocks, attributes) = hcl::read(text)?;
    let words_of = |block: &hcl::TopBlock| {
        let mut words = vec![block.kind.clone()];
        words.extend(block.labels.iter().cloned());
        words
    };
    let begins = |words: &[String]| {
        words.len() <= steps.len()
            && words.iter().zip(steps).all(|(word, step)| *step == Step::Key(word.clone()))
    };
    let fitting: Vec<&hcl::TopBlock> = blocks.iter().filter(|block| begins(&words_of(block))).collect();
    let Some(first) = fitting.first() else {
        return inside(&attributes, steps).filter(|_| !steps.is_empty());
    };
    let rest = steps.get(1 + first.labels.len()..).unwrap_or_default();
    let (block, rest) = match rest.split_first() {
        Some((Step::Index(index), behind)) => (fitting.get(*index).unwrap_or(first), behind),
        _ => (first, rest),
    };
    inside(&block.body, rest).or_else(|| Some(block.bytes.clone()))
}

/// What the steps lead to inside of a value; as far as they can be followed.
fn inside(datum: &Datum, steps: &[Step]) -> Option<Range<usize>> {
    let (first, rest) = steps.split_first()?;
    let (bytes, value, rest) = match first {
        Step::Key(key) => {
            let entries: Vec<_> = datum.all(key).collect();
            // Blocks of one name are a list.
            let (entry, rest) = match rest.split_first() {
                Some((Step::Index(index), behind))
                    if !matches!(entries.first()?.value.kind, DatumKind::List(_)) =>
                {
                    (entries.get(*index)?, behind)
                }
                _ => (entries.first()?, rest),
            };
            (entry.key_bytes.start..entry.value.bytes.end.max(entry.key_bytes.end), &entry.value, rest)
        }
        Step::Index(index) => {
            let item = datum.items().get(*index)?;
            (item.bytes.clone(), item, rest)
        }
    };
    inside(value, rest).or(Some(bytes))
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find('\n').unwrap_or(rest.len())
}

/// The first line that has something in it.
fn first_line(text: &str) -> Range<usize> {
    let start = text.find(|c: char| !c.is_whitespace()).unwrap_or(0);
    start..line_end(text, start)
}

/// A line by its number, without its indentation.
fn line_bytes(text: &str, line: usize) -> Range<usize> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.take(line).last().unwrap_or(0);
    let blank = text.get(start..).unwrap_or_default();
    let end = line_end(text, start);
    let start = (start + (blank.len() - blank.trim_start_matches([' ', '\t']).len())).min(end);
    start..end
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::kind::{FileKind, Owner};
    use serde_json::json;

    use super::*;

    fn at(path: &str, text: &str, document: usize, more: Value) -> String {
        let kind = FileKind::of(path, text);
        let file =
            SourceFile { path: path.to_owned(), text: text.to_owned(), kind, owner: Owner::Repository };
        text[of(&file, document, more.as_object().unwrap())].to_owned()
    }

    #[test]
    fn the_way_to_a_value_leads_to_its_place() {
        let json = "{\n  \"auths\": {\n    \"a.b\": {\"auth\": \"x\"}\n  }\n}\n";
        for path in [json!(["auths", "a.b", "auth"]), json!("/auths/a.b/auth")] {
            assert_eq!(at("config.json", json, 0, json!({"path": path})), "\"auth\": \"x\"");
        }
        assert_eq!(
            at("config.json", json, 0, json!({"path": ["auths", "a.b", "ecrpass", "is_live"]})),
            "\"a.b\": {\"auth\": \"x\"}"
        );
        let yaml = "a: 1\n---\nspec:\n  containers:\n  - image: x\n  - image: y\n";
        assert_eq!(at("k.yaml", yaml, 1, json!({"path": "spec.containers.1.image"})), "image: y");
        assert_eq!(at("k.yaml", yaml, 1, json!({})), "spec:");
        assert_eq!(at("k.yaml", yaml, 1, json!({"_loc": {"line": 5}})), "- image: x");
        assert_eq!(at("l.json", "[{\"a\": 1},\n {\"b\": 2}]", 1, json!({"path": ["b"]})), "\"b\": 2");
        let docker = "# x\nFROM a\nRUN b\n";
        assert_eq!(at("Dockerfile", docker, 0, json!({"path": [2]})), "RUN b");
        assert_eq!(at("Dockerfile", docker, 0, json!({})), "# x");
        assert_eq!(at("x.toml", "\n\n[a]\n", 0, json!({"path": ["a"]})), "[a]");
    }

    #[test]
    fn blocks_are_found_by_their_words() {
        let text = "region = \"x\"\nresource \"aws_ecr_repository\" \"a\" {\n  name = \"a\"\n  scan {\n    on = false\n  }\n}\nresource \"aws_ecr_repository\" \"b\" {\n  names = [\"p\", \"q\"]\n}\n";
        let of = |path: Value| at("main.tf", text, 0, json!({ "path": path }));
        assert_eq!(of(json!(["resource", "aws_ecr_repository", "a", 0, "scan", 0, "on"])), "on = false");
        assert_eq!(
            of(json!(["resource", "aws_ecr_repository", "a"])),
            "resource \"aws_ecr_repository\" \"a\""
        );
        assert_eq!(of(json!(["resource", "aws_ecr_repository", "b", 0, "names", 1])), "\"q\"");
        assert_eq!(of(json!(["region"])), "region = \"x\"");
        assert_eq!(of(json!(["resource", "none"])), "region = \"x\"");
    }
}
