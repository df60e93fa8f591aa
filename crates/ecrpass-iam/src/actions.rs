//! The actions of ECR: which there are, what they act on, and which of them a login, a pull and a push take.
//!
//! Sources: the API models of ecr (2015-09-21) and ecr-public (2020-10-30) and AWS's service authorization reference.
//! Three private ones are permissions without an operation; `ListImageReferrers` is an operation without a permission
//! of its own and asks for `ecr:BatchGetImage`.

/// What an action acts on, and so what a statement's Resource has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A repository; an ARN may narrow it.
    Repository,
    /// The registry or the account: only a statement on `*` speaks of it.
    Everything,
}

use Scope::{Everything, Repository};

/// The private registry's actions.
const PRIVATE: [(&str, Scope); 60] = [
    ("BatchCheckLayerAvailability", Repository),
    ("BatchDeleteImage", Repository),
    ("BatchGetImage", Repository),
    ("BatchGetRepositoryScanningConfiguration", Repository),
    ("BatchImportUpstreamImage", Repository),
    ("CompleteLayerUpload", Repository),
    ("CreatePullThroughCacheRule", Everything),
    ("CreateRepository", Repository),
    ("CreateRepositoryCreationTemplate", Everything),
    ("DeleteLifecyclePolicy", Repository),
    ("DeletePullThroughCacheRule", Everything),
    ("DeleteRegistryPolicy", Everything),
    ("DeleteRepository", Repository),
    ("DeleteRepositoryCreationTemplate", Everything),
    ("DeleteRepositoryPolicy", Repository),
    ("DeleteSigningConfiguration", Everything),
    ("DeregisterPullTimeUpdateExclusion", Everything),
    ("DescribeImageReplicationStatus", Repository),
    ("DescribeImageScanFindings", Repository),
    ("DescribeImageSigningStatus", Repository),
    ("DescribeImages", Repository),
    ("DescribePullThroughCacheRules", Everything),
    ("DescribeRegistry", Everything),
    ("DescribeRepositories", Repository),
    ("DescribeRepositoryCreationTemplates", Everything),
    ("GetAccountSetting", Everything),
    ("GetAuthorizationToken", Everything),
    ("GetDownloadUrlForLayer", Repository),
    ("GetImageCopyStatus", Repository),
    ("GetLifecyclePolicy", Repository),
    ("GetLifecyclePolicyPreview", Repository),
    ("GetRegistryPolicy", Everything),
    ("GetRegistryScanningConfiguration", Everything),
    ("GetRepositoryPolicy", Repository),
    ("GetSigningConfiguration", Everything),
    ("InitiateLayerUpload", Repository),
    ("ListImages", Repository),
    ("ListPullTimeUpdateExclusions", Everything),
    ("ListTagsForResource", Repository),
    ("PutAccountSetting", Everything),
    ("PutImage", Repository),
    ("PutImageScanningConfiguration", Repository),
    ("PutImageTagMutability", Repository),
    ("PutLifecyclePolicy", Repository),
    ("PutRegistryPolicy", Everything),
    ("PutRegistryScanningConfiguration", Everything),
    ("PutReplicationConfiguration", Everything),
    ("PutSigningConfiguration", Everything),
    ("RegisterPullTimeUpdateExclusion", Everything),
    ("ReplicateImage", Repository),
    ("SetRepositoryPolicy", Repository),
    ("StartImageScan", Repository),
    ("StartLifecyclePolicyPreview", Repository),
    ("TagResource", Repository),
    ("UntagResource", Repository),
    ("UpdateImageStorageClass", Repository),
    ("UpdatePullThroughCacheRule", Everything),
    ("UpdateRepositoryCreationTemplate", Everything),
    ("UploadLayerPart", Repository),
    ("ValidatePullThroughCacheRule", Everything),
];

/// ECR Public's actions.
const PUBLIC: [(&str, Scope); 23] = [
    ("BatchCheckLayerAvailability", Repository),
    ("BatchDeleteImage", Repository),
    ("CompleteLayerUpload", Repository),
    ("CreateRepository", Repository),
    ("DeleteRepository", Repository),
    ("DeleteRepositoryPolicy", Repository),
    ("DescribeImageTags", Repository),
    ("DescribeImages", Repository),
    ("DescribeRegistries", Everything),
    ("DescribeRepositories", Repository),
    ("GetAuthorizationToken", Everything),
    ("GetRegistryCatalogData", Everything),
    ("GetRepositoryCatalogData", Repository),
    ("GetRepositoryPolicy", Repository),
    ("InitiateLayerUpload", Repository),
    ("ListTagsForResource", Repository),
    ("PutImage", Repository),
    ("PutRegistryCatalogData", Everything),
    ("PutRepositoryCatalogData", Repository),
    ("SetRepositoryPolicy", Repository),
    ("TagResource", Repository),
    ("UntagResource", Repository),
    ("UploadLayerPart", Repository),
];

/// What a login to a private registry takes.
pub const LOGIN: &str = "ecr:GetAuthorizationToken";

/// What a login to ECR Public takes.
pub const PUBLIC_LOGIN: [&str; 2] = ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"];

/// What a pull takes once logged in. Source: the managed policy `AmazonEC2ContainerRegistryPullOnly`.
pub const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// What fetching an image through a pull-through cache takes beside a pull.
pub const IMPORT_UPSTREAM: &str = "ecr:BatchImportUpstreamImage";

/// What many policies for a pull hold as well, though it is needed for a push only.
pub const LAYER_CHECK: &str = "ecr:BatchCheckLayerAvailability";

/// What writes an image into a repository. Source: ECR User Guide, "IAM permissions for pushing an image".
pub const WRITE: [&str; 4] =
    ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"];

/// What a push takes once logged in: clients look whether layers and the manifest are there before they write.
pub const PUSH: [&str; 6] = [
    LAYER_CHECK,
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
    "ecr:BatchGetImage",
];

/// What manages cache rules; none of it can be scoped.
pub const PULL_THROUGH_ADMIN: [&str; 5] = [
    "ecr:CreatePullThroughCacheRule",
    "ecr:DeletePullThroughCacheRule",
    "ecr:DescribePullThroughCacheRules",
    "ecr:UpdatePullThroughCacheRule",
    "ecr:ValidatePullThroughCacheRule",
];

/// What manages creation templates; none of it can be scoped. Source: ECR User Guide, "IAM permissions for creating
/// repository creation templates".
pub const TEMPLATE_ADMIN: [&str; 4] = [
    "ecr:CreateRepositoryCreationTemplate",
    "ecr:DeleteRepositoryCreationTemplate",
    "ecr:DescribeRepositoryCreationTemplates",
    "ecr:UpdateRepositoryCreationTemplate",
];

/// What makes a repository, also by a push, a pull through a cache or a replication.
pub const CREATE_REPOSITORY: &str = "ecr:CreateRepository";

/// What another registry takes to copy images here.
pub const REPLICATE: &str = "ecr:ReplicateImage";

/// Which of the policies of what is acted on can allow an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantor {
    /// None: only the caller's own policies can.
    Nobody,
    /// The registry's: the repository need not exist yet.
    Registry,
    /// The repository's as well as the registry's.
    Repository,
}

/// Which of the policies of what is acted on can allow an action. Source: ECR User Guide, "IAM permissions required to sync
/// an upstream registry", "IAM permissions for creating repository creation templates" and "Private registry permissions".
pub fn grantor(action: &str) -> Grantor {
    if is_one_of(&PULL_THROUGH_ADMIN, action) || is_one_of(&TEMPLATE_ADMIN, action) {
        Grantor::Nobody
    } else if is_one_of(&[CREATE_REPOSITORY, "ecr-public:CreateRepository", REPLICATE], action) {
        Grantor::Registry
    } else {
        Grantor::Repository
    }
}

/// The action that is asked of policies for an operation: its own, unless it has none.
pub fn permission(operation: &str) -> &str {
    if operation.eq_ignore_ascii_case(LIST_REFERRERS) { "ecr:BatchGetImage" } else { operation }
}

/// The operation without a permission of its own.
const LIST_REFERRERS: &str = "ecr:ListImageReferrers";

/// The names of a service's actions, and what they act on; empty for services other than `ecr` and `ecr-public`.
pub fn of_service(service: &str) -> &'static [(&'static str, Scope)] {
    match service {
        "ecr" => &PRIVATE,
        "ecr-public" => &PUBLIC,
        _ => &[],
    }
}

/// What an action of ECR acts on, `ecr:PutImage`; `None` for actions there are none of, and for other services'.
pub fn scope(action: &str) -> Option<Scope> {
    let (service, name) = action.split_once(':')?;
    let actions = of_service(service.to_ascii_lowercase().as_str());
    actions.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, scope)| scope)
}

/// Whether an action writes an image: only a push needs it.
pub fn is_write(action: &str) -> bool {
    is_one_of(&WRITE, action)
}

/// Whether an action is one that a pull needs, or that policies for pulls usually hold.
pub fn is_read(action: &str) -> bool {
    is_one_of(&PULL, action) || action.eq_ignore_ascii_case(LAYER_CHECK)
}

/// IAM compares actions without case.
fn is_one_of(actions: &[&str], action: &str) -> bool {
    actions.iter().any(|known| known.eq_ignore_ascii_case(action))
}

/// What clients ask the registry for. Tags are listed there, and over the API as well.
const AT_REGISTRY: [&str; 10] = [
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:CreateRepository",
    "ecr:ListImages",
];

/// Of those, what callers of the API ask for, too.
const AT_BOTH: [&str; 2] = ["ecr:CreateRepository", "ecr:ListImages"];

/// Whether an action is asked for at the registry's endpoint, and whether at the API's.
pub fn asked_at(action: &str) -> (bool, bool) {
    let at_registry = AT_REGISTRY.contains(&action);
    (at_registry, !at_registry || AT_BOTH.contains(&action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_a_task_takes_exists() {
        for action in PULL.iter().chain(&PUSH).chain(&WRITE).chain([&IMPORT_UPSTREAM]) {
            assert_eq!(scope(action), Some(Repository), "{action}");
        }
        for action in [LOGIN, PUBLIC_LOGIN[0]] {
            assert_eq!(scope(action), Some(Everything), "{action}");
        }
        assert_eq!(scope("ECR:putimage"), Some(Repository));
        for action in ["ecr:ListImageReferrers", "ecr-public:BatchGetImage", "s3:GetObject", "ecr", ""] {
            assert_eq!(scope(action), None, "{action}");
        }
    }

    #[test]
    fn tables_are_sorted_and_name_nothing_twice() {
        for service in ["ecr", "ecr-public"] {
            assert!(of_service(service).windows(2).all(|pair| pair[0].0 < pair[1].0), "{service}");
        }
    }

    #[test]
    fn some_actions_are_for_the_registry_or_the_caller_to_allow() {
        for (action, expected) in [
            ("ecr:CreatePullThroughCacheRule", Grantor::Nobody),
            ("ecr:deleterepositorycreationtemplate", Grantor::Nobody),
            ("ecr:CreateRepository", Grantor::Registry),
            ("ecr:ReplicateImage", Grantor::Registry),
            ("ecr:BatchImportUpstreamImage", Grantor::Repository),
            ("ecr:PutImage", Grantor::Repository),
        ] {
            assert_eq!(grantor(action), expected, "{action}");
        }
        assert_eq!(permission("ECR:listimagereferrers"), "ecr:BatchGetImage");
        assert_eq!(permission("ecr:PutImage"), "ecr:PutImage");
    }

    #[test]
    fn reading_and_writing_are_told_apart() {
        assert!(is_write("ecr:putimage") && !is_read("ecr:PutImage"));
        assert!(is_read("ecr:BatchCheckLayerAvailability") && !is_write("ecr:BatchCheckLayerAvailability"));
    }
}
