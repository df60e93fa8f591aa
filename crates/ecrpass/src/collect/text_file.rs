//! A text that a command line names: a file, or standard input for `-`.

use std::path::Path;

use ecrpass_clients::client::FileState;

use crate::error::CommandError;
use crate::system::machine::read_named;
use crate::system::standard_input::standard_input_for;

/// Reads it; `what` is what it should be.
///
/// # Errors
/// When it is not there or cannot be read.
pub fn text_of(path: &Path, what: &str) -> Result<String, CommandError> {
    if path == Path::new("-") {
        return Ok(standard_input_for(what)?.to_string());
    }
    match read_named(path) {
        FileState::Text(text) => Ok(text.to_string()),
        FileState::Missing => Err(CommandError::could_not_run(
            format!("{} does not exist.", path.display()),
            format!("name {what}"),
        )),
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, format!("name {what}"))),
    }
}
