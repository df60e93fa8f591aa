//! The contract of the cache, from outside: what clocks, lives, neighbours and other owners do to a cached token.

use std::fs;
use std::os::unix::fs::chown;
use std::time::Duration;

use ecrpass_local::Fault;

use crate::world::{HOST, World, files, now, require_root, shift};

#[test]
fn foreign_files_beside_the_tokens_are_left_alone() {
    let world = World::new();
    world.get(HOST).password();
    let old = std::time::SystemTime::now() - Duration::from_secs(30 * 3600);
    let names = ["notes.json", "package.json", "x.lock", "y.tmp", "z.refusal", "0123.json", "a.1-0.tmp"];
    for name in names {
        let path = world.write(&format!(".ecr/tokens/{name}"), "mine");
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    world.run("erase", HOST);
    world.get(HOST).password();
    for name in names {
        assert!(world.path(&format!(".ecr/tokens/{name}")).exists(), "{name}");
    }
}

#[test]
fn a_clock_that_was_stepped_revives_nothing() {
    const HOUR: i64 = 3600;
    // Issued with a clock nine hours ahead, which was set right since; and with one that was set back five hours.
    for (ahead, age) in [(9, 1), (9, 10), (9, 13), (-5, 11), (5, 2)] {
        let world = World::new();
        let token = world.get(HOST).password();
        world.age(|entry| {
            shift(entry, -age * HOUR);
            entry["issued_at"] = (entry["issued_at"].as_i64().unwrap() + ahead * HOUR).into();
        });
        world.ecr.add_fault("server-error:ecr".parse::<Fault>().unwrap());
        assert_eq!(world.get(HOST).slug(), "aws-service-transient", "{ahead} h, {age} h old");
        assert!(world.token_files().is_empty(), "what cannot be served does not stay");
        world.ecr.clear_faults();
        assert_ne!(world.get(HOST).password(), token);
    }
    // Another run of the machine.
    let world = World::new();
    let token = world.get(HOST).password();
    world.age(|entry| entry["boot"] = "another".into());
    assert_ne!(world.get(HOST).password(), token);
}

#[test]
fn short_and_long_lives_are_cached() {
    for life in [30, 50, 24 * 3600] {
        let world = World::new();
        world.ecr.set_token_lifetime(Duration::from_secs(life));
        let token = world.get(HOST).password();
        assert_eq!(world.get(HOST).password(), token, "{life}");
        assert_eq!(world.token_calls(), 1, "{life}");
        world.age(|entry| {
            let end = 12 * 3600 - 30 - (now() - entry["issued_at"].as_i64().unwrap());
            shift(entry, -end.min(i64::try_from(life).unwrap()));
        });
        assert_ne!(world.get(HOST).password(), token, "{life}");
    }
}

/// Only root can be root in somebody else's home.
#[test]
fn root_in_a_users_home_leaves_nothing_there() {
    require_root();
    let world = World::new();
    chown(world.home.path(), Some(1000), Some(1000)).unwrap();
    world.get(HOST).password();
    assert_eq!(fs::read_dir(world.home.path()).unwrap().count(), 0);
    // Unless it is told where.
    let mut world = World::new();
    let place = world.path("elsewhere");
    world.set("AWS_ECR_CACHE_DIR", place.to_str().unwrap());
    chown(world.home.path(), Some(1000), Some(1000)).unwrap();
    world.get(HOST).password();
    assert_eq!(files(&place.join("tokens"), "json").len(), 1);
}
