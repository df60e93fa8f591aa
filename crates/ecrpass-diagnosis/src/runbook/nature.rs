//! What kind of thing a cause is: what has to be done around it depends on that.

use ecrpass_core::DiagnosisId as D;

/// What kind of thing a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A login that is missing, wrong or over.
    Login,
    /// A client, its configuration or its helper.
    Client,
    /// AWS credentials that are missing, wrong or over.
    Credentials,
    /// A right that is missing, or denied.
    Permission,
    /// The way there.
    Network,
    /// The image, its name, its repository.
    Image,
    /// Too many calls or too much of something.
    Load,
    /// A secret that others can see.
    Exposure,
    /// The cluster: nodes, pull secrets.
    Cluster,
    /// The pipeline.
    Pipeline,
}

impl Nature {
    /// Of a cause.
    pub const fn of(cause: D) -> Self {
        match cause {
            D::CredentialScriptEmpty
            | D::LoginHostHasPath
            | D::LoginOutlivesToken
            | D::LoginPasswordCorrupted
            | D::NonTtyLogin
            | D::NotLoggedIn
            | D::PrivateTokenAtPublicEcr
            | D::PublicEcrStaleToken
            | D::SharedRunnerLogoutRace
            | D::StaleAuthEntry
            | D::TokenExpired
            | D::WrongLoginUsernameOrPassword => Self::Login,
            D::ClientAuthScheme
            | D::ClientIgnoresCredHelper
            | D::ClientTooOld
            | D::ConfigFilePermission
            | D::ConfigJsonInvalid
            | D::ConfigNotSeenByProcess
            | D::CredentialDelegateSlow
            | D::DeprecatedGetLogin
            | D::DockerDaemonUnreachable
            | D::EcrpassConfigInvalid
            | D::HelperDoesNotSupportLogin
            | D::HelperErrorOnNonEcrRegistry
            | D::HelperNotOnPath
            | D::InternalError
            | D::KeychainConflict
            | D::KeychainLocked
            | D::LinuxKeyringUnavailable
            | D::PassStoreUninitialized
            | D::StaleCredsstoreDesktop
            | D::WindowsCredentialStoreLimit => Self::Client,
            D::AssumeRoleDenied
            | D::AwsProfileInvalid
            | D::ClockSkew
            | D::ExpiredSessionToken
            | D::ImdsUnreachableOrHopLimit
            | D::ImdsV1Allowed
            | D::InvalidAccessKey
            | D::IrsaWebIdentityInvalid
            | D::MixedSessionToken
            | D::NoAwsCredentials
            | D::RegionNotSet
            | D::SsoSessionExpired
            | D::WrongAwsIdentity => Self::Credentials,
            D::AppRunnerAccessRole
            | D::CrossAccountRepoPolicyMissing
            | D::EcsExecutionRoleMissing
            | D::ExplicitDenyPolicy
            | D::IamEcrTooWide
            | D::IamMissingEcrAction
            | D::IamMissingGetAuthorizationToken
            | D::IamMissingPullAction
            | D::IamMissingPushAction
            | D::KmsKeyAccessDenied
            | D::LambdaRepoPolicyMissing
            | D::OidcTrustTooWide
            | D::RepositoryPolicyPublic => Self::Permission,
            D::AwsServiceTransient
            | D::DnsResolutionFailure
            | D::NetworkTimeoutEcrApi
            | D::NetworkTimeoutRegistry
            | D::ProxyMisconfigured
            | D::S3LayerAccessBlocked
            | D::TlsCaUntrusted
            | D::TlsCertificateWrongName => Self::Network,
            D::ImageMissingLocally
            | D::ImageNotTaggedWithRegistry
            | D::MalformedImageReference
            | D::MalformedRegistryHost
            | D::ManifestTypeUnsupported
            | D::NotEcr
            | D::PlatformMismatch
            | D::PublicEcrWrongRegion
            | D::PullThroughCacheError
            | D::RepoNameIncludesRegistry
            | D::RepositoryNotFound
            | D::TagImmutable
            | D::TagNotFound
            | D::WrongRegistryAccount
            | D::WrongRegistryRegion => Self::Image,
            D::QuotaExceeded | D::Throttled => Self::Load,
            D::AccessKeyInFile
            | D::CredentialsInImage
            | D::CredentialsMounted
            | D::LiveTokenStored
            | D::PasswordOnCommandLine
            | D::SecretInBuildArgs
            | D::TokenInArtifact
            | D::TokenInLog
            | D::TokenPassedOn => Self::Exposure,
            D::K8sPullSecretExpired
            | D::K8sPullSecretMissing
            | D::K8sPullSecretStatic
            | D::KubeletConfigInvalid
            | D::KubeletCredentialProviderMissing
            | D::KubeletRequestInvalid
            | D::SandboxImageUnauthenticated => Self::Cluster,
            D::CiOutputMasked
            | D::CiSecretsUnavailable
            | D::OidcTokenPermissionMissing
            | D::StaticKeysInPipeline
            | D::UnpinnedLoginAction
            | D::UntrustedCodeWithLogin => Self::Pipeline,
        }
    }
}
