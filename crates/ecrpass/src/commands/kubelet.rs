//! `ecrpass kubelet`: the kubelet's configuration for the credential provider, written and checked, and both on a node.

#[cfg(unix)]
mod carry_out;
mod check;
mod config;
#[cfg(unix)]
mod inside;
#[cfg(unix)]
mod install;
#[cfg(unix)]
mod node;
#[cfg(unix)]
mod restore;
#[cfg(unix)]
mod stay;
mod wanted;

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
    /// Writes a CredentialProviderConfig for a version and a platform, its flags, or its permissions in the cluster
    Config(config::Arguments),
    /// Installs the credential provider on this node, after trying it as the kubelet would; keeps the old one
    #[cfg(unix)]
    Install(install::Arguments),
    /// Restores what was on this node before
    #[cfg(unix)]
    Restore(restore::Arguments),
    /// Runs a command with another root, for the installer in a container
    #[cfg(unix)]
    #[command(hide = true)]
    Inside(inside::Arguments),
}

/// Runs the command.
///
/// # Errors
/// Those of the command below.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        KubeletCommand::Check(arguments) => check::run(arguments, ui),
        KubeletCommand::Config(arguments) => config::run(arguments, ui),
        #[cfg(unix)]
        KubeletCommand::Install(arguments) => install::run(arguments, ui),
        #[cfg(unix)]
        KubeletCommand::Restore(arguments) => restore::run(arguments, ui),
        #[cfg(unix)]
        KubeletCommand::Inside(arguments) => inside::run(arguments),
    }
}
