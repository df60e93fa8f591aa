//! `ecrpass kubelet inside ROOT -- COMMAND`: becomes a command of the node, in the node's file system.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::error::CommandError;

/// Arguments of `ecrpass kubelet inside`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The new root
    pub root: PathBuf,
    /// The command, as it is named there
    #[arg(last = true, required = true)]
    pub command: Vec<OsString>,
}

/// Runs the command; it returns only when that cannot be.
///
/// # Errors
/// When the root cannot be entered, or has no such program.
pub fn run(arguments: &Arguments) -> Result<(), CommandError> {
    let shown = arguments.root.display();
    std::os::unix::fs::chroot(&arguments.root).and_then(|()| std::env::set_current_dir("/")).map_err(
        |error| {
            CommandError::io(
                &format!("{shown} cannot be entered"),
                error,
                "give the container CAP_SYS_CHROOT",
            )
        },
    )?;
    let [program, rest @ ..] = arguments.command.as_slice() else { return Ok(()) };
    let error = Command::new(program).args(rest).exec();
    Err(CommandError::io(
        &format!("{} cannot be run in {shown}", program.to_string_lossy()),
        error,
        "mount the whole file system of the node there",
    ))
}
