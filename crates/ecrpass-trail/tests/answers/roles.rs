//! Roles that nobody can assume any more: which change it was, and whose web identity is refused.

use super::world::*;

#[test]
fn a_trust_policy_and_a_provider() {
    let provider = "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com";
    for (name, parameters) in [
        ("UpdateAssumeRolePolicy", [("roleName", "node")]),
        ("DeleteOpenIDConnectProvider", [("openIDConnectProviderArn", provider)]),
    ] {
        let mut world = World::default();
        world.life(NODE, 0, 3 * HOUR, 300);
        let id = world.change(3 * HOUR, "iam.amazonaws.com", name, &parameters);
        for at in (0..5 * HOUR).step_by(300) {
            let event = world.call(at, "AssumeRoleWithWebIdentity", NODE);
            event.source = "sts.amazonaws.com".into();
            event.caller.kind = ecrpass_trail::event::CallerKind::WebIdentity;
            event.caller.user_name = Some("repo:example/shop:ref:refs/heads/main".into());
            event.caller.identity_provider = Some(provider.into());
            if at > 3 * HOUR {
                event.error = Some("AccessDenied".into());
                event.message = Some("Not authorized to perform sts:AssumeRoleWithWebIdentity".into());
            }
        }
        let incident = world.incident();
        assert_eq!(
            (incident.id, named(&incident)),
            (Some("assume-role-denied"), vec![id.as_str()]),
            "{name}"
        );
        assert_eq!(
            (incident.principal.as_str(), incident.events.as_slice()),
            (NODE, &["AssumeRoleWithWebIdentity".to_owned()][..])
        );
        assert_eq!(incident.subjects, ["repo:example/shop:ref:refs/heads/main"]);
    }
}

#[test]
fn a_web_identity_whose_refusals_do_not_say_which_role_it_asked_for() {
    let subject = "repo:example/shop:ref:refs/heads/main";
    let provider = "arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com";
    let mut world = World::default();
    world.life(NODE, 0, 3 * HOUR, 300);
    let id = world.role_change(3 * HOUR, "UpdateAssumeRolePolicy");
    for at in (0..6 * HOUR).step_by(300) {
        let event = world.call(at, "AssumeRoleWithWebIdentity", NODE);
        event.source = "sts.amazonaws.com".into();
        event.caller.kind = ecrpass_trail::event::CallerKind::WebIdentity;
        event.caller.user_name = Some(subject.into());
        event.caller.identity_provider = Some(provider.into());
        if at > 3 * HOUR {
            event.caller.principal = subject.into();
            event.error = Some("AccessDenied".into());
            event.message = Some("Not authorized to perform sts:AssumeRoleWithWebIdentity".into());
        }
    }
    // The role falls silent, which is the same thing told twice.
    let incident = world.incident();
    assert_eq!((incident.id, named(&incident)), (Some("assume-role-denied"), vec![id.as_str()]));
    assert_eq!(incident.principal, subject);
}

#[test]
fn a_web_identity_is_a_pods_or_a_pipelines() {
    for (subject, issuer, expected) in [
        (
            "repo:example/shop:ref:refs/heads/main",
            "token.actions.githubusercontent.com",
            "assume-role-denied",
        ),
        (
            "system:serviceaccount:shop:web",
            "oidc.eks.eu-west-1.amazonaws.com/id/A1",
            "irsa-web-identity-invalid",
        ),
    ] {
        let provider = format!("arn:aws:iam::444455556666:oidc-provider/{issuer}");
        let mut world = World::default();
        world.life(NODE, 0, 3 * HOUR, 300);
        let deleted = [("openIDConnectProviderArn", provider.as_str())];
        let id = world.change(3 * HOUR, "iam.amazonaws.com", "DeleteOpenIDConnectProvider", &deleted);
        for at in (3 * HOUR + 60..5 * HOUR).step_by(300) {
            let event = world.call(at, "AssumeRoleWithWebIdentity", NODE);
            event.source = "sts.amazonaws.com".into();
            event.caller.kind = ecrpass_trail::event::CallerKind::WebIdentity;
            event.caller.user_name = Some(subject.into());
            event.caller.identity_provider = Some(provider.clone().into());
            event.error = Some("InvalidIdentityTokenException".into());
            event.message =
                Some(format!("No OpenIDConnect provider found in your account for https://{issuer}").into());
        }
        let incident = world.incident();
        assert_eq!((incident.id, named(&incident)), (Some(expected), vec![id.as_str()]), "{subject}");
    }
}
