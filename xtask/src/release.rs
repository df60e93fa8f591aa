//! `cargo xtask release`: everything that is attached to a release, in one directory, with its checksums.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::command::{command, root, run, say, target};
use crate::hooks;
use crate::static_program;
use crate::tools::{self, MUSL};
use crate::web;

/// Builds the static programs and the web pages and puts them together.
pub fn release() -> Result<()> {
    tools::packages(true)?;
    static_program::build()?;
    run(&mut command(&format!(
        "cargo build --quiet --locked --profile release-lto --target {MUSL} -p ecrpass -p ecrpass-operator"
    )))?;
    web::build()?;
    let directory = target().join(format!("release-{}", env!("CARGO_PKG_VERSION")));
    fs::create_dir_all(&directory)?;
    let programs = target().join(MUSL).join("release-lto");
    hooks::absent(&programs.join("ecrpass"))?;
    let [explain, audit] = web::pages();
    let files = [
        programs.join("docker-credential-ecr-login"),
        programs.join("ecrpass"),
        programs.join("ecrpass-operator"),
        explain,
        audit,
        root().join("docs/schema/bundle-1.json"),
        root().join("LICENSE"),
        root().join("CHANGELOG.md"),
    ];
    let mut sums = String::new();
    for file in files {
        let name = file.file_name().context("a file has a name")?;
        fs::copy(&file, directory.join(name)).with_context(|| file.display().to_string())?;
        let digest = Sha256::digest(fs::read(&file)?);
        let hex = ecrpass_core::hex::hex(&digest);
        let _ = writeln!(sums, "{hex}  {}", name.to_string_lossy());
    }
    fs::write(directory.join("SHA256SUMS"), &sums)?;
    say(&format!("{sums}in {}", directory.display()));
    Ok(())
}
