//! The names of the operations there are, for who answers them and for faults.

/// The operations of the ECR API on repositories and images.
pub(crate) const ECR: &[&str] = &[
    "GetAuthorizationToken",
    "DescribeRepositories",
    "CreateRepository",
    "DeleteRepository",
    "PutImageTagMutability",
    "PutImageScanningConfiguration",
    "GetLifecyclePolicy",
    "PutLifecyclePolicy",
    "DeleteLifecyclePolicy",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    "GetRepositoryPolicy",
    "SetRepositoryPolicy",
    "DeleteRepositoryPolicy",
    "DescribeImages",
    "ListImages",
    "BatchGetImage",
    "PutImage",
    "BatchCheckLayerAvailability",
    "GetDownloadUrlForLayer",
    "InitiateLayerUpload",
    "UploadLayerPart",
    "CompleteLayerUpload",
];

/// Those of the ECR API on the settings of a registry.
pub(crate) const REGISTRY_SETTINGS: &[&str] = &[
    "DescribeRegistry",
    "PutReplicationConfiguration",
    "GetRegistryScanningConfiguration",
    "PutRegistryScanningConfiguration",
    "GetRegistryPolicy",
    "PutRegistryPolicy",
    "DeleteRegistryPolicy",
    "DescribePullThroughCacheRules",
    "CreatePullThroughCacheRule",
    "UpdatePullThroughCacheRule",
    "DeletePullThroughCacheRule",
    "DescribeRepositoryCreationTemplates",
    "CreateRepositoryCreationTemplate",
    "UpdateRepositoryCreationTemplate",
    "DeleteRepositoryCreationTemplate",
    "GetAccountSetting",
];

/// Those of ECR Public that private registries do not have, or have otherwise.
pub(crate) const ECR_PUBLIC: &[&str] = &["GetAuthorizationToken", "DescribeRegistries"];

/// Those of STS.
pub(crate) const STS: &[&str] =
    &["GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity", "DecodeAuthorizationMessage"];

/// Those of a registry.
pub(crate) const REGISTRY: &[&str] = &[
    "Ping",
    "Catalog",
    "ListTags",
    "GetManifest",
    "HeadManifest",
    "PutManifest",
    "DeleteManifest",
    "HeadBlob",
    "GetBlob",
    "StartUpload",
    "UploadStatus",
    "UploadChunk",
    "FinishUpload",
    "CancelUpload",
    "Referrers",
];

/// Those of ECR Public about repositories.
pub(crate) const PUBLIC_REPOSITORIES: &[&str] = &[
    "DescribeRegistries",
    "DescribeRepositories",
    "CreateRepository",
    "DescribeImages",
    "GetRepositoryPolicy",
    "SetRepositoryPolicy",
    "ListTagsForResource",
    "TagResource",
];

/// Those of IAM that read what there is.
pub(crate) const IAM_READS: &[&str] = &[
    "GetAccessKeyLastUsed",
    "ListAccessKeys",
    "GetUser",
    "GetRole",
    "ListUserPolicies",
    "GetUserPolicy",
    "ListAttachedUserPolicies",
    "ListGroupsForUser",
    "ListRolePolicies",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListGroupPolicies",
    "GetGroupPolicy",
    "ListAttachedGroupPolicies",
    "GetPolicy",
    "GetPolicyVersion",
];

/// Those of IAM that simulate.
pub(crate) const IAM_SIMULATIONS: &[&str] = &["SimulatePrincipalPolicy", "SimulateCustomPolicy"];

/// Those of EC2.
pub(crate) const EC2: &[&str] = &["DescribeVpcEndpoints"];

/// Those of AWS Organizations.
pub(crate) const ORGANIZATIONS: &[&str] = &["ListParents", "ListPoliciesForTarget", "DescribePolicy"];
