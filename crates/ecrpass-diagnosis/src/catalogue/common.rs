//! Remedies and confirmations that several causes have: each is written once, so that better words reach all of them.

use super::remedy::{Own, Remedy, by_hand, confirm, confirm_by, own};

/// Says who the credentials are.
pub const WHO_CALLS: Remedy = confirm("aws sts get-caller-identity");

/// Looks for it in the files of a repository.
pub const AUDIT: Remedy = confirm_by(Own::Audit);

/// Shows an image of ECR Public as the registry has it.
pub const INSPECT_PUBLIC_IMAGE: Remedy =
    confirm("docker buildx imagetools inspect {host}/{repository}:{tag}").public();

/// Shows an image as the registry has it.
pub const INSPECT_IMAGE: Remedy = confirm("docker buildx imagetools inspect {host}/{repository}:{tag}");

/// The credential helper in place of a login.
pub const HELPER_NEEDS_NO_LOGIN: Remedy =
    own("or use the credential helper, which needs no login", Own::Setup);

/// Shows what the helper says.
pub const ASK_HELPER: Remedy = confirm("echo {host} | docker-credential-ecr-login get > /dev/null");

/// The credential helper in place of the keychain.
pub const NOT_IN_KEYCHAIN: Remedy =
    own("or stop storing ECR logins in the keychain: set up the credential helper", Own::Setup);

/// Shows the images there are here.
pub const LIST_IMAGES: Remedy = confirm("docker image ls");

/// The node's credential provider in place of a pull secret.
pub const NODE_NEEDS_NO_SECRET: Remedy =
    own("or set up the node's credential provider, which needs no pull secret", Own::SetupKubelet);

/// Shows which logins a pull secret has, and nothing of their passwords.
pub const READ_PULL_SECRET: Remedy = confirm(
    "kubectl get secret --namespace {namespace} {secret} -o jsonpath='{.data.\\.dockerconfigjson}' | base64 -d | ecrpass fix --config - --dry-run",
);

/// Shows whether the registry answers at all.
pub const REACH_REGISTRY: Remedy =
    confirm("curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' https://{host}/v2/");

/// A way out of a VPC to private registries.
pub const OPEN_VPC: Remedy = by_hand("give the subnet a NAT gateway, or the interface endpoints `ecr.api` and `ecr.dkr` with private DNS and the gateway endpoint for S3; allow port 443 in their security group").private();

/// A way out of a VPC to ECR Public.
pub const OPEN_VPC_TO_PUBLIC: Remedy =
    by_hand("give the subnet a NAT gateway: ECR Public has no endpoints in a VPC").public();

/// A way out for Fargate in a public subnet.
pub const OPEN_FARGATE: Remedy = by_hand("for Fargate in a public subnet, set `assignPublicIp: ENABLED`");

/// The issuers of the web identities that jobs of pipelines have, and pods do not.
pub const PIPELINE_ISSUERS: &[&str] = &[
    "token.actions.githubusercontent.com",
    "https://gitlab.com",
    "oidc.circleci.com",
    "api.bitbucket.org",
    "agent.buildkite.com",
    "vstoken.dev.azure.com",
    "app.terraform.io",
];

/// What is near when a kubelet's configuration is of other clouds' credential providers, in lower case.
pub const PROVIDERS_OF_OTHER_CLOUDS: [&str; 4] =
    ["acr-credential", "gcr-credential", "auth-provider-gcp", "azure-container-registry-config"];
