//! The list of causes. Written by `cargo xtask generate` from the files beside it.

use ecrpass_core::DiagnosisId;

use super::entry::Diagnosis;
use super::group::Group;

#[path = "exposure/access_key_in_file.rs"]
mod access_key_in_file;
#[path = "kubernetes/app_runner_access_role.rs"]
mod app_runner_access_role;
#[path = "credentials/assume_role_denied.rs"]
mod assume_role_denied;
#[path = "credentials/aws_profile_invalid.rs"]
mod aws_profile_invalid;
#[path = "network/aws_service_transient.rs"]
mod aws_service_transient;
#[path = "ci/ci_output_masked.rs"]
mod ci_output_masked;
#[path = "ci/ci_secrets_unavailable.rs"]
mod ci_secrets_unavailable;
#[path = "client/client_auth_scheme.rs"]
mod client_auth_scheme;
#[path = "client/client_ignores_cred_helper.rs"]
mod client_ignores_cred_helper;
#[path = "client/client_too_old.rs"]
mod client_too_old;
#[path = "credentials/clock_skew.rs"]
mod clock_skew;
#[path = "client/config_file_permission.rs"]
mod config_file_permission;
#[path = "client/config_json_invalid.rs"]
mod config_json_invalid;
#[path = "client/config_not_seen_by_process.rs"]
mod config_not_seen_by_process;
#[path = "client/credential_delegate_slow.rs"]
mod credential_delegate_slow;
#[path = "login/credential_script_empty.rs"]
mod credential_script_empty;
#[path = "exposure/credentials_in_image.rs"]
mod credentials_in_image;
#[path = "exposure/credentials_mounted.rs"]
mod credentials_mounted;
#[path = "policy/cross_account_repo_policy_missing.rs"]
mod cross_account_repo_policy_missing;
#[path = "client/deprecated_get_login.rs"]
mod deprecated_get_login;
#[path = "network/dns_resolution_failure.rs"]
mod dns_resolution_failure;
#[path = "client/docker_command_missing.rs"]
mod docker_command_missing;
#[path = "client/docker_daemon_unreachable.rs"]
mod docker_daemon_unreachable;
#[path = "client/ecrpass_config_invalid.rs"]
mod ecrpass_config_invalid;
#[path = "kubernetes/ecs_execution_role_missing.rs"]
mod ecs_execution_role_missing;
#[path = "credentials/expired_session_token.rs"]
mod expired_session_token;
#[path = "policy/explicit_deny_policy.rs"]
mod explicit_deny_policy;
#[path = "client/helper_does_not_support_login.rs"]
mod helper_does_not_support_login;
#[path = "client/helper_error_on_non_ecr_registry.rs"]
mod helper_error_on_non_ecr_registry;
#[path = "client/helper_not_on_path.rs"]
mod helper_not_on_path;
#[path = "policy/iam_ecr_too_wide.rs"]
mod iam_ecr_too_wide;
#[path = "policy/iam_missing_ecr_action.rs"]
mod iam_missing_ecr_action;
#[path = "policy/iam_missing_get_authorization_token.rs"]
mod iam_missing_get_authorization_token;
#[path = "policy/iam_missing_pull_action.rs"]
mod iam_missing_pull_action;
#[path = "policy/iam_missing_push_action.rs"]
mod iam_missing_push_action;
#[path = "image/image_missing_locally.rs"]
mod image_missing_locally;
#[path = "image/image_not_tagged_with_registry.rs"]
mod image_not_tagged_with_registry;
#[path = "credentials/imds_unreachable_or_hop_limit.rs"]
mod imds_unreachable_or_hop_limit;
#[path = "credentials/imds_v1_allowed.rs"]
mod imds_v1_allowed;
#[path = "client/internal_error.rs"]
mod internal_error;
#[path = "credentials/invalid_access_key.rs"]
mod invalid_access_key;
#[path = "credentials/irsa_web_identity_invalid.rs"]
mod irsa_web_identity_invalid;
#[path = "kubernetes/k8s_pull_secret_expired.rs"]
mod k8s_pull_secret_expired;
#[path = "kubernetes/k8s_pull_secret_missing.rs"]
mod k8s_pull_secret_missing;
#[path = "kubernetes/k8s_pull_secret_static.rs"]
mod k8s_pull_secret_static;
#[path = "client/keychain_conflict.rs"]
mod keychain_conflict;
#[path = "client/keychain_locked.rs"]
mod keychain_locked;
#[path = "policy/kms_key_access_denied.rs"]
mod kms_key_access_denied;
#[path = "kubernetes/kubelet_config_invalid.rs"]
mod kubelet_config_invalid;
#[path = "kubernetes/kubelet_credential_provider_missing.rs"]
mod kubelet_credential_provider_missing;
#[path = "kubernetes/kubelet_request_invalid.rs"]
mod kubelet_request_invalid;
#[path = "policy/lambda_repo_policy_missing.rs"]
mod lambda_repo_policy_missing;
#[path = "client/linux_keyring_unavailable.rs"]
mod linux_keyring_unavailable;
#[path = "exposure/live_token_stored.rs"]
mod live_token_stored;
#[path = "login/login_host_has_path.rs"]
mod login_host_has_path;
#[path = "login/login_outlives_token.rs"]
mod login_outlives_token;
#[path = "login/login_password_corrupted.rs"]
mod login_password_corrupted;
#[path = "image/malformed_image_reference.rs"]
mod malformed_image_reference;
#[path = "registry/malformed_registry_host.rs"]
mod malformed_registry_host;
#[path = "image/manifest_type_unsupported.rs"]
mod manifest_type_unsupported;
#[path = "credentials/mixed_session_token.rs"]
mod mixed_session_token;
#[path = "network/network_timeout_ecr_api.rs"]
mod network_timeout_ecr_api;
#[path = "network/network_timeout_registry.rs"]
mod network_timeout_registry;
#[path = "credentials/no_aws_credentials.rs"]
mod no_aws_credentials;
#[path = "login/non_tty_login.rs"]
mod non_tty_login;
#[path = "kubernetes/not_ecr.rs"]
mod not_ecr;
#[path = "login/not_logged_in.rs"]
mod not_logged_in;
#[path = "ci/oidc_token_permission_missing.rs"]
mod oidc_token_permission_missing;
#[path = "policy/oidc_trust_too_wide.rs"]
mod oidc_trust_too_wide;
#[path = "client/pass_store_uninitialized.rs"]
mod pass_store_uninitialized;
#[path = "exposure/password_on_command_line.rs"]
mod password_on_command_line;
#[path = "image/platform_mismatch.rs"]
mod platform_mismatch;
#[path = "login/private_token_at_public_ecr.rs"]
mod private_token_at_public_ecr;
#[path = "network/proxy_misconfigured.rs"]
mod proxy_misconfigured;
#[path = "login/public_ecr_stale_token.rs"]
mod public_ecr_stale_token;
#[path = "registry/public_ecr_wrong_region.rs"]
mod public_ecr_wrong_region;
#[path = "registry/pull_through_cache_error.rs"]
mod pull_through_cache_error;
#[path = "registry/quota_exceeded.rs"]
mod quota_exceeded;
#[path = "credentials/region_not_set.rs"]
mod region_not_set;
#[path = "registry/repo_name_includes_registry.rs"]
mod repo_name_includes_registry;
#[path = "registry/repository_not_empty.rs"]
mod repository_not_empty;
#[path = "registry/repository_not_found.rs"]
mod repository_not_found;
#[path = "policy/repository_policy_public.rs"]
mod repository_policy_public;
#[path = "network/s3_layer_access_blocked.rs"]
mod s3_layer_access_blocked;
#[path = "kubernetes/sandbox_image_unauthenticated.rs"]
mod sandbox_image_unauthenticated;
#[path = "exposure/secret_in_build_args.rs"]
mod secret_in_build_args;
#[path = "login/shared_runner_logout_race.rs"]
mod shared_runner_logout_race;
#[path = "credentials/sso_session_expired.rs"]
mod sso_session_expired;
#[path = "login/stale_auth_entry.rs"]
mod stale_auth_entry;
#[path = "client/stale_credsstore_desktop.rs"]
mod stale_credsstore_desktop;
#[path = "ci/static_keys_in_pipeline.rs"]
mod static_keys_in_pipeline;
#[path = "image/tag_immutable.rs"]
mod tag_immutable;
#[path = "image/tag_not_found.rs"]
mod tag_not_found;
#[path = "network/throttled.rs"]
mod throttled;
#[path = "network/tls_ca_untrusted.rs"]
mod tls_ca_untrusted;
#[path = "network/tls_certificate_wrong_name.rs"]
mod tls_certificate_wrong_name;
#[path = "login/token_expired.rs"]
mod token_expired;
#[path = "exposure/token_in_artifact.rs"]
mod token_in_artifact;
#[path = "exposure/token_in_log.rs"]
mod token_in_log;
#[path = "exposure/token_passed_on.rs"]
mod token_passed_on;
#[path = "ci/unpinned_login_action.rs"]
mod unpinned_login_action;
#[path = "ci/untrusted_code_with_login.rs"]
mod untrusted_code_with_login;
#[path = "client/windows_credential_store_limit.rs"]
mod windows_credential_store_limit;
#[path = "credentials/wrong_aws_identity.rs"]
mod wrong_aws_identity;
#[path = "login/wrong_login_username_or_password.rs"]
mod wrong_login_username_or_password;
#[path = "registry/wrong_registry_account.rs"]
mod wrong_registry_account;
#[path = "registry/wrong_registry_region.rs"]
mod wrong_registry_region;

/// Every cause with the folder it is in, in the order of its name.
pub(super) static ENTRIES: [(Group, &Diagnosis); 107] = [
    (Group::Exposure, &access_key_in_file::DIAGNOSIS),
    (Group::Kubernetes, &app_runner_access_role::DIAGNOSIS),
    (Group::Credentials, &assume_role_denied::DIAGNOSIS),
    (Group::Credentials, &aws_profile_invalid::DIAGNOSIS),
    (Group::Network, &aws_service_transient::DIAGNOSIS),
    (Group::Ci, &ci_output_masked::DIAGNOSIS),
    (Group::Ci, &ci_secrets_unavailable::DIAGNOSIS),
    (Group::Client, &client_auth_scheme::DIAGNOSIS),
    (Group::Client, &client_ignores_cred_helper::DIAGNOSIS),
    (Group::Client, &client_too_old::DIAGNOSIS),
    (Group::Credentials, &clock_skew::DIAGNOSIS),
    (Group::Client, &config_file_permission::DIAGNOSIS),
    (Group::Client, &config_json_invalid::DIAGNOSIS),
    (Group::Client, &config_not_seen_by_process::DIAGNOSIS),
    (Group::Client, &credential_delegate_slow::DIAGNOSIS),
    (Group::Login, &credential_script_empty::DIAGNOSIS),
    (Group::Exposure, &credentials_in_image::DIAGNOSIS),
    (Group::Exposure, &credentials_mounted::DIAGNOSIS),
    (Group::Policy, &cross_account_repo_policy_missing::DIAGNOSIS),
    (Group::Client, &deprecated_get_login::DIAGNOSIS),
    (Group::Network, &dns_resolution_failure::DIAGNOSIS),
    (Group::Client, &docker_command_missing::DIAGNOSIS),
    (Group::Client, &docker_daemon_unreachable::DIAGNOSIS),
    (Group::Client, &ecrpass_config_invalid::DIAGNOSIS),
    (Group::Kubernetes, &ecs_execution_role_missing::DIAGNOSIS),
    (Group::Credentials, &expired_session_token::DIAGNOSIS),
    (Group::Policy, &explicit_deny_policy::DIAGNOSIS),
    (Group::Client, &helper_does_not_support_login::DIAGNOSIS),
    (Group::Client, &helper_error_on_non_ecr_registry::DIAGNOSIS),
    (Group::Client, &helper_not_on_path::DIAGNOSIS),
    (Group::Policy, &iam_ecr_too_wide::DIAGNOSIS),
    (Group::Policy, &iam_missing_ecr_action::DIAGNOSIS),
    (Group::Policy, &iam_missing_get_authorization_token::DIAGNOSIS),
    (Group::Policy, &iam_missing_pull_action::DIAGNOSIS),
    (Group::Policy, &iam_missing_push_action::DIAGNOSIS),
    (Group::Image, &image_missing_locally::DIAGNOSIS),
    (Group::Image, &image_not_tagged_with_registry::DIAGNOSIS),
    (Group::Credentials, &imds_unreachable_or_hop_limit::DIAGNOSIS),
    (Group::Credentials, &imds_v1_allowed::DIAGNOSIS),
    (Group::Client, &internal_error::DIAGNOSIS),
    (Group::Credentials, &invalid_access_key::DIAGNOSIS),
    (Group::Credentials, &irsa_web_identity_invalid::DIAGNOSIS),
    (Group::Kubernetes, &k8s_pull_secret_expired::DIAGNOSIS),
    (Group::Kubernetes, &k8s_pull_secret_missing::DIAGNOSIS),
    (Group::Kubernetes, &k8s_pull_secret_static::DIAGNOSIS),
    (Group::Client, &keychain_conflict::DIAGNOSIS),
    (Group::Client, &keychain_locked::DIAGNOSIS),
    (Group::Policy, &kms_key_access_denied::DIAGNOSIS),
    (Group::Kubernetes, &kubelet_config_invalid::DIAGNOSIS),
    (Group::Kubernetes, &kubelet_credential_provider_missing::DIAGNOSIS),
    (Group::Kubernetes, &kubelet_request_invalid::DIAGNOSIS),
    (Group::Policy, &lambda_repo_policy_missing::DIAGNOSIS),
    (Group::Client, &linux_keyring_unavailable::DIAGNOSIS),
    (Group::Exposure, &live_token_stored::DIAGNOSIS),
    (Group::Login, &login_host_has_path::DIAGNOSIS),
    (Group::Login, &login_outlives_token::DIAGNOSIS),
    (Group::Login, &login_password_corrupted::DIAGNOSIS),
    (Group::Image, &malformed_image_reference::DIAGNOSIS),
    (Group::Registry, &malformed_registry_host::DIAGNOSIS),
    (Group::Image, &manifest_type_unsupported::DIAGNOSIS),
    (Group::Credentials, &mixed_session_token::DIAGNOSIS),
    (Group::Network, &network_timeout_ecr_api::DIAGNOSIS),
    (Group::Network, &network_timeout_registry::DIAGNOSIS),
    (Group::Credentials, &no_aws_credentials::DIAGNOSIS),
    (Group::Login, &non_tty_login::DIAGNOSIS),
    (Group::Kubernetes, &not_ecr::DIAGNOSIS),
    (Group::Login, &not_logged_in::DIAGNOSIS),
    (Group::Ci, &oidc_token_permission_missing::DIAGNOSIS),
    (Group::Policy, &oidc_trust_too_wide::DIAGNOSIS),
    (Group::Client, &pass_store_uninitialized::DIAGNOSIS),
    (Group::Exposure, &password_on_command_line::DIAGNOSIS),
    (Group::Image, &platform_mismatch::DIAGNOSIS),
    (Group::Login, &private_token_at_public_ecr::DIAGNOSIS),
    (Group::Network, &proxy_misconfigured::DIAGNOSIS),
    (Group::Login, &public_ecr_stale_token::DIAGNOSIS),
    (Group::Registry, &public_ecr_wrong_region::DIAGNOSIS),
    (Group::Registry, &pull_through_cache_error::DIAGNOSIS),
    (Group::Registry, &quota_exceeded::DIAGNOSIS),
    (Group::Credentials, &region_not_set::DIAGNOSIS),
    (Group::Registry, &repo_name_includes_registry::DIAGNOSIS),
    (Group::Registry, &repository_not_empty::DIAGNOSIS),
    (Group::Registry, &repository_not_found::DIAGNOSIS),
    (Group::Policy, &repository_policy_public::DIAGNOSIS),
    (Group::Network, &s3_layer_access_blocked::DIAGNOSIS),
    (Group::Kubernetes, &sandbox_image_unauthenticated::DIAGNOSIS),
    (Group::Exposure, &secret_in_build_args::DIAGNOSIS),
    (Group::Login, &shared_runner_logout_race::DIAGNOSIS),
    (Group::Credentials, &sso_session_expired::DIAGNOSIS),
    (Group::Login, &stale_auth_entry::DIAGNOSIS),
    (Group::Client, &stale_credsstore_desktop::DIAGNOSIS),
    (Group::Ci, &static_keys_in_pipeline::DIAGNOSIS),
    (Group::Image, &tag_immutable::DIAGNOSIS),
    (Group::Image, &tag_not_found::DIAGNOSIS),
    (Group::Network, &throttled::DIAGNOSIS),
    (Group::Network, &tls_ca_untrusted::DIAGNOSIS),
    (Group::Network, &tls_certificate_wrong_name::DIAGNOSIS),
    (Group::Login, &token_expired::DIAGNOSIS),
    (Group::Exposure, &token_in_artifact::DIAGNOSIS),
    (Group::Exposure, &token_in_log::DIAGNOSIS),
    (Group::Exposure, &token_passed_on::DIAGNOSIS),
    (Group::Ci, &unpinned_login_action::DIAGNOSIS),
    (Group::Ci, &untrusted_code_with_login::DIAGNOSIS),
    (Group::Client, &windows_credential_store_limit::DIAGNOSIS),
    (Group::Credentials, &wrong_aws_identity::DIAGNOSIS),
    (Group::Login, &wrong_login_username_or_password::DIAGNOSIS),
    (Group::Registry, &wrong_registry_account::DIAGNOSIS),
    (Group::Registry, &wrong_registry_region::DIAGNOSIS),
];

/// The entry of a cause.
pub(super) fn entry(id: DiagnosisId) -> &'static Diagnosis {
    match id {
        DiagnosisId::AccessKeyInFile => &access_key_in_file::DIAGNOSIS,
        DiagnosisId::AppRunnerAccessRole => &app_runner_access_role::DIAGNOSIS,
        DiagnosisId::AssumeRoleDenied => &assume_role_denied::DIAGNOSIS,
        DiagnosisId::AwsProfileInvalid => &aws_profile_invalid::DIAGNOSIS,
        DiagnosisId::AwsServiceTransient => &aws_service_transient::DIAGNOSIS,
        DiagnosisId::CiOutputMasked => &ci_output_masked::DIAGNOSIS,
        DiagnosisId::CiSecretsUnavailable => &ci_secrets_unavailable::DIAGNOSIS,
        DiagnosisId::ClientAuthScheme => &client_auth_scheme::DIAGNOSIS,
        DiagnosisId::ClientIgnoresCredHelper => &client_ignores_cred_helper::DIAGNOSIS,
        DiagnosisId::ClientTooOld => &client_too_old::DIAGNOSIS,
        DiagnosisId::ClockSkew => &clock_skew::DIAGNOSIS,
        DiagnosisId::ConfigFilePermission => &config_file_permission::DIAGNOSIS,
        DiagnosisId::ConfigJsonInvalid => &config_json_invalid::DIAGNOSIS,
        DiagnosisId::ConfigNotSeenByProcess => &config_not_seen_by_process::DIAGNOSIS,
        DiagnosisId::CredentialDelegateSlow => &credential_delegate_slow::DIAGNOSIS,
        DiagnosisId::CredentialScriptEmpty => &credential_script_empty::DIAGNOSIS,
        DiagnosisId::CredentialsInImage => &credentials_in_image::DIAGNOSIS,
        DiagnosisId::CredentialsMounted => &credentials_mounted::DIAGNOSIS,
        DiagnosisId::CrossAccountRepoPolicyMissing => &cross_account_repo_policy_missing::DIAGNOSIS,
        DiagnosisId::DeprecatedGetLogin => &deprecated_get_login::DIAGNOSIS,
        DiagnosisId::DnsResolutionFailure => &dns_resolution_failure::DIAGNOSIS,
        DiagnosisId::DockerCommandMissing => &docker_command_missing::DIAGNOSIS,
        DiagnosisId::DockerDaemonUnreachable => &docker_daemon_unreachable::DIAGNOSIS,
        DiagnosisId::EcrpassConfigInvalid => &ecrpass_config_invalid::DIAGNOSIS,
        DiagnosisId::EcsExecutionRoleMissing => &ecs_execution_role_missing::DIAGNOSIS,
        DiagnosisId::ExpiredSessionToken => &expired_session_token::DIAGNOSIS,
        DiagnosisId::ExplicitDenyPolicy => &explicit_deny_policy::DIAGNOSIS,
        DiagnosisId::HelperDoesNotSupportLogin => &helper_does_not_support_login::DIAGNOSIS,
        DiagnosisId::HelperErrorOnNonEcrRegistry => &helper_error_on_non_ecr_registry::DIAGNOSIS,
        DiagnosisId::HelperNotOnPath => &helper_not_on_path::DIAGNOSIS,
        DiagnosisId::IamEcrTooWide => &iam_ecr_too_wide::DIAGNOSIS,
        DiagnosisId::IamMissingEcrAction => &iam_missing_ecr_action::DIAGNOSIS,
        DiagnosisId::IamMissingGetAuthorizationToken => &iam_missing_get_authorization_token::DIAGNOSIS,
        DiagnosisId::IamMissingPullAction => &iam_missing_pull_action::DIAGNOSIS,
        DiagnosisId::IamMissingPushAction => &iam_missing_push_action::DIAGNOSIS,
        DiagnosisId::ImageMissingLocally => &image_missing_locally::DIAGNOSIS,
        DiagnosisId::ImageNotTaggedWithRegistry => &image_not_tagged_with_registry::DIAGNOSIS,
        DiagnosisId::ImdsUnreachableOrHopLimit => &imds_unreachable_or_hop_limit::DIAGNOSIS,
        DiagnosisId::ImdsV1Allowed => &imds_v1_allowed::DIAGNOSIS,
        DiagnosisId::InternalError => &internal_error::DIAGNOSIS,
        DiagnosisId::InvalidAccessKey => &invalid_access_key::DIAGNOSIS,
        DiagnosisId::IrsaWebIdentityInvalid => &irsa_web_identity_invalid::DIAGNOSIS,
        DiagnosisId::K8sPullSecretExpired => &k8s_pull_secret_expired::DIAGNOSIS,
        DiagnosisId::K8sPullSecretMissing => &k8s_pull_secret_missing::DIAGNOSIS,
        DiagnosisId::K8sPullSecretStatic => &k8s_pull_secret_static::DIAGNOSIS,
        DiagnosisId::KeychainConflict => &keychain_conflict::DIAGNOSIS,
        DiagnosisId::KeychainLocked => &keychain_locked::DIAGNOSIS,
        DiagnosisId::KmsKeyAccessDenied => &kms_key_access_denied::DIAGNOSIS,
        DiagnosisId::KubeletConfigInvalid => &kubelet_config_invalid::DIAGNOSIS,
        DiagnosisId::KubeletCredentialProviderMissing => &kubelet_credential_provider_missing::DIAGNOSIS,
        DiagnosisId::KubeletRequestInvalid => &kubelet_request_invalid::DIAGNOSIS,
        DiagnosisId::LambdaRepoPolicyMissing => &lambda_repo_policy_missing::DIAGNOSIS,
        DiagnosisId::LinuxKeyringUnavailable => &linux_keyring_unavailable::DIAGNOSIS,
        DiagnosisId::LiveTokenStored => &live_token_stored::DIAGNOSIS,
        DiagnosisId::LoginHostHasPath => &login_host_has_path::DIAGNOSIS,
        DiagnosisId::LoginOutlivesToken => &login_outlives_token::DIAGNOSIS,
        DiagnosisId::LoginPasswordCorrupted => &login_password_corrupted::DIAGNOSIS,
        DiagnosisId::MalformedImageReference => &malformed_image_reference::DIAGNOSIS,
        DiagnosisId::MalformedRegistryHost => &malformed_registry_host::DIAGNOSIS,
        DiagnosisId::ManifestTypeUnsupported => &manifest_type_unsupported::DIAGNOSIS,
        DiagnosisId::MixedSessionToken => &mixed_session_token::DIAGNOSIS,
        DiagnosisId::NetworkTimeoutEcrApi => &network_timeout_ecr_api::DIAGNOSIS,
        DiagnosisId::NetworkTimeoutRegistry => &network_timeout_registry::DIAGNOSIS,
        DiagnosisId::NoAwsCredentials => &no_aws_credentials::DIAGNOSIS,
        DiagnosisId::NonTtyLogin => &non_tty_login::DIAGNOSIS,
        DiagnosisId::NotEcr => &not_ecr::DIAGNOSIS,
        DiagnosisId::NotLoggedIn => &not_logged_in::DIAGNOSIS,
        DiagnosisId::OidcTokenPermissionMissing => &oidc_token_permission_missing::DIAGNOSIS,
        DiagnosisId::OidcTrustTooWide => &oidc_trust_too_wide::DIAGNOSIS,
        DiagnosisId::PassStoreUninitialized => &pass_store_uninitialized::DIAGNOSIS,
        DiagnosisId::PasswordOnCommandLine => &password_on_command_line::DIAGNOSIS,
        DiagnosisId::PlatformMismatch => &platform_mismatch::DIAGNOSIS,
        DiagnosisId::PrivateTokenAtPublicEcr => &private_token_at_public_ecr::DIAGNOSIS,
        DiagnosisId::ProxyMisconfigured => &proxy_misconfigured::DIAGNOSIS,
        DiagnosisId::PublicEcrStaleToken => &public_ecr_stale_token::DIAGNOSIS,
        DiagnosisId::PublicEcrWrongRegion => &public_ecr_wrong_region::DIAGNOSIS,
        DiagnosisId::PullThroughCacheError => &pull_through_cache_error::DIAGNOSIS,
        DiagnosisId::QuotaExceeded => &quota_exceeded::DIAGNOSIS,
        DiagnosisId::RegionNotSet => &region_not_set::DIAGNOSIS,
        DiagnosisId::RepoNameIncludesRegistry => &repo_name_includes_registry::DIAGNOSIS,
        DiagnosisId::RepositoryNotEmpty => &repository_not_empty::DIAGNOSIS,
        DiagnosisId::RepositoryNotFound => &repository_not_found::DIAGNOSIS,
        DiagnosisId::RepositoryPolicyPublic => &repository_policy_public::DIAGNOSIS,
        DiagnosisId::S3LayerAccessBlocked => &s3_layer_access_blocked::DIAGNOSIS,
        DiagnosisId::SandboxImageUnauthenticated => &sandbox_image_unauthenticated::DIAGNOSIS,
        DiagnosisId::SecretInBuildArgs => &secret_in_build_args::DIAGNOSIS,
        DiagnosisId::SharedRunnerLogoutRace => &shared_runner_logout_race::DIAGNOSIS,
        DiagnosisId::SsoSessionExpired => &sso_session_expired::DIAGNOSIS,
        DiagnosisId::StaleAuthEntry => &stale_auth_entry::DIAGNOSIS,
        DiagnosisId::StaleCredsstoreDesktop => &stale_credsstore_desktop::DIAGNOSIS,
        DiagnosisId::StaticKeysInPipeline => &static_keys_in_pipeline::DIAGNOSIS,
        DiagnosisId::TagImmutable => &tag_immutable::DIAGNOSIS,
        DiagnosisId::TagNotFound => &tag_not_found::DIAGNOSIS,
        DiagnosisId::Throttled => &throttled::DIAGNOSIS,
        DiagnosisId::TlsCaUntrusted => &tls_ca_untrusted::DIAGNOSIS,
        DiagnosisId::TlsCertificateWrongName => &tls_certificate_wrong_name::DIAGNOSIS,
        DiagnosisId::TokenExpired => &token_expired::DIAGNOSIS,
        DiagnosisId::TokenInArtifact => &token_in_artifact::DIAGNOSIS,
        DiagnosisId::TokenInLog => &token_in_log::DIAGNOSIS,
        DiagnosisId::TokenPassedOn => &token_passed_on::DIAGNOSIS,
        DiagnosisId::UnpinnedLoginAction => &unpinned_login_action::DIAGNOSIS,
        DiagnosisId::UntrustedCodeWithLogin => &untrusted_code_with_login::DIAGNOSIS,
        DiagnosisId::WindowsCredentialStoreLimit => &windows_credential_store_limit::DIAGNOSIS,
        DiagnosisId::WrongAwsIdentity => &wrong_aws_identity::DIAGNOSIS,
        DiagnosisId::WrongLoginUsernameOrPassword => &wrong_login_username_or_password::DIAGNOSIS,
        DiagnosisId::WrongRegistryAccount => &wrong_registry_account::DIAGNOSIS,
        DiagnosisId::WrongRegistryRegion => &wrong_registry_region::DIAGNOSIS,
    }
}
