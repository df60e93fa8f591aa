//! What a configuration for the kubelet is to say, as it is named on the command line.

use docker_credential_ecr_login::alias_of;
use ecrpass_core::Registry;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::{HostError, authority, is_host};
use ecrpass_diagnosis::kubelet::{self, KubeletVersion, TokenMode, Wanted};

use crate::error::CommandError;

/// The wishes.
// Its group would be another's of the same name.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Registries, by host or by an image in them, as pods name them
    #[arg(value_name = "REGISTRY")]
    pub registries: Vec<String>,
    /// The oldest kubelet among the nodes, as kubectl get nodes shows it
    #[arg(long, value_name = "VERSION")]
    pub kubelet_version: Option<KubeletVersion>,
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

impl Platform {
    /// As the models know it.
    pub fn model(self) -> kubelet::Platform {
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

impl Arguments {
    /// What is wanted, on nodes of a platform.
    ///
    /// # Errors
    /// When a registry is none of ECR's.
    pub fn wanted(&self, platform: kubelet::Platform) -> Result<Wanted, CommandError> {
        let mut hosts: Vec<String> = Vec::new();
        for registry in &self.registries {
            let host = host(registry)?;
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let tokens = self.service_account_tokens.then(|| {
            let plain = TokenMode::default();
            TokenMode {
                audience: self.audience.clone(),
                annotations: match self.annotations.as_slice() {
                    [] => plain.annotations,
                    named => named.to_vec(),
                },
                required: self.require_service_account,
                accounts: Vec::new(),
            }
        });
        Ok(Wanted { platform, version: self.kubelet_version, hosts, tokens })
    }
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
