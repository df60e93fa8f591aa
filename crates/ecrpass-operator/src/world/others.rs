//! What the operator does about what others do: to secrets, accounts, namespaces, rights and its configuration.

use std::sync::Arc;

use k8s_openapi::ByteString;

use super::cases::{FOREIGN, HOST, HOUR, world, writes};
use super::replica::World;
use super::server::entries;
use crate::names::{MANAGED_BY, OWNER, SECRET_KEY};
use crate::settings::tests::{SMALL, settings};
use crate::work::Cause;

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
    let hosts: Vec<_> =
        entries(&world.server.state().secrets[&("a".to_owned(), "ecr".to_owned())]).into_keys().collect();
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
    for (how, reason) in [
        ("type", "CannotChange"),
        ("immutable", "CannotChange"),
        ("content", "CannotChange"),
        ("owner", "NameTaken"),
    ] {
        let mut world = World::new(settings(&adopting));
        world.server.state().shop("a");
        let text = if how == "content" { "no json" } else { FOREIGN };
        world.server.state().foreign("a", "ecr", text);
        world.server.state().edit("a", "ecr", |secret| match how {
            "type" => secret.type_ = Some("Opaque".to_owned()),
            "immutable" => secret.immutable = Some(true),
            "owner" => {
                let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
                secret.metadata.labels =
                    Some([label(MANAGED_BY, "ecrpass-operator"), label(OWNER, "another")].into());
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
            let text = String::from_utf8(data.0.clone())
                .unwrap()
                .replace("\"password\":\"token", "\"password\":\"x");
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
    let mut world = super::cases::world(&first, &["a"]);
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
fn rbac_missing() {
    let mut world = World::new(settings(SMALL));
    world.server.state().forbidden = Some(("patch", "serviceaccounts"));
    world.server.state().shop("a");
    world.pass(60);
    let now = world.now();
    assert!(world.all_fresh("ecr", 1));
    assert_eq!(world.replicas[0].engine.ready(now), Ok(()));
    assert!(world.replicas[0].engine.is_degraded(now));
    let said = world.notices.iter().find(|notice| notice.reason == "Forbidden").unwrap();
    assert_eq!(said.text, "cannot patch serviceaccounts");
    assert_eq!(
        said.about.as_ref().map(|about| (about.kind, &*about.namespace)),
        Some(("ServiceAccount", "a"))
    );
    world.pass(HOUR);
    assert_eq!(world.said("Forbidden"), 1);
    world.server.state().forbidden = None;
    world.pass(400);
    assert_eq!(world.server.state().names("a", "default"), ["ecr"]);
    let now = world.now();
    assert!(!world.replicas[0].engine.is_degraded(now));
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
    let other = SMALL
        .replace("regions", "role_arn = \"arn:aws:iam::123456789012:role/a\"\nregions")
        .replace("\"ecr\"", "\"ecr-new\"");
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
    let failure =
        crate::work::Failure { cause: Cause::Forbidden, text: "cannot list serviceaccounts".to_owned() };
    for _ in 0..10 {
        let now = world.now();
        world.replicas[0].engine.feed_failed(2, &failure, now);
    }
    let (now, engine) = (world.now(), &mut world.replicas[0].engine);
    let said = engine.notices();
    assert_eq!(said.len(), 1);
    // A watch that goes on without a word is well again.
    assert!(engine.is_degraded(now + 10_000) && !engine.is_degraded(now + 30_000));
    engine.feed_failed(2, &failure, now + 60_000);
    assert_eq!(engine.notices().len(), 1);
    assert!(said[0].text.contains("serviceaccounts named default cannot be followed"), "{}", said[0].text);
}

#[test]
fn what_happened_while_nobody_watched_is_noticed() {
    for missed in [false, true] {
        let mut world = world(SMALL, &["a", "b", "c", "d"]);
        if missed {
            // The list is all that tells.
            world.replicas[0].watches_expire();
        }
        {
            let mut state = world.server.state();
            state.delete_secret("a", "ecr");
            state.namespace("b", &[]);
            state.account("c", "default", &["helm"]);
            state.remove_namespace("d");
            state.shop("e");
        }
        world.pass(5);
        let state = world.server.state();
        assert_eq!(state.left("ecr").into_keys().collect::<Vec<_>>(), ["a", "c", "e"], "{missed}");
        assert_eq!(state.names("c", "default"), ["helm", "ecr"]);
        drop(state);
        let known: Vec<_> =
            world.replicas[0].engine.index.namespaces().keys().map(|name| name.to_string()).collect();
        assert_eq!(known, ["a", "b", "c", "e"], "{missed}");
        assert!(world.replicas[0].engine.counts.failures.is_empty());
    }
}
