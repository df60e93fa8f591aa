//! `ecrpass policy`: who may do what.

mod collect;

use clap::Subcommand;
use ecrpass_core::environment::Environment;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass policy`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads every policy that has a say in what a principal may do, into one file
    Collect(collect::Arguments),
}

/// Runs the command.
///
/// # Errors
/// Those of the subcommand.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Collect(arguments) => collect::run(arguments, environment, ui),
    }
}
