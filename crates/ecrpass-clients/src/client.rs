//! Which credentials a container client will really send for a registry, and why.
//!
//! Every client reads other files in another order, matches hosts by other rules, and does something else when a
//! credential helper says no. [`resolve`] follows the rules of one client over what a [`ClientEnvironment`] holds, and writes
//! down every step. Clients that share docker's way of looking things up share `docker.rs` and differ in a table
//! (`rules.rs`); the others have a file each. Every rule names its source.

mod auth_variable;
mod classic_builder;
mod containers;
mod docker;
mod environment;
pub mod files;
mod helper;
mod host;
mod kubernetes;
mod own;
mod request;
mod resolution;
mod rules;
mod target;
mod witness;

pub use environment::{ClientEnvironment, ClientEnvironmentInMemory, FileState, HelperReply};
pub use request::{Client, Operation, Request, Version};
pub use resolution::{Resolution, ResolutionStep, Sent, Supplier};
pub use target::target;

use self::resolution::Trace;
use self::witness::Witness;

/// Follows a client's rules.
pub fn resolve(request: &Request, machine: &dyn ClientEnvironment) -> Resolution {
    let machine = &Witness::new(machine);
    let mut trace = Trace::default();
    let ending = match request.client {
        Client::Docker | Client::Buildx | Client::Compose | Client::DockerPy => {
            if classic_builder::is_classic(request, machine) {
                classic_builder::resolve(request, machine, &mut trace)
            } else {
                docker::resolve(request, machine, &mut trace)
            }
        }
        Client::Podman | Client::Skopeo | Client::Buildah => {
            containers::resolve(request, machine, &mut trace)
        }
        Client::Crane | Client::Ko | Client::Oras | Client::Helm | Client::Regclient => {
            docker::resolve(request, machine, &mut trace)
        }
        Client::Kaniko => own::kaniko(request, machine, &mut trace),
        Client::Nerdctl => own::nerdctl(request, machine, &mut trace),
        Client::Jib => own::jib(request, machine, &mut trace),
        Client::TestcontainersJava => own::testcontainers_java(request, machine, &mut trace),
        Client::TestcontainersGo => own::testcontainers_go(request, machine, &mut trace),
        Client::Kubelet => kubernetes::kubelet(request, machine, &mut trace),
        Client::Containerd => kubernetes::containerd(request, machine, &mut trace),
        Client::EcsAgent => kubernetes::ecs_agent(request, machine, &mut trace),
    };
    Resolution::new(request, ending, trace, machine.files_read())
}
