//! The change that explains it, for each kind of object that a call depends on.

use ecrpass_diagnosis::finding::Confidence;

use super::world::*;

/// A role that works, loses something, and is refused from then on.
fn broken(why: &str, change: impl FnOnce(&mut World, i64) -> String) -> (World, String) {
    let mut world = World::default();
    world.life(NODE, 0, 3 * HOUR, 120);
    let id = change(&mut world, 3 * HOUR);
    world.denied(NODE, 3 * HOUR + 45, 5 * HOUR, 60, why);
    (world, id)
}

#[test]
fn a_role_that_loses_a_policy() {
    for name in ["DetachRolePolicy", "DeleteRolePolicy", "PutRolePolicy"] {
        let (world, id) = broken(IDENTITY, |world, at| world.role_change(at, name));
        let incident = world.incident();
        assert_eq!(incident.id, Some("iam-missing-get-authorization-token"));
        assert_eq!((incident.principal.as_str(), incident.error.as_deref()), (NODE, Some("AccessDenied")));
        assert_eq!((incident.count, incident.first.time.as_str()), (120, "2026-11-24T09:00:45Z"));
        assert!(incident.first.event_id.is_some() && incident.ended.is_none());
        assert_eq!(named(&incident), [id.as_str()], "{name}");
        assert_eq!(incident.causes[0].confidence, Confidence::Likely);
        assert!(incident.causes[0].confirm.as_deref().unwrap().contains("--role-name node"));
    }
}

#[test]
fn a_managed_policy_that_is_attached_to_the_role() {
    let policy = "arn:aws:iam::444455556666:policy/ecr";
    let version = |world: &mut World, at| {
        world.change(
            at,
            "iam.amazonaws.com",
            "SetDefaultPolicyVersion",
            &[("policyArn", policy), ("versionId", "v2")],
        )
    };
    let (mut world, id) = broken(IDENTITY, version);
    // Without a word on whom it is attached to, it is possible.
    assert_eq!(world.incident().causes[0].confidence, Confidence::Possible);
    world.change(60, "iam.amazonaws.com", "AttachRolePolicy", &[("roleName", "node"), ("policyArn", policy)]);
    let incident = world.incident();
    assert_eq!((named(&incident), incident.causes[0].confidence), (vec![id.as_str()], Confidence::Likely));
    // Known to be somebody else's, it is not.
    let (mut world, _) = broken(IDENTITY, version);
    world.change(
        60,
        "iam.amazonaws.com",
        "AttachRolePolicy",
        &[("roleName", "other"), ("policyArn", policy)],
    );
    assert!(world.incident().causes.is_empty());
}

#[test]
fn a_boundary() {
    let why = "because no permissions boundary allows the ACTION action";
    let (world, id) = broken(why, |world, at| world.role_change(at, "PutRolePermissionsBoundary"));
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("explicit-deny-policy"), vec![id.as_str()]));
    assert_eq!(incident.layer, Some("permissions boundary"));
}

#[test]
fn a_service_control_policy() {
    let why = "with an explicit deny in a service control policy";
    let attach = |world: &mut World, at| {
        let id = world.change(
            at,
            "organizations.amazonaws.com",
            "AttachPolicy",
            &[("policyId", "p-00000001"), ("targetId", CALLERS)],
        );
        world.last().account = MANAGEMENT.into();
        // Another policy, at the same time.
        world.change(
            at + 5,
            "organizations.amazonaws.com",
            "AttachPolicy",
            &[("policyId", "p-00000002"), ("targetId", "123456789012")],
        );
        id
    };
    let (world, id) = broken(why, attach);
    assert_eq!(named(&world.incident()), [id.as_str()]);
    // AWS names the policy since 2026.
    let named_policy =
        format!("{why}: arn:aws:organizations::{MANAGEMENT}:policy/o-1/service_control_policy/p-00000001");
    let (world, id) = broken(&named_policy, attach);
    let incident = world.incident();
    assert_eq!((named(&incident), incident.causes[0].confidence), (vec![id.as_str()], Confidence::Certain));
    assert!(incident.policy_arn.unwrap().ends_with("/p-00000001"));
}

#[test]
fn the_policy_of_the_endpoint_that_the_calls_go_through() {
    let why = "because no VPC endpoint policy allows the ACTION action";
    let mut world = World::default();
    for at in (0..3 * HOUR).step_by(120) {
        world.call(at, "GetAuthorizationToken", NODE).vpc_endpoint = Some("vpce-1".into());
    }
    let endpoint = |id| {
        [("ModifyVpcEndpointRequest.VpcEndpointId", id), ("ModifyVpcEndpointRequest.PolicyDocument", "{}")]
    };
    world.change(3 * HOUR - 30, "ec2.amazonaws.com", "ModifyVpcEndpoint", &endpoint("vpce-2"));
    let id = world.change(3 * HOUR, "ec2.amazonaws.com", "ModifyVpcEndpoint", &endpoint("vpce-1"));
    world.denied(NODE, 3 * HOUR + 45, 5 * HOUR, 60, why);
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("explicit-deny-policy"), vec![id.as_str()]));
}

/// Pulls of two repositories of another account, one of which is refused from some moment on.
fn pulls(who: &str) -> World {
    let mut world = World::default();
    for at in (0..5 * HOUR).step_by(120) {
        let denies = at > 3 * HOUR;
        let arn = format!("arn:aws:ecr:{REGION}:{REGISTRY}:repository/team/app");
        let event = world.pull(at, who, "team/app");
        if denies {
            refuse(event, "ecr:BatchGetImage", &arn, RESOURCE);
        }
        world.owners_copy();
        world.pull(at + 1, who, "team/other");
        world.owners_copy();
    }
    world
}

#[test]
fn the_policy_of_the_repository_counted_once_for_both_accounts() {
    let repository = |name| [("repositoryName", name), ("registryId", REGISTRY)];
    for name in ["SetRepositoryPolicy", "DeleteRepositoryPolicy"] {
        let mut world = pulls(NODE);
        world.change(3 * HOUR - 60, "ecr.amazonaws.com", name, &repository("team/other"));
        let id = world.change(3 * HOUR - 20, "ecr.amazonaws.com", name, &repository("team/app"));
        let incident = world.incident();
        assert_eq!(incident.id, Some("cross-account-repo-policy-missing"));
        assert_eq!((incident.account.as_str(), incident.registry.as_deref()), (CALLERS, Some(REGISTRY)));
        assert_eq!((incident.count, incident.repository.as_deref()), (59, Some("team/app")));
        assert_eq!(named(&incident), [id.as_str()], "{name}");
    }
}

#[test]
fn lambda_asks_the_repositorys_policy() {
    let mut world = World::default();
    for at in (0..5 * HOUR).step_by(300) {
        let event = world.pull(at, "lambda.amazonaws.com", "fn/resize");
        (event.caller.invoked_by, event.shared_id) = (Some("lambda.amazonaws.com".into()), None);
        event.account = REGISTRY.into();
        if at >= 3 * HOUR {
            refuse(
                event,
                "ecr:BatchGetImage",
                "arn:aws:ecr:eu-west-1:123456789012:repository/fn/resize",
                RESOURCE,
            );
        }
    }
    let id = world.change(
        3 * HOUR - 60,
        "ecr.amazonaws.com",
        "DeleteRepositoryPolicy",
        &[("repositoryName", "fn/resize"), ("registryId", REGISTRY)],
    );
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("lambda-repo-policy-missing"), vec![id.as_str()]));
    assert_eq!(incident.principal, "lambda.amazonaws.com");
}

#[test]
fn the_secret_of_the_pull_through_cache_rule() {
    let mut world = World::default();
    world.life(NODE, 0, 5 * HOUR, 120);
    let other = world.change(
        3 * HOUR - 60,
        "secretsmanager.amazonaws.com",
        "PutSecretValue",
        &[("secretId", "ecr-pullthroughcache/quay")],
    );
    world.last().account = REGISTRY.into();
    let id = world.change(
        3 * HOUR - 90,
        "secretsmanager.amazonaws.com",
        "PutSecretValue",
        &[("secretId", "ecr-pullthroughcache/docker-hub")],
    );
    world.last().account = REGISTRY.into();
    for at in (3 * HOUR..5 * HOUR).step_by(200) {
        let event = world.pull(at, NODE, "docker-hub/library/redis");
        event.error = Some("UnableToGetUpstreamImageException".into());
        event.message = Some("Unable to get image from upstream registry: credentials are invalid".into());
    }
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("pull-through-cache-error"), vec![id.as_str()]));
    // Where the rule is known to use the other secret, that one.
    world.change(
        60,
        "ecr.amazonaws.com",
        "CreatePullThroughCacheRule",
        &[
            ("ecrRepositoryPrefix", "docker-hub"),
            ("credentialArn", "arn:aws:secretsmanager:eu-west-1:1:secret:ecr-pullthroughcache/quay-Ab12Cd"),
        ],
    );
    assert_eq!(named(&world.incident()), [other.as_str()]);
}

#[test]
fn the_key_that_images_are_encrypted_with() {
    let mut world = World::default();
    world.life(NODE, 0, 5 * HOUR, 120);
    let key = "11111111-2222-4333-8444-555555555555";
    let id = world.change(3 * HOUR, "kms.amazonaws.com", "DisableKey", &[("keyId", key)]);
    world.last().account = REGISTRY.into();
    for at in (3 * HOUR + 60..5 * HOUR).step_by(200) {
        let event = world.pull(at, NODE, "team/app");
        event.error = Some("KmsException".into());
        event.message = Some(format!("arn:aws:kms:eu-west-1:123456789012:key/{key} is disabled").into());
    }
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("kms-key-access-denied"), vec![id.as_str()]));
    assert_eq!(incident.causes[0].confidence, Confidence::Certain);
}

#[test]
fn a_repository_that_was_deleted() {
    let mut world = World::default();
    for at in (0..5 * HOUR).step_by(200) {
        let event = world.pull(at, NODE, "team/app");
        if at >= 3 * HOUR {
            event.error = Some("RepositoryNotFoundException".into());
        }
    }
    let id = world.change(
        3 * HOUR - 30,
        "ecr.amazonaws.com",
        "DeleteRepository",
        &[("repositoryName", "team/app"), ("registryId", REGISTRY)],
    );
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("repository-not-found"), vec![id.as_str()]));
}

#[test]
fn a_resource_control_policy_is_for_the_account_of_what_is_called() {
    let why = "with an explicit deny in a resource control policy";
    for (target, expected) in [(REGISTRY, true), (CALLERS, false)] {
        let mut world = World::default();
        for at in (0..5 * HOUR).step_by(300) {
            let event = world.pull(at, NODE, "team/app");
            if at > 3 * HOUR {
                let repository = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
                refuse(event, "ecr:BatchGetImage", repository, why);
            }
        }
        let attached = [("policyId", "p-00000001"), ("targetId", target)];
        let id = world.change(3 * HOUR, "organizations.amazonaws.com", "AttachPolicy", &attached);
        world.last().account = MANAGEMENT.into();
        let incident = world.incident();
        let causes = if expected { vec![id.as_str()] } else { Vec::new() };
        assert_eq!((incident.id, named(&incident)), (Some("explicit-deny-policy"), causes), "{target}");
    }
}

#[test]
fn what_was_put_right_again() {
    let mut world = World::default();
    world.life(NODE, 0, 3 * HOUR, 120);
    let id = world.role_change(3 * HOUR, "DeleteRolePolicy");
    world.denied(NODE, 3 * HOUR + 45, 4 * HOUR, 60, IDENTITY);
    let fix = world.role_change(4 * HOUR + 10, "PutRolePolicy");
    world.life(NODE, 4 * HOUR + 30, 6 * HOUR, 120);
    let incident = world.incident();
    assert_eq!(named(&incident), [id.as_str()]);
    let ended = incident.ended.unwrap();
    assert_eq!((ended.time.as_str(), ended.by.unwrap().event_id), ("2026-11-24T10:00:30Z", fix));
}

#[test]
fn a_user_who_left_a_group_or_lost_a_policy() {
    let user = "arn:aws:iam::444455556666:user/jenkins";
    for name in ["RemoveUserFromGroup", "DetachUserPolicy", "DeleteUserPolicy", "DetachGroupPolicy"] {
        let mut world = World::default();
        let of = [("userName", "jenkins"), ("groupName", "ci")];
        world.change(0, "iam.amazonaws.com", "AddUserToGroup", &of);
        let push = |world: &mut World, at: i64| {
            let event = world.pull(at, user, "team/app");
            event.name = "InitiateLayerUpload".into();
        };
        (0..3 * HOUR).step_by(600).for_each(|at| push(&mut world, at));
        let of: &[(&str, &str)] = if name == "DetachGroupPolicy" { &of[1..] } else { &of };
        let id = world.change(3 * HOUR, "iam.amazonaws.com", name, of);
        for at in (3 * HOUR + 60..5 * HOUR).step_by(600) {
            push(&mut world, at);
            let arn = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
            refuse(world.last(), "ecr:InitiateLayerUpload", arn, IDENTITY);
        }
        let incident = world.incident();
        assert_eq!(
            (incident.id, named(&incident)),
            (Some("iam-missing-push-action"), vec![id.as_str()]),
            "{name}"
        );
    }
}

#[test]
fn tags_and_images_that_are_gone() {
    let repository = [("repositoryName", "team/app"), ("registryId", REGISTRY)];
    for (call, error, change, slug) in [
        ("PutImage", "ImageTagAlreadyExistsException", "PutImageTagMutability", "tag-immutable"),
        ("BatchGetImage", "ImageNotFoundException", "BatchDeleteImage", "tag-not-found"),
        ("BatchGetImage", "ImageNotFoundException", "PolicyExecutionEvent", "tag-not-found"),
    ] {
        let mut world = World::default();
        for at in (0..5 * HOUR).step_by(600) {
            let event = world.pull(at, NODE, "team/app");
            event.name = call.into();
            event.error = (at > 3 * HOUR).then(|| error.into());
        }
        let id = world.change(3 * HOUR + 300, "ecr.amazonaws.com", change, &repository);
        let incident = world.incident();
        assert_eq!((incident.id, named(&incident)), (Some(slug), vec![id.as_str()]), "{change}");
    }
}
