//! Which credentials a container client will really send for a registry, and why.
//!
//! Every client reads other files in another order, matches hosts by other rules, and does something else when a
//! credential helper says no. [`resolve`] follows the rules of one client over what a [`ClientEnvironment`] holds, and writes
//! down every step. Clients that share docker's way of looking things up share `docker.rs` and differ in a table
//! (`rules.rs`); the others have a file each. Every rule names its source. A new client is an entry in the list below: its
//! `Model`, or the name of the one in its own file.

/// All clients, the most used first, each with its model: the one list of them.
macro_rules! clients {
    ($then:ident) => {
        $then! {
            Docker = Model::new("docker", classic_builder::resolve)
                .title("docker CLI")
                .aliases(&["docker-cli", "docker-engine"])
                .program("docker")
                .by_daemon()
                .keeps(&docker::FILES)
                .run("28.2.2"),
            Buildx = Model::new("buildx", docker::resolve)
                .title("BuildKit, buildx, bake")
                .aliases(&["buildkit", "bake", "buildctl", "docker-buildx"])
                .program("docker")
                .run("0.38.2"),
            Compose = Model::new("compose", docker::resolve)
                .title("docker compose v2")
                .aliases(&["docker-compose"])
                .program("docker")
                .by_daemon()
                .run("5.6.0"),
            DockerPy = Model::new("docker-py", docker::resolve)
                .title("docker-py, compose v1")
                .aliases(&["compose-v1", "dockerpy"])
                .by_daemon()
                .run("7.2.0"),
            Podman = containers::PODMAN,
            Skopeo = containers::SKOPEO,
            Buildah = containers::BUILDAH,
            Crane = Model::new("crane", docker::resolve)
                .title("crane and go-containerregistry")
                .aliases(&["ggcr", "go-containerregistry"])
                .program("crane")
                .login("crane auth login --username AWS --password-stdin", "crane auth logout")
                .run("0.22.1"),
            Ko = Model::new("ko", docker::resolve).program("ko"),
            Kaniko = kaniko::KANIKO,
            Oras = oras::ORAS,
            Helm = oras::HELM,
            Nerdctl = nerdctl::NERDCTL,
            Regclient = regclient::REGCLIENT,
            Jib = jib::JIB,
            TestcontainersJava = testcontainers::JAVA,
            TestcontainersGo = testcontainers_go::GO,
            Kubelet = kubelet::KUBELET,
            Containerd = kubernetes::CONTAINERD,
            EcsAgent = kubernetes::ECS_AGENT,
        }
    };
}

mod auth_variable;
mod classic_builder;
mod containers;
mod docker;
mod docker_java;
mod environment;
mod file_state;
pub mod files;
mod helper;
mod host;
mod jib;
mod kaniko;
mod kubelet;
mod kubernetes;
mod loaded;
mod login_file;
mod login_files;
mod model;
mod nerdctl;
mod oras;
mod read_failure;
mod regclient;
pub mod registries_conf;
mod request;
mod resolution;
mod rules;
mod target;
mod testcontainers;
mod testcontainers_go;
mod witness;

pub use environment::{ClientEnvironment, ClientEnvironmentInMemory, FileState, HelperReply};
pub use helper::is_ecr_helper;
pub use kubelet::{kubelet_key, kubelet_matches};
pub use loaded::{Loaded, Parsed};
pub use login_file::LoginFile;
pub use login_files::{is_login_directory, is_login_file_name, login_file_at, login_files};
pub use model::Verified;
pub use read_failure::{Obstacle, ReadFailure};
pub use request::{Client, Operation, Request, Version};
pub use resolution::{Resolution, ResolutionStep, Sent, Supplier, other_user};
pub use target::target;

use self::model::{Model, Runs};
use self::resolution::{Ending, Trace};
use self::witness::Witness;

/// Follows a client's rules.
pub fn resolve(request: &Request, machine: &dyn ClientEnvironment) -> Resolution {
    let machine = &Witness::new(machine);
    let mut trace = Trace::default();
    let ending = (request.client.model().resolve)(request, machine, &mut trace);
    let files_read = machine.files_read();
    // Where a file is beyond our limits, nothing is known of what a client finds in it.
    let limit = match ending {
        Ending::Environment { .. } => None,
        _ => files_read.iter().find_map(|path| files::limit(machine, path)),
    };
    Resolution::new(request, limit.map_or(ending, Ending::Unknown), trace, files_read)
}

macro_rules! define_models {
    ($($client:ident = $model:expr,)*) => {
        impl Client {
            fn model(self) -> Model {
                match self {
                    $(Self::$client => $model,)*
                }
            }
        }
    };
}

clients!(define_models);

impl Client {
    /// The name used on the command line and in JSON.
    pub fn id(self) -> &'static str {
        self.model().id
    }

    /// What it is, for people.
    pub fn title(self) -> &'static str {
        self.model().title
    }

    /// The client of that name; also some names people use for it.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let is_called =
            |client: &Self| client.id() == name || client.model().aliases.contains(&name.as_str());
        Self::ALL.into_iter().find(is_called)
    }

    /// How its rules were verified.
    pub fn verified(self) -> Verified {
        self.model().verified
    }

    /// The program to look for on `PATH`; `None` for what is a library or runs elsewhere.
    pub fn program(self) -> Option<&'static str> {
        self.model().program
    }

    /// Whether the docker daemon does the talking to registries for it.
    pub fn uses_docker_daemon(self) -> bool {
        self.model().runs == Runs::ByDaemon
    }

    /// Whether it runs on a node, with credentials that cannot be had by looking where it looks.
    pub fn is_of_a_node(self) -> bool {
        self.model().runs == Runs::OnNode
    }

    /// The command that logs in where it reads, before the host, with the password from standard input; `None` for what
    /// runs on a node.
    pub fn login(self) -> Option<&'static str> {
        (!self.is_of_a_node()).then_some(self.model().login.0)
    }

    /// The command that logs out, before the host.
    pub fn logout(self) -> Option<&'static str> {
        (!self.is_of_a_node()).then_some(self.model().login.1)
    }
}
