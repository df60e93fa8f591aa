//! Metric filters of CloudWatch Logs, as a list to read, and each as `aws logs put-metric-filter --cli-input-json` takes it.

use super::language::{Document, name_of};
use crate::alarms::settings::Settings;
use crate::alarms::signal::Signal;
use crate::alarms::value::{Value, map};
use crate::alarms::watch::{MetricFilter, Watch};

/// The name space of what filters count.
pub const NAMESPACE: &str = "ecrpass/trail";

/// The log group that the console makes for a trail.
const LOG_GROUP: &str = "aws-cloudtrail-logs";

/// The filters.
pub fn list(signals: &[Signal], settings: &Settings) -> String {
    let filters = signals.iter().filter_map(|signal| whole(signal, settings)).collect();
    let document =
        map([("schema", Value::from("ecrpass/metric-filters/1")), ("filters", Value::List(filters))]);
    document.json() + "\n"
}

/// One filter as a file.
pub fn filter(signal: &Signal, settings: &Settings) -> Option<Document> {
    let text = whole(signal, settings)?.json() + "\n";
    Some(Document { file: format!("{}.json", name_of(signal, settings)), text })
}

fn whole(signal: &Signal, settings: &Settings) -> Option<Value> {
    let Watch::Filter(MetricFilter { pattern, .. }) = &signal.watch else { return None };
    let transformation = map([
        ("metricName", Value::from(signal.name.clone())),
        ("metricNamespace", Value::from(NAMESPACE)),
        ("metricValue", Value::from("1")),
        ("defaultValue", Value::Number(0)),
    ]);
    Some(map([
        ("logGroupName", Value::from(settings.log_group.as_deref().unwrap_or(LOG_GROUP))),
        ("filterName", Value::from(name_of(signal, settings))),
        ("filterPattern", Value::from(pattern.clone())),
        ("metricTransformations", Value::List(vec![transformation])),
    ]))
}
