//! What `ecrpass` prints for programs, beside the JSON Schemas in `docs/schema`: every format is made by a real run, and
//! has to be what its schema says, and nothing that it does not say.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::command::{command, root, run as execute, target};
use crate::tools;

const PYTHON: [&str; 1] = ["jsonschema==4.26.0"];
const DIRECTORY: &str = "schemas-1";

const JUDGE: &str = include_str!("schemas/judge.py");

/// Makes and compares them.
///
/// # Errors
/// When one is not as its schema says.
pub fn run() -> Result<()> {
    let python = install()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("judge.py");
    fs::write(&script, JUDGE)?;
    let mut judge = Command::new(python.join("bin/python"));
    judge
        .arg(&script)
        .arg(target().join("debug/ecrpass"))
        .arg(root().join("docs/schema"))
        .arg(directory.path());
    execute(judge.stdin(Stdio::null()))
}

/// Installs the validator; where it is.
fn install() -> Result<PathBuf> {
    tools::python(DIRECTORY, &PYTHON, "a validator of JSON Schema")
}
