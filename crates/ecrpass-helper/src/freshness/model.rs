//! The decision against a model: a machine whose clocks are set, which boots and sleeps, an AWS that answers now and
//! then, and a true time that only the model knows. Whatever happened, nothing is served past its real end, and
//! nothing of another principal.

use std::collections::HashMap;

use ecrpass_core::time::Moment;
use ecrpass_core::token::LIFETIME;

use super::{Issue, REFRESH_PAUSE, Verdict, judge};

mod keys;

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
    /// A client asks, as one of two principals, with credentials from that source.
    Get(Who, Answer),
    /// A process that asked so long ago writes its answer down only now.
    LateWrite(Who, i64),
    /// `docker logout`.
    Erase,
}

/// A source of credentials, and for which of two principals it speaks just now.
type Who = (usize, usize);

/// What the cache keeps a token under.
type Key = fn(Who, &str) -> String;

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
    /// The principal that AWS saw.
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
    key: Key,
    cache: HashMap<String, Kept>,
    served: u32,
}

impl World {
    /// With the key of the program itself.
    fn new() -> Self {
        Self::keeping_under(keys::of_the_program)
    }

    fn keeping_under(key: Key) -> Self {
        let cache = HashMap::new();
        Self { time: 1_800_000_000, booted: 1_799_000_000, boots: 0, offset: 0, key, cache, served: 0 }
    }

    fn place(&self, who: Who) -> String {
        (self.key)(who, &self.boots.to_string())
    }

    fn now(&self) -> Moment {
        Moment {
            boot: Some(self.boots.to_string()),
            since_boot: Some(self.time - self.booted),
            wall: self.time + self.offset,
        }
    }

    fn ask(&mut self, (_, principal): Who, answer: Answer) -> Option<Kept> {
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

    fn keep(&mut self, key: String, kept: Kept) {
        if self.cache.get(&key).is_none_or(|old| !old.issue.is_newer_than(&kept.issue)) {
            self.cache.insert(key, kept);
        }
    }

    fn serve(&mut self, kept: &Kept, (source, principal): Who) {
        assert_eq!(kept.principal, principal, "another's token, with source {source}");
        assert!(self.time < kept.really_expires, "{} s too late", self.time - kept.really_expires);
        self.served += 1;
    }

    fn get(&mut self, who: Who, answer: Answer) {
        let key = self.place(who);
        let found = self.cache.get(&key).cloned();
        let verdict = found.as_ref().map(|kept| judge(&kept.issue, kept.retry_after, &self.now()));
        match (verdict, found) {
            (Some(Verdict::Serve), Some(kept)) => self.serve(&kept, who),
            (Some(Verdict::Refresh), Some(mut kept)) => match self.ask(who, answer) {
                Some(fresh) => self.keep(key, fresh),
                None if judge(&kept.issue, kept.retry_after, &self.now()) != Verdict::Discard => {
                    kept.retry_after = self.now().wall + REFRESH_PAUSE;
                    self.serve(&kept, who);
                    self.cache.insert(key, kept);
                }
                None => {}
            },
            _ => {
                self.cache.remove(&key);
                if let Some(fresh) = self.ask(who, answer) {
                    self.keep(key, fresh);
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
            Event::Get(who, answer) => self.get(who, answer),
            Event::LateWrite(who, wait) => {
                let key = self.place(who);
                if let Some(kept) = self.ask(who, Answer::Token(LIFETIME, 0)) {
                    self.time += wait;
                    self.keep(key, kept);
                }
            }
            Event::Erase => self.cache.clear(),
        }
    }
}

/// Numbers that are the same in every run, so that a history can be told by its number.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap() % limit
    }

    /// Hours that come back, so that steps cancel out, and any time in between.
    fn span(&mut self) -> i64 {
        match self.below(6) {
            0 => self.below(120),
            1 => self.below(4000),
            2 => 3600,
            3 => 5 * 3600,
            4 => 9 * 3600,
            _ => self.below(50_000),
        }
    }

    fn step(&mut self) -> i64 {
        let span = self.span();
        if self.below(2) == 0 { span } else { -span }
    }

    fn answer(&mut self) -> Answer {
        match self.below(11) {
            0..4 => Answer::Token(LIFETIME, self.below(10)),
            4..6 => Answer::Token(self.below(LIFETIME), self.below(10)),
            6 => Answer::Rewritten(self.step()),
            7 => Answer::Undated,
            _ => Answer::Failure,
        }
    }

    fn pick(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(i64::try_from(limit).unwrap())).unwrap()
    }

    /// A few of the sources: with all of them in one history, few would be asked twice.
    fn sources(&mut self) -> [usize; 4] {
        [(); 4].map(|()| self.pick(keys::SOURCES))
    }

    fn event(&mut self, sources: &[usize; 4]) -> Event {
        let who = (sources[self.pick(4)], self.pick(2));
        match self.below(20) {
            0..6 => Event::Pass(self.span()),
            6..8 => Event::Step(self.step()),
            8 => Event::Sync,
            9 => Event::Boot(self.span(), self.step()),
            10..18 => Event::Get(who, self.answer()),
            18 => Event::LateWrite(who, self.span()),
            _ => Event::Erase,
        }
    }
}

/// How often tokens were served in so many histories; or the number of the first that went wrong.
fn histories(count: u64, key: Key) -> Result<u32, u64> {
    let mut served = 0;
    for number in 0..count {
        let mut random = Random(number);
        let sources = random.sources();
        let events: Vec<Event> = (0..1 + random.below(60)).map(|_| random.event(&sources)).collect();
        let history = std::panic::catch_unwind(|| {
            let mut world = World::keeping_under(key);
            events.iter().for_each(|event| world.happen(event));
            world.served
        });
        served += history.map_err(|_| number)?;
    }
    Ok(served)
}

/// Ten thousand; more on demand, as in `cargo xtask attack`.
#[test]
fn no_history_makes_it_serve_what_is_over_or_anothers() {
    #[allow(clippy::disallowed_methods)] // a test that is told how much to do
    let count = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let served = histories(count, keys::of_the_program);
    println!("counted: histories={count} modelled={}", served.unwrap_or_default());
    println!("attacked: {count} histories of clocks, boots, erases and answers: {served:?} tokens served");
    assert!(served.is_ok_and(|served| u64::from(served) > count / 2), "{served:?}");
}

/// A key that forgets whom a source speaks for, or which run of the machine it is, is noticed.
#[test]
fn the_model_notices_a_key_that_forgets_something() {
    assert!(histories(1000, |(source, _), boot| format!("{source} {boot}")).is_err());
    // The run is in the key so that a file of another run is never found; its own moment keeps it from being served.
    assert!(histories(1000, |who, _| keys::of_the_program(who, "")).is_ok());
}

/// The model is not passed by never serving anything.
#[test]
fn an_ordinary_day_is_served_from_the_cache() {
    let mut world = World::new();
    let mut calls = 0;
    for _ in 0..24 * 12 {
        let before = world.served;
        world.happen(&Event::Get((0, 0), Answer::Token(LIFETIME, 1)));
        calls += u32::from(world.served == before);
        world.happen(&Event::Pass(300));
    }
    assert_eq!((calls, world.served), (4, 284));
}
