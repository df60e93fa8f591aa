//! Writes new files below a directory: all of them, or none where one is there already with another text.

use std::fs;
use std::path::Path;

use crate::error::CommandError;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::atomic_file::{Original, Replaced};

/// Writes the texts to their paths.
///
/// # Errors
/// Where a file is there already, or cannot be written.
pub fn write(directory: &Path, texts: &[(&str, &str)], ui: &mut Ui) -> Result<(), CommandError> {
    let mut originals = Vec::new();
    for (name, text) in texts {
        let path = directory.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let original = Original::read(&path)?;
        let is_other = original.text.as_ref().is_some_and(|there| there.as_str() != *text);
        if is_other {
            return Err(CommandError::problems(
                format!("{} is there already, with another text; nothing was written.", path.display()),
                "choose another directory with --output, or move the file away",
            ));
        }
        originals.push((original, *text));
    }
    for (original, text) in originals {
        let is_there = original.text.is_some();
        if !is_there && original.replace_only(text)? != Replaced::Done {
            return Err(CommandError::problems(
                format!("{} was written by another program meanwhile.", original.path.display()),
                "look at it, and run this again",
            ));
        }
        let done = if is_there { "is there already" } else { "is written" };
        ui.result(&format!("{} {} {done}", styled(GOOD, "✓"), original.path.display()))?;
    }
    Ok(())
}
