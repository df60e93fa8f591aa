//! What the tasks of one collection share: what was asked, what each needs, and what it reports.

use std::collections::BTreeSet;
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ecrpass_clients::client::{Client, Parsed, Version};
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::facts::{
    ClientCredentials, Configuration, Daemon, MachineFacts, Metadata, NetworkPath, RegistryResponse,
    Resolved, Seen, Subject,
};
use ecrpass_diagnosis::finding::Finding;

use super::aws_facts::AwsFact;
use super::configurations;
use super::credentials::Settings;
use super::daemon::DockerDaemon;

/// What is asked, understood.
pub struct Asked {
    /// The registries and images.
    pub subjects: Vec<Subject>,
    /// Who pulls or pushes.
    pub client: Client,
    /// Whether it is about a push.
    pub pushes: bool,
    /// Whether nobody is to be asked.
    pub offline: bool,
    /// The role to diagnose as.
    pub as_role: Option<String>,
    /// The platform that was named.
    pub platform: Option<String>,
    /// How long it may take.
    pub deadline: Duration,
    /// What a log said beforehand.
    pub log: Vec<Finding>,
}

/// Something that was seen of the machine, of a host, or of the subject with that number.
pub(super) enum Event {
    Machine(Box<MachineFacts>),
    Configurations(Vec<Configuration>),
    Daemon(Result<Daemon, String>),
    Metadata(Metadata),
    Path(String, NetworkPath),
    Aws(String, AwsFact),
    Credentials(String, Seen<ClientCredentials>),
    Resolved(String, Resolved),
    OwnToken(String),
    Login(String, RegistryResponse),
    DaemonLogin(String, Seen<RegistryResponse>),
    Image(usize, RegistryResponse, Vec<String>, Option<RegistryResponse>, Option<NetworkPath>),
    DaemonManifest(usize, RegistryResponse, Vec<String>),
    Upload(usize, Option<RegistryResponse>),
    LocalImage(usize, Seen<bool>),
    NotTried(usize, String),
    /// A task has ended.
    Done(String),
}

/// What all tasks share.
pub(super) struct Work {
    pub(super) environment: Arc<dyn Environment>,
    pub(super) settings: Settings,
    pub(super) client: Client,
    pub(super) version: Option<Version>,
    pub(super) pushes: bool,
    pub(super) as_role: bool,
    pub(super) ends_at: Instant,
    pub(super) daemon: Result<DockerDaemon, String>,
    pub(super) tell: Sender<Event>,
    /// What was parsed of the configurations: one copy for all registries.
    pub(super) parsed: Arc<Parsed>,
    pub(super) hosts: OnceLock<BTreeSet<String>>,
}

impl Work {
    pub(super) fn left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    /// The registries that this user's configurations name.
    pub(super) fn hosts(&self) -> &BTreeSet<String> {
        self.hosts.get_or_init(|| configurations::hosts(self.environment.as_ref()))
    }

    pub(super) fn tell(&self, event: Event) {
        // Nobody listens any more once the deadline has passed.
        let _ = self.tell.send(event);
    }

    pub(super) fn uses_daemon(&self) -> bool {
        self.client.uses_docker_daemon()
    }

    /// Whether the credentials of that client can be had by looking where it looks.
    pub(super) fn can_stand_in(&self) -> bool {
        !self.as_role && !self.client.is_of_a_node()
    }
}
