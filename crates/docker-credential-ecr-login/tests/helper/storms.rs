//! Crowds against an API that fails, holders that are stopped or killed, and writers that come late: as few calls as
//! one process would make, and one true reason for all.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use ecrpass_local::Fault;

use crate::tally;
use crate::world::{HOST, PATIENCE, World, attacked, files, finish, in_time, let_a_tick_pass, signal};

pub fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

/// How many processes a storm has; a thousand in `cargo xtask attack`.
pub fn crowd_size() -> usize {
    std::env::var("STORM").ok().and_then(|size| size.parse().ok()).unwrap_or(64)
}

/// The deadline of each in a crowd, in seconds: long enough to start all in, on a machine that does other things too.
pub fn crowd_deadline() -> usize {
    (crowd_size() / 8).max(8)
}

fn world_for_a_crowd() -> World {
    let world = World::new();
    world.config(&format!("deadline = \"{}s\"\n", crowd_deadline()));
    world
}

/// The memory that processes have for themselves, in kB. What ended meanwhile has none.
fn memory(crowd: &[Child]) -> u64 {
    let own = |child: &Child| {
        let path = format!("/proc/{}/smaps_rollup", child.id());
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap_or_default().to_owned();
        line.split_ascii_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0)
    };
    crowd.iter().map(own).sum()
}

/// Somebody who has the right to ask AWS, shows that he is alive, and does nothing, until this is dropped.
pub struct Gate {
    held: Arc<File>,
    open: Arc<AtomicBool>,
    pulse: Option<JoinHandle<()>>,
}

impl Gate {
    pub fn close(world: &World) -> Self {
        // Where it is, a first token tells.
        world.get(HOST).password();
        let lock = files(&world.tokens(), "lock")
            .into_iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem.len() == 64))
            .unwrap();
        assert_eq!(world.run("erase", HOST).code, Some(0));
        let mut options = OpenOptions::new();
        let held = Arc::new(options.create(true).read(true).append(true).mode(0o600).open(lock).unwrap());
        held.lock().unwrap();
        world.ecr.clear_calls();
        let open = Arc::new(AtomicBool::new(false));
        let pulse = thread::spawn({
            let (held, open) = (Arc::clone(&held), Arc::clone(&open));
            move || {
                while !open.load(Ordering::Relaxed) {
                    let _ = held.set_modified(SystemTime::now());
                    thread::sleep(Duration::from_millis(50));
                }
            }
        });
        Self { held, open, pulse: Some(pulse) }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open.store(true, Ordering::Relaxed);
        let _ = self.pulse.take().map(JoinHandle::join);
        self.held.unlock().unwrap();
    }
}

/// What came of a storm.
struct Aftermath {
    /// What the processes were told, and how many of them.
    told: BTreeMap<String, usize>,
    /// How often AWS was asked.
    calls: u64,
}

/// A crowd of cold processes. With a gate, none of them can ask before all of them were started.
fn storm(world: &World, gate: Option<Gate>) -> (Aftermath, u64) {
    world.ecr.clear_calls();
    let crowd: Vec<Child> = (0..crowd_size()).map(|_| world.start("get", HOST.as_bytes())).collect();
    let_a_tick_pass();
    let memory = memory(&crowd);
    drop(gate);
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for child in crowd {
        let run = finish(child);
        let answer = if run.code == Some(0) { world.token(&run) } else { run.slug() };
        *told.entry(answer).or_default() += 1;
    }
    (Aftermath { told, calls: world.token_calls() }, memory)
}

#[test]
fn a_crowd_is_answered_like_one() {
    let started = Instant::now();
    let (after, memory) = storm(&world_for_a_crowd(), None);
    attacked(&format!(
        "{} cold processes, an API that answers: {} calls (one process: 1), {} token for all, {memory} kB in those that waited, {:.1} s",
        crowd_size(),
        after.calls,
        after.told.len(),
        started.elapsed().as_secs_f64()
    ));
    assert_eq!((after.told.len(), after.calls), (1, 1));
}

/// What AWS may do to a call, and what is said of it then.
pub const FAULTS: [(&str, &str); 9] = [
    ("deny:GetAuthorizationToken", "iam-missing-get-authorization-token"),
    ("expired-session:GetAuthorizationToken", "expired-session-token"),
    ("invalid-credentials:GetAuthorizationToken", "invalid-access-key"),
    ("throttle:GetAuthorizationToken", "throttled"),
    ("server-error:GetAuthorizationToken", "aws-service-transient"),
    ("drop:GetAuthorizationToken", "aws-service-transient"),
    ("truncate:GetAuthorizationToken", "aws-service-transient"),
    ("garbage:GetAuthorizationToken", "proxy-misconfigured"),
    ("hang:GetAuthorizationToken", "network-timeout-ecr-api"),
];

/// Those after which nobody tries again. A call that hangs is tried again, if there is time left.
const FINAL: [&str; 4] = [
    "deny:GetAuthorizationToken",
    "expired-session:GetAuthorizationToken",
    "invalid-credentials:GetAuthorizationToken",
    "garbage:GetAuthorizationToken",
];

/// How many calls one process makes against a fault, with nobody beside it.
fn calls_of_one(text: &str) -> u64 {
    let world = world_for_a_crowd();
    world.ecr.add_fault(fault(text));
    world.get(HOST).slug();
    world.token_calls()
}

#[test]
fn a_crowd_fails_like_one() {
    let alone: Vec<u64> = thread::scope(|scope| {
        let threads = FAULTS.map(|(text, _)| scope.spawn(move || calls_of_one(text)));
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for ((text, slug), alone) in FAULTS.into_iter().zip(alone) {
        let started = Instant::now();
        let world = world_for_a_crowd();
        let gate = Gate::close(&world);
        world.ecr.add_fault(fault(text));
        let (Aftermath { told, calls }, memory) = storm(&world, Some(gate));
        attacked(&format!(
            "{} cold processes, {text}: {calls} calls (one process: {alone}), all say {slug}, {memory} kB in those that waited, {:.1} s",
            crowd_size(),
            started.elapsed().as_secs_f64()
        ));
        assert_eq!(told.keys().map(String::as_str).collect::<Vec<_>>(), [slug], "{text}: {told:?}");
        // Where AWS gave an answer that ends it, or all six tries fit into the deadline, it is not a matter of chance
        // how many there are.
        if FINAL.contains(&text) || crowd_deadline() > 90 {
            assert_eq!(calls, alone, "{text}");
        }
        assert!((1..=6).contains(&calls) && (1..=6).contains(&alone), "{text}: {calls}, {alone}");
        // Nobody else is told about it.
        world.ecr.clear_faults();
        world.token(&world.get(HOST));
    }
}

#[test]
fn a_stopped_holder_costs_a_third_of_the_deadline() {
    in_time(Duration::from_secs(10), "waiting for a stopped holder", || {
        let world = World::new();
        world.config("deadline = \"15s\"\n");
        let hold = world.ecr.hold("GetAuthorizationToken");
        let holder = world.start("get", HOST.as_bytes());
        assert!(hold.wait_for_requests(1, PATIENCE));
        signal(&holder.id().to_string(), "STOP");
        tally::count(tally::STOPS, 1);
        let started = Instant::now();
        let crowd: Vec<Child> = (0..8).map(|_| world.start("get", HOST.as_bytes())).collect();
        assert!(hold.wait_for_requests(2, PATIENCE));
        let took = started.elapsed();
        // Its last sign of life was a moment before.
        assert!(took > Duration::from_secs(3), "{took:?}");
        drop(hold);
        let mut tokens: BTreeSet<String> =
            crowd.into_iter().map(|child| world.token(&finish(child))).collect();
        assert_eq!((tokens.len(), world.token_calls()), (1, 2), "one of them asked for all");
        // The holder goes on with what it was doing; both were answered at the same moment, so either may stay.
        signal(&holder.id().to_string(), "CONT");
        tokens.insert(finish(holder).password());
        assert!(tokens.contains(&world.get(HOST).password()));
        took
    });
}

#[test]
fn a_lock_held_by_somebody_else_costs_a_third_of_the_deadline() {
    let world = World::new();
    world.config("deadline = \"15s\"\n");
    world.get(HOST).password();
    let lock = files(&world.tokens(), "lock");
    let lock = lock.iter().find(|path| path.file_stem().is_some_and(|stem| stem.len() == 64)).unwrap();
    // Two thirds: between the one that is lost and the whole, after which nothing could be answered any more.
    in_time(Duration::from_secs(10), "waiting for a lock that somebody holds", || {
        let held = File::options().create(true).read(true).append(true).open(lock).unwrap();
        held.lock().unwrap();
        fs::remove_file(&world.token_files()[0]).unwrap();
        let (run, took) = world.timed(HOST);
        run.password();
        assert!(took > Duration::from_millis(4900), "it did not wait: {took:?}");
        took
    });
    // Each try asked AWS once more, and nobody else did.
    assert!((2..=4).contains(&world.token_calls()), "{}", world.token_calls());
}

#[test]
fn an_erase_in_the_middle_of_a_call_is_not_undone() {
    let world = World::new();
    let hold = world.ecr.hold("GetAuthorizationToken");
    let getting = world.start("get", HOST.as_bytes());
    assert!(hold.wait_for_requests(1, PATIENCE));
    assert_eq!(world.run("erase", HOST).code, Some(0));
    drop(hold);
    finish(getting).password();
    assert!(world.token_files().is_empty(), "the erased token came back");
    assert!(world.log().contains("not kept: it was erased in the meantime"), "{}", world.log());
}

#[test]
fn all_of_many_new_hosts_are_recorded() {
    let world = World::new();
    world.get(HOST).password();
    let hosts: Vec<String> =
        (0..64).map(|n| format!("{:012}.dkr.ecr.us-east-1.amazonaws.com", 200_000_000_000_u64 + n)).collect();
    let crowd: Vec<Child> = hosts.iter().map(|host| world.start("get", host.as_bytes())).collect();
    for child in crowd {
        finish(child).password();
    }
    let list = world.run("list", "").stdout;
    let missing = hosts.iter().filter(|host| !list.contains(host.as_str())).count();
    assert_eq!(missing, 0, "of 64");
    assert_eq!(world.token_calls(), 1);
}
