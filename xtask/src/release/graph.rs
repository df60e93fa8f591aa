//! What a program is linked of: `cargo tree` says which libraries, for that target and with the features it is built with,
//! and `cargo metadata` what each of them is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::target::Target;
use crate::command::{command, output, root};

/// A name and a version: no program links two libraries of the same.
pub type Key = (String, String);

/// A library, or one of our own crates.
#[derive(Clone, Debug)]
pub struct Library {
    /// Its licence, as SPDX has it.
    pub licence: String,
    /// Its repository.
    pub repository: Option<String>,
    /// Whether it comes from crates.io; else it is ours.
    pub is_published: bool,
    /// The SHA-256 of what came from there.
    pub sum: Option<String>,
    /// Where it is on this machine.
    pub directory: PathBuf,
    /// What it uses.
    pub uses: BTreeSet<Key>,
}

/// A program and all it is linked of.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The program.
    pub program: Key,
    /// Everything, the program too.
    pub libraries: BTreeMap<Key, Library>,
}

/// All packages that a target may need, read once for all programs.
pub struct Metadata {
    target: Target,
    packages: BTreeMap<Key, Library>,
}

impl Metadata {
    /// Asks cargo.
    ///
    /// # Errors
    /// When it does not answer, or not as documented.
    pub fn read(target: Target) -> Result<Self> {
        let line = format!("cargo metadata --format-version 1 --locked --filter-platform {}", target.triple);
        let metadata: Value = serde_json::from_str(&output(&mut command(&line))?)?;
        let lock = std::fs::read_to_string(root().join("Cargo.lock"))?;
        Ok(Self { target, packages: packages(&metadata, &sums(&lock))? })
    }

    /// What a program is linked of.
    ///
    /// # Errors
    /// When cargo does not say.
    pub fn of(&self, program: &str) -> Result<Graph> {
        let tree = output(&mut command(&format!(
            "cargo tree --locked -p {program} -e normal,no-proc-macro --target {} --prefix none --format {{p}}",
            self.target.triple
        )))?;
        let linked = linked(&tree);
        let program = tree.lines().next().and_then(key).context("cargo tree said nothing")?;
        let mut libraries = BTreeMap::new();
        for key in &linked {
            let library = self.packages.get(key).with_context(|| format!("cargo metadata lacks {key:?}"))?;
            let mut library = library.clone();
            library.uses.retain(|used| linked.contains(used));
            libraries.insert(key.clone(), library);
        }
        ensure!(libraries.contains_key(&program), "{} is not linked into itself", program.0);
        Ok(Graph { program, libraries })
    }
}

/// `name v1.2.3 (…)`.
fn key(line: &str) -> Option<Key> {
    let mut words = line.split(' ');
    let name = words.next()?.to_owned();
    let version = words.next()?.strip_prefix('v')?.to_owned();
    Some((name, version))
}

fn linked(tree: &str) -> BTreeSet<Key> {
    tree.lines().filter_map(key).collect()
}

fn packages(metadata: &Value, sums: &BTreeMap<Key, String>) -> Result<BTreeMap<Key, Library>> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut keys = BTreeMap::new();
    let mut packages = BTreeMap::new();
    for package in list(at(metadata, "packages")) {
        let name = text(at(&package, "name")).context("a package without a name")?;
        let version = text(at(&package, "version")).context("a package without a version")?;
        let manifest =
            PathBuf::from(text(at(&package, "manifest_path")).context("a package without a manifest")?);
        let key = (name, version);
        keys.insert(text(at(&package, "id")).context("a package without an id")?, key.clone());
        let library = Library {
            // An older way of writing it.
            licence: text(at(&package, "license"))
                .unwrap_or_default()
                .replace('/', " OR ")
                .replace("  ", " "),
            repository: text(at(&package, "repository")),
            is_published: at(&package, "source").is_string(),
            sum: sums.get(&key).cloned(),
            directory: manifest.parent().map(PathBuf::from).unwrap_or_default(),
            uses: BTreeSet::new(),
        };
        packages.insert(key, library);
    }
    for node in list(at(at(metadata, "resolve"), "nodes")) {
        let from =
            at(&node, "id").as_str().and_then(|id| keys.get(id)).context("a node that is no package")?;
        let uses = list(at(&node, "deps")).into_iter().filter(is_linked);
        let uses: BTreeSet<Key> =
            uses.filter_map(|dependency| keys.get(at(&dependency, "pkg").as_str()?).cloned()).collect();
        if let Some(library) = packages.get_mut(from) {
            library.uses = uses;
        }
    }
    Ok(packages)
}

/// A field, and null where there is none.
fn at<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// Not for tests or build scripts alone.
fn is_linked(dependency: &Value) -> bool {
    at(dependency, "dep_kinds")
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(|kind| at(kind, "kind").is_null()))
}

/// The sums in Cargo.lock.
fn sums(lock: &str) -> BTreeMap<Key, String> {
    let mut sums = BTreeMap::new();
    for block in lock.split("[[package]]") {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
            line.strip_suffix('"').map(str::to_owned)
        };
        if let (Some(name), Some(version), Some(sum)) = (field("name"), field("version"), field("checksum")) {
            sums.insert((name, version), sum);
        }
    }
    sums
}

#[cfg(test)]
impl Graph {
    /// For tests: a program, one of our own crates, and a library.
    pub fn example() -> Self {
        let key = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        let (program, ours, library) =
            (key("ecrpass", "0.1.0"), key("ecrpass-core", "0.1.0"), key("memchr", "2.8.3"));
        let entry = |licence: &str, is_published: bool, uses: &[&Key]| Library {
            licence: licence.to_owned(),
            repository: is_published.then(|| "https://github.com/BurntSushi/memchr".to_owned()),
            is_published,
            sum: is_published.then(|| "0".repeat(64)),
            directory: root(),
            uses: uses.iter().map(|key| (*key).clone()).collect(),
        };
        let libraries = [
            (program.clone(), entry("Apache-2.0", false, &[&ours, &library])),
            (ours.clone(), entry("Apache-2.0", false, &[&library])),
            (library.clone(), entry("MIT OR Unlicense", true, &[])),
        ];
        Self { program, libraries: libraries.into() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sums_are_read_from_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"registry+x\"\nchecksum = \"abc\"\ndependencies = [\n \"a\",\n]\n";
        let sums = sums(lock);
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[&("b".to_owned(), "2.0.0".to_owned())], "abc");
    }

    #[test]
    fn what_only_tests_and_build_scripts_use_is_not_linked() {
        let dependency = |name: &str, kinds: &Value| json!({ "pkg": name, "dep_kinds": kinds });
        let package = |name: &str, licence: &str| {
            json!({ "name": name, "version": "1.0.0", "id": name, "license": licence, "source": null,
                "manifest_path": "/x/Cargo.toml", "repository": null })
        };
        let metadata = json!({
            "packages": [package("a", "MIT/Apache-2.0"), package("b", "MIT"), package("c", "MIT")],
            "resolve": { "nodes": [{ "id": "a", "deps": [
                dependency("b", &json!([{ "kind": null }, { "kind": "dev" }])),
                dependency("c", &json!([{ "kind": "build" }])),
            ] }] },
        });
        let packages = packages(&metadata, &BTreeMap::new()).unwrap();
        let a = &packages[&("a".to_owned(), "1.0.0".to_owned())];
        assert_eq!(a.licence, "MIT OR Apache-2.0");
        assert_eq!(a.uses.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn the_lines_of_a_tree_are_names_and_versions() {
        let tree = "ecrpass v0.1.0 (/work/crates/ecrpass)\nmemchr v2.8.3\nmemchr v2.8.3 (*)\n\nserde_derive v1.0.229 (proc-macro)\n";
        let found: Vec<_> =
            linked(tree).into_iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(found, ["ecrpass 0.1.0", "memchr 2.8.3", "serde_derive 1.0.229"]);
    }
}
