//! Systems of nodes that nobody installs anything on, and what logs in there instead.
//!
//! Sources: bottlerocket-os/bottlerocket, "settings.kubernetes.credential-providers"; siderolabs/talos, "System
//! Extensions".

/// A system whose root file system is read-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOnlySystem {
    /// Its name.
    pub name: &'static str,
    /// Its name, with who else has it.
    pub title: &'static str,
    /// What to do instead.
    pub next: &'static str,
}

/// The system by its `ID` of os-release.
pub fn read_only_system(distribution: Option<&str>) -> Option<ReadOnlySystem> {
    Some(match distribution? {
        "bottlerocket" => ReadOnlySystem {
            name: "Bottlerocket",
            title: "Bottlerocket, as EKS Auto Mode has it",
            next: "its own provider logs in with the node's role (settings.kubernetes.credential-providers); for anything else use pull secrets, which ecrpass-operator keeps fresh",
        },
        "talos" => TALOS,
        _ => return None,
    })
}

/// Talos.
pub const TALOS: ReadOnlySystem = ReadOnlySystem {
    name: "Talos",
    title: "Talos",
    next: "put the static program into a system extension: ecrpass kubelet config --platform talos",
};
