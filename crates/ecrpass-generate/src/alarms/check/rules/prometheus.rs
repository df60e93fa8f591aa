//! Mistakes in rules of Prometheus.

use std::ops::Range;

use super::view::{ERRORS, View, has_choice, names_of_the_kubelet};
use crate::alarms::check::found::Problems;
use crate::alarms::check::input::Rule;
use crate::alarms::check::known_metrics::is_ours;
use crate::alarms::check::mistake::Mistake;
use crate::alarms::check::promql::{self, Expression, Selector};

/// A failed pull is known by then, in seconds.
const LONG: u64 = 20 * 60;

/// The two reasons that take turns.
const TURNS: [&str; 2] = ["ErrImagePull", "ImagePullBackOff"];

const WAITING: &str = "kube_pod_container_status_waiting_reason";
const WAITING_INIT: &str = "kube_pod_init_container_status_waiting_reason";

/// Aggregations and functions that make more than 1 of ones.
const ADDS: [&str; 4] = ["sum", "count", "sum_over_time", "count_over_time"];

/// Looks at a rule.
pub fn look(rule: &Rule, view: &View, problems: &mut Problems) {
    let read = promql::read(rule.expression.text());
    let look = Look { rule, read: &read };
    look.waiting(view, problems);
    look.names(view, problems);
    look.canary(view, problems);
}

struct Look<'a> {
    rule: &'a Rule,
    read: &'a Expression,
}

impl Look<'_> {
    fn place(&self, bytes: &Range<usize>) -> Range<usize> {
        self.rule.expression.places(bytes.clone())
    }

    fn held(&self) -> u64 {
        self.rule.held.as_ref().map_or(0, |(held, _)| *held)
    }

    /// Selectors of containers that wait for their image.
    fn of_waiting(&self) -> impl Iterator<Item = &Selector> {
        self.read.selectors.iter().filter(|selector| {
            let is_waiting =
                selector.metric().is_some_and(|metric| metric.contains("container_status_waiting_reason"));
            is_waiting && TURNS.iter().any(|reason| selector.takes("reason", reason))
        })
    }

    fn waiting(&self, view: &View, problems: &mut Problems) {
        let Some(first) = self.of_waiting().next() else { return };
        self.waits_too_long(problems);
        for selector in self.of_waiting() {
            let taken = TURNS.iter().filter(|reason| selector.takes("reason", reason)).count();
            let matcher = selector.matchers.iter().find(|matcher| matcher.label == "reason");
            let at = self.place(matcher.map_or(&selector.bytes, |matcher| &matcher.bytes));
            let is_smoothed =
                selector.is_in(&["max_over_time", "last_over_time", "avg_over_time", "sum_over_time"]);
            if taken < TURNS.len() && !is_smoothed {
                let only = matcher.map_or("", |matcher| matcher.value.as_str());
                problems.add(
                    Mistake::OneReason,
                    &at,
                    if self.held() > 0 {
                        format!("This waits for {only} alone to last, and it never does")
                    } else {
                        format!("This sees {only} alone, which is there half of the time")
                    },
                    "select reason=~\"ErrImagePull|ImagePullBackOff|InvalidImageName\", and put max by (namespace, pod, container) (…) around it",
                );
            } else if self.held() > 0 && !selector.loses("reason") && !is_smoothed {
                problems.add(
                    Mistake::ReasonNotAggregated,
                    &at,
                    "The reason is still a label of what has to last",
                    "put max by (namespace, pod, container) (…) around it, before the comparison",
                );
            }
        }
        if !view.has_init_containers && self.rule.is_alert {
            problems.add(
                Mistake::InitContainersMissing,
                &self.place(&first.bytes),
                "Init containers are in no rule here",
                format!("add `or {WAITING_INIT}{{…}}` with the same reasons, inside the aggregation"),
            );
        }
        let adds = self.of_waiting().any(|selector| selector.is_in(&ADDS));
        for (sign, number, bytes) in &self.read.comparisons {
            let beyond = sign == ">" && *number >= 1.0
                || sign == ">=" && *number > 1.0
                || sign == "==" && *number > 1.0;
            if beyond && !adds {
                problems.add(
                    Mistake::ThresholdNeverReached,
                    &self.place(bytes),
                    format!("{WAITING} is never more than 1"),
                    "compare with > 0",
                );
            }
        }
    }

    /// How long it takes until somebody is told.
    fn waits_too_long(&self, problems: &mut Problems) {
        if let Some((held, at)) = self.rule.held.as_ref().filter(|(held, _)| *held >= LONG) {
            problems.add(
                Mistake::WaitsTooLong,
                at,
                format!("This tells of a failed pull after {} minutes", held / 60),
                "for: 5m",
            );
        }
    }

    /// Names that do not exist, or that have another one.
    fn names(&self, view: &View, problems: &mut Problems) {
        for selector in &self.read.selectors {
            let Some(metric) = selector.metric() else { continue };
            let at = self.place(&selector.bytes);
            let squeezed: String = metric.chars().filter(char::is_ascii_alphanumeric).collect();
            if squeezed.to_ascii_lowercase().contains("repositorypullerror")
                || metric.starts_with("aws_ecr_") && !is_known_of_ecr(metric)
            {
                problems.add(
                    Mistake::NoSuchMetric,
                    &at,
                    format!("{metric} does not exist: AWS/ECR counts pulls (RepositoryPullCount), and no errors"),
                    "count AccessDenied and ThrottlingException in CloudTrail, or run a canary: ecrpass alarms generate",
                );
            }
            if metric.starts_with("ecrpass_") && !has_choice(metric) && !is_ours(metric) {
                problems.add(
                    Mistake::NoSuchMetric,
                    &at,
                    format!("{metric} is no metric of ecrpass's"),
                    "see docs/canary.md and docs/operator.md for their names",
                );
            }
            let (old, new) = names_of_the_kubelet(metric);
            if old != new && !(view.has_old_name && view.has_new_name) {
                self.waits_too_long(problems);
                let other = if old { format!("{ERRORS}_total") } else { ERRORS.to_owned() };
                problems.add(
                    Mistake::RenamedMetric,
                    &at,
                    format!("Kubelets of other versions call it {other}"),
                    format!("match both: … or …({other}…)"),
                );
            }
        }
    }

    fn canary(&self, view: &View, problems: &mut Problems) {
        let mut up = self.read.selectors.iter().filter(|selector| {
            selector.metric() == Some("ecrpass_canary_up") && !selector.is_in(&["absent", "absent_over_time"])
        });
        let Some(first) = up.next().filter(|_| self.rule.is_alert) else { return };
        let at = self.place(&first.bytes);
        self.waits_too_long(problems);
        if !view.has_absence {
            problems.add(
                Mistake::AbsenceNotWatched,
                &at,
                "Nothing here notices a canary that no longer runs",
                "add absent(ecrpass_canary_last_run_timestamp_seconds), and its age against ecrpass_canary_interval_seconds",
            );
        }
        let is_over_time = first
            .around
            .iter()
            .any(|around| matches!(around, promql::Around::Function(name) if name.ends_with("_over_time")));
        if self.held() == 0 && !is_over_time {
            problems.add(
                Mistake::SingleRun,
                &at,
                "One failed run is an alarm",
                "avg_over_time(ecrpass_canary_up[5m]) < 0.5, or a `for` of three intervals",
            );
        }
    }
}

/// What exporters make of the one metric there is.
fn is_known_of_ecr(metric: &str) -> bool {
    metric.contains("repository_pull_count") || metric.ends_with("_info") || has_choice(metric)
}
