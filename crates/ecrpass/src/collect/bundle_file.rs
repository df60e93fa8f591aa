//! Bundles on disk: written whole or not at all, readable by their owner only; read back with the place of what is wrong.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ecrpass_clients::client::FileState;
use ecrpass_core::CommandLine;
use ecrpass_diagnosis::facts::Bundle;
use ecrpass_system::real_path;

use crate::collect::stream;
use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::machine::read;

/// A place that a bundle can be written to.
pub struct BundleFile {
    path: PathBuf,
    /// A pipe or a device, which is written to and never replaced.
    open: Option<File>,
}

impl BundleFile {
    /// Looks at the place, before anything is collected for it.
    ///
    /// # Errors
    /// When nothing can be written there, or it is something else than a bundle: nothing is overwritten then.
    pub fn prepare(path: &Path) -> Result<Self, CommandError> {
        let refused = |what: &str| {
            CommandError::could_not_run(format!("{} {what}.", path.display()), "name another file")
        };
        let is_there = path.symlink_metadata().is_ok();
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => return Err(refused("is a directory")),
            Ok(metadata) if !metadata.is_file() => {
                if !stream::is_stream(&metadata) {
                    return Err(refused("is neither a file nor a pipe"));
                }
                let open = stream::open(path).map_err(|error| failed(path, error))?;
                return Ok(Self { path: path.to_owned(), open: Some(open) });
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
        let path = real_path(path).unwrap_or_else(|_| path.to_owned());
        match directory_of(&path).metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(Self { path, open: None }),
            Ok(_) => Err(failed(&path, io::ErrorKind::NotADirectory.into())),
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// Writes a bundle.
    ///
    /// # Errors
    /// When it cannot be written; a file is as it was before then.
    pub fn write(self, bundle: &Bundle, ui: &mut Ui) -> Result<(), CommandError> {
        let text = ui.json_text(bundle)? + "\n";
        let written = match &self.open {
            Some(file) => stream::write(file, text.as_bytes()),
            None => replace(&self.path, text.as_bytes()),
        };
        written.map_err(|error| failed(&self.path, error))
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A temporary file is its owner's alone, and takes the place of the old one in one step.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory_of(path)).map_err(of_system)?;
    // Not through the temporary file itself, whose name is nobody's business: its errors have it.
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| of_system(error.error))?;
    Ok(())
}

/// The system's own error, without the name of a temporary file.
fn of_system(error: io::Error) -> io::Error {
    let source = error.get_ref().and_then(|inner| inner.source()).and_then(|source| source.downcast_ref());
    let code = source.and_then(io::Error::raw_os_error).or_else(|| error.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
}

fn failed(path: &Path, error: io::Error) -> CommandError {
    let what = format!("{} cannot be written", path.display());
    if error.kind() == io::ErrorKind::PermissionDenied {
        return CommandError::could_not_run(
            format!("{what}: {error}."),
            format!(
                "name another file, or see who owns it and its directory: {}",
                CommandLine::shell("ls -ld")
                    .word(path.display().to_string())
                    .word(directory_of(path).display().to_string())
            ),
        );
    }
    CommandError::io(&what, error, "name a file in a directory that can be written to")
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
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, "check the file")),
        FileState::Text(text) => Bundle::parse(&text).map_err(|error| {
            CommandError::could_not_run(
                format!("{shown}: {error}."),
                "name a file that `ecrpass doctor --record` wrote",
            )
        }),
    }
}
