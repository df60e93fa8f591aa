//! Mistakes in alarms of CloudWatch.

use crate::alarms::check::found::Problems;
use crate::alarms::check::input::{Alarm, Measured, Setting};
use crate::alarms::check::mistake::Mistake;

/// A failed pull is known by then, in seconds.
const LONG: f64 = 20.0 * 60.0;

/// The metric of Container Insights for pods that wait for an image.
const IMAGE_PULL: &str = "waiting_reason_image_pull_error";

/// The name spaces of canaries: ours, and Synthetics'.
const CANARIES: [&str; 2] = ["ecrpass", "CloudWatchSynthetics"];

/// Their metrics that are there after every run.
const EVERY_RUN: [&str; 3] = ["Up", "SuccessPercent", "Duration"];

/// The metrics of ECS that only Container Insights has.
const COUNTS_OF_TASKS: [&str; 3] = ["RunningTaskCount", "DesiredTaskCount", "PendingTaskCount"];

/// Looks at an alarm.
pub fn look(alarm: &Alarm, problems: &mut Problems) {
    for metric in &alarm.metrics {
        let (Some(namespace), Some(name)) = (metric.namespace.text(), metric.name.text()) else { continue };
        exists(alarm, metric, namespace, name, problems);
        let is_image_pull = name.contains(IMAGE_PULL);
        let is_canary = CANARIES.contains(&namespace) && EVERY_RUN.contains(&name);
        if is_image_pull && !alarm.is_math {
            threshold(alarm, metric, problems);
        }
        if is_image_pull || is_canary {
            how_long(alarm, metric, problems);
        }
        if is_canary {
            canary(alarm, namespace, name, problems);
        } else if is_image_pull || namespace == "AWS/Usage" || namespace == "ecrpass/trail" {
            counted(alarm, name, problems);
        }
        let calls = namespace == "AWS/Usage" && name == "CallCount";
        if calls && metric.statistic.text().is_some_and(|statistic| statistic != "Sum") {
            problems.add(
                Mistake::UsageNotSummed,
                metric.statistic.place(&alarm.at),
                "Calls are not added up",
                "statistic Sum, period 60, against 60 times the quota of a second",
            );
        }
    }
}

fn exists(alarm: &Alarm, metric: &Measured, namespace: &str, name: &str, problems: &mut Problems) {
    let at = metric.name.place(&alarm.at);
    if namespace == "AWS/ECR" && name != "RepositoryPullCount" {
        problems.add(
            Mistake::NoSuchMetric,
            at,
            format!("AWS/ECR has no {name}: it counts pulls (RepositoryPullCount), and no errors"),
            "count AccessDenied and ThrottlingException in CloudTrail, or run a canary: ecrpass alarms generate",
        );
    }
    if namespace == "AWS/ECS" && COUNTS_OF_TASKS.contains(&name) {
        problems.add(
            Mistake::NoSuchMetric,
            metric.namespace.place(&alarm.at),
            format!("AWS/ECS has no {name}"),
            "name space ECS/ContainerInsights, with Container Insights switched on; or a rule on ECS's events",
        );
    }
}

fn threshold(alarm: &Alarm, metric: &Measured, problems: &mut Problems) {
    let Some(threshold) = alarm.threshold.number() else { return };
    let is_beyond = alarm.comparison.text() == Some("GreaterThanThreshold");
    let statistic = metric.statistic.text();
    let never = is_beyond && threshold >= 1.0 && statistic != Some("Sum") && statistic != Some("SampleCount");
    let is_averaged = statistic == Some("Average") && threshold > 0.0;
    let fix = "statistic Maximum, GreaterThanOrEqualToThreshold 1, 5 of 5 datapoints of 60 seconds";
    if never {
        problems.add(
            Mistake::ThresholdNeverReached,
            alarm.threshold.place(&alarm.at),
            format!("One failing pod is 1, which is not more than {threshold}"),
            fix,
        );
    } else if is_averaged {
        problems.add(
            Mistake::ThresholdNeverReached,
            metric.statistic.place(&alarm.at),
            "An average over pods hides the one that fails",
            fix,
        );
    }
}

fn how_long(alarm: &Alarm, metric: &Measured, problems: &mut Problems) {
    let datapoints = alarm.datapoints.number().or_else(|| match alarm.datapoints {
        Setting::Absent => alarm.evaluations.number(),
        _ => None,
    });
    let (Some(period), Some(datapoints)) = (metric.period.number(), datapoints) else { return };
    let held = period * datapoints;
    if held >= LONG {
        problems.add(
            Mistake::WaitsTooLong,
            metric.period.place(&alarm.at),
            format!("This tells of a failed pull after {} minutes", held / 60.0),
            "period 60, and three of five or five of five datapoints",
        );
    }
}

fn canary(alarm: &Alarm, namespace: &str, name: &str, problems: &mut Problems) {
    // Only what every run sends is missing when none runs.
    if name == "Duration" {
        return;
    }
    let treated = match &alarm.missing {
        Setting::Absent => "missing",
        Setting::Known(text, _) => text.as_str(),
        Setting::Open => return,
    };
    if treated != "breaching" {
        problems.add(
            Mistake::MissingDataIgnored,
            alarm.missing.place(&alarm.at),
            format!("{namespace}/{name} is missing when no canary runs, and that is treated as `{treated}`"),
            "TreatMissingData: breaching",
        );
    }
}

fn counted(alarm: &Alarm, name: &str, problems: &mut Problems) {
    if alarm.missing.text() == Some("breaching") {
        problems.add(
            Mistake::MissingDataAlarms,
            alarm.missing.place(&alarm.at),
            format!("{name} has no data while nothing happens"),
            "TreatMissingData: notBreaching",
        );
    }
}
