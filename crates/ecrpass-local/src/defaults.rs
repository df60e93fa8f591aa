//! Who and what a local ECR has when nobody says otherwise.

/// The account of the built-in user and roles.
pub const DEFAULT_ACCOUNT: &str = "123456789012";
/// The role behind instance metadata.
pub const INSTANCE_ROLE: &str = "ecrpass-local-instance";
/// The role behind container credentials.
pub const CONTAINER_ROLE: &str = "ecrpass-local-task";
/// The role that everybody in the account, and every web identity of the local issuer, may assume.
pub const DEPLOY_ROLE: &str = "deploy";
/// The local issuer of web identity tokens.
pub const WEB_IDENTITY_ISSUER: &str = "https://oidc.ecrpass.example";
/// The audience AWS wants in web identity tokens.
pub const WEB_IDENTITY_AUDIENCE: &str = "sts.amazonaws.com";
