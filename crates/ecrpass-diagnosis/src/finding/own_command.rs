//! Our own commands, as fixes name them: `doctor --fix` carries them out by calling functions, never by reading text.

use ecrpass_clients::client::Client;
use ecrpass_core::{CommandLine, DiagnosisId, Registry};

/// One of our own commands, with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnCommand {
    /// `ecrpass audit`
    Audit,
    /// `ecrpass audit --fix PATH`
    AuditFix {
        /// The file that is changed.
        path: String,
        /// How far it goes.
        extent: FixExtent,
    },
    /// `ecrpass doctor HOST`
    Doctor {
        /// The registry.
        registry: Registry,
        /// The client that fails.
        client: Client,
    },
    /// `ecrpass explain --id SLUG`
    Explain {
        /// The cause.
        id: DiagnosisId,
    },
    /// `ecrpass fix`
    Fix {
        /// How far it goes.
        extent: FixExtent,
    },
    /// `ecrpass login HOST`
    Login {
        /// The registry.
        registry: Registry,
        /// The client that is logged in.
        client: Client,
    },
    /// `ecrpass resolve HOST`
    Resolve {
        /// The host, of ECR or not.
        host: String,
        /// The client; none for all of them.
        client: Option<Client>,
    },
    /// `ecrpass setup HOST`
    Setup {
        /// The registry.
        registry: Registry,
        /// Whose configuration.
        target: SetupTarget,
    },
    /// `ecrpass status`
    Status,
    /// `ecrpass token HOST`
    Token {
        /// The registry.
        registry: Registry,
    },
    /// `ecrpass whoami`
    Whoami,
}

/// How far `ecrpass fix` goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixExtent {
    /// It only shows what it would do.
    DryRun,
    /// It does what is safe.
    Safe,
    /// It also removes logins that still work.
    Unsafe,
}

/// Whose configuration `ecrpass setup` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupTarget {
    /// Docker's, which most clients read; others' where they need it.
    Docker,
    /// Podman's.
    Podman,
    /// The kubelet's, which is printed.
    Kubelet,
}

impl SetupTarget {
    /// The configuration that a client reads; none for one that takes its credentials from nowhere else than AWS.
    pub fn of(client: Client) -> Option<Self> {
        match client {
            Client::Podman | Client::Skopeo | Client::Buildah => Some(Self::Podman),
            Client::Kubelet | Client::Containerd => Some(Self::Kubelet),
            Client::EcsAgent => None,
            _ => Some(Self::Docker),
        }
    }
}

impl OwnCommand {
    /// Whether it only shows something.
    pub fn looks(&self) -> bool {
        match self {
            Self::Audit
            | Self::Doctor { .. }
            | Self::Explain { .. }
            | Self::Fix { extent: FixExtent::DryRun }
            | Self::Resolve { .. }
            | Self::Status
            | Self::Whoami => true,
            Self::AuditFix { extent, .. } => *extent == FixExtent::DryRun,
            Self::Fix { .. } | Self::Login { .. } | Self::Setup { .. } | Self::Token { .. } => false,
        }
    }

    /// As it is typed.
    pub fn command_line(&self) -> CommandLine {
        match self {
            Self::Audit => CommandLine::shell("ecrpass audit"),
            Self::AuditFix { path, extent } => {
                let options = match extent {
                    FixExtent::DryRun => "ecrpass audit --fix --dry-run",
                    FixExtent::Safe => "ecrpass audit --fix",
                    FixExtent::Unsafe => "ecrpass audit --fix --unsafe",
                };
                CommandLine::shell(options).path(path)
            }
            Self::Doctor { registry, client } => CommandLine::shell("ecrpass doctor")
                .word(registry.host())
                .shell_word("--client")
                .word(client.id()),
            Self::Explain { id } => CommandLine::shell("ecrpass explain --id").word(id.slug()),
            Self::Fix { extent: FixExtent::DryRun } => CommandLine::shell("ecrpass fix --dry-run"),
            Self::Fix { extent: FixExtent::Safe } => CommandLine::shell("ecrpass fix"),
            Self::Fix { extent: FixExtent::Unsafe } => CommandLine::shell("ecrpass fix --unsafe"),
            Self::Login { registry, client } => {
                CommandLine::shell("ecrpass login --client").word(client.id()).word(registry.host())
            }
            Self::Resolve { host, client } => CommandLine::shell("ecrpass resolve")
                .word(host)
                .shell_word("--client")
                .word(client.map_or("all", Client::id)),
            Self::Setup { registry, target } => {
                let setup = CommandLine::shell("ecrpass setup");
                let setup = match target {
                    SetupTarget::Docker => setup,
                    SetupTarget::Podman => setup.glued(" --client podman"),
                    SetupTarget::Kubelet => setup.glued(" --client kubelet"),
                };
                setup.word(registry.host())
            }
            Self::Status => CommandLine::shell("ecrpass status"),
            Self::Token { registry } => CommandLine::shell("ecrpass token").word(registry.host()),
            Self::Whoami => CommandLine::shell("ecrpass whoami"),
        }
    }
}
