//! Packages for npm: one per platform that holds the programs, and `ecrpass`, which asks for the one that fits.
//!
//! What docker runs at every pull is the program itself, by a link that npm makes: a script of node in between takes 64 ms a
//! call instead of less than one. `ecrpass`, which people type, may be such a script.

use anyhow::Result;
use serde_json::{Value, json};

use super::about::{About, HELPER, LICENCE, NAME, OWN_HELPER, SUMMARY};
use super::material::Material;
use super::target::Target;
use super::tree::Tree;
use crate::web::gzip;

/// What starts the program of the platform's package.
const LAUNCHER: &str = r#"#!/usr/bin/env node
"use strict";
// Finds the program in the package of this platform, and becomes it as far as node can.
const { spawnSync } = require("node:child_process");
const name = `@ecrpass/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "ecrpass.exe" : "ecrpass";
let program;
try {
  program = require.resolve(`${name}/bin/${file}`);
} catch {
  console.error(`ecrpass: the package ${name} is not installed. Install without --omit=optional, or take a program from the releases: URL`);
  process.exit(3);
}
const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (done.error) {
  console.error(`ecrpass: ${program} cannot be run: ${done.error.message}`);
  process.exit(3);
}
if (done.signal) process.kill(process.pid, done.signal);
process.exit(done.status ?? 3);
"#;

/// The name of a platform's package.
fn platform(target: Target) -> String {
    let (system, processor) = target.node();
    format!("{system}-{processor}")
}

/// The name of the file, and what is in it, for each package.
pub fn packages(about: &About, targets: &[Target], material: &Material) -> Result<Vec<(String, Vec<u8>)>> {
    let mut all = Vec::new();
    for target in targets {
        let mut tree = Tree::default();
        tree.program(format!("bin/{}", target.file(NAME)), material.program(*target, NAME)?);
        tree.program(format!("bin/{}", target.file(OWN_HELPER)), material.program(*target, HELPER)?);
        tree.file("THIRD-PARTY-LICENSES.txt", material.third_party.clone());
        let name = platform(*target);
        all.push(package(about, &format!("{NAME}-{name}"), tree, &of_platform(about, *target), material)?);
    }
    let mut tree = Tree::default();
    tree.program("bin/ecrpass.js", LAUNCHER.replace("URL", &format!("{}/releases", about.homepage())));
    all.push(package(about, NAME, tree, &main(about, targets), material)?);
    Ok(all)
}

fn common(about: &About, name: &str) -> Value {
    json!({
        "name": name,
        "version": about.version,
        "description": SUMMARY,
        "license": LICENCE,
        "repository": { "type": "git", "url": format!("git+{}.git", about.homepage()) },
        "homepage": about.homepage(),
    })
}

fn with(mut value: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut value, more) {
        fields.extend(more);
    }
    value
}

fn of_platform(about: &About, target: Target) -> Value {
    let (system, processor) = target.node();
    let helper = format!("bin/{}", target.file(OWN_HELPER));
    let more =
        json!({ "os": [system], "cpu": [processor], "bin": { OWN_HELPER: helper }, "preferUnplugged": true });
    with(common(about, &format!("@{NAME}/{}", platform(target))), more)
}

fn main(about: &About, targets: &[Target]) -> Value {
    let platforms: serde_json::Map<_, _> = targets
        .iter()
        .map(|target| (format!("@{NAME}/{}", platform(*target)), Value::from(about.version.clone())))
        .collect();
    let more = json!({ "bin": { NAME: "bin/ecrpass.js" }, "optionalDependencies": platforms, "engines": { "node": ">=16" } });
    with(common(about, NAME), more)
}

fn package(
    about: &About,
    file: &str,
    mut tree: Tree,
    manifest: &Value,
    material: &Material,
) -> Result<(String, Vec<u8>)> {
    tree.file("package.json", format!("{}\n", serde_json::to_string_pretty(manifest)?));
    tree.file("LICENSE", material.licence.clone());
    tree.file(
        "README.md",
        format!("# {NAME}\n\n{}\n\n[How to use it]({})\n", super::about::DESCRIPTION, about.homepage()),
    );
    let mut whole = Tree::default();
    whole.add("package", &tree);
    Ok((format!("{file}-{}.tgz", about.version), gzip(&whole.tar(about.seconds(), "")?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_helper_is_linked_as_a_program_and_never_as_a_script() {
        let material = Material::example_of(&["x86_64-unknown-linux-musl", "x86_64-pc-windows-gnu"]);
        let (about, targets) = (About::example(), material.targets());
        for target in &targets {
            let manifest = of_platform(&about, *target);
            let helper = manifest["bin"][OWN_HELPER].as_str().unwrap();
            assert_eq!(helper, format!("bin/{}", target.file(OWN_HELPER)));
        }
        let manifest = main(&about, &targets);
        assert_eq!(manifest["bin"], json!({ "ecrpass": "bin/ecrpass.js" }));
        assert_eq!(
            manifest["optionalDependencies"],
            json!({ "@ecrpass/linux-x64": "0.1.0", "@ecrpass/win32-x64": "0.1.0" })
        );
        let names: Vec<_> =
            packages(&about, &targets, &material).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["ecrpass-linux-x64-0.1.0.tgz", "ecrpass-win32-x64-0.1.0.tgz", "ecrpass-0.1.0.tgz"]
        );
    }
}
