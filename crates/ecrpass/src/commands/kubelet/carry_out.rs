//! Installing and restoring once, with a line for each thing that was done, also when it ends early.

use crate::apply::node::{Job, Restored, Work};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Installs.
///
/// # Errors
/// [`CommandError`], with what to do.
pub fn install(job: &Job, ui: &mut Ui) -> Result<Work, CommandError> {
    let mut said = Vec::new();
    let done = job.install(&mut |_| Ok(()), &mut |line| said.push(line));
    ui.results(said)?;
    done
}

/// Restores.
///
/// # Errors
/// [`CommandError`], with what to do.
pub fn restore(job: &Job, ui: &mut Ui) -> Result<Restored, CommandError> {
    let mut said = Vec::new();
    let done = job.restore(&mut |_| Ok(()), &mut |line| said.push(line));
    ui.results(said)?;
    done
}
