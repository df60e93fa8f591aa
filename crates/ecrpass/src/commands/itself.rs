//! `ecrpass self`: about this installation.

mod check;

use clap::Subcommand;
use ecrpass_core::environment::Environment;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass self`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks the installation: every helper on PATH, which of them answers, its file, its cache
    Check(check::Arguments),
}

/// Runs the command.
///
/// # Errors
/// Those of the command.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments, environment, ui),
    }
}
