//! pip, npm, helm, the schema of bills of materials, and the shell.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::asking::{answers, asked};
use crate::lab_clients;
use crate::tools;

/// What holds a bill against the schema of its format, strictly.
const CYCLONEDX: &str = "cyclonedx-python-lib[json-validation]==11.12.0";
const VALIDATE: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
for name in sys.argv[1:]:
    with open(name, encoding='utf-8') as file:
        fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read())
    if fault:
        sys.exit(f'{name}: {fault}')
";

/// Installs the wheel for this machine.
pub fn pip(files: &[PathBuf]) -> Result<()> {
    let wheel = files.iter().find(|path| path.to_string_lossy().contains("linux_2_17_x86_64"));
    let wheel = wheel.context("no wheel for this machine")?;
    let scratch = tempfile::tempdir()?;
    let directory = scratch.path().join("environment");
    asked(Command::new("python3").args(["-m", "venv"]).arg(&directory))?;
    let bin = directory.join("bin");
    asked(Command::new(bin.join("pip")).args(["install", "--quiet", "--no-index"]).arg(wheel))?;
    answers(&bin.join("ecrpass"), "--version")?;
    let helper = bin.join("docker-credential-ecrpass");
    ensure!(is_program(&helper)?, "{} is a script", helper.display());
    answers(&helper, "version")?;
    let files = asked(Command::new(bin.join("pip")).args(["show", "--files", "ecrpass"]))?;
    ensure!(files.contains("License-Expression: Apache-2.0") || files.contains("License"), "{files}");
    asked(Command::new(bin.join("pip")).args(["uninstall", "--quiet", "--yes", "ecrpass"]))?;
    ensure!(!helper.exists(), "the helper is left behind");
    Ok(())
}

/// Installs the package for this machine and the one that asks for it.
pub fn npm(files: &[PathBuf]) -> Result<()> {
    let named = |beginning: &str| {
        let end = format!("{beginning}-{}.tgz", env!("CARGO_PKG_VERSION"));
        let found = files.iter().find(|path| path.file_name().is_some_and(|name| name == end.as_str()));
        found.with_context(|| format!("there is no {end}"))
    };
    // The chart ends so, too.
    let (Ok(main), Ok(platform)) = (named("ecrpass"), named("ecrpass-linux-x64")) else {
        let is_chart_alone = files.iter().all(|path| path.to_string_lossy().contains("-chart-"));
        ensure!(is_chart_alone, "a package of npm's is missing");
        return Ok(());
    };
    tools::debian(&[("nodejs", "node", "judges the packages for npm"), ("npm", "npm", "the same")])?;
    let scratch = tempfile::tempdir()?;
    std::fs::write(scratch.path().join("package.json"), "{\"private\":true}")?;
    let mut install = Command::new("npm");
    // Those for other systems are optional, and in no registry.
    install.args(["install", "--no-audit", "--no-fund", "--omit=optional", "--loglevel=error", "--offline"]);
    install.arg(platform).arg(main).current_dir(scratch.path());
    asked(install.env("npm_config_cache", scratch.path().join("cache")))?;
    let bin = scratch.path().join("node_modules/.bin");
    answers(&bin.join("ecrpass"), "--version")?;
    let helper = bin.join("docker-credential-ecrpass");
    ensure!(is_program(&helper)?, "{} is a script", helper.display());
    answers(&helper, "version")
}

/// Reads the chart out of its archive.
pub fn helm(files: &[PathBuf]) -> Result<()> {
    let helm = lab_clients::helm()?;
    asked(Command::new(helm).args(["lint", "--strict", "--quiet"]).args(files)).map(drop)
}

/// Holds the bills of materials against their schema.
pub fn bills(files: &[PathBuf]) -> Result<()> {
    let directory = tools::python("cyclonedx-11.12.0", &[CYCLONEDX], "the schema of bills of materials")?;
    asked(Command::new(directory.join("bin/python")).args(["-c", VALIDATE]).args(files)).map(drop)
}

fn is_program(path: &Path) -> Result<bool> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    Ok(bytes.starts_with(b"\x7fELF") || bytes.starts_with(b"MZ"))
}

/// Reads the build script of Arch.
pub fn scripts(directory: &Path) -> Result<()> {
    asked(Command::new("bash").arg("-n").arg(directory.join("PKGBUILD"))).map(drop)
}
