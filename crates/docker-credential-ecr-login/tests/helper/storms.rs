//! Crowds against an API that fails, holders that are stopped or killed, and writers that come late: as few calls as
//! one process would make, and one true reason for all.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use ecrpass_local::Fault;

use crate::world::{GRACE, HOST, PATIENCE, World, attacked, finish, in_time, let_a_tick_pass, signal};

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

/// How many processes a storm has; a thousand in `cargo xtask attack`.
fn crowd_size() -> usize {
    std::env::var("STORM").ok().and_then(|size| size.parse().ok()).unwrap_or(64)
}

/// A world whose deadline is long enough to start a whole crowd in, on a machine that does other things too.
fn world_for_a_crowd() -> World {
    let world = World::new();
    world.config(&format!("deadline = \"{}s\"\n", (crowd_size() / 12).max(8)));
    world
}

/// The memory that processes have for themselves, in kB. What ended meanwhile has none.
fn memory(crowd: &[Child]) -> u64 {
    let own = |child: &Child| {
        let path = format!("/proc/{}/smaps_rollup", child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("Pss:")).unwrap_or_default().to_owned();
        line.split_ascii_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0)
    };
    crowd.iter().map(own).sum()
}

/// What came of a storm.
struct Aftermath {
    /// What the processes were told, and how many of them.
    told: BTreeMap<String, usize>,
    /// How often AWS was asked.
    calls: u64,
    /// Whether all were started before the first, kept waiting so long, would have asked again by itself.
    in_one_try: bool,
}

/// A crowd of cold processes. If AWS is `held`, it answers none before all of them were started.
fn storm(world: &World, what: &str, held: bool) -> Aftermath {
    world.ecr.clear_calls();
    let started = Instant::now();
    let hold = held.then(|| world.ecr.hold("GetAuthorizationToken"));
    let mut crowd = vec![world.start("get", HOST.as_bytes())];
    assert!(hold.as_ref().is_none_or(|hold| hold.wait_for_requests(1, PATIENCE)));
    crowd.extend((1..crowd_size()).map(|_| world.start("get", HOST.as_bytes())));
    let_a_tick_pass();
    let memory = memory(&crowd);
    drop(hold);
    let in_one_try = started.elapsed() < Duration::from_secs(4);
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for child in crowd {
        let run = finish(child);
        let answer = if run.code == Some(0) { run.password() } else { run.slug() };
        *told.entry(answer).or_default() += 1;
    }
    let calls = world.token_calls();
    attacked(&format!(
        "{} cold processes against {what}: {calls} calls, {} answers, {:.1} s, {memory} kB in those that waited",
        crowd_size(),
        told.len(),
        started.elapsed().as_secs_f64()
    ));
    Aftermath { told, calls, in_one_try }
}

#[test]
fn a_crowd_is_answered_like_one() {
    let after = storm(&world_for_a_crowd(), "an API that answers", false);
    assert_eq!((after.told.len(), after.calls), (1, 1));
}

fn faults() -> [(&'static str, &'static str); 7] {
    [
        ("deny:GetAuthorizationToken", "iam-missing-get-authorization-token"),
        ("throttle:GetAuthorizationToken", "throttled"),
        ("server-error:GetAuthorizationToken", "aws-service-transient"),
        ("drop:GetAuthorizationToken", "aws-service-transient"),
        ("truncate:GetAuthorizationToken", "aws-service-transient"),
        ("hang:GetAuthorizationToken", "network-timeout-ecr-api"),
        ("expired-session:GetAuthorizationToken", "expired-session-token"),
    ]
}

#[test]
fn a_crowd_fails_like_one() {
    for (text, slug) in faults() {
        let world = world_for_a_crowd();
        world.ecr.add_fault(fault(text));
        // One process makes one call where AWS said no; else how many fit into the deadline is a matter of chance, and
        // there are never more than six tries.
        let said_no = ["iam-missing-get-authorization-token", "expired-session-token"].contains(&slug);
        let Aftermath { told, calls, in_one_try } = storm(&world, text, true);
        let most = if said_no && in_one_try { 1 } else { 6 };
        assert_eq!(told.keys().map(String::as_str).collect::<Vec<_>>(), [slug], "{text}: {told:?}");
        assert!(calls <= most, "{text}: {calls} calls");
        // Nobody else is told about it.
        world.ecr.clear_faults();
        world.get(HOST).password();
    }
}

#[test]
fn a_stopped_holder_costs_a_third_of_the_deadline() {
    in_time(Duration::from_secs(2) + GRACE, "waiting for a stopped holder", || {
        let world = World::new();
        world.config("deadline = \"6s\"\n");
        let hold = world.ecr.hold("GetAuthorizationToken");
        let holder = world.start("get", HOST.as_bytes());
        assert!(hold.wait_for_requests(1, PATIENCE));
        signal(&holder.id().to_string(), "STOP");
        let started = Instant::now();
        let crowd: Vec<Child> = (0..8).map(|_| world.start("get", HOST.as_bytes())).collect();
        assert!(hold.wait_for_requests(2, PATIENCE));
        let took = started.elapsed();
        // Its last sign of life was a moment before.
        assert!(took > Duration::from_secs(1), "{took:?}");
        drop(hold);
        let mut tokens: BTreeSet<String> = crowd.into_iter().map(|child| finish(child).password()).collect();
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
    world.config("deadline = \"3s\"\n");
    world.get(HOST).password();
    let lock = crate::world::files(&world.tokens(), "lock");
    let lock = lock.iter().find(|path| path.file_stem().is_some_and(|stem| stem.len() == 64)).unwrap();
    in_time(Duration::from_secs(1) + GRACE, "waiting for a lock that somebody holds", || {
        let held = std::fs::File::options().create(true).read(true).append(true).open(lock).unwrap();
        held.lock().unwrap();
        std::fs::remove_file(&world.token_files()[0]).unwrap();
        let (run, took) = world.timed(HOST);
        run.password();
        assert!(took > Duration::from_millis(900), "{took:?}");
        took
    });
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

/// Kills and stops at random among a crowd, with every fault coming and going: no token but a live one of this world,
/// no reason but a true one, and the cache is whole afterwards. Minutes; `cargo xtask attack` runs it.
#[test]
#[ignore = "takes minutes"]
fn chaos() {
    let seconds = std::env::var("CHAOS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let world = World::new();
    world.config("deadline = \"3s\"\n");
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut state, mut answered, mut refused, mut killed) = (0x2545_f491_4f6c_dd1d_u64, 0, 0, 0);
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    while Instant::now() < end {
        world.ecr.clear_faults();
        let (text, _) = faults()[random(7) as usize];
        if random(2) == 0 {
            world.ecr.add_fault(fault(&format!("{text}={}", random(4) + 1)));
        }
        world.ecr.set_token_lifetime(Duration::from_secs([5, 30, 43_200, 90_000][random(4) as usize]));
        let mut crowd: Vec<Child> = (0..12).map(|_| world.start("get", HOST.as_bytes())).collect();
        let (victim, stopped) = (random(12) as usize, random(12) as usize);
        std::thread::sleep(Duration::from_millis(random(60)));
        signal(&crowd[stopped].id().to_string(), "STOP");
        let _ = crowd[victim].kill();
        killed += 1;
        if random(3) == 0 {
            assert_eq!(world.run("erase", HOST).code, Some(0));
        }
        std::thread::sleep(Duration::from_millis(random(400)));
        let resumed = crowd[stopped].id();
        let _ = std::process::Command::new("kill").args(["-CONT", &resumed.to_string()]).status();
        for (index, child) in crowd.drain(..).enumerate() {
            let run = finish(child);
            match run.code {
                Some(0) => {
                    run.password();
                    answered += 1;
                }
                Some(1) => {
                    let slug = run.slug();
                    assert!(faults().iter().any(|(_, known)| *known == slug), "{slug}");
                    refused += 1;
                }
                other => assert!(index == victim && other.is_none(), "{other:?} {}", run.stderr),
            }
        }
        if random(4) == 0 {
            world.run("erase", HOST);
        }
    }
    world.ecr.clear_faults();
    world.ecr.set_token_lifetime(Duration::from_secs(43_200));
    world.run("erase", HOST);
    let token = world.get(HOST).password();
    assert_eq!(world.get(HOST).password(), token);
    attacked(&format!(
        "chaos for {seconds} s: {answered} answered, {refused} refused, {killed} killed, as many stopped"
    ));
    assert!(answered > 0 && refused > 0 && killed > 0, "{answered} {refused} {killed}");
}
