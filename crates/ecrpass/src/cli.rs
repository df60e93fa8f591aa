//! The command line: what all commands share, and the help that explains it.

use clap::Parser;

use crate::commands::Command;

/// Ends Amazon ECR login failures: finds the cause and fixes it.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 nothing wrong, 1 problems found or the action refused, 2 usage, 3 could not run.\n\nNew here? `ecrpass demo` shows it all in two minutes, without an AWS account."
)]
pub struct Cli {
    /// Print only results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Replace account ids, names in ARNs, and hosts with stand-ins, the same each time
    #[arg(long, global = true)]
    pub mask_accounts: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}
