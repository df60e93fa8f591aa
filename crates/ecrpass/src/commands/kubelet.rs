//! `ecrpass kubelet`: the kubelet's configuration for the credential provider, written and checked.

mod check;
mod config;

use clap::Subcommand;

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass kubelet`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do with the configuration
    #[command(subcommand)]
    pub command: KubeletCommand,
}

/// What can be done: a file below `kubelet/` for each.
#[derive(Debug, Subcommand)]
pub enum KubeletCommand {
    /// Finds the mistakes in a CredentialProviderConfig, with line, column and fix
    Check(check::Arguments),
    /// Writes a CredentialProviderConfig for a version and a platform, its flags, and its rights in the cluster
    Config(config::Arguments),
}

/// Runs the command.
///
/// # Errors
/// Those of the command below.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        KubeletCommand::Check(arguments) => check::run(arguments, ui),
        KubeletCommand::Config(arguments) => config::run(arguments, ui),
    }
}
