//! `ecrpass policy`: IAM policies for ECR.

mod evaluate;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass policy`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: PolicyCommand,
}

/// What can be done with policies: a file below `policy/` for each.
#[derive(Debug, clap::Subcommand)]
pub enum PolicyCommand {
    /// Says whether somebody may do something, and which statement of which policy decides
    Evaluate(Box<evaluate::Arguments>),
}

/// Runs the command.
///
/// # Errors
/// Those of the command below.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        PolicyCommand::Evaluate(arguments) => evaluate::run(arguments, ui),
    }
}
