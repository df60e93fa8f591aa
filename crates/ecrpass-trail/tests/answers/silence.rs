//! Who fell silent after a change, and who is only quiet.

use super::world::*;
use ecrpass_trail::report::Signal;

const USER: &str = "arn:aws:iam::444455556666:user/jenkins";

/// A user who calls for three hours, and others who go on.
fn silent() -> World {
    let mut world = World::default();
    world.life(USER, 0, 3 * HOUR, 500);
    world.life(NODE, 0, 6 * HOUR, 120);
    world
}

fn key_off(world: &mut World, at: i64, key: &str) -> String {
    let parameters = [("userName", "jenkins"), ("accessKeyId", key), ("status", "Inactive")];
    world.change(at, "iam.amazonaws.com", "UpdateAccessKey", &parameters)
}

#[test]
fn a_deactivated_key_leaves_silence() {
    let mut world = silent();
    let id = key_off(&mut world, 3 * HOUR, "AKIAIOSFODNN7EXAMPLE");
    let incident = world.incident();
    assert_eq!(
        (incident.id, incident.signal, incident.count),
        (Some("invalid-access-key"), Signal::Silence, 0)
    );
    assert_eq!((incident.principal.as_str(), named(&incident)), (USER, vec![id.as_str()]));
    assert_eq!(incident.first.time, "2026-11-24T09:00:00Z");
    assert_eq!(incident.last_seen.as_deref(), Some("2026-11-24T08:55:00Z"));
}

#[test]
fn silence_without_a_change_is_no_incident() {
    assert!(silent().report().incidents.is_empty());
    let mut world = silent();
    // Somebody else's key, and another key of the same user.
    let other = [("userName", "nobody"), ("accessKeyId", "AKIAI44QH8DHBEXAMPLE"), ("status", "Inactive")];
    world.change(3 * HOUR, "iam.amazonaws.com", "UpdateAccessKey", &other);
    key_off(&mut world, 3 * HOUR, "AKIAI44QH8DHBEXAMPLE");
    assert!(world.report().incidents.is_empty());
}

#[test]
fn who_goes_on_or_was_silent_before_was_not_silenced() {
    let mut world = silent();
    key_off(&mut world, 2 * HOUR, "AKIAIOSFODNN7EXAMPLE");
    assert!(world.report().incidents.is_empty());
    let mut world = silent();
    key_off(&mut world, 5 * HOUR, "AKIAIOSFODNN7EXAMPLE");
    assert!(world.report().incidents.is_empty());
}

#[test]
fn the_end_of_the_records_is_no_silence() {
    let mut world = World::default();
    world.life(USER, 0, 3 * HOUR, 500);
    world.life(NODE, 0, 3 * HOUR + 900, 120);
    key_off(&mut world, 3 * HOUR, "AKIAIOSFODNN7EXAMPLE");
    assert!(world.report().incidents.is_empty());
}

#[test]
fn where_nothing_is_recorded_everybody_is_silent() {
    let mut world = silent();
    key_off(&mut world, 3 * HOUR, "AKIAIOSFODNN7EXAMPLE");
    world.change(3 * HOUR + 5, "cloudtrail.amazonaws.com", "StopLogging", &[("name", "trail")]);
    let report = world.report();
    assert!(report.incidents.is_empty());
    assert!(report.warnings.iter().any(|warning| warning.contains("StopLogging")));
}

#[test]
fn the_callers_of_an_endpoint_fall_silent_others_do_not() {
    let mut world = World::default();
    let batch = "arn:aws:iam::444455556666:role/batch";
    for at in (0..6 * HOUR).step_by(300) {
        world.call(at, "GetAuthorizationToken", NODE).vpc_endpoint = Some("vpce-1".into());
        if at < 3 * HOUR {
            world.call(at, "GetAuthorizationToken", batch).vpc_endpoint = Some("vpce-2".into());
        }
    }
    let policy = |id| [("VpcEndpointId", id), ("PolicyDocument", "{}")];
    world.change(3 * HOUR - 50, "ec2.amazonaws.com", "ModifyVpcEndpoint", &policy("vpce-1"));
    let id = world.change(3 * HOUR, "ec2.amazonaws.com", "ModifyVpcEndpoint", &policy("vpce-2"));
    let incident = world.incident();
    assert_eq!((incident.id, incident.principal.as_str()), (Some("explicit-deny-policy"), batch));
    assert_eq!(named(&incident), [id.as_str()]);
}

#[test]
fn what_was_switched_on_again_is_over() {
    let mut world = silent();
    key_off(&mut world, 3 * HOUR, "AKIAIOSFODNN7EXAMPLE");
    world.life(USER, 5 * HOUR, 6 * HOUR, 500);
    // Nobody knows why it came back: it may have rested.
    assert!(world.report().incidents.is_empty());
    let parameters = [("userName", "jenkins"), ("accessKeyId", "AKIAIOSFODNN7EXAMPLE"), ("status", "Active")];
    let on = world.change(5 * HOUR - 60, "iam.amazonaws.com", "UpdateAccessKey", &parameters);
    assert_eq!(world.incident().ended.unwrap().by.unwrap().event_id, on);
}

#[test]
fn a_security_group_before_the_endpoint_silences_as_well() {
    let mut world = World::default();
    let batch = "arn:aws:iam::444455556666:role/batch";
    for at in (0..6 * HOUR).step_by(300) {
        world.life(NODE, at, at + 1, 1);
        if at < 3 * HOUR {
            world.call(at, "GetAuthorizationToken", batch).vpc_endpoint = Some("vpce-2".into());
        }
    }
    let revoke = [("groupId", "sg-1")];
    let id = world.change(3 * HOUR, "ec2.amazonaws.com", "RevokeSecurityGroupIngress", &revoke);
    // Whether that group has to do with the endpoint is not known.
    assert!(world.report().incidents.is_empty());
    let guarded = [
        ("ModifyVpcEndpointRequest.VpcEndpointId", "vpce-2"),
        ("ModifyVpcEndpointRequest.AddSecurityGroupId.content", "sg-1"),
    ];
    world.change(60, "ec2.amazonaws.com", "ModifyVpcEndpoint", &guarded);
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("network-timeout-ecr-api"), vec![id.as_str()]));
}
