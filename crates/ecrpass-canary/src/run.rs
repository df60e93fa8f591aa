//! One run: which step is tried next, for how long and how often, and what it all comes to.
//!
//! A step has its patience, all of the run its deadline. What the patience ends has failed, and is not tried again: who
//! waits for an image would have given up. What the deadline ends is not known. Only throttling and errors of the server are
//! tried again, and every such try is counted, so that a canary hides nothing and makes nothing worse.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::step::{Step, StepState, Verdict};

/// How often a step is tried again.
pub const MOST_RETRIES: u32 = 2;

/// The pause before the first of these; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All of the run.
    pub deadline: Duration,
    /// One step, with what is tried again of it.
    pub patience: Duration,
}

/// How a try of a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It was done.
    Done,
    /// There was nothing to do: an artifact without layers.
    Nothing,
    /// It was refused, or went wrong.
    Failed,
    /// The server asked for patience, or failed by itself: it may do better at once.
    Busy,
    /// There was no answer when its time was over.
    Late,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This step is tried, after a pause, for at most so long.
    Try {
        /// The step.
        step: Step,
        /// The pause before it.
        pause: Duration,
        /// How long the try may take.
        limit: Duration,
    },
    /// It is over.
    Over,
}

/// A run under way, or over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    limits: Limits,
    states: BTreeMap<Step, StepState>,
    durations: BTreeMap<Step, Duration>,
    retries: BTreeMap<Step, u32>,
    /// The step that is tried, and since when.
    now: Option<(Step, Duration)>,
    has_image: bool,
}

impl Run {
    /// A run that begins; without an image it ends behind the ping.
    pub fn new(limits: Limits, has_image: bool) -> Self {
        Self {
            limits,
            states: BTreeMap::new(),
            durations: BTreeMap::new(),
            retries: BTreeMap::new(),
            now: Some((Step::Credentials, Duration::ZERO)),
            has_image,
        }
    }

    /// What is tried first.
    pub fn begin(&self) -> Next {
        let limit = self.limits.patience.min(self.limits.deadline);
        Next::Try { step: Step::Credentials, pause: Duration::ZERO, limit }
    }

    /// Takes how a try ended, so long after the run began.
    pub fn ended(&mut self, ending: Ending, elapsed: Duration) -> Next {
        let Some((step, since)) = self.now else { return Next::Over };
        let took = elapsed.saturating_sub(since);
        match ending {
            Ending::Busy => match self.pause(step, took, elapsed) {
                Some(pause) => {
                    *self.retries.entry(step).or_default() += 1;
                    let limit = self.left(since, elapsed + pause);
                    return Next::Try { step, pause, limit };
                }
                None => self.fail(step, took),
            },
            Ending::Failed => self.fail(step, took),
            Ending::Late if self.is_cut_off(since) => self.cut_off(step),
            Ending::Late => self.fail(step, took),
            Ending::Done => return self.go_on(step, StepState::Ok, took, elapsed),
            Ending::Nothing => return self.go_on(step, StepState::Skip, took, elapsed),
        }
        Next::Over
    }

    /// Whether the deadline comes before the patience with a step that began then.
    fn is_cut_off(&self, since: Duration) -> bool {
        self.limits.deadline.saturating_sub(since) < self.limits.patience
    }

    /// How long a step that began then may still take.
    fn left(&self, since: Duration, elapsed: Duration) -> Duration {
        (since + self.limits.patience).min(self.limits.deadline).saturating_sub(elapsed)
    }

    /// The pause before another try, if there may be one.
    fn pause(&self, step: Step, took: Duration, elapsed: Duration) -> Option<Duration> {
        let so_far = self.retries.get(&step).copied().unwrap_or_default();
        let pause = FIRST_PAUSE * 2_u32.pow(so_far.min(MOST_RETRIES));
        let fits = took + pause < self.limits.patience && elapsed + pause < self.limits.deadline;
        (so_far < MOST_RETRIES && fits).then_some(pause)
    }

    fn go_on(&mut self, step: Step, state: StepState, took: Duration, elapsed: Duration) -> Next {
        self.states.insert(step, state);
        if state == StepState::Ok {
            self.durations.insert(step, took);
        }
        let next = step.next().filter(|next| self.has_image || !next.is_of_image());
        let Some(next) = next else {
            self.end(StepState::Skip);
            return Next::Over;
        };
        if elapsed >= self.limits.deadline {
            self.cut_off(next);
            return Next::Over;
        }
        self.now = Some((next, elapsed));
        Next::Try { step: next, pause: Duration::ZERO, limit: self.left(elapsed, elapsed) }
    }

    fn fail(&mut self, step: Step, took: Duration) {
        self.states.insert(step, StepState::Fail);
        self.durations.insert(step, took);
        self.end(StepState::Skip);
    }

    fn cut_off(&mut self, step: Step) {
        self.states.insert(step, StepState::Unknown);
        self.end(StepState::Unknown);
    }

    /// The rest is this; what needs an image and has none was not tried in any case.
    fn end(&mut self, rest: StepState) {
        self.now = None;
        for step in Step::ALL {
            let state = if step.is_of_image() && !self.has_image { StepState::Skip } else { rest };
            self.states.entry(step).or_insert(state);
        }
    }

    /// How a step ended; one that is under way is not known.
    pub fn state(&self, step: Step) -> StepState {
        self.states.get(&step).copied().unwrap_or(StepState::Unknown)
    }

    /// How long the steps took that were done or failed, with their pauses.
    pub fn durations(&self) -> &BTreeMap<Step, Duration> {
        &self.durations
    }

    /// How often steps were tried again.
    pub fn retries(&self) -> &BTreeMap<Step, u32> {
        &self.retries
    }

    /// The step that failed.
    pub fn failed(&self) -> Option<Step> {
        Step::ALL.into_iter().find(|step| self.state(*step) == StepState::Fail)
    }

    /// What it all comes to.
    pub fn verdict(&self) -> Verdict {
        let has = |state| Step::ALL.into_iter().any(|step| self.state(step) == state);
        if has(StepState::Fail) {
            Verdict::Fail
        } else if has(StepState::Unknown) {
            Verdict::Unknown
        } else {
            Verdict::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { deadline: Duration::from_secs(15), patience: Duration::from_secs(3) };

    /// A run whose tries end like this, each after so many milliseconds.
    fn run(limits: Limits, has_image: bool, tries: &[(Ending, u64)]) -> (Run, Vec<Step>) {
        let mut run = Run::new(limits, has_image);
        let (mut next, mut elapsed, mut tried) = (run.begin(), Duration::ZERO, Vec::new());
        for (ending, took) in tries {
            let Next::Try { step, pause, limit } = next else { break };
            tried.push(step);
            let took = Duration::from_millis(*took);
            let (ending, took) = if took >= limit { (Ending::Late, limit) } else { (*ending, took) };
            elapsed += pause + took;
            next = run.ended(ending, elapsed);
        }
        (run, tried)
    }

    fn states(run: &Run) -> Vec<&'static str> {
        Step::ALL.into_iter().map(|step| run.state(step).id()).collect()
    }

    #[test]
    fn a_run_goes_on_until_something_fails() {
        let done = [(Ending::Done, 10); 5];
        let (all, _) = run(LIMITS, true, &done);
        assert_eq!((all.verdict(), states(&all)), (Verdict::Ok, vec!["ok"; 5]));
        let (registry, tried) = run(LIMITS, false, &done);
        assert_eq!(states(&registry), ["ok", "ok", "ok", "skip", "skip"]);
        assert_eq!((registry.verdict(), tried.len()), (Verdict::Ok, 3));
        let (failed, _) = run(LIMITS, true, &[(Ending::Done, 10), (Ending::Failed, 10)]);
        assert_eq!(states(&failed), ["ok", "fail", "skip", "skip", "skip"]);
        assert_eq!((failed.verdict(), failed.failed()), (Verdict::Fail, Some(Step::Token)));
        let (bare, _) = run(
            LIMITS,
            true,
            &[
                (Ending::Done, 1),
                (Ending::Done, 1),
                (Ending::Done, 1),
                (Ending::Done, 1),
                (Ending::Nothing, 1),
            ],
        );
        assert_eq!((bare.verdict(), bare.state(Step::Layer)), (Verdict::Ok, StepState::Skip));
    }

    #[test]
    fn only_busy_servers_are_asked_again_and_not_often() {
        let (throttled, tried) = run(
            LIMITS,
            true,
            &[(Ending::Done, 1), (Ending::Busy, 1), (Ending::Busy, 1), (Ending::Busy, 1), (Ending::Done, 1)],
        );
        assert_eq!(states(&throttled), ["ok", "fail", "skip", "skip", "skip"]);
        assert_eq!(tried.iter().filter(|step| **step == Step::Token).count(), 3);
        assert_eq!(throttled.retries().get(&Step::Token), Some(&2));
        let (once, _) =
            run(LIMITS, false, &[(Ending::Done, 1), (Ending::Busy, 1), (Ending::Done, 1), (Ending::Done, 1)]);
        assert_eq!((once.verdict(), once.retries().get(&Step::Token)), (Verdict::Ok, Some(&1)));
        let (late, tried) = run(LIMITS, true, &[(Ending::Done, 1), (Ending::Done, 9_999)]);
        assert_eq!((states(&late), tried.len()), (vec!["ok", "fail", "skip", "skip", "skip"], 2));
        assert_eq!(late.durations().get(&Step::Token), Some(&LIMITS.patience));
    }

    #[test]
    fn what_the_deadline_cuts_off_is_not_known() {
        let short = Limits { deadline: Duration::from_secs(2), ..LIMITS };
        let (cut, _) = run(
            short,
            true,
            &[(Ending::Done, 1), (Ending::Done, 1), (Ending::Done, 1), (Ending::Done, 3_000)],
        );
        assert_eq!(states(&cut), ["ok", "ok", "ok", "unknown", "unknown"]);
        assert_eq!(cut.verdict(), Verdict::Unknown);
        // Exactly as long as the patience: the step had all the time it may have.
        let even = Limits { deadline: LIMITS.patience, ..LIMITS };
        let (even, _) = run(even, true, &[(Ending::Done, 9_999)]);
        assert_eq!(even.verdict(), Verdict::Fail);
    }

    fn endings() -> impl Strategy<Value = Vec<(Ending, u64)>> {
        let ending = prop_oneof![
            6 => Just(Ending::Done),
            1 => Just(Ending::Failed),
            2 => Just(Ending::Busy),
            1 => Just(Ending::Late),
            1 => Just(Ending::Nothing),
        ];
        prop::collection::vec((ending, 0_u64..4_000), 0..20)
    }

    proptest! {
        #[test]
        fn states_follow_each_other_as_they_must(
            tries in endings(),
            deadline in 1_u64..20_000,
            patience in 1_u64..5_000,
            has_image: bool,
        ) {
            let limits = Limits { deadline: Duration::from_millis(deadline), patience: Duration::from_millis(patience) };
            let (run, tried) = run(limits, has_image, &tries);
            for step in Step::ALL {
                prop_assert!(tried.iter().filter(|one| **one == step).count() <= 3);
            }
            let states: Vec<StepState> = Step::ALL.into_iter().map(|step| run.state(step)).collect();
            if let Some(failed) = states.iter().position(|state| *state == StepState::Fail) {
                prop_assert!(states[failed + 1..].iter().all(|state| *state == StepState::Skip));
                prop_assert!(states[..failed].iter().all(|state| matches!(state, StepState::Ok | StepState::Skip)));
                prop_assert_eq!(run.verdict(), Verdict::Fail);
            }
            let spent: Duration = run.durations().values().sum();
            prop_assert!(spent <= limits.deadline);
            prop_assert!(run.durations().values().all(|took| *took <= limits.patience));
        }
    }
}
