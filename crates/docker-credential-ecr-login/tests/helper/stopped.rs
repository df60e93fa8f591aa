//! Processes that are stopped at the worst moment: with the cache's own lock in hand. Who has a token in the cache does
//! not notice; everybody else loses a third of the deadline at most; and what was erased meanwhile stays erased.

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::tally;
use crate::world::{HOST, World, finish, in_time, signal, start, wait_until};

const OTHER_HOST: &str = "999999999999.dkr.ecr.us-east-1.amazonaws.com";
const OTHER_KEY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// A helper below `strace`, which does something to it as it puts the token in its place: the lock is held there.
fn get_while_renaming(world: &World, host: &str, injection: &str) -> (Child, impl Fn() -> String) {
    let id = world.path("id");
    let _ = fs::remove_file(&id);
    let script = format!("echo $$ > {}; exec \"$@\"", id.display());
    let inject = format!("inject=rename,renameat,renameat2:{injection}:when=1");
    let quiet = ["-f", "-q", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2", "-e", &inject];
    let command = world.command_below("strace", &[&quiet[..], &["sh", "-c", &script, "sh"]].concat(), "get");
    (start(command, host.as_bytes()), move || fs::read_to_string(&id).unwrap_or_default())
}

/// The letter for what a process does; empty before it is there.
fn state(id: &str) -> String {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    stat.rsplit_once(") ").map(|(_, rest)| rest[..1].to_owned()).unwrap_or_default()
}

/// A helper that was stopped by SIGSTOP with the lock in hand, after it stored a token for that host.
fn stopped_holder(world: &World, host: &str) -> (Child, String) {
    let before = world.token_files().len();
    tally::count(tally::STOPS, 1);
    let (child, id) = get_while_renaming(world, host, "signal=SIGSTOP");
    wait_until("it was stopped with the lock in hand", || {
        world.token_files().len() > before && state(&id()).starts_with(['t', 'T'])
    });
    let id = id();
    (child, id)
}

fn release(world: &World, child: Child, id: &str, token: Option<&str>) {
    signal(id, "CONT");
    let password = finish(child).password();
    assert!(token.is_none_or(|token| token == password));
    assert!(world.token_files().iter().all(|path| crate::world::is_whole(path)));
}

#[test]
fn a_warm_get_never_waits_for_who_writes() {
    let world = World::new();
    // A third of it is longer than any warm `get` takes, however busy the machine.
    world.config("deadline = \"180s\"\n");
    let token = world.get(HOST).password();
    let (child, id) = stopped_holder(&world, OTHER_KEY);
    let started = Instant::now();
    assert_eq!(world.get(HOST).password(), token);
    // A host that is new to the token, too: it is noted without the lock.
    assert_eq!(world.get(OTHER_HOST).password(), token);
    assert!(world.run("list", "").stdout.contains(OTHER_HOST));
    assert!(started.elapsed() < Duration::from_secs(55), "{:?}", started.elapsed());
    assert_eq!(world.token_calls(), 2);
    release(&world, child, &id, None);
}

#[test]
fn a_cold_get_loses_a_third_of_the_deadline_to_a_stopped_writer() {
    let world = World::new();
    world.config("deadline = \"120s\"\n");
    let (child, id) = stopped_holder(&world, OTHER_KEY);
    // A third is lost; whoever waits as long as he has fails instead. What is between leaves room for a busy machine.
    world.config("deadline = \"15s\"\n");
    in_time(Duration::from_secs(10), "a cold `get` beside a stopped writer", || {
        for path in world.token_files() {
            let text = fs::read_to_string(&path).unwrap();
            if text.contains(HOST) {
                fs::remove_file(path).unwrap();
            }
        }
        let (run, took) = world.timed(HOST);
        run.password();
        took
    });
    // It was kept all the same.
    let calls = world.token_calls();
    world.get(HOST).password();
    assert_eq!(world.token_calls(), calls);
    release(&world, child, &id, None);
}

/// The stopped one holds the right to ask and the lock: both together cost no more.
#[test]
fn one_that_holds_everything_costs_no_more_than_a_third() {
    let world = World::new();
    world.config("deadline = \"120s\"\n");
    let (child, id) = stopped_holder(&world, HOST);
    // Twice a third would be 12 s.
    world.config("deadline = \"18s\"\n");
    in_time(Duration::from_secs(11), "a cold `get` beside a stopped holder", || {
        for path in world.token_files() {
            fs::remove_file(path).unwrap();
        }
        let (run, took) = world.timed(HOST);
        run.password();
        took
    });
    release(&world, child, &id, None);
}

#[test]
fn what_was_erased_while_a_writer_stood_still_does_not_come_back() {
    let world = World::new();
    world.config("deadline = \"3s\"\n");
    // Frozen after its last look at what was erased, and before the token is in its place.
    let (child, id) = get_while_renaming(&world, HOST, "delay_enter=4000000");
    wait_until("it was about to store the token", || {
        !crate::world::files(&world.tokens(), "tmp").is_empty() && state(&id()) == "t"
    });
    let started = Instant::now();
    assert_eq!(world.run("erase", HOST).code, Some(0));
    let took = started.elapsed();
    // Otherwise it only waited for its turn, and this showed nothing.
    assert!(took < Duration::from_millis(3900), "{took:?}");
    assert!(world.token_files().is_empty());
    finish(child).password();
    assert!(world.token_files().is_empty(), "the erased token came back");
    assert!(world.log().contains("not kept: it was erased in the meantime"), "{}", world.log());
}
