//! All of standard input, as a text.

use std::io::{self, Read};
use std::time::Instant;

use ecrpass_system::standard_input;
use zeroize::Zeroizing;

use crate::error::CommandError;

/// The most that is read, in bytes.
const MAX: u64 = 16 * 1024 * 1024;

/// Reads all of standard input, of at most 16 MiB.
///
/// # Errors
/// When it is larger, or no text.
pub fn standard_input() -> Result<Zeroizing<String>, CommandError> {
    standard_input_for("a docker configuration")
}

/// The same where something else than a docker configuration is wanted.
///
/// # Errors
/// As [`standard_input()`].
pub fn standard_input_for(wanted: &str) -> Result<Zeroizing<String>, CommandError> {
    text_of(io::stdin().lock(), wanted)
}

/// The same, of at most so many bytes; `smaller` is how to get less of it.
///
/// # Errors
/// As [`standard_input()`].
pub fn standard_input_of_at_most(
    most: usize,
    wanted: &str,
    smaller: &str,
) -> Result<Zeroizing<String>, CommandError> {
    let most = most as u64;
    match text_within(io::stdin().lock(), most, wanted)? {
        Some(text) => Ok(text),
        None => {
            Err(CommandError::could_not_run(format!("The input is larger than {} MiB.", most >> 20), smaller))
        }
    }
}

/// The same where it need not be text.
///
/// # Errors
/// When it is larger.
pub fn standard_input_bytes(wanted: &str) -> Result<Vec<u8>, CommandError> {
    let mut bytes = Vec::new();
    match io::stdin().lock().take(MAX + 1).read_to_end(&mut bytes) {
        Ok(size) if size as u64 > MAX => Err(too_large(wanted)),
        Ok(_) => Ok(bytes),
        Err(error) => Err(CommandError::could_not_run(
            format!("The input cannot be read: {error}."),
            format!("give it {wanted}"),
        )),
    }
}

fn too_large(wanted: &str) -> CommandError {
    CommandError::could_not_run("The input is larger than 16 MiB.", format!("give it {wanted}"))
}

/// The same as [`standard_input()`], for a command that has a deadline.
///
/// # Errors
/// Also when it is not closed in time.
pub fn standard_input_until(end: Instant) -> Result<Zeroizing<String>, CommandError> {
    text_of(TimelyStdin { end }, "a docker configuration")
}

fn text_of(input: impl Read, wanted: &str) -> Result<Zeroizing<String>, CommandError> {
    text_within(input, MAX, wanted)?.ok_or_else(|| too_large(wanted))
}

/// All of it; `None` where it is larger.
fn text_within(input: impl Read, most: u64, wanted: &str) -> Result<Option<Zeroizing<String>>, CommandError> {
    let mut text = Zeroizing::new(String::new());
    match input.take(most + 1).read_to_string(&mut text) {
        Ok(size) if size as u64 > most => Ok(None),
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(CommandError::could_not_run(
            format!("The input cannot be read: {error}."),
            "write it to a file first, or raise --deadline",
        )),
        Err(error) => Err(CommandError::could_not_run(
            format!("The input cannot be read: {error}."),
            format!("give it {wanted} in UTF-8"),
        )),
    }
}

/// Standard input until a moment.
struct TimelyStdin {
    end: Instant,
}

impl Read for TimelyStdin {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            standard_input::wait(self.end)?;
            match standard_input::read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return other,
            }
        }
    }
}
