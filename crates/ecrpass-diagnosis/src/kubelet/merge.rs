//! Puts our provider into a configuration that is there already: other providers stay as they are, letter by letter, and
//! of ours only what is wanted changes.
//!
//! The text is edited, not written anew, so that comments and order stay; then it is read back, and what was not to
//! change must be the same.

mod in_place;

use ecrpass_json::{JsonKind, Value as Json};

use self::in_place::Change;
use super::check::{ConfigFile, Surroundings, check};
use super::generate::{Refused, Wanted};
use super::names::PROVIDER;
use crate::finding::Severity;
use crate::inputs::tree::{self, Node};

/// The fields of a provider that are kept.
const KNOWN: [&str; 7] =
    ["apiVersion", "args", "defaultCacheDuration", "env", "matchImages", "name", "tokenAttributes"];

/// A provider as it is to be.
struct Item {
    images: Vec<String>,
    duration: String,
    api: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    /// As JSON, which is YAML as well.
    tokens: Option<serde_json::Value>,
}

/// The configuration with our provider as wanted; the same text where it is so already.
///
/// # Errors
/// [`Refused`] where the kubelet would not start with it, or where it is written in a way that is better changed by hand.
pub fn merge(existing: Option<&str>, wanted: &Wanted) -> Result<String, Refused> {
    let fresh = wanted.config()?;
    let Some(text) = existing.filter(|text| !text.trim().is_empty()) else { return Ok(fresh) };
    let root = only_document(text).ok_or_else(|| by_hand("it is not one document of YAML or JSON"))?;
    let model = only_document(&fresh).ok_or_else(|| by_hand("what would be written cannot be read"))?;
    let list = root.get("providers").and_then(Node::items).unwrap_or_default();
    let ours = list.iter().position(|item| item.text_of("name") == Some(PROVIDER));
    let item = item(ours.and_then(|at| list.get(at)), first(&model)?, wanted)?;
    let Some(item) = item else { return Ok(text.to_owned()) };
    if let Some(merged) = ours.and_then(|at| changed_in_place(text, &root, at, &item)) {
        refuse_mistakes(&merged, wanted)?;
        return Ok(merged);
    }
    let merged = match ecrpass_json::parse(text) {
        Ok(json) => in_json(text, &json, ours, &item),
        Err(_) => in_yaml(text, list, ours, &item),
    };
    let merged = merged.ok_or_else(|| by_hand("its list of providers is written in a way of its own"))?;
    prove(&root, ours, &merged, &item.json())?;
    refuse_mistakes(&merged, wanted)?;
    Ok(merged)
}

/// With our entry changed where it stands, so that all else of it stays; `None` where that cannot be proved.
fn changed_in_place(text: &str, root: &Node, at: usize, item: &Item) -> Option<String> {
    let list = root.items_of("providers");
    let entry = list.get(at)?;
    let mut expected = json(entry);
    let images = texts(entry.items_of("matchImages"));
    let old = entry.get("tokenAttributes").map(json);
    let change = Change {
        images: item.images.strip_prefix(images.as_slice())?,
        api: (entry.text_of("apiVersion") != Some(&item.api)).then_some(item.api.as_str()),
        tokens: item.tokens.as_ref().filter(|tokens| old.as_ref() != Some(*tokens)),
    };
    let fields = expected.as_object_mut()?;
    fields.insert("matchImages".to_owned(), item.images.clone().into());
    fields.insert("apiVersion".to_owned(), item.api.clone().into());
    fields.extend(item.tokens.clone().map(|tokens| ("tokenAttributes".to_owned(), tokens)));
    let merged = match ecrpass_json::parse(text) {
        Ok(document) => {
            let list = &document.members()?.iter().rfind(|member| member.key == "providers")?.value;
            let JsonKind::Array(entries) = &list.kind else { return None };
            in_place::json(text, entries.get(at)?, &change)
        }
        Err(_) => in_place::yaml(text, entry, &lines_of(text, list, at)?, &change),
    }?;
    prove(root, Some(at), &merged, &expected).ok().map(|()| merged)
}

fn only_document(text: &str) -> Option<Node> {
    let mut documents = tree::read("", text).ok()?;
    (documents.len() == 1).then(|| documents.pop()).flatten().filter(|root| root.members().is_some())
}

fn first(model: &Node) -> Result<&Node, Refused> {
    model.items_of("providers").first().ok_or_else(|| by_hand("what would be written has no provider"))
}

fn by_hand(why: &str) -> Refused {
    Refused {
        what: format!("The kubelet's configuration is left as it is: {why}."),
        next: "put the provider in by hand: ecrpass kubelet config shows it, ecrpass kubelet check finds mistakes".to_owned(),
    }
}

/// What our provider is to be; `None` where it is so.
fn item(existing: Option<&Node>, model: &Node, wanted: &Wanted) -> Result<Option<Item>, Refused> {
    let tokens_wanted = model.get("tokenAttributes").map(json);
    let Some(node) = existing else {
        return Ok(Some(Item {
            images: texts(model.items_of("matchImages")),
            duration: model.owned("defaultCacheDuration").unwrap_or_default(),
            api: model.owned("apiVersion").unwrap_or_default(),
            args: Vec::new(),
            env: Vec::new(),
            tokens: tokens_wanted,
        }));
    };
    if let Some((key, _)) =
        node.members().unwrap_or_default().iter().find(|(key, _)| !KNOWN.contains(&key.as_str()))
    {
        return Err(by_hand(&format!(
            "its entry {PROVIDER} has a field `{key}` that the kubelet does not know"
        )));
    }
    let mut images = texts(node.items_of("matchImages"));
    // A pattern that is there covers the hosts that it matches.
    let before = images.len();
    for host in &wanted.hosts {
        let is_covered = images.iter().any(|pattern| super::pattern::matches_image(pattern, host));
        if !is_covered {
            images.push(host.clone());
        }
    }
    let tokens = node.get("tokenAttributes").map(json);
    let api = node.owned("apiVersion").unwrap_or_default();
    let wanted_tokens = tokens_wanted.or_else(|| tokens.clone());
    if images.len() == before && wanted_tokens == tokens {
        return Ok(None);
    }
    let variables = node.items_of("env").iter();
    Ok(Some(Item {
        images,
        duration: node.owned("defaultCacheDuration").unwrap_or_else(|| "1h".to_owned()),
        // Tokens need version 1.
        api: if wanted_tokens.is_some() { model.owned("apiVersion").unwrap_or(api) } else { api },
        args: texts(node.items_of("args")),
        env: variables
            .map(|one| (one.owned("name").unwrap_or_default(), one.owned("value").unwrap_or_default()))
            .collect(),
        tokens: wanted_tokens,
    }))
}

fn texts(nodes: &[Node]) -> Vec<String> {
    nodes.iter().filter_map(Node::text).map(str::to_owned).collect()
}

/// `tokenAttributes`, whose one field that is no text is a truth value.
fn json(node: &Node) -> serde_json::Value {
    if let Some(members) = node.members() {
        let members = members.iter().map(|(key, value)| match (key.as_str(), value.text()) {
            ("requireServiceAccount", Some(text)) => (key.clone(), (text == "true").into()),
            _ => (key.clone(), json(value)),
        });
        return members.collect::<serde_json::Map<_, _>>().into();
    }
    match node.items() {
        Some(items) => items.iter().map(json).collect::<Vec<_>>().into(),
        None => node.text().map_or(serde_json::Value::Null, Into::into),
    }
}

impl Item {
    fn json(&self) -> serde_json::Value {
        let mut object = serde_json::json!({
            "name": PROVIDER,
            "matchImages": self.images,
            "defaultCacheDuration": self.duration,
            "apiVersion": self.api,
        });
        if let Some(object) = object.as_object_mut() {
            if !self.args.is_empty() {
                object.insert("args".to_owned(), self.args.clone().into());
            }
            if !self.env.is_empty() {
                let env =
                    self.env.iter().map(|(name, value)| serde_json::json!({"name": name, "value": value}));
                object.insert("env".to_owned(), env.collect::<Vec<_>>().into());
            }
            if let Some(tokens) = &self.tokens {
                object.insert("tokenAttributes".to_owned(), tokens.clone());
            }
        }
        object
    }

    /// As lines of YAML, an item of a list whose dashes are that far in. Texts are in double quotes, as in JSON, which
    /// YAML reads alike.
    fn yaml(&self, indent: usize) -> String {
        let mut lines = vec![format!("- name: {PROVIDER}"), "  matchImages:".to_owned()];
        let quoted = |text: &String| ecrpass_json::quoted(text);
        lines.extend(self.images.iter().map(|image| format!("    - {}", quoted(image))));
        lines.push(format!("  defaultCacheDuration: {}", quoted(&self.duration)));
        lines.push(format!("  apiVersion: {}", self.api));
        if !self.args.is_empty() {
            lines.push("  args:".to_owned());
            lines.extend(self.args.iter().map(|argument| format!("    - {}", quoted(argument))));
        }
        if !self.env.is_empty() {
            lines.push("  env:".to_owned());
            for (name, value) in &self.env {
                lines.push(format!("    - name: {}", quoted(name)));
                lines.push(format!("      value: {}", quoted(value)));
            }
        }
        let tokens = self.tokens.as_ref().and_then(in_place::token_lines).unwrap_or_default();
        lines.extend(tokens.iter().map(|line| format!("  {line}")));
        lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
    }
}

fn in_json(text: &str, root: &Json, ours: Option<usize>, item: &Item) -> Option<String> {
    let list = &root.members()?.iter().rfind(|member| member.key == "providers")?.value;
    let JsonKind::Array(items) = &list.kind else { return None };
    // Laid out as the neighbour is: a file in one line stays in one line.
    let model = items.get(ours.unwrap_or(0))?;
    let column =
        |at: usize| at - text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1);
    let is_in_lines = text.get(model.span.clone())?.contains('\n');
    let new = if is_in_lines {
        let pretty = serde_json::to_string_pretty(&item.json()).ok()?;
        pretty.replace('\n', &format!("\n{:width$}", "", width = column(model.span.start)))
    } else {
        item.json().to_string()
    };
    match ours {
        Some(_) => Some(splice(text, model.span.clone(), &new)?),
        None => {
            let last = items.last()?.span.end;
            let between = if is_in_lines {
                format!(",\n{:width$}", "", width = column(model.span.start))
            } else {
                ", ".to_owned()
            };
            splice(text, last..last, &format!("{between}{new}"))
        }
    }
}

fn splice(text: &str, place: std::ops::Range<usize>, with: &str) -> Option<String> {
    Some(format!("{}{with}{}", text.get(..place.start)?, text.get(place.end..)?))
}

/// `  - name: …`: nothing before an item but the dash; its line, and how far that is in.
fn dash(text: &str, node: &Node) -> Option<(usize, usize)> {
    let line = text.get(..node.at)?.rfind('\n').map_or(0, |line| line + 1);
    let before = text.get(line..node.at)?;
    let indent = before.len() - before.trim_start_matches(' ').len();
    (before.trim() == "-").then_some((line, indent))
}

fn end_of_list(text: &str, list: &[Node]) -> Option<usize> {
    let (start, indent) = dash(text, list.last()?)?;
    let mut end = start;
    let mut at = start;
    for (number, line) in text.get(start..)?.split_inclusive('\n').enumerate() {
        let words = line.trim();
        let depth = line.len() - line.trim_start_matches(' ').len();
        let is_inside = depth > indent || number == 0;
        if !words.is_empty() && !is_inside && !words.starts_with('#') {
            break;
        }
        at += line.len();
        // Comments and empty lines below the last item belong to what comes next.
        if is_inside && !words.is_empty() && !words.starts_with('#') {
            end = at;
        }
    }
    Some(end)
}

/// The lines of an item of a list.
fn lines_of(text: &str, list: &[Node], number: usize) -> Option<std::ops::Range<usize>> {
    let (start, _) = dash(text, list.get(number)?)?;
    let end = match list.get(number + 1) {
        Some(next) => dash(text, next)?.0,
        None => end_of_list(text, list)?,
    };
    Some(start..end)
}

fn in_yaml(text: &str, list: &[Node], ours: Option<usize>, item: &Item) -> Option<String> {
    let (_, indent) = dash(text, list.first()?)?;
    let new = item.yaml(indent);
    let Some(number) = ours else {
        let end = end_of_list(text, list)?;
        let newline = if text.get(..end)?.ends_with('\n') { "" } else { "\n" };
        return splice(text, end..end, &format!("{newline}{new}"));
    };
    let place = lines_of(text, list, number)?;
    let is_at_place = dash(text, list.get(number)?)?.1 == indent;
    // A comment in it would be lost.
    let is_comment = |line: &str| line.trim_start().starts_with('#') || line.contains(" #");
    let has_comment = text.get(place.clone())?.lines().any(is_comment);
    (is_at_place && !has_comment).then(|| splice(text, place, &new)).flatten()
}

/// Reads back what was written: the others as they were, ours as wanted.
fn prove(
    before: &Node,
    ours: Option<usize>,
    merged: &str,
    expected: &serde_json::Value,
) -> Result<(), Refused> {
    let failed = || by_hand("a change would touch more than it should");
    let after = only_document(merged).ok_or_else(failed)?;
    let (old, new) = (before.items_of("providers"), after.items_of("providers"));
    let at = ours.unwrap_or(old.len());
    let others = |list: &[Node]| -> Vec<serde_json::Value> {
        list.iter().enumerate().filter(|(number, _)| *number != at).map(|(_, node)| json(node)).collect()
    };
    let rest = |root: &Node| -> Vec<(String, serde_json::Value)> {
        let members = root.members().unwrap_or_default().iter().filter(|(key, _)| key != "providers");
        members.map(|(key, value)| (key.clone(), json(value))).collect()
    };
    let is_ours = new.get(at).map(json).as_ref() == Some(expected);
    let is_same = others(old) == others(new) && rest(before) == rest(&after);
    if is_ours && is_same { Ok(()) } else { Err(failed()) }
}

/// What the kubelet would not start with is not written, whoever wrote it.
fn refuse_mistakes(merged: &str, wanted: &Wanted) -> Result<(), Refused> {
    let file = ConfigFile { name: "the configuration".to_owned(), text: merged.to_owned() };
    let found = check(&[file], &Surroundings { version: wanted.version, binaries: None });
    match found.into_iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(Refused {
            what: format!(
                "The kubelet's configuration has a mistake already: {}.",
                finding.title.trim_end_matches('.')
            ),
            next: "correct it first: ecrpass kubelet check shows where".to_owned(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
