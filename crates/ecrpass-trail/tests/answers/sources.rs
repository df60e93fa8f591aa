//! Tokens from where they never were, and people who only travel.

use super::world::*;
use ecrpass_trail::report::Signal;

/// A node that fetches tokens through its endpoint.
fn node() -> World {
    let mut world = World::default();
    for at in (0..6 * HOUR).step_by(300) {
        world.call(at, "GetAuthorizationToken", NODE).vpc_endpoint = Some("vpce-1".into());
    }
    world
}

#[test]
fn a_session_that_is_used_from_elsewhere_by_another_program() {
    let mut world = node();
    for at in 0..5 {
        let event = world.call(3 * HOUR + at * 400, "GetAuthorizationToken", NODE);
        (event.address, event.agent) = ("198.51.100.210".into(), "curl/8.5.0".into());
        event.caller.access_key = Some("ASIAIOSFODNN7EXAMPLE".into());
    }
    let incident = world.incident();
    assert_eq!((incident.id, incident.signal, incident.count), (None, Signal::UnusualSource, 5));
    assert_eq!(incident.events, ["GetAuthorizationToken"]);
    assert_eq!(incident.first.time, "2026-11-24T09:00:00Z");
    let source = incident.source.unwrap();
    assert_eq!((source.address.as_str(), source.session.as_deref()), ("198.51.100.210", Some("i-1")));
    assert_eq!(source.access_key_id.as_deref(), Some("ASIAIOSFODNN7EXAMPLE"));
    assert!(incident.causes.is_empty());
}

#[test]
fn people_travel_and_machines_come_and_go() {
    // The same program from another network.
    let mut world = World::default();
    for at in (0..6 * HOUR).step_by(300) {
        let address = if at < 5 * HOUR { "192.0.2.1" } else { "203.0.113.9" };
        world.call(at, "GetAuthorizationToken", NODE).address = address.into();
    }
    assert!(world.report().incidents.is_empty());
    // A new machine in the same network with a new version.
    let mut world = node();
    let event = world.call(3 * HOUR, "GetAuthorizationToken", NODE);
    (event.address, event.agent) = ("10.0.7.7".into(), "ecr-credential-provider/v1.32.0".into());
    event.vpc_endpoint = Some("vpce-1".into());
    assert!(world.report().incidents.is_empty());
}

#[test]
fn of_somebody_who_was_hardly_seen_nothing_is_unusual() {
    let mut world = World::default();
    world.life(NODE, 0, HOUR, 900);
    let event = world.call(HOUR, "GetAuthorizationToken", NODE);
    (event.address, event.agent) = ("198.51.100.210".into(), "curl/8.5.0".into());
    assert!(world.report().incidents.is_empty());
}
