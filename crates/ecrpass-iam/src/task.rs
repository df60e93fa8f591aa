//! What people want to do with ECR, and the actions each of these tasks takes: the one table from which policies are
//! written, evaluated and explained.
//!
//! Sources: ECR User Guide, "IAM permissions for pushing an image", "Pull through cache", "Registry permissions"; the
//! managed policies; Lambda Developer Guide, "Amazon ECR permissions"; ECS Developer Guide, "Task execution IAM role".

use std::fmt;

use crate::actions::{self, Scope};

/// A task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    /// To get an authorization token.
    Login,
    /// To log in and pull.
    Pull,
    /// To log in and push.
    Push,
    /// To push where the push may create the repository.
    PushCreate,
    /// To log in to ECR Public and pull, which lifts the limits of anonymous pulls.
    PullPublic,
    /// To log in to ECR Public and push.
    PushPublic,
    /// To pull through a cache rule, the first pull of an image included.
    PullThrough,
    /// To let another registry replicate into this one: what the source account's root takes here.
    Replicate,
    /// To read what scanning found.
    ScanResults,
    /// What Lambda takes of a repository, in its own name.
    LambdaPull,
    /// What the execution role of an ECS task takes of ECR.
    EcsExecution,
    /// To look: list repositories, images and tags.
    Describe,
    /// What `ecrpass doctor` asks for beside a pull or a push.
    Doctor,
    /// What `ecrpass canary` takes.
    Canary,
    /// What `ecrpass repo ensure` takes.
    RepoEnsure,
    /// What the role takes that a cache rule for another ECR registry names: it reads there and writes here.
    PullThroughRole,
    /// To make, change and check pull-through cache rules.
    PullThroughAdmin,
    /// What the role takes that a repository creation template names.
    TemplateRole,
    /// To make and change repository creation templates.
    TemplateAdmin,
}

/// All tasks, in the order help shows them.
pub const TASKS: [Task; 19] = [
    Task::Login,
    Task::Pull,
    Task::Push,
    Task::PushCreate,
    Task::PullPublic,
    Task::PushPublic,
    Task::PullThrough,
    Task::Replicate,
    Task::ScanResults,
    Task::LambdaPull,
    Task::EcsExecution,
    Task::Describe,
    Task::Doctor,
    Task::Canary,
    Task::RepoEnsure,
    Task::PullThroughRole,
    Task::PullThroughAdmin,
    Task::TemplateRole,
    Task::TemplateAdmin,
];

const DESCRIBE: [&str; 3] = ["ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:ListImages"];

impl Task {
    /// Its name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::PushCreate => "push-create",
            Self::PullPublic => "pull-public",
            Self::PushPublic => "push-public",
            Self::PullThrough => "pull-through",
            Self::Replicate => "replicate",
            Self::ScanResults => "scan-results",
            Self::LambdaPull => "lambda-pull",
            Self::EcsExecution => "ecs-execution",
            Self::Describe => "describe",
            Self::Doctor => "doctor",
            Self::Canary => "canary",
            Self::RepoEnsure => "repo-ensure",
            Self::PullThroughRole => "pull-through-role",
            Self::PullThroughAdmin => "pull-through-admin",
            Self::TemplateRole => "template-role",
            Self::TemplateAdmin => "template-admin",
        }
    }

    /// The task of this name.
    pub fn from_id(id: &str) -> Option<Self> {
        TASKS.into_iter().find(|task| task.id() == id)
    }

    /// The actions it takes, the login first, each once.
    pub fn actions(self) -> Vec<&'static str> {
        let login = [actions::LOGIN].as_slice();
        let parts: &[&[&str]] = match self {
            Self::Login => &[login],
            Self::Pull | Self::EcsExecution | Self::Canary => &[login, &actions::PULL],
            Self::Push => &[login, &actions::PUSH],
            Self::PushCreate => &[login, &actions::PUSH, &["ecr:CreateRepository"]],
            Self::PullPublic => &[&actions::PUBLIC_LOGIN],
            Self::PushPublic => &[&actions::PUBLIC_LOGIN, &PUSH_PUBLIC],
            Self::PullThrough => {
                &[login, &actions::PULL, &[actions::IMPORT_UPSTREAM, actions::CREATE_REPOSITORY]]
            }
            Self::Replicate => &[&[actions::REPLICATE, actions::CREATE_REPOSITORY]],
            Self::ScanResults => &[&["ecr:DescribeImageScanFindings", "ecr:DescribeImages"]],
            Self::LambdaPull => &[&actions::PULL],
            Self::Describe => &[&DESCRIBE],
            Self::Doctor => &[login, &actions::PULL, &DESCRIBE, &["ecr:GetRepositoryPolicy"]],
            Self::RepoEnsure => &[&REPO_ENSURE],
            Self::PullThroughRole => &[login, &actions::PULL, &CACHE_FILL],
            Self::PullThroughAdmin => &[&actions::PULL_THROUGH_ADMIN],
            Self::TemplateRole => &[&["ecr:CreateRepository", "ecr:ReplicateImage", "ecr:TagResource"]],
            Self::TemplateAdmin => &[&actions::TEMPLATE_ADMIN],
        };
        parts.concat()
    }

    /// What it is, in a few words that follow "to".
    pub fn title(self) -> &'static str {
        match self {
            Self::Login => "log in",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::PushCreate => "push, and create the repository with the first push",
            Self::PullPublic => "pull from ECR Public, logged in",
            Self::PushPublic => "push to ECR Public",
            Self::PullThrough => "pull through a cache rule",
            Self::Replicate => "replicate into this registry",
            Self::ScanResults => "read scan results",
            Self::LambdaPull => "pull for Lambda functions",
            Self::EcsExecution => "pull for ECS tasks",
            Self::Describe => "list repositories, images and tags",
            Self::Doctor => "run ecrpass doctor",
            Self::Canary => "run ecrpass canary",
            Self::RepoEnsure => "run ecrpass repo ensure",
            Self::PullThroughRole => "fill a pull-through cache from another ECR registry",
            Self::PullThroughAdmin => "manage pull-through cache rules",
            Self::TemplateRole => "create repositories from a template",
            Self::TemplateAdmin => "manage repository creation templates",
        }
    }

    /// Who is allowed it: whoever does it has a policy, or only the resource can let it in.
    pub fn side(self) -> Side {
        match self {
            Self::LambdaPull => Side::Repository,
            Self::Replicate => Side::Registry,
            _ => Side::Caller,
        }
    }
}

/// Where a task is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In a policy of whoever does it; across accounts in the resource's as well.
    Caller,
    /// In the repository's policy alone: a service does it in its own name.
    Repository,
    /// In the registry's policy alone: another registry does it.
    Registry,
}

/// What fills a cache from another ECR registry, beside a login and a pull there. Source: ECR User Guide, "Setting up
/// permissions for cross-account ECR to ECR pull through cache".
const CACHE_FILL: [&str; 6] = [
    actions::IMPORT_UPSTREAM,
    "ecr:GetImageCopyStatus",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
];

/// What a push to ECR Public takes once logged in. Source: ECR Public User Guide, "Pushing a Docker image".
const PUSH_PUBLIC: [&str; 5] = [
    "ecr-public:BatchCheckLayerAvailability",
    "ecr-public:InitiateLayerUpload",
    "ecr-public:UploadLayerPart",
    "ecr-public:CompleteLayerUpload",
    "ecr-public:PutImage",
];

/// What it takes to look at a repository and its settings, to create it, and to make it as wanted. What is set for the
/// whole registry takes more, which a policy for one repository does not hold.
const REPO_ENSURE: [&str; 9] = [
    "ecr:DescribeRepositories",
    "ecr:CreateRepository",
    "ecr:ListTagsForResource",
    "ecr:TagResource",
    "ecr:GetLifecyclePolicy",
    "ecr:PutLifecyclePolicy",
    "ecr:GetRepositoryPolicy",
    "ecr:SetRepositoryPolicy",
    "ecr:PutImageTagMutability",
];

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What an action acts on, those of other services that tasks take included.
pub fn scope(action: &str) -> Option<Scope> {
    match action {
        "sts:GetServiceBearerToken" => Some(Scope::Everything),
        other => actions::scope(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_name_of_its_own_and_actions_that_exist() {
        for task in TASKS {
            assert_eq!(Task::from_id(task.id()), Some(task));
            let actions = task.actions();
            assert!(!actions.is_empty(), "{task}");
            for (index, action) in actions.iter().enumerate() {
                assert!(scope(action).is_some(), "{task}: {action}");
                assert!(!actions[..index].contains(action), "{task}: {action} twice");
            }
        }
        assert_eq!(Task::from_id("nothing"), None);
    }
}
