//! Three days of 300 targets, as the daemon runs them, by a clock that only the test moves: no beat drifts, no run is
//! stacked upon another, and what is counted takes no more room on the third day than on the first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;

use crate::board::tests::record;
use crate::board::{Board, Record};
use crate::families::{Value, families};
use crate::labels::Labels;
use crate::run::Ending;
use crate::timetable::{Due, Timetable};

const DAY: Duration = Duration::from_secs(24 * 3_600);
const TARGETS: usize = 300;

/// How late the process wakes at most.
const TICK: Duration = Duration::from_secs(2);

/// How many runs are under way at once in the daemon; others wait for their turn.
const AT_ONCE: usize = 32;

/// The targets, each with its interval: most of five minutes, some of ten, a few of one.
fn targets() -> Vec<(Labels, Duration)> {
    let interval = |number: usize| match number % 30 {
        0 => 60,
        1..=5 => 600,
        _ => 300,
    };
    let labels = |number: usize| Labels {
        registry: format!("{}.dkr.ecr.eu-west-1.amazonaws.com", 100_000_000_000 + number % 7),
        region: "eu-west-1".to_owned(),
        target: format!("team/app{number}:canary"),
    };
    (0..TARGETS).map(|number| (labels(number), Duration::from_secs(interval(number)))).collect()
}

/// The ways in which runs end; whose they are and when is put in as they do.
fn ways() -> Vec<Record> {
    use Ending::{Busy, Done, Failed, Late};
    let record = |endings: &[Ending], cause| record("", endings, cause);
    vec![
        record(&[Done; 5], None),
        record(&[Done, Busy, Done, Done, Busy, Busy, Done, Done], None),
        record(&[Done, Done, Done, Failed], Some("iam-missing-pull-action")),
        record(&[Done, Late], Some("network-timeout-ecr-api")),
        record(&[Done, Done, Busy, Busy, Busy], Some("throttled")),
        record(&[Failed], None),
    ]
}

/// Numbers by chance. Source: xorshift64, G. Marsaglia.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// The daemon without its threads.
struct Daemon {
    table: Timetable,
    board: Board,
    intervals: BTreeMap<Labels, Duration>,
    waiting: VecDeque<Labels>,
    /// When runs end.
    ends: BinaryHeap<Reverse<(Duration, Labels)>>,
    under_way: BTreeSet<Labels>,
    /// When the first beat of each target was heard, and how many were since.
    beats: BTreeMap<Labels, (Duration, u32)>,
    ways: Vec<Record>,
    chance: Chance,
    ended: u64,
    skipped: u64,
}

impl Daemon {
    fn new(seed: u64) -> Self {
        let targets = targets();
        let mut table = Timetable::new(seed);
        table.replace(&targets, Duration::ZERO);
        let mut board = Board::new("0.1.0");
        board.replace(&targets);
        Self {
            table,
            board,
            intervals: targets.into_iter().collect(),
            waiting: VecDeque::new(),
            ends: BinaryHeap::new(),
            under_way: BTreeSet::new(),
            beats: BTreeMap::new(),
            ways: ways(),
            chance: Chance(seed | 1),
            ended: 0,
            skipped: 0,
        }
    }

    /// How long a run takes: seconds mostly, and now and then longer than to the beat after the next one.
    fn takes(&mut self, labels: &Labels) -> Duration {
        if self.chance.below(500) == 0 {
            return self.intervals[labels] * 5 / 2;
        }
        Duration::from_millis(200 + self.chance.below(15_000))
    }

    fn tick(&mut self, now: Duration) {
        while self.ends.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Some(Reverse((_, labels))) = self.ends.pop() else { break };
            assert!(self.under_way.remove(&labels));
            self.table.ended(&labels);
            let way = usize::try_from(self.chance.below(6)).unwrap_or_default();
            let record = &mut self.ways[way];
            record.labels = labels;
            record.ended_at = now.as_secs_f64();
            self.board.record(record);
            self.ended += 1;
        }
        for due in self.table.due(now) {
            let labels = match due {
                Due::Start(labels) => {
                    assert!(!self.under_way.contains(&labels), "{labels:?} is stacked");
                    assert!(!self.waiting.contains(&labels), "{labels:?} waits twice");
                    self.waiting.push_back(labels.clone());
                    labels
                }
                Due::Skip(labels) => {
                    self.board.skipped(&labels);
                    self.skipped += 1;
                    labels
                }
            };
            self.heard(&labels, now);
        }
        while self.under_way.len() < AT_ONCE {
            let Some(labels) = self.waiting.pop_front() else { break };
            let ends = now + self.takes(&labels);
            self.under_way.insert(labels.clone());
            self.ends.push(Reverse((ends, labels)));
        }
    }

    /// A beat was heard: as many intervals after the first one as there were beats since, give or take what the process woke
    /// late.
    fn heard(&mut self, labels: &Labels, now: Duration) {
        let interval = self.intervals[labels];
        let (first, count) = self.beats.entry(labels.clone()).or_insert((now, 0));
        let due = *first + interval * *count;
        assert!(now.abs_diff(due) < TICK, "beat {count} of {labels:?} is at {now:?}, not at {due:?}");
        *count += 1;
    }

    /// How many series are kept for ever: gauges say what is now.
    fn kept_series(&self) -> usize {
        let families = families(&self.board);
        let samples = families.iter().flat_map(|family| &family.samples);
        samples.filter(|sample| matches!(sample.value, Value::Counter(_) | Value::Histogram(_))).count()
    }

    /// The sum of a counter over all its series.
    fn counted(&self, name: &str) -> u64 {
        let families = families(&self.board);
        let samples = families.iter().filter(|family| family.name == name).flat_map(|family| &family.samples);
        samples.map(|sample| if let Value::Counter(count) = sample.value { count } else { 0 }).sum()
    }
}

/// Runs the daemon until then.
fn run_until(daemon: &mut Daemon, now: &mut Duration, end: Duration) {
    while *now < end {
        daemon.tick(*now);
        *now += TICK;
    }
}

#[test]
fn three_days_of_300_targets_neither_drift_nor_stack_nor_grow() {
    let (mut daemon, mut now) = (Daemon::new(7), Duration::ZERO);
    run_until(&mut daemon, &mut now, DAY);
    let after_a_day = daemon.kept_series();
    run_until(&mut daemon, &mut now, 3 * DAY);
    assert_eq!(daemon.kept_series(), after_a_day, "series that nobody had on the first day");
    for (labels, (first, count)) in &daemon.beats {
        let interval = daemon.intervals[labels];
        // The first beat is early, so that nobody waits long for the first result.
        assert!(*first <= Duration::from_secs(3) + TICK * 32, "{labels:?} begins at {first:?}");
        let expected = (3 * DAY).saturating_sub(*first).as_secs().div_ceil(interval.as_secs());
        assert!(u64::from(*count).abs_diff(expected) <= 1, "{labels:?}: {count} of {expected}");
    }
    assert_eq!((daemon.beats.len(), daemon.table.len()), (TARGETS, TARGETS));
    assert!(daemon.ended > 250_000 && daemon.skipped > 500, "{} {}", daemon.ended, daemon.skipped);
    // Every beat is told: as a run that ended, that is under way or waits, or that was left out.
    let beats: u64 = daemon.beats.values().map(|(_, count)| u64::from(*count)).sum();
    let open = daemon.under_way.len() + daemon.waiting.len();
    assert_eq!(beats, daemon.ended + daemon.skipped + u64::try_from(open).unwrap_or_default());
    assert_eq!(daemon.counted("ecrpass_canary_runs"), daemon.ended);
    assert_eq!(daemon.counted("ecrpass_canary_skipped"), daemon.skipped);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// The same for some hours, whatever chance does; the assertions are made on the way.
    #[test]
    fn some_hours_of_300_targets_are_steady_whatever_chance_does(seed in 1_u64..) {
        let (mut daemon, mut now) = (Daemon::new(seed), Duration::ZERO);
        run_until(&mut daemon, &mut now, DAY / 8);
        prop_assert_eq!(daemon.beats.len(), TARGETS);
        prop_assert!(daemon.waiting.len() <= TARGETS);
    }
}
