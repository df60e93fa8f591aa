//! YAML and JSON as values: what CloudFormation puts in (`!Ref`, `Fn::Sub`) becomes references and templates.

use std::ops::Range;

use super::datum::{Datum, DatumKind, Entry, Part};
use crate::passage::Passage;
use crate::yaml::{Node, Style};

/// How deep values may stand in each other.
const MAX_DEPTH: usize = 100;

/// A node as a value.
pub fn datum(node: &Node) -> Datum {
    at_depth(node, 0)
}

fn at_depth(node: &Node, depth: usize) -> Datum {
    if depth > MAX_DEPTH {
        return Datum::new(node.bytes.clone(), DatumKind::Unknown);
    }
    let kind = match (node.tag.as_deref(), node.members(), node.items()) {
        (Some(tag), ..) if tag.starts_with('!') && tag != "!" && !tag.starts_with("!!") => {
            intrinsic(tag.trim_start_matches('!'), node, depth)
        }
        (_, Some([(key, value)]), _) if key.text == "Ref" || key.text.starts_with("Fn::") => {
            intrinsic(key.text.trim_start_matches("Fn::"), value, depth)
        }
        (_, Some(members), _) => DatumKind::Map(
            members
                .iter()
                .map(|(key, value)| Entry {
                    key: key.text.clone(),
                    key_bytes: key.bytes.clone(),
                    value: at_depth(value, depth + 1),
                })
                .collect(),
        ),
        (_, _, Some(items)) => DatumKind::List(items.iter().map(|item| at_depth(item, depth + 1)).collect()),
        _ => scalar(node),
    };
    Datum::new(node.bytes.clone(), kind)
}

fn scalar(node: &Node) -> DatumKind {
    let Some(passage) = node.passage() else { return DatumKind::Null };
    let text = passage.text();
    let is_plain = node.style() == Some(Style::Plain)
        && (matches!(text, "true" | "false") || text.parse::<f64>().is_ok() && text.len() < 12);
    if is_plain { DatumKind::Plain(text.to_owned()) } else { DatumKind::Text(passage.clone()) }
}

/// An intrinsic function of CloudFormation, by its name without `!` or `Fn::`.
fn intrinsic(name: &str, argument: &Node, depth: usize) -> DatumKind {
    match name {
        "Ref" => argument.text().map_or(DatumKind::Unknown, |name| DatumKind::Reference(name.to_owned())),
        "GetAtt" => {
            let parts: Vec<&str> = argument.each().iter().filter_map(Node::text).collect();
            if parts.is_empty() { DatumKind::Unknown } else { DatumKind::Reference(parts.join(".")) }
        }
        "Sub" => {
            let (template, values) = match argument.items() {
                Some([template, values]) => (Some(template), Some(values)),
                Some([template]) => (Some(template), None),
                _ => (Some(argument), None),
            };
            match template.and_then(Node::passage) {
                Some(passage) => substituted(passage, values, depth),
                None => DatumKind::Unknown,
            }
        }
        // What it encodes is a script.
        "Base64" => DatumKind::Call("base64encode".to_owned(), vec![inner(argument, depth)]),
        "Join" => {
            let arguments = argument.each().iter().map(|each| at_depth(each, depth + 1)).collect();
            DatumKind::Call("join".to_owned(), arguments)
        }
        "If" => {
            let arguments = argument.each().iter().map(|each| at_depth(each, depth + 1)).collect();
            DatumKind::Call("if".to_owned(), arguments)
        }
        _ => DatumKind::Unknown,
    }
}

/// The argument itself: a tagged scalar or mapping is not looked at for its tag again.
fn inner(argument: &Node, depth: usize) -> Datum {
    if argument.tag.as_deref() != Some("!Base64") {
        return at_depth(argument, depth + 1);
    }
    let kind = match argument.members() {
        Some([(key, value)]) if key.text == "Ref" || key.text.starts_with("Fn::") => {
            intrinsic(key.text.trim_start_matches("Fn::"), value, depth + 1)
        }
        _ => scalar(argument),
    };
    Datum::new(argument.bytes.clone(), kind)
}

/// `Fn::Sub`: `${Name}` is put in, `${!Name}` stays.
fn substituted(passage: &Passage, values: Option<&Node>, depth: usize) -> DatumKind {
    let text = passage.text();
    let mut parts = Vec::new();
    let mut from = 0;
    let literal = |range: Range<usize>, parts: &mut Vec<Part>| {
        if !range.is_empty() {
            parts.extend(passage.part(range).map(Part::Literal));
        }
    };
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("${")).map(|at| from + at) {
        let Some(end) = text.get(start..).and_then(|rest| rest.find('}')).map(|at| start + at) else { break };
        let name = text.get(start + 2..end).unwrap_or_default().trim();
        literal(from..start, &mut parts);
        if let Some(kept) = name.strip_prefix('!') {
            let mut kept_passage = Passage::default();
            kept_passage.push_for(&format!("${{{kept}}}"), &passage.places(start..end + 1));
            parts.push(Part::Literal(kept_passage));
        } else {
            let kind = match values.and_then(|values| values.get(name)) {
                Some(value) => at_depth(value, depth + 1).kind,
                None => DatumKind::Reference(name.to_owned()),
            };
            parts.push(Part::Value(Datum::new(passage.places(start..end + 1), kind)));
        }
        from = end + 1;
    }
    if parts.is_empty() {
        return DatumKind::Text(passage.clone());
    }
    literal(from..text.len(), &mut parts);
    DatumKind::Template(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Datum {
        datum(&crate::yaml::read(text).unwrap()[0])
    }

    #[test]
    fn short_and_long_forms_are_one() {
        for text in ["a: !Ref X\n", "a: {Ref: X}\n"] {
            assert_eq!(read(text).get("a").unwrap().reference(), Some("X"), "{text}");
        }
        for text in ["a: !GetAtt X.Arn\n", "a: {'Fn::GetAtt': [X, Arn]}\n", "a: !GetAtt [X, Arn]\n"] {
            assert_eq!(read(text).get("a").unwrap().reference(), Some("X.Arn"), "{text}");
        }
        for text in ["a: !Sub 'x/${Y}/${!Z}'\n", "a: {'Fn::Sub': 'x/${Y}/${!Z}'}\n"] {
            let value = read(text);
            let DatumKind::Template(parts) = &value.get("a").unwrap().kind else { panic!("{text}") };
            assert_eq!(parts.len(), 4);
        }
        let text = "a:\n  Fn::Base64: !Sub |\n    #!/bin/sh\n    echo ${X}\n";
        let value = read(text);
        let DatumKind::Call(name, arguments) = &value.get("a").unwrap().kind else { panic!() };
        assert_eq!((name.as_str(), arguments.len()), ("base64encode", 1));
        assert!(matches!(arguments[0].kind, DatumKind::Template(_)));
    }
}
