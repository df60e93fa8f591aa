//! Makes the edits of a tree in its files: what cannot be made in one of them is told, and the others are made.

use std::collections::HashSet;
use std::path::PathBuf;

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::fixing::{Fixed, Withdrawn, fix};
use ecrpass_audit::source::Tree;
use ecrpass_core::Secret;
use ecrpass_core::redact::redact;

use crate::apply::audited_file::{Left, change};
use crate::error::CommandError;
use crate::render::diff::text_diff;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::{GOOD, Ui, styled};

/// What is to be fixed, and how it is told.
pub struct Wish<'a, 'q> {
    /// What is looked for.
    pub question: &'a Question<'q>,
    /// What needs asking, too.
    pub with_unsafe: bool,
    /// It is only shown.
    pub dry_run: bool,
    /// How the result is printed.
    pub format: Format,
}

/// Fixes what can be fixed; `real` is where a file of the tree is, and `shown` how it is told.
///
/// # Errors
/// When nothing can be printed.
pub fn fix_files(
    tree: Tree,
    wish: &Wish<'_, '_>,
    real: &dyn Fn(&str) -> PathBuf,
    shown: &dyn Fn(&str) -> String,
    ui: &mut Ui,
) -> Result<Fixed, CommandError> {
    let before: Vec<(String, Secret)> =
        tree.files().iter().map(|file| (file.path.clone(), Secret::new(file.text.clone()))).collect();
    let mut done = fix(tree, wish.question, wish.with_unsafe);
    let mut left = HashSet::new();
    for (nth, (path, old)) in before.iter().enumerate() {
        let Some(new) = done.tree.files().get(nth).map(|file| file.text.as_str()) else { continue };
        if new == old.expose() {
            continue;
        }
        let name = shown(path);
        if let Some(why) = put(&real(path), &name, old, new, wish, ui)? {
            ui.notes(why.lines(&name));
            left.insert(path.clone());
            if let Some(file) = done.tree.files_mut().get_mut(nth) {
                old.expose().clone_into(&mut file.text);
            }
        }
    }
    if !left.is_empty() {
        // What is in these files is still to be told.
        done.fixed.retain(|found| !left.contains(&found.path));
        done.left = audit(&done.tree, wish.question);
    }
    ui.notes(done.withdrawn.iter().map(|withdrawn| told(withdrawn, &done.tree, shown)));
    Ok(done)
}

/// Shows what changes in a file, and changes it; why it was left, if it was.
fn put(
    path: &std::path::Path,
    name: &str,
    old: &Secret,
    new: &str,
    wish: &Wish<'_, '_>,
    ui: &mut Ui,
) -> Result<Option<Left>, CommandError> {
    let change = match change(path, old.expose(), new) {
        Ok(change) => change,
        Err(left) => return Ok(Some(left)),
    };
    let is_text = wish.format == Format::Text;
    let lines = text_diff(name, old.expose(), new);
    if is_text {
        whether_read_or_not(ui.results(lines))?;
    } else {
        ui.notes(lines);
    }
    if wish.dry_run {
        return Ok(None);
    }
    if let Err(left) = change.make() {
        return Ok(Some(left));
    }
    let line = format!("{} {name} is fixed", styled(GOOD, "✓"));
    if is_text {
        whether_read_or_not(ui.result(&line))?;
    } else {
        ui.note(&line);
    }
    Ok(None)
}

/// A reader that goes away is no reason to leave files half of which are fixed.
fn whether_read_or_not(printed: std::io::Result<()>) -> Result<(), CommandError> {
    match printed.map_err(CommandError::from) {
        Err(CommandError::BrokenPipe) => Ok(()),
        printed => printed,
    }
}

/// An edit that was not made.
fn told(withdrawn: &Withdrawn, tree: &Tree, shown: &dyn Fn(&str) -> String) -> String {
    let found = &withdrawn.found;
    let name = shown(&found.path);
    let line = tree.get(&found.path).map_or(1, |file| file.position(found.bytes.start).0);
    let summary = found.edit.as_ref().map_or("", |edit| edit.summary.as_str());
    format!("note: {name}:{line} is not fixed ({}): {}.", redact(summary), withdrawn.why)
}
