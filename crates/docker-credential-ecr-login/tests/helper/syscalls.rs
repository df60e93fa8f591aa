//! Every system call of a run fails or is slow, one at a time: no signal, exactly one line, in time, no token but a
//! live one, and the cache is whole afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

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

struct Attack<'a> {
    world: &'a World,
    action: &'a str,
    runs: u32,
    refused: u32,
    bugs: Vec<String>,
}

impl<'a> Attack<'a> {
    fn new(world: &'a World, action: &'a str) -> Self {
        Self { world, action, runs: 0, refused: 0, bugs: Vec::new() }
    }

    /// Does something to one call of one run, and looks at what came of it.
    fn inject(&mut self, (name, number): &Spot, what: &str, prepare: impl Fn(&World)) {
        let inject = format!("inject={name}:{what}:when={number}");
        let trace = format!("trace={name}");
        in_time(DEADLINE + GRACE, &inject, || {
            prepare(self.world);
            let tokens = self.world.ecr.tokens_issued();
            let kept = self.world.run("list", "").stdout;
            let arguments = ["-f", "-q", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let command = self.world.command_below("strace", &arguments, self.action);
            let started = Instant::now();
            let run = finish(start(command, HOST.as_bytes()));
            let took = started.elapsed();
            let told = format!("{inject}: {:?}\n{}\n{}", run.code, run.stdout, run.stderr);
            match run.code {
                Some(0) if self.action == "get" => drop(run.password()),
                Some(0) => assert_eq!(run.stdout, "", "{told}"),
                // What cannot be written cannot be read.
                Some(1) if name == "write" && run.stdout.is_empty() => {
                    assert!(run.stderr.lines().count() <= 1, "{told}")
                }
                Some(1) => {
                    assert!(
                        run.stdout.starts_with("ecr-login: ") && run.stdout.lines().count() == 1,
                        "{told}"
                    );
                    self.refused += 1;
                }
                _ => panic!("{told}"),
            }
            if run.stdout.contains("because of a bug") {
                self.bugs.push(format!("{name}:{what}"));
            }
            self.runs += 1;
            self.look(&told, run.code == Some(0), tokens, &kept);
            took
        });
    }

    /// The cache holds whole tokens only, and answers.
    fn look(&self, told: &str, succeeded: bool, tokens: u64, kept: &str) {
        let world = self.world;
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
        let token = world.get(HOST).password();
        let calls = world.token_calls();
        assert_eq!(world.get(HOST).password(), token, "{told}");
        assert_eq!(world.token_calls(), calls, "{told}");
    }

    fn report(&self) {
        attacked(&format!(
            "{} injected into `{}`: {} refused, of them as our own bug: {:?}; no signal",
            self.runs, self.action, self.refused, self.bugs
        ));
        assert!(self.runs > 0);
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

fn stay_warm(_: &World) {}

fn make_cold(world: &World) {
    let _ = fs::remove_dir_all(world.tokens());
}

fn make_warm(world: &World) {
    world.get(HOST).password();
}

#[test]
fn a_warm_get_whose_files_fail() {
    let world = world();
    let mut attack = Attack::new(&world, "get");
    let spots = spots(&world, "get");
    for (number, spot) in spots.iter().filter(|(name, _)| FILE_CALLS.contains(&name.as_str())).enumerate() {
        attack.inject(spot, &format!("error={}", ERRORS[number % ERRORS.len()]), stay_warm);
    }
    attack.report();
}

#[test]
fn a_cold_get_whose_calls_fail_here_and_there() {
    let world = world();
    make_cold(&world);
    let spots = spots(&world, "get");
    let mut attack = Attack::new(&world, "get");
    for (number, spot) in spots.iter().enumerate().step_by(9) {
        attack.inject(spot, &format!("error={}", ERRORS[(number / 9) % ERRORS.len()]), make_cold);
    }
    attack.report();
}

#[test]
#[ignore = "takes many minutes"]
fn every_call_of_a_warm_get() {
    every_call("get", stay_warm);
}

#[test]
#[ignore = "takes many minutes"]
fn every_call_of_a_cold_get() {
    every_call("get", make_cold);
}

#[test]
#[ignore = "takes many minutes"]
fn every_call_of_an_erase() {
    every_call("erase", make_warm);
}

fn every_call(action: &str, prepare: fn(&World)) {
    let world = world();
    prepare(&world);
    let spots = spots(&world, action);
    let mut attack = Attack::new(&world, action);
    for spot in &spots {
        for error in ERRORS {
            attack.inject(spot, &format!("error={error}"), prepare);
        }
        attack.inject(spot, "delay_enter=300000", prepare);
    }
    attack.report();
}
