//! The helper for ARM, run by an emulator: the tests of its protocol and of its cache, against the program that ships.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use anyhow::Result;

use crate::command::target;
use crate::helper_tests;
use crate::release;
use crate::tools;

const TRIPLE: &str = "aarch64-unknown-linux-musl";

/// Builds it and tests it.
///
/// # Errors
/// When a test fails.
pub fn run() -> Result<()> {
    tools::debian(&[("qemu-user-static", "qemu-aarch64-static", "runs programs for ARM")])?;
    let program = release::helper(TRIPLE)?;
    helper_tests::run(&emulated(&program)?, &[])
}

/// A script that runs a program by the emulator, under the name that the script itself is called by.
fn emulated(program: &std::path::Path) -> Result<PathBuf> {
    let directory = target().join("foreign");
    fs::create_dir_all(&directory)?;
    let script = directory.join("docker-credential-ecr-login");
    let text =
        format!("#!/bin/sh\nexec /usr/bin/qemu-aarch64-static -0 \"$0\" '{}' \"$@\"\n", program.display());
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(script)
}
