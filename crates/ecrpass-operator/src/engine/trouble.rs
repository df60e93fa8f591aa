//! Objects that cannot be brought to where they should be: how long each is left alone, and what was said of it. Only
//! those that are in trouble are remembered.

use std::collections::{BTreeMap, VecDeque};

use crate::renewal::{Backoff, Waits};
use crate::work::Target;

/// After a failure.
const FAILED: Waits = Waits { first: 1_000, most: 300_000 };
/// After others changed it in between, again and again.
const CONFLICT: Waits = Waits { first: 500, most: 30_000 };
/// After somebody undoes what is done.
const CONTESTED: Waits = Waits { first: 60_000, most: 300_000 };

/// So many writes of one object within [`MINUTE`] are a fight.
const FIGHT: usize = 5;
const MINUTE: i64 = 60_000;

/// The objects in trouble.
#[derive(Debug, Default)]
pub struct Troubles {
    known: BTreeMap<Target, Trouble>,
    writes: BTreeMap<Target, VecDeque<i64>>,
}

#[derive(Debug, Default)]
struct Trouble {
    backoff: Backoff,
    cause: &'static str,
}

impl Troubles {
    /// Until when an object is left alone.
    pub fn until(&self, target: &Target, now: i64) -> Option<i64> {
        self.known
            .get(target)
            .map(|trouble| trouble.backoff)
            .filter(|backoff| !backoff.is_over(now))
            .map(|backoff| backoff.until)
    }

    /// It failed; says whether for another cause than before.
    pub fn failed(&mut self, target: &Target, cause: &'static str, now: i64, random: u64) -> bool {
        let waits = if cause == "conflict" { CONFLICT } else { FAILED };
        self.wait(target, cause, waits, now, random)
    }

    fn wait(&mut self, target: &Target, cause: &'static str, waits: Waits, now: i64, random: u64) -> bool {
        let trouble = self.known.entry(target.clone()).or_default();
        if trouble.cause != cause {
            *trouble = Trouble { cause, ..Trouble::default() };
        }
        trouble.backoff.failed(now, waits, random);
        trouble.backoff.failures == 1
    }

    /// It is not to be touched, for a cause that was said once; says whether it was not said yet.
    pub fn is_news(&mut self, target: &Target, cause: &'static str) -> bool {
        let trouble = self.known.entry(target.clone()).or_default();
        std::mem::replace(&mut trouble.cause, cause) != cause
    }

    /// It was written; says whether that was too often within a minute, and it is to be left alone for a while.
    pub fn written(&mut self, target: &Target, now: i64, random: u64) -> Option<bool> {
        let writes = self.writes.entry(target.clone()).or_default();
        writes.push_back(now);
        writes.retain(|at| (now - MINUTE..=now).contains(at));
        if writes.len() < FIGHT {
            // A fight that is over for so long that nothing was written in between is forgotten.
            if self
                .known
                .get(target)
                .is_none_or(|trouble| trouble.cause != "contested" || now - trouble.backoff.until > MINUTE)
            {
                self.known.remove(target);
            }
            return None;
        }
        writes.clear();
        Some(self.wait(target, "contested", CONTESTED, now, random))
    }

    /// It is as it should be.
    pub fn solved(&mut self, target: &Target) {
        // What is contested is as it should be between two edits.
        if self.known.get(target).is_some_and(|trouble| trouble.cause != "contested") {
            self.known.remove(target);
        }
    }

    /// A namespace is gone.
    pub fn forget(&mut self, namespace: &str) {
        self.known.retain(|target, _| &*target.namespace != namespace);
        self.writes.retain(|target, _| &*target.namespace != namespace);
    }

    /// The clock was set: what was noted by it says nothing any more.
    pub fn forget_times(&mut self) {
        self.known.values_mut().for_each(|trouble| trouble.backoff = Backoff::default());
        self.writes.clear();
    }

    /// Forgets writes of more than a minute ago: only those of late are of interest.
    pub fn tidy(&mut self, now: i64) {
        self.writes.retain(|_, writes| writes.back().is_some_and(|at| now - at <= MINUTE));
    }

    /// The causes of those that are in trouble.
    pub fn causes(&self) -> impl Iterator<Item = &'static str> {
        self.known.values().map(|trouble| trouble.cause)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::work::Object;

    fn target() -> Target {
        Target { namespace: Arc::from("a"), object: Object::Secret(0) }
    }

    #[test]
    fn who_fights_is_answered_less_and_less_often() {
        let mut troubles = Troubles::default();
        let target = target();
        let mut now = 0;
        let mut times = Vec::new();
        // Somebody undoes every write at once.
        while now < 3_600_000 {
            if let Some(until) = troubles.until(&target, now) {
                now = until;
                continue;
            }
            times.push(now);
            troubles.written(&target, now, 1);
            now += 100;
        }
        assert!((30..200).contains(&times.len()), "{}", times.len());
        let within = |from: i64| times.iter().filter(|at| (from..from + 60_000).contains(*at)).count();
        assert!((5..=10).contains(&within(0)) && within(3_300_000) <= 5, "{times:?}");
    }

    #[test]
    fn five_renewals_in_their_time_are_no_fight() {
        let mut troubles = Troubles::default();
        for write in 0..50 {
            assert_eq!(troubles.written(&target(), write * 20_000, 1), None);
        }
    }

    #[test]
    fn a_cause_is_said_once_and_again_when_it_comes_back() {
        let mut troubles = Troubles::default();
        assert!(troubles.failed(&target(), "forbidden", 0, 1));
        assert!(!troubles.failed(&target(), "forbidden", 5_000, 1));
        assert!(troubles.failed(&target(), "rejected", 9_000, 1));
        assert!(troubles.until(&target(), 9_000).is_some());
        troubles.solved(&target());
        assert!(troubles.until(&target(), 9_000).is_none());
        assert!(troubles.failed(&target(), "rejected", 9_000, 1));
        assert!(troubles.is_news(&target(), "name-taken") && !troubles.is_news(&target(), "name-taken"));
    }
}
