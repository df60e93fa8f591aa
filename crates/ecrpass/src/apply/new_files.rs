//! Writes new files below a directory: all of them, or none where one is there already with another text.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::CommandError;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::atomic_file::Original;
use crate::system::named_output::{make_directory, write_new};

/// Writes the texts to their paths.
///
/// # Errors
/// Where a file is there already, or cannot be written.
pub fn write(directory: &Path, texts: &[(&str, &str)], ui: &mut Ui) -> Result<(), CommandError> {
    let mut missing = Vec::new();
    for (name, text) in texts {
        let path = directory.join(name);
        match Original::look(&path)?.text {
            Some(there) if there.as_str() == *text => {
                ui.result(&format!("{} {} is there already", styled(GOOD, "✓"), path.display()))?;
            }
            Some(_) => {
                return Err(CommandError::problems(
                    format!("{} is there already, with another text; nothing was written.", path.display()),
                    "choose another directory with --output, or move the file away",
                ));
            }
            None => missing.push((path, *text)),
        }
    }
    for (path, text) in missing {
        let failed = |error| {
            CommandError::io(
                &format!("{} cannot be written", path.display()),
                error,
                "choose another directory with --output",
            )
        };
        make_directory(directory).map_err(failed)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match write_new(&path, text) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(CommandError::problems(
                    format!("{} was written by another program in the meantime.", path.display()),
                    "look at it, and run this again",
                ));
            }
            Err(error) => return Err(failed(error)),
        }
        ui.result(&format!("{} {} is written", styled(GOOD, "✓"), path.display()))?;
    }
    Ok(())
}
