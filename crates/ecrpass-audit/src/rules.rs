//! The rules, one file each, and the list of them.

mod access_key_in_file;
mod assume_role_denied;
mod client_ignores_cred_helper;
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
mod malformed_registry_host;
mod oidc_trust_too_wide;
mod password_on_command_line;
mod public_ecr_stale_token;
mod public_ecr_wrong_region;
mod repo_name_includes_registry;
mod repository_policy_public;
mod secret_in_build_args;
mod tag_immutable;
mod token_expired;
mod token_in_log;
mod token_passed_on;
mod wrong_login_username_or_password;

use crate::rule::Rule;

/// All rules, in the order of their documentation.
pub static RULES: &[&Rule] = &[
    &access_key_in_file::RULE,
    &assume_role_denied::RULE,
    &client_ignores_cred_helper::RULE,
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
    &malformed_registry_host::RULE,
    &oidc_trust_too_wide::RULE,
    &password_on_command_line::RULE,
    &public_ecr_stale_token::RULE,
    &public_ecr_wrong_region::RULE,
    &repo_name_includes_registry::RULE,
    &repository_policy_public::RULE,
    &secret_in_build_args::RULE,
    &tag_immutable::RULE,
    &token_expired::RULE,
    &token_in_log::RULE,
    &token_passed_on::RULE,
    &wrong_login_username_or_password::RULE,
];
