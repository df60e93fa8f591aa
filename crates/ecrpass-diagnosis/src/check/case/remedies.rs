//! The commands that mend a login here, with this machine's paths and this registry's host.

use ecrpass_clients::client::{Client, Supplier};
use ecrpass_core::Registry;
use ecrpass_core::shell::quoted;

use super::Case;
use crate::check::{Outcome, Proof};

impl Case<'_> {
    /// The command that names the helper for this registry.
    pub fn setup(&self) -> String {
        let client = match self.client() {
            Some(Client::Podman | Client::Skopeo | Client::Buildah) => "--client podman ",
            Some(Client::Kubelet | Client::Containerd) => "--client kubelet ",
            _ => "",
        };
        // A host that is none of ECR's has no place in a command.
        let host = self.registry.as_ref().map_or("<registry>", Registry::host);
        format!("ecrpass setup {client}{host}")
    }

    /// Names the helper for this registry: what mends every login that is no good, where nothing comes before it.
    pub fn with_setup(&self, proof: Proof, summary: &str) -> Proof {
        match self.supplier() {
            Some(Supplier::Environment) => proof
                .run("take the variable away, which comes before every helper", "unset DOCKER_AUTH_CONFIG")
                .run(summary, self.setup()),
            _ => proof.automatic(summary, self.setup()),
        }
    }

    /// Puts a way out in front of the others: without variables that are set here.
    pub fn without_variables(&self, outcome: Outcome, summary: &str, names: &[&str]) -> Outcome {
        let set: Vec<&str> =
            names.iter().copied().filter(|name| self.bundle.machine.variable(name).is_some()).collect();
        match outcome {
            Outcome::Found(mut proof) if !set.is_empty() => {
                let others = std::mem::take(&mut proof.fixes);
                let mut proof = proof.run(summary, format!("unset {}", set.join(" ")));
                for name in &set {
                    let value =
                        self.bundle.machine.variable(name).and_then(|variable| variable.value.as_deref());
                    proof = proof.and(*name, value.unwrap_or("is set"));
                }
                proof.fixes.extend(others);
                proof.outcome()
            }
            other => other,
        }
    }

    /// The command that has ecrpass answer in a program's place.
    pub fn link(&self, path: &str) -> String {
        let ecrpass = self.bundle.machine.program("ecrpass").and_then(|program| program.first());
        let ecrpass = ecrpass.map_or("\"$(command -v ecrpass)\"".into(), |file| quoted(&file.path));
        let directory = path.rsplit_once('/').map(|(directory, _)| directory);
        let is_own = directory.is_some() && directory == self.bundle.machine.writable_on_path.as_deref();
        let sudo = if is_own { "" } else { "sudo " };
        format!("{sudo}ln -sf {ecrpass} {}", quoted(path))
    }

    /// The command that has ecrpass answer as the helper.
    pub fn link_on_path(&self) -> String {
        let directory = self.bundle.machine.writable_on_path.as_deref().unwrap_or("/usr/local/bin");
        self.link(&format!("{directory}/docker-credential-ecr-login"))
    }
}
