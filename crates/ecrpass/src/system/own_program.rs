//! This program once more, for what is to have a process of its own: an end by force, little memory, no way to take the
//! caller with it.

use std::io;
use std::process::{Command, Stdio};

/// The command that starts it; whoever runs it adds the arguments. All three streams are captured.
///
/// # Errors
/// When it is not known where the program is.
pub fn command() -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Under another name it would be the credential helper, or somebody's plugin.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "ecrpass");
    Ok(command)
}
