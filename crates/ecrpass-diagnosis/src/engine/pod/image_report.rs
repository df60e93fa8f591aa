//! What there is to say of one image of a pod.

use serde::Serialize;

use super::order::PullStep;

/// What there is to say of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageReport {
    /// The image.
    pub image: String,
    /// The container, or the first of several.
    pub container: String,
    /// Why it waits, as the kubelet calls it.
    pub waits: Option<String>,
    /// Whether ECR has it.
    pub on_ecr: bool,
    /// What the kubelet tries, in that order.
    pub steps: Vec<PullStep>,
    /// What was used, as far as that can be seen.
    pub used: String,
    /// The cause that the kubelet gives for a pull that fails, in its own words or the registry's.
    pub said: Option<String>,
    /// Why it is not pulled, where that is none of the findings: another registry's matter, the node's, or not known.
    pub reason: Option<String>,
}

impl ImageReport {
    /// The registry, with its port.
    pub fn host(&self) -> &str {
        self.image.split('/').next().unwrap_or_default()
    }
}
