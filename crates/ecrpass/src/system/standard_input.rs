//! All of standard input, as a text.

use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::error::CommandError;

/// Reads all of standard input, of at most 16 MiB.
///
/// # Errors
/// When it is larger, or no text.
pub fn standard_input() -> Result<Zeroizing<String>, CommandError> {
    const MAX: u64 = 16 * 1024 * 1024;
    let mut text = Zeroizing::new(String::new());
    match io::stdin().lock().take(MAX + 1).read_to_string(&mut text) {
        Ok(size) if size as u64 > MAX => Err(CommandError::could_not_run(
            "The input is larger than 16 MiB.",
            "give it a docker configuration",
        )),
        Ok(_) => Ok(text),
        Err(error) => Err(CommandError::could_not_run(
            format!("The input cannot be read: {error}."),
            "give it a docker configuration in UTF-8",
        )),
    }
}
