//! The platforms that nodes come from: where their kubelet has its files, and how it is told about them.
//!
//! Sources: awslabs/amazon-eks-ami `nodeadm`; k3s-io/k3s, "Credential providers"; siderolabs/talos,
//! `machine.kubelet.credentialProviderConfig`; canonical/microk8s, "Configuring services"; kubernetes-sigs/kind, "Configuration".

use super::names::PROVIDER;

/// Where a node comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Platform {
    /// Amazon's EKS images, in which everything is set up.
    Eks,
    /// The same with a `NodeConfig`, as for a configuration of one's own.
    Nodeadm,
    /// k3s.
    K3s,
    /// RKE2.
    Rke2,
    /// kubeadm, and whatever has a kubelet below systemd.
    #[default]
    Kubeadm,
    /// MicroK8s.
    MicroK8s,
    /// kind.
    Kind,
    /// Talos.
    Talos,
}

/// Where the files of a platform are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// The configuration.
    pub config: &'static str,
    /// The directory of the provider.
    pub bin_dir: &'static str,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Eks,
        Self::Nodeadm,
        Self::K3s,
        Self::Rke2,
        Self::Kubeadm,
        Self::MicroK8s,
        Self::Kind,
        Self::Talos,
    ];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Eks => "an EKS node",
            Self::Nodeadm => "an EKS node with a NodeConfig",
            Self::K3s => "k3s",
            Self::Rke2 => "RKE2",
            Self::Kubeadm => "kubeadm",
            Self::MicroK8s => "MicroK8s",
            Self::Kind => "kind",
            Self::Talos => "Talos",
        }
    }

    /// Where its files are.
    pub fn places(self) -> Places {
        let (config, bin_dir) = match self {
            Self::Eks => {
                ("/etc/eks/image-credential-provider/config.json", "/etc/eks/image-credential-provider")
            }
            Self::Nodeadm => ("/etc/ecrpass/credential-provider.yaml", "/etc/eks/image-credential-provider"),
            Self::K3s | Self::Rke2 => {
                ("/var/lib/rancher/credentialprovider/config.yaml", "/var/lib/rancher/credentialprovider/bin")
            }
            Self::Kubeadm => {
                ("/etc/kubernetes/credential-provider.yaml", "/etc/kubernetes/credential-provider-bin")
            }
            Self::MicroK8s => (
                "/var/snap/microk8s/common/credential-provider/config.yaml",
                "/var/snap/microk8s/common/credential-provider/bin",
            ),
            Self::Kind => {
                ("/etc/kubernetes/credential-provider/config.yaml", "/etc/kubernetes/credential-provider/bin")
            }
            Self::Talos => (
                "/etc/kubernetes/kubelet-credential-provider.yaml",
                "/usr/local/lib/kubelet/credentialproviders",
            ),
        };
        Places { config, bin_dir }
    }

    /// How the configuration gets there, a line each.
    pub fn steps(self) -> Vec<String> {
        let Places { config, bin_dir } = self.places();
        let binary = format!("{bin_dir}/{}", PROVIDER);
        let put =
            format!("Put docker-credential-ecr-login on every node as {binary} (owner root, mode 0755).");
        match self {
            Self::Eks => vec![
                format!("An EKS node has such a file already, {config}; each start writes it again."),
                format!("So replace {binary} in the node's user data: no configuration, no restart."),
            ],
            Self::Nodeadm => vec![
                format!("Write this file as {config} in the node's user data, before nodeadm starts the kubelet."),
                put,
                "The flags go into the NodeConfig: ecrpass kubelet config --platform nodeadm --print flags".to_owned(),
            ],
            Self::K3s => vec![
                format!("Save this file on every node as {config}."),
                put,
                "k3s uses both where they are: systemctl restart k3s, on agents k3s-agent.".to_owned(),
            ],
            Self::Rke2 => vec![
                format!("Save this file on every node as {config}."),
                put,
                "RKE2 uses both where they are: systemctl restart rke2-server, on agents rke2-agent.".to_owned(),
            ],
            Self::Kubeadm => vec![
                put,
                format!("Save this file on every node as {config}."),
                "Then start the kubelet with these flags: ecrpass kubelet config --print flags".to_owned(),
                format!("  --image-credential-provider-config={config}"),
                format!("  --image-credential-provider-bin-dir={bin_dir}"),
            ],
            Self::MicroK8s => vec![
                put,
                format!("Save this file on every node as {config}."),
                "The snap sees nothing of the host but this directory.".to_owned(),
                "The flags go into the kubelet's arguments: ecrpass kubelet config --platform microk8s --print flags"
                    .to_owned(),
            ],
            Self::Kind => vec![
                "Save this file as credential-provider/config.yaml, and put docker-credential-ecr-login beside it as"
                    .to_owned(),
                format!("credential-provider/bin/{} (mode 0755).", PROVIDER),
                "The cluster's configuration: ecrpass kubelet config --platform kind --print flags".to_owned(),
            ],
            Self::Talos => vec![
                "A patch of the machine configuration: talosctl patch machineconfig --patch @FILE".to_owned(),
                format!("The provider comes with a system extension, as {binary}; it has to be the static build."),
            ],
        }
    }

    /// What tells the kubelet where its files are, and to use them where there is a gate for that; none where it looks there
    /// by itself.
    pub fn flags(self, gate: Option<&str>) -> Option<String> {
        let Places { config, bin_dir } = self.places();
        let flags = |indent: &str, end: &str| {
            let gate =
                gate.map(|gate| format!("{indent}--feature-gates={gate}=true{end}")).unwrap_or_default();
            format!(
                "{indent}--image-credential-provider-config={config}{end}{indent}--image-credential-provider-bin-dir={bin_dir}{end}{gate}"
            )
        };
        let of_kind =
            gate.map(|gate| format!("            feature-gates: {gate}=true\n")).unwrap_or_default();
        match self {
            Self::Eks | Self::K3s | Self::Rke2 | Self::Talos => None,
            Self::Nodeadm => Some(format!(
                "# Part of the node's user data. Whatever is written into the kubelet's own files is lost at the next start.\napiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n  kubelet:\n    flags:\n{}",
                flags("      - ", "\n")
            )),
            Self::Kubeadm => Some(format!(
                "# /etc/default/kubelet on Debian and Ubuntu, /etc/sysconfig/kubelet on others; then: systemctl restart kubelet\n# Keep what is in KUBELET_EXTRA_ARGS already.\nKUBELET_EXTRA_ARGS={}\n",
                flags("", " ").trim_end()
            )),
            Self::MicroK8s => Some(format!(
                "# To add to /var/snap/microk8s/current/args/kubelet on every node; then: snap restart microk8s.daemon-kubelite\n{}",
                flags("", "\n")
            )),
            Self::Kind => Some(format!(
                "# kind create cluster --config FILE\nkind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n  - role: control-plane\n    extraMounts:\n      - hostPath: ./credential-provider\n        containerPath: /etc/kubernetes/credential-provider\n        readOnly: true\n    kubeadmConfigPatches:\n      - |\n        kind: InitConfiguration\n        nodeRegistration:\n          kubeletExtraArgs:\n            image-credential-provider-config: {config}\n            image-credential-provider-bin-dir: {bin_dir}\n{of_kind}"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_says_where_its_files_go() {
        for platform in Platform::ALL {
            let Places { config, bin_dir } = platform.places();
            let said = platform.steps().join("\n") + &platform.flags(None).unwrap_or_default();
            assert!(said.contains(bin_dir) || platform == Platform::Kind, "{platform:?}");
            assert!(said.contains(config) || platform == Platform::Talos, "{platform:?}");
            assert!(platform.steps().iter().all(|line| line.chars().count() <= 150), "{platform:?}");
        }
    }

    #[test]
    fn flags_open_the_gate_where_there_is_one() {
        for platform in Platform::ALL {
            let (Some(with), Some(without)) = (platform.flags(Some("Gate")), platform.flags(None)) else {
                continue;
            };
            assert!(with.contains("feature-gates") && with.contains("Gate=true"), "{platform:?}");
            assert!(!without.contains("feature-gates"), "{platform:?}");
        }
    }
}
