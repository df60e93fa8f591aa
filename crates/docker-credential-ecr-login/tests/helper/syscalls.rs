//! Every system call of a run fails or is slow, one at a time: no signal, exactly one line, in time, no token but a
//! live one, and the cache is whole afterwards.
//!
//! The calls are counted first; then each of them is answered by each error once, by several runs at a time.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::tally;
use crate::world::{GRACE, HOST, World, attacked, finish, in_time, is_whole, start};

const ERRORS: [&str; 6] = ["EIO", "ENOSPC", "EACCES", "EINTR", "EAGAIN", "ENOMEM"];

const DEADLINE: Duration = Duration::from_secs(4);

/// What a file system does.
const FILE_CALLS: [&str; 19] = [
    "open",
    "openat",
    "read",
    "pread64",
    "write",
    "close",
    "stat",
    "fstat",
    "lstat",
    "newfstatat",
    "statx",
    "lseek",
    "rename",
    "unlink",
    "mkdir",
    "flock",
    "utimensat",
    "getdents64",
    "fcntl",
];

/// Calls that end the process or start the program, that cannot fail, and those whose failure its C library answers with
/// a signal, before any code of ours could: the kernel fails them for no process that is well. `brk` tells a failure by
/// an address, which strace cannot inject: glibc would write to address -12.
const LEFT_ALONE: [&str; 12] = [
    "brk",
    "exit",
    "exit_group",
    "execve",
    "getpid",
    "gettid",
    "getuid",
    "geteuid",
    "rt_sigreturn",
    "futex",
    "rt_sigprocmask",
    "rt_sigaction",
];

/// What memory is had and guarded with, also by the runtime before `main`. A program without memory ends by a signal: no safe code can prevent it, see docs/helper.md.
const MEMORY: [&str; 3] = ["mmap", "mremap", "mprotect"];

/// How many runs are disturbed at a time: a run that is slow waits for nothing that is computed.
const AT_A_TIME: usize = 6;

/// The n-th call of that name, of each thread.
type Spot = (String, u32);

/// What a run calls, from the first look at a file of the world on: before that is the loader's and the runtime's part.
fn spots(world: &World, action: &str) -> Vec<Spot> {
    let trace = world.path("trace");
    let arguments = ["-f", "-q", "-o", trace.to_str().unwrap()];
    let run = finish(start(world.command_below("strace", &arguments, action), HOST.as_bytes()));
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let text = fs::read_to_string(&trace).unwrap();
    let home = world.home.path().to_str().unwrap();
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut found: Vec<Spot> = Vec::new();
    let mut ours = false;
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let Some((name, _)) = call.trim_start().split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            continue;
        }
        let count = counts.entry((thread, name)).or_default();
        *count += 1;
        // The trace shows the program's own start with its whole environment.
        ours = ours || name != "execve" && line.contains(home);
        let spot = (name.to_owned(), *count);
        if ours && !LEFT_ALONE.contains(&name) && !found.contains(&spot) {
            found.push(spot);
        }
    }
    assert!(found.len() > 10, "{text}");
    found
}

/// What is done to it: a call, and what happens to that.
type Disturbance = (Spot, String);

/// What came of it all.
#[derive(Default)]
struct Outcome {
    runs: u32,
    refused: u32,
    /// Ended by a signal for want of memory.
    starved: u32,
    /// What it took for a bug of its own, and how often: errors that no kernel gives these calls.
    bugs: BTreeMap<String, u32>,
}

/// One kind of run that is disturbed again and again.
struct Attack {
    action: &'static str,
    prepare: fn(&World),
}

impl Attack {
    /// Does something to one call of one run, and looks at what came of it.
    fn disturb(&self, world: &World, ((name, number), what): &Disturbance, outcome: &Mutex<Outcome>) {
        let inject = format!("inject={name}:{what}:when={number}");
        let trace = format!("trace={name}");
        in_time(DEADLINE + GRACE, &inject, || {
            (self.prepare)(world);
            let tokens = world.ecr.tokens_issued();
            let kept = world.run("list", "").stdout;
            let arguments = ["-f", "-q", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let command = world.command_below("strace", &arguments, self.action);
            let started = Instant::now();
            let run = finish(start(command, HOST.as_bytes()));
            let took = started.elapsed();
            tally::count(tally::FAULTS, 1);
            let told = format!("{inject}: {:?}\n{}\n{}", run.code, run.stdout, run.stderr);
            let mut starved = false;
            match run.code {
                Some(0) if self.action == "get" => drop(world.token(&run)),
                Some(0) => assert_eq!(run.stdout, "", "{told}"),
                // What cannot be written cannot be read.
                Some(1) if name == "write" && run.stdout.is_empty() => {
                    assert!(run.stderr.lines().count() <= 1, "{told}")
                }
                Some(1) => assert!(
                    run.stdout.starts_with("ecr-login: ") && run.stdout.lines().count() == 1,
                    "{told}"
                ),
                None if MEMORY.contains(&name.as_str()) && run.stdout.is_empty() => starved = true,
                _ => panic!("{told}"),
            }
            let mut sum = outcome.lock().unwrap();
            sum.runs += 1;
            sum.refused += u32::from(run.code == Some(1));
            sum.starved += u32::from(starved);
            if run.stdout.contains("because of a bug") {
                *sum.bugs.entry(name.clone()).or_default() += 1;
            }
            drop(sum);
            self.look(world, &told, run.code == Some(0), tokens, &kept);
            took
        });
    }

    /// The cache holds whole tokens only, and answers.
    fn look(&self, world: &World, told: &str, succeeded: bool, tokens: u64, kept: &str) {
        let files = world.token_files();
        assert!(files.iter().all(|path| is_whole(path)), "{told}");
        if self.action == "erase" {
            assert!(!succeeded || files.is_empty(), "{told}\nerased, but still there: {kept}");
            return;
        }
        // A warm one that asked nobody left what was there.
        if world.ecr.tokens_issued() == tokens {
            assert_eq!(world.run("list", "").stdout, kept, "{told}");
        }
        let token = world.token(&world.get(HOST));
        let calls = world.token_calls();
        assert_eq!(world.token(&world.get(HOST)), token, "{told}");
        assert_eq!(world.token_calls(), calls, "{told}");
    }

    /// Everything that is chosen among the calls of an undisturbed run, in several worlds at a time.
    fn run(&self, choose: impl FnOnce(Vec<Spot>) -> Vec<Disturbance>) {
        let first = world();
        (self.prepare)(&first);
        let left = Mutex::new(choose(spots(&first, self.action)));
        let outcome = Mutex::new(Outcome::default());
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    let world = world();
                    loop {
                        let next = left.lock().unwrap().pop();
                        let Some(disturbance) = next else { break };
                        self.disturb(&world, &disturbance, &outcome);
                    }
                });
            }
        });
        let outcome = outcome.into_inner().unwrap();
        attacked(&format!(
            "{} failing or slow system calls in `{}`: {} refused, {} without memory; taken for our own bug: {:?}",
            outcome.runs, self.action, outcome.refused, outcome.starved, outcome.bugs
        ));
        assert!(outcome.runs > 0);
    }
}

fn world() -> World {
    let mut world = World::new();
    // One file of certificates instead of this machine's hundred and sixty: they are all read alike.
    let bundle = world.write("ca.pem", &world.ecr.ca_pem());
    world.set("SSL_CERT_FILE", bundle.to_str().unwrap());
    world.config(&format!("deadline = \"{}s\"\n", DEADLINE.as_secs()));
    world.get(HOST).password();
    world
}

fn make_cold(world: &World) {
    let _ = fs::remove_dir_all(world.tokens());
}

fn make_warm(world: &World) {
    world.get(HOST).password();
}

const WARM: Attack = Attack { action: "get", prepare: make_warm };
const COLD: Attack = Attack { action: "get", prepare: make_cold };
const ERASE: Attack = Attack { action: "erase", prepare: make_warm };

/// Each of them fails once, with one error after the other.
fn in_turn(spots: impl Iterator<Item = Spot>) -> Vec<Disturbance> {
    spots.zip(ERRORS.iter().cycle()).map(|(spot, error)| (spot, format!("error={error}"))).collect()
}

/// Each of them fails with every error, and is slow.
fn in_every_way(spots: Vec<Spot>) -> Vec<Disturbance> {
    let ways =
        ERRORS.map(|error| format!("error={error}")).into_iter().chain(["delay_enter=300000".to_owned()]);
    let ways: Vec<String> = ways.collect();
    spots.into_iter().flat_map(|spot| ways.iter().map(move |way| (spot.clone(), way.clone()))).collect()
}

#[test]
fn a_warm_get_whose_files_fail() {
    WARM.run(|spots| in_turn(spots.into_iter().filter(|(name, _)| FILE_CALLS.contains(&name.as_str()))));
}

#[test]
fn a_cold_get_whose_calls_fail_here_and_there() {
    COLD.run(|spots| in_turn(spots.into_iter().step_by(7)));
}

#[test]
fn an_erase_whose_calls_fail_here_and_there() {
    ERASE.run(|spots| in_turn(spots.into_iter().step_by(5)));
}

#[test]
#[ignore = "takes minutes"]
fn every_call_of_a_warm_get() {
    WARM.run(in_every_way);
}

#[test]
#[ignore = "takes minutes"]
fn every_call_of_a_cold_get() {
    COLD.run(in_every_way);
}

#[test]
#[ignore = "takes minutes"]
fn every_call_of_an_erase() {
    ERASE.run(in_every_way);
}
