//! Layers: what a statement speaks of, within an account and across accounts, control policies, endpoints.

use ecrpass_iam::Layer;
use serde_json::{Value, json};

use crate::support::*;

#[test]
fn actions_and_resources_match() {
    let verdict = |statement: Value, action: &str, resource: &str| {
        decide(ROLE, action, resource, &json!({}), &json!({"identity": [policy(&statement)]})).verdict
    };
    let token = "ecr:GetAuthorizationToken";
    for (key, actions, action, expected) in [
        ("Action", json!("ecr:BatchGetImage"), PULL, YES),
        ("Action", json!("ECR:batchgetimage"), PULL, YES),
        ("Action", json!(["ecr:PutImage", "ecr:Batch*"]), PULL, YES),
        ("Action", json!("ecr:BatchGetImag?"), PULL, YES),
        ("Action", json!("ecr:BatchGetImage?"), PULL, SILENT),
        ("Action", json!("*:BatchGetImage"), PULL, YES),
        ("Action", json!("ecr-public:*"), PULL, SILENT),
        ("Action", json!([]), PULL, SILENT),
        ("NotAction", json!("ecr:PutImage"), PULL, YES),
        ("NotAction", json!(["s3:*", "ecr:batch*"]), PULL, SILENT),
    ] {
        let mut statement = json!({"Effect": "Allow", "Resource": "*"});
        statement[key] = actions.clone();
        assert_eq!(verdict(statement, action, APP), expected, "{key} {actions}");
    }
    for (key, resources, action, expected) in [
        ("Resource", json!(APP), PULL, YES),
        ("Resource", json!("arn:*:ecr:eu-*:*:repository/shop/*"), PULL, YES),
        ("Resource", json!("arn:aws:ecr:eu-central-1:222233334444:repository/shop/ap?"), PULL, YES),
        ("Resource", json!("arn:aws:ecr:eu-central-1:222233334444:repository/shop"), PULL, SILENT),
        ("Resource", json!("arn:aws:ecr:eu-central-1:222233334444:repository/Shop/app"), PULL, SILENT),
        ("Resource", json!("arn:aws:ecr:eu-central-1:222233334444:repository/shop/app:latest"), PULL, SILENT),
        ("Resource", json!("arn:aws-cn:ecr:eu-central-1:222233334444:repository/shop/app"), PULL, SILENT),
        ("Resource", json!("arn:aws:ecr:eu-west-1:222233334444:repository/shop/app"), PULL, SILENT),
        ("Resource", json!("arn:aws:ecr:eu-central-1:888899990000:repository/shop/app"), PULL, SILENT),
        ("Resource", json!("arn:aws:ecr:*"), PULL, YES),
        ("NotResource", json!("arn:aws:ecr:*:*:repository/shop/*"), PULL, SILENT),
        ("NotResource", json!(["arn:aws:ecr:*:*:repository/other"]), PULL, YES),
        // A login acts on nothing, whatever is named.
        ("Resource", json!("*"), token, YES),
        ("Resource", json!("arn:aws:ecr:eu-central-1:222233334444:repository/*"), token, SILENT),
        ("NotResource", json!("arn:aws:ecr:*:*:repository/*"), token, YES),
    ] {
        let mut statement = json!({"Effect": "Allow", "Action": "ecr:*"});
        statement[key] = resources.clone();
        assert_eq!(verdict(statement, action, APP), expected, "{key} {resources} {action}");
    }
}

#[test]
fn a_resources_allow_reaches_as_far_as_the_principal_it_names() {
    let arn = |operator: &str| {
        policy(&json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "ecr:*",
            "Condition": {operator: {"aws:PrincipalArn": ROLE}}}))
    };
    // What it takes to be allowed where the identity, the boundary, the session's policy is silent.
    for (caller, repository, identity, boundary, session) in [
        (USER, shared(&json!({"AWS": USER})), YES, YES, YES),
        (ROLE, shared(&json!({"AWS": ROLE})), YES, SILENT, SILENT),
        (SESSION, shared(&json!({"AWS": ROLE})), YES, SILENT, SILENT),
        (SESSION, shared(&json!({"AWS": "arn:aws:iam::222233334444:role/ci/build"})), YES, SILENT, SILENT),
        (SESSION, shared(&json!({"AWS": SESSION})), YES, YES, YES),
        (SESSION, arn("ArnEquals"), YES, YES, YES),
        (SESSION, arn("ArnLike"), YES, YES, YES),
        (SESSION, shared(&json!("*")), YES, YES, SILENT),
        (SESSION, shared(&json!({"AWS": OWNER})), SILENT, SILENT, SILENT),
        (SESSION, shared(&json!({"AWS": "arn:aws:iam::222233334444:root"})), SILENT, SILENT, SILENT),
        (SESSION, shared(&json!({"AWS": "arn:aws:iam::222233334444:role/*"})), SILENT, SILENT, SILENT),
        (SESSION, shared(&json!({"AWS": "AROAEXAMPLEEXAMPLE12"})), SILENT, SILENT, SILENT),
        (SESSION, shared(&json!({"Service": "ec2.amazonaws.com"})), SILENT, SILENT, SILENT),
    ] {
        let context = json!({"aws:PrincipalArn": ROLE});
        let ask = |mut policies: Value| {
            policies["repository"] = repository.clone();
            decide(caller, PULL, APP, &context, &policies).verdict
        };
        assert_eq!(ask(json!({})), identity, "{caller} {repository}");
        assert_eq!(ask(json!({"boundary": [elsewhere()]})), boundary, "{caller} {repository} boundary");
        assert_eq!(ask(json!({"session": [elsewhere()]})), session, "{caller} {repository} session");
        // With an identity policy, the account is enough; limits limit it.
        if identity == SILENT {
            assert_eq!(ask(json!({"identity": [full()]})), YES, "{caller} {repository}");
            assert_eq!(ask(json!({"identity": [full()], "boundary": [elsewhere()]})), SILENT);
        }
    }
}

#[test]
fn across_accounts_each_side_decides_for_itself() {
    let by_account = shared(&json!({"AWS": "888899990000"}));
    for (caller, policies, expected) in [
        (GUEST, json!({"identity": [full()]}), (SILENT, Layer::Repository)),
        (GUEST, json!({"repository": by_account}), (SILENT, Layer::Identity)),
        (GUEST, json!({"identity": [full()], "repository": by_account}), (YES, Layer::Identity)),
        (
            GUEST_SESSION,
            json!({"identity": [full()], "repository": shared(&json!({"AWS": GUEST}))}),
            (YES, Layer::Identity),
        ),
        // Naming the session reaches past nothing in the other account.
        (
            GUEST_SESSION,
            json!({"repository": shared(&json!({"AWS": GUEST_SESSION})), "session": [full()]}),
            (SILENT, Layer::Identity),
        ),
        (
            GUEST_SESSION,
            json!({"identity": [full()], "repository": shared(&json!({"AWS": GUEST_SESSION})), "session": [elsewhere()]}),
            (SILENT, Layer::Session),
        ),
        (
            GUEST,
            json!({"identity": [full()], "repository": by_account, "boundary": [elsewhere()]}),
            (SILENT, Layer::Boundary),
        ),
        (
            GUEST,
            json!({"identity": [full()], "repository": by_account, "scp": [[full()], [elsewhere()]]}),
            (SILENT, Layer::ServiceControl),
        ),
        (
            GUEST,
            json!({"identity": [full()], "registry": policy(&json!({"Effect": "Allow", "Principal": {"AWS": GUEST},
                "Action": "ecr:*", "Resource": "arn:aws:ecr:*:222233334444:repository/shop/*"}))}),
            (YES, Layer::Identity),
        ),
        (
            GUEST,
            json!({"identity": [full()], "repository": by_account,
                "rcp": [[deny(&json!({"Principal": "*", "Action": "*", "Resource": "*",
                    "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}))]]}),
            (DENIED, Layer::ResourceControl),
        ),
    ] {
        let decision = decide(caller, PULL, APP, &json!({}), &policies);
        assert_eq!((decision.verdict, decision.layer), expected, "{caller} {policies}");
    }
    // A login stays in the caller's account.
    let login = decide(GUEST, "ecr:GetAuthorizationToken", "*", &json!({}), &json!({"identity": [full()]}));
    assert_eq!(login.verdict, YES);
}

#[test]
fn some_actions_are_for_one_layer_alone_to_allow() {
    let of = |principal: &str, action: &str| {
        policy(
            &json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}),
        )
    };
    for action in ["ecr:CreatePullThroughCacheRule", "ecr:DeleteRepositoryCreationTemplate"] {
        let registry = of(ROLE, action);
        for (policies, expected) in [
            (json!({"registry": registry}), (SILENT, Layer::Identity)),
            (json!({"registry": registry, "identity": [full()]}), (YES, Layer::Identity)),
            // What a Deny there says is no grant.
            (
                json!({"identity": [full()], "registry": deny(&json!({"Principal": "*", "Action": action, "Resource": "*"}))}),
                (DENIED, Layer::Registry),
            ),
        ] {
            let decision = decide(ROLE, action, "*", &json!({}), &policies);
            assert_eq!((decision.verdict, decision.layer), expected, "{action} {policies}");
        }
    }
    for action in ["ecr:CreateRepository", "ecr:ReplicateImage"] {
        let repository = shared(&json!({"AWS": "888899990000"}));
        for (policies, expected) in [
            (json!({"identity": [full()], "repository": repository}), (SILENT, Layer::Registry)),
            (json!({"identity": [full()]}), (SILENT, Layer::Registry)),
            (json!({"identity": [full()], "registry": of(GUEST, action)}), (YES, Layer::Identity)),
        ] {
            let decision = decide(GUEST, action, APP, &json!({}), &policies);
            assert_eq!((decision.verdict, decision.layer), expected, "{action} {policies}");
        }
    }
}

#[test]
fn referrers_are_listed_by_whoever_may_read_the_image() {
    let only = |action: &str| policy(&json!({"Effect": "Allow", "Action": action, "Resource": APP}));
    for (action, expected) in [(PULL, YES), ("ecr:ListImageReferrers", SILENT)] {
        let policies = json!({"identity": [only(action)]});
        let decision = decide(ROLE, "ecr:ListImageReferrers", APP, &json!({}), &policies);
        assert_eq!(decision.verdict, expected, "{action}");
    }
}

#[test]
fn control_policies_have_to_allow_at_every_level_and_spare_service_linked_roles() {
    let levels = |levels: Value| json!({"identity": [full()], "scp": levels});
    let linked = "arn:aws:iam::222233334444:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication";
    for (caller, levels, expected) in [
        (ROLE, levels(json!([[full()], [full()]])), YES),
        (ROLE, levels(json!([[full()], [elsewhere()], [full()]])), SILENT),
        (ROLE, levels(json!([[full()], [elsewhere(), full()]])), YES),
        (ROLE, levels(json!([[full()], []])), YES),
        (ROLE, levels(json!([[full(), deny(&json!({"NotAction": "s3:*", "Resource": "*"}))]])), DENIED),
        (
            ROLE,
            levels(json!([[policy(&json!({"Effect": "Allow", "Action": "ecr:*", "Resource": APP}))]])),
            YES,
        ),
        (
            ROLE,
            levels(json!([[policy(&json!({"Effect": "Allow", "Action": "ecr:*", "NotResource": APP}))]])),
            SILENT,
        ),
        (linked, levels(json!([[elsewhere()]])), YES),
        (
            linked,
            json!({"identity": [full()], "rcp": [[deny(&json!({"Principal": "*", "Action": "*", "Resource": "*"}))]]}),
            YES,
        ),
        ("arn:aws:iam::222233334444:root", levels(json!([[elsewhere()]])), SILENT),
        // A resource control policy that allows nothing takes nothing away: the one that allows everything stays.
        (ROLE, json!({"identity": [full()], "rcp": [[elsewhere()]]}), YES),
    ] {
        assert_eq!(decide(caller, PULL, APP, &json!({}), &levels).verdict, expected, "{caller} {levels}");
    }
}

#[test]
fn endpoints_let_pass_what_they_allow() {
    let endpoint = |statement: Value| json!({"identity": [full()], "endpoint": policy(&statement)});
    let open = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
    let only = |key: &str, value: &str| json!({"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*", "Condition": {"StringEquals": {key: value}}});
    for (policies, expected) in [
        (endpoint(open), (YES, Layer::Identity)),
        (endpoint(only("aws:PrincipalAccount", OWNER)), (YES, Layer::Identity)),
        (endpoint(only("aws:PrincipalAccount", "888899990000")), (SILENT, Layer::Endpoint)),
        (
            endpoint(json!({"Effect": "Allow", "Principal": {"AWS": GUEST}, "Action": "*", "Resource": "*"})),
            (SILENT, Layer::Endpoint),
        ),
        (
            endpoint(json!({"Effect": "Allow", "Principal": "*", "Action": "ecr:Put*", "Resource": "*"})),
            (SILENT, Layer::Endpoint),
        ),
    ] {
        let decision = decide(ROLE, PULL, APP, &json!({"aws:PrincipalAccount": OWNER}), &policies);
        assert_eq!((decision.verdict, decision.layer), expected, "{policies}");
    }
}
