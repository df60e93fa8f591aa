//! What `ecrpass canary` measures. Families of metrics: docs/canary.md.

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::settings::Settings;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::watch::{
    Comparison, Dimension, Held, Metric, MetricAlarm, Missing, Parameter, PrometheusRule, Source, Statistic,
    Watch,
};

/// Which target it is.
const TARGET: &str = "{{ $labels.target }} of {{ $labels.registry }}.";

/// The series with the present cause of a target.
const CAUSE: &str =
    "printf `ecrpass_canary_cause{registry=%q,target=%q}` $labels.registry $labels.target | query";

/// The name space of the canary's metrics on CloudWatch.
const NAMESPACE: &str = "ecrpass";

/// Of so many runs, most have to fail: a failure that passes is none.
const RUNS: u32 = 5;
const FAILED: u32 = 3;

/// How far a clock may be off before AWS refuses what it signs, less a minute; in seconds. Source: Signature Version 4.
const CLOCK: u32 = 240;

/// How late a run may be beside its interval, in seconds: scrapes are apart, too.
const LATE: u32 = 120;

/// The signals.
pub fn signals(settings: &Settings) -> Vec<Signal> {
    let mut all = by_prometheus(settings.interval);
    all.extend(by_cloudwatch(settings));
    all
}

fn by_prometheus(interval: u32) -> Vec<Signal> {
    let window = interval.saturating_mul(RUNS);
    let rule = |expression: String, held: u32, about: &'static str| {
        Watch::Prometheus(PrometheusRule { expression, held, kept: 0, about, cause: None })
    };
    let signal = |name: &str, cause, others, urgency, summary: &str, meaning, watch| Signal {
        name: name.to_owned(),
        family: Family::Canary,
        cause,
        others,
        urgency,
        summary: summary.to_owned(),
        meaning,
        watch,
    };
    vec![
        signal(
            "EcrCanaryFails",
            D::IamMissingPullAction,
            &[D::CrossAccountRepoPolicyMissing, D::S3LayerAccessBlocked, D::AwsServiceTransient],
            Urgency::Critical,
            "The canary cannot pull",
            "Most of its last five runs failed: the next deploy or new node will fail likewise.",
            Watch::Prometheus(PrometheusRule {
                expression: format!("avg_over_time(ecrpass_canary_up[{window}s]) < 0.5"),
                held: interval.saturating_mul(2),
                kept: window,
                about: TARGET,
                cause: Some(CAUSE),
            }),
        ),
        signal(
            "EcrCanaryFunctionDown",
            D::LambdaRepoPolicyMissing,
            &[D::TagNotFound, D::ManifestTypeUnsupported],
            Urgency::Critical,
            "A Lambda function cannot use its image",
            "Its state is neither Active nor idle, and no event says so: calls fail.",
            rule(
                "max by (registry, region, target, function) (ecrpass_canary_function_up) == 0\n  unless on (registry, region, target, function)\necrpass_canary_function_reason{reason=\"Idle\"}".to_owned(),
                interval.saturating_mul(2),
                "Function {{ $labels.function }}, image {{ $labels.target }}.",
            ),
        ),
        signal(
            "EcrCanaryThrottled",
            D::Throttled,
            &[D::AwsServiceTransient],
            Urgency::Warning,
            "The canary has to try again and again",
            "ECR throttles this account and region, or answers with errors; pulls are slow and will fail.",
            rule(
                "sum by (registry, region) (increase(ecrpass_canary_retries_total[15m])) > 5".to_owned(),
                0,
                "{{ $labels.registry }}.",
            ),
        ),
        signal(
            "EcrCanaryClockOff",
            D::ClockSkew,
            &[],
            Urgency::Warning,
            "The clock where the canary runs is off",
            "At five minutes AWS refuses what this machine signs.",
            rule(
                format!("max by (instance) (abs(ecrpass_canary_clock_offset_seconds)) > {CLOCK}"),
                600,
                "{{ $labels.instance }}: {{ $value }} seconds.",
            ),
        ),
        signal(
            "EcrCanaryLate",
            D::NetworkTimeoutEcrApi,
            &[D::CredentialDelegateSlow],
            Urgency::Warning,
            "The canary no longer runs on time",
            "A target was not tried for two intervals; a failure would go unseen.",
            rule(
                format!(
                    "time() - ecrpass_canary_last_run_timestamp_seconds > 2 * ecrpass_canary_interval_seconds + {LATE}"
                ),
                60,
                TARGET,
            ),
        ),
        signal(
            "EcrCanaryTargetGone",
            D::KubeletCredentialProviderMissing,
            &[],
            Urgency::Warning,
            "A target of the canary is no longer measured",
            "It was an hour ago. Unless it was taken out, its canary does not run: perhaps its own image is not pulled.",
            rule(
                "max by (registry, region, target) (ecrpass_canary_interval_seconds offset 1h)\n  unless on (registry, region, target)\nmax by (registry, region, target) (ecrpass_canary_interval_seconds)".to_owned(),
                300,
                TARGET,
            ),
        ),
        signal(
            "EcrCanaryAbsent",
            D::KubeletCredentialProviderMissing,
            &[],
            Urgency::Critical,
            "No canary reports",
            "Nobody sees a failed pull before users do. Where it is a pod, its own image may not be pulled.",
            rule("absent(ecrpass_canary_last_run_timestamp_seconds)".to_owned(), 600, ""),
        ),
    ]
}

/// One alarm for each registry, or for the one that is said when the document is deployed.
fn by_cloudwatch(settings: &Settings) -> Vec<Signal> {
    let alarm = |number: Option<usize>, dimensions: Vec<Dimension>, host: Option<&str>| Signal {
        name: format!("CanaryFails{}", number.map(|number| number.to_string()).unwrap_or_default()),
        family: Family::Canary,
        cause: D::IamMissingPullAction,
        others: &[D::CrossAccountRepoPolicyMissing, D::S3LayerAccessBlocked, D::AwsServiceTransient],
        urgency: Urgency::Critical,
        summary: match host {
            Some(host) => format!("The canary cannot pull from {host}, or no longer runs"),
            None => "The canary cannot pull, or no longer runs".to_owned(),
        },
        meaning: "Metric Failures has the cause as a dimension. The next deploy will fail likewise.",
        watch: Watch::Metric(MetricAlarm {
            source: Source::One(Metric {
                namespace: NAMESPACE.to_owned(),
                name: "Up".to_owned(),
                dimensions,
                statistic: Statistic::Minimum,
            }),
            // CloudWatch's datapoints are whole minutes.
            period: settings.interval.div_ceil(60).max(1) * 60,
            held: Held { datapoints: FAILED, of: RUNS },
            comparison: Comparison::Below,
            threshold: 1,
            missing: Missing::Breaching,
        }),
    };
    if settings.registries.is_empty() {
        let open = vec![Dimension::Region("Region"), Dimension::Open("Registry", Parameter::Registry)];
        return vec![alarm(None, open, None)];
    }
    let of = |(number, registry): (usize, &ecrpass_core::Registry)| {
        let number = (settings.registries.len() > 1).then_some(number + 1);
        let dimensions = vec![
            Dimension::Fixed("Region", registry.region().to_owned()),
            Dimension::Fixed("Registry", registry.host().to_owned()),
        ];
        alarm(number, dimensions, Some(registry.host()))
    };
    settings.registries.iter().enumerate().map(of).collect()
}
