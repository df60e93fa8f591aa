//! What is parsed of a file, as places and texts: before an edit and after it, to see that the edit changed nothing but
//! what it meant to.

mod compare;
mod parts;

use std::collections::HashSet;
use std::ops::Range;

pub use self::compare::{differs, moved};
pub use self::parts::{Part, Skeleton};
use crate::infrastructure::datum::{Datum, DatumKind, Part as TemplatePart};
use crate::infrastructure::hcl;
use crate::kind::FileKind;
use crate::models::Models;
use crate::pipeline::jenkins;
use crate::shell::{Command, Script};
use crate::source::SourceFile;
use crate::system::System;
use crate::yaml::{self, Node};

impl Skeleton {
    /// What is parsed of a file, by every reader that reads it.
    pub fn of(models: &Models<'_>) -> Self {
        let mut all = Self::default();
        let file = models.file();
        all.read_yaml(file, models);
        match file.kind {
            FileKind::Terraform if !file.name().ends_with(".json") => all.read_hcl(&file.text),
            FileKind::Dockerfile => all.read_dockerfile(models),
            FileKind::Pipeline(System::Jenkins) => {
                all.parts.extend(
                    jenkins::described(&file.text).into_iter().map(|(kind, bytes, text)| Part {
                        kind,
                        bytes,
                        text,
                    }),
                );
            }
            _ => {}
        }
        for placed in models.scripts() {
            all.script(&placed.script);
        }
        for (_, _, script) in models.pipeline().into_iter().flat_map(|pipeline| pipeline.scripts()) {
            all.script(script);
        }
        let mut seen = HashSet::new();
        all.parts.retain(|part| seen.insert(part.clone()));
        all
    }

    fn push(&mut self, kind: &'static str, bytes: &Range<usize>, text: impl Into<String>) {
        self.parts.push(Part { kind, bytes: bytes.clone(), text: text.into() });
    }

    fn read_yaml(&mut self, file: &SourceFile, models: &Models<'_>) {
        if !file.is_yaml() {
            return;
        }
        let is_json = file.name().to_ascii_lowercase().ends_with(".json")
            || matches!(file.kind, FileKind::NodePackage | FileKind::ClientConfig);
        if is_json && ecrpass_json::Document::parse(&file.text).is_err() {
            self.damaged.push("JSON");
        }
        if yaml::read(&file.text).is_err() {
            self.damaged.push("YAML");
        }
        for document in models.yaml().unwrap_or_default() {
            self.node(document);
        }
    }

    fn node(&mut self, node: &Node) {
        if let Some(text) = node.text() {
            self.push("scalar", &node.bytes, format!("{:?} {text}", node.style()));
        } else if let Some(items) = node.items() {
            self.push("list", &node.bytes, "");
            items.iter().for_each(|item| self.node(item));
        } else if let Some(members) = node.members() {
            self.push("mapping", &node.bytes, "");
            let mut keys = HashSet::new();
            for (key, value) in members {
                self.repeated += usize::from(!keys.insert(key.text.as_str()));
                self.push("key", &key.bytes, key.text.as_str());
                self.node(value);
            }
        }
    }

    fn read_hcl(&mut self, text: &str) {
        let Some((blocks, attributes)) = hcl::read(text) else {
            self.damaged.push("HCL");
            return;
        };
        for block in &blocks {
            self.push("block", &block.bytes, format!("{} {:?}", block.kind, block.labels));
            self.datum(&block.body);
        }
        self.entries(&attributes);
    }

    fn entries(&mut self, datum: &Datum) {
        for entry in datum.entries() {
            self.push("key", &entry.key_bytes, entry.key.as_str());
            self.datum(&entry.value);
        }
    }

    fn datum(&mut self, datum: &Datum) {
        let bytes = &datum.bytes;
        match &datum.kind {
            DatumKind::Null | DatumKind::Unknown => self.push("value", bytes, ""),
            DatumKind::Plain(text) | DatumKind::Reference(text) => self.push("value", bytes, text.as_str()),
            DatumKind::Text(passage) => self.push("value", bytes, passage.text()),
            DatumKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Value(value) = part {
                        self.datum(value);
                    }
                }
                self.push("value", bytes, "");
            }
            DatumKind::List(items) => {
                self.push("list", bytes, "");
                items.iter().for_each(|item| self.datum(item));
            }
            DatumKind::Map(_) => {
                self.push("mapping", bytes, "");
                self.entries(datum);
            }
            DatumKind::Call(name, arguments) => {
                self.push("call", bytes, name.as_str());
                arguments.iter().for_each(|argument| self.datum(argument));
            }
        }
    }

    fn read_dockerfile(&mut self, models: &Models<'_>) {
        match models.dockerfile() {
            Some(dockerfile) => {
                for step in &dockerfile.instructions {
                    // Inside are places, which move.
                    let text = models.file().text.get(step.bytes.clone()).unwrap_or_default();
                    self.push("instruction", &step.bytes, text);
                }
            }
            None => self.damaged.push("Dockerfile"),
        }
    }

    fn script(&mut self, script: &Script) {
        for script in script.all() {
            for command in &script.commands {
                self.push("command", &command.bytes, described(command));
            }
        }
    }
}

/// What a command is, without what other commands make of it.
fn described(command: &Command) -> String {
    let mut text = String::new();
    let words = command.wrappers.iter().chain(&command.words);
    let assigned = command.assignments.iter().map(|(_, word)| word);
    for word in words.chain(assigned).chain(&command.here).chain(&command.input) {
        text.push_str(&word.raw);
        text.push('\n');
    }
    text
}
