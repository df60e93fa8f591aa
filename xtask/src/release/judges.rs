//! The packages before those who install them: dpkg and lintian, rpm and rpmlint, pip, npm, skopeo, helm, the shell. Each
//! installs into a directory of its own, runs what it installed where this machine can, and takes it away again.
//!
//! Alpine's packages are judged by nobody here: Debian has no apk. Their tests read them by the rules of the format.

mod debian;
mod fedora;
mod image;
mod others;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

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

/// Runs a judge; what it says is shown when it refuses.
fn asked(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| shown.clone())?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("{shown}: {}\n{said}", output.status);
    }
    Ok(said)
}

/// The file for this machine, and the one for every machine.
fn pair<'a>(files: &'a [PathBuf], machine: &str, all: &str) -> Result<(&'a Path, &'a Path)> {
    let find = |part: &str| {
        let found = files.iter().find(|path| path.to_string_lossy().contains(part));
        found.map(PathBuf::as_path).with_context(|| format!("no package for {part}"))
    };
    Ok((find(machine)?, find(all)?))
}

/// Every file and link below a directory but those whose paths begin with one of these, relative to it.
fn left(directory: &Path, but: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = path.strip_prefix(directory)?.to_string_lossy().into_owned();
            if but.iter().any(|beginning| name.starts_with(beginning)) {
                continue;
            }
            if entry.file_type()?.is_dir() { folders.push(path) } else { found.push(name) }
        }
    }
    found.sort();
    Ok(found)
}

/// Runs an installed program; without one that this machine runs, nothing was installed.
fn answers(program: &Path, argument: &str) -> Result<()> {
    let said = asked(Command::new(program).arg(argument))?;
    let version = env!("CARGO_PKG_VERSION");
    ensure!(said.contains(version), "{} {argument}: `{}` does not name {version}", program.display(), said.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_packages_is_no_success() {
        assert!(run(tempfile::tempdir().unwrap().path()).is_err());
    }

    #[test]
    fn what_a_judge_says_is_in_the_error() {
        let error = asked(Command::new("sh").args(["-c", "echo because; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("because"), "{error}");
    }

    #[test]
    fn what_is_left_is_named() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("var/lib")).unwrap();
        std::fs::create_dir_all(root.path().join("usr/bin")).unwrap();
        std::fs::write(root.path().join("var/lib/db"), "").unwrap();
        std::fs::write(root.path().join("usr/bin/x"), "").unwrap();
        assert_eq!(left(root.path(), &["var/"]).unwrap(), ["usr/bin/x"]);
    }
}
