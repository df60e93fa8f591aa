//! Changes near the time that have nothing to do with it.

use super::world::*;

/// A role that is refused from three hours on, without any change.
fn refused() -> World {
    let mut world = World::default();
    world.life(NODE, 0, 3 * HOUR, 120);
    world.denied(NODE, 3 * HOUR, 5 * HOUR, 60, IDENTITY);
    world
}

fn nothing_is_named(world: &World) {
    assert!(world.incident().causes.is_empty(), "{:#?}", world.incident().causes);
}

#[test]
fn a_change_after_the_first_error() {
    let mut world = refused();
    world.role_change(3 * HOUR + 1, "DetachRolePolicy");
    nothing_is_named(&world);
}

#[test]
fn a_change_that_failed() {
    let mut world = refused();
    world.role_change(3 * HOUR - 20, "DetachRolePolicy");
    world.last().error = Some("AccessDenied".into());
    nothing_is_named(&world);
}

#[test]
fn a_change_of_another_role_or_in_another_account() {
    let mut world = refused();
    world.change(3 * HOUR - 20, "iam.amazonaws.com", "DetachRolePolicy", &[("roleName", "node-2")]);
    world.role_change(3 * HOUR - 10, "DetachRolePolicy");
    world.last().account = REGISTRY.into();
    nothing_is_named(&world);
}

#[test]
fn a_change_that_cannot_take_a_right_away() {
    let mut world = refused();
    for name in ["AttachRolePolicy", "DeleteRolePermissionsBoundary", "UpdateAssumeRolePolicy", "TagRole"] {
        world.role_change(3 * HOUR - 20, name);
    }
    nothing_is_named(&world);
}

#[test]
fn a_change_after_which_it_still_worked() {
    let mut world = refused();
    world.role_change(2 * HOUR, "DetachRolePolicy");
    nothing_is_named(&world);
    // Within the time that a change takes to be in force, it may still work.
    let id = world.role_change(3 * HOUR - 200, "DetachRolePolicy");
    assert_eq!(named(&world.incident()), [id.as_str()]);
}

#[test]
fn a_change_of_another_layer() {
    let mut world = refused();
    world.change(
        3 * HOUR - 10,
        "ec2.amazonaws.com",
        "ModifyVpcEndpoint",
        &[("VpcEndpointId", "vpce-1"), ("PolicyDocument", "{}")],
    );
    world.change(
        3 * HOUR - 10,
        "ecr.amazonaws.com",
        "SetRepositoryPolicy",
        &[("repositoryName", "team/app")],
    );
    world.change(
        3 * HOUR - 10,
        "organizations.amazonaws.com",
        "AttachPolicy",
        &[("policyId", "p-1"), ("targetId", CALLERS)],
    );
    nothing_is_named(&world);
}

#[test]
fn another_repository_and_another_region() {
    let mut world = World::default();
    for at in (0..5 * HOUR).step_by(120) {
        let event = world.pull(at, NODE, "team/app");
        if at >= 3 * HOUR {
            refuse(
                event,
                "ecr:BatchGetImage",
                "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
                RESOURCE,
            );
        }
    }
    let own = [("repositoryName", "team/app"), ("registryId", REGISTRY)];
    world.change(
        3 * HOUR - 9,
        "ecr.amazonaws.com",
        "SetRepositoryPolicy",
        &[("repositoryName", "team/b"), own[1]],
    );
    world.change(3 * HOUR - 9, "ecr.amazonaws.com", "SetRepositoryPolicy", &own);
    world.last().region = "us-east-1".into();
    world.change(3 * HOUR - 9, "ecr.amazonaws.com", "PutLifecyclePolicy", &own);
    nothing_is_named(&world);
}

#[test]
fn a_policy_of_the_organisation_that_is_only_renamed() {
    let mut world = World::default();
    world.life(NODE, 0, 3 * HOUR, 120);
    world.denied(NODE, 3 * HOUR, 5 * HOUR, 60, "with an explicit deny in a service control policy");
    world.change(
        3 * HOUR - 9,
        "organizations.amazonaws.com",
        "UpdatePolicy",
        &[("policyId", "p-1"), ("name", "tags")],
    );
    nothing_is_named(&world);
    let id = world.change(
        3 * HOUR - 90,
        "organizations.amazonaws.com",
        "UpdatePolicy",
        &[("policyId", "p-2"), ("content", "HIDDEN")],
    );
    assert_eq!(named(&world.incident()), [id.as_str()]);
}
