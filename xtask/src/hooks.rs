//! What is built for tests can fail on purpose; what ships cannot.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The word that makes a program built for tests fail.
const HOOK: &str = "provoke-bug";

/// Looks whether a program that ships takes the word for any other that it does not know.
///
/// # Errors
/// When it knows it.
pub fn absent(program: &Path) -> Result<()> {
    let shown = program.display();
    let bytes = std::fs::read(program).with_context(|| format!("cannot read {shown}"))?;
    if bytes.windows(HOOK.len()).any(|part| part == HOOK.as_bytes()) {
        bail!("{shown} holds the word `{HOOK}`: it was built for tests");
    }
    // A short word may be compared piece by piece, and stand nowhere.
    let answer = |word: &str| -> Result<(Option<i32>, String)> {
        let mut command = Command::new(program);
        command.args([word, "main"]).stdin(Stdio::null());
        let output = command.output().with_context(|| format!("cannot run {shown}"))?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).replace(word, "");
        // What is meant is guessed from the word itself.
        let lines = said.lines().filter(|line| !line.trim().is_empty() && !line.trim().starts_with("tip:"));
        Ok((output.status.code(), lines.collect::<Vec<_>>().join("\n")))
    };
    let (hook, other) = (answer(HOOK)?, answer("provoke-nil")?);
    if hook != other {
        bail!("{shown} knows `{HOOK}`: {hook:?}, and not {other:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_that_knows_the_word_is_told_from_one_that_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let program = |name: &str, text: &str| {
            let path = directory.path().join(name);
            let script = format!("cat > {0} <<'END'\n#!/bin/sh\n{text}\nEND\nchmod 755 {0}", path.display());
            assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
            absent(&path)
        };
        assert!(program("clean", "echo \"usage, not $1\"; exit 2").is_ok());
        assert!(program("holds", "case $1 in provoke-bug) exit 3;; esac; exit 2").is_err());
        assert!(program("pieces", "case $1 in provoke-b*) exit 3;; esac; exit 2").is_err());
    }
}
