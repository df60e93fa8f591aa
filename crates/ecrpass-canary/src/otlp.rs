//! The metrics as OpenTelemetry's collectors take them: one `ExportMetricsServiceRequest` as OTLP/HTTP's JSON. Source:
//! opentelemetry-proto 1.x, `metrics.proto`, and the OTLP specification's JSON mapping (64-bit integers as strings).

use serde_json::{Value as Json, json};

use crate::board::Board;
use crate::families::{Family, Kind, Sample, Value, families};
use crate::histogram::BOUNDS;

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u8 = 2;

/// Who sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Where on AWS it runs: `aws_eks`, `aws_ecs`, `aws_ec2`, `aws_lambda`; none where that is not known.
    pub platform: Option<&'static str>,
    /// The account of the credentials.
    pub account: Option<String>,
}

/// The request, with times in nanoseconds since 1970: when counting began, and now.
pub fn request(board: &Board, resource: &Resource, began: u64, now: u64) -> Json {
    let mut attributes = vec![
        attribute("service.name", "ecrpass-canary"),
        attribute("service.version", board.version),
        attribute("cloud.provider", "aws"),
        // What it asks for, nobody needs.
        attribute("user_agent.synthetic.type", "test"),
    ];
    attributes.extend(resource.platform.map(|platform| attribute("cloud.platform", platform)));
    attributes.extend(resource.account.as_deref().map(|account| attribute("cloud.account.id", account)));
    let metrics: Vec<Json> = families(board)
        .iter()
        .filter(|family| family.kind != Kind::Info)
        .map(|family| metric(family, began, now))
        .collect();
    json!({"resourceMetrics": [{
        "resource": {"attributes": attributes},
        "scopeMetrics": [{"scope": {"name": "ecrpass.canary", "version": board.version}, "metrics": metrics}],
    }]})
}

fn metric(family: &Family, began: u64, now: u64) -> Json {
    let points: Vec<Json> = family.samples.iter().map(|sample| point(sample, began, now)).collect();
    let unit = if family.seconds { "s" } else { "1" };
    let mut metric = json!({"name": family.otel, "description": family.help, "unit": unit});
    let (kind, data) = match family.kind {
        Kind::Counter => {
            ("sum", json!({"dataPoints": points, "aggregationTemporality": CUMULATIVE, "isMonotonic": true}))
        }
        Kind::Histogram => ("histogram", json!({"dataPoints": points, "aggregationTemporality": CUMULATIVE})),
        Kind::Gauge | Kind::Info => ("gauge", json!({"dataPoints": points})),
    };
    if let Some(metric) = metric.as_object_mut() {
        metric.insert(kind.to_owned(), data);
    }
    metric
}

fn point(sample: &Sample, began: u64, now: u64) -> Json {
    let attributes: Vec<Json> =
        sample.labels.iter().map(|(name, value)| attribute(convention(name), value)).collect();
    let mut point = json!({"attributes": attributes, "timeUnixNano": now.to_string()});
    let value = match &sample.value {
        Value::Whole(whole) => json!({"asInt": whole.to_string()}),
        Value::Float(float) => json!({"asDouble": float}),
        Value::Counter(count) => {
            json!({"startTimeUnixNano": began.to_string(), "asInt": count.to_string()})
        }
        Value::Histogram(histogram) => json!({
            "startTimeUnixNano": began.to_string(),
            "count": histogram.count().to_string(),
            "sum": histogram.sum(),
            "bucketCounts": histogram.counts().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "explicitBounds": BOUNDS,
        }),
        Value::Info => json!({}),
    };
    if let (Some(point), Json::Object(value)) = (point.as_object_mut(), value) {
        point.extend(value);
    }
    point
}

/// The attribute that the semantic conventions have for a label; our own name where they have none.
fn convention(label: &str) -> &str {
    match label {
        "registry" => "server.address",
        "region" => "cloud.region",
        "cause" => "error.type",
        "function" => "faas.name",
        "target" => "ecrpass.target",
        "step" => "ecrpass.step",
        "result" => "ecrpass.result",
        "exporter" => "ecrpass.exporter",
        "reason" => "ecrpass.reason",
        other => other,
    }
}

fn attribute(key: &str, value: &str) -> Json {
    json!({"key": key, "value": {"stringValue": value}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::tests::board;

    #[test]
    fn a_collector_understands_it() {
        let resource = Resource { platform: Some("aws_eks"), account: Some("123456789012".to_owned()) };
        let request = request(&board(), &resource, 1_757_000_000_000_000_000, 1_757_147_299_000_000_000);
        let mut shown = request.clone();
        // One point of one metric of each kind shows what all look like.
        let metrics =
            shown.pointer_mut("/resourceMetrics/0/scopeMetrics/0/metrics").unwrap().as_array_mut().unwrap();
        metrics.retain(|metric| {
            ["ecrpass.canary.up", "ecrpass.canary.failures", "ecrpass.canary.step.duration"]
                .contains(&metric["name"].as_str().unwrap())
        });
        for kind in ["gauge", "sum", "histogram"] {
            let points = metrics
                .iter_mut()
                .filter_map(|metric| metric.get_mut(kind)?.get_mut("dataPoints")?.as_array_mut());
            points.for_each(|points| points.truncate(1));
        }
        insta::assert_json_snapshot!("otlp", shown);
        let metrics =
            request.pointer("/resourceMetrics/0/scopeMetrics/0/metrics").unwrap().as_array().unwrap();
        for metric in metrics {
            let kinds = ["gauge", "sum", "histogram"].into_iter().filter(|kind| metric.get(kind).is_some());
            assert_eq!(kinds.count(), 1, "{metric}");
            assert!(metric["name"].as_str().unwrap().starts_with("ecrpass."), "{metric}");
        }
        let duration =
            metrics.iter().find(|metric| metric["name"] == "ecrpass.canary.step.duration").unwrap();
        let point = &duration["histogram"]["dataPoints"][0];
        assert_eq!(point["bucketCounts"].as_array().unwrap().len(), BOUNDS.len() + 1);
        assert_eq!(duration["unit"], "s");
    }
}
