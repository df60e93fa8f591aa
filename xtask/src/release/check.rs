//! `cargo xtask release --check`: makes everything twice, the second time of a copy in another directory, with another home
//! of cargo's and another target directory, and compares the bytes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::about::About;
use crate::command::{command, output, root, run, say};
use crate::tools;

/// Makes a release again somewhere else and compares it with the one in `first`.
///
/// # Errors
/// When they differ, with the files that do.
pub fn check(about: &About, arguments: &[String], first: &Path) -> Result<()> {
    // Of another length, too: a path that is left in a program moves all that follows.
    let scratch = tempfile::Builder::new().prefix("ecrpass-made-again-elsewhere-").tempdir()?;
    let copy = scratch.path().join("sources");
    copy_sources(&copy)?;
    let home = scratch.path().join("home-of-cargo");
    cargo_home(&home)?;
    let second = scratch.path().join("release");
    say(&format!("  again, in {}", scratch.path().display()));
    let mut again = Command::new(std::env::current_exe()?);
    again.args(["release"]).args(arguments).arg("--output").arg(&second).stdin(Stdio::null());
    again.env("ECRPASS_ROOT", &copy).env("CARGO_HOME", &home).env_remove("CARGO_TARGET_DIR");
    again.env("ECRPASS_COMMIT", &about.commit).env("SOURCE_DATE_EPOCH", about.epoch.to_string());
    // What the tools are kept in is found by HOME.
    again.env("ECRPASS_CACHE", tools::cache()?);
    run(&mut again)?;
    compare(first, &second)
}

/// What git knows, as it is now.
fn copy_sources(to: &Path) -> Result<()> {
    let listed = output(&mut command("git ls-files -z --cached --others --exclude-standard"))?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root().join(name), to.join(name));
        // Removed, and not yet said so.
        if !from.is_file() {
            continue;
        }
        std::fs::create_dir_all(to.parent().context("a file has a directory")?)?;
        std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
    }
    Ok(())
}

/// Another home, with what was downloaded.
fn cargo_home(to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let from = match std::env::var_os("CARGO_HOME") {
        Some(home) => home.into(),
        None => Path::new(&std::env::var_os("HOME").context("HOME is not set")?).join(".cargo"),
    };
    for name in ["registry", "git", "config.toml"] {
        if from.join(name).exists() {
            std::os::unix::fs::symlink(from.join(name), to.join(name))?;
        }
    }
    Ok(())
}

/// Compares the files of two directories.
fn compare(first: &Path, second: &Path) -> Result<()> {
    let (one, other) = (read(first)?, read(second)?);
    let names: Vec<_> = one.keys().chain(other.keys()).collect();
    let mut differ: Vec<String> = names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|name| match (one.get(name), other.get(name)) {
            (Some(one), Some(other)) => {
                let at = one.iter().zip(other).position(|(a, b)| a != b);
                format!("{name}: {} and {} bytes, differ from byte {at:?} on", one.len(), other.len())
            }
            _ => format!("{name} was made only once"),
        })
        .collect();
    differ.sort();
    differ.dedup();
    if !differ.is_empty() {
        bail!("two builds differ:\n  {}", differ.join("\n  "));
    }
    ensure!(!one.is_empty(), "{} is empty", first.display());
    say(&format!("  {} files, made twice: the same bytes", one.len()));
    Ok(())
}

fn read(directory: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        files.insert(entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_differs_is_found_and_so_is_a_file_too_many() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, other) = (one.path(), other.path());
        assert!(compare(one, other).is_err(), "nothing was made");
        std::fs::write(one.join("a"), "abc").unwrap();
        std::fs::write(other.join("a"), "abc").unwrap();
        compare(one, other).unwrap();
        std::fs::write(other.join("a"), "abd").unwrap();
        let error = compare(one, other).unwrap_err().to_string();
        assert!(error.contains("a: 3 and 3 bytes, differ from byte Some(2) on"), "{error}");
        std::fs::write(other.join("a"), "abc").unwrap();
        std::fs::write(other.join("b"), "").unwrap();
        assert!(compare(one, other).unwrap_err().to_string().contains("b was made only once"));
    }

    #[test]
    fn the_copy_holds_the_sources_and_nothing_that_was_built() {
        let scratch = tempfile::tempdir().unwrap();
        copy_sources(scratch.path()).unwrap();
        assert!(scratch.path().join("Cargo.lock").is_file());
        assert!(scratch.path().join(".cargo/config.toml").is_file());
        assert!(!scratch.path().join("target").exists());
    }
}
