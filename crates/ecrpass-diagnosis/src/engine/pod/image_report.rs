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
}

impl ImageReport {
    /// The registry, with its port.
    pub fn host(&self) -> &str {
        self.image.split('/').next().unwrap_or_default()
    }
}
