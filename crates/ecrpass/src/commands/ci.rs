//! `ecrpass ci`: pipelines that log in to ECR: looked at, written, and rewritten.

mod convert;
mod flags;
mod generate;

use std::path::PathBuf;

use clap::Subcommand;
use ecrpass_audit::rules::RULES;

use crate::apply::audit::{self, FailOn, Fixing, Wanted};
use crate::collect::audit_tree::{self, Extent};
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::Ui;

/// Arguments of `ecrpass ci`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with pipelines.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks pipelines for logins that will fail, leak, or live longer than needed
    Lint(LintArguments),
    /// Writes a pipeline, or a definition that runs an image, with the role that trusts exactly this
    Generate(Box<generate::Arguments>),
    /// Replaces logins by stored keys or passwords: the job assumes a role, the helper gets the password
    Convert(Box<convert::Arguments>),
}

/// Arguments of `ecrpass ci lint`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The same as `ecrpass audit`, but only for the pipelines of GitHub, GitLab, Jenkins, CircleCI, Bitbucket, Buildkite, Azure, CodeBuild, Drone, Woodpecker, Travis, Tekton and Argo.\n\nExit status: 0 when nothing is found, or only notes; 1 when there are errors or warnings; 3 when nothing could be read."
)]
pub struct LintArguments {
    /// Files and directories
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// The lowest severity that makes the exit status 1
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is found that counts.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Command::Lint(arguments) => lint(arguments, ui),
        Command::Generate(arguments) => generate::run(arguments, ui),
        Command::Convert(arguments) => convert::run(arguments, ui),
    }
}

fn lint(arguments: &LintArguments, ui: &mut Ui) -> Result<(), CommandError> {
    let here = std::env::current_dir()?;
    let trees = audit_tree::collect(&arguments.paths, &Extent::All, &here, ecrpass_aws::clock::now())?;
    let wanted = Wanted {
        rules: RULES.to_vec(),
        only_pipelines: true,
        asks_policies: false,
        asks_aws: false,
        config: None,
        fixing: Fixing::Nothing,
        baseline: None,
        write_baseline: None,
        distrust: false,
        fail_on: arguments.fail_on,
        format: arguments.format,
    };
    audit::run(trees, &wanted, &here, ui)
}
