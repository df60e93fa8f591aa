//! Naming the helper for registries.

use std::collections::HashSet;

use ecrpass_json::{Document, Edit, New, is_field, quoted};

use crate::docker_config::{DockerConfig, Format};

/// The edit that names the helper for a host, at the end of `credHelpers`; `None` when that is something other than an
/// object.
pub(super) fn naming(document: &Document, host: &str, helper: &str) -> Option<Edit> {
    let members = document.root().members()?;
    let field = members.iter().rposition(|member| is_field(&member.key, "credHelpers"));
    let (key, helper) = (host.to_owned(), helper.to_owned());
    let Some(index) = field else {
        let (object, value) = (Vec::new(), New::Object(key, helper));
        return Some(Edit::Insert { object, key: "credHelpers".to_owned(), value });
    };
    let value = &members.get(index)?.value;
    match value.members() {
        Some(_) => Some(Edit::Insert { object: vec![index], key, value: New::Text(helper) }),
        // `null` stands for an empty object; anything else is wrong, and the user's to correct.
        None if value.kind_name() == "null" => {
            Some(Edit::Set(vec![index], format!("{{{}: {}}}", quoted(host), quoted(&helper))))
        }
        None => None,
    }
}

/// How many of these edits, which all name the helper, can be made at once: those behind the one that makes
/// `credHelpers` an object must wait for it.
pub(super) fn at_once<'a>(edits: impl Iterator<Item = &'a Edit>) -> usize {
    let into_object = |edit: &&Edit| matches!(edit, Edit::Insert { value: New::Text(_), .. });
    let mut edits = edits.peekable();
    // The one that makes it an object is made alone.
    let at_least = usize::from(edits.peek().is_some());
    edits.take_while(into_object).count().max(at_least)
}

/// The configuration with the helper named for each host under that name, unless it is named for it under one that may
/// stay. `None` when `credHelpers` is something other than an object.
pub fn register(
    document: Document,
    hosts: &[String],
    helper: &str,
    may_stay: &dyn Fn(&str) -> bool,
) -> Option<Document> {
    let config = DockerConfig::read(&document, Format::Current);
    let mut seen = HashSet::new();
    let (mut renamed, mut added) = (Vec::new(), Vec::new());
    for host in hosts.iter().filter(|host| seen.insert(host.as_str())) {
        match config.helper_for(host) {
            Some(entry) if entry.helper == helper || may_stay(&entry.helper) => {}
            Some(entry) => renamed.push(Edit::Set(entry.pointer.clone(), quoted(helper))),
            None => added.push(host),
        }
    }
    let mut document = if renamed.is_empty() { document } else { document.edited(&renamed)?.0 };
    let mut added = added.as_slice();
    while !added.is_empty() {
        let edits: Option<Vec<Edit>> = added.iter().map(|host| naming(&document, host, helper)).collect();
        let edits = edits?;
        let (now, later) = (at_once(edits.iter()), added);
        document = document.edited(edits.get(..now)?)?.0;
        added = later.get(now..)?;
    }
    Some(document)
}
