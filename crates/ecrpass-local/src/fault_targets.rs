//! What a fault can happen to: the services, and the operations of each.

/// Each service with its operations, as the call log names them.
const SERVICES: [(&str, &[&str]); 12] = [
    (
        "ecr",
        &[
            "GetAuthorizationToken",
            "DescribeRepositories",
            "CreateRepository",
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
        ],
    ),
    ("ecr-public", &["GetAuthorizationToken"]),
    ("sts", &["GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"]),
    ("iam", &["SimulatePrincipalPolicy"]),
    ("imds", &["PutToken", "GetRole", "GetCredentials", "GetMetadata"]),
    ("container", &["GetCredentials"]),
    ("sso", &["GetRoleCredentials"]),
    ("sso-oidc", &["CreateToken"]),
    ("registry", &REGISTRY),
    ("public-registry", &REGISTRY),
    // Where clients get the tokens of the public registry.
    ("public-registry", &["Token"]),
    ("bucket", &["GetObject"]),
];

/// The operations of a registry.
const REGISTRY: [&str; 15] = [
    "Ping",
    "Catalog",
    "ListTags",
    "HeadManifest",
    "GetManifest",
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

/// Whether there is something of that name: a service, an operation, `service:operation`, or `*` for everything.
pub(crate) fn is_target(target: &str) -> bool {
    match target.split_once(':') {
        Some((service, operation)) => {
            SERVICES.iter().any(|(name, operations)| *name == service && operations.contains(&operation))
        }
        None => {
            target == "*"
                || SERVICES.iter().any(|(name, operations)| *name == target || operations.contains(&target))
        }
    }
}

/// The services, for a message.
pub(crate) fn services() -> String {
    let mut names = SERVICES.map(|(name, _)| name).to_vec();
    names.dedup();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_operations_are_known() {
        for target in
            ["*", "ecr", "bucket", "GetAuthorizationToken", "sts:AssumeRole", "registry:GetBlob", "Token"]
        {
            assert!(is_target(target), "{target}");
        }
        for target in ["nonsense", "", "ecr:", ":GetBlob", "ecr:GetBlob", "getblob", "ECR"] {
            assert!(!is_target(target), "{target}");
        }
    }
}
