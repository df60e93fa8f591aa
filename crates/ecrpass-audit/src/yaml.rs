//! YAML and JSON as one kind of tree, with the place of every key and value in its file.
//!
//! A file comes from anywhere: aliases share their value and are counted at full size, so that a bomb of aliases ends in
//! an error, and so does a tree that is too deep to be walked. What stands before a damaged place can still be had.

mod node;
mod reader;
mod scalar;

pub use node::{Key, Node, Style};
pub use reader::{MAX_TEXT, YamlError};

/// Reads all documents of a text.
///
/// # Errors
/// [`YamlError`] at the first damaged place.
pub fn read(text: &str) -> Result<Vec<Node>, YamlError> {
    let (documents, error) = reader::read(text);
    error.map_or(Ok(documents), Err)
}

/// Reads what can be read: of a damaged document that which stands before the damage, and the documents after it. The
/// error is the first one.
pub fn read_partly(text: &str) -> (Vec<Node>, Option<YamlError>) {
    reader::read(text)
}

/// The comment that ends the line of a byte (`uses: x@SHA # v4`), without its `#`. The byte is the end of the value.
pub fn comment_after(text: &str, byte: usize) -> Option<&str> {
    let rest = text.get(byte..)?;
    let line = rest.lines().next()?;
    let comment = line.trim_start();
    // A `#` without a space before it belongs to the value.
    let is_apart = comment.len() < line.len();
    comment.strip_prefix('#').filter(|_| is_apart).map(str::trim)
}

#[cfg(test)]
#[path = "yaml/tests.rs"]
mod tests;
