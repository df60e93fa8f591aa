//! The packages before those who install them: dpkg and lintian, rpm and rpmlint, pip, npm, skopeo, helm, the shell. Each
//! installs into a directory of its own, runs what it installed where this machine can, and takes it away again.
//!
//! Alpine's packages are judged by nobody here: Debian has no apk. Their tests read them by the rules of the format.

mod asking;
mod debian;
mod fedora;
mod image;
mod others;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::command::say;

/// Judges what there is in a directory.
///
/// # Errors
/// What is found.
pub fn run(directory: &Path) -> Result<()> {
    let mut count = 0;
    let judges: [(&str, &str, Judge); 9] = [
        ("dpkg", ".deb", debian::install),
        ("lintian", ".deb", debian::lint),
        ("rpm", ".rpm", fedora::install),
        ("rpmlint", ".rpm", fedora::lint),
        ("skopeo", "-image.tar", image::inspect),
        ("pip", ".whl", others::pip),
        ("npm", ".tgz", others::npm),
        ("helm", "-chart-{}.tgz", others::helm),
        ("cyclonedx", ".cdx.json", others::bills),
    ];
    for (name, end, judge) in judges {
        let files = ending(directory, &end.replace("{}", env!("CARGO_PKG_VERSION")))?;
        if files.is_empty() {
            continue;
        }
        judge(&files).with_context(|| format!("{name} judges {}", directory.display()))?;
        say(&format!("  {name}: {} files, nothing found", files.len()));
        count += 1;
    }
    if directory.join("PKGBUILD").is_file() {
        others::scripts(directory)?;
        say("  bash: PKGBUILD is read");
        count += 1;
    }
    ensure!(count > 0, "{} holds nothing that anybody installs", directory.display());
    Ok(())
}

/// Looks at all files of one kind.
type Judge = fn(&[PathBuf]) -> Result<()>;

/// The files whose names end so, by name.
fn ending(directory: &Path, end: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = std::path::absolute(entry?.path())?;
        if path.to_string_lossy().ends_with(end) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_packages_is_no_success() {
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }
}
