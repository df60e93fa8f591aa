//! Principals: services, roles that are assumed, federated ones, root, and those that `NotPrincipal` spares.

use ecrpass_iam::Verdict;
use serde_json::{Value, json};

use crate::support::*;

#[test]
fn services_have_no_side_but_the_resources() {
    let by_service = |condition: Value| {
        policy(
            &json!({"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": "ecr:*", "Condition": condition}),
        )
    };
    let source = |arn: &str| json!({"ArnLike": {"aws:SourceArn": arn}});
    let function = json!({"aws:SourceArn": "arn:aws:lambda:eu-central-1:222233334444:function:thumb"});
    let organization = |operator: &str| {
        deny(&json!({"Principal": "*", "Action": "*", "Resource": "*", "Condition": {
            operator: {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}))
    };
    for (policies, context, expected) in [
        (json!({"repository": by_service(json!({}))}), json!({}), YES),
        (
            json!({"repository": by_service(source("arn:aws:lambda:*:222233334444:function:*"))}),
            function.clone(),
            YES,
        ),
        (
            json!({"repository": by_service(source("arn:aws:lambda:*:888899990000:function:*"))}),
            function.clone(),
            SILENT,
        ),
        (
            json!({"repository": by_service(source("arn:aws:lambda:*:222233334444:function:*"))}),
            json!({}),
            SILENT,
        ),
        (json!({"repository": shared(&json!({"AWS": OWNER}))}), json!({}), SILENT),
        (json!({"identity": [full()]}), json!({}), SILENT),
        (json!({"repository": shared(&json!("*"))}), json!({}), YES),
        // Nothing of a caller's account counts for a service.
        (
            json!({"repository": by_service(json!({})), "scp": [[elsewhere()]], "boundary": [elsewhere()]}),
            json!({}),
            YES,
        ),
        (
            json!({"repository": by_service(json!({})), "rcp": [[organization("StringNotEqualsIfExists")]]}),
            json!({"aws:PrincipalIsAWSService": "true"}),
            YES,
        ),
        (
            json!({"repository": by_service(json!({})), "rcp": [[organization("StringNotEqualsIfExists")]]}),
            json!({"aws:PrincipalIsAWSService": "false"}),
            DENIED,
        ),
    ] {
        let decision = decide("lambda.amazonaws.com", PULL, APP, &context, &policies);
        assert_eq!(decision.verdict, expected, "{policies} {context}");
    }
}

#[test]
fn not_principal_spares_those_that_are_listed_in_all_their_parts() {
    let repository = |names: Value| json!({"identity": [full()], "repository": policy(&json!({"Effect": "Deny", "NotPrincipal": {"AWS": names}, "Action": "ecr:*"}))});
    let all = json!([SESSION, ROLE, "arn:aws:iam::222233334444:root"]);
    for (caller, names, expected) in [
        (SESSION, all.clone(), YES),
        (SESSION, json!([GUEST]), DENIED),
        // The guide leaves it open what AWS does when only some of them are listed.
        (SESSION, json!([SESSION]), Verdict::Depends),
        (USER, json!([USER, OWNER]), YES),
        (ROLE, json!([USER, OWNER]), Verdict::Depends),
    ] {
        assert_eq!(
            decide(caller, PULL, APP, &json!({}), &repository(names.clone())).verdict,
            expected,
            "{caller} {names}"
        );
    }
    let mut bounded = repository(all);
    bounded["boundary"] = json!([full()]);
    assert_eq!(decide(SESSION, PULL, APP, &json!({}), &bounded).verdict, DENIED);
    let allow = json!({"repository": policy(&json!({"Effect": "Allow", "NotPrincipal": {"AWS": GUEST}, "Action": "ecr:*"}))});
    assert_eq!(decide(SESSION, PULL, APP, &json!({}), &allow).verdict, SILENT);
}

#[test]
fn what_has_no_repository_yet_is_not_asked_of_its_policy() {
    let by_all = shared(&json!({"AWS": ROLE}));
    let registry = policy(
        &json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "ecr:CreateRepository", "Resource": "*"}),
    );
    for (policies, expected) in [
        (json!({"repository": by_all}), SILENT),
        (json!({"registry": registry}), YES),
        (json!({"identity": [full()]}), YES),
    ] {
        assert_eq!(
            decide(ROLE, "ecr:CreateRepository", APP, &json!({}), &policies).verdict,
            expected,
            "{policies}"
        );
    }
}

#[test]
fn roles_are_assumed_by_whom_they_trust_and_who_may() {
    let role = "arn:aws:iam::222233334444:role/deploy";
    let provider = "arn:aws:iam::222233334444:oidc-provider/token.actions.githubusercontent.com";
    let trust = |principal: Value, action: &str, condition: Value| {
        policy(&json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition}))
    };
    let (assume, web) = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity");
    let main = json!({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/shop:ref:refs/heads/*"},
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}});
    let token = |sub: &str| json!({"token.actions.githubusercontent.com:sub": sub, "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"});
    for (caller, action, policies, context, expected) in [
        (USER, assume, json!({"trust": trust(json!({"AWS": USER}), assume, json!({}))}), json!({}), YES),
        (USER, assume, json!({"trust": trust(json!({"AWS": OWNER}), assume, json!({}))}), json!({}), SILENT),
        (
            USER,
            assume,
            json!({"identity": [full()], "trust": trust(json!({"AWS": OWNER}), assume, json!({}))}),
            json!({}),
            YES,
        ),
        (USER, assume, json!({"identity": [full()]}), json!({}), SILENT),
        (GUEST, assume, json!({"trust": trust(json!({"AWS": GUEST}), assume, json!({}))}), json!({}), SILENT),
        (
            GUEST,
            assume,
            json!({"identity": [full()], "trust": trust(json!({"AWS": GUEST}), assume, json!({}))}),
            json!({}),
            YES,
        ),
        (
            "ecs-tasks.amazonaws.com",
            assume,
            json!({"trust": trust(json!({"Service": "ecs-tasks.amazonaws.com"}), assume, json!({}))}),
            json!({}),
            YES,
        ),
        (
            "ecs-tasks.amazonaws.com",
            assume,
            json!({"trust": trust(json!({"Service": "ec2.amazonaws.com"}), assume, json!({}))}),
            json!({}),
            SILENT,
        ),
        (
            provider,
            web,
            json!({"trust": trust(json!({"Federated": provider}), web, main.clone())}),
            token("repo:acme/shop:ref:refs/heads/main"),
            YES,
        ),
        (
            provider,
            web,
            json!({"trust": trust(json!({"Federated": provider}), web, main.clone())}),
            token("repo:acme/shop:pull_request"),
            SILENT,
        ),
        (
            provider,
            web,
            json!({"trust": trust(json!({"Federated": provider}), web, main.clone())}),
            json!({}),
            SILENT,
        ),
        (
            provider,
            web,
            json!({"trust": trust(json!({"Federated": provider}), assume, main)}),
            token("repo:acme/shop:ref:refs/heads/main"),
            SILENT,
        ),
    ] {
        let decision = decide(caller, action, role, &context, &policies);
        assert_eq!(decision.verdict, expected, "{caller} {action} {policies}");
    }
}

#[test]
fn federated_users_and_root_are_principals_of_their_own() {
    let federated = "arn:aws:sts::222233334444:federated-user/ann";
    let named = json!({"repository": shared(&json!({"AWS": federated})), "session": [elsewhere()]});
    assert_eq!(decide(federated, PULL, APP, &json!({}), &named).verdict, YES);
    let other =
        json!({"repository": shared(&json!({"AWS": "arn:aws:sts::222233334444:federated-user/bob"}))});
    assert_eq!(decide(federated, PULL, APP, &json!({}), &other).verdict, SILENT);
    let root = "arn:aws:iam::222233334444:root";
    assert_eq!(decide(root, PULL, APP, &json!({}), &json!({})).verdict, YES);
    assert_eq!(decide("arn:aws:iam::888899990000:root", PULL, APP, &json!({}), &json!({})).verdict, SILENT);
    let shut = json!({"repository": policy(&json!({"Effect": "Deny", "Principal": {"AWS": root}, "Action": "ecr:*"}))});
    assert_eq!(decide(root, PULL, APP, &json!({}), &shut).verdict, DENIED);
}
