//! The rules, one file each, and the list of them.

mod access_key_in_file;
mod assume_role_denied;
mod ci_output_masked;
mod client_ignores_cred_helper;
mod client_too_old;
mod config_json_invalid;
mod config_not_seen_by_process;
mod credentials_in_image;
mod credentials_mounted;
mod deprecated_get_login;
mod ecs_execution_role_missing;
mod helper_error_on_non_ecr_registry;
mod iam_ecr_too_wide;
mod iam_missing_get_authorization_token;
mod iam_missing_push_action;
mod imds_unreachable_or_hop_limit;
mod imds_v1_allowed;
mod k8s_pull_secret_expired;
mod k8s_pull_secret_static;
mod live_token_stored;
mod login_host_has_path;
mod login_outlives_token;
mod login_password_corrupted;
mod malformed_image_reference;
mod malformed_registry_host;
mod no_aws_credentials;
mod not_logged_in;
mod oidc_token_permission_missing;
mod oidc_trust_too_wide;
mod password_on_command_line;
mod public_ecr_stale_token;
mod public_ecr_wrong_region;
mod region_not_set;
mod repo_name_includes_registry;
mod repository_policy_public;
mod secret_in_build_args;
mod shared_runner_logout_race;
mod static_keys_in_pipeline;
mod tag_immutable;
mod token_expired;
mod token_in_artifact;
mod token_in_log;
mod token_passed_on;
mod unpinned_login_action;
mod untrusted_code_with_login;
mod wrong_login_username_or_password;
mod wrong_registry_account;
mod wrong_registry_region;

use crate::rule::Rule;

/// All rules, in the order of their documentation.
pub static RULES: &[&Rule] = &[
    &access_key_in_file::RULE,
    &assume_role_denied::RULE,
    &ci_output_masked::RULE,
    &client_ignores_cred_helper::RULE,
    &client_too_old::RULE,
    &config_json_invalid::RULE,
    &config_not_seen_by_process::RULE,
    &credentials_in_image::RULE,
    &credentials_mounted::RULE,
    &deprecated_get_login::RULE,
    &ecs_execution_role_missing::RULE,
    &helper_error_on_non_ecr_registry::RULE,
    &iam_ecr_too_wide::RULE,
    &iam_missing_get_authorization_token::RULE,
    &iam_missing_push_action::RULE,
    &imds_unreachable_or_hop_limit::RULE,
    &imds_v1_allowed::RULE,
    &k8s_pull_secret_expired::RULE,
    &k8s_pull_secret_static::RULE,
    &live_token_stored::RULE,
    &login_host_has_path::RULE,
    &login_outlives_token::RULE,
    &login_password_corrupted::RULE,
    &malformed_image_reference::RULE,
    &malformed_registry_host::RULE,
    &no_aws_credentials::RULE,
    &not_logged_in::RULE,
    &oidc_token_permission_missing::RULE,
    &oidc_trust_too_wide::RULE,
    &password_on_command_line::RULE,
    &public_ecr_stale_token::RULE,
    &public_ecr_wrong_region::RULE,
    &region_not_set::RULE,
    &repo_name_includes_registry::RULE,
    &repository_policy_public::RULE,
    &secret_in_build_args::RULE,
    &shared_runner_logout_race::RULE,
    &static_keys_in_pipeline::RULE,
    &tag_immutable::RULE,
    &token_expired::RULE,
    &token_in_artifact::RULE,
    &token_in_log::RULE,
    &token_passed_on::RULE,
    &unpinned_login_action::RULE,
    &untrusted_code_with_login::RULE,
    &wrong_login_username_or_password::RULE,
    &wrong_registry_account::RULE,
    &wrong_registry_region::RULE,
];
