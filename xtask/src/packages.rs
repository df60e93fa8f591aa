//! The packages of other people that this one is built of: what their manifests say, and which program links them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::{command, output};

/// A package of somebody else.
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where its files are on this machine.
    pub directory: PathBuf,
    /// The licences, as an SPDX expression.
    pub licence: String,
    /// Who wrote it, as it says itself.
    pub authors: Vec<String>,
    /// Where it is developed.
    pub repository: String,
    /// What it is for, as it says itself.
    pub description: String,
    /// Whether it runs a program while it is built.
    pub has_build_script: bool,
    /// Whether it is run by the compiler.
    pub is_macro: bool,
}

/// Name and version.
pub type Id = (String, String);

impl Package {
    /// Name and version.
    pub fn id(&self) -> Id {
        (self.name.clone(), self.version.clone())
    }
}

/// All of them, in the order of their names.
///
/// # Errors
/// When cargo does not tell: a package may have to be downloaded first (`cargo fetch`).
pub fn all() -> Result<Vec<Package>> {
    let text = output(&mut command("cargo metadata --format-version 1 --locked"))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata.get("packages").and_then(Value::as_array).context("cargo tells no packages")?;
    let mut found: Vec<Package> = packages.iter().filter_map(read).collect();
    found.sort_by_key(Package::id);
    Ok(found)
}

/// What cargo says of a package; nothing for one of ours.
fn read(package: &Value) -> Option<Package> {
    package.get("source")?.as_str()?;
    let text = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let texts = |value: Option<&Value>| -> Vec<String> {
        let list = value.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let targets = package.get("targets").and_then(Value::as_array);
    let kinds: Vec<String> =
        targets.into_iter().flatten().flat_map(|target| texts(target.get("kind"))).collect();
    Some(Package {
        name: text("name"),
        version: text("version"),
        directory: PathBuf::from(text("manifest_path")).parent()?.to_owned(),
        licence: text("license"),
        authors: texts(package.get("authors")),
        repository: text("repository"),
        description: text("description"),
        has_build_script: kinds.iter().any(|kind| kind == "custom-build"),
        is_macro: kinds.iter().any(|kind| kind == "proc-macro"),
    })
}

/// What links a package: a word for it, and the arguments of `cargo tree` that select it. A package is of the first.
pub const PARTS: [(&str, &str); 6] = [
    ("helper", "-p docker-credential-ecr-login -e normal"),
    ("ecrpass", "-p ecrpass -e normal"),
    ("operator", "-p ecrpass-operator -e normal"),
    ("page", "-p ecrpass-web -e normal"),
    ("build", "-p docker-credential-ecr-login -p ecrpass -p ecrpass-operator -p ecrpass-web -e normal,build"),
    ("tests", "--workspace -e normal,build,dev"),
];

/// For every package the first part that it is in.
///
/// # Errors
/// When cargo does not tell.
pub fn parts() -> Result<BTreeMap<Id, &'static str>> {
    let mut found = BTreeMap::new();
    for (part, selection) in PARTS {
        let line = format!("cargo tree --locked {selection} --target all --prefix none --format {{p}}");
        for package in output(&mut command(&line))?.lines() {
            let mut words = package.split(' ');
            let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
            // A macro is run while others are built, whoever uses it.
            let part = if package.contains("(proc-macro)") && part != "tests" { "build" } else { part };
            let version = version.trim_start_matches('v').to_owned();
            found.entry((name.to_owned(), version)).or_insert(part);
        }
    }
    Ok(found)
}
