//! `ecrpass repo`: repositories as they are, and as they should be.

mod ensure;
mod find;
mod how;
mod lifecycle;
mod list;
mod platforms;
mod public;
mod show;
mod wish;

use clap::Subcommand;
use ecrpass_core::environment::Environment;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass repo`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists the repositories of a registry, ready to be copied
    List(list::Arguments),
    /// Says in which regions a repository exists
    Find(find::Arguments),
    /// Shows a repository, and everything that affects its images
    Show(show::Arguments),
    /// Makes a repository what it should be: shows a plan, and with --yes carries it out
    Ensure(Box<ensure::Arguments>),
    /// Previews lifecycle policies
    Lifecycle(lifecycle::Arguments),
}

/// Runs the command.
///
/// # Errors
/// Those of the subcommand.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, environment, ui),
        Command::Find(arguments) => find::run(arguments, environment, ui),
        Command::Show(arguments) => show::run(arguments, environment, ui),
        Command::Ensure(arguments) => ensure::run(arguments, environment, ui),
        Command::Lifecycle(arguments) => lifecycle::run(arguments, environment, ui),
    }
}
