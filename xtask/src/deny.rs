//! The step `licences`: what may enter the dependency tree, and whether anything in it has a known vulnerability, by
//! cargo-deny and deny.toml.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{root, run as execute, say, target};
use crate::tools;

/// A clone of the RustSec advisory database, for networks that do not reach its host.
const VENDORED: &str = "ECRPASS_ADVISORY_DB";

/// Checks all of it.
///
/// # Errors
/// What must not be there. Advisories that cannot be had are no error, and are said not to have been checked.
pub fn run() -> Result<()> {
    execute(&mut check(&root().join("deny.toml"), "bans licenses sources")?)?;
    let vendored = std::env::var_os(VENDORED);
    let config = match &vendored {
        Some(database) => with_database(Path::new(database))?,
        None => root().join("deny.toml"),
    };
    // The advisory database is on a host that closed networks do not reach: say so, do not pretend.
    match check(&config, "advisories")?.output() {
        Ok(output) if output.status.success() => say("  no known advisories"),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let is_missing = text.contains("failed to fetch advisory database")
                || text.contains("failed to load advisory database");
            if vendored.is_some() || !is_missing {
                bail!("cargo deny check advisories:\n{text}");
            }
            say(&format!(
                "  NOT CHECKED: the advisory database cannot be fetched from here; {VENDORED} may name a clone of https://github.com/RustSec/advisory-db"
            ));
        }
        Err(error) => bail!("cargo deny check advisories: {error}"),
    }
    Ok(())
}

fn check(config: &Path, what: &str) -> Result<Command> {
    let mut deny = tools::cargo_deny()?;
    deny.args(["--locked", "--all-features", "--config"]).arg(config).arg("check").args(what.split(' '));
    Ok(deny)
}

/// deny.toml with a database on this machine in the place of the one on the network.
fn with_database(database: &Path) -> Result<std::path::PathBuf> {
    let database = database.canonicalize().with_context(|| format!("{VENDORED}: {}", database.display()))?;
    let text = fs::read_to_string(root().join("deny.toml"))?;
    let path = target().join("deny-vendored.toml");
    fs::write(&path, naming(&text, &database)?)?;
    Ok(path)
}

fn naming(text: &str, database: &Path) -> Result<String> {
    let (before, after) = text.split_once("[advisories]\n").context("deny.toml has no [advisories]")?;
    Ok(format!("{before}[advisories]\ndb-urls = [\"file://{}\"]\n{after}", database.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_on_this_machine_takes_the_networks_place() {
        let text = fs::read_to_string(root().join("deny.toml")).unwrap();
        let named = naming(&text, Path::new("/db")).unwrap();
        assert!(named.contains("[advisories]\ndb-urls = [\"file:///db\"]\n"), "{named}");
        assert_eq!(named.replace("db-urls = [\"file:///db\"]\n", ""), text);
    }
}
