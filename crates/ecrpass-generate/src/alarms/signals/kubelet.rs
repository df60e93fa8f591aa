//! The kubelet's credential provider. Its metrics are alpha, and one was renamed: `…_errors` became `…_errors_total`.
//! Source: Kubernetes `pkg/credentialprovider/plugin/metrics.go`.

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::watch::{PrometheusRule, Watch};

/// How long the kubelet waits for a provider, less some: in seconds.
const SLOW: u32 = 10;

/// The signals.
pub fn signals() -> Vec<Signal> {
    let signal =
        |name: &str, cause, others, urgency, summary: &str, meaning, expression: String, held| Signal {
            name: name.to_owned(),
            family: Family::Kubelet,
            cause,
            others,
            urgency,
            summary: summary.to_owned(),
            meaning,
            watch: Watch::Prometheus(PrometheusRule {
                expression,
                held,
                kept: 300,
                about: "Provider {{ $labels.plugin_name }} on {{ $labels.instance }}.",
                cause: None,
            }),
        };
    let selector = "{plugin_name=~\"ecr-credential-provider.*\"}[10m]";
    vec![
        signal(
            "EcrCredentialProviderFails",
            D::KubeletCredentialProviderMissing,
            &[D::IamMissingGetAuthorizationToken, D::ImdsUnreachableOrHopLimit],
            Urgency::Critical,
            "A node's credential provider for ECR fails",
            "The kubelet pulls without credentials there, and ECR refuses.",
            format!(
                "sum by (instance, plugin_name) (\n    increase(kubelet_credential_provider_plugin_errors_total{selector})\n  or\n    increase(kubelet_credential_provider_plugin_errors{selector})\n) > 0"
            ),
            120,
        ),
        signal(
            "EcrCredentialProviderSlow",
            D::NetworkTimeoutEcrApi,
            &[D::ProxyMisconfigured, D::Throttled],
            Urgency::Warning,
            "A node's credential provider for ECR is slow",
            "One call in ten takes longer than ten seconds; the kubelet gives up after a minute, and pods start late.",
            format!(
                "histogram_quantile(0.9, sum by (instance, plugin_name, le) (rate(kubelet_credential_provider_plugin_duration_bucket{selector}))) > {SLOW}"
            ),
            600,
        ),
    ]
}
