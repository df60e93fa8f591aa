//! `ecrpass kubelet config`: a `CredentialProviderConfig`, and what goes with it.

use super::wanted::Platform;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass kubelet config`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a registry, it has patterns for all ECR hosts, in every partition. A configuration with which the kubelet of that version would not start is refused.\n\nExit status: 0 when it was written, 1 when it was refused, 3 when a REGISTRY is none of ECR's."
)]
pub struct Arguments {
    /// What is to be in it.
    #[command(flatten)]
    pub wanted: super::wanted::Arguments,
    /// Where the nodes come from
    #[arg(long, value_enum, default_value_t)]
    pub platform: Platform,
    /// Service accounts that nodes may ask tokens of, for --print rbac; all when left out
    #[arg(long = "service-account", value_name = "NAME", requires = "service_account_tokens")]
    pub accounts: Vec<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub print: Part,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The CredentialProviderConfig
    #[default]
    Config,
    /// What tells the kubelet where it is
    Flags,
    /// What lets nodes ask for service accounts' tokens
    Rbac,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Problems`] for what the kubelet would not start with.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let mut wanted = arguments.wanted.wanted(arguments.platform.model())?;
    if let Some(tokens) = &mut wanted.tokens {
        tokens.accounts.clone_from(&arguments.accounts);
    }
    let text = match arguments.print {
        Part::Config => wanted.config(),
        Part::Flags => wanted.flags(),
        Part::Rbac => wanted.rbac(),
    };
    let text = text.map_err(|why| CommandError::problems(why.what, why.next))?;
    ui.results(text.lines())?;
    Ok(())
}
