//! What the operator does in ordinary and in unusual situations, one by one.

use std::sync::Arc;

use k8s_openapi::ByteString;

use super::replica::{Aws, Replica, World};
use super::server::entries;
use crate::names::{ENTRIES, EXPIRES_AT, MANAGED_BY, OWNER, SECRET_KEY, SECRET_TYPE};
use crate::settings::tests::{SMALL, settings};
use crate::work::Cause;

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const HOUR: i64 = 3600;
const FOREIGN: &str = r#"{"auths":{"quay.io":{"auth":"dTpw"}}}"#;

/// A world with these namespaces, after the first minute.
fn world(text: &str, namespaces: &[&str]) -> World {
    let mut world = World::new(settings(text));
    for name in namespaces {
        world.server.state().shop(name);
    }
    world.pass(60);
    world
}

fn writes(world: &World) -> (usize, u64, u64) {
    let state = world.server.state();
    (world.calls.len(), state.secret_writes, state.account_writes)
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
        assert_eq!((labels[MANAGED_BY].as_str(), labels[OWNER].as_str()), ("ecrpass-operator", "ecrpass-operator"));
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
    let failures = world.replicas[0].engine.counts.failures["network-timeout-ecr-api"];
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
    let said = world.notices.iter().find(|notice| notice.reason == "RefreshFailed" && notice.about.is_some()).unwrap();
    assert!(said.warning && said.text.contains("iam-missing-pull-action"), "{}", said.text);
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
fn label_removed() {
    for ignored in [false, true] {
        let mut world = world(SMALL, &["a", "b"]);
        world.server.state().account("a", "default", &["quay", "ecr", "other"]);
        // That account had it put there by us; see `account_conflict` for the rest.
        world.pass(5);
        if ignored {
            world.server.state().ignore("a");
        } else {
            world.server.state().namespace("a", &[]);
        }
        world.pass(5);
        // Accounts go first; the server would have noticed otherwise.
        assert_eq!(world.server.state().names("a", "default"), ["quay", "other"]);
        assert_eq!(world.server.state().left("ecr").into_keys().collect::<Vec<_>>(), ["b"]);
    }
}

#[test]
fn foreign_secret() {
    let mut world = World::new(settings(SMALL));
    world.server.state().shop("a");
    world.server.state().foreign("a", "ecr", FOREIGN);
    world.pass(2 * HOUR);
    assert_eq!(writes(&world), (0, 0, 0));
    assert_eq!((world.said("NameTaken"), world.server.state().names("a", "default").len()), (1, 0));
    let now = world.now();
    assert_eq!(world.replicas[0].engine.survey(now).conflict, 1);
    // Taken over, when that is allowed: the other host stays, and so it does when the operator goes.
    let adopting = Arc::new(settings(&format!("{SMALL}adopt = true\n")));
    world.settings = Arc::clone(&adopting);
    world.replicas[0].reconfigure(&adopting);
    world.pass(10);
    let hosts: Vec<_> = entries(&world.server.state().secrets[&("a".to_owned(), "ecr".to_owned())]).into_keys().collect();
    assert_eq!(hosts, [HOST, "quay.io"]);
    assert_eq!(world.server.state().names("a", "default"), ["ecr"]);
    world.replicas[0].reconfigure(&Arc::new(adopting.retired()));
    world.pass(10);
    let state = world.server.state();
    let secret = &state.secrets[&("a".to_owned(), "ecr".to_owned())];
    assert_eq!(entries(secret).into_keys().collect::<Vec<_>>(), ["quay.io"]);
    assert!(secret.metadata.labels.clone().unwrap_or_default().is_empty(), "{:?}", secret.metadata);
    assert!(state.names("a", "default").is_empty());
}

#[test]
fn what_cannot_be_changed_is_left() {
    let adopting = format!("{SMALL}adopt = true\n");
    for (how, reason) in [("type", "CannotChange"), ("immutable", "CannotChange"), ("content", "CannotChange"), ("owner", "NameTaken")] {
        let mut world = World::new(settings(&adopting));
        world.server.state().shop("a");
        let text = if how == "content" { "no json" } else { FOREIGN };
        world.server.state().foreign("a", "ecr", text);
        world.server.state().edit("a", "ecr", |secret| match how {
            "type" => secret.type_ = Some("Opaque".to_owned()),
            "immutable" => secret.immutable = Some(true),
            "owner" => {
                let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
                secret.metadata.labels = Some([label(MANAGED_BY, "ecrpass-operator"), label(OWNER, "another")].into());
            }
            _ => {}
        });
        world.pass(HOUR);
        assert_eq!((world.server.state().secret_writes, world.said(reason)), (0, 1), "{how}");
        assert!(world.server.state().names("a", "default").is_empty(), "{how}");
    }
}

#[test]
fn edited_by_hand() {
    let mut world = world(SMALL, &["a"]);
    let edits: [fn(&mut k8s_openapi::api::core::v1::Secret); 4] = [
        |secret| secret.data = None,
        |secret| secret.data = Some([(SECRET_KEY.to_owned(), ByteString(b"{".to_vec()))].into()),
        |secret| {
            let data = secret.data.as_mut().unwrap().get_mut(SECRET_KEY).unwrap();
            let text = String::from_utf8(data.0.clone()).unwrap().replace("\"password\":\"token", "\"password\":\"x");
            data.0 = text.into_bytes();
        },
        |secret| secret.metadata.annotations = None,
    ];
    for edit in edits {
        world.pass(120);
        let before = writes(&world);
        world.server.state().edit("a", "ecr", edit);
        world.pass(2);
        assert!(world.all_fresh("ecr", 1));
        assert_eq!(writes(&world), (before.0, before.1 + 1, before.2));
    }
    // A fight is damped, and said once.
    world.pass(300);
    let before = writes(&world).1;
    for _ in 0..600 {
        if world.all_fresh("ecr", 1) {
            world.server.state().edit("a", "ecr", |secret| secret.data = None);
        }
        world.pass(1);
    }
    let written = writes(&world).1 - before;
    assert!((6..60).contains(&written), "{written}");
    assert_eq!(world.said("Contested"), 1);
    world.pass(400);
    assert!(world.all_fresh("ecr", 1));
}

#[test]
fn deleted_by_hand() {
    let mut world = world(SMALL, &["a"]);
    world.server.state().delete_secret("a", "ecr");
    world.pass(1);
    assert!(world.all_fresh("ecr", 1));
    assert_eq!(world.calls.len(), 1);
}

#[test]
fn account_conflict() {
    let mut world = world(SMALL, &["a"]);
    world.server.state().conflicts = Some(3);
    world.server.state().account("a", "default", &["openshift"]);
    world.pass(10);
    assert_eq!(world.server.state().names("a", "default"), ["openshift", "ecr"]);
    let first = format!("{SMALL}position = \"first\"\n");
    let mut world = self::world(&first, &["a"]);
    world.server.state().account("a", "default", &["openshift"]);
    world.pass(10);
    assert_eq!(world.server.state().names("a", "default"), ["ecr", "openshift"]);
}

#[test]
fn account_duplicate() {
    let mut world = World::new(settings(SMALL));
    world.server.state().namespace("a", &[("pull", "yes")]);
    world.server.state().account("a", "default", &["ecr"]);
    world.pass(60);
    assert_eq!(writes(&world), (1, 1, 0));
    world.replicas[0].reconfigure(&Arc::new(world.settings.retired()));
    // It was the user who put it there.
    world.pass(60);
    assert!(world.server.state().secrets.is_empty());
    assert_eq!(world.server.state().names("a", "default"), ["ecr"]);
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
    let hosts = |world: &World| entries(&world.server.state().secrets[&("a".to_owned(), "ecr".to_owned())]).len();
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
    let split = format!("{split}[[pull_secret]]\nname = \"ecr-two\"\nselector = \"pull=yes\"\nregistries = [\"two\"]\n");
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
fn rbac_missing() {
    let mut world = World::new(settings(SMALL));
    world.server.state().forbidden = Some(("patch", "serviceaccounts"));
    world.server.state().shop("a");
    world.pass(60);
    let now = world.now();
    assert!(world.all_fresh("ecr", 1));
    assert_eq!(world.replicas[0].engine.ready(now), Ok(()));
    assert!(world.replicas[0].engine.is_degraded());
    let said = world.notices.iter().find(|notice| notice.reason == "Forbidden").unwrap();
    assert_eq!(said.text, "cannot patch serviceaccounts");
    assert_eq!(said.about.as_ref().map(|about| (about.kind, &*about.namespace)), Some(("ServiceAccount", "a")));
    world.pass(HOUR);
    assert_eq!(world.said("Forbidden"), 1);
    world.server.state().forbidden = None;
    world.pass(400);
    assert_eq!(world.server.state().names("a", "default"), ["ecr"]);
    assert!(!world.replicas[0].engine.is_degraded());
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
            "b: nothing: the secret ecr is not ours: choose another name for the pull secret, delete it, or set `adopt = true`".to_owned(),
        ]
    );
    assert_eq!(writes(&world), (0, 0, 0));
}

#[test]
fn terminating_namespaces_are_no_error() {
    let mut world = world(SMALL, &["a", "b"]);
    world.server.state().terminate("a");
    world.server.state().delete_secret("a", "ecr");
    world.pass(HOUR);
    assert_eq!(world.server.state().left("ecr").into_keys().collect::<Vec<_>>(), ["b"]);
    assert!(world.replicas[0].engine.counts.failures.is_empty());
    let now = world.now();
    assert_eq!(world.replicas[0].engine.ready(now), Ok(()));
    // Where the watch is late, it is noticed by the refusal.
    let mut world = World::new(settings(SMALL));
    world.server.state().shop("a");
    world.turn();
    world.server.state().terminate("a");
    world.server.state().changes.pop();
    world.pass(60);
    assert!(world.server.state().secrets.is_empty());
    assert!(world.replicas[0].engine.counts.failures.is_empty());
}

#[test]
fn what_is_configured_no_more_is_removed() {
    let mut world = world(SMALL, &["a"]);
    let renamed = Arc::new(settings(&SMALL.replace("\"ecr\"", "\"ecr-new\"")));
    world.settings = Arc::clone(&renamed);
    world.replicas[0].reconfigure(&renamed);
    world.pass(30);
    assert!(world.all_fresh("ecr-new", 1) && world.all_fresh("ecr", 0));
    assert_eq!(world.server.state().names("a", "default"), ["ecr-new"]);
    // The token that was held serves the new name, too.
    assert_eq!(world.calls.len(), 1);
    // Another role: another token, in place.
    let other = SMALL.replace("regions", "role_arn = \"arn:aws:iam::123456789012:role/a\"\nregions").replace("\"ecr\"", "\"ecr-new\"");
    let other = Arc::new(settings(&other));
    world.settings = Arc::clone(&other);
    world.replicas[0].reconfigure(&other);
    world.pass(60);
    assert_eq!(world.calls.len(), 2);
    assert_eq!(world.server.state().left("ecr-new").len(), 1);
}

#[test]
fn an_api_server_that_refuses_the_listing_is_said_once() {
    let mut world = World::new(settings(SMALL));
    let failure = crate::work::Failure { cause: Cause::Forbidden, text: "cannot list serviceaccounts".to_owned() };
    for _ in 0..10 {
        let now = world.now();
        world.replicas[0].engine.feed_failed(2, &failure, now);
    }
    let said = world.replicas[0].engine.notices();
    assert_eq!(said.len(), 1);
    assert!(said[0].text.contains("serviceaccounts named default cannot be followed"), "{}", said[0].text);
}
