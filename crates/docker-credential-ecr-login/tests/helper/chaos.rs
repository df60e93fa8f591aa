//! Kills and stops at random among crowds, while every fault comes and goes and tokens are erased: no token but a live
//! one of this world, no reason but a true one, nobody late, and the cache is whole afterwards.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::storms::{FAULTS, fault};
use crate::tally;
use crate::world::{HOST, Run, World, attacked, finish, is_whole, signal};

const CROWD: u64 = 12;

const DEADLINE: Duration = Duration::from_secs(3);

/// The longest that somebody is stopped, in milliseconds.
const STOPPED: u64 = 400;

/// The same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[derive(Default)]
struct Outcome {
    answered: u64,
    refused: u64,
}

/// What one of a crowd was told, judged as soon as it has ended.
fn judge(world: &World, run: &Run, took: Duration, is_victim: bool) -> Outcome {
    match run.code {
        Some(0) => drop(world.token(run)),
        Some(1) => {
            let slug = run.slug();
            assert!(FAULTS.iter().any(|(_, known)| *known == slug), "{slug}");
        }
        other => {
            assert!(is_victim && other.is_none(), "{other:?} {}", run.stderr);
            return Outcome::default();
        }
    }
    tally::count(tally::TIMED, 1);
    // So busy is no machine that something is late by as much again as it may take.
    let limit = 2 * DEADLINE + Duration::from_millis(STOPPED);
    if took > limit {
        tally::count(tally::LATE, 1);
    }
    assert!(took <= limit, "{took:?}: {}", run.stderr);
    Outcome { answered: u64::from(run.code == Some(0)), refused: u64::from(run.code == Some(1)) }
}

/// One crowd, of which one is killed and one stopped for a while.
fn round(world: &World, random: &mut Random) -> Outcome {
    world.ecr.clear_faults();
    let (text, _) = FAULTS[usize::try_from(random.below(FAULTS.len() as u64)).unwrap()];
    if random.below(2) == 0 {
        world.ecr.add_fault(fault(&format!("{text}={}", random.below(4) + 1)));
    }
    if random.below(3) == 0 {
        world.ecr.add_fault(fault("latency:GetAuthorizationToken=300ms"));
    }
    // A token of twenty seconds is handed out until five before its end, more than any of these is late.
    let life = [20, 60, 43_200, 90_000][usize::try_from(random.below(4)).unwrap()];
    world.ecr.set_token_lifetime(Duration::from_secs(life));
    let started = Instant::now();
    let crowd: Vec<Child> = (0..CROWD).map(|_| world.start("get", HOST.as_bytes())).collect();
    let (victim, stopped) = (random.below(CROWD), random.below(CROWD));
    let id = |number: u64| crowd[usize::try_from(number).unwrap()].id().to_string();
    let (victim_id, stopped_id) = (id(victim), id(stopped));
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        thread::sleep(Duration::from_millis(random.below(60)));
        // Nobody is waited for before this, so the numbers are still theirs.
        signal(&stopped_id, "STOP");
        signal(&victim_id, "KILL");
        tally::count(tally::STOPS, 1);
        tally::count(tally::KILLS, 1);
        let judges: Vec<_> = (0..CROWD)
            .zip(crowd)
            .map(|(number, child)| {
                scope.spawn(move || {
                    let run = finish(child);
                    judge(world, &run, started.elapsed(), number == victim)
                })
            })
            .collect();
        if random.below(3) == 0 {
            assert_eq!(world.run("erase", HOST).code, Some(0));
        }
        thread::sleep(Duration::from_millis(random.below(STOPPED)));
        // It may have ended before it was stopped, or have been killed.
        let _ = Command::new("kill").args(["-CONT", &stopped_id]).stderr(Stdio::null()).status();
        judges.into_iter().map(|judge| judge.join().unwrap()).collect()
    });
    outcomes.into_iter().fold(Outcome::default(), |sum, one| Outcome {
        answered: sum.answered + one.answered,
        refused: sum.refused + one.refused,
    })
}

fn chaos(length: Duration) {
    let world = World::new();
    world.config(&format!("deadline = \"{}s\"\n", DEADLINE.as_secs()));
    let started = Instant::now();
    let (mut random, mut rounds, mut sum) = (Random(0x2545_f491_4f6c_dd1d), 0_u32, Outcome::default());
    while started.elapsed() < length || rounds < 6 {
        let Outcome { answered, refused } = round(&world, &mut random);
        sum.answered += answered;
        sum.refused += refused;
        rounds += 1;
        if random.below(4) == 0 {
            world.run("erase", HOST);
        }
        assert!(world.token_files().iter().all(|path| is_whole(path)));
    }
    world.ecr.clear_faults();
    world.ecr.set_token_lifetime(Duration::from_secs(43_200));
    world.run("erase", HOST);
    let token = world.token(&world.get(HOST));
    assert_eq!(world.token(&world.get(HOST)), token);
    attacked(&format!(
        "chaos for {:.0} s: {rounds} crowds of {CROWD}, {} answered, {} refused, {rounds} killed, {rounds} stopped",
        started.elapsed().as_secs_f64(),
        sum.answered,
        sum.refused
    ));
    assert!(sum.answered > 0, "nobody was answered");
}

#[test]
fn a_few_crowds_in_chaos() {
    chaos(Duration::ZERO);
}

/// As long as `cargo xtask attack` is told.
#[test]
#[ignore = "takes minutes"]
fn chaos_for_minutes() {
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    chaos(Duration::from_secs(seconds));
}
