//! `ecrpass policy`: who may do what, written, evaluated, explained and collected.

mod collect;
mod evaluate;
mod explain;
mod generate;
mod texts;

use clap::Subcommand;
use ecrpass_core::environment::Environment;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass policy`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do with policies
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// What can be done with policies: a file below `policy/` for each.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Reads every policy that affects what a principal may do, into one file
    Collect(collect::Arguments),
    /// Says whether somebody may do something, and which statement of which policy decides
    Evaluate(Box<evaluate::Arguments>),
    /// Says in plain words what a denial means and what ends it, or what a policy document allows
    Explain(Box<explain::Arguments>),
    /// Writes the smallest policies that a task needs: role, repository, registry, endpoint, trust
    Generate(Box<generate::Arguments>),
}

/// Runs the command.
///
/// # Errors
/// Those of the command below.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        PolicyCommand::Collect(arguments) => collect::run(arguments, environment, ui),
        PolicyCommand::Evaluate(arguments) => evaluate::run(arguments, environment, ui),
        PolicyCommand::Explain(arguments) => explain::run(arguments, environment, ui),
        PolicyCommand::Generate(arguments) => generate::run(arguments, ui),
    }
}
