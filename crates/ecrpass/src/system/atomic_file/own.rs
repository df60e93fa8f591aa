//! A file of our own, which nobody else writes.

use std::io;
use std::path::Path;

use super::attributes::{Attributes, create_directory};
use super::temporary::Temporary;

/// Writes a file that only ecrpass reads and writes, whole or not at all, with its directory: its owner's alone.
///
/// # Errors
/// When it cannot be written.
pub fn write_own(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new(""));
    create_directory(directory)?;
    Temporary::write(path, text, &Attributes::new_in(directory), true)?.replace(path)
}
