//! `ecrpass alarms`: alarms on failed pulls and logins, written and checked.

mod check;
mod generate;

use clap::Subcommand;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass alarms`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with alarms.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes alarms, rules, filters and a dashboard, each naming the cause it points to
    Generate(generate::Arguments),
    /// Finds known mistakes in existing rules and alarms: those that stay silent when a pull fails
    Check(check::Arguments),
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when mistakes were found, otherwise what could not be done.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Generate(arguments) => generate::run(arguments, ui),
        Command::Check(arguments) => check::run(arguments, ui),
    }
}
