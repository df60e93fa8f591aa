//! Scripts that machines start with, where infrastructure code holds them: user data, cloud-init, provisioners of Packer
//! and Terraform.

use std::ops::Range;

use super::datum::{Datum, DatumKind};
use super::in_scope::InScope;
use super::stack::{Language, Resource};
use crate::passage::Passage;

/// A script, or a cloud-init document, that stands in a file of infrastructure code.
#[derive(Clone, Debug)]
pub struct UserData {
    /// Its text, with its places in the file.
    pub passage: Passage,
    /// The address of the resource it belongs to.
    pub owner: String,
    /// The bytes of the resource's first line.
    pub owner_bytes: Range<usize>,
    /// When it runs.
    pub when: When,
}

/// When a script of infrastructure code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When a machine starts.
    Boot,
    /// While an image of a machine is built.
    Build,
    /// While the code is applied: `local-exec`, `remote-exec`.
    Apply,
}

/// The keys that scripts stand under.
const KEYS: [&str; 9] = [
    "user_data",
    "user_data_base64",
    "UserData",
    "userData",
    "userDataBase64",
    "content",
    "custom_data",
    "user_data_replace",
    "template",
];

/// Those of a file.
pub fn of(file: &InScope<'_>) -> Vec<UserData> {
    let mut found = Vec::new();
    for resource in file.stack.resources.iter().filter(|resource| !resource.is_off) {
        if resource.kind == "build" {
            provisioners(file, resource, &mut found);
            continue;
        }
        applied(file, resource, &mut found);
        let mut add = |datum: &Datum| {
            let followed = file.scope.follow(unwrapped(datum)).datum;
            let passage = script(file, unwrapped(followed));
            // What another file holds has no place in this one.
            let is_here = |passage: &Passage| {
                passage.place(0) >= datum.bytes.start && passage.place(0) <= datum.bytes.end
                    || file.stack.locals.iter().any(|(_, value)| value.bytes.contains(&passage.place(0)))
            };
            if let Some(passage) = passage.filter(is_here) {
                found.push(UserData {
                    passage,
                    owner: resource.address(),
                    owner_bytes: resource.bytes.clone(),
                    when: if file.stack.language == Language::Packer { When::Build } else { When::Boot },
                });
            }
        };
        resource.body.walk("", &mut |key, datum| {
            let is_start = KEYS.contains(&key)
                && (key != "content" || resource.kind.contains("cloudinit") || resource.kind == "local_file")
                && (key != "template" || resource.kind == "data.template_file");
            let is_value = !matches!(datum.kind, DatumKind::Map(_) | DatumKind::List(_));
            if is_start && is_value && is_outermost(datum) {
                add(datum);
            }
        });
    }
    // A text that is found through its function and again by itself is one.
    let mut seen = std::collections::HashSet::new();
    found.retain(|one: &UserData| seen.insert(one.passage.place(0)));
    found
}

/// Functions and their arguments are both walked through; a text is taken where it begins.
fn is_outermost(datum: &Datum) -> bool {
    !matches!(datum.kind, DatumKind::Plain(_) | DatumKind::Null | DatumKind::Unknown)
}

/// What is encoded, not the encoding.
fn unwrapped(datum: &Datum) -> &Datum {
    match &datum.kind {
        DatumKind::Call(name, arguments)
            if matches!(name.as_str(), "base64encode" | "base64gzip" | "trimspace" | "chomp" | "replace") =>
        {
            arguments.first().map_or(datum, unwrapped)
        }
        _ => datum,
    }
}

fn script(file: &InScope<'_>, datum: &Datum) -> Option<Passage> {
    file.scope.passage(datum).filter(|passage| passage.text().contains(['\n', ' ']))
}

/// The commands that an image is built with; those of the shell only.
fn provisioners(file: &InScope<'_>, build: &Resource, found: &mut Vec<UserData>) {
    let blocks = build.body.all("provisioner").map(|entry| &entry.value);
    for provisioner in blocks.chain(build.body.items()) {
        let kind = provisioner.get("(label)").or_else(|| provisioner.get("type")).and_then(Datum::text);
        if !kind.is_some_and(|kind| kind == "shell" || kind == "shell-local") {
            continue;
        }
        if let Some(passage) = provisioner.get("inline").and_then(|inline| lines(file, inline)) {
            let owner = "build".to_owned();
            found.push(UserData { passage, owner, owner_bytes: build.bytes.clone(), when: When::Build });
        }
    }
}

/// Lines that one shell runs.
fn lines(file: &InScope<'_>, list: &Datum) -> Option<Passage> {
    let mut whole = Passage::default();
    for line in file.scope.follow(list).datum.each() {
        if let Some(passage) = file.scope.passage(line) {
            whole.push(&passage);
            whole.push_for("\n", &(line.bytes.end..line.bytes.end));
        }
    }
    (!whole.text().is_empty()).then_some(whole)
}

/// The commands that a resource of Terraform is provisioned with, here or on a machine. In JSON what a block's label says
/// is a key.
fn applied(file: &InScope<'_>, resource: &Resource, found: &mut Vec<UserData>) {
    if file.stack.language != Language::Terraform {
        return;
    }
    for provisioner in resource.body.all("provisioner").flat_map(|entry| entry.value.each()) {
        let kind = provisioner.get("(label)").and_then(Datum::text);
        for name in ["local-exec", "remote-exec"] {
            let body = if kind == Some(name) { Some(provisioner) } else { provisioner.get(name) };
            let Some(body) = body.and_then(|body| body.each().first()) else { continue };
            // Another interpreter's language is not known.
            let interpreter = body.get("interpreter").and_then(|words| words.items().first());
            if interpreter.and_then(Datum::text).is_some_and(|program| !program.ends_with("sh")) {
                continue;
            }
            let command = body.get("command").map(|command| file.scope.follow(command).datum);
            let passage = command.and_then(|command| file.scope.passage(command));
            let Some(passage) = passage.or_else(|| lines(file, body.get("inline")?)) else { continue };
            let owner_bytes = resource.bytes.clone();
            found.push(UserData { passage, owner: resource.address(), owner_bytes, when: When::Apply });
        }
    }
}
