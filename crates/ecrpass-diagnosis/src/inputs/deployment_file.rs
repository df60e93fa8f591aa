//! A deployment file, understood: what kind it is, and what it names.

use serde::{Deserialize, Serialize};

use super::file_position::FilePosition;
use super::target::Target;

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
    /// The values of a Helm chart.
    HelmValues,
    /// A template of CloudFormation or SAM, or what `cdk synth` writes.
    CloudFormation,
    /// What `terraform show -json` prints.
    Terraform,
}

impl DeploymentKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Compose,
        Self::Dockerfile,
        Self::Kubernetes,
        Self::EcsTaskDefinition,
        Self::EcsTasks,
        Self::LambdaFunction,
        Self::HelmValues,
        Self::CloudFormation,
        Self::Terraform,
    ];

    /// What it is, with an article.
    pub fn title(self) -> &'static str {
        match self {
            Self::Compose => "a docker compose file",
            Self::Dockerfile => "a Dockerfile",
            Self::Kubernetes => "Kubernetes manifests, a kustomization or `kubectl get … -o json`",
            Self::EcsTaskDefinition => "an ECS task definition",
            Self::EcsTasks => "`aws ecs describe-tasks` or `describe-services`",
            Self::LambdaFunction => "`aws lambda get-function`",
            Self::HelmValues => "a chart's values",
            Self::CloudFormation => "a CloudFormation or SAM template",
            Self::Terraform => "`terraform show -json`",
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
    /// The files this one goes on in, relative to its directory: `include` and `extends` of compose.
    #[serde(default)]
    pub continued: Vec<(FilePosition, String)>,
}
