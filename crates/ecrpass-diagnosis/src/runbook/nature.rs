//! What kind of thing a cause is: what has to be done around it depends on that.

use ecrpass_core::DiagnosisId as D;

use crate::catalogue::{self, Group};

/// What kind of thing a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A login that is missing, wrong or over.
    Login,
    /// A client, its configuration or its helper.
    Client,
    /// AWS credentials that are missing, wrong or over.
    Credentials,
    /// A right that is missing, or denied.
    Permission,
    /// The way there.
    Network,
    /// The image, its name, its repository.
    Image,
    /// Too many calls or too much of something.
    Load,
    /// A secret that others can see.
    Exposure,
    /// The cluster: nodes, pull secrets.
    Cluster,
    /// The pipeline.
    Pipeline,
}

impl Nature {
    /// Of a cause: that of its folder in the catalogue, but for those that stand among others of another kind.
    pub fn of(cause: D) -> Self {
        match cause {
            D::AppRunnerAccessRole | D::EcsExecutionRoleMissing => return Self::Permission,
            D::NotEcr => return Self::Image,
            D::QuotaExceeded | D::Throttled => return Self::Load,
            _ => {}
        }
        match catalogue::group(cause) {
            Some(Group::Login) => Self::Login,
            Some(Group::Client) => Self::Client,
            Some(Group::Credentials) => Self::Credentials,
            Some(Group::Policy) => Self::Permission,
            Some(Group::Network) => Self::Network,
            Some(Group::Exposure) => Self::Exposure,
            Some(Group::Kubernetes) => Self::Cluster,
            Some(Group::Ci) => Self::Pipeline,
            Some(Group::Image | Group::Registry) | None => Self::Image,
        }
    }
}
