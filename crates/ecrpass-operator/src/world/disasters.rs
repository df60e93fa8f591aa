//! Days in which everything goes wrong: the server of the world looks at every write, and here is counted how long it takes
//! until all is well again.

use k8s_openapi::ByteString;

use super::replica::{Aws, Replica, World};
use super::server::entries;
use crate::names::{ENTRIES, SECRET_KEY};
use crate::settings::tests::{SMALL, settings};

const HOUR: i64 = 3600;

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn milliseconds(&mut self, most: u64) -> i64 {
        i64::try_from(self.below(most)).unwrap()
    }
}

const TWO: &str = r#"
[[registry]]
accounts = ["123456789012"]
regions = ["eu-west-1", "us-east-1"]
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
"#;

fn world(text: &str, namespaces: usize) -> World {
    let world = World::new(settings(text));
    (0..namespaces).for_each(|number| world.server.state().shop(&format!("n{number}")));
    world
}

/// The seconds until every secret has a live token and every account names it; at most so many.
fn until_well(world: &mut World, count: usize, most: i64) -> i64 {
    let begun = world.now();
    loop {
        let are_there = world.server.state().secrets.len() >= count;
        let well = are_there && world.all_fresh("ecr", count) && {
            let state = world.server.state();
            (0..count)
                .all(|number| state.names(&format!("n{number}"), "default").iter().any(|name| name == "ecr"))
        };
        let seconds = (world.now() - begun) / 1000;
        if well {
            return seconds;
        }
        assert!(seconds < most, "not well after {seconds} s");
        world.pass(1);
    }
}

#[test]
fn killed_a_hundred_times_during_renewals() {
    let mut random = Random(1);
    let mut world = world(TWO, 50);
    // Tokens of an hour, so that something is always being renewed.
    world.life = HOUR;
    let mut killed = 0;
    while killed < 100 {
        world.pass_milliseconds(random.milliseconds(120_000));
        // In the middle of it: after requests were sent, and before their answers are known.
        for _ in 0..random.below(4) {
            world.turn();
            world.pass_milliseconds(random.milliseconds(300));
        }
        world.kill(0);
        killed += 1;
    }
    assert!(world.now() > super::replica::BEGIN + HOUR * 1000);
    until_well(&mut world, 50, 60);
    world.pass(HOUR);
    assert!(world.all_fresh("ecr", 50));
    // Never more than one call for each region and each life of the program.
    assert!(world.calls.len() <= 2 * 130, "{}", world.calls.len());
}

#[test]
fn aws_is_silent_for_a_day() {
    let mut world = world(SMALL, 300);
    world.pass(60);
    world.aws = Aws::Silent;
    world.pass(26 * HOUR);
    assert!(world.server.state().left("ecr").values().all(|left| *left < 0));
    assert_eq!(world.server.state().secret_writes, 300);
    let now = world.now();
    assert!(world.replicas[0].engine.ready(now).unwrap_err().contains("expired"));
    world.aws = Aws::Answers;
    let seconds = until_well(&mut world, 300, 60);
    assert!(seconds <= 60, "{seconds}");
}

#[test]
fn the_api_server_is_down_for_a_day() {
    let mut world = world(SMALL, 300);
    world.pass(60);
    world.server.state().down = true;
    world.pass(26 * HOUR);
    assert_eq!(world.said("Unreachable"), 1);
    // One token every half life, however often writing fails.
    assert!(world.calls.len() <= 6, "{}", world.calls.len());
    world.server.state().down = false;
    let seconds = until_well(&mut world, 300, 60);
    assert!(seconds <= 60, "{seconds}");
    // Both at once, and a new process after it.
    world.server.state().down = true;
    world.aws = Aws::Silent;
    world.pass(20 * HOUR);
    world.kill(0);
    world.pass(HOUR);
    (world.server.state().down, world.aws) = (false, Aws::Answers);
    let seconds = until_well(&mut world, 300, 60);
    assert!(seconds <= 60, "{seconds}");
}

#[test]
fn two_replicas_that_both_think_they_lead() {
    let mut world = world(TWO, 100);
    world.replicas.push(Replica::new(&world.settings, 2));
    world.pass(48 * HOUR);
    assert!(world.all_fresh("ecr", 100));
    // Nine renewals of two tokens by two replicas, at the worst.
    let calls = world.calls.len();
    assert!((16..=44).contains(&calls), "{calls}");
    let writes = world.server.state().secret_writes;
    assert!((900..=100 * 2 * 20).contains(&writes), "{writes}");
    assert_eq!(world.server.state().account_writes, 100);
    assert_eq!(world.said("Contested"), 0);
}

#[test]
fn two_days_in_peace() {
    let mut world = world(SMALL, 200);
    world.pass(48 * HOUR);
    // One at the start, then one every half life.
    let calls = world.calls.len();
    assert!((7..=10).contains(&calls), "{calls}");
    let writes = world.server.state().secret_writes;
    assert!((7 * 200..=10 * 200).contains(&writes), "{writes}");
    assert_eq!(world.server.state().account_writes, 200);
    assert!(world.server.state().left("ecr").values().all(|left| *left > 4 * HOUR));
}

#[test]
fn five_thousand_namespaces_at_once() {
    let mut world = World::new(settings(SMALL));
    world.pass(60);
    (0..5000).for_each(|number| world.server.state().shop(&format!("n{number}")));
    let seconds = until_well(&mut world, 5000, 90);
    assert!(seconds <= 60, "{seconds} s");
    assert_eq!(world.calls.len(), 1);
    let writes = {
        let state = world.server.state();
        (state.secret_writes, state.account_writes)
    };
    assert_eq!(writes, (5000, 5000));
    // A restart reads it all and writes nothing.
    world.kill(0);
    world.pass(300);
    assert_eq!(world.calls.len(), 1);
    assert_eq!(world.server.state().secret_writes, 5000);
    // All of it is renewed by one call, and what is not urgent keeps to the rate.
    let before = world.now();
    world.pass(7 * HOUR);
    assert_eq!(world.calls.len(), 2, "{}", (world.now() - before) / 1000);
    assert_eq!(world.server.state().secret_writes, 10_000);
}

#[test]
fn a_new_namespace_is_served_within_seconds_whatever_else_happens() {
    let mut world = world(SMALL, 1000);
    world.pass(120);
    // In the middle of a renewal of all of them.
    world.pass(5 * HOUR);
    while world.calls.len() < 2 {
        world.pass(10);
    }
    world.server.state().shop("new");
    world.pass(2);
    assert!(world.server.state().left("ecr").contains_key("new"));
    assert_eq!(world.server.state().names("new", "default"), ["ecr"]);
}

/// What others do to secrets and accounts.
fn meddle(world: &mut World, random: &mut Random, count: usize) {
    let namespace = format!("n{}", random.below(u64::try_from(count).unwrap()));
    let mut state = world.server.state();
    let is_there = state.secrets.contains_key(&(namespace.clone(), "ecr".to_owned()));
    match random.below(7) {
        0 if is_there => state.edit(&namespace, "ecr", |secret| secret.data = None),
        1 if is_there => state.edit(&namespace, "ecr", |secret| {
            let Some(value) = secret.data.as_mut().and_then(|data| data.get_mut(SECRET_KEY)) else { return };
            let text = String::from_utf8(value.0.clone()).unwrap();
            if !text.contains("quay.io") {
                let text = text.replacen("{\"auths\":{", "{\"auths\":{\"quay.io\":{\"auth\":\"dTpw\"},", 1);
                *value = ByteString(text.into_bytes());
            }
        }),
        2 if is_there
            && !entries(&state.secrets[&(namespace.clone(), "ecr".to_owned())]).contains_key("quay.io") =>
        {
            state.delete_secret(&namespace, "ecr");
        }
        3 => state.account(&namespace, "default", &[]),
        4 => state.account(&namespace, "default", &["openshift", "helm"]),
        5 if is_there => state.edit(&namespace, "ecr", |secret| {
            if let Some(annotations) = secret.metadata.annotations.as_mut() {
                annotations.remove(ENTRIES);
            }
        }),
        _ => {}
    }
}

#[test]
fn others_meddle_for_a_day_while_all_else_fails_now_and_then() {
    for seed in 0..4 {
        let mut random = Random(seed);
        let mut world = world(TWO, 20);
        world.life = 6 * HOUR;
        world.replicas.push(Replica::new(&world.settings, 2));
        world.pass(60);
        let end = world.now() + 24 * HOUR * 1000;
        while world.now() < end {
            match random.below(40) {
                0 => world.kill(0),
                1 => world.kill(1),
                2 => world.replicas[0].watches_expire(),
                3 => world.aws = Aws::Silent,
                4 => world.server.state().down = true,
                5 => world.server.state().conflicts = Some(2 + random.below(6)),
                6 => world.replicas[0].leads = false,
                7 => world.denied = vec![0],
                8..=20 => meddle(&mut world, &mut random, 20),
                _ => {
                    world.aws = Aws::Answers;
                    world.denied = Vec::new();
                    world.replicas.iter_mut().for_each(|replica| replica.leads = true);
                    let mut state = world.server.state();
                    (state.down, state.conflicts) = (false, None);
                }
            }
            world.pass_milliseconds(random.milliseconds(120_000));
        }
        world.aws = Aws::Answers;
        world.denied = Vec::new();
        world.replicas.iter_mut().for_each(|replica| replica.leads = true);
        {
            let mut state = world.server.state();
            (state.down, state.conflicts) = (false, None);
        }
        // Refusals and fights are answered slowly; a refusal of every five minutes is the longest wait.
        until_well(&mut world, 20, 500);
        world.pass(600);
        let now = world.now();
        let survey = world.replicas[0].engine.survey(now);
        assert_eq!((survey.missing, survey.expired, survey.conflict), (0, 0, 0), "{seed}: {survey:?}");
        for number in 0..20 {
            let secret = world.server.state().secrets[&(format!("n{number}"), "ecr".to_owned())].clone();
            let ours = entries(&secret).into_keys().filter(|host| host.contains(".ecr")).count();
            assert_eq!(ours, 2);
        }
    }
}
