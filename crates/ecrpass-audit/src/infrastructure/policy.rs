//! IAM documents written as values: as JSON's values with the same places, which is what `ecrpass-iam` reads.
//!
//! What is not known stands in a text as `${…}`, so that whoever looks at it can tell.

use std::ops::Range;

use ecrpass_iam::document::{Document, read_source, read_value};
use ecrpass_iam::source::Source;
use ecrpass_json::{JsonKind, Member, Value};

use super::datum::{Datum, DatumKind, Entry};
use super::scope::Scope;
use crate::passage::Passage;

/// How deep a value may stand in others.
const MAX_DEPTH: usize = 40;

/// The longest function that a name is followed to, in bytes.
const MAX_FOLLOWED: usize = 4096;

/// Reads a document that is written as an object.
pub fn of_object(source: &Source, scope: &Scope<'_>, datum: &Datum) -> Option<Document> {
    read_value(source, &value(scope, datum, MAX_DEPTH)).document
}

/// Reads a document that is JSON in a text.
pub fn of_text(source: &Source, passage: &Passage) -> Option<Document> {
    let text = passage.text();
    if !text.contains("\"Statement\"") {
        return None;
    }
    let mut runs = Vec::new();
    let mut last = None;
    // A run for each line and each jump is enough: between them both texts go on side by side.
    for at in 0..text.len() {
        let there = passage.place(at);
        if last.is_none_or(|last| last + 1 != there) {
            runs.push((at, there));
        }
        last = Some(there);
    }
    read_source(&source.inside(text.to_owned(), runs)).document
}

/// Reads an `aws_iam_policy_document` of Terraform.
pub fn of_data_source(source: &Source, scope: &Scope<'_>, body: &Datum) -> Option<Document> {
    let statements: Vec<Value> =
        body.all("statement").filter_map(|entry| statement(scope, &entry.value)).collect();
    let bytes = body.bytes.clone();
    let list = Value { span: bytes.clone(), kind: JsonKind::Array(statements) };
    let members = vec![
        member("Version", &bytes, text("2012-10-17", bytes.start..bytes.start)),
        member("Statement", &bytes, list),
    ];
    read_value(source, &Value { span: bytes, kind: JsonKind::Object(members) }).document
}

/// Whether a data source has statements that are not written in it.
pub fn is_partial(body: &Datum) -> bool {
    let names = ["source_policy_documents", "override_policy_documents", "source_json", "override_json"];
    names.iter().any(|name| body.get(name).is_some())
        || body.all("statement").any(|entry| entry.value.is_open())
}

fn statement(scope: &Scope<'_>, block: &Datum) -> Option<Value> {
    if block.is_open() {
        return None;
    }
    let span = block.bytes.clone();
    let mut members = Vec::new();
    let mut push = |key: &str, entry: Option<&Entry>| {
        if let Some(entry) = entry {
            members.push(member(key, &entry.key_bytes, value(scope, &entry.value, MAX_DEPTH)));
        }
    };
    push("Sid", block.entry("sid"));
    push("Effect", block.entry("effect"));
    push("Action", block.entry("actions"));
    push("NotAction", block.entry("not_actions"));
    push("Resource", block.entry("resources"));
    push("NotResource", block.entry("not_resources"));
    if block.get("effect").is_none() {
        members.push(member("Effect", &(span.start..span.start), text("Allow", span.start..span.start)));
    }
    for (block_name, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let keys = first_key(block, block_name);
        members.extend(principals(scope, block, block_name).map(|principals| member(key, &keys, principals)));
    }
    members.extend(conditions(scope, block).map(|conditions| member("Condition", &span, conditions)));
    Some(Value { span, kind: JsonKind::Object(members) })
}

/// The bytes of the first block's name.
fn first_key(block: &Datum, name: &str) -> Range<usize> {
    block.all(name).next().map(|entry| entry.key_bytes.clone()).unwrap_or_default()
}

fn principals(scope: &Scope<'_>, block: &Datum, name: &str) -> Option<Value> {
    let mut found: Vec<Member> = Vec::new();
    let mut span: Option<Range<usize>> = None;
    for each in block.all(name).map(|entry| &entry.value) {
        let kind = each.get("type").map_or_else(|| "${?}".to_owned(), |kind| said(scope, kind));
        let identifiers = each.get("identifiers").map(|list| value(scope, list, MAX_DEPTH));
        let identifiers = identifiers.unwrap_or_else(|| text("${?}", each.bytes.clone()));
        span = Some(span.map_or(each.bytes.clone(), |span| span.start..each.bytes.end));
        let key = if kind == "*" { "AWS" } else { &kind };
        match found.iter_mut().find(|member| member.key == key) {
            Some(member) => join(&mut member.value, identifiers),
            None => found.push(member(key, &each.bytes, identifiers)),
        }
    }
    Some(Value { span: span?, kind: JsonKind::Object(found) })
}

fn conditions(scope: &Scope<'_>, block: &Datum) -> Option<Value> {
    let mut found: Vec<Member> = Vec::new();
    let mut span: Option<Range<usize>> = None;
    for each in block.all("condition").map(|entry| &entry.value) {
        if each.is_open() {
            // Something is asked for, and nobody knows what.
            let unknown = member("${?}", &each.bytes, text("${?}", each.bytes.clone()));
            let kind = JsonKind::Object(vec![unknown]);
            found.push(member("${?}", &each.bytes, Value { span: each.bytes.clone(), kind }));
            span = Some(span.map_or(each.bytes.clone(), |span| span.start..each.bytes.end));
            continue;
        }
        let said = |key: &str| each.get(key).map_or_else(|| "${?}".to_owned(), |kind| said(scope, kind));
        let (test, variable) = (said("test"), said("variable"));
        let values = each.get("values").map(|list| value(scope, list, MAX_DEPTH));
        let values = values.unwrap_or_else(|| text("${?}", each.bytes.clone()));
        span = Some(span.map_or(each.bytes.clone(), |span| span.start..each.bytes.end));
        let key_bytes = each.entry("variable").map_or(each.bytes.clone(), |entry| entry.value.bytes.clone());
        let line = member(&variable, &key_bytes, values);
        match found.iter_mut().find(|member| member.key == test) {
            Some(operator) => {
                if let JsonKind::Object(lines) = &mut operator.value.kind {
                    match lines.iter_mut().find(|line| line.key == variable) {
                        Some(same) => join(&mut same.value, line.value),
                        None => lines.push(line),
                    }
                }
            }
            None => {
                let object = Value { span: each.bytes.clone(), kind: JsonKind::Object(vec![line]) };
                let test_bytes =
                    each.entry("test").map_or(each.bytes.clone(), |entry| entry.value.bytes.clone());
                found.push(member(&test, &test_bytes, object));
            }
        }
    }
    Some(Value { span: span?, kind: JsonKind::Object(found) })
}

/// Puts one list behind another.
fn join(list: &mut Value, more: Value) {
    let placeholder = Value { span: 0..0, kind: JsonKind::Null };
    let first = std::mem::replace(list, placeholder);
    let span = first.span.clone();
    let mut all = Vec::new();
    for each in [first, more] {
        match each.kind {
            JsonKind::Array(values) => all.extend(values),
            _ => all.push(each),
        }
    }
    *list = Value { span, kind: JsonKind::Array(all) };
}

/// A value that is one text, as far as it is known.
fn said(scope: &Scope<'_>, datum: &Datum) -> String {
    let text = scope.known(datum).alternatives().next().unwrap_or("${?}").to_owned();
    repository_arn(scope, &text).unwrap_or(text)
}

/// The ARN of a repository that a template of CloudFormation declares, where a text is its attribute and what follows.
fn repository_arn(scope: &Scope<'_>, text: &str) -> Option<String> {
    let (attribute, rest) = text.strip_prefix("${")?.split_once('}')?;
    let name = attribute.strip_suffix(".Arn")?;
    let (_, resource, _) = scope.resource(name).filter(|(_, _, rest)| rest.is_empty())?;
    let front = "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository";
    resource.is(&["AWS::ECR::Repository"]).then(|| format!("{front}/${{{name}}}{rest}"))
}

/// A value as JSON's, with its places. Names are followed where what they stand for is in the same file, or is a text.
fn value(scope: &Scope<'_>, datum: &Datum, depth: usize) -> Value {
    let span = datum.bytes.clone();
    let Some(depth) = depth.checked_sub(1) else { return text("${?}", span) };
    match &datum.kind {
        DatumKind::Null => Value { span, kind: JsonKind::Null },
        DatumKind::List(items) => {
            let items = items.iter().map(|item| value(scope, item, depth)).collect();
            Value { span, kind: JsonKind::Array(items) }
        }
        DatumKind::Map(entries) => {
            let member =
                |entry: &Entry| member(&entry.key, &entry.key_bytes, value(scope, &entry.value, depth));
            Value { span, kind: JsonKind::Object(entries.iter().map(member).collect()) }
        }
        DatumKind::Reference(name) => {
            let followed = scope.follow(datum).datum;
            match &followed.kind {
                // The values are another place's; what is blamed is this one.
                DatumKind::List(_) | DatumKind::Map(_) => placed(value(scope, followed, depth), &span),
                DatumKind::Call(function, _)
                    if followed.bytes.len() <= MAX_FOLLOWED
                        && matches!(
                            function.as_str(),
                            "concat" | "flatten" | "distinct" | "compact" | "for"
                        ) =>
                {
                    // What is joined there may name others, and these others again.
                    placed(value(scope, followed, depth / 4), &span)
                }
                _ => text(&said_or_named(scope, datum, name), span),
            }
        }
        DatumKind::Call(name, arguments)
            if matches!(name.as_str(), "concat" | "flatten" | "distinct" | "compact") =>
        {
            let mut all = Value { span: span.clone(), kind: JsonKind::Array(Vec::new()) };
            for argument in arguments {
                join(&mut all, value(scope, argument, depth));
            }
            Value { span, ..all }
        }
        DatumKind::Call(name, arguments) if name == "for" => match arguments.get(1) {
            Some(made) if made.reference().is_some() || matches!(made.kind, DatumKind::Template(_)) => {
                text(&said(scope, made), span)
            }
            _ => text("${?}", span),
        },
        DatumKind::Call(name, arguments) if name == "if" => {
            // Either may be in force: nothing is known, but for what both have.
            match arguments.as_slice() {
                [_, one, other] if said(scope, one) == said(scope, other) => text(&said(scope, one), span),
                _ => text("${?}", span),
            }
        }
        _ => text(&said(scope, datum), span),
    }
}

fn said_or_named(scope: &Scope<'_>, datum: &Datum, name: &str) -> String {
    match scope.known(datum).alternatives().collect::<Vec<_>>().as_slice() {
        [one] if *one != "${?}" => repository_arn(scope, one).unwrap_or_else(|| (*one).to_owned()),
        _ => format!("${{{name}}}"),
    }
}

/// A value and all in it at one place.
fn placed(value: Value, span: &Range<usize>) -> Value {
    let kind = match value.kind {
        JsonKind::Array(items) => JsonKind::Array(items.into_iter().map(|item| placed(item, span)).collect()),
        JsonKind::Object(members) => JsonKind::Object(
            members
                .into_iter()
                .map(|one| Member { key_span: span.clone(), value: placed(one.value, span), key: one.key })
                .collect(),
        ),
        kind => kind,
    };
    Value { span: span.clone(), kind }
}

fn member(key: &str, key_span: &Range<usize>, value: Value) -> Member {
    Member { key: key.to_owned(), key_span: key_span.clone(), value }
}

fn text(text: &str, span: Range<usize>) -> Value {
    Value { span, kind: JsonKind::String(text.to_owned().into()) }
}
