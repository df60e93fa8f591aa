//! The platforms that run images, and which causes happen on which.

use ecrpass_core::DiagnosisId as D;
use serde::Serialize;

use super::nature::Nature;

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Kubernetes: EKS, and clusters elsewhere.
    Eks,
    /// ECS, on Fargate and on EC2; Batch, which runs on it.
    Ecs,
    /// Functions of Lambda that are images.
    Lambda,
    /// Instances that pull by themselves, and machines that people work at.
    Ec2,
    /// Pipelines.
    Ci,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Eks, Self::Ecs, Self::Lambda, Self::Ec2, Self::Ci];

    /// Its name on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Ecs => "ecs",
            Self::Lambda => "lambda",
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
            Self::Ec2 => "EC2 instances and workstations",
            Self::Ci => "CI pipelines",
        }
    }

    /// Where a cause happens.
    pub fn of_cause(cause: Option<D>) -> Vec<Self> {
        let Some(cause) = cause else { return Self::ALL.to_vec() };
        match cause {
            D::LambdaRepoPolicyMissing => vec![Self::Lambda],
            D::EcsExecutionRoleMissing | D::AppRunnerAccessRole => vec![Self::Ecs],
            D::IrsaWebIdentityInvalid => vec![Self::Eks],
            D::ImdsUnreachableOrHopLimit | D::ImdsV1Allowed => vec![Self::Eks, Self::Ecs, Self::Ec2],
            _ => match Nature::of(cause) {
                Nature::Cluster => vec![Self::Eks],
                Nature::Pipeline => vec![Self::Ci],
                Nature::Login => vec![Self::Eks, Self::Ec2, Self::Ci],
                Nature::Client | Nature::Exposure => vec![Self::Ec2, Self::Ci],
                Nature::Credentials => vec![Self::Eks, Self::Ec2, Self::Ci],
                // Lambda pulls inside of AWS.
                Nature::Network => vec![Self::Eks, Self::Ecs, Self::Ec2, Self::Ci],
                Nature::Permission | Nature::Image | Nature::Load => Self::ALL.to_vec(),
            },
        }
    }

    /// The platform that a client or a place pulls on.
    pub fn of_puller(client: Option<&str>, ci: Option<&str>) -> Option<Self> {
        match (client, ci) {
            (_, Some(_)) => Some(Self::Ci),
            (Some("kubelet" | "containerd"), _) => Some(Self::Eks),
            (Some("ecs-agent"), _) => Some(Self::Ecs),
            (Some("lambda"), _) => Some(Self::Lambda),
            _ => None,
        }
    }
}
