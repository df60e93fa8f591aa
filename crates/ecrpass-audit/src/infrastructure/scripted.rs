//! IAM documents that scripts hold: in here-documents that they write, and as arguments of the AWS CLI.

use ecrpass_iam::layer::Layer;
use ecrpass_iam::source::Source;

use super::policies::{Form, FoundPolicy};
use super::policy;
use crate::passage::Passage;
use crate::shell::{Command, Script};

/// The options that take a document, and what kind of policy each is.
const OPTIONS: [(&str, Option<Layer>); 4] = [
    ("--assume-role-policy-document", Some(Layer::Trust)),
    ("--policy-text", Some(Layer::Repository)),
    ("--policy-document", None),
    ("--policy", None),
];

/// The documents of a script. `source` is the file that it stands in.
pub fn of(source: &Source, script: &Script) -> Vec<FoundPolicy> {
    let mut found = Vec::new();
    for written in &script.written {
        let document = written.passage.as_ref().and_then(|passage| policy::of_text(source, passage));
        found.extend(document.map(|document| whole(document, None)));
    }
    for command in script.commands.iter().filter(|command| !command.is_off && command.program() == "aws") {
        for (option, layer) in OPTIONS {
            let document =
                argument(source.text(), command, option).and_then(|text| policy::of_text(source, &text));
            let layer = layer.or_else(|| of_command(command));
            found.extend(document.map(|document| whole(document, layer)));
        }
    }
    found
}

fn whole(document: ecrpass_iam::Document, layer: Option<Layer>) -> FoundPolicy {
    FoundPolicy { document, layer, owners: Vec::new(), is_partial: false, form: Form::Json }
}

/// What the command makes of it.
fn of_command(command: &Command) -> Option<Layer> {
    let verb = command.words.get(2)?.shown();
    match verb {
        "put-role-policy" | "put-user-policy" | "put-group-policy" => Some(Layer::Identity),
        "update-assume-role-policy" => Some(Layer::Trust),
        "create-policy" if command.words.get(1)?.shown() == "organizations" => Some(Layer::ServiceControl),
        _ => None,
    }
}

/// An option's value as it stands in the file.
fn argument(text: &str, command: &Command, option: &str) -> Option<Passage> {
    let at = command.words.iter().position(|word| word.raw == option)?;
    let word = command.words.get(at + 1)?;
    let written = text.get(word.bytes.clone())?;
    let quote = usize::from(written.starts_with(['"', '\'']));
    // With escapes in it, it stands elsewhere than it reads.
    (written.len() == word.raw.len() + 2 * quote)
        .then(|| Passage::verbatim(word.raw.clone(), word.bytes.start + quote))
}
