//! `ecrpass canary`: pulls a little at an interval, as a workload does, and says when that fails, and why.

mod arguments;
mod daemon;
mod once;

use std::process::ExitCode;
use std::sync::Arc;

use ecrpass_core::environment::Environment;

pub use self::arguments::Arguments;
use self::arguments::{USAGE, Wrong, settings};
use crate::render::ui::Ui;

/// Runs the command.
pub fn run(arguments: &Arguments, environment: &Arc<dyn Environment>, ui: &mut Ui) -> ExitCode {
    let settings = match settings(arguments) {
        Ok(settings) => settings,
        Err(Wrong::File(error)) => return error.report(ui),
        Err(wrong @ Wrong::Usage(_)) => {
            ui.error(&wrong.sentence(), ["  Next: ecrpass canary --help"]);
            return ExitCode::from(USAGE);
        }
    };
    let status = if arguments.once {
        once::run(arguments, &settings, environment, ui)
    } else {
        daemon::run(arguments, settings, environment, ui)
    };
    match status {
        Ok(status) => ExitCode::from(status),
        Err(error) => error.report(ui),
    }
}
