//! Commands of ours among the remedies: what they are called before the case is known, and in it.

use ecrpass_core::Template;

use crate::finding::{FixExtent, OwnCommand, SetupTarget, Situation};

/// A command of ours, before the case is known.
#[derive(Clone, Copy, Debug)]
pub enum Own {
    /// `ecrpass audit` for the directory at hand.
    Audit,
    /// `ecrpass doctor` for the registry and the client.
    Doctor,
    /// `ecrpass fix`.
    Fix(FixExtent),
    /// `ecrpass resolve` for the registry and the client.
    Resolve,
    /// `ecrpass resolve` for the registry and every client.
    ResolveForAll,
    /// `ecrpass setup` for the registry, in the client's configuration.
    Setup,
    /// `ecrpass setup` for the registry, for the kubelet.
    SetupKubelet,
    /// `ecrpass status`.
    Status,
    /// `ecrpass token` for the registry.
    Token,
    /// `ecrpass whoami`.
    Whoami,
}

impl Own {
    /// The command in this case; `None` where something is missing for it.
    pub(super) fn for_case(self, situation: &Situation) -> Option<OwnCommand> {
        let registry = situation.registry().cloned();
        let client = situation.client();
        let resolve =
            |client| Some(OwnCommand::Resolve { host: situation.registry()?.host().to_owned(), client });
        match self {
            Self::Audit => Some(OwnCommand::Audit),
            Self::Doctor => Some(OwnCommand::Doctor { registry: registry?, client }),
            Self::Fix(extent) => Some(OwnCommand::Fix { extent }),
            Self::Resolve => resolve(Some(client)),
            Self::ResolveForAll => resolve(None),
            Self::Setup => situation.setup(),
            Self::SetupKubelet => {
                Some(OwnCommand::Setup { registry: registry?, target: SetupTarget::Kubelet })
            }
            Self::Status => Some(OwnCommand::Status),
            Self::Token => Some(OwnCommand::Token { registry: registry? }),
            Self::Whoami => Some(OwnCommand::Whoami),
        }
    }

    /// Its words, before the case is known.
    pub(super) fn template(self) -> Template {
        match self {
            Self::Audit => const { Template::new("ecrpass audit") },
            Self::Doctor => const { Template::new("ecrpass doctor {host} --client {client}") },
            Self::Fix(FixExtent::DryRun) => const { Template::new("ecrpass fix --dry-run") },
            Self::Fix(FixExtent::Safe) => const { Template::new("ecrpass fix") },
            Self::Fix(FixExtent::Unsafe) => const { Template::new("ecrpass fix --unsafe") },
            Self::Resolve => const { Template::new("ecrpass resolve {host} --client {client}") },
            Self::ResolveForAll => const { Template::new("ecrpass resolve {host} --client all") },
            Self::Setup => const { Template::new("ecrpass setup {host}") },
            Self::SetupKubelet => const { Template::new("ecrpass setup --client kubelet {host}") },
            Self::Status => const { Template::new("ecrpass status") },
            Self::Token => const { Template::new("ecrpass token {host}") },
            Self::Whoami => const { Template::new("ecrpass whoami") },
        }
    }
}
