//! Bundles on disk: written whole or not at all, readable by their owner only; read back with the place of what is wrong.

use std::io::Write;
use std::path::Path;

use ecrpass_clients::client::FileState;
use ecrpass_diagnosis::facts::Bundle;

use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::machine::read;

/// Writes a bundle.
///
/// # Errors
/// When the file cannot be written, or is something else than a bundle: nothing is overwritten then.
pub fn write(path: &Path, bundle: &Bundle, ui: &mut Ui) -> Result<(), CommandError> {
    let refused =
        |what: &str| CommandError::could_not_run(format!("{} {what}.", path.display()), "name another file");
    let is_there = path.symlink_metadata().is_ok();
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => return Err(refused("is a directory")),
        // A pipe or a device is written to, never replaced.
        Ok(metadata) if !metadata.is_file() => {
            let text = ui.json_text(bundle)?;
            let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
            return Ok(writeln!(file, "{text}")?);
        }
        Ok(_) => match read(path) {
            FileState::Text(old) if old.trim().is_empty() || Bundle::is_likely(&old) => {}
            FileState::Missing => {}
            _ => return Err(refused("exists already, and is not a bundle")),
        },
        Err(_) if is_there => return Err(refused("is a link to nowhere")),
        Err(_) => {}
    }
    // A link stays one.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let text = ui.json_text(bundle)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: std::io::Error| {
        CommandError::io(
            &format!("{} cannot be written", path.display()),
            error,
            "name a file in a directory that can be written to",
        )
    };
    // A temporary file is its owner's alone, and takes the place of the old one in one step.
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Reads a bundle.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn load(path: &Path) -> Result<Bundle, CommandError> {
    let shown = path.display();
    match read(path) {
        FileState::Missing => {
            Err(CommandError::could_not_run(format!("{shown} does not exist."), "check the path"))
        }
        FileState::Unreadable(why) => {
            Err(CommandError::could_not_run(format!("{shown} cannot be read: {why}."), "check the file"))
        }
        FileState::Text(text) => Bundle::parse(&text).map_err(|error| {
            CommandError::could_not_run(
                format!("{shown}: {error}."),
                "name a file that `ecrpass doctor --record` wrote",
            )
        }),
    }
}
