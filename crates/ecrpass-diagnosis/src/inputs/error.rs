//! Why nothing can be said about what was asked: what is wrong, where, and what to do next.

use ecrpass_core::image::ImageError;
use ecrpass_core::registry::HostError;

use super::deployment_file::DeploymentKind;
use super::file_position::FilePosition;

/// The longest text that is read, in bytes: a large cluster's pods as JSON have some ten megabytes.
pub const MAX_TEXT: usize = 32 << 20;

/// Why a file or an argument tells of no image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither YAML nor JSON.
    #[error("{place}: not valid {format}: {message}; {next}")]
    Syntax {
        /// Where it was noticed.
        place: FilePosition,
        /// `YAML` or `JSON`.
        format: &'static str,
        /// What is wrong.
        message: String,
        /// What to do.
        next: &'static str,
    },
    /// Nested too deeply, or aliases that expand to too much.
    #[error("{place}: {message}; give ecrpass the image itself: `ecrpass doctor <image>`")]
    Limit {
        /// Where the limit was reached.
        place: FilePosition,
        /// Which limit.
        message: String,
    },
    /// A file that is not read at all.
    #[error(
        "{file}: more than {megabytes} megabytes; give ecrpass the image itself: `ecrpass doctor <image>`"
    )]
    TooLarge {
        /// The file's name.
        file: String,
        /// The limit.
        megabytes: usize,
    },
    /// A known kind of file without images.
    #[error("{file}: this is {}, but nothing in it names an image; {}", .kind.title(), without_image(*.kind))]
    NoImage {
        /// The file's name.
        file: String,
        /// What it is.
        kind: DeploymentKind,
    },
    /// A file in which a pod was looked for.
    #[error("{file}: there is no pod in it that names an image, nor anything that creates pods")]
    NoPod {
        /// The file's name.
        file: String,
    },
    /// YAML or JSON of no known shape.
    #[error(
        "{file}: ecrpass cannot read this kind of file; it reads {}; or give it the image itself",
        kinds()
    )]
    UnknownKind {
        /// The file's name.
        file: String,
    },
    /// An argument with nothing in it.
    #[error("the image or registry is empty; was a variable unset?")]
    Empty,
    /// An argument that is no image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// An argument whose registry cannot be ECR's, though it was meant to be.
    #[error(transparent)]
    Host(#[from] HostError),
    /// An account without a region.
    #[error("`{0}` is an account, not a registry: write `{0}.dkr.ecr.<region>.amazonaws.com`")]
    Account(String),
    /// An ARN of something else.
    #[error("`{0}` is not the ARN of an ECR repository: `arn:aws:ecr:<region>:<account>:repository/<name>`")]
    Arn(String),
}

fn kinds() -> String {
    let titles: Vec<&str> = DeploymentKind::ALL.iter().map(|kind| kind.title()).collect();
    titles.join(", ")
}

fn without_image(kind: DeploymentKind) -> &'static str {
    match kind {
        DeploymentKind::Compose => "its services have neither `image` nor `build`",
        DeploymentKind::Dockerfile => "it starts from `scratch` or has no FROM",
        DeploymentKind::Kubernetes => "give ecrpass the manifest of the pod or of what creates it",
        DeploymentKind::EcsTaskDefinition => "its containerDefinitions have no `image`",
        DeploymentKind::EcsTasks => "give ecrpass the output of `aws ecs describe-task-definition`",
        DeploymentKind::HelmValues => "give ecrpass what `helm template` makes of it",
        DeploymentKind::CloudFormation => {
            "no ECS task, function, batch job or App Runner service in it has an image"
        }
        DeploymentKind::Terraform => {
            "no ECS task, function, service or Kubernetes object in it has an image that is known yet"
        }
        DeploymentKind::LambdaFunction => "a function of package type Zip pulls none; see `Code.ImageUri`",
    }
}
