//! `ecrpass policy`: who may do what, written and explained.

mod explain;
mod generate;
mod texts;

use clap::Subcommand;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass policy`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do with policies
    #[command(subcommand)]
    pub command: Policy,
}

/// What is done with policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Says in plain words what a denial means and what ends it, or what a policy document allows
    Explain(explain::Arguments),
    /// Writes the smallest policies that a task takes: role, repository, registry, endpoint, trust
    Generate(Box<generate::Arguments>),
}

/// Runs the command.
///
/// # Errors
/// Those of each.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Policy::Explain(arguments) => explain::run(arguments, ui),
        Policy::Generate(arguments) => generate::run(arguments, ui),
    }
}
