//! `cargo xtask dependencies`: the record of every package of other people, in `supply-chain/dependencies.tsv`. A new one, or
//! a new version, is a changed line that somebody reads.

mod unsafe_code;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command::{root, say};
use crate::packages::{self, Id, Package};

const HEADING: [&str; 9] = [
    "package",
    "version",
    "part of",
    "licence",
    "publisher",
    "runs at build",
    "unsafe",
    "checksum",
    "what it is for",
];

/// How long the words are that say what it is for.
const PURPOSE: usize = 100;

fn path() -> PathBuf {
    root().join("supply-chain/dependencies.tsv")
}

/// Writes the record.
///
/// # Errors
/// When cargo does not tell, or a file cannot be read.
pub fn record() -> Result<()> {
    let text = text()?;
    fs::write(path(), &text).with_context(|| path().display().to_string())?;
    say(&format!("  {} packages in {}", text.lines().count() - 1, path().display()));
    Ok(())
}

/// Compares the record with what is built.
///
/// # Errors
/// When it is out of date; which lines.
pub fn check() -> Result<()> {
    let (now, recorded) = (text()?, fs::read_to_string(path()).unwrap_or_default());
    let lacks = |text: &str, line: &&str| !text.lines().any(|other| other == *line);
    let new = now.lines().filter(|line| lacks(&recorded, line)).map(|line| format!("+ {line}"));
    let gone = recorded.lines().filter(|line| lacks(&now, line)).map(|line| format!("- {line}"));
    let changed: Vec<String> = gone.chain(new).collect();
    if !changed.is_empty() {
        bail!(
            "the record of dependencies is out of date; read what changed, then: cargo xtask dependencies --record\n  {}",
            changed.join("\n  ")
        );
    }
    say(&format!("  {} packages as recorded", now.lines().count() - 1));
    Ok(())
}

/// The record, as it has to be.
fn text() -> Result<String> {
    let checksums = checksums(&fs::read_to_string(root().join("Cargo.lock"))?);
    let parts = packages::parts()?;
    let mut lines = vec![HEADING.join("\t")];
    for package in packages::all()? {
        // What nothing of ours selects is in the lock file for another system or feature.
        let part = parts.get(&package.id()).copied().unwrap_or("nothing");
        let checksum = checksums.get(&package.id()).map_or("", String::as_str);
        lines.push(line(&package, part, checksum)?);
    }
    Ok(lines.join("\n") + "\n")
}

fn line(package: &Package, part: &str, checksum: &str) -> Result<String> {
    let at_build = match (package.has_build_script, package.is_macro) {
        (true, true) => "script, macro",
        (true, false) => "script",
        (false, true) => "macro",
        (false, false) => "",
    };
    let cells = [
        package.name.clone(),
        package.version.clone(),
        part.to_owned(),
        package.licence.clone(),
        publisher(package),
        at_build.to_owned(),
        unsafe_code::of(&package.directory)?,
        checksum.chars().take(16).collect(),
        package.description.chars().take(PURPOSE).collect(),
    ];
    let plain = |cell: &String| cell.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(cells.iter().map(plain).collect::<Vec<_>>().join("\t"))
}

/// Whose it is: the owner of the repository that it names, else the first author.
fn publisher(package: &Package) -> String {
    let at = package.repository.trim_start_matches("https://").trim_end_matches(".git");
    let mut parts = at.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next()) {
        (Some(host), Some(owner)) => format!("{host}/{owner}"),
        _ => package.authors.first().cloned().unwrap_or_default(),
    }
}

/// The checksums of a lock file.
pub fn checksums(lock: &str) -> BTreeMap<Id, String> {
    let value = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    let block =
        |block: &str| Some(((value(block, "name")?, value(block, "version")?), value(block, "checksum")?));
    lock.split("[[package]]").filter_map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_says_what_was_checked() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0\"\nsource = \"r\"\nchecksum = \"12ab\"\n\n[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n";
        let found = checksums(lock);
        assert_eq!(found.len(), 1);
        assert_eq!(found[&("a".to_owned(), "1.0".to_owned())], "12ab");
    }

    #[test]
    fn a_line_says_who_and_what_for_and_stays_one_line() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("lib.rs"), "#![forbid(unsafe_code)]\n").unwrap();
        let package = Package {
            name: "a".to_owned(),
            version: "1.0".to_owned(),
            directory: directory.path().to_owned(),
            licence: "MIT".to_owned(),
            authors: Vec::new(),
            repository: "https://github.com/ann/a.git".to_owned(),
            description: "Does\n\tthings".to_owned(),
            has_build_script: true,
            is_macro: false,
        };
        let line = line(&package, "helper", "0123456789abcdef0123").unwrap();
        assert_eq!(
            line,
            "a\t1.0\thelper\tMIT\tgithub.com/ann\tscript\tforbidden\t0123456789abcdef\tDoes things"
        );
    }
}
