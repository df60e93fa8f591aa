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
    #[arg(
        long = "service-account",
        value_name = "NAME",
        requires = "service_account_tokens",
        value_parser = account_name
    )]
    pub accounts: Vec<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub print: Part,
}

/// Rules of any other name match no account, and every pull fails.
///
/// Source: Kubernetes, "Object Names and IDs": a service account has the name of a DNS subdomain; its namespace is no part.
fn account_name(name: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && is_edge(label.chars().next())
            && is_edge(label.chars().next_back())
    };
    if name.len() <= 253 && name.split('.').all(is_label) {
        return Ok(name.to_owned());
    }
    Err("write the name of a service account, without its namespace: lower-case letters, digits, `-` and `.`"
        .to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts_are_known() {
        for name in ["web", "web-1", "a.b-c"] {
            assert_eq!(account_name(name).as_deref(), Ok(name));
        }
        for name in ["", "ns/name", "UPPER_x", "-a", "a.", "a..b", "ns:name"] {
            assert!(account_name(name).is_err(), "{name}");
        }
    }
}
