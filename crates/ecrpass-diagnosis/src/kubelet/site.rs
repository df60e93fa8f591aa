//! Which node this is: where its kubelet has its provider, how it is told, and whether the node is ours to change.
//!
//! Sources: awslabs/amazon-eks-ami `nodeadm`; bottlerocket-os/bottlerocket, "settings.kubernetes.credential-providers";
//! kubernetes-sigs/kind, node image; Azure/AgentBaker (`azure.json`); AWS, "Fargate pod configuration".

use super::flags::FlagsFile;
use super::generate::Refused;
use super::node_facts::{NodeFacts, SYSCONFIG};
use super::platform::Platform;
use super::told::told;
use crate::check::{ReadOnlySystem, TALOS, read_only_system};

/// A node whose kubelet can be given a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Where it comes from.
    pub platform: Platform,
    /// The configuration.
    pub config: String,
    /// The directory of the provider.
    pub bin_dir: String,
    /// The file to put flags into, where the kubelet has none that lead to a configuration.
    pub flags: Option<FlagsFile>,
    /// Why nothing should be installed there: it is not sure that the kubelet would use it.
    pub unsure: Option<Refused>,
    /// What makes the kubelet read a changed configuration.
    pub restart: Vec<&'static str>,
}

/// What a node of each kind has; the first that is there decides.
pub const SIGNS: [(&str, Platform); 7] = [
    ("/etc/eks/image-credential-provider", Platform::Eks),
    ("/var/snap/microk8s", Platform::MicroK8s),
    ("/var/lib/rancher/rke2", Platform::Rke2),
    ("/var/lib/rancher/k3s", Platform::K3s),
    ("/kind", Platform::Kind),
    ("/etc/kubernetes/kubelet.conf", Platform::Kubeadm),
    ("/var/lib/kubelet/kubeadm-flags.env", Platform::Kubeadm),
];

/// A node of AKS has it.
const OF_AKS: &str = "/etc/kubernetes/azure.json";

/// The services of k3s and RKE2 on nodes that only run pods.
const K3S_AGENT: &str = "/etc/systemd/system/k3s-agent.service";
const RKE2_AGENT: &str = "/usr/local/lib/systemd/system/rke2-agent.service";
const RKE2_AGENT_ENV: &str = "/etc/rancher/rke2/rke2-agent.env";

/// Whatever has to be looked for, besides the arguments.
pub fn telling_paths() -> impl Iterator<Item = &'static str> {
    let signs = SIGNS.iter().map(|(path, _)| *path);
    signs.chain([OF_AKS, K3S_AGENT, RKE2_AGENT, RKE2_AGENT_ENV, SYSCONFIG])
}

impl Site {
    /// The place for a provider on a node; `platform` where it was said, instead of being recognized.
    ///
    /// # Errors
    /// [`Refused`] where the node is not ours to change, or not known.
    pub fn of(facts: &NodeFacts, platform: Option<Platform>) -> Result<Self, Refused> {
        if let Some(refused) = not_ours(facts) {
            return Err(refused);
        }
        let is_there = |path: &str| facts.present.iter().any(|present| present == path);
        let recognized = SIGNS.iter().find(|(path, _)| is_there(path)).map(|(_, platform)| *platform);
        let Some(platform) = platform.or(recognized) else {
            let looked: Vec<&str> = SIGNS.iter().map(|(path, _)| *path).collect();
            return Err(Refused {
                what: format!("This is not a known kind of node: there is none of {}.", looked.join(", ")),
                next: "say where the node comes from: --platform kubeadm, or another of its values"
                    .to_owned(),
            });
        };
        let places = platform.places();
        if platform == Platform::Talos {
            return Err(read_only(TALOS));
        }
        let restart = restart(platform, &is_there);
        let told = told(facts, platform, restart.last().copied().unwrap_or_default());
        let is_complete = told.flags.config.is_some() && told.flags.bin_dir.is_some();
        let bin_dir = told.flags.bin_dir.unwrap_or_else(|| places.bin_dir.to_owned());
        Ok(Self {
            platform,
            // Where the kubelet is told of a configuration already, that is the place; else the file gets flags.
            config: told.flags.config.unwrap_or_else(|| places.config.to_owned()),
            bin_dir: bin_dir.trim_end_matches('/').to_owned(),
            flags: told.file.filter(|_| !is_complete),
            unsure: told.unsure,
            restart,
        })
    }

    /// The provider's program.
    pub fn program(&self) -> String {
        format!("{}/{}", self.bin_dir, super::names::PROVIDER)
    }
}

/// Why a node is left alone.
fn not_ours(facts: &NodeFacts) -> Option<Refused> {
    let secrets = "use pull secrets there, which ecrpass-operator keeps fresh";
    if let Some(system) = read_only_system(facts.os.as_deref()) {
        return Some(read_only(system));
    }
    if facts.os.as_deref() == Some("cos") {
        return Some(Refused {
            what: "This is a node of GKE, and Google puts back what is changed on it.".to_owned(),
            next: secrets.to_owned(),
        });
    }
    if facts.name.as_deref().is_some_and(|name| name.starts_with("fargate-")) {
        return Some(Refused {
            what: "This is a node of Fargate, which belongs to AWS.".to_owned(),
            next: "give the pod execution role of the Fargate profile AmazonEC2ContainerRegistryPullOnly"
                .to_owned(),
        });
    }
    facts.present.iter().any(|path| path == OF_AKS).then(|| Refused {
        what: "This is a node of AKS, and Azure puts back what is changed on it.".to_owned(),
        next: secrets.to_owned(),
    })
}

fn read_only(system: ReadOnlySystem) -> Refused {
    let ReadOnlySystem { title, next, .. } = system;
    Refused {
        what: format!("This is {title}: its root file system is read-only, and nothing can be added to it."),
        next: next.to_owned(),
    }
}

fn restart(platform: Platform, is_there: &dyn Fn(&str) -> bool) -> Vec<&'static str> {
    match platform {
        Platform::K3s if is_there(K3S_AGENT) => vec!["systemctl", "restart", "k3s-agent"],
        Platform::K3s => vec!["systemctl", "restart", "k3s"],
        Platform::Rke2 if is_there(RKE2_AGENT) && is_there(RKE2_AGENT_ENV) => {
            vec!["systemctl", "restart", "rke2-agent"]
        }
        Platform::Rke2 => vec!["systemctl", "restart", "rke2-server"],
        Platform::MicroK8s => vec!["snap", "restart", "microk8s.daemon-kubelite"],
        Platform::Eks | Platform::Nodeadm | Platform::Kubeadm | Platform::Kind | Platform::Talos => {
            vec!["systemctl", "restart", "kubelet"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::node_facts::DEFAULT;
    use super::*;

    fn node(present: &[&str]) -> NodeFacts {
        NodeFacts { present: present.iter().map(|path| (*path).to_owned()).collect(), ..NodeFacts::default() }
    }

    #[test]
    fn nodes_are_known_by_what_they_have() {
        for (sign, platform) in SIGNS {
            let site = Site::of(&node(&[sign]), None).unwrap();
            assert_eq!(site.platform, platform, "{sign}");
            assert_eq!(site.config, platform.places().config);
        }
        // k3s and kubeadm's leftovers on one machine.
        let both = node(&["/etc/kubernetes/kubelet.conf", "/var/lib/rancher/k3s"]);
        assert_eq!(Site::of(&both, None).unwrap().platform, Platform::K3s);
        assert_eq!(Site::of(&both, Some(Platform::Kubeadm)).unwrap().platform, Platform::Kubeadm);
        let unknown = Site::of(&NodeFacts::default(), None).unwrap_err();
        assert!(unknown.what.contains("/etc/eks/") && unknown.next.contains("--platform"), "{unknown}");
    }

    #[test]
    fn nodes_that_are_not_ours_say_why() {
        let os =
            |os: &str| NodeFacts { os: Some(os.to_owned()), ..node(&["/etc/eks/image-credential-provider"]) };
        for (facts, words, next) in [
            (os("bottlerocket"), "Bottlerocket", "ecrpass-operator"),
            (os("talos"), "Talos", "system extension"),
            (os("cos"), "GKE", "ecrpass-operator"),
            (node(&[OF_AKS, "/etc/kubernetes/kubelet.conf"]), "AKS", "ecrpass-operator"),
            (
                NodeFacts { name: Some("fargate-ip-10-0-0-1.ec2.internal".to_owned()), ..node(&[]) },
                "Fargate",
                "pod execution role",
            ),
        ] {
            // Whatever was said on the command line.
            for platform in [None, Some(Platform::Eks)] {
                let refused = Site::of(&facts, platform).unwrap_err();
                assert!(refused.what.contains(words) && refused.next.contains(next), "{refused}");
            }
        }
        assert!(Site::of(&node(&[]), Some(Platform::Talos)).is_err());
    }

    #[test]
    fn a_kubelet_that_has_a_configuration_keeps_its_place() {
        let mut facts = node(&["/etc/kubernetes/kubelet.conf"]);
        let fresh = Site::of(&facts, None).unwrap();
        assert_eq!(fresh.flags.unwrap().path, DEFAULT);
        facts.arguments.push((
            "/var/lib/kubelet/kubeadm-flags.env".to_owned(),
            "KUBELET_KUBEADM_ARGS=\"--image-credential-provider-config=/opt/c.yaml --image-credential-provider-bin-dir=/opt/bin/\"\n".to_owned(),
        ));
        let told = Site::of(&facts, None).unwrap();
        assert_eq!(
            (told.config.as_str(), told.bin_dir.as_str(), told.flags.clone()),
            ("/opt/c.yaml", "/opt/bin", None)
        );
        assert_eq!(told.program(), "/opt/bin/ecr-credential-provider");
        // One of the two alone: the other is added.
        facts.arguments = vec![(
            SYSCONFIG.to_owned(),
            "KUBELET_EXTRA_ARGS=--image-credential-provider-bin-dir /x\n".to_owned(),
        )];
        let half = Site::of(&facts, None).unwrap();
        assert_eq!((half.bin_dir.as_str(), half.flags.unwrap().path.as_str()), ("/x", SYSCONFIG));
        let fedora = NodeFacts { os: Some("fedora".to_owned()), ..node(&["/etc/kubernetes/kubelet.conf"]) };
        assert_eq!(Site::of(&fedora, None).unwrap().flags.unwrap().path, SYSCONFIG);
    }

    #[test]
    fn agents_are_restarted_by_their_own_name() {
        let restarted = |present: &[&str]| Site::of(&node(present), None).unwrap().restart.join(" ");
        assert_eq!(restarted(&["/var/lib/rancher/k3s"]), "systemctl restart k3s");
        assert_eq!(restarted(&["/var/lib/rancher/k3s", K3S_AGENT]), "systemctl restart k3s-agent");
        assert_eq!(restarted(&["/var/lib/rancher/rke2", RKE2_AGENT]), "systemctl restart rke2-server");
        assert_eq!(
            restarted(&["/var/lib/rancher/rke2", RKE2_AGENT, RKE2_AGENT_ENV]),
            "systemctl restart rke2-agent"
        );
    }
}
