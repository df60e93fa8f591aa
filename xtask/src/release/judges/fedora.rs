//! rpm, which installs, and rpmlint, which reads.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use super::asking::{answers, asked, left, pair};
use crate::command::root;
use crate::tools;

/// Installs both packages into an empty root, verifies them, and removes them.
pub fn install(files: &[PathBuf]) -> Result<()> {
    tools::debian(&[("rpm", "rpm", "judges rpm packages")])?;
    let (main, drop_in) = pair(files, ".x86_64.rpm", ".noarch.rpm")?;
    for file in files {
        asked(Command::new("rpm").args(["--checksig", "--nosignature"]).arg(file))?;
    }
    let relations = |option: &str| asked(Command::new("rpm").args(["-qp", option]).arg(drop_in));
    for (option, is_named) in [("--conflicts", true), ("--provides", true), ("--obsoletes", false)] {
        let said = relations(option)?;
        ensure!(said.contains("amazon-ecr-credential-helper") == is_named, "rpm {option}: {said}");
    }
    let scratch = tempfile::tempdir()?;
    let directory = scratch.path().join("root");
    std::fs::create_dir_all(&directory)?;
    let rpm = |arguments: &[&str], files: &[&std::path::Path]| {
        let mut rpm = Command::new("rpm");
        rpm.arg("--root").arg(&directory).args(arguments).args(files);
        asked(&mut rpm)
    };
    rpm(&["--initdb"], &[])?;
    ensure!(rpm(&["-i"], &[drop_in]).is_err(), "the name was installed without the helper");
    rpm(&["-i"], &[main])?;
    rpm(&["-i"], &[drop_in])?;
    let bin = directory.join("usr/bin");
    answers(&bin.join("ecrpass"), "--version")?;
    for helper in ["docker-credential-ecrpass", "docker-credential-ecr-login"] {
        answers(&bin.join(helper), "version")?;
    }
    let said = rpm(&["-V", "ecrpass", "ecrpass-ecr-login"], &[])?;
    ensure!(said.trim().is_empty(), "rpm -V: {said}");
    rpm(&["-e", "ecrpass-ecr-login", "ecrpass"], &[])?;
    let left = left(&directory, &["var/lib/rpm", "root/.rpmdb", "usr/lib/sysimage", "var/tmp"])?;
    ensure!(left.is_empty(), "left behind: {}", left.join(", "));
    Ok(())
}

/// Reads them as Fedora's reviewers do.
pub fn lint(files: &[PathBuf]) -> Result<()> {
    tools::debian(&[("rpmlint", "rpmlint", "judges rpm packages")])?;
    let mut rpmlint = Command::new("rpmlint");
    rpmlint.arg("--rpmlintrc").arg(root().join("packaging/rpmlintrc"));
    asked(rpmlint.args(files)).map(drop)
}
