//! The decision against a model: a machine whose clocks are set, which boots and sleeps, an AWS that answers now and
//! then, and a true time that only the model knows. Whatever happened, nothing is served past its real end, and
//! nothing of another principal.

use std::collections::HashMap;

use ecrpass_aws::clock::Moment;
use ecrpass_core::token::LIFETIME;
use proptest::prelude::*;

use super::{Issue, REFRESH_PAUSE, Verdict, judge};

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, awake or asleep: both clocks go on.
    Pass(i64),
    /// Somebody sets the clock on the wall.
    Step(i64),
    /// The clock on the wall is set right.
    Sync,
    /// Off for so long, then on again with a clock that is off by so much.
    Boot(i64, i64),
    /// A client asks, as one of two principals.
    Get(usize, Answer),
    /// A process that asked so long ago writes its answer down only now.
    LateWrite(usize, i64),
    /// `docker logout`.
    Erase,
}

/// What AWS says when it is asked.
#[derive(Clone, Copy, Debug)]
enum Answer {
    /// A token that lives so long, after so long a wait.
    Token(i64, i64),
    /// A token of twelve hours, with a date that a proxy made up.
    Rewritten(i64),
    /// A token of twelve hours, without a date.
    Undated,
    /// Nothing.
    Failure,
}

#[derive(Clone)]
struct Kept {
    issue: Issue,
    retry_after: i64,
    principal: usize,
    really_expires: i64,
}

struct World {
    /// The true time, which is AWS's.
    time: i64,
    /// When the machine last booted.
    booted: i64,
    boots: u32,
    /// The clock on the wall minus the true time.
    offset: i64,
    cache: HashMap<(usize, u32), Kept>,
    served: u32,
}

impl World {
    fn now(&self) -> Moment {
        Moment {
            boot: Some(self.boots.to_string()),
            since_boot: Some(self.time - self.booted),
            wall: self.time + self.offset,
        }
    }

    fn ask(&mut self, principal: usize, answer: Answer) -> Option<Kept> {
        let moment = self.now();
        let (life, wait, date) = match answer {
            Answer::Failure => return None,
            Answer::Token(life, wait) => (life, wait, Some(0)),
            Answer::Rewritten(by) => (LIFETIME, 0, Some(by)),
            Answer::Undated => (LIFETIME, 0, None),
        };
        self.time += wait;
        let expires = self.time + life;
        let issue = Issue { moment, aws_time: date.map(|by| self.time + by), aws_expires_at: expires };
        Some(Kept { issue, retry_after: 0, principal, really_expires: expires })
    }

    fn keep(&mut self, kept: Kept) {
        let key = (kept.principal, self.boots);
        if self.cache.get(&key).is_none_or(|old| !old.issue.is_newer_than(&kept.issue)) {
            self.cache.insert(key, kept);
        }
    }

    fn serve(&mut self, kept: &Kept, principal: usize) {
        assert_eq!(kept.principal, principal);
        assert!(self.time < kept.really_expires, "{} s too late", self.time - kept.really_expires);
        self.served += 1;
    }

    fn get(&mut self, principal: usize, answer: Answer) {
        let key = (principal, self.boots);
        let found = self.cache.get(&key).cloned();
        let verdict = found.as_ref().map(|kept| judge(&kept.issue, kept.retry_after, &self.now()));
        match (verdict, found) {
            (Some(Verdict::Serve), Some(kept)) => self.serve(&kept, principal),
            (Some(Verdict::Refresh), Some(mut kept)) => match self.ask(principal, answer) {
                Some(fresh) => self.keep(fresh),
                None if judge(&kept.issue, kept.retry_after, &self.now()) != Verdict::Discard => {
                    kept.retry_after = self.now().wall + REFRESH_PAUSE;
                    self.serve(&kept, principal);
                    self.cache.insert(key, kept);
                }
                None => {}
            },
            _ => {
                self.cache.remove(&key);
                if let Some(fresh) = self.ask(principal, answer) {
                    self.keep(fresh);
                }
            }
        }
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Pass(seconds) => self.time += seconds,
            Event::Step(seconds) => self.offset += seconds,
            Event::Sync => self.offset = 0,
            Event::Boot(off, offset) => {
                self.time += off;
                self.booted = self.time;
                self.boots += 1;
                self.offset = offset;
            }
            Event::Get(principal, answer) => self.get(principal, answer),
            Event::LateWrite(principal, wait) => {
                if let Some(kept) = self.ask(principal, Answer::Token(LIFETIME, 0)) {
                    self.time += wait;
                    self.keep(kept);
                }
            }
            Event::Erase => self.cache.clear(),
        }
    }
}

fn span() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..120, 0_i64..4000, Just(3600), Just(5 * 3600), Just(9 * 3600), 0_i64..50_000]
}

fn step() -> impl Strategy<Value = i64> {
    (span(), any::<bool>()).prop_map(|(seconds, back)| if back { -seconds } else { seconds })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        4 => (Just(LIFETIME), 0_i64..10).prop_map(|(life, wait)| Answer::Token(life, wait)),
        2 => (0_i64..LIFETIME, 0_i64..10).prop_map(|(life, wait)| Answer::Token(life, wait)),
        1 => step().prop_map(Answer::Rewritten),
        1 => Just(Answer::Undated),
        3 => Just(Answer::Failure),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => span().prop_map(Event::Pass),
        2 => step().prop_map(Event::Step),
        1 => Just(Event::Sync),
        1 => (span(), step()).prop_map(|(off, offset)| Event::Boot(off, offset)),
        8 => (0_usize..2, answer()).prop_map(|(principal, answer)| Event::Get(principal, answer)),
        1 => (0_usize..2, span()).prop_map(|(principal, wait)| Event::LateWrite(principal, wait)),
        1 => Just(Event::Erase),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn no_history_makes_it_serve_what_is_over_or_anothers(events in prop::collection::vec(event(), 1..40)) {
        let mut world = World {
            time: 1_800_000_000, booted: 1_799_000_000, boots: 0, offset: 0, cache: HashMap::new(), served: 0,
        };
        for event in &events {
            world.happen(event);
        }
    }
}

/// The model is not passed by never serving anything.
#[test]
fn an_ordinary_day_is_served_from_the_cache() {
    let mut world = World {
        time: 1_800_000_000,
        booted: 1_799_000_000,
        boots: 0,
        offset: 0,
        cache: HashMap::new(),
        served: 0,
    };
    let mut calls = 0;
    for _ in 0..24 * 12 {
        let before = world.served;
        world.happen(&Event::Get(0, Answer::Token(LIFETIME, 1)));
        calls += u32::from(world.served == before);
        world.happen(&Event::Pass(300));
    }
    assert_eq!((calls, world.served), (4, 284));
}
