//! What the actions that tasks take are for, in the words of comments and explanations.

/// What an action does, in a few words that follow "to"; `None` for those no task takes.
pub fn purpose(action: &str) -> Option<&'static str> {
    PURPOSES.iter().find(|(known, _)| known.eq_ignore_ascii_case(action)).map(|&(_, purpose)| purpose)
}

const PURPOSES: &[(&str, &str)] = &[
    ("ecr:GetAuthorizationToken", "log in; only possible on *"),
    ("ecr:BatchGetImage", "read manifests; clients do so before a push, too"),
    ("ecr:GetDownloadUrlForLayer", "read layers"),
    ("ecr:BatchCheckLayerAvailability", "see which layers are there already"),
    ("ecr:InitiateLayerUpload", "begin to upload a layer"),
    ("ecr:UploadLayerPart", "upload a layer"),
    ("ecr:CompleteLayerUpload", "finish the upload of a layer"),
    ("ecr:PutImage", "write the manifest, and the tag"),
    ("ecr:CreateRepository", "create the repository"),
    ("ecr:BatchImportUpstreamImage", "have the image fetched from upstream, and kept up to date"),
    ("ecr:GetImageCopyStatus", "see how far the copy is"),
    ("ecr:ReplicateImage", "receive replicated images"),
    ("ecr:DescribeImageScanFindings", "read what scans found"),
    ("ecr:DescribeRepositories", "see the repository and its settings"),
    ("ecr:DescribeImages", "see images, their tags and sizes"),
    ("ecr:ListImages", "list tags"),
    ("ecr:GetRepositoryPolicy", "read the repository's policy"),
    ("ecr:SetRepositoryPolicy", "set the repository's policy"),
    ("ecr:DeleteRepositoryPolicy", "remove the repository's policy"),
    ("ecr:ListTagsForResource", "see the repository's tags"),
    ("ecr:TagResource", "tag the repository"),
    ("ecr:UntagResource", "remove tags of the repository"),
    ("ecr:GetLifecyclePolicy", "read the lifecycle policy"),
    ("ecr:PutLifecyclePolicy", "set the lifecycle policy"),
    ("ecr:DeleteLifecyclePolicy", "remove the lifecycle policy"),
    ("ecr:PutImageTagMutability", "set whether tags can be overwritten"),
    ("ecr:PutImageScanningConfiguration", "set whether a push is scanned"),
    ("ecr:GetRegistryScanningConfiguration", "see how the registry scans"),
    ("ecr:CreatePullThroughCacheRule", "create cache rules"),
    ("ecr:DeletePullThroughCacheRule", "remove cache rules"),
    ("ecr:DescribePullThroughCacheRules", "see cache rules"),
    ("ecr:UpdatePullThroughCacheRule", "change the credentials of cache rules"),
    ("ecr:ValidatePullThroughCacheRule", "check that a cache rule reaches its upstream"),
    ("ecr:CreateRepositoryCreationTemplate", "create templates"),
    ("ecr:DeleteRepositoryCreationTemplate", "remove templates"),
    ("ecr:DescribeRepositoryCreationTemplates", "see templates"),
    ("ecr:UpdateRepositoryCreationTemplate", "change templates"),
    ("ecr-public:GetAuthorizationToken", "log in to ECR Public; only possible on *"),
    ("sts:GetServiceBearerToken", "log in to ECR Public, which takes both; only possible on *"),
    ("ecr-public:BatchCheckLayerAvailability", "see which layers are there already"),
    ("ecr-public:InitiateLayerUpload", "begin to upload a layer"),
    ("ecr-public:UploadLayerPart", "upload a layer"),
    ("ecr-public:CompleteLayerUpload", "finish the upload of a layer"),
    ("ecr-public:PutImage", "write the manifest, and the tag"),
    ("s3:GetObject", "read layers, which ECR keeps in this bucket"),
    ("kms:CreateGrant", "let ECR use the key for the repository"),
    ("kms:RetireGrant", "take that back when the repository is removed"),
    ("kms:DescribeKey", "see the key"),
    ("iam:PassRole", "name the role in a template"),
    ("sts:AssumeRole", "use the role"),
    ("sts:AssumeRoleWithWebIdentity", "use the role with a token of the provider"),
    ("sts:TagSession", "pass session tags"),
    ("sts:SetSourceIdentity", "pass the certificate's subject"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::TASKS;

    #[test]
    fn every_action_of_a_task_has_one() {
        for action in TASKS.iter().flat_map(|task| task.actions()) {
            assert!(purpose(action).is_some(), "{action}");
        }
        assert_eq!(purpose("ecr:BatchDeleteImage"), None);
    }

    #[test]
    fn none_is_there_twice() {
        for (index, (action, _)) in PURPOSES.iter().enumerate() {
            assert!(PURPOSES[..index].iter().all(|(other, _)| other != action), "{action}");
        }
    }
}
