//! Many at once: one asks AWS, all are answered, and nobody is stranded by somebody's death.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::storms::{Gate, fault};
use crate::tally;
use crate::world::{HOST, PATIENCE, World, files, finish, let_a_tick_pass, shift};

const MANY: usize = 64;

fn all(world: &World, children: Vec<Child>) -> BTreeSet<String> {
    children.into_iter().map(|child| world.token(&finish(child))).collect()
}

/// A world in which no helper gives up because the machine is slow.
fn patient_world() -> World {
    let world = World::new();
    world.config("deadline = \"120s\"\n");
    world
}

/// Many helpers, and nobody asks AWS before the gate is dropped; all were started by then. Whether they have come to the
/// lock yet must not matter.
fn crowd(world: &World, against: Option<&str>) -> (Gate, Vec<Child>) {
    let gate = Gate::close(world);
    if let Some(text) = against {
        world.ecr.add_fault(fault(text));
    }
    let children = (0..MANY).map(|_| world.start("get", HOST.as_bytes())).collect();
    let_a_tick_pass();
    (gate, children)
}

#[test]
fn one_call_answers_all() {
    let world = patient_world();
    let (gate, children) = crowd(&world, None);
    drop(gate);
    assert_eq!(all(&world, children).len(), 1);
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn a_crowd_that_comes_at_once_is_answered_by_one_call() {
    let world = patient_world();
    let children: Vec<Child> = (0..MANY).map(|_| world.start("get", HOST.as_bytes())).collect();
    assert_eq!(all(&world, children).len(), 1);
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn throttled_first_calls_do_not_lose_anybody() {
    let world = patient_world();
    let (gate, children) = crowd(&world, Some("throttle:GetAuthorizationToken=3"));
    drop(gate);
    assert_eq!(all(&world, children).len(), 1);
    assert_eq!(world.token_calls(), 4);
}

#[test]
fn a_denial_is_shared_by_those_who_wait() {
    let world = patient_world();
    let (gate, children) = crowd(&world, Some("deny:GetAuthorizationToken"));
    drop(gate);
    for child in children {
        assert_eq!(finish(child).slug(), "iam-missing-get-authorization-token");
    }
    assert_eq!(world.token_calls(), 1);
    // And the next one asks again.
    world.ecr.clear_faults();
    world.get(HOST).password();
}

#[test]
fn a_holder_killed_while_it_asks_strands_nobody() {
    let world = patient_world();
    let hold = world.ecr.hold("GetAuthorizationToken");
    let mut holder = world.start("get", HOST.as_bytes());
    assert!(hold.wait_for_requests(1, PATIENCE));
    let others: Vec<Child> = (0..4).map(|_| world.start("get", HOST.as_bytes())).collect();
    let_a_tick_pass();
    holder.kill().unwrap();
    tally::count(tally::KILLS, 1);
    holder.wait().unwrap();
    // One of them takes over.
    assert!(hold.wait_for_requests(2, PATIENCE));
    drop(hold);
    assert_eq!(all(&world, others).len(), 1);
}

#[test]
fn a_holder_killed_at_any_moment_strands_nobody() {
    // A spread of moments; whichever of them it is, nobody is lost.
    for delay in [0, 5, 15, 40, 100, 250] {
        let world = patient_world();
        world.ecr.add_fault(fault("latency:GetAuthorizationToken=200ms"));
        let mut holder = world.start("get", HOST.as_bytes());
        std::thread::sleep(Duration::from_millis(delay));
        let others: Vec<Child> = (0..4).map(|_| world.start("get", HOST.as_bytes())).collect();
        let _ = holder.kill();
        tally::count(tally::KILLS, 1);
        let _ = holder.wait();
        assert_eq!(all(&world, others).len(), 1, "killed after {delay} ms");
    }
}

#[test]
fn a_crowd_that_nobody_answers_gives_up_together() {
    const CROWD: u32 = 16;
    let deadline = Duration::from_secs(2);
    let world = World::new();
    world.config("deadline = \"2s\"\n");
    world.ecr.add_fault(fault("hang:GetAuthorizationToken"));
    let started = Instant::now();
    let children: Vec<Child> = (0..CROWD).map(|_| world.start("get", HOST.as_bytes())).collect();
    for child in children {
        assert_eq!(finish(child).slug(), "network-timeout-ecr-api");
    }
    // One after the other would take this long.
    assert!(started.elapsed() < CROWD * deadline, "{:?}", started.elapsed());
}

#[test]
fn a_refresh_holds_nobody_up() {
    let world = World::new();
    let token = world.get(HOST).password();
    world.age(|entry| shift(entry, -30_000));
    let hold = world.ecr.hold("GetAuthorizationToken");
    let holder = world.start("get", HOST.as_bytes());
    assert!(hold.wait_for_requests(1, PATIENCE));
    // Somebody else is at it: the old token is still good. This one is answered while AWS keeps the other waiting.
    assert_eq!(world.get(HOST).password(), token);
    drop(hold);
    finish(holder).password();
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
