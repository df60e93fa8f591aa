//! The helper as it ships: one static program.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::command::{command, run as execute, say, target};
use crate::hooks;
use crate::tools::{self, MUSL};

/// The most the static helper may measure, in bytes.
const MAX_HELPER: u64 = 6_000_000;

/// The static helper, where the build puts it.
pub fn path() -> PathBuf {
    target().join(MUSL).join("release-lto/docker-credential-ecr-login")
}

/// Builds the program that ships and checks its size.
pub fn build() -> Result<()> {
    tools::targets()?;
    execute(&mut command(&format!(
        "cargo build --quiet --locked --profile release-lto --target {MUSL} -p docker-credential-ecr-login"
    )))?;
    let size = std::fs::metadata(path())?.len();
    say(&format!("  {size} bytes"));
    if size > MAX_HELPER {
        bail!("the static helper measures {size} bytes, more than {MAX_HELPER}");
    }
    hooks::absent(&path())
}
