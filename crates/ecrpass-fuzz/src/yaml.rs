//! YAML and JSON with places, as the audit and the diagnosis read them: compose files, manifests, templates, tasks.

use std::ops::Range;

use ecrpass_audit::yaml::{Node, read_partly};
use ecrpass_diagnosis::inputs::named_registries::named_registries;
use ecrpass_diagnosis::inputs::policies::policies;
use ecrpass_diagnosis::inputs::secret_text::{secret_texts, with_secret_text};
use ecrpass_diagnosis::inputs::{FilePosition, dot_env, pods, read};
use ecrpass_iam::source::Source;

use crate::hold::{chosen, hidden, lies_in, planted, spans};

/// Names that tell what a file is, where its text does not.
pub const NAMES: [&str; 8] = [
    "compose.yaml",
    "pod.yaml",
    "values.yaml",
    "Dockerfile",
    "task-definition.json",
    "template.yaml",
    "events.json",
    "-",
];

/// Places lie in the text, messages are without secrets, and a pull secret that is rewritten holds what was written.
pub fn run(input: &[u8]) {
    let Some((name, rest)) = chosen(&NAMES, input) else { return };
    let Some(text) = planted(rest) else { return };
    let (documents, _) = read_partly(&text);
    documents.iter().for_each(|document| walk(&text, document));
    let variable = |name: &str| (name == "TAG").then(|| "1.0".to_owned());
    if let Ok(file) = read(name, &text, &variable) {
        let body = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let within = |place: &FilePosition| lies_in(body, place.line, place.column, place);
        file.targets.iter().filter_map(|target| target.place.as_ref()).for_each(within);
        file.continued.iter().for_each(|(place, _)| within(place));
        for (place, message) in &file.messages {
            within(place);
            hidden(message, "a message");
        }
    }
    let lines = text.split('\n').count();
    for named in named_registries(name, &text, &variable) {
        assert!((1..=lines).contains(&named.line), "{named:?} of {lines} lines");
    }
    let _ = pods(name, &text, None);
    let _ = policies(&Source::file(name, &text), None, None);
    for value in dot_env(&text, &variable).into_values() {
        assert!(value.len() <= text.len() + 1024 * 1024, "a variable of {} bytes", value.len());
    }
    pull_secrets(&text);
}

fn walk(text: &str, node: &Node) {
    spans(text, &node.bytes, &node.tag);
    for (key, value) in node.members().unwrap_or_default() {
        let bytes: &Range<usize> = &key.bytes;
        spans(text, bytes, &key.text);
        walk(text, value);
    }
    node.items().unwrap_or_default().iter().for_each(|item| walk(text, item));
}

fn pull_secrets(text: &str) {
    const NEW: &str = "{\"auths\":{}}";
    let count = secret_texts(text).map_or(0, |found| found.len());
    for index in 0..count.min(4) {
        let Some(written) = with_secret_text(text, index, NEW) else { continue };
        let again = secret_texts(written.expose()).unwrap_or_default();
        assert_eq!(again.len(), count, "{text:?}");
        let read = again.get(index).and_then(|one| one.text.as_ref().ok());
        assert!(read.is_some_and(|text| text.expose() == NEW), "{text:?}");
    }
}
