//! What a team says of itself: which signals, and of which registries, clusters and services.

use ecrpass_core::Registry;

use super::family::Family;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the names of alarms and rules begin with.
    pub name: String,
    /// The groups of signals.
    pub families: Vec<Family>,
    /// The registries that canaries on CloudWatch pull from.
    pub registries: Vec<Registry>,
    /// The EKS clusters with Container Insights.
    pub clusters: Vec<String>,
    /// The ECS services whose running tasks are counted.
    pub services: Vec<EcsService>,
    /// From one run of the canary to the next, in seconds.
    pub interval: u32,
    /// The log group that CloudTrail writes to.
    pub log_group: Option<String>,
}

/// A service of ECS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcsService {
    /// The name of its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
}

impl EcsService {
    /// Reads `CLUSTER/SERVICE`.
    pub fn parse(text: &str) -> Option<Self> {
        let (cluster, service) = text.split_once('/')?;
        let is_name = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        (is_name(cluster) && is_name(service))
            .then(|| Self { cluster: cluster.to_owned(), service: service.to_owned() })
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "ecr".to_owned(),
            families: Family::ALL.to_vec(),
            registries: Vec::new(),
            clusters: Vec::new(),
            services: Vec::new(),
            // The canary's own default.
            interval: 60,
            log_group: None,
        }
    }
}
