//! What `ecrpass-operator` measures. Families of metrics: docs/operator.md.

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::watch::{PrometheusRule, Watch};

/// A token is replaced after half of its twelve hours: with so much left, in seconds, that has failed for hours.
const LEFT: u32 = 3 * 3600;

/// What the labels of a secret add.
const SECRET: &str = "Secret {{ $labels.secret }} in {{ $labels.namespace }}, for {{ $labels.registry }}.";

/// The signals.
pub fn signals() -> Vec<Signal> {
    let signal =
        |name: &str, cause, others, urgency, summary: &str, meaning, expression: String, held, about| {
            Signal {
                name: name.to_owned(),
                family: Family::Operator,
                cause,
                others,
                urgency,
                summary: summary.to_owned(),
                meaning,
                watch: Watch::Prometheus(PrometheusRule { expression, held, kept: 0, about, cause: None }),
            }
        };
    let left = "min by (namespace, secret, registry) (ecrpass_pull_secret_expiry_timestamp_seconds) - time()"
        .to_owned();
    vec![
        signal(
            "EcrPullSecretExpiring",
            D::K8sPullSecretExpired,
            &[D::IamMissingGetAuthorizationToken, D::NoAwsCredentials],
            Urgency::Warning,
            "A pull secret is not renewed",
            "It should have been hours ago. When it expires, pods of its namespace no longer start.",
            format!("{left} < {LEFT}"),
            300,
            SECRET,
        ),
        signal(
            "EcrPullSecretExpired",
            D::K8sPullSecretExpired,
            &[D::IamMissingGetAuthorizationToken, D::NoAwsCredentials],
            Urgency::Critical,
            "A pull secret has expired",
            "Pods of its namespace no longer get images.",
            format!("{left} < 0"),
            60,
            SECRET,
        ),
        signal(
            "EcrPullSecretMissing",
            D::K8sPullSecretMissing,
            &[],
            Urgency::Critical,
            "A namespace has no pull secret",
            "The operator cannot write it, or its name is taken; its events say which.",
            "max by (state) (ecrpass_pull_secrets{state=~\"missing|conflict\"}) > 0".to_owned(),
            600,
            "Secrets that are {{ $labels.state }}: {{ $value }}.",
        ),
        signal(
            "EcrPullSecretFails",
            D::K8sPullSecretExpired,
            &[D::IamMissingGetAuthorizationToken, D::AssumeRoleDenied],
            Urgency::Warning,
            "The operator cannot keep pull secrets fresh",
            "They still work, until they expire.",
            "sum by (cause) (increase(ecrpass_pull_secret_failures_total[15m])) > 0".to_owned(),
            600,
            "Its cause: {{ $labels.cause }}.",
        ),
        signal(
            "EcrOperatorTokensFail",
            D::IamMissingGetAuthorizationToken,
            &[D::NoAwsCredentials, D::AssumeRoleDenied, D::NetworkTimeoutEcrApi],
            Urgency::Warning,
            "The operator gets no token",
            "No call for one succeeded in a quarter of an hour.",
            "sum by (source, region) (increase(ecrpass_token_requests_total{result=\"error\"}[15m])) > 0\n  unless on (source, region)\nsum by (source, region) (increase(ecrpass_token_requests_total{result=\"success\"}[15m])) > 0".to_owned(),
            600,
            "Credentials {{ $labels.source }}, region {{ $labels.region }}.",
        ),
        signal(
            "EcrOperatorDegraded",
            D::K8sPullSecretMissing,
            &[],
            Urgency::Warning,
            "The operator lacks a right in the cluster",
            "Some secrets or accounts are not kept; its log names the right.",
            "max(ecrpass_degraded) == 1".to_owned(),
            600,
            "",
        ),
        signal(
            "EcrOperatorAbsent",
            D::K8sPullSecretExpired,
            &[],
            Urgency::Critical,
            "No operator renews pull secrets",
            "No replica leads, or none reports; secrets expire within twelve hours.",
            "absent(ecrpass_leader == 1)".to_owned(),
            600,
            "",
        ),
    ]
}
