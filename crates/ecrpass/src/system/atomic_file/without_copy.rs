//! Writing a file of which others keep the history: no copy is left beside it.

use super::{Original, Replaced};
use crate::error::CommandError;

impl Original {
    /// Puts a new text in the file's place, and keeps no copy of the old one: for files that a repository keeps.
    ///
    /// # Errors
    /// When it cannot be written; the old file is then still there.
    pub fn replace_only(&self, text: &str) -> Result<Replaced, CommandError> {
        let new = self.prepared(text, &self.attributes()?, false)?;
        self.put(new, text, &mut |_| {})
    }
}
