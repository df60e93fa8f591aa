//! Calls of ECR's API against its quotas. Source: ECR user guide, "Amazon ECR service quotas" and "usage metrics".

use ecrpass_core::DiagnosisId as D;

use crate::alarms::family::Family;
use crate::alarms::signal::{Signal, Urgency};
use crate::alarms::watch::{
    Comparison, Dimension, Held, Metric, MetricAlarm, Missing, Source, Statistic, Watch,
};

/// Operations, and how many calls a second each account and region may make unless more was granted.
pub const OPERATIONS: [(&str, u32); 8] = [
    ("GetAuthorizationToken", 500),
    ("BatchGetImage", 2000),
    ("GetDownloadUrlForLayer", 3000),
    ("BatchCheckLayerAvailability", 1000),
    ("UploadLayerPart", 500),
    ("InitiateLayerUpload", 100),
    ("CompleteLayerUpload", 100),
    ("PutImage", 10),
];

/// Of a minute's quota, in percent. Calls are counted by the minute and allowed by the second, so half of it, for minutes on
/// end, means seconds with more.
const PERCENT: u32 = 50;

/// The metric of an operation.
pub fn metric(operation: &str) -> Metric {
    let fixed = |name, value: &str| Dimension::Fixed(name, value.to_owned());
    Metric {
        namespace: "AWS/Usage".to_owned(),
        name: "CallCount".to_owned(),
        dimensions: vec![
            fixed("Service", "ECR"),
            fixed("Type", "API"),
            fixed("Resource", operation),
            fixed("Class", "None"),
        ],
        statistic: Statistic::Sum,
    }
}

/// The signals.
pub fn signals() -> Vec<Signal> {
    let of = |(operation, quota): (&str, u32)| Signal {
        name: format!("Usage{operation}"),
        family: Family::Usage,
        cause: D::Throttled,
        others: &[],
        urgency: Urgency::Warning,
        summary: format!("{operation} is called at half of its quota for minutes"),
        meaning: "Bursts of seconds are not seen here: watch EcrThrottled for those. If your quota is higher, raise the threshold.",
        watch: Watch::Metric(MetricAlarm {
            source: Source::One(metric(operation)),
            period: 60,
            held: Held { datapoints: 3, of: 5 },
            comparison: Comparison::AtLeast,
            threshold: quota * 60 * PERCENT / 100,
            missing: Missing::NotBreaching,
        }),
    };
    OPERATIONS.into_iter().map(of).collect()
}
