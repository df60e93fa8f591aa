//! Names that kubelets, providers and service accounts agree on.

/// The name that the provider goes by, on disk and in the configuration.
pub const PROVIDER: &str = "ecr-credential-provider";

/// The annotation of a service account that names the role to pull with, as cloud-provider-aws's provider reads it.
pub const ROLE_ANNOTATION: &str = "eks.amazonaws.com/ecr-role-arn";

/// The one that IRSA has for pods.
pub const IRSA_ANNOTATION: &str = "eks.amazonaws.com/role-arn";
