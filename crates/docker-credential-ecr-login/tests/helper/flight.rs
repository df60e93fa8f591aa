//! Many at once: one asks AWS, all are answered, and nobody is stranded by somebody's death.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use ecrpass_local::Fault;

use crate::world::{HOST, World, files, finish, shift};

const MANY: usize = 64;

fn all(children: Vec<Child>) -> BTreeSet<String> {
    children.into_iter().map(|child| finish(child).password()).collect()
}

fn crowd(world: &World) -> Vec<Child> {
    (0..MANY).map(|_| world.start("get", HOST.as_bytes())).collect()
}

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

#[test]
fn one_call_answers_all() {
    let world = World::new();
    world.ecr.add_fault(fault("latency:GetAuthorizationToken=300ms"));
    let answers = all(crowd(&world));
    assert_eq!(answers.len(), 1);
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn throttled_first_calls_do_not_lose_anybody() {
    let world = World::new();
    world.ecr.add_fault(fault("throttle:GetAuthorizationToken=3"));
    let started = Instant::now();
    let answers = all(crowd(&world));
    assert_eq!(answers.len(), 1);
    assert_eq!(world.token_calls(), 4);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn a_denial_is_shared_by_those_who_wait() {
    let world = World::new();
    world.ecr.add_fault(fault("deny:GetAuthorizationToken"));
    world.ecr.add_fault(fault("latency:GetAuthorizationToken=500ms"));
    let children = crowd(&world);
    for child in children {
        assert_eq!(finish(child).slug(), "iam-missing-get-authorization-token");
    }
    // Those that started after the refusal was written asked for themselves; the crowd did not.
    assert!(world.token_calls() <= 8, "{}", world.token_calls());
    // And the next one asks again.
    world.ecr.clear_faults();
    world.get(HOST).password();
}

#[test]
fn a_killed_holder_strands_nobody() {
    // Killed while AWS is being asked, and at a spread of moments before and after.
    for delay in [0, 5, 15, 40, 100, 250] {
        let world = World::new();
        world.ecr.add_fault(fault("latency:GetAuthorizationToken=200ms"));
        let mut holder = world.start("get", HOST.as_bytes());
        std::thread::sleep(Duration::from_millis(delay));
        let others: Vec<Child> = (0..4).map(|_| world.start("get", HOST.as_bytes())).collect();
        let _ = holder.kill();
        let _ = holder.wait();
        assert_eq!(all(others).len(), 1, "killed after {delay} ms");
    }
}

#[test]
fn a_stopped_holder_costs_the_deadline_and_no_more() {
    let world = World::new();
    world.config("deadline = \"1s\"\n");
    world.ecr.add_fault(fault("hang:GetAuthorizationToken"));
    let started = Instant::now();
    let children: Vec<Child> = (0..8).map(|_| world.start("get", HOST.as_bytes())).collect();
    for child in children {
        assert_eq!(finish(child).slug(), "network-timeout-ecr-api");
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn a_refresh_holds_nobody_up() {
    let world = World::new();
    let token = world.get(HOST).password();
    world.age(|entry| shift(entry, -30_000));
    world.ecr.add_fault(fault("latency:GetAuthorizationToken=1s"));
    let holder = world.start("get", HOST.as_bytes());
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    // Somebody else is at it: the old token is still good.
    assert_eq!(world.get(HOST).password(), token);
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    assert_ne!(finish(holder).password(), token);
    assert_eq!(world.token_calls(), 2);
}

#[test]
fn what_killed_writers_leave_is_swept_away() {
    let world = World::new();
    world.get(HOST).password();
    let key = "0123456789abcdef".repeat(4);
    let stale = world.write(&format!(".ecr/tokens/{key}.1-0.tmp"), "half a token");
    let old = std::time::SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::options().write(true).open(&stale).unwrap().set_modified(old).unwrap();
    world.write(&format!(".ecr/tokens/{key}.2-0.tmp"), "being written");
    world.run("erase", HOST);
    world.get(HOST).password();
    let left = files(&world.tokens(), "tmp");
    assert_eq!(left.len(), 1, "{left:?}");
}
