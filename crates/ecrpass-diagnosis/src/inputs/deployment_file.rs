//! A deployment file, understood: what kind it is, and what it names.

use serde::{Deserialize, Serialize};

use super::target::{FilePosition, Target};

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeploymentKind {
    /// A file of `docker compose`.
    Compose,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// Kubernetes manifests, or what `kubectl get … -o json` or `-o yaml` prints.
    Kubernetes,
    /// A task definition, bare or as `aws ecs describe-task-definition` prints it.
    EcsTaskDefinition,
    /// What `aws ecs describe-tasks` or `describe-services` prints.
    EcsTasks,
    /// What `aws lambda get-function` or `get-function-configuration` prints.
    LambdaFunction,
}

impl DeploymentKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Compose,
        Self::Dockerfile,
        Self::Kubernetes,
        Self::EcsTaskDefinition,
        Self::EcsTasks,
        Self::LambdaFunction,
    ];

    /// What it is, with an article.
    pub fn title(self) -> &'static str {
        match self {
            Self::Compose => "a docker compose file",
            Self::Dockerfile => "a Dockerfile",
            Self::Kubernetes => "Kubernetes manifests or `kubectl get … -o json`",
            Self::EcsTaskDefinition => "an ECS task definition",
            Self::EcsTasks => "`aws ecs describe-tasks` or `describe-services`",
            Self::LambdaFunction => "`aws lambda get-function`",
        }
    }
}

/// A Dockerfile that a compose file builds from; its images are pulled too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildFile {
    /// The directory of the build, relative to the compose file; it may also be a URL.
    pub context: String,
    /// The Dockerfile, relative to the directory.
    pub dockerfile: String,
    /// The stage that is built, if not the last.
    pub target: Option<String>,
    /// Where the build stands.
    pub place: FilePosition,
}

/// A file, understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentFile {
    /// The file's name, as it was given.
    pub file: String,
    /// What it is.
    pub kind: DeploymentKind,
    /// The images, in the order they are named; one that is named twice is there twice.
    pub targets: Vec<Target>,
    /// What a kubelet, ECS or Lambda said went wrong: a log to explain. Secrets are hidden.
    pub messages: Vec<(FilePosition, String)>,
    /// What is built here, for the caller to read as well.
    pub dockerfiles: Vec<BuildFile>,
}
