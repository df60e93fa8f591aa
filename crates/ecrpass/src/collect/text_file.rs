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

/// The longest file of settings that is parsed, in bytes: what is read of TOML takes fifty times its place in the text.
const MAX_SETTINGS: usize = 1024 * 1024;

/// Refuses a file of settings that is longer than any is, before it is parsed.
///
/// # Errors
/// When it is longer.
pub fn check_settings(path: &Path, text: &str) -> Result<(), CommandError> {
    if text.len() <= MAX_SETTINGS {
        return Ok(());
    }
    Err(CommandError::could_not_run(
        format!("{} has {} bytes: at most {MAX_SETTINGS} are read as settings.", path.display(), text.len()),
        "name a file with settings",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_an_end() {
        let path = Path::new("ecrpass.toml");
        assert!(check_settings(path, &" ".repeat(MAX_SETTINGS)).is_ok());
        let error = check_settings(path, &"[".repeat(MAX_SETTINGS + 1)).unwrap_err().to_string();
        assert!(error.contains("ecrpass.toml has 1048577 bytes: at most 1048576"), "{error}");
    }
}
