//! `ecrpass mcp` before a real client: the protocol's own library for Python, by the handshake of today's clients and by
//! that of older ones, calls every tool and looks at what comes back.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::command::{command, run as execute, target};
use crate::tools;

const PYTHON: [&str; 2] = ["mcp==2.3.0", "jsonschema==4.26.0"];
const DIRECTORY: &str = "mcp-client-1";

const JUDGE: &str = include_str!("mcp_client/judge.py");

/// Has it talked to.
///
/// # Errors
/// When the client does not understand the server, or an answer is not as it has to be.
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

/// Installs the client; where it is.
fn install() -> Result<PathBuf> {
    tools::python(DIRECTORY, &PYTHON, "a client of the Model Context Protocol")
}
