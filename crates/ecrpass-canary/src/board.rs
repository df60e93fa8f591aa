//! What became of every target so far: the one place that counts. Every format is made from it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::function::FunctionState;
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::run::Run;
use crate::step::{Step, StepState, Verdict};

/// The name of a cause that the catalogue does not know.
pub const OTHER: &str = "other";

/// What is counted of one run.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose it was.
    pub labels: Labels,
    /// The run.
    pub run: Run,
    /// The name of its cause, where it failed.
    pub cause: Option<String>,
    /// When it ended, in seconds since 1970.
    pub ended_at: f64,
    /// When the token that was issued expires, in seconds since 1970.
    pub token_expires_at: Option<i64>,
    /// This machine's clock minus AWS's, in seconds.
    pub clock_offset: Option<i64>,
}

/// The series of one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    pub(crate) interval: Duration,
    /// Whether the last run was ok; none before the first.
    pub(crate) up: Option<bool>,
    pub(crate) steps: BTreeMap<Step, bool>,
    pub(crate) durations: BTreeMap<Step, Histogram>,
    pub(crate) runs: BTreeMap<Verdict, u64>,
    pub(crate) failures: BTreeMap<(Step, String), u64>,
    pub(crate) cause: Option<String>,
    pub(crate) retries: BTreeMap<Step, u64>,
    pub(crate) skipped: u64,
    pub(crate) last_run: Option<f64>,
    pub(crate) last_success: Option<f64>,
    pub(crate) token_expires_at: Option<i64>,
    pub(crate) clock_offset: Option<i64>,
}

impl Series {
    /// Whether it was run.
    pub fn was_run(&self) -> bool {
        self.last_run.is_some()
    }
}

/// All there is to tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    pub(crate) version: &'static str,
    pub(crate) series: BTreeMap<Labels, Series>,
    pub(crate) functions: BTreeMap<(Labels, String), FunctionState>,
    pub(crate) export_failures: BTreeMap<&'static str, u64>,
}

impl Board {
    /// An empty one, of a program of that version.
    pub fn new(version: &'static str) -> Self {
        Self { version, ..Self::default() }
    }

    /// These are the targets from now on: what others counted is gone, what these counted stays.
    pub fn replace(&mut self, targets: &[(Labels, Duration)]) {
        let wanted: BTreeSet<&Labels> = targets.iter().map(|(labels, _)| labels).collect();
        self.series.retain(|labels, _| wanted.contains(labels));
        for (labels, interval) in targets {
            self.series.entry(labels.clone()).or_default().interval = *interval;
        }
    }

    /// A target is gone.
    pub fn remove(&mut self, labels: &Labels) {
        self.series.remove(labels);
    }

    /// Counts a run. One of a target that went meanwhile is not counted.
    pub fn record(&mut self, record: &Record) {
        let Some(series) = self.series.get_mut(&record.labels) else { return };
        let (run, verdict) = (&record.run, record.run.verdict());
        series.up = Some(verdict == Verdict::Ok);
        series.steps = Step::ALL
            .into_iter()
            .filter_map(|step| match run.state(step) {
                StepState::Ok => Some((step, true)),
                StepState::Fail => Some((step, false)),
                StepState::Skip | StepState::Unknown => None,
            })
            .collect();
        for (step, took) in run.durations() {
            series.durations.entry(*step).or_default().observe(took.as_secs_f64());
        }
        *series.runs.entry(verdict).or_default() += 1;
        series.cause = None;
        if let Some(step) = run.failed() {
            let cause = record.cause.clone().unwrap_or_else(|| OTHER.to_owned());
            *series.failures.entry((step, cause.clone())).or_default() += 1;
            series.cause = Some(cause);
        }
        for (step, times) in run.retries() {
            *series.retries.entry(*step).or_default() += u64::from(*times);
        }
        series.last_run = Some(record.ended_at);
        if verdict == Verdict::Ok {
            series.last_success = Some(record.ended_at);
        }
        // What is not known now was known before: a clock and a token do not change because nobody answers.
        series.token_expires_at = record.token_expires_at.or(series.token_expires_at);
        series.clock_offset = record.clock_offset.or(series.clock_offset);
    }

    /// Counts a run that was left out.
    pub fn skipped(&mut self, labels: &Labels) {
        if let Some(series) = self.series.get_mut(labels) {
            series.skipped += 1;
        }
    }

    /// Counts a push or a file that failed.
    pub fn export_failed(&mut self, exporter: &'static str) {
        *self.export_failures.entry(exporter).or_default() += 1;
    }

    /// These are the functions' states now; the others are gone.
    pub fn functions(&mut self, states: Vec<(Labels, FunctionState)>) {
        self.functions =
            states.into_iter().map(|(labels, state)| ((labels, state.name.clone()), state)).collect();
    }

    /// The same with other names for what its labels name; what would then have one name is one series.
    #[must_use]
    pub fn renamed(&self, name: impl Fn(&str) -> String) -> Self {
        let labels = |labels: &Labels| Labels {
            registry: name(&labels.registry),
            region: labels.region.clone(),
            target: name(&labels.target),
        };
        Self {
            series: self.series.iter().map(|(of, series)| (labels(of), series.clone())).collect(),
            functions: self
                .functions
                .iter()
                .map(|((of, function), state)| {
                    let function = name(function);
                    let state = FunctionState { name: function.clone(), ..state.clone() };
                    ((labels(of), function), state)
                })
                .collect(),
            ..self.clone()
        }
    }

    /// A target's series.
    pub fn series(&self, labels: &Labels) -> Option<&Series> {
        self.series.get(labels)
    }

    /// Whether every target was run.
    pub fn is_ready(&self) -> bool {
        self.series.values().all(Series::was_run)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::families::{Value, families};
    use crate::run::{Ending, Limits, Next};

    pub(crate) fn labels(target: &str) -> Labels {
        Labels {
            registry: "123456789012.dkr.ecr.eu-west-1.amazonaws.com".to_owned(),
            region: "eu-west-1".to_owned(),
            target: target.to_owned(),
        }
    }

    pub(crate) fn record(target: &str, endings: &[Ending], cause: Option<&str>) -> Record {
        let limits = Limits { deadline: Duration::from_secs(15), patience: Duration::from_secs(3) };
        let mut run = Run::new(limits, true);
        let (mut elapsed, mut next) = (Duration::ZERO, run.begin());
        for ending in endings {
            let Next::Try { pause, .. } = next else { break };
            elapsed += pause + Duration::from_millis(80);
            next = run.ended(*ending, elapsed);
        }
        Record {
            labels: labels(target),
            run,
            cause: cause.map(str::to_owned),
            ended_at: 1_757_147_299.5,
            token_expires_at: Some(1_757_190_000),
            clock_offset: Some(-2),
        }
    }

    const DONE: [Ending; 5] = [Ending::Done; 5];
    const DENIED: [Ending; 4] = [Ending::Done, Ending::Done, Ending::Done, Ending::Failed];

    pub(crate) fn board() -> Board {
        let mut board = Board::new("0.1.0");
        board.replace(&[
            (labels("team/app:canary"), Duration::from_secs(60)),
            (labels("team/b:canary"), Duration::from_secs(60)),
        ]);
        board.record(&record("team/app:canary", &DONE, None));
        board.record(&record("team/app:canary", &DENIED, Some("iam-missing-pull-action")));
        board.record(&record(
            "team/b:canary",
            &[Ending::Done, Ending::Busy, Ending::Done, Ending::Done, Ending::Done, Ending::Done],
            None,
        ));
        board.skipped(&labels("team/b:canary"));
        board.export_failed("otlp");
        board
    }

    #[test]
    fn a_cause_goes_with_recovery_and_counters_stay() {
        let mut board = board();
        let app = labels("team/app:canary");
        assert_eq!(board.series(&app).unwrap().cause.as_deref(), Some("iam-missing-pull-action"));
        board.record(&record("team/app:canary", &DONE, None));
        let series = board.series(&app).unwrap();
        assert_eq!((series.cause.as_deref(), series.up), (None, Some(true)));
        assert_eq!(series.failures.values().sum::<u64>(), 1);
        assert_eq!(series.runs.get(&Verdict::Ok), Some(&2));
        // A cause that nobody knows has a name all the same.
        board.record(&record("team/app:canary", &DENIED, None));
        assert_eq!(board.series(&app).unwrap().cause.as_deref(), Some(OTHER));
    }

    #[test]
    fn targets_that_go_take_their_series_along() {
        let mut board = board();
        let before = board.series(&labels("team/b:canary")).unwrap().runs.clone();
        board.replace(&[
            (labels("team/b:canary"), Duration::from_secs(5)),
            (labels("new:canary"), Duration::from_secs(5)),
        ]);
        assert!(board.series(&labels("team/app:canary")).is_none());
        assert_eq!(board.series(&labels("team/b:canary")).unwrap().runs, before);
        assert!(!board.is_ready());
        board.record(&record("new:canary", &DONE, None));
        assert!(board.is_ready());
        // Its last run ends after it went.
        board.record(&record("team/app:canary", &DONE, None));
        board.skipped(&labels("team/app:canary"));
        assert_eq!(board.series.len(), 2);
    }

    #[test]
    fn other_names_change_no_count() {
        let board = board();
        let renamed = board.renamed(|text| text.replace("123456789012", "111111111111"));
        assert_eq!(renamed.series.len(), board.series.len());
        assert!(renamed.series.keys().all(|labels| labels.registry.starts_with("111111111111")));
        assert!(renamed.series.values().eq(board.series.values()));
    }

    /// Every counter's value, by family and labels.
    fn counters(board: &Board) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for family in families(board) {
            for sample in &family.samples {
                let name = format!("{} {:?}", family.name, sample.labels);
                match &sample.value {
                    Value::Counter(count) => found.insert(name, *count),
                    Value::Histogram(histogram) => found.insert(name, histogram.count()),
                    _ => None,
                };
            }
        }
        found
    }

    proptest! {
        #[test]
        fn counters_never_fall(runs in prop::collection::vec((prop::collection::vec(0_u8..5, 0..8), 0_usize..3, any::<bool>()), 1..40)) {
            let mut board = board();
            let mut before = counters(&board);
            for (endings, cause, skips) in runs {
                let endings: Vec<Ending> = endings
                    .into_iter()
                    .map(|number| [Ending::Done, Ending::Failed, Ending::Busy, Ending::Late, Ending::Nothing][usize::from(number)])
                    .collect();
                let cause = [None, Some("throttled"), Some("clock-skew")][cause];
                board.record(&record("team/app:canary", &endings, cause));
                if skips {
                    board.skipped(&labels("team/app:canary"));
                }
                let now = counters(&board);
                for (name, count) in &before {
                    prop_assert!(now.get(name).is_some_and(|later| later >= count), "{} fell", name);
                }
                before = now;
            }
        }
    }
}
