//! The audit's models: scripts of three shells, Dockerfiles, HCL. Everything they say stands in the text.

use ecrpass_audit::dockerfile::{self, StepKind};
use ecrpass_audit::infrastructure::datum::{Datum, DatumKind, Part};
use ecrpass_audit::infrastructure::hcl;
use ecrpass_audit::known::Known;
use ecrpass_audit::passage::Passage;
use ecrpass_audit::shell::{self, Dialect, Script, Word};

use crate::hold::{chosen, spans};

/// What is read.
pub enum Model {
    /// A script.
    Shell(Dialect),
    /// A Dockerfile.
    Dockerfile,
    /// Terraform and its kin.
    Hcl,
}

/// The models, as the first byte chooses them.
pub const MODELS: [Model; 5] = [
    Model::Shell(Dialect::Posix),
    Model::Shell(Dialect::PowerShell),
    Model::Shell(Dialect::Cmd),
    Model::Dockerfile,
    Model::Hcl,
];

/// Every word, instruction and value lies in the text, and commands refer to commands that are there.
pub fn run(input: &[u8]) {
    let Some((model, rest)) = chosen(&MODELS, input) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    match model {
        Model::Shell(dialect) => {
            let known = |name: &str| (name == "REGION").then(|| Known::Exactly("eu-west-1".to_owned()));
            script(text, &shell::read(&Passage::verbatim(text, 0), *dialect, &known, false));
        }
        Model::Dockerfile => dockerfile(text),
        Model::Hcl => {
            let Some((blocks, attributes)) = hcl::read(text) else { return };
            datum(text, &attributes);
            for block in &blocks {
                spans(text, &block.bytes, &block.kind);
                datum(text, &block.body);
            }
        }
    }
}

fn script(text: &str, script: &Script) {
    let count = script.commands.len();
    let word = |word: &Word| spans(text, &word.bytes, word);
    for command in &script.commands {
        spans(text, &command.bytes, command);
        command.words.iter().chain(&command.wrappers).for_each(word);
        command.assignments.iter().for_each(|(_, value)| word(value));
        command.here.iter().chain(&command.input).for_each(word);
        assert!(command.reads.is_none_or(|index| index < count), "{command:?} of {count}");
        match &command.output {
            shell::Output::Pipe(index) | shell::Output::Argument(index) => {
                assert!(*index < count, "{command:?} of {count}");
            }
            shell::Output::File(file) => word(file),
            _ => {}
        }
    }
    for function in &script.functions {
        assert!(script.commands.get(function.commands.clone()).is_some(), "{function:?} of {count}");
    }
    for written in &script.written {
        word(&written.path);
        assert!(written.command < count, "{written:?} of {count}");
    }
}

fn dockerfile(text: &str) {
    let Some(read) = dockerfile::read(text) else { return };
    for step in &read.instructions {
        spans(text, &step.bytes, step);
        assert!(step.stage.is_none_or(|stage| stage < read.stages.len()), "{step:?}");
        if let StepKind::Copy { sources, target, .. } = &step.kind {
            sources.iter().chain([target]).for_each(|(path, bytes)| spans(text, bytes, path));
        }
    }
}

fn datum(text: &str, value: &Datum) {
    spans(text, &value.bytes, &value.kind);
    match &value.kind {
        DatumKind::List(items) | DatumKind::Call(_, items) => items.iter().for_each(|item| datum(text, item)),
        DatumKind::Map(entries) => entries.iter().for_each(|entry| {
            spans(text, &entry.key_bytes, &entry.key);
            datum(text, &entry.value);
        }),
        DatumKind::Template(parts) => parts.iter().for_each(|part| match part {
            Part::Value(inside) => datum(text, inside),
            Part::Literal(_) => {}
        }),
        DatumKind::Null
        | DatumKind::Plain(_)
        | DatumKind::Text(_)
        | DatumKind::Reference(_)
        | DatumKind::Unknown => {}
    }
}
