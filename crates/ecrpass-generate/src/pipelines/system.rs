//! The systems that pipelines and recipes are written for.

use ecrpass_iam::generate::trust::place::Place;

/// A system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// Jenkins.
    Jenkins,
    /// CircleCI.
    Circleci,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Buildkite.
    Buildkite,
    /// Azure Pipelines.
    Azure,
    /// AWS CodeBuild.
    Codebuild,
    /// Amazon ECS: a task definition.
    Ecs,
    /// AWS Lambda: a template with the function.
    Lambda,
    /// Amazon EC2: user data and a unit.
    Ec2,
    /// Amazon EKS: a deployment.
    Eks,
}

impl System {
    /// All of them, those that build first.
    pub const ALL: [Self; 12] = [
        Self::Github,
        Self::Gitlab,
        Self::Jenkins,
        Self::Circleci,
        Self::Bitbucket,
        Self::Buildkite,
        Self::Azure,
        Self::Codebuild,
        Self::Ecs,
        Self::Lambda,
        Self::Ec2,
        Self::Eks,
    ];

    /// Its name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::Circleci => "circleci",
            Self::Bitbucket => "bitbucket",
            Self::Buildkite => "buildkite",
            Self::Azure => "azure",
            Self::Codebuild => "codebuild",
            Self::Ecs => "ecs",
            Self::Lambda => "lambda",
            Self::Ec2 => "ec2",
            Self::Eks => "eks",
        }
    }

    /// The system of that name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.id() == id)
    }

    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Jenkins => "Jenkins",
            Self::Circleci => "CircleCI",
            Self::Bitbucket => "Bitbucket",
            Self::Buildkite => "Buildkite",
            Self::Azure => "Azure Pipelines",
            Self::Codebuild => "CodeBuild",
            Self::Ecs => "ECS",
            Self::Lambda => "Lambda",
            Self::Ec2 => "EC2",
            Self::Eks => "EKS",
        }
    }

    /// Whether it builds and pushes; the others pull and run.
    pub fn builds(self) -> bool {
        !matches!(self, Self::Ecs | Self::Lambda | Self::Ec2 | Self::Eks)
    }

    /// Whether an identity provider outside of AWS says who asks.
    pub fn is_federated(self) -> bool {
        self.builds() && self != Self::Codebuild
    }

    /// Whether its identity provider is always its maker's, on the internet.
    pub fn is_public_service(self) -> bool {
        matches!(self, Self::Circleci | Self::Bitbucket | Self::Buildkite | Self::Azure)
    }

    /// How the trust policy names it.
    pub fn place(self) -> Place {
        match self {
            Self::Github => Place::Github,
            Self::Gitlab => Place::Gitlab,
            Self::Jenkins => Place::Jenkins,
            Self::Circleci => Place::CircleCi,
            Self::Bitbucket => Place::Bitbucket,
            Self::Buildkite => Place::Buildkite,
            Self::Azure => Place::AzureDevops,
            Self::Codebuild => Place::CodeBuild,
            Self::Ecs => Place::EcsTasks,
            Self::Lambda => Place::Lambda,
            // The kubelet pulls with the role of the node it is on.
            Self::Ec2 | Self::Eks => Place::Ec2,
        }
    }

    /// What the place where the code is looks like, and which claims its parts are.
    pub fn code(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::Github => Some(("OWNER/REPOSITORY", &["repository"])),
            Self::Gitlab => Some(("GROUP/PROJECT", &["project"])),
            Self::Jenkins => Some(("the job's URL", &["job"])),
            Self::Circleci => {
                Some(("ORGANIZATION-ID/PROJECT-ID, the ids of both", &["organization", "project"]))
            }
            Self::Bitbucket => Some(("WORKSPACE/REPOSITORY", &["workspace"])),
            Self::Buildkite => {
                Some(("ORGANIZATION/PIPELINE, the slugs in URLs", &["organization", "pipeline"]))
            }
            Self::Azure => Some(("ORGANIZATION/PROJECT", &["organization", "project"])),
            Self::Codebuild => Some(("the project's name", &["project"])),
            Self::Ecs | Self::Lambda | Self::Ec2 | Self::Eks => None,
        }
    }
}
