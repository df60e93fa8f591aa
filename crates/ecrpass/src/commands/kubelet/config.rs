//! `ecrpass kubelet config`: a `CredentialProviderConfig`, and what goes with it.

use docker_credential_ecr_login::alias_of;
use ecrpass_core::Registry;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::{HostError, authority, is_host};
use ecrpass_diagnosis::kubelet::{self, KubeletVersion, TokenMode, Wanted};

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass kubelet config`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a registry: a pattern for every form of host that ECR has, in every partition. What the kubelet of that version would not start with is refused.\n\nExit status: 0 when it was written, 1 when it was refused."
)]
pub struct Arguments {
    /// Registries, by host or by an image in them, as pods name them
    #[arg(value_name = "REGISTRY")]
    pub registries: Vec<String>,
    /// The oldest kubelet among the nodes, as kubectl get nodes shows it
    #[arg(long, value_name = "VERSION")]
    pub kubelet_version: Option<KubeletVersion>,
    /// Where the nodes come from
    #[arg(long, value_enum, default_value_t)]
    pub platform: Platform,
    /// Pull with the roles of pods' service accounts (Kubernetes 1.34)
    #[arg(long)]
    pub service_account_tokens: bool,
    /// For whom the tokens are
    #[arg(
        long,
        value_name = "AUDIENCE",
        default_value = "sts.amazonaws.com",
        requires = "service_account_tokens"
    )]
    pub audience: String,
    /// An annotation that names the role [default: eks.amazonaws.com/ecr-role-arn]
    #[arg(long = "annotation", value_name = "KEY", requires = "service_account_tokens")]
    pub annotations: Vec<String>,
    /// Leave pods alone whose service account has no such annotation, and static pods
    #[arg(long, requires = "service_account_tokens")]
    pub require_service_account: bool,
    /// Service accounts that nodes may ask tokens of, for --print rbac; all when left out
    #[arg(long = "service-account", value_name = "NAME", requires = "service_account_tokens")]
    pub accounts: Vec<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub print: Part,
}

/// Where nodes come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Platform {
    /// An EKS node, which has a configuration already
    Eks,
    /// An EKS node with a NodeConfig
    Nodeadm,
    /// k3s
    K3s,
    /// RKE2
    Rke2,
    /// kubeadm, and other nodes with a kubelet below systemd
    #[default]
    Kubeadm,
    /// MicroK8s
    #[value(name = "microk8s")]
    MicroK8s,
    /// kind
    Kind,
    /// Talos
    Talos,
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

impl Platform {
    fn model(self) -> kubelet::Platform {
        match self {
            Self::Eks => kubelet::Platform::Eks,
            Self::Nodeadm => kubelet::Platform::Nodeadm,
            Self::K3s => kubelet::Platform::K3s,
            Self::Rke2 => kubelet::Platform::Rke2,
            Self::Kubeadm => kubelet::Platform::Kubeadm,
            Self::MicroK8s => kubelet::Platform::MicroK8s,
            Self::Kind => kubelet::Platform::Kind,
            Self::Talos => kubelet::Platform::Talos,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Problems`] for what the kubelet would not start with.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let mut hosts: Vec<String> = Vec::new();
    for registry in &arguments.registries {
        let host = host(registry)?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let tokens = arguments.service_account_tokens.then(|| {
        let plain = TokenMode::default();
        TokenMode {
            audience: arguments.audience.clone(),
            annotations: match arguments.annotations.as_slice() {
                [] => plain.annotations,
                named => named.to_vec(),
            },
            required: arguments.require_service_account,
            accounts: arguments.accounts.clone(),
        }
    });
    let platform = arguments.platform.model();
    let wanted = Wanted { platform, version: arguments.kubelet_version, hosts, tokens };
    let text = match arguments.print {
        Part::Config => wanted.config(),
        Part::Flags => wanted.flags(),
        Part::Rbac => wanted.rbac(),
    };
    let text = text.map_err(|why| CommandError::problems(why.what, why.next))?;
    ui.results(text.lines())?;
    Ok(())
}

/// The host of a registry as pods name it: an alias of the configuration keeps its port.
fn host(argument: &str) -> Result<String, CommandError> {
    let named = argument.trim();
    match Registry::parse(named) {
        Ok(registry) => Ok(registry.host().to_owned()),
        Err(HostError::NotEcr { .. })
            if is_host(authority(named)) && alias_of(authority(named)).is_some() =>
        {
            Ok(authority(named).to_owned())
        }
        Err(error) => Err(CommandError::could_not_run(
            format!("`{}`: {}.", redact(named), error.to_string().trim_end_matches('.')),
            "give a registry of ECR, or set `alias_of` for this host in the ecrpass configuration",
        )),
    }
}
