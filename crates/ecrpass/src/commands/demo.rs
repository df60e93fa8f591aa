//! `ecrpass demo`: the arguments; the tour itself is in `crate::demo`.

use ecrpass_core::environment::Environment;

use crate::demo::{self, client::Choice};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass demo`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Needs no AWS account and touches nothing outside a temporary directory, except for one tiny image in\nthe docker daemon, which is removed afterwards."
)]
pub struct Arguments {
    /// The client to show it with; the first usable one when left out
    #[arg(long, value_enum)]
    pub client: Option<Choice>,
    /// Keep the temporary directory and say where it is
    #[arg(long)]
    pub keep: bool,
}

/// Runs the command.
///
/// # Errors
/// When it cannot be run here, or something did not happen the way it should.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    demo::run(environment, arguments.client, arguments.keep, ui)
}
