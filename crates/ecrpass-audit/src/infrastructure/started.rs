//! Files of scripts that infrastructure code names: what machines start with, and what their images are built with.

use super::beside;
use super::datum::{Datum, DatumKind};
use super::in_scope::InScope;
use super::stack::Resource;
use super::user_data::When;
use crate::source::Tree;

/// Keys of what a machine starts with.
const KEYS: [&str; 5] = ["user_data", "user_data_base64", "UserData", "userData", "custom_data"];

/// The paths of such scripts that a file names, and when each runs.
pub(super) fn of(tree: &Tree, file: &InScope<'_>) -> Vec<(String, When)> {
    let mut found = Vec::new();
    for resource in file.stack.resources.iter().filter(|resource| !resource.is_off) {
        if resource.kind == "build" {
            found.extend(built_with(tree, file, resource));
            continue;
        }
        let is_template = resource.kind == "data.template_file"
            && file.scope.uses(&resource.address()).any(|(_, key)| KEYS.contains(&key));
        resource.body.walk("", &mut |key, datum| {
            let is_start = KEYS.contains(&key)
                || key == "template" && is_template
                || key == "content" && resource.kind.contains("cloudinit");
            let is_value = matches!(datum.kind, DatumKind::Call(..) | DatumKind::Reference(_));
            if is_start
                && is_value
                && let Some(script) = beside::file(tree, file, datum)
            {
                found.push((script.path.clone(), When::Boot));
            }
        });
    }
    found
}

/// The scripts of Packer's provisioners. Their paths are relative to where Packer is started: the root or the directory.
fn built_with(tree: &Tree, file: &InScope<'_>, build: &Resource) -> Vec<(String, When)> {
    let directory = file.stack.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let blocks = build.body.all("provisioner").map(|entry| &entry.value);
    let mut found = Vec::new();
    for provisioner in blocks.chain(build.body.items()) {
        let kind = provisioner.get("(label)").or_else(|| provisioner.get("type")).and_then(Datum::text);
        if kind != Some("shell") {
            continue;
        }
        let named = ["script", "scripts"].iter().filter_map(|key| provisioner.get(key));
        for datum in named.flat_map(|named| file.scope.follow(named).datum.each()) {
            let known = file.scope.known(datum);
            let path = known.alternatives().next().unwrap_or_default();
            let path = beside::normal(directory, path);
            let script = path.iter().find_map(|path| tree.get(path));
            found.extend(script.map(|script| (script.path.clone(), When::Build)));
        }
    }
    found
}
