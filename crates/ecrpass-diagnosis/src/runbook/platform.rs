//! The platforms that run images, and which causes happen on which.

use ecrpass_core::DiagnosisId as D;
use serde::Serialize;

use super::nature::Nature;
use crate::finding::{Details, Place};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Platform {
    /// Kubernetes: EKS, and clusters elsewhere.
    Eks,
    /// ECS, on Fargate and on EC2; Batch, which runs on it.
    Ecs,
    /// Functions of Lambda that are images.
    Lambda,
    /// Services of App Runner.
    AppRunner,
    /// Instances that pull by themselves, and machines that people work at.
    Ec2,
    /// Pipelines.
    Ci,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Eks, Self::Ecs, Self::Lambda, Self::AppRunner, Self::Ec2, Self::Ci];

    /// Its name on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Ecs => "ecs",
            Self::Lambda => "lambda",
            Self::AppRunner => "app-runner",
            Self::Ec2 => "ec2",
            Self::Ci => "ci",
        }
    }

    /// The one of that name.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.id() == id)
    }

    /// Its name, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Eks => "EKS and Kubernetes",
            Self::Ecs => "ECS and Batch",
            Self::Lambda => "Lambda",
            Self::AppRunner => "App Runner",
            Self::Ec2 => "EC2 instances and workstations",
            Self::Ci => "CI pipelines",
        }
    }

    /// Whether nobody runs a command where the image is pulled: what a command shows of the reader's own machine says
    /// nothing there.
    pub const fn is_elsewhere(self) -> bool {
        match self {
            Self::Eks | Self::Ecs | Self::Lambda | Self::AppRunner => true,
            Self::Ec2 | Self::Ci => false,
        }
    }

    /// Where a cause happens.
    pub fn of_cause(cause: Option<D>) -> Vec<Self> {
        let Some(cause) = cause else { return Self::ALL.to_vec() };
        match cause {
            D::LambdaRepoPolicyMissing => vec![Self::Lambda],
            D::AppRunnerAccessRole => vec![Self::AppRunner],
            D::EcsExecutionRoleMissing => vec![Self::Ecs],
            // Only the kubelet asks a credential provider.
            D::IrsaWebIdentityInvalid | D::NotEcr => vec![Self::Eks],
            D::ImdsUnreachableOrHopLimit | D::ImdsV1Allowed => vec![Self::Eks, Self::Ecs, Self::Ec2],
            D::OidcTrustTooWide => vec![Self::Ci],
            // A push, or a login by hand: services only pull, and log in by themselves.
            D::IamMissingPushAction
            | D::ImageMissingLocally
            | D::PublicEcrWrongRegion
            | D::QuotaExceeded
            | D::TagImmutable => vec![Self::Ec2, Self::Ci],
            D::IamMissingEcrAction | D::WrongRegistryAccount | D::WrongRegistryRegion => {
                vec![Self::Eks, Self::Ec2, Self::Ci]
            }
            // Lambda and App Runner take nothing but the name of an image in a private registry, and Lambda no token.
            D::ImageNotTaggedWithRegistry | D::PullThroughCacheError | D::RepoNameIncludesRegistry => {
                vec![Self::Eks, Self::Ecs, Self::Ec2, Self::Ci]
            }
            D::IamMissingGetAuthorizationToken => {
                vec![Self::Eks, Self::Ecs, Self::AppRunner, Self::Ec2, Self::Ci]
            }
            _ => match Nature::of(cause) {
                Nature::Cluster => vec![Self::Eks],
                Nature::Pipeline => vec![Self::Ci],
                Nature::Login => vec![Self::Eks, Self::Ec2, Self::Ci],
                Nature::Client | Nature::Exposure => vec![Self::Ec2, Self::Ci],
                Nature::Credentials => vec![Self::Eks, Self::Ec2, Self::Ci],
                // Lambda and App Runner pull inside of AWS.
                Nature::Network => vec![Self::Eks, Self::Ecs, Self::Ec2, Self::Ci],
                Nature::Permission | Nature::Image | Nature::Load => Self::ALL.to_vec(),
            },
        }
    }

    /// The platform that a client or a place pulls on.
    pub fn of_puller(details: &Details) -> Option<Self> {
        let place = details.place.as_deref().and_then(Place::parse);
        match (details.client.as_deref(), place) {
            _ if details.ci.is_some() => Some(Self::Ci),
            (_, Some(Place::AppRunner)) => Some(Self::AppRunner),
            (_, Some(Place::GitlabRunner)) => Some(Self::Ci),
            (_, Some(Place::ArgoCd | Place::Flux | Place::ImageUpdater)) => Some(Self::Eks),
            (Some("kubelet" | "containerd"), _) => Some(Self::Eks),
            (Some("ecs-agent"), _) => Some(Self::Ecs),
            (Some("lambda"), _) => Some(Self::Lambda),
            _ => None,
        }
    }
}
