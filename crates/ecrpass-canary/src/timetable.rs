//! When the next run of each target is due: a steady beat for each, all of them spread out, and never two runs of one
//! target at once.
//!
//! Times are lengths since the start of the process, by a clock that nobody sets. Only the first run is moved by chance, so
//! that many canaries that were started together do not ask together; after that the beat is exact and does not drift.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::labels::Labels;

/// The most that lies between the first runs of two targets of one process.
const BETWEEN_FIRST: Duration = Duration::from_millis(200);

/// The most that the first run of all is put off.
const LONGEST_START: Duration = Duration::from_secs(3);

/// How much later than it should something may be on a busy machine.
const SLACK: Duration = Duration::from_secs(2);

/// What is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A run begins.
    Start(Labels),
    /// A run is left out: the last one is still under way.
    Skip(Labels),
}

/// A target's beat.
#[derive(Clone, Debug)]
struct Beat {
    interval: Duration,
    due: Duration,
    /// When its last run began; before the first, when that should have.
    began: Duration,
}

/// The timetable of all targets.
#[derive(Clone, Debug)]
pub struct Timetable {
    beats: BTreeMap<Labels, Beat>,
    /// What is under way, also of targets that are no longer here.
    running: BTreeSet<Labels>,
    /// What of it is not only due, but being run.
    begun: BTreeSet<Labels>,
    chance: Chance,
}

impl Timetable {
    /// An empty one; `seed` is any number that differs from process to process.
    pub fn new(seed: u64) -> Self {
        Self {
            beats: BTreeMap::new(),
            running: BTreeSet::new(),
            begun: BTreeSet::new(),
            chance: Chance(seed),
        }
    }

    /// These are the targets from now on. One that was here with the same interval keeps its beat.
    pub fn replace(&mut self, targets: &[(Labels, Duration)], now: Duration) {
        let shortest = targets.iter().map(|(_, interval)| *interval).min().unwrap_or_default();
        let count = u32::try_from(targets.len()).unwrap_or(u32::MAX).max(1);
        let slot = (shortest / count).min(BETWEEN_FIRST);
        let start = now + self.chance.up_to((shortest / 20).min(LONGEST_START));
        let mut before = std::mem::take(&mut self.beats);
        for (at, (labels, interval)) in (0_u32..).zip(targets) {
            let kept = before.remove(labels).filter(|beat| beat.interval == *interval);
            let beat = kept.unwrap_or_else(|| {
                let spread = if count == 1 { Duration::ZERO } else { self.chance.up_to(slot) };
                let due = start + slot * at + spread;
                Beat { interval: *interval, due, began: due }
            });
            self.beats.insert(labels.clone(), beat);
        }
    }

    /// A target is not run any more.
    pub fn remove(&mut self, labels: &Labels) {
        self.beats.remove(labels);
    }

    /// How many targets there are.
    pub fn len(&self) -> usize {
        self.beats.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.beats.is_empty()
    }

    /// What is due by now, in the order in which it was due.
    pub fn due(&mut self, now: Duration) -> Vec<Due> {
        let mut due = Vec::new();
        for (labels, beat) in &mut self.beats {
            if beat.due > now {
                continue;
            }
            let at = beat.due;
            // Of the beats that nobody heard, because this process was stopped, one is made up for.
            let missed = now.saturating_sub(beat.due).as_nanos() / beat.interval.as_nanos().max(1);
            let missed = u32::try_from(missed).unwrap_or(u32::MAX);
            beat.due = beat.due.saturating_add(beat.interval.saturating_mul(missed.saturating_add(1)));
            let is_free = self.running.insert(labels.clone());
            due.push((at, if is_free { Due::Start(labels.clone()) } else { Due::Skip(labels.clone()) }));
        }
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, due)| due).collect()
    }

    /// A run that was due has its turn.
    pub fn begins(&mut self, labels: &Labels, now: Duration) {
        self.begun.insert(labels.clone());
        if let Some(beat) = self.beats.get_mut(labels) {
            beat.began = now;
        }
    }

    /// A run that was begun has ended.
    pub fn ended(&mut self, labels: &Labels) {
        self.running.remove(labels);
        self.begun.remove(labels);
    }

    /// How many targets are not run on time: those whose last run began more than two intervals ago and is over, or is
    /// under way for longer than a run may be.
    pub fn late(&self, now: Duration, deadline: Duration) -> usize {
        let is_late = |(labels, beat): &(&Labels, &Beat)| {
            let most = if self.begun.contains(*labels) { deadline } else { beat.interval.saturating_mul(2) };
            now.saturating_sub(beat.began) > most.saturating_add(SLACK)
        };
        self.beats.iter().filter(is_late).count()
    }

    /// When something is due next.
    pub fn next(&self) -> Option<Duration> {
        self.beats.values().map(|beat| beat.due).min()
    }
}

/// Numbers by chance, good enough to spread things out. Source: splitmix64, S. Vigna.
#[derive(Clone, Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A length from nothing to less than this.
    fn up_to(&mut self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
        if most == 0 { Duration::ZERO } else { Duration::from_micros(self.next() % most) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(name: &str) -> Labels {
        Labels { registry: "h".to_owned(), region: "r".to_owned(), target: name.to_owned() }
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_run_under_way_is_not_stacked() {
        let mut table = Timetable::new(7);
        table.replace(&[(labels("a"), MINUTE)], Duration::ZERO);
        let first = table.next().unwrap();
        assert!(first < MINUTE / 20);
        assert_eq!(table.due(first), [Due::Start(labels("a"))]);
        assert_eq!(table.due(first), []);
        assert_eq!(table.due(first + MINUTE), [Due::Skip(labels("a"))]);
        table.ended(&labels("a"));
        assert_eq!(table.due(first + MINUTE + MINUTE / 2), []);
        assert_eq!(table.due(first + MINUTE * 2), [Due::Start(labels("a"))]);
        // A long sleep is one beat.
        table.ended(&labels("a"));
        assert_eq!(table.due(first + MINUTE * 10 + MINUTE / 2), [Due::Start(labels("a"))]);
        assert_eq!(table.next(), Some(first + MINUTE * 11));
    }

    #[test]
    fn new_targets_leave_the_beat_of_others_alone() {
        let mut table = Timetable::new(7);
        table.replace(&[(labels("a"), MINUTE)], Duration::ZERO);
        let first = table.next().unwrap();
        table.due(first);
        table.replace(&[(labels("b"), MINUTE), (labels("a"), MINUTE)], MINUTE / 2);
        assert_eq!(table.len(), 2);
        // What was under way still is, though the target went and came back.
        table.replace(&[(labels("b"), MINUTE)], MINUTE / 2);
        table.replace(&[(labels("a"), MINUTE / 2)], MINUTE / 2);
        assert_eq!(table.due(MINUTE * 2), [Due::Skip(labels("a"))]);
        table.ended(&labels("a"));
        assert!(matches!(table.due(MINUTE * 3)[..], [Due::Start(_)]));
        table.remove(&labels("a"));
        assert!(table.is_empty() && table.next().is_none());
    }

    #[test]
    fn whoever_has_no_turn_is_late_and_whoever_takes_long_is_not() {
        let second = Duration::from_secs(1);
        let deadline = MINUTE * 3;
        let mut table = Timetable::new(7);
        table.replace(&[(labels("a"), MINUTE), (labels("b"), MINUTE)], Duration::ZERO);
        let now = MINUTE / 10;
        assert_eq!(table.due(now).len(), 2);
        table.begins(&labels("a"), now);
        // One is run for longer than its interval, as it may; the other waits for its turn.
        assert_eq!(table.late(MINUTE, deadline), 0);
        assert_eq!(table.late(MINUTE * 2 + second * 9, deadline), 1);
        table.begins(&labels("b"), MINUTE * 2 + second * 9);
        assert_eq!(table.late(MINUTE * 2 + second * 9, deadline), 0);
        table.ended(&labels("a"));
        table.ended(&labels("b"));
        assert_eq!(table.late(MINUTE * 2 + second * 9, deadline), 1, "a was begun two minutes ago");
        table.begins(&labels("a"), MINUTE * 3);
        assert_eq!(table.late(MINUTE * 3, deadline), 0);
        // Who is gone is not late.
        table.replace(&[], MINUTE * 90);
        assert_eq!(table.late(MINUTE * 90, deadline), 0);
    }

    #[test]
    fn the_first_runs_of_many_are_spread_out() {
        let targets: Vec<(Labels, Duration)> =
            (0..300).map(|at| (labels(&format!("{at:03}")), MINUTE)).collect();
        let mut table = Timetable::new(1);
        table.replace(&targets, Duration::ZERO);
        let mut most = 0;
        for tick in 0..640 {
            most = most.max(table.due(Duration::from_millis(tick * 100)).len());
        }
        assert!(most <= 3, "{most} at once");
    }

    #[test]
    fn seventy_two_hours_neither_drift_nor_grow() {
        let mut table = Timetable::new(3);
        table.replace(&[(labels("a"), MINUTE), (labels("b"), MINUTE * 5)], Duration::ZERO);
        let mut runs = BTreeMap::new();
        // Woken late each time, by up to a second.
        for second in 0_u64..72 * 3_600 {
            for due in table.due(Duration::from_millis(second * 1_000 + second % 997)) {
                let Due::Start(labels) = due else { panic!("nothing is under way") };
                *runs.entry(labels.target.clone()).or_insert(0) += 1;
                table.ended(&labels);
            }
        }
        assert_eq!((runs["a"], runs["b"]), (72 * 60, 72 * 12));
        assert_eq!((table.len(), table.running.len()), (2, 0));
    }

    proptest! {
        /// However time passes and runs end: none begins while one is under way, and none sooner than its interval.
        #[test]
        fn runs_are_never_stacked_and_never_early(
            seed: u64,
            interval in 2_000_u64..100_000,
            steps in prop::collection::vec((0_u64..30_000, any::<bool>()), 1..200),
        ) {
            let interval = Duration::from_millis(interval);
            let mut table = Timetable::new(seed);
            table.replace(&[(labels("a"), interval)], Duration::ZERO);
            let mut now = Duration::ZERO;
            let (mut under_way, mut beats) = (false, Vec::new());
            for (passes, ends) in steps {
                now += Duration::from_millis(passes);
                let promised = table.next().unwrap();
                for due in table.due(now) {
                    match due {
                        Due::Start(_) => {
                            prop_assert!(!under_way && now >= promised);
                            under_way = true;
                        }
                        Due::Skip(_) => prop_assert!(under_way),
                    }
                    beats.push(promised);
                }
                if ends && under_way {
                    table.ended(&labels("a"));
                    under_way = false;
                }
                prop_assert!(table.next().unwrap() > now);
            }
            let gaps = beats.windows(2).map(|two| two[1] - two[0]);
            for gap in gaps {
                prop_assert!(gap >= interval);
                prop_assert_eq!(gap.as_nanos() % interval.as_nanos(), 0);
            }
        }
    }
}
