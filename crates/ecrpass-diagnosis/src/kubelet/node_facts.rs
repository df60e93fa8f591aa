//! What is seen on a node before its kubelet is given a provider.

use super::service::Service;

/// The file of variables that packages for Debian read.
pub const DEFAULT: &str = "/etc/default/kubelet";
/// The one that packages for Red Hat's distributions read.
pub const SYSCONFIG: &str = "/etc/sysconfig/kubelet";
/// What kubeadm writes, again and again.
pub const KUBEADM_FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";
/// The arguments of MicroK8s' kubelet.
pub const MICROK8S: &str = "/var/snap/microk8s/current/args/kubelet";

/// Files with arguments of the kubelet, the one that counts most first.
pub const ARGUMENTS: [&str; 4] = [DEFAULT, SYSCONFIG, KUBEADM_FLAGS, MICROK8S];

/// The services that run a kubelet.
pub const SERVICES: [&str; 5] = ["kubelet", "k3s-agent", "k3s", "rke2-agent", "rke2-server"];

/// What was seen on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// `ID` of its os-release.
    pub os: Option<String>,
    /// Its name in the cluster.
    pub name: Option<String>,
    /// Those of the signs and of the files of services that are there.
    pub present: Vec<String>,
    /// The files with arguments of its kubelet that are there, with their texts: the known ones, and what services read.
    pub arguments: Vec<(String, String)>,
    /// The services that are there: for each the texts of its unit and drop-ins, as systemd reads them.
    pub services: Vec<(String, Vec<String>)>,
    /// The configurations of k3s and RKE2 that are there, in the order in which they are read.
    pub settings: Vec<(String, String)>,
    /// The command line of the kubelet that runs there, if one does.
    pub running: Option<Vec<String>>,
}

impl NodeFacts {
    /// A service, if it is there.
    pub fn service(&self, name: &str) -> Option<Service> {
        let (_, texts) = self.services.iter().find(|(service, _)| service == name)?;
        Some(Service::of(texts.iter().map(String::as_str)))
    }

    /// The text of a file with arguments.
    pub fn argument_text(&self, path: &str) -> Option<&str> {
        self.arguments.iter().find(|(name, _)| name == path).map(|(_, text)| text.as_str())
    }
}
