//! How a signal is watched: by a rule of Prometheus, an alarm on a metric, a rule on events, or a filter on a log.

use super::value::Value;

/// How a signal is watched.
#[derive(Clone, Debug)]
pub enum Watch {
    /// By Prometheus.
    Prometheus(PrometheusRule),
    /// By a CloudWatch alarm.
    Metric(MetricAlarm),
    /// By a rule of EventBridge.
    Event(EventRule),
    /// By a filter on CloudTrail's log group, and an alarm on what it counts.
    Filter(MetricFilter),
}

/// A rule of Prometheus.
#[derive(Clone, Debug)]
pub struct PrometheusRule {
    /// The expression; lines are kept.
    pub expression: String,
    /// How long it must hold, in seconds.
    pub held: u32,
    /// How long it goes on after that, in seconds: what flips is one alert.
    pub kept: u32,
    /// What the labels add to the meaning, as a template of Prometheus.
    pub about: &'static str,
    /// A query, as a template of Prometheus writes it, for the series that has the present cause as a label.
    pub cause: Option<&'static str>,
}

/// An alarm of CloudWatch.
#[derive(Clone, Debug)]
pub struct MetricAlarm {
    /// What is measured.
    pub source: Source,
    /// Seconds of a datapoint.
    pub period: u32,
    /// How many of how many datapoints.
    pub held: Held,
    /// When a datapoint counts.
    pub comparison: Comparison,
    /// What it is compared with.
    pub threshold: u32,
    /// What no data means.
    pub missing: Missing,
}

/// How many of the last datapoints have to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// So many.
    pub datapoints: u32,
    /// Of so many.
    pub of: u32,
}

/// What is measured.
#[derive(Clone, Debug)]
pub enum Source {
    /// One metric.
    One(Metric),
    /// An expression over metrics, each with its id.
    Math(&'static str, Vec<(&'static str, Metric)>),
}

/// A metric of CloudWatch.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name space.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its dimensions.
    pub dimensions: Vec<Dimension>,
    /// What is made of the values of a period.
    pub statistic: Statistic,
}

/// A dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Name and value.
    Fixed(&'static str, String),
    /// A name, and what somebody says when the document is deployed.
    Open(&'static str, Parameter),
    /// A name, and the region that the document is deployed in.
    Region(&'static str),
}

/// What is only known when a document is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// The host of the registry that the canary pulls from.
    Registry,
    /// The EKS cluster.
    Cluster,
    /// The log group that CloudTrail writes to.
    LogGroup,
}

/// What is made of the values of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // their names
pub enum Statistic {
    Average,
    Maximum,
    Minimum,
    Sum,
}

/// When a datapoint counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // their names
pub enum Comparison {
    AtLeast,
    Below,
}

/// What no data means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nobody looks any more: that is as bad as a failure.
    Breaching,
    /// There was nothing to count.
    NotBreaching,
}

/// A rule of EventBridge.
#[derive(Clone, Debug)]
pub struct EventRule {
    /// Which events.
    pub pattern: Value,
    /// Whether they are among those that CloudTrail delivers only to rules that ask for all management events.
    pub reads: bool,
}

/// A filter on CloudTrail's records in CloudWatch Logs.
#[derive(Clone, Debug)]
pub struct MetricFilter {
    /// Which records.
    pub pattern: String,
    /// In how many seconds.
    pub period: u32,
    /// How many records make an alarm.
    pub threshold: u32,
}

impl Statistic {
    /// As AWS names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Average => "Average",
            Self::Maximum => "Maximum",
            Self::Minimum => "Minimum",
            Self::Sum => "Sum",
        }
    }
}

impl Comparison {
    /// As AWS names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtLeast => "GreaterThanOrEqualToThreshold",
            Self::Below => "LessThanThreshold",
        }
    }
}

impl Missing {
    /// As AWS names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }
}

impl EventRule {
    /// The rule's state. Source: EventBridge user guide, "Management events from AWS services": events of `Get*`, `List*`
    /// and `Describe*` are delivered to no other rules.
    pub const fn state(&self) -> &'static str {
        if self.reads { "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" } else { "ENABLED" }
    }
}

impl Parameter {
    /// Its name in CloudFormation.
    pub const fn in_cloudformation(self) -> &'static str {
        match self {
            Self::Registry => "CanaryRegistry",
            Self::Cluster => "EksCluster",
            Self::LogGroup => "TrailLogGroup",
        }
    }

    /// Its name in Terraform.
    pub const fn in_terraform(self) -> &'static str {
        match self {
            Self::Registry => "canary_registry",
            Self::Cluster => "eks_cluster",
            Self::LogGroup => "trail_log_group",
        }
    }

    /// What it is, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Registry => {
                "The host of the registry that ecrpass canary pulls from with --emf; empty for none."
            }
            Self::Cluster => "The EKS cluster with enhanced Container Insights; empty for none.",
            Self::LogGroup => "The log group that CloudTrail writes to; empty for none.",
        }
    }
}

impl Metric {
    /// What has to be said of it when it is deployed.
    pub fn parameters(&self) -> impl Iterator<Item = Parameter> {
        self.dimensions.iter().filter_map(|dimension| match dimension {
            Dimension::Open(_, parameter) => Some(*parameter),
            _ => None,
        })
    }
}

impl Source {
    /// The metrics that are measured.
    pub fn metrics(&self) -> Vec<&Metric> {
        match self {
            Self::One(metric) => vec![metric],
            Self::Math(_, metrics) => metrics.iter().map(|(_, metric)| metric).collect(),
        }
    }
}
