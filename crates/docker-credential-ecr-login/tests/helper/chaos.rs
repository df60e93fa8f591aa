//! Kills and stops at random among crowds, while every fault comes and goes, tokens are erased, clocks jump and the disk is
//! full: no token but a live one of this world, no reason but a true one, nobody late, and the cache is whole afterwards.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::clocks::step_the_wall;
use crate::storms::{FAULTS, crowd_deadline, crowd_size, fault};
use crate::tally;
use crate::world::{HOST, Run, World, attacked, finish, is_whole, require_root, signal, start};

const CROWD: u64 = 12;

const DEADLINE: Duration = Duration::from_secs(3);

/// After how many crowds a storm comes.
const STORM_AFTER: u32 = 40;

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

/// A disk of the helper's own, so small that it can be filled, but not by its two logs of 256 kB, which long chaos writes.
/// It goes with the test.
struct Disk {
    directory: std::path::PathBuf,
}

impl Disk {
    fn below(world: &World) -> Self {
        let directory = world.path(".ecr");
        fs::create_dir_all(&directory).unwrap();
        let options = ["-t", "tmpfs", "-o", "size=2m,mode=700", "none"];
        assert!(Command::new("mount").args(options).arg(&directory).status().unwrap().success());
        Self { directory }
    }

    /// Leaves no byte free.
    fn fill(&self) {
        tally::count(tally::FULL, 1);
        let mut ballast = fs::File::create(self.directory.join("ballast")).unwrap();
        for size in [4096, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        let _ = fs::remove_file(self.directory.join("ballast"));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.directory).status();
    }
}

/// How a crowd comes.
struct Crowd {
    size: u64,
    deadline: Duration,
    /// Whether clocks of some of them stand elsewhere; who may do that is root.
    with_clocks: bool,
    is_disk_full: bool,
}

impl Crowd {
    /// One of them, on a machine that has been running for hours longer than it has, now and then.
    fn start_one(&self, world: &World, random: &mut Random) -> Child {
        if !self.with_clocks || random.below(6) > 0 {
            return world.start("get", HOST.as_bytes());
        }
        tally::count(tally::JUMPS, 1);
        let seconds = (random.below(72_000) + 1).to_string();
        let command = world.command_below("unshare", &["--time", "--boottime", &seconds, "--"], "get");
        start(command, HOST.as_bytes())
    }
}

/// What one of a crowd was told, judged as soon as it has ended.
fn judge(world: &World, crowd: &Crowd, run: &Run, took: Duration, is_victim: bool) -> Outcome {
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
    let limit = 2 * crowd.deadline + Duration::from_millis(STOPPED);
    if took > limit {
        tally::count(tally::LATE, 1);
    }
    assert!(took <= limit, "{took:?}: {}", run.stderr);
    Outcome { answered: u64::from(run.code == Some(0)), refused: u64::from(run.code == Some(1)) }
}

/// One crowd, of which one is killed and one stopped for a while.
fn round(world: &World, of: &Crowd, random: &mut Random) -> Outcome {
    world.ecr.clear_faults();
    let (text, _) = FAULTS[usize::try_from(random.below(FAULTS.len() as u64)).unwrap()];
    if random.below(2) == 0 {
        world.ecr.add_fault(fault(&format!("{text}={}", random.below(4) + 1)));
    }
    if random.below(3) == 0 {
        world.ecr.add_fault(fault("latency:GetAuthorizationToken=300ms"));
    }
    // A token of twenty seconds is handed out until five before its end, more than any of these is late.
    let lives: &[u64] = if of.size == CROWD { &[20, 60, 43_200, 90_000] } else { &[43_200, 90_000] };
    let life = lives[usize::try_from(random.below(lives.len() as u64)).unwrap()];
    world.ecr.set_token_lifetime(Duration::from_secs(life));
    let started = Instant::now();
    let crowd: Vec<Child> = (0..of.size).map(|_| of.start_one(world, random)).collect();
    let (victim, stopped) = (random.below(of.size), random.below(of.size));
    let id = |number: u64| crowd[usize::try_from(number).unwrap()].id().to_string();
    let (victim_id, stopped_id) = (id(victim), id(stopped));
    let outcomes: Vec<Outcome> = thread::scope(|scope| {
        thread::sleep(Duration::from_millis(random.below(60)));
        // Nobody is waited for before this, so the numbers are still theirs.
        signal(&stopped_id, "STOP");
        signal(&victim_id, "KILL");
        tally::count(tally::STOPS, 1);
        tally::count(tally::KILLS, 1);
        let judges: Vec<_> = (0..of.size)
            .zip(crowd)
            .map(|(number, child)| {
                scope.spawn(move || {
                    let run = finish(child);
                    judge(world, of, &run, started.elapsed(), number == victim)
                })
            })
            .collect();
        if random.below(3) == 0 {
            // Where nothing can be written, it says so.
            let erased = world.run("erase", HOST).code;
            assert!(erased == Some(0) || of.is_disk_full && erased == Some(1), "{erased:?}");
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

/// Between crowds, as nobody looks: the clock on the wall is set.
fn set_the_clock(world: &World, random: &mut Random) {
    if world.token_files().len() == 1 && random.below(5) == 0 {
        tally::count(tally::JUMPS, 1);
        let hours = i64::try_from(random.below(40)).unwrap() - 20;
        step_the_wall(world, hours * 3600);
    }
}

fn deadline_of(world: &World, deadline: Duration) {
    world.config(&format!("deadline = \"{}s\"\n", deadline.as_secs()));
}

/// `all`: with clocks, a full disk and storms, which only root can bring about.
fn chaos(length: Duration, all: bool) {
    let world = World::new();
    deadline_of(&world, DEADLINE);
    let disk = all.then(|| Disk::below(&world));
    let started = Instant::now();
    let (mut random, mut rounds, mut storms) = (Random(0x2545_f491_4f6c_dd1d), 0_u32, 0_u32);
    let mut sum = Outcome::default();
    while started.elapsed() < length || rounds < 6 {
        let mut crowd = Crowd { size: CROWD, deadline: DEADLINE, with_clocks: all, is_disk_full: false };
        if all && rounds % STORM_AFTER == STORM_AFTER / 2 {
            storms += 1;
            crowd.size = crowd_size() as u64;
            crowd.deadline = Duration::from_secs(crowd_deadline() as u64);
            deadline_of(&world, crowd.deadline);
        } else if let Some(disk) = &disk
            && random.below(4) == 0
        {
            crowd.is_disk_full = true;
            disk.fill();
        }
        let Outcome { answered, refused } = round(&world, &crowd, &mut random);
        sum.answered += answered;
        sum.refused += refused;
        rounds += 1;
        disk.iter().for_each(Disk::make_room);
        deadline_of(&world, DEADLINE);
        if random.below(4) == 0 {
            world.run("erase", HOST);
        }
        assert!(world.token_files().iter().all(|path| is_whole(path)));
        set_the_clock(&world, &mut random);
    }
    world.ecr.clear_faults();
    world.ecr.set_token_lifetime(Duration::from_secs(43_200));
    world.run("erase", HOST);
    let token = world.token(&world.get(HOST));
    assert_eq!(world.token(&world.get(HOST)), token);
    attacked(&format!(
        "chaos for {:.0} s: {rounds} crowds of {CROWD}, {storms} of them of {} instead, {} answered, {} refused, {rounds} killed, {rounds} stopped",
        started.elapsed().as_secs_f64(),
        crowd_size(),
        sum.answered,
        sum.refused
    ));
    assert!(sum.answered > 0, "nobody was answered");
}

#[test]
fn a_few_crowds_in_chaos() {
    chaos(Duration::ZERO, false);
}

/// As long as `cargo xtask chaos` or `attack` wants it.
#[test]
#[ignore = "takes minutes"]
fn chaos_for_minutes() {
    require_root();
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    chaos(Duration::from_secs(seconds), true);
}
