//! The `ecrpass` that measurements are of: as it ships, built now, or one that was built for a release before.

use std::path::PathBuf;

use anyhow::{Result, ensure};

use crate::command::{command, target};

/// Names a program to measure, instead of building one.
const VARIABLE: &str = "ECRPASS_UNDER_TEST";

/// Where it is.
///
/// # Errors
/// When it cannot be built, or is not there.
pub fn program() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let program = PathBuf::from(named);
        ensure!(program.is_file(), "{VARIABLE}: {} is not there", program.display());
        return Ok(program);
    }
    let built = command("cargo build --quiet --locked --profile release-lto -p ecrpass").status()?;
    ensure!(built.success(), "ecrpass cannot be built");
    Ok(target().join("release-lto/ecrpass"))
}
