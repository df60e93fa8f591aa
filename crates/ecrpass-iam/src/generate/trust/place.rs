//! Where something that uses a role runs, and what narrows which of those it is.

/// Who may use the role: where it runs, and what says which of those it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// Where it runs.
    pub place: Place,
    /// What narrows it: `repository=team/app`.
    pub claims: Vec<(String, String)>,
}

/// Where something that uses a role runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
    /// CircleCI.
    CircleCi,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Buildkite.
    Buildkite,
    /// Azure Pipelines.
    AzureDevops,
    /// HCP Terraform and Terraform Enterprise.
    TerraformCloud,
    /// Jenkins with its plugin "OpenID Connect Provider".
    Jenkins,
    /// A Kubernetes service account, by its cluster's issuer.
    Irsa,
    /// A Kubernetes service account, by EKS Pod Identity.
    PodIdentity,
    /// ECS tasks.
    EcsTasks,
    /// Lambda functions.
    Lambda,
    /// EC2 instances.
    Ec2,
    /// App Runner, when it pulls.
    AppRunner,
    /// CodeBuild projects.
    CodeBuild,
    /// Machines with a certificate.
    RolesAnywhere,
    /// ECR, when it fills a cache from another ECR registry.
    PullThroughCache,
    /// ECR, when it creates a repository from a template.
    CreationTemplate,
    /// The principals that are named.
    Principals,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Github,
        Self::Gitlab,
        Self::CircleCi,
        Self::Bitbucket,
        Self::Buildkite,
        Self::AzureDevops,
        Self::TerraformCloud,
        Self::Jenkins,
        Self::Irsa,
        Self::PodIdentity,
        Self::EcsTasks,
        Self::Lambda,
        Self::Ec2,
        Self::AppRunner,
        Self::CodeBuild,
        Self::RolesAnywhere,
        Self::PullThroughCache,
        Self::CreationTemplate,
        Self::Principals,
    ];

    /// Its name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::CircleCi => "circleci",
            Self::Bitbucket => "bitbucket",
            Self::Buildkite => "buildkite",
            Self::AzureDevops => "azure-devops",
            Self::TerraformCloud => "terraform-cloud",
            Self::Jenkins => "jenkins",
            Self::Irsa => "irsa",
            Self::PodIdentity => "pod-identity",
            Self::EcsTasks => "ecs-tasks",
            Self::Lambda => "lambda",
            Self::Ec2 => "ec2",
            Self::AppRunner => "app-runner",
            Self::CodeBuild => "codebuild",
            Self::RolesAnywhere => "roles-anywhere",
            Self::PullThroughCache => "pull-through-cache",
            Self::CreationTemplate => "creation-template",
            Self::Principals => "principals",
        }
    }

    /// The place of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.id() == id)
    }
}
