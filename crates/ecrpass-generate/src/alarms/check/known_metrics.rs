//! The names of our own metrics: of the canary (docs/canary.md) and the operator (docs/operator.md).

/// Those that are looked for as they are.
const PLAIN: [&str; 26] = [
    "ecrpass_canary_up",
    "ecrpass_canary_step_up",
    "ecrpass_canary_runs_total",
    "ecrpass_canary_failures_total",
    "ecrpass_canary_cause",
    "ecrpass_canary_retries_total",
    "ecrpass_canary_skipped_total",
    "ecrpass_canary_export_failures_total",
    "ecrpass_canary_last_run_timestamp_seconds",
    "ecrpass_canary_last_success_timestamp_seconds",
    "ecrpass_canary_token_expiry_timestamp_seconds",
    "ecrpass_canary_clock_offset_seconds",
    "ecrpass_canary_interval_seconds",
    "ecrpass_canary_function_up",
    "ecrpass_canary_function_reason",
    "ecrpass_canary_step_duration_seconds",
    "ecrpass_build_info",
    "ecrpass_pull_secret_expiry_timestamp_seconds",
    "ecrpass_pull_secrets",
    "ecrpass_pull_secret_renewals_total",
    "ecrpass_pull_secret_failures_total",
    "ecrpass_token_requests_total",
    "ecrpass_token_last_success_timestamp_seconds",
    "ecrpass_service_account_patches_total",
    "ecrpass_leader",
    "ecrpass_degraded",
];

/// Whether we have a metric of that name; series of a histogram have an ending, and counters one of their creation.
pub fn is_ours(name: &str) -> bool {
    let base = ["_bucket", "_sum", "_count", "_created"].iter().find_map(|end| name.strip_suffix(end));
    PLAIN.contains(&name)
        || base.is_some_and(|base| PLAIN.iter().any(|known| known.trim_end_matches("_total") == base))
}
