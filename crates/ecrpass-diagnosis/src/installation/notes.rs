//! What doctor says by the way about the programs of a machine, where they decide who answers.

use std::collections::BTreeSet;

use super::checks::is_confined;
use super::{NAMES, Shadow};
use crate::check::read_only_system;
use crate::facts::{Bundle, Installed, Program};

/// A line for each thing that is worth knowing.
pub fn notes(bundle: &Bundle) -> Vec<String> {
    let machine = &bundle.machine;
    let mut notes = Vec::new();
    if let Some(system) = read_only_system(machine.distribution.as_deref()) {
        notes.push(format!("this is {}: nothing can be installed on it; {}", system.name, system.next));
    }
    if machine.program("docker").and_then(Program::first).is_some_and(is_confined) {
        notes.push(
            "docker comes from a snap: it reads ~/snap/docker/current/.docker/config.json, and runs no credential helper of this machine; ecrpass self check says more"
                .to_owned(),
        );
    }
    let named: BTreeSet<&str> =
        bundle.subjects.iter().filter_map(|subject| subject.helper_named.as_deref()).collect();
    for name in named {
        let Some(program) = machine.program(&format!("docker-credential-{name}")) else { continue };
        let Some(shadow) = Shadow::of(program, machine.program(NAMES[0])) else { continue };
        notes.push(shadow.note());
        if let [_, _, ..] = program.installed.as_slice() {
            let files: Vec<String> = program.installed.iter().map(file).collect();
            notes.push(format!("{} on PATH, in its order: {}", program.name, files.join("; ")));
        }
    }
    notes
}

fn file(file: &Installed) -> String {
    let real = file.real.as_deref().map(|real| format!(" → {real}")).unwrap_or_default();
    let owner = file.owner.as_deref().map(|owner| format!(", of {owner}")).unwrap_or_default();
    format!("{}{real}{owner}", file.path)
}
