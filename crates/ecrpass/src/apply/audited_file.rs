//! The edits of an audit in one file: shown as a diff, and made unless they are only to be shown.

use std::path::Path;

use ecrpass_core::Secret;

use crate::error::CommandError;
use crate::render::diff::text_diff;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::atomic_file::{Original, Replaced};

/// Shows what changes in a file, and changes it.
///
/// # Errors
/// When the file was changed meanwhile, or cannot be written.
pub fn put(
    path: &Path,
    name: &str,
    old: &Secret,
    new: &str,
    dry_run: bool,
    format: Format,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let lines = text_diff(name, old.expose(), new);
    if format == Format::Text {
        ui.results(lines)?
    } else {
        ui.notes(lines)
    }
    if dry_run {
        return Ok(());
    }
    let original = Original::read(path)?;
    let is_same = original.text.as_ref().is_some_and(|text| text.as_str() == old.expose());
    if !is_same || original.replace_only(new)? != Replaced::Done {
        return Err(CommandError::problems(
            format!("{name} was changed meanwhile, or is not in UTF-8; it was left as it is."),
            "run it again",
        ));
    }
    let line = format!("{} {name} is fixed", styled(GOOD, "✓"));
    if format == Format::Text {
        ui.result(&line)?
    } else {
        ui.note(&line)
    }
    Ok(())
}
