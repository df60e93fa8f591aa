//! A run as CloudWatch reads it from a log: one line in the embedded metric format. Source: CloudWatch user guide,
//! "Specification: Embedded metric format".
//!
//! Every set of dimensions is a metric that is paid for: so only failures have one with the cause.

use serde_json::{Map, Value as Json, json};

use crate::board::{OTHER, Record};
use crate::step::{Step, Verdict};

/// The name space.
pub const NAMESPACE: &str = "ecrpass";

/// The line of a run, without line feed.
pub fn line(record: &Record) -> String {
    let run = &record.run;
    let mut root = Map::new();
    root.insert("Region".to_owned(), json!(record.labels.region));
    root.insert("Registry".to_owned(), json!(record.labels.registry));
    root.insert("Target".to_owned(), json!(record.labels.target));
    root.insert("Result".to_owned(), json!(run.verdict().id()));
    root.insert("Up".to_owned(), json!(u8::from(run.verdict() == Verdict::Ok)));
    root.insert("Failures".to_owned(), json!(u8::from(run.failed().is_some())));
    let mut metrics =
        vec![json!({"Name": "Up", "Unit": "None"}), json!({"Name": "Failures", "Unit": "Count"})];
    for (step, took) in run.durations() {
        let name = format!("StepDuration{}", titled(*step));
        metrics.push(json!({"Name": name, "Unit": "Milliseconds"}));
        let milliseconds = (took.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
        root.insert(name, json!(milliseconds));
    }
    let mut directives =
        vec![json!({"Namespace": NAMESPACE, "Dimensions": [["Region", "Registry"]], "Metrics": metrics})];
    if let Some(step) = run.failed() {
        root.insert("Step".to_owned(), json!(step.id()));
        root.insert("Cause".to_owned(), json!(record.cause.as_deref().unwrap_or(OTHER)));
        directives.push(json!({
            "Namespace": NAMESPACE,
            "Dimensions": [["Region", "Registry", "Cause"]],
            "Metrics": [{"Name": "Failures", "Unit": "Count"}],
        }));
    }
    // In whole milliseconds; what was before 1970 is none.
    let at = (record.ended_at * 1_000.0).max(0.0) as u64;
    root.insert("_aws".to_owned(), json!({"Timestamp": at, "CloudWatchMetrics": directives}));
    Json::Object(root).to_string()
}

fn titled(step: Step) -> &'static str {
    match step {
        Step::Credentials => "Credentials",
        Step::Token => "Token",
        Step::Ping => "Ping",
        Step::Manifest => "Manifest",
        Step::Layer => "Layer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::tests::record;
    use crate::run::Ending;

    /// Holds a line to the rules of the specification.
    fn check(line: &str) -> Json {
        assert!(line.len() < 256 * 1024 && !line.contains('\n'));
        let root: Json = serde_json::from_str(line).unwrap();
        let aws = root["_aws"].as_object().unwrap();
        assert!(aws["Timestamp"].is_u64());
        for directive in aws["CloudWatchMetrics"].as_array().unwrap() {
            assert!(!directive["Namespace"].as_str().unwrap().is_empty());
            for set in directive["Dimensions"].as_array().unwrap() {
                assert!(set.as_array().unwrap().len() <= 30);
                for dimension in set.as_array().unwrap() {
                    assert!(root[dimension.as_str().unwrap()].is_string(), "{dimension}");
                }
            }
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!(!metrics.is_empty() && metrics.len() <= 100);
            for metric in metrics {
                assert!(root[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
            }
        }
        root
    }

    #[test]
    fn lines_keep_to_the_specification() {
        let denied = [Ending::Done, Ending::Done, Ending::Done, Ending::Failed];
        let root = check(&line(&record("team/app:canary", &denied, Some("iam-missing-pull-action"))));
        assert_eq!((&root["Up"], &root["Failures"]), (&json!(0), &json!(1)));
        assert_eq!(root["Cause"], "iam-missing-pull-action");
        assert_eq!(root["StepDurationToken"], 80.0);
        assert_eq!(
            root["_aws"]["CloudWatchMetrics"][1]["Dimensions"],
            json!([["Region", "Registry", "Cause"]])
        );
        let ok = check(&line(&record("team/app:canary", &[Ending::Done; 5], None)));
        assert_eq!((&ok["Up"], ok.get("Cause")), (&json!(1), None));
        assert_eq!(ok["_aws"]["CloudWatchMetrics"].as_array().unwrap().len(), 1);
        check(&line(&record("", &denied, None)));
    }
}
