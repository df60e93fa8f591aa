//! Our own commands as fixes name them, carried out by calling them.

use ecrpass_diagnosis::finding::{FixExtent, OwnCommand, SetupTarget};

use crate::commands::{fix, setup};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::Ui;

/// Carries a command out, if it is one that changes something; the others are for people.
///
/// # Errors
/// Those of the command.
pub fn carry_out(command: &OwnCommand, ui: &mut Ui) -> Result<(), CommandError> {
    match command {
        OwnCommand::Fix { extent } => {
            let arguments = fix::Arguments {
                configs: Vec::new(),
                dry_run: *extent == FixExtent::DryRun,
                with_unsafe: *extent == FixExtent::Unsafe,
                undo: false,
                format: Format::Text,
            };
            fix::run(&arguments, ui)
        }
        OwnCommand::Setup { registry, target } => {
            let arguments = setup::Arguments {
                registries: vec![registry.host().to_owned()],
                accounts: Vec::new(),
                regions: Vec::new(),
                sources: Vec::new(),
                clients: match target {
                    SetupTarget::Docker => Vec::new(),
                    SetupTarget::Podman => vec![setup::Client::Podman],
                    SetupTarget::Kubelet => vec![setup::Client::Kubelet],
                },
                dry_run: false,
                no_check: false,
                format: Format::Text,
            };
            setup::run(&arguments, ui)
        }
        OwnCommand::Doctor { .. }
        | OwnCommand::Explain { .. }
        | OwnCommand::Login { .. }
        | OwnCommand::Resolve { .. }
        | OwnCommand::Status
        | OwnCommand::Token { .. }
        | OwnCommand::Whoami => Ok(()),
    }
}
