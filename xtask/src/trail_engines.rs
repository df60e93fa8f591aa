//! What `ecrpass trail` answers and what `ecrpass trail sql` prints, before the engines themselves: DuckDB is asked on the
//! same files and has to give the same tables, and the queries for the others have to be their language's grammar.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::command::{command, run as execute, target};
use crate::tools;

/// The engine, parsers of the others' languages, and what packs a file for it.
const PYTHON: [&str; 3] = ["duckdb==2.0.0", "sqlglot==30.30.0", "zstandard==0.25.0"];
const DIRECTORY: &str = "trail-engines-2";

const JUDGE: &str = include_str!("trail_engines/judge.py");

/// Compares them.
///
/// # Errors
/// When a table differs, or a query cannot be parsed.
pub fn run() -> Result<()> {
    let python = install()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let directory = tempfile::tempdir()?;
    let script = directory.path().join("judge.py");
    fs::write(&script, JUDGE)?;
    let mut judge = Command::new(python.join("bin/python"));
    judge.arg(&script).arg(target().join("debug/ecrpass")).arg(directory.path());
    execute(judge.stdin(Stdio::null()))
}

/// Installs them; where they are.
fn install() -> Result<PathBuf> {
    tools::python(DIRECTORY, &PYTHON, "DuckDB and parsers of SQL")
}
