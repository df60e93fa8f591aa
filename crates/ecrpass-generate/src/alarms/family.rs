//! The groups that signals come in, so that a team takes those of what it runs.

/// A group of signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// What `ecrpass canary` measures.
    Canary,
    /// Pods that wait for an image, by kube-state-metrics.
    Pods,
    /// The kubelet's credential provider.
    Kubelet,
    /// What `ecrpass-operator` measures.
    Operator,
    /// Pods that wait for an image, by CloudWatch Container Insights.
    ContainerInsights,
    /// Tasks, services and deployments of ECS.
    Ecs,
    /// Functions of Lambda that are images.
    Lambda,
    /// What IAM and ECR refused, by CloudTrail.
    Cloudtrail,
    /// Calls of ECR's API against its quotas.
    Usage,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Canary,
        Self::Pods,
        Self::Kubelet,
        Self::Operator,
        Self::ContainerInsights,
        Self::Ecs,
        Self::Lambda,
        Self::Cloudtrail,
        Self::Usage,
    ];

    /// Its name on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Pods => "pods",
            Self::Kubelet => "kubelet",
            Self::Operator => "operator",
            Self::ContainerInsights => "container-insights",
            Self::Ecs => "ecs",
            Self::Lambda => "lambda",
            Self::Cloudtrail => "cloudtrail",
            Self::Usage => "usage",
        }
    }

    /// The one of that name.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.id() == id)
    }
}
