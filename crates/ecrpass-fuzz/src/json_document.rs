//! JSON with places, and edits that keep every other byte.

use ecrpass_json::{Document, New, Value, parse};

use crate::hold::spans;

/// Every value lies in the text and is read from its own bytes again; a member that is taken out takes no other with it.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match parse(text) {
        Ok(root) => walk(text, &root),
        Err(error) => assert!(error.offset <= text.len(), "{error:?}"),
    }
    let Ok(document) = Document::parse(text) else { return };
    let members = document.root().members().unwrap_or_default();
    for (at, member) in members.iter().enumerate() {
        let Some(without) = document.remove(&[at]) else { continue };
        let left: Vec<&str> = keys(&without);
        let expected: Vec<&str> = members
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, m)| m.key.as_str())
            .collect();
        assert_eq!(left, expected, "{text:?} without {:?}", member.key);
    }
    if let Some(more) = document.insert(&[], "added", New::Text("@\"\\".to_owned())) {
        let added = more.root().members().unwrap_or_default().last();
        assert_eq!(added.and_then(|member| member.value.text()), Some("@\"\\"), "{:?}", more.text());
        // And taken out again, what was there before is there.
        assert_eq!(more.remove(&[members.len()]).map(|back| keys(&back).len()), Some(members.len()));
    }
}

fn keys(document: &Document) -> Vec<&str> {
    document.root().members().unwrap_or_default().iter().map(|member| member.key.as_str()).collect()
}

fn walk(text: &str, value: &Value) {
    spans(text, &value.span, &value.kind_name());
    for member in value.members().unwrap_or_default() {
        spans(text, &member.key_span, &member.key);
        walk(text, &member.value);
    }
    for item in value.items().unwrap_or_default() {
        walk(text, item);
    }
}
