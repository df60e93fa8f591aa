//! The names of all root causes, for code that may not link the catalogue. Written by `cargo xtask generate` from the
//! catalogue's files.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A root cause by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiagnosisId {
    /// `access-key-in-file`.
    AccessKeyInFile,
    /// `app-runner-access-role`.
    AppRunnerAccessRole,
    /// `assume-role-denied`.
    AssumeRoleDenied,
    /// `aws-profile-invalid`.
    AwsProfileInvalid,
    /// `aws-service-transient`.
    AwsServiceTransient,
    /// `ci-output-masked`.
    CiOutputMasked,
    /// `ci-secrets-unavailable`.
    CiSecretsUnavailable,
    /// `client-auth-scheme`.
    ClientAuthScheme,
    /// `client-ignores-cred-helper`.
    ClientIgnoresCredHelper,
    /// `client-too-old`.
    ClientTooOld,
    /// `clock-skew`.
    ClockSkew,
    /// `config-file-permission`.
    ConfigFilePermission,
    /// `config-json-invalid`.
    ConfigJsonInvalid,
    /// `config-not-seen-by-process`.
    ConfigNotSeenByProcess,
    /// `credential-delegate-slow`.
    CredentialDelegateSlow,
    /// `credential-script-empty`.
    CredentialScriptEmpty,
    /// `credentials-in-image`.
    CredentialsInImage,
    /// `credentials-mounted`.
    CredentialsMounted,
    /// `cross-account-repo-policy-missing`.
    CrossAccountRepoPolicyMissing,
    /// `deprecated-get-login`.
    DeprecatedGetLogin,
    /// `dns-resolution-failure`.
    DnsResolutionFailure,
    /// `docker-command-missing`.
    DockerCommandMissing,
    /// `docker-daemon-unreachable`.
    DockerDaemonUnreachable,
    /// `ecrpass-config-invalid`.
    EcrpassConfigInvalid,
    /// `ecs-execution-role-missing`.
    EcsExecutionRoleMissing,
    /// `expired-session-token`.
    ExpiredSessionToken,
    /// `explicit-deny-policy`.
    ExplicitDenyPolicy,
    /// `helper-does-not-support-login`.
    HelperDoesNotSupportLogin,
    /// `helper-error-on-non-ecr-registry`.
    HelperErrorOnNonEcrRegistry,
    /// `helper-not-on-path`.
    HelperNotOnPath,
    /// `iam-ecr-too-wide`.
    IamEcrTooWide,
    /// `iam-missing-ecr-action`.
    IamMissingEcrAction,
    /// `iam-missing-get-authorization-token`.
    IamMissingGetAuthorizationToken,
    /// `iam-missing-pull-action`.
    IamMissingPullAction,
    /// `iam-missing-push-action`.
    IamMissingPushAction,
    /// `image-missing-locally`.
    ImageMissingLocally,
    /// `image-not-tagged-with-registry`.
    ImageNotTaggedWithRegistry,
    /// `imds-unreachable-or-hop-limit`.
    ImdsUnreachableOrHopLimit,
    /// `imds-v1-allowed`.
    ImdsV1Allowed,
    /// `internal-error`.
    InternalError,
    /// `invalid-access-key`.
    InvalidAccessKey,
    /// `irsa-web-identity-invalid`.
    IrsaWebIdentityInvalid,
    /// `k8s-pull-secret-expired`.
    K8sPullSecretExpired,
    /// `k8s-pull-secret-missing`.
    K8sPullSecretMissing,
    /// `k8s-pull-secret-static`.
    K8sPullSecretStatic,
    /// `keychain-conflict`.
    KeychainConflict,
    /// `keychain-locked`.
    KeychainLocked,
    /// `kms-key-access-denied`.
    KmsKeyAccessDenied,
    /// `kubelet-config-invalid`.
    KubeletConfigInvalid,
    /// `kubelet-credential-provider-missing`.
    KubeletCredentialProviderMissing,
    /// `kubelet-request-invalid`.
    KubeletRequestInvalid,
    /// `lambda-repo-policy-missing`.
    LambdaRepoPolicyMissing,
    /// `linux-keyring-unavailable`.
    LinuxKeyringUnavailable,
    /// `live-token-stored`.
    LiveTokenStored,
    /// `login-host-has-path`.
    LoginHostHasPath,
    /// `login-outlives-token`.
    LoginOutlivesToken,
    /// `login-password-corrupted`.
    LoginPasswordCorrupted,
    /// `malformed-image-reference`.
    MalformedImageReference,
    /// `malformed-registry-host`.
    MalformedRegistryHost,
    /// `manifest-type-unsupported`.
    ManifestTypeUnsupported,
    /// `mixed-session-token`.
    MixedSessionToken,
    /// `network-timeout-ecr-api`.
    NetworkTimeoutEcrApi,
    /// `network-timeout-registry`.
    NetworkTimeoutRegistry,
    /// `no-aws-credentials`.
    NoAwsCredentials,
    /// `non-tty-login`.
    NonTtyLogin,
    /// `not-ecr`.
    NotEcr,
    /// `not-logged-in`.
    NotLoggedIn,
    /// `oidc-token-permission-missing`.
    OidcTokenPermissionMissing,
    /// `oidc-trust-too-wide`.
    OidcTrustTooWide,
    /// `pass-store-uninitialized`.
    PassStoreUninitialized,
    /// `password-on-command-line`.
    PasswordOnCommandLine,
    /// `platform-mismatch`.
    PlatformMismatch,
    /// `private-token-at-public-ecr`.
    PrivateTokenAtPublicEcr,
    /// `proxy-misconfigured`.
    ProxyMisconfigured,
    /// `public-ecr-stale-token`.
    PublicEcrStaleToken,
    /// `public-ecr-wrong-region`.
    PublicEcrWrongRegion,
    /// `pull-through-cache-error`.
    PullThroughCacheError,
    /// `quota-exceeded`.
    QuotaExceeded,
    /// `region-not-set`.
    RegionNotSet,
    /// `repo-name-includes-registry`.
    RepoNameIncludesRegistry,
    /// `repository-not-empty`.
    RepositoryNotEmpty,
    /// `repository-not-found`.
    RepositoryNotFound,
    /// `repository-policy-public`.
    RepositoryPolicyPublic,
    /// `s3-layer-access-blocked`.
    S3LayerAccessBlocked,
    /// `sandbox-image-unauthenticated`.
    SandboxImageUnauthenticated,
    /// `secret-in-build-args`.
    SecretInBuildArgs,
    /// `shared-runner-logout-race`.
    SharedRunnerLogoutRace,
    /// `sso-session-expired`.
    SsoSessionExpired,
    /// `stale-auth-entry`.
    StaleAuthEntry,
    /// `stale-credsstore-desktop`.
    StaleCredsstoreDesktop,
    /// `static-keys-in-pipeline`.
    StaticKeysInPipeline,
    /// `tag-immutable`.
    TagImmutable,
    /// `tag-not-found`.
    TagNotFound,
    /// `throttled`.
    Throttled,
    /// `tls-ca-untrusted`.
    TlsCaUntrusted,
    /// `tls-certificate-wrong-name`.
    TlsCertificateWrongName,
    /// `token-expired`.
    TokenExpired,
    /// `token-in-artifact`.
    TokenInArtifact,
    /// `token-in-log`.
    TokenInLog,
    /// `token-passed-on`.
    TokenPassedOn,
    /// `unpinned-login-action`.
    UnpinnedLoginAction,
    /// `untrusted-code-with-login`.
    UntrustedCodeWithLogin,
    /// `windows-credential-store-limit`.
    WindowsCredentialStoreLimit,
    /// `wrong-aws-identity`.
    WrongAwsIdentity,
    /// `wrong-login-username-or-password`.
    WrongLoginUsernameOrPassword,
    /// `wrong-registry-account`.
    WrongRegistryAccount,
    /// `wrong-registry-region`.
    WrongRegistryRegion,
}

impl DiagnosisId {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 107] = [
        Self::AccessKeyInFile,
        Self::AppRunnerAccessRole,
        Self::AssumeRoleDenied,
        Self::AwsProfileInvalid,
        Self::AwsServiceTransient,
        Self::CiOutputMasked,
        Self::CiSecretsUnavailable,
        Self::ClientAuthScheme,
        Self::ClientIgnoresCredHelper,
        Self::ClientTooOld,
        Self::ClockSkew,
        Self::ConfigFilePermission,
        Self::ConfigJsonInvalid,
        Self::ConfigNotSeenByProcess,
        Self::CredentialDelegateSlow,
        Self::CredentialScriptEmpty,
        Self::CredentialsInImage,
        Self::CredentialsMounted,
        Self::CrossAccountRepoPolicyMissing,
        Self::DeprecatedGetLogin,
        Self::DnsResolutionFailure,
        Self::DockerCommandMissing,
        Self::DockerDaemonUnreachable,
        Self::EcrpassConfigInvalid,
        Self::EcsExecutionRoleMissing,
        Self::ExpiredSessionToken,
        Self::ExplicitDenyPolicy,
        Self::HelperDoesNotSupportLogin,
        Self::HelperErrorOnNonEcrRegistry,
        Self::HelperNotOnPath,
        Self::IamEcrTooWide,
        Self::IamMissingEcrAction,
        Self::IamMissingGetAuthorizationToken,
        Self::IamMissingPullAction,
        Self::IamMissingPushAction,
        Self::ImageMissingLocally,
        Self::ImageNotTaggedWithRegistry,
        Self::ImdsUnreachableOrHopLimit,
        Self::ImdsV1Allowed,
        Self::InternalError,
        Self::InvalidAccessKey,
        Self::IrsaWebIdentityInvalid,
        Self::K8sPullSecretExpired,
        Self::K8sPullSecretMissing,
        Self::K8sPullSecretStatic,
        Self::KeychainConflict,
        Self::KeychainLocked,
        Self::KmsKeyAccessDenied,
        Self::KubeletConfigInvalid,
        Self::KubeletCredentialProviderMissing,
        Self::KubeletRequestInvalid,
        Self::LambdaRepoPolicyMissing,
        Self::LinuxKeyringUnavailable,
        Self::LiveTokenStored,
        Self::LoginHostHasPath,
        Self::LoginOutlivesToken,
        Self::LoginPasswordCorrupted,
        Self::MalformedImageReference,
        Self::MalformedRegistryHost,
        Self::ManifestTypeUnsupported,
        Self::MixedSessionToken,
        Self::NetworkTimeoutEcrApi,
        Self::NetworkTimeoutRegistry,
        Self::NoAwsCredentials,
        Self::NonTtyLogin,
        Self::NotEcr,
        Self::NotLoggedIn,
        Self::OidcTokenPermissionMissing,
        Self::OidcTrustTooWide,
        Self::PassStoreUninitialized,
        Self::PasswordOnCommandLine,
        Self::PlatformMismatch,
        Self::PrivateTokenAtPublicEcr,
        Self::ProxyMisconfigured,
        Self::PublicEcrStaleToken,
        Self::PublicEcrWrongRegion,
        Self::PullThroughCacheError,
        Self::QuotaExceeded,
        Self::RegionNotSet,
        Self::RepoNameIncludesRegistry,
        Self::RepositoryNotEmpty,
        Self::RepositoryNotFound,
        Self::RepositoryPolicyPublic,
        Self::S3LayerAccessBlocked,
        Self::SandboxImageUnauthenticated,
        Self::SecretInBuildArgs,
        Self::SharedRunnerLogoutRace,
        Self::SsoSessionExpired,
        Self::StaleAuthEntry,
        Self::StaleCredsstoreDesktop,
        Self::StaticKeysInPipeline,
        Self::TagImmutable,
        Self::TagNotFound,
        Self::Throttled,
        Self::TlsCaUntrusted,
        Self::TlsCertificateWrongName,
        Self::TokenExpired,
        Self::TokenInArtifact,
        Self::TokenInLog,
        Self::TokenPassedOn,
        Self::UnpinnedLoginAction,
        Self::UntrustedCodeWithLogin,
        Self::WindowsCredentialStoreLimit,
        Self::WrongAwsIdentity,
        Self::WrongLoginUsernameOrPassword,
        Self::WrongRegistryAccount,
        Self::WrongRegistryRegion,
    ];

    /// The name as users and programs read it.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::AccessKeyInFile => "access-key-in-file",
            Self::AppRunnerAccessRole => "app-runner-access-role",
            Self::AssumeRoleDenied => "assume-role-denied",
            Self::AwsProfileInvalid => "aws-profile-invalid",
            Self::AwsServiceTransient => "aws-service-transient",
            Self::CiOutputMasked => "ci-output-masked",
            Self::CiSecretsUnavailable => "ci-secrets-unavailable",
            Self::ClientAuthScheme => "client-auth-scheme",
            Self::ClientIgnoresCredHelper => "client-ignores-cred-helper",
            Self::ClientTooOld => "client-too-old",
            Self::ClockSkew => "clock-skew",
            Self::ConfigFilePermission => "config-file-permission",
            Self::ConfigJsonInvalid => "config-json-invalid",
            Self::ConfigNotSeenByProcess => "config-not-seen-by-process",
            Self::CredentialDelegateSlow => "credential-delegate-slow",
            Self::CredentialScriptEmpty => "credential-script-empty",
            Self::CredentialsInImage => "credentials-in-image",
            Self::CredentialsMounted => "credentials-mounted",
            Self::CrossAccountRepoPolicyMissing => "cross-account-repo-policy-missing",
            Self::DeprecatedGetLogin => "deprecated-get-login",
            Self::DnsResolutionFailure => "dns-resolution-failure",
            Self::DockerCommandMissing => "docker-command-missing",
            Self::DockerDaemonUnreachable => "docker-daemon-unreachable",
            Self::EcrpassConfigInvalid => "ecrpass-config-invalid",
            Self::EcsExecutionRoleMissing => "ecs-execution-role-missing",
            Self::ExpiredSessionToken => "expired-session-token",
            Self::ExplicitDenyPolicy => "explicit-deny-policy",
            Self::HelperDoesNotSupportLogin => "helper-does-not-support-login",
            Self::HelperErrorOnNonEcrRegistry => "helper-error-on-non-ecr-registry",
            Self::HelperNotOnPath => "helper-not-on-path",
            Self::IamEcrTooWide => "iam-ecr-too-wide",
            Self::IamMissingEcrAction => "iam-missing-ecr-action",
            Self::IamMissingGetAuthorizationToken => "iam-missing-get-authorization-token",
            Self::IamMissingPullAction => "iam-missing-pull-action",
            Self::IamMissingPushAction => "iam-missing-push-action",
            Self::ImageMissingLocally => "image-missing-locally",
            Self::ImageNotTaggedWithRegistry => "image-not-tagged-with-registry",
            Self::ImdsUnreachableOrHopLimit => "imds-unreachable-or-hop-limit",
            Self::ImdsV1Allowed => "imds-v1-allowed",
            Self::InternalError => "internal-error",
            Self::InvalidAccessKey => "invalid-access-key",
            Self::IrsaWebIdentityInvalid => "irsa-web-identity-invalid",
            Self::K8sPullSecretExpired => "k8s-pull-secret-expired",
            Self::K8sPullSecretMissing => "k8s-pull-secret-missing",
            Self::K8sPullSecretStatic => "k8s-pull-secret-static",
            Self::KeychainConflict => "keychain-conflict",
            Self::KeychainLocked => "keychain-locked",
            Self::KmsKeyAccessDenied => "kms-key-access-denied",
            Self::KubeletConfigInvalid => "kubelet-config-invalid",
            Self::KubeletCredentialProviderMissing => "kubelet-credential-provider-missing",
            Self::KubeletRequestInvalid => "kubelet-request-invalid",
            Self::LambdaRepoPolicyMissing => "lambda-repo-policy-missing",
            Self::LinuxKeyringUnavailable => "linux-keyring-unavailable",
            Self::LiveTokenStored => "live-token-stored",
            Self::LoginHostHasPath => "login-host-has-path",
            Self::LoginOutlivesToken => "login-outlives-token",
            Self::LoginPasswordCorrupted => "login-password-corrupted",
            Self::MalformedImageReference => "malformed-image-reference",
            Self::MalformedRegistryHost => "malformed-registry-host",
            Self::ManifestTypeUnsupported => "manifest-type-unsupported",
            Self::MixedSessionToken => "mixed-session-token",
            Self::NetworkTimeoutEcrApi => "network-timeout-ecr-api",
            Self::NetworkTimeoutRegistry => "network-timeout-registry",
            Self::NoAwsCredentials => "no-aws-credentials",
            Self::NonTtyLogin => "non-tty-login",
            Self::NotEcr => "not-ecr",
            Self::NotLoggedIn => "not-logged-in",
            Self::OidcTokenPermissionMissing => "oidc-token-permission-missing",
            Self::OidcTrustTooWide => "oidc-trust-too-wide",
            Self::PassStoreUninitialized => "pass-store-uninitialized",
            Self::PasswordOnCommandLine => "password-on-command-line",
            Self::PlatformMismatch => "platform-mismatch",
            Self::PrivateTokenAtPublicEcr => "private-token-at-public-ecr",
            Self::ProxyMisconfigured => "proxy-misconfigured",
            Self::PublicEcrStaleToken => "public-ecr-stale-token",
            Self::PublicEcrWrongRegion => "public-ecr-wrong-region",
            Self::PullThroughCacheError => "pull-through-cache-error",
            Self::QuotaExceeded => "quota-exceeded",
            Self::RegionNotSet => "region-not-set",
            Self::RepoNameIncludesRegistry => "repo-name-includes-registry",
            Self::RepositoryNotEmpty => "repository-not-empty",
            Self::RepositoryNotFound => "repository-not-found",
            Self::RepositoryPolicyPublic => "repository-policy-public",
            Self::S3LayerAccessBlocked => "s3-layer-access-blocked",
            Self::SandboxImageUnauthenticated => "sandbox-image-unauthenticated",
            Self::SecretInBuildArgs => "secret-in-build-args",
            Self::SharedRunnerLogoutRace => "shared-runner-logout-race",
            Self::SsoSessionExpired => "sso-session-expired",
            Self::StaleAuthEntry => "stale-auth-entry",
            Self::StaleCredsstoreDesktop => "stale-credsstore-desktop",
            Self::StaticKeysInPipeline => "static-keys-in-pipeline",
            Self::TagImmutable => "tag-immutable",
            Self::TagNotFound => "tag-not-found",
            Self::Throttled => "throttled",
            Self::TlsCaUntrusted => "tls-ca-untrusted",
            Self::TlsCertificateWrongName => "tls-certificate-wrong-name",
            Self::TokenExpired => "token-expired",
            Self::TokenInArtifact => "token-in-artifact",
            Self::TokenInLog => "token-in-log",
            Self::TokenPassedOn => "token-passed-on",
            Self::UnpinnedLoginAction => "unpinned-login-action",
            Self::UntrustedCodeWithLogin => "untrusted-code-with-login",
            Self::WindowsCredentialStoreLimit => "windows-credential-store-limit",
            Self::WrongAwsIdentity => "wrong-aws-identity",
            Self::WrongLoginUsernameOrPassword => "wrong-login-username-or-password",
            Self::WrongRegistryAccount => "wrong-registry-account",
            Self::WrongRegistryRegion => "wrong-registry-region",
        }
    }

    /// The cause of that name, if there is one.
    pub fn parse(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.slug() == slug)
    }
}

impl fmt::Display for DiagnosisId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

impl Serialize for DiagnosisId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.slug())
    }
}

impl<'de> Deserialize<'de> for DiagnosisId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slug = String::deserialize(deserializer)?;
        Self::parse(&slug).ok_or_else(|| serde::de::Error::custom(format!("no diagnosis is named `{slug}`")))
    }
}
