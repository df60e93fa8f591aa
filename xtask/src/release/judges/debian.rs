//! dpkg, which installs, and lintian, which reads.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::asking::{answers, asked, left, pair};
use crate::command::command;
use crate::tools;

/// Amazon's package, whose place the small one takes.
const AMAZON: &str = "amazon-ecr-credential-helper";

/// Installs both packages into an empty root, over Amazon's, verifies them, and removes them.
pub fn install(files: &[PathBuf]) -> Result<()> {
    let (main, drop_in) = pair(files, "_amd64.deb", "_all.deb")?;
    for file in files {
        let fields = asked(Command::new("dpkg-deb").arg("--info").arg(file))?;
        ensure!(fields.contains("Package: ecrpass"), "{}: {fields}", file.display());
        asked(Command::new("dpkg-deb").arg("--contents").arg(file))?;
    }
    let scratch = tempfile::tempdir()?;
    let root = scratch.path().join("root");
    for directory in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"] {
        fs::create_dir_all(root.join(directory))?;
    }
    for file in ["status", "available"] {
        fs::write(root.join("var/lib/dpkg").join(file), "")?;
    }
    dpkg(&root, &["--install"], &[&amazon(scratch.path())?])?;
    dpkg(&root, &["--install"], &[main])?;
    let before = installed(&root, AMAZON)?;
    ensure!(before, "ecrpass took Amazon's away, which only ecrpass-ecr-login may");
    let bin = root.join("usr/bin");
    answers(&bin.join("ecrpass"), "--version")?;
    answers(&bin.join("docker-credential-ecrpass"), "version")?;
    answers(&bin.join("ecr-credential-provider"), "--version")?;
    dpkg(&root, &["--install"], &[drop_in])?;
    ensure!(!installed(&root, AMAZON)?, "Amazon's package is still there");
    answers(&bin.join("docker-credential-ecr-login"), "version")?;
    let said = dpkg(&root, &["--verify"], &[])?;
    ensure!(said.trim().is_empty(), "dpkg --verify: {said}");
    // Amazon's back is refused while ours is there.
    let back = dpkg(&root, &["--install"], &[&amazon(scratch.path())?]);
    ensure!(back.is_err(), "Amazon's was installed beside ours");
    dpkg(&root, &["--purge", "ecrpass-ecr-login", AMAZON, "ecrpass"], &[])?;
    let left = left(&root, &["var/lib/dpkg", "var/log"])?;
    ensure!(left.is_empty(), "left behind: {}", left.join(", "));
    Ok(())
}

fn dpkg(root: &Path, arguments: &[&str], files: &[&Path]) -> Result<String> {
    let mut dpkg = Command::new("dpkg");
    let log = root.join("var/log/dpkg.log");
    fs::create_dir_all(log.parent().unwrap_or(root))?;
    dpkg.arg("--root").arg(root).arg(format!("--log={}", log.display()));
    // Amazon's wants a C library, and an empty root has none.
    asked(dpkg.arg("--force-depends").args(arguments).args(files).env("LC_ALL", "C"))
}

fn installed(root: &Path, package: &str) -> Result<bool> {
    let status = fs::read_to_string(root.join("var/lib/dpkg/status"))?;
    Ok(status.split("\n\n").any(|block| {
        block.contains(&format!("Package: {package}\n")) && block.contains("Status: install ok")
    }))
}

/// Amazon's package, from Debian.
fn amazon(directory: &Path) -> Result<PathBuf> {
    let downloads = directory.join("amazon");
    if !downloads.is_dir() {
        fs::create_dir(&downloads)?;
        let mut fetch = command("apt-get download -qq -o APT::Sandbox::User=root");
        asked(fetch.arg(AMAZON).current_dir(&downloads))?;
    }
    Ok(fs::read_dir(&downloads)?.next().context("apt-get download left nothing")??.path())
}

/// Reads both packages as Debian's archive does.
pub fn lint(files: &[PathBuf]) -> Result<()> {
    tools::debian(&[("lintian", "lintian", "judges Debian packages")])?;
    // Root is warned of, since packages of strangers are unpacked; these are ours.
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error", "--tag-display-limit", "0"]);
    let said = asked(lintian.args(files))?;
    for line in said.lines().filter(|line| line.starts_with("W:")) {
        crate::command::say(&format!("  {line}"));
    }
    Ok(())
}
