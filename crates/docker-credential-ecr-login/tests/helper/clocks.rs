//! Clocks that jump, under the program itself.
//!
//! The time since the machine started is shifted by a time namespace of the kernel, which a static program cannot tell
//! from the truth. The clock on the wall is everybody's, so instead of setting it, everything that was written down by it
//! is moved the other way: the program sees the same difference.

use std::time::Duration;

use ecrpass_local::Fault;

use crate::world::{HOST, Run, World, attacked, finish, now, require_root, shift, start};

const HOUR: i64 = 3600;
const LIFE: i64 = 12 * HOUR;

/// A `get` on a machine that has been running for so many seconds more.
fn get_later(world: &World, seconds: i64) -> Run {
    let boot = seconds.to_string();
    let command = world.command_below("unshare", &["--time", "--boottime", &boot, "--"], "get");
    finish(start(command, HOST.as_bytes()))
}

/// As if the clock on the wall had gone on by so many seconds since the token was kept.
pub fn step_the_wall(world: &World, seconds: i64) {
    world.age(|entry| {
        // By AWS's clock nothing has changed: it is the machine's that is moved.
        entry["issued_at"] = (entry["issued_at"].as_i64().unwrap() - seconds).into();
    });
}

/// What passed by the clock on the wall and since the machine started, and whether the token may be served then.
const PASSED: [(i64, i64, bool); 11] = [
    (0, 0, true),
    (30, 0, true),
    (5 * HOUR, 5 * HOUR, true),
    (11 * HOUR, 11 * HOUR, true),
    // Over.
    (LIFE - 30, LIFE - 30, false),
    (LIFE + 1, LIFE + 1, false),
    // The clock was set: forwards, back, and so that the token looks young or alive.
    (0, 9 * HOUR, false),
    (9 * HOUR, 0, false),
    (-9 * HOUR, 2 * HOUR, false),
    (HOUR, LIFE + HOUR, false),
    (LIFE - HOUR, LIFE + 2 * HOUR, false),
];

#[test]
fn only_where_both_clocks_agree_is_a_token_served() {
    require_root();
    for (wall, boot, served) in PASSED {
        let world = World::new();
        let token = world.get(HOST).password();
        step_the_wall(&world, wall);
        world.ecr.add_fault("server-error:ecr".parse::<Fault>().unwrap());
        let run = get_later(&world, boot);
        if served {
            assert_eq!(run.password(), token, "{wall} s, {boot} s");
        } else {
            assert_eq!(run.slug(), "aws-service-transient", "{wall} s, {boot} s");
            assert!(
                world.token_files().is_empty(),
                "{wall} s, {boot} s: what cannot be served does not stay"
            );
            world.ecr.clear_faults();
            assert_ne!(get_later(&world, boot).password(), token);
        }
    }
    attacked(&format!("{} steps of clocks", PASSED.len()));
}

/// A token that was kept while the machine's clock was wrong, and AWS's was not.
#[test]
fn a_wrong_clock_neither_shortens_nor_stretches_a_life() {
    require_root();
    for offset in [-9 * HOUR, -HOUR, HOUR, 9 * HOUR] {
        let world = World::new();
        let token = world.get(HOST).password();
        // AWS's clock stands elsewhere: the same as this machine's being off by as much.
        world.age(|entry| {
            for name in ["aws_time", "aws_expires_at"] {
                entry[name] = (entry[name].as_i64().unwrap() + offset).into();
            }
        });
        // The token says itself when it ends, by the true clock; moved back, the entry's word comes first.
        if offset < 0 {
            assert_eq!(world.get(HOST).password(), token, "{offset}");
        }
        world.ecr.add_fault("server-error:ecr".parse::<Fault>().unwrap());
        world.age(|entry| shift(entry, -(LIFE + 60)));
        assert_eq!(world.get(HOST).slug(), "aws-service-transient", "{offset}");
    }
}

/// The local ECR's clock runs ahead, as seen in the date of its answers.
#[test]
fn a_date_that_is_ahead_keeps_no_token_alive() {
    require_root();
    let world = World::new();
    world.ecr.advance_clock(Duration::from_secs(2 * 3600));
    let run = world.get(HOST);
    if run.code == Some(0) {
        let token = run.password();
        world.ecr.add_fault("server-error:ecr".parse::<Fault>().unwrap());
        step_the_wall(&world, LIFE);
        assert_eq!(get_later(&world, LIFE).slug(), "aws-service-transient");
        assert!(now() > 0 && !token.is_empty());
    } else {
        // A signature that is two hours old is refused, and the reason says why.
        assert_eq!(run.slug(), "clock-skew");
    }
}
