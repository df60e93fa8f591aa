//! CloudFormation, and what the AWS CLI takes and prints: alarms, metric filters, rules and their patterns.

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind};

use super::embedded::{passage, pattern};
use super::model::{Alarm, Contents, Event, Filter, Measured, Setting};

/// Who writes the keys, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// `MetricName`
    Aws,
    /// `metricName`
    Logs,
    /// `metric_name`
    Terraform,
}

impl Keys {
    /// A key of CloudFormation's, as it is written here.
    pub fn of(self, key: &str) -> String {
        match self {
            Self::Aws => key.to_owned(),
            Self::Logs => {
                let (first, rest) = key.split_at_checked(1).unwrap_or((key, ""));
                first.to_ascii_lowercase() + rest
            }
            Self::Terraform => {
                let mut name = String::new();
                for character in key.chars() {
                    if character.is_ascii_uppercase() && !name.is_empty() {
                        name.push('_');
                    }
                    name.push(character.to_ascii_lowercase());
                }
                name
            }
        }
    }

    fn setting(self, body: &Datum, key: &str) -> Setting {
        Setting::of(body, &self.of(key))
    }
}

/// What a document has, by its keys.
pub fn document(document: &Datum, contents: &mut Contents) {
    for resource in document.get("Resources").map(Datum::entries).unwrap_or_default() {
        self::resource(&resource.value, contents);
    }
    for item in document.items() {
        self::document(item, contents);
    }
    for key in ["MetricAlarms", "metricFilters", "filters", "Rules", "rules"] {
        for item in document.get(key).map(Datum::items).unwrap_or_default() {
            one(item, contents);
        }
    }
    one(document, contents);
}

fn resource(resource: &Datum, contents: &mut Contents) {
    let Some(properties) = resource.get("Properties") else { return };
    match resource.get("Type").and_then(Datum::text) {
        Some("AWS::CloudWatch::Alarm") => contents.alarms.push(alarm(properties, Keys::Aws)),
        Some("AWS::Logs::MetricFilter" | "AWS::Logs::SubscriptionFilter") => {
            contents.filters.extend(filter(properties, Keys::Aws))
        }
        Some("AWS::Events::Rule") => contents.events.extend(event(properties, "EventPattern", "State")),
        Some("AWS::Serverless::Function" | "AWS::Serverless::StateMachine") => {
            for source in properties.get("Events").map(Datum::entries).unwrap_or_default() {
                let kind = source.value.get("Type").and_then(Datum::text);
                if let (Some("EventBridgeRule" | "CloudWatchEvent"), Some(inner)) =
                    (kind, source.value.get("Properties"))
                {
                    contents.events.extend(event(inner, "Pattern", "State"));
                }
            }
        }
        _ => {}
    }
}

/// What the AWS CLI takes or prints of one thing, or a pattern alone.
fn one(item: &Datum, contents: &mut Contents) {
    let has = |key: &str| item.get(key).is_some();
    if has("EventPattern") {
        contents.events.extend(event(item, "EventPattern", "State"));
    } else if has("filterPattern") {
        contents.filters.extend(filter(item, Keys::Logs));
    } else if has("ComparisonOperator") && (has("MetricName") || has("Metrics")) {
        contents.alarms.push(alarm(item, Keys::Aws));
    } else if has("detail-type") && !has("time")
        || has("source") && (has("detail") || has("detail-type")) && !has("time")
    {
        // An event itself has a time and is no pattern.
        if item.get("source").is_none_or(|source| matches!(source.kind, DatumKind::List(_))) {
            contents.events.push(Event { pattern: item.clone(), state: Setting::Absent, could_say: false });
        }
    }
}

/// A rule with its pattern and state.
pub fn event(body: &Datum, pattern_key: &str, state_key: &str) -> Option<Event> {
    let pattern = pattern(body.get(pattern_key)?)?;
    Some(Event { pattern, state: Setting::of(body, state_key), could_say: true })
}

/// An alarm.
pub fn alarm(body: &Datum, keys: Keys) -> Alarm {
    let mut metrics = Vec::new();
    let mut is_math = false;
    let queries = match keys {
        Keys::Terraform => body.all("metric_query").map(|entry| &entry.value).collect::<Vec<_>>(),
        _ => body.get("Metrics").map(Datum::items).unwrap_or_default().iter().collect(),
    };
    for query in queries {
        is_math |= query.get(&keys.of("Expression")).is_some();
        let (inner, stat) = match keys {
            Keys::Terraform => (query.get("metric"), query.get("metric")),
            _ => (query.at(&["MetricStat", "Metric"]), query.get("MetricStat")),
        };
        if let (Some(inner), Some(stat)) = (inner, stat) {
            metrics.push(Measured {
                namespace: keys.setting(inner, "Namespace"),
                name: keys.setting(inner, "MetricName"),
                statistic: keys.setting(stat, "Stat"),
                period: keys.setting(stat, "Period"),
            });
        }
    }
    if body.get(&keys.of("MetricName")).is_some() {
        metrics.push(Measured {
            namespace: keys.setting(body, "Namespace"),
            name: keys.setting(body, "MetricName"),
            statistic: keys.setting(body, "Statistic"),
            period: keys.setting(body, "Period"),
        });
    }
    Alarm {
        at: body.entries().first().map_or_else(|| body.bytes.clone(), |entry| entry.key_bytes.clone()),
        metrics,
        is_math,
        comparison: keys.setting(body, "ComparisonOperator"),
        threshold: keys.setting(body, "Threshold"),
        evaluations: keys.setting(body, "EvaluationPeriods"),
        datapoints: keys.setting(body, "DatapointsToAlarm"),
        missing: keys.setting(body, "TreatMissingData"),
    }
}

/// A metric filter.
pub fn filter(body: &Datum, keys: Keys) -> Option<Filter> {
    let pattern = match keys {
        // Of a metric filter, and of a subscription.
        Keys::Terraform => body.get("pattern").or_else(|| body.get("filter_pattern")),
        _ => body.get(&keys.of("FilterPattern")),
    };
    let pattern = passage(pattern?)?.clone();
    let transformations: Vec<&Datum> = match keys {
        Keys::Terraform => body.all("metric_transformation").map(|entry| &entry.value).collect(),
        _ => {
            body.get(&keys.of("MetricTransformations")).map(Datum::items).unwrap_or_default().iter().collect()
        }
    };
    let mut dimensions = Vec::new();
    for transformation in transformations {
        let Some(found) = transformation.get(&keys.of("Dimensions")) else { continue };
        let values = found.entries().iter().map(|entry| &entry.value);
        let values = values.chain(found.items().iter().filter_map(|item| item.get("Value")));
        dimensions.extend(values.filter_map(|value| Some((value.text()?.to_owned(), value.bytes.clone()))));
    }
    Some(Filter { pattern, dimensions })
}
