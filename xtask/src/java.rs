//! Jib and testcontainers for Java, from Maven Central, behind a small program of ours.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

use crate::command::{find_on_path, root, run, say};
use crate::tools::{self, cache};

/// The program's name, for the lab.
const NAME: &str = "java-clients";

/// Downloads the libraries and compiles the program, unless that was done; the directory it is in.
pub fn build() -> Result<PathBuf> {
    tools::java()?;
    let module = root().join("crates/ecrpass-lab/clients/java");
    let mut hash = Sha256::new();
    for file in ["pom.xml", "Clients.java"] {
        hash.update(std::fs::read(module.join(file))?);
    }
    let hash: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let directory = cache()?.join(format!("{NAME}-{hash}"));
    let program = directory.join(NAME);
    if program.exists() {
        return Ok(directory);
    }
    say("  downloading and compiling the clients for Java, once");
    std::fs::create_dir_all(&directory)?;
    let (libraries, classes) = (directory.join("libraries"), directory.join("classes"));
    let mut download = Command::new("mvn");
    download.args(["--quiet", "--batch-mode", "--file"]).arg(module.join("pom.xml"));
    download.arg("dependency:copy-dependencies");
    download.arg(format!("-DoutputDirectory={}", libraries.display()));
    run(download.stdin(Stdio::null()))?;
    let mut compile = Command::new("javac");
    compile.arg("-cp").arg(libraries.join("*")).arg("-d").arg(&classes).arg(module.join("Clients.java"));
    run(compile.stdin(Stdio::null()))?;
    let java = find_on_path("java").context("there is no java on PATH")?;
    // Java takes the home from the system's list of users; a test has one of its own. Written last, so that half of it is
    // made again.
    let script = format!(
        "#!/bin/sh\nexec '{}' -XX:TieredStopAtLevel=1 -Duser.home=\"$HOME\" -cp '{}/*:{}' Clients \"$@\"\n",
        java.display(),
        libraries.display(),
        classes.display()
    );
    let new = directory.join("new");
    std::fs::write(&new, script)?;
    let mode = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    std::fs::set_permissions(&new, mode)?;
    std::fs::rename(&new, &program)?;
    Ok(directory)
}
