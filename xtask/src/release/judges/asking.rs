//! What all judges share: running a program, and looking at what it left.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Runs a judge; what it says is shown when it refuses.
pub fn asked(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().with_context(|| shown.clone())?;
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("{shown}: {}\n{said}", output.status);
    }
    Ok(said)
}

/// The file for this machine, and the one for every machine.
pub fn pair<'a>(files: &'a [PathBuf], machine: &str, all: &str) -> Result<(&'a Path, &'a Path)> {
    let find = |part: &str| {
        let found = files.iter().find(|path| path.to_string_lossy().contains(part));
        found.map(PathBuf::as_path).with_context(|| format!("no package for {part}"))
    };
    Ok((find(machine)?, find(all)?))
}

/// Every file and link below a directory but those whose paths begin with one of these, relative to it.
pub fn left(directory: &Path, but: &[&str]) -> Result<Vec<String>> {
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
pub fn answers(program: &Path, argument: &str) -> Result<()> {
    let said = asked(Command::new(program).arg(argument))?;
    let version = env!("CARGO_PKG_VERSION");
    ensure!(
        said.contains(version),
        "{} {argument}: `{}` does not name {version}",
        program.display(),
        said.trim()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
