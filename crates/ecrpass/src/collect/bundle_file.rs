//! Bundles on disk: written whole or not at all, readable by their owner only; read back with the place of what is wrong.

use std::path::Path;

use ecrpass_clients::client::FileState;
use ecrpass_diagnosis::facts::Bundle;

use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::machine::{read, read_named};
use crate::system::named_output::{Access, NamedOutput};

/// A place that a bundle can be written to.
pub struct BundleFile(NamedOutput);

impl BundleFile {
    /// Looks at the place, before anything is collected for it.
    ///
    /// # Errors
    /// When nothing can be written there, or it is something else than a bundle: nothing is overwritten then.
    pub fn prepare(path: &Path) -> Result<Self, CommandError> {
        let output = NamedOutput::prepare(path, Access::Owner)?;
        if let Some(file) = output.replaced() {
            match read(file) {
                FileState::Text(old) if old.trim().is_empty() || Bundle::is_likely(&old) => {}
                FileState::Missing => {}
                _ => {
                    return Err(CommandError::could_not_run(
                        format!("{} exists already, and is not a bundle.", path.display()),
                        "name another file",
                    ));
                }
            }
        }
        Ok(Self(output))
    }

    /// Writes a bundle.
    ///
    /// # Errors
    /// When it cannot be written; a file is as it was before then.
    pub fn write(self, bundle: &Bundle, ui: &mut Ui) -> Result<(), CommandError> {
        let text = ui.json_text(bundle)? + "\n";
        self.0.write(&text, ui)
    }
}

/// Reads a bundle.
///
/// # Errors
/// When it cannot be read, or is none.
pub fn load(path: &Path) -> Result<Bundle, CommandError> {
    let shown = path.display();
    match read_named(path) {
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
