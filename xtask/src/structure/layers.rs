//! The layers of the house, from the ground up, and the rooms that share no door.
//!
//! A crate may use the crates below it, a module the modules of its own storey and below. A new crate or module gets its
//! place here, by hand: that is the moment to think about where it belongs.

use std::path::Path;

use super::graph::Graph;
use super::tree::crate_of;

/// The crates from the ground up; those in one row do not know each other.
const CRATES: &[&[&str]] = &[
    &["ecrpass-core"],
    &["ecrpass-json"],
    &["ecrpass-iam"],
    &["ecrpass-credentials", "ecrpass-clients", "ecrpass-repository"],
    &["ecrpass-diagnosis", "ecrpass-helper"],
    &["ecrpass-audit", "ecrpass-canary", "ecrpass-trail"],
    &["ecrpass-fuzz", "ecrpass-generate", "ecrpass-rego"],
    // What touches a machine or a network stands above all that does not.
    &["ecrpass-system"],
    &["ecrpass-oci"],
    &["ecrpass-aws", "ecrpass-local", "ecrpass-web"],
    &["docker-credential-ecr-login", "ecrpass-lab", "ecrpass-operator"],
    &["ecrpass"],
    &["xtask"],
];

/// The modules of a crate from the ground up. `lib.rs` and `main.rs` stand above all of them.
const MODULES: &[(&str, &[&[&str]])] = &[
    ("ecrpass-clients", &[&["docker_config"], &["client"], &["repair"]]),
    (
        "ecrpass-diagnosis",
        &[
            &["facts", "finding", "inputs", "location", "pseudonymize"],
            &["check", "input_kind"],
            &["catalogue"],
            &["engine", "installation", "kubelet", "runbook", "safe_copy"],
            &["examination"],
        ],
    ),
    (
        "ecrpass-audit",
        &[
            // Values, places and changes: what everything else is told in.
            &["arn", "credential_path", "edit", "known", "passage", "placeholder", "system"],
            &["hit", "host", "inline_ignore", "moving_tag", "schedule", "settings"],
            // The languages, and what is done in them.
            &["deed", "dockerfile", "places", "shell", "yaml"],
            &["deeds", "kind", "logins", "version"],
            &["misordered", "prefilter", "source"],
            // The models of each kind of file, and all of them together.
            &["elsewhere", "evidence", "infrastructure", "pipeline", "stored"],
            &["named"],
            &["live", "scripts"],
            &["models"],
            // The rules, and what they ask of the models.
            &["rule"],
            &["commands", "jobs", "look", "written_images"],
            &["audit", "rules", "skeleton"],
            &["baseline", "fixing"],
        ],
    ),
    (
        "ecrpass",
        &[
            &["error", "last_resort", "render", "system"],
            &["apply", "collect", "demo"],
            &["commands"],
            &["cli"],
        ],
    ),
];

/// Folders whose rooms do not know each other: what two of them need belongs below.
const SEPARATE: &[(&str, &str)] =
    &[("crates/ecrpass/src/commands", "command"), ("crates/ecrpass-diagnosis/src/engine", "engine")];

/// Everything that points up, or to a neighbour it must not know.
pub fn violations(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (from, ties) in &graph.edges {
        for to in ties.keys() {
            if let Some(what) = upward(from, to).or_else(|| sideways(from, to)) {
                let names = graph.names(from, to);
                found.push(format!("{} uses {names} of {}: {what}", from.display(), to.display()));
            }
        }
    }
    found
}

/// Crates and modules without a place.
pub fn unplaced<'a>(files: impl Iterator<Item = &'a Path>) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let name = crate_of(file);
        if storey(CRATES, &name).is_none() {
            found.push(format!("the crate {name} has no place in xtask/src/structure/layers.rs"));
        } else if let (Some(table), Some(module)) = (modules_of(&name), module_of(file))
            && storey(table, module).is_none()
        {
            found
                .push(format!("the module {module} of {name} has no place in xtask/src/structure/layers.rs"));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn upward(from: &Path, to: &Path) -> Option<String> {
    let (lower, upper) = (crate_of(from), crate_of(to));
    if lower != upper {
        let (here, there) = (storey(CRATES, &lower)?, storey(CRATES, &upper)?);
        return (here <= there).then(|| format!("{lower} may not use {upper}, which is not below it"));
    }
    let table = modules_of(&lower)?;
    let upper = module_of(to);
    let here = module_of(from).map_or(Some(table.len()), |module| storey(table, module))?;
    let there = upper.map_or(Some(table.len()), |module| storey(table, module))?;
    (here < there).then(|| format!("`{}` is above it", upper.unwrap_or("the root of the crate")))
}

fn sideways(from: &Path, to: &Path) -> Option<String> {
    SEPARATE.iter().find_map(|(folder, what)| {
        let (one, other) = (room(folder, from)?, room(folder, to)?);
        (one != other).then(|| format!("no {what} may use another"))
    })
}

/// The file or folder of a file right below a folder.
fn room<'a>(folder: &str, file: &'a Path) -> Option<&'a str> {
    let first = file.strip_prefix(folder).ok()?.iter().next()?.to_str()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

fn storey(table: &[&[&str]], name: &str) -> Option<usize> {
    table.iter().position(|row| row.contains(&name))
}

fn modules_of(name: &str) -> Option<&'static [&'static [&'static str]]> {
    MODULES.iter().find(|(of, _)| *of == name).map(|(_, table)| *table)
}

/// The module right below the crate's root; none for the root itself.
fn module_of(file: &Path) -> Option<&str> {
    let mut parts = file.iter().skip_while(|part| *part != "src").skip(1);
    let first = parts.next()?.to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!["lib", "main", "bin"].contains(&name)).then_some(name)
}
