//! The board as metric families: one list for all formats, in which everything has its name, help and unit once.

use crate::board::{Board, Series};
use crate::histogram::Histogram;
use crate::labels::Labels;

/// What a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It goes up and down.
    Gauge,
    /// It only goes up.
    Counter,
    /// It counts in buckets.
    Histogram,
    /// It says something in its labels.
    Info,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a gauge, in whole numbers.
    Whole(i64),
    /// Of a gauge.
    Float(f64),
    /// Of a counter.
    Counter(u64),
    /// Of a histogram.
    Histogram(Histogram),
    /// Of an info.
    Info,
}

/// A value and its labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The labels.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: Value,
}

/// A family: a name, and all there is under it.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The name, without `_total`, `_info` and the unit, which each format puts where it belongs.
    pub name: &'static str,
    /// The name OpenTelemetry's conventions give it.
    pub otel: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Whether it is in seconds.
    pub seconds: bool,
    /// What it is.
    pub kind: Kind,
    /// What there is under it; a family without any is not exposed.
    pub samples: Vec<Sample>,
}

/// All families that have something to say.
pub fn families(board: &Board) -> Vec<Family> {
    let each = Each(board);
    let mut families = vec![
        gauge(
            "ecrpass_canary_up",
            "ecrpass.canary.up",
            "Whether every step of the last run was done",
            each.maybe(|series| series.up.map(|up| Value::Whole(up.into()))),
        ),
        gauge(
            "ecrpass_canary_step_up",
            "ecrpass.canary.step.up",
            "Whether a step of the last run was done; absent when it was not reached",
            each.many(|series| {
                series
                    .steps
                    .iter()
                    .map(|(step, up)| (vec![("step", step.id().to_owned())], Value::Whole((*up).into())))
                    .collect()
            }),
        ),
        Family {
            kind: Kind::Histogram,
            ..seconds(
                "ecrpass_canary_step_duration",
                "ecrpass.canary.step.duration",
                "How long a step took, done or failed",
                each.many(|series| {
                    let value = |histogram: &Histogram| Value::Histogram(histogram.clone());
                    series
                        .durations
                        .iter()
                        .map(|(step, took)| (vec![("step", step.id().to_owned())], value(took)))
                        .collect()
                }),
            )
        },
        counter(
            "ecrpass_canary_runs",
            "ecrpass.canary.runs",
            "Runs by how they ended",
            each.many(|series| {
                series
                    .runs
                    .iter()
                    .map(|(verdict, count)| {
                        (vec![("result", verdict.id().to_owned())], Value::Counter(*count))
                    })
                    .collect()
            }),
        ),
        counter(
            "ecrpass_canary_failures",
            "ecrpass.canary.failures",
            "Failures by step and cause; what a cause means: ecrpass explain --id CAUSE",
            each.many(|series| {
                let labels =
                    |step: &str, cause: &str| vec![("step", step.to_owned()), ("cause", cause.to_owned())];
                series
                    .failures
                    .iter()
                    .map(|((step, cause), count)| (labels(step.id(), cause), Value::Counter(*count)))
                    .collect()
            }),
        ),
        gauge(
            "ecrpass_canary_cause",
            "ecrpass.canary.cause",
            "The present cause; absent when there is none",
            each.many(|series| {
                series.cause.iter().map(|cause| (vec![("cause", cause.clone())], Value::Whole(1))).collect()
            }),
        ),
        counter(
            "ecrpass_canary_retries",
            "ecrpass.canary.retries",
            "Steps that were tried again",
            each.many(|series| {
                series
                    .retries
                    .iter()
                    .map(|(step, count)| (vec![("step", step.id().to_owned())], Value::Counter(*count)))
                    .collect()
            }),
        ),
        counter(
            "ecrpass_canary_skipped",
            "ecrpass.canary.skipped",
            "Runs left out because the last one was still under way",
            each.maybe(|series| {
                (series.was_run() || series.skipped > 0).then_some(Value::Counter(series.skipped))
            }),
        ),
        seconds(
            "ecrpass_canary_last_run_timestamp",
            "ecrpass.canary.last_run.timestamp",
            "When the last run ended",
            each.maybe(|series| series.last_run.map(Value::Float)),
        ),
        seconds(
            "ecrpass_canary_last_success_timestamp",
            "ecrpass.canary.last_success.timestamp",
            "When the last run that was ok ended",
            each.maybe(|series| series.last_success.map(Value::Float)),
        ),
        seconds(
            "ecrpass_canary_token_expiry_timestamp",
            "ecrpass.canary.token_expiry.timestamp",
            "When the last token that was issued expires",
            each.maybe(|series| series.token_expires_at.map(Value::Whole)),
        ),
        seconds(
            "ecrpass_canary_clock_offset",
            "ecrpass.canary.clock.offset",
            "This machine's clock minus that of AWS",
            each.maybe(|series| series.clock_offset.map(Value::Whole)),
        ),
        seconds(
            "ecrpass_canary_interval",
            "ecrpass.canary.interval",
            "From one run to the next, for alarms on absence",
            each.maybe(|series| Some(Value::Float(series.interval.as_secs_f64()))),
        ),
    ];
    families.extend(functions(board));
    let exporters = board.export_failures.iter().map(|(exporter, count)| Sample {
        labels: vec![("exporter", (*exporter).to_owned())],
        value: Value::Counter(*count),
    });
    families.push(counter(
        "ecrpass_canary_export_failures",
        "ecrpass.canary.export.failures",
        "Pushes and files that failed",
        exporters.collect(),
    ));
    families.push(Family {
        name: "ecrpass_build",
        otel: "ecrpass.build",
        help: "The version of ecrpass",
        seconds: false,
        kind: Kind::Info,
        samples: vec![Sample { labels: vec![("version", board.version.to_owned())], value: Value::Info }],
    });
    families.retain(|family| !family.samples.is_empty());
    families
}

fn functions(board: &Board) -> [Family; 2] {
    let of = |labels: &Labels, name: &str| {
        let mut pairs = labels.pairs();
        pairs.push(("function", name.to_owned()));
        pairs
    };
    // Of what may not be asked for, nothing is known.
    let known = board.functions.iter().filter(|(_, state)| state.unknown.is_none());
    let up = known.map(|((labels, name), state)| Sample {
        labels: of(labels, name),
        value: Value::Whole(state.is_up().into()),
    });
    let reasons = board.functions.iter().filter_map(|((labels, name), state)| {
        let mut pairs = of(labels, name);
        pairs.push(("reason", state.reason_label()?.to_owned()));
        Some(Sample { labels: pairs, value: Value::Whole(1) })
    });
    [
        gauge(
            "ecrpass_canary_function_up",
            "ecrpass.canary.function.up",
            "Whether a Lambda function that is an image can run: it is active, pending or idle",
            up.collect(),
        ),
        gauge(
            "ecrpass_canary_function_reason",
            "ecrpass.canary.function.reason",
            "Why a Lambda function is in its state, where that has a reason",
            reasons.collect(),
        ),
    ]
}

/// A value, and the labels it has beside those of its target.
type Labelled = (Vec<(&'static str, String)>, Value);

/// The series of all targets.
struct Each<'a>(&'a Board);

impl Each<'_> {
    /// One value for each target that has one.
    fn maybe(&self, value: impl Fn(&Series) -> Option<Value>) -> Vec<Sample> {
        self.many(|series| value(series).map(|value| (Vec::new(), value)).into_iter().collect())
    }

    /// Any number of values, each with labels of its own.
    fn many(&self, values: impl Fn(&Series) -> Vec<Labelled>) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (labels, series) in &self.0.series {
            for (more, value) in values(series) {
                let mut pairs = labels.pairs();
                pairs.extend(more);
                samples.push(Sample { labels: pairs, value });
            }
        }
        samples
    }
}

fn family(name: &'static str, otel: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    Family { name, otel, help, seconds: false, kind: Kind::Gauge, samples }
}

fn gauge(name: &'static str, otel: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    family(name, otel, help, samples)
}

fn seconds(name: &'static str, otel: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    Family { seconds: true, ..family(name, otel, help, samples) }
}

fn counter(name: &'static str, otel: &'static str, help: &'static str, samples: Vec<Sample>) -> Family {
    Family { kind: Kind::Counter, ..family(name, otel, help, samples) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::board::tests::board;

    /// What may be a label, and nothing else may: each has few values, or is where a target is.
    const LABELS: [&str; 10] = [
        "registry", "region", "target", "step", "cause", "result", "exporter", "version", "function",
        "reason",
    ];

    #[test]
    fn no_series_has_a_label_that_grows_without_bound() {
        for family in families(&board()) {
            for sample in &family.samples {
                for (label, value) in &sample.labels {
                    assert!(LABELS.contains(label), "{}: {label}", family.name);
                    assert!(!value.contains("arn:") && !value.contains("sha256:"), "{value}");
                }
                let names: BTreeSet<&str> = sample.labels.iter().map(|(label, _)| *label).collect();
                let is_of_target = ["registry", "region", "target"].iter().all(|label| names.contains(label));
                let is_of_process =
                    ["ecrpass_canary_export_failures", "ecrpass_build"].contains(&family.name);
                assert!(is_of_target || is_of_process, "{}: {names:?}", family.name);
            }
        }
    }

    #[test]
    fn every_series_is_there_once() {
        let mut seen = BTreeSet::new();
        for family in families(&board()) {
            assert!(seen.insert(family.name.to_owned()), "{} comes twice", family.name);
            for sample in &family.samples {
                assert!(seen.insert(format!("{} {:?}", family.name, sample.labels)), "{:?}", sample.labels);
            }
        }
    }

    #[test]
    fn what_was_not_reached_has_no_sample() {
        let families = families(&board());
        let steps = families.iter().find(|family| family.name == "ecrpass_canary_step_up").unwrap();
        let of_app: Vec<(&str, &Value)> = steps
            .samples
            .iter()
            .filter(|sample| sample.labels.iter().any(|(_, value)| value == "team/app:canary"))
            .map(|sample| (sample.labels.last().unwrap().1.as_str(), &sample.value))
            .collect();
        let one = Value::Whole(1);
        assert_eq!(
            of_app,
            [("credentials", &one), ("token", &one), ("ping", &one), ("manifest", &Value::Whole(0))]
        );
    }
}
