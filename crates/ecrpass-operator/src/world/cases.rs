//! What the operator does when things go as usual, and when AWS or its replicas do not.

use std::sync::Arc;

use ecrpass_core::DiagnosisId;

use super::replica::{Aws, Replica, World};
use super::server::entries;
use crate::feed::Kind;
use crate::names::{ENTRIES, EXPIRES_AT, MANAGED_BY, OWNER, SECRET_TYPE};
use crate::settings::tests::{SMALL, settings};

pub const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
pub const HOUR: i64 = 3600;
pub const FOREIGN: &str = r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#;

/// A world with these namespaces, after the first minute.
pub fn world(text: &str, namespaces: &[&str]) -> World {
    let mut world = World::new(settings(text));
    for name in namespaces {
        world.server.state().shop(name);
    }
    world.pass(60);
    world
}

pub fn writes(world: &World) -> (usize, u64, u64) {
    let state = world.server.state();
    (world.calls.len(), state.secret_writes, state.account_writes)
}

#[test]
fn credentials_that_were_corrected_after_a_refusal_are_tried_at_once() {
    let mut world = World::new(settings(SMALL));
    world.server.state().shop("a");
    world.aws = Aws::Denies;
    world.pass(10);
    let asked = world.calls.len();
    world.aws = Aws::Answers;
    world.pass(60);
    assert_eq!(world.calls.len(), asked, "a refusal is not tried again so soon");
    let now = world.now();
    let engine = &mut world.replicas[0].engine;
    assert_eq!(engine.tried_with(0), Some(None));
    engine.source_changed(0, now);
    world.pass(2);
    assert_eq!(world.calls.len(), asked + 1);
    assert!(world.all_fresh("ecr", 1));
    assert!(world.replicas[0].engine.tried_with(0).flatten().is_some());
}

#[test]
fn first_start() {
    let mut world = World::new(settings(SMALL));
    for name in ["a", "b"] {
        world.server.state().shop(name);
    }
    world.server.state().namespace("other", &[]);
    world.turn();
    let now = world.now();
    assert!(world.replicas[0].engine.ready(now).is_err());
    world.pass(10);
    assert_eq!(writes(&world), (1, 2, 2));
    let now = world.now();
    assert_eq!(world.replicas[0].engine.ready(now), Ok(()));
    let state = world.server.state();
    for name in ["a", "b"] {
        let secret = &state.secrets[&(name.to_owned(), "ecr".to_owned())];
        assert_eq!(secret.type_.as_deref(), Some(SECRET_TYPE));
        let entry = &entries(secret)[HOST];
        assert_eq!(entry["username"], "AWS");
        assert!(entry["password"].as_str().unwrap().starts_with("token-0-1-"));
        let labels = secret.metadata.labels.clone().unwrap();
        assert_eq!(
            (labels[MANAGED_BY].as_str(), labels[OWNER].as_str()),
            ("ecrpass-operator", "ecrpass-operator")
        );
        let annotations = secret.metadata.annotations.clone().unwrap();
        assert!(annotations[EXPIRES_AT].starts_with("2027-01-15T20:0"), "{annotations:?}");
        assert!(annotations[ENTRIES].contains(HOST) && !annotations[ENTRIES].contains("token-"));
        assert_eq!(state.names(name, "default"), ["ecr"]);
    }
    drop(state);
    assert_eq!(world.said("Created"), 2);
}

#[test]
fn restart_fresh() {
    let mut world = world(SMALL, &["a", "b"]);
    world.pass(2 * HOUR);
    let before = writes(&world);
    world.kill(0);
    world.pass(HOUR);
    assert_eq!(writes(&world), before);
    let now = world.now();
    assert_eq!(world.replicas[0].engine.ready(now), Ok(()));
}

#[test]
fn jitter() {
    let text = r#"
[[registry]]
accounts = ["123456789012"]
regions = ["eu-west-1", "eu-west-2", "us-east-1", "us-east-2"]
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
"#;
    let mut world = World::new(settings(text));
    (0..500).for_each(|number| world.server.state().shop(&format!("n{number}")));
    world.pass(60);
    assert_eq!(writes(&world), (4, 500, 500));
    let begun = world.now();
    let mut most_in_a_minute = 0;
    while world.now() < begun + 8 * HOUR * 1000 {
        for _ in 0..60 {
            let before = world.server.state().secret_writes;
            world.pass(60);
            most_in_a_minute = most_in_a_minute.max(world.server.state().secret_writes - before);
        }
        assert!(world.server.state().left("ecr").values().all(|left| *left > 3 * HOUR));
    }
    assert_eq!(world.calls.len(), 8);
    assert!(most_in_a_minute < 400, "{most_in_a_minute} in a minute");
    assert!(world.server.state().left("ecr").values().all(|left| *left > 8 * HOUR));
}

#[test]
fn refresh_aws_down() {
    let mut world = world(SMALL, &["a", "b"]);
    world.pass(5 * HOUR);
    let before = writes(&world);
    world.aws = Aws::Silent;
    world.pass(4 * HOUR);
    assert_eq!(writes(&world).1, before.1);
    assert!(world.all_fresh("ecr", 2));
    let asked = world.calls.len() - before.0;
    assert!((20..80).contains(&asked), "{asked}");
    // The operator itself, and each secret, once.
    assert_eq!(world.said("RefreshFailed"), 3);
    let failures = world.replicas[0].engine.counts.failures[DiagnosisId::NetworkTimeoutEcrApi.slug()];
    assert_eq!(usize::try_from(failures).unwrap(), asked);
    world.aws = Aws::Answers;
    let calls = world.calls.len();
    world.pass(1200);
    assert_eq!(world.calls.len(), calls + 1);
    assert!(world.server.state().left("ecr").values().all(|left| *left > 11 * HOUR));
}

#[test]
fn refresh_denied() {
    let mut world = world(SMALL, &["a"]);
    world.aws = Aws::Denies;
    world.pass(11 * HOUR);
    assert!(world.all_fresh("ecr", 1));
    let now = world.now();
    assert_eq!(world.replicas[0].engine.ready(now), Ok(()));
    let gaps: Vec<i64> = world.calls.windows(2).skip(1).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps.len() > 20 && gaps.iter().all(|gap| *gap >= 300_000), "{gaps:?}");
    let said = world
        .notices
        .iter()
        .find(|notice| notice.reason == "RefreshFailed" && notice.about.is_some())
        .unwrap();
    assert!(
        said.warning && said.text.contains(DiagnosisId::IamMissingGetAuthorizationToken.slug()),
        "{}",
        said.text
    );
    // Half an hour before the end it is not ready any more, and the secret stays as it is.
    world.pass(HOUR - 29 * 60);
    let now = world.now();
    assert!(world.replicas[0].engine.ready(now).unwrap_err().contains("expires in"));
    world.pass(HOUR);
    assert_eq!(world.server.state().secret_writes, 1);
}

#[test]
fn account_before_token() {
    let mut world = World::new(settings(SMALL));
    world.aws = Aws::Silent;
    world.pass(60);
    world.server.state().shop("a");
    world.pass(30);
    assert_eq!(world.server.state().names("a", "default"), ["ecr"]);
    assert!(world.server.state().secrets.is_empty());
    world.server.state().shop("b");
    world.pass(5);
    assert_eq!(world.said("WaitingForToken"), 1);
    world.aws = Aws::Answers;
    world.pass(60);
    assert!(world.all_fresh("ecr", 2));
}

#[test]
fn two_regions() {
    let text = r#"
[[registry]]
name = "one"
accounts = ["123456789012"]
regions = ["eu-west-1", "us-east-1"]
[[registry]]
name = "two"
accounts = ["210987654321"]
regions = ["eu-west-1"]
role_arn = "arn:aws:iam::210987654321:role/pull"
external_id = "x"
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
"#;
    let mut world = World::new(settings(text));
    world.server.state().shop("a");
    world.denied = vec![1];
    world.pass(60);
    let hosts =
        |world: &World| entries(&world.server.state().secrets[&("a".to_owned(), "ecr".to_owned())]).len();
    assert_eq!((world.calls.len(), hosts(&world)), (3, 2));
    let now = world.now();
    assert_eq!(world.replicas[0].engine.survey(now).missing, 1);
    world.denied = Vec::new();
    world.pass(500);
    assert_eq!(hosts(&world), 3);
    // One region fails for a day: the others stay fresh, and what is over is not written again.
    world.denied = vec![1];
    world.pass(24 * HOUR);
    assert_eq!(hosts(&world), 2);
    assert!(world.all_fresh("ecr", 1));
    let split = text.replace("selector = \"pull=yes\"", "selector = \"pull=yes\"\nregistries = [\"one\"]");
    let split = format!(
        "{split}[[pull_secret]]\nname = \"ecr-two\"\nselector = \"pull=yes\"\nregistries = [\"two\"]\n"
    );
    let split = self::world(&split, &["a"]);
    assert!(split.all_fresh("ecr", 1) && split.all_fresh("ecr-two", 1));
    assert_eq!(split.server.state().names("a", "default"), ["ecr", "ecr-two"]);
}

#[test]
fn static_keys_rotated() {
    let mut world = world(SMALL, &["a", "b"]);
    world.pass(HOUR);
    let now = world.now();
    world.replicas[0].engine.source_changed(0, now);
    world.pass(60);
    assert_eq!(writes(&world), (2, 4, 2));
    world.pass(HOUR);
    assert_eq!(writes(&world), (2, 4, 2));
}

#[test]
fn leader_change() {
    let mut world = World::new(settings(SMALL));
    world.replicas.push(Replica::new(&world.settings, 2));
    world.replicas[1].leads = false;
    (0..5).for_each(|number| world.server.state().shop(&format!("n{number}")));
    world.pass(60);
    let before = writes(&world);
    assert_eq!(before, (1, 5, 5));
    let now = world.now();
    assert_eq!(world.replicas[1].engine.ready(now), Ok(()));
    world.replicas.remove(0);
    world.replicas[0].leads = true;
    world.pass(HOUR);
    assert_eq!(writes(&world), before);
    world.pass(8 * HOUR);
    assert_eq!(writes(&world), (2, 10, 5));
}

#[test]
fn leader_lost_lease() {
    let mut world = world(SMALL, &["a"]);
    world.replicas[0].leads = false;
    world.server.state().delete_secret("a", "ecr");
    world.pass(HOUR);
    assert!(!world.all_fresh("ecr", 1) && world.server.state().secrets.is_empty());
    world.replicas[0].leads = true;
    world.pass(5);
    assert!(world.all_fresh("ecr", 1));
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn clock_skew() {
    for skew in [2, -2, 30] {
        let mut world = World::new(settings(SMALL));
        world.replicas[0].skew = skew * HOUR * 1000;
        world.server.state().shop("a");
        world.pass(60);
        assert!(world.all_fresh("ecr", 1), "{skew}");
        world.pass(4 * HOUR);
        assert_eq!(writes(&world), (1, 1, 1), "{skew}");
        world.pass(4 * HOUR);
        assert_eq!(world.calls.len(), 2, "{skew}");
    }
}

#[test]
fn uninstall() {
    let mut world = world(SMALL, &["a", "b"]);
    world.server.state().account("a", "default", &["quay", "ecr"]);
    world.replicas[0].reconfigure(&Arc::new(world.settings.retired()));
    // As long as accounts are not listed, one may name a secret: the server would notice.
    world.replicas[0].blind = Some(Kind::Account);
    world.pass(30);
    assert_eq!(world.server.state().secrets.len(), 2);
    world.replicas[0].blind = None;
    world.pass(30);
    let now = world.now();
    assert!(world.server.state().secrets.is_empty());
    assert!(world.replicas[0].engine.is_settled() && world.replicas[0].engine.intentions(now).is_empty());
    assert!(world.server.state().names("b", "default").is_empty());
}

#[test]
fn dry_run() {
    let mut world = World::new(settings(SMALL));
    world.replicas[0].leads = false;
    world.server.state().shop("a");
    world.server.state().shop("b");
    world.server.state().foreign("b", "ecr", FOREIGN);
    world.pass(60);
    let now = world.now();
    let lines = world.replicas[0].engine.intentions(now);
    assert_eq!(
        lines,
        [
            format!("a: create secret ecr for {HOST}"),
            "a: add ecr to the imagePullSecrets of service account default".to_owned(),
            "b: nothing: the secret ecr is somebody else's, or that of an operator with another `owner`: choose another name for the pull secret, delete it, or set `adopt = true`".to_owned(),
        ]
    );
    assert_eq!(writes(&world), (0, 0, 0));
}
