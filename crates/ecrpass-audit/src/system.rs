//! The CI systems whose pipelines are read.

/// A CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Drone.
    Drone,
    /// Woodpecker.
    Woodpecker,
    /// Travis CI.
    Travis,
    /// Tekton.
    Tekton,
    /// Argo Workflows.
    Argo,
}
