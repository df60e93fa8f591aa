//! Whole requests: what each layer does to them, within an account and across accounts.

#![allow(clippy::unwrap_used)]

use ecrpass_iam::context::Context;
use ecrpass_iam::denial::{self, Reason};
use ecrpass_iam::{
    Decision, Document, Layer, Policies, PolicyKind, Principal, Request, Verdict, document, evaluate,
};
use serde_json::{Value, json};

const OWNER: &str = "111122223333";
const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";
const USER: &str = "arn:aws:iam::111122223333:user/ann";
const ROLE: &str = "arn:aws:iam::111122223333:role/build";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/build/42";
const GUEST: &str = "arn:aws:iam::444455556666:role/guest";
const PULL: &str = "ecr:BatchGetImage";

fn policy(source: &str, statements: &Value) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    document::read(source, &text).accepted().unwrap()
}

/// A policy for others that says something about all of ECR.
fn for_others(effect: &str, principal: &Value) -> Document {
    policy(
        "repository",
        &json!({"Sid": "Others", "Effect": effect, "Principal": principal, "Action": "ecr:*"}),
    )
}

/// A policy of the caller's that says something about an action.
fn own(source: &str, effect: &str, action: &str) -> Document {
    policy(source, &json!({"Sid": "Own", "Effect": effect, "Action": action, "Resource": "*"}))
}

fn request(principal: &str, action: &str, resource: &str, context: Context) -> Request {
    Request {
        principal: Principal::parse(principal).unwrap(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        context,
    }
}

fn decide(policies: &Policies, principal: &str, action: &str, resource: &str) -> Decision {
    evaluate(policies, &request(principal, action, resource, Context::complete()))
}

fn pull(policies: &Policies, principal: &str) -> (Verdict, Layer) {
    let decision = decide(policies, principal, PULL, REPOSITORY);
    (decision.verdict, decision.layer)
}

fn allow_all() -> Policies {
    Policies { identity: vec![own("identity", "Allow", "*")], ..Policies::default() }
}

#[test]
fn without_a_policy_nothing_is_allowed() {
    for principal in [USER, ROLE, SESSION, GUEST] {
        assert_eq!(pull(&Policies::default(), principal), (Verdict::ImplicitlyDenied, Layer::Identity));
    }
    assert_eq!(
        pull(&Policies::default(), "lambda.amazonaws.com"),
        (Verdict::ImplicitlyDenied, Layer::Repository)
    );
    let root = "arn:aws:iam::111122223333:root";
    assert_eq!(pull(&Policies::default(), root), (Verdict::Allowed, Layer::Identity));
}

#[test]
fn in_an_account_either_side_may_allow() {
    assert_eq!(pull(&allow_all(), SESSION), (Verdict::Allowed, Layer::Identity));
    for (principal, caller, verdict) in [
        (json!({"AWS": USER}), USER, Verdict::Allowed),
        (json!({"AWS": ROLE}), SESSION, Verdict::Allowed),
        (json!({"AWS": SESSION}), SESSION, Verdict::Allowed),
        (json!("*"), USER, Verdict::Allowed),
        (json!({"AWS": OWNER}), USER, Verdict::ImplicitlyDenied),
        (json!({"AWS": "arn:aws:iam::111122223333:root"}), SESSION, Verdict::ImplicitlyDenied),
        (json!({"AWS": GUEST}), USER, Verdict::ImplicitlyDenied),
    ] {
        let policies = Policies { repository: Some(for_others("Allow", &principal)), ..Policies::default() };
        assert_eq!(pull(&policies, caller).0, verdict, "{principal} {caller}");
    }
}

#[test]
fn across_accounts_both_sides_have_to_allow() {
    let shared = for_others("Allow", &json!({"AWS": "444455556666"}));
    let registry = policy(
        "registry",
        &json!({"Effect": "Allow", "Principal": {"AWS": GUEST}, "Action": "ecr:*", "Resource": "*"}),
    );
    let both = Policies { repository: Some(shared.clone()), ..allow_all() };
    let by_registry = Policies { registry: Some(registry), ..allow_all() };
    let owner_only = Policies { repository: Some(shared), ..Policies::default() };
    assert_eq!(pull(&both, GUEST), (Verdict::Allowed, Layer::Identity));
    assert_eq!(pull(&by_registry, GUEST), (Verdict::Allowed, Layer::Identity));
    assert_eq!(pull(&allow_all(), GUEST), (Verdict::ImplicitlyDenied, Layer::Repository));
    assert_eq!(pull(&owner_only, GUEST), (Verdict::ImplicitlyDenied, Layer::Identity));
    // A login is about no repository, and so about no other account.
    assert!(decide(&allow_all(), GUEST, "ecr:GetAuthorizationToken", "*").is_allowed());
}

#[test]
fn how_far_a_resources_policy_reaches_depends_on_whom_it_names() {
    let silent = || vec![own("limit", "Allow", "s3:*")];
    let exactly = policy(
        "repository",
        &json!({"Effect": "Allow", "Principal": "*", "Action": "ecr:*",
            "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}}),
    );
    let denied = |layer| (Verdict::ImplicitlyDenied, layer);
    let allowed = (Verdict::Allowed, Layer::Repository);
    for (repository, caller, boundary, session) in [
        (for_others("Allow", &json!({"AWS": USER})), USER, allowed, allowed),
        (
            for_others("Allow", &json!({"AWS": ROLE})),
            SESSION,
            denied(Layer::Boundary),
            denied(Layer::Session),
        ),
        (for_others("Allow", &json!({"AWS": SESSION})), SESSION, allowed, allowed),
        (exactly, SESSION, allowed, allowed),
    ] {
        let context = Context::complete().with("aws:PrincipalArn", ROLE);
        let ask = |policies: Policies| {
            let decision = evaluate(&policies, &request(caller, PULL, REPOSITORY, context.clone()));
            (decision.verdict, decision.layer)
        };
        let repository = Some(repository);
        let policies = Policies { repository: repository.clone(), boundary: silent(), ..Policies::default() };
        assert_eq!(ask(policies), boundary, "{caller}");
        assert_eq!(
            ask(Policies { repository, session: silent(), ..Policies::default() }),
            session,
            "{caller}"
        );
    }
}

#[test]
fn limits_have_to_let_it_pass() {
    let other = || vec![own("limit", "Allow", "s3:*")];
    let full = || vec![own("full", "Allow", "*")];
    for (layer, policies) in [
        (Layer::Boundary, Policies { boundary: other(), ..allow_all() }),
        (Layer::Session, Policies { session: other(), ..allow_all() }),
        (Layer::ServiceControl, Policies { service_control: vec![full(), other(), full()], ..allow_all() }),
        (
            Layer::Endpoint,
            Policies { endpoint: Some(for_others("Allow", &json!({"AWS": GUEST}))), ..allow_all() },
        ),
    ] {
        assert_eq!(pull(&policies, SESSION), (Verdict::ImplicitlyDenied, layer));
    }
    let within = Policies {
        boundary: full(),
        session: full(),
        service_control: vec![full(), full()],
        endpoint: Some(for_others("Allow", &json!("*"))),
        ..allow_all()
    };
    assert_eq!(pull(&within, SESSION), (Verdict::Allowed, Layer::Identity));
    // None of them gives anything by itself.
    let alone = Policies { identity: Vec::new(), ..within };
    assert_eq!(pull(&alone, SESSION), (Verdict::ImplicitlyDenied, Layer::Identity));
    // Services and their resource control policies have nothing to do with the caller's organization.
    let lambda = Policies {
        repository: Some(for_others("Allow", &json!({"Service": "lambda.amazonaws.com"}))),
        service_control: vec![other()],
        ..Policies::default()
    };
    assert_eq!(pull(&lambda, "lambda.amazonaws.com"), (Verdict::Allowed, Layer::Repository));
}

#[test]
fn a_deny_in_any_layer_ends_it() {
    let deny = || own("deny", "Deny", "ecr:batch*");
    let deny_all = || for_others("Deny", &json!("*"));
    let registry = policy(
        "registry",
        &json!({"Effect": "Deny", "Principal": {"AWS": OWNER}, "Action": "*", "Resource": REPOSITORY}),
    );
    for (layer, policies) in [
        (Layer::Identity, Policies { identity: vec![own("all", "Allow", "*"), deny()], ..allow_all() }),
        (Layer::Repository, Policies { repository: Some(deny_all()), ..allow_all() }),
        (Layer::Registry, Policies { registry: Some(registry), ..allow_all() }),
        (Layer::Boundary, Policies { boundary: vec![own("all", "Allow", "*"), deny()], ..allow_all() }),
        (Layer::Session, Policies { session: vec![deny()], ..allow_all() }),
        (Layer::ServiceControl, Policies { service_control: vec![vec![deny()]], ..allow_all() }),
        (Layer::ResourceControl, Policies { resource_control: vec![vec![deny_all()]], ..allow_all() }),
        (Layer::Endpoint, Policies { endpoint: Some(deny_all()), ..allow_all() }),
    ] {
        let decision = decide(&policies, SESSION, PULL, REPOSITORY);
        assert_eq!((decision.verdict, decision.layer), (Verdict::ExplicitlyDenied, layer));
        assert!(decision.statement.is_some(), "{layer}");
    }
}

#[test]
fn the_deciding_statement_is_named_and_so_is_what_missed() {
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": [\n  {\"Effect\": \"Allow\", \"Action\": \"ecr:PutImage\", \"Resource\": \"*\"},\n  {\"Sid\": \"Stop\", \"Effect\": \"Deny\", \"Action\": \"ecr:*\", \"Resource\": \"*\"}\n]}";
    let identity = vec![document::read("role.json", text).accepted().unwrap()];
    let policies = Policies { identity, ..Policies::default() };
    let asked = request(SESSION, PULL, REPOSITORY, Context::complete());
    let decision = evaluate(&policies, &asked);
    let statement = decision.statement.clone().unwrap();
    assert_eq!((&*statement.source, statement.position.to_string()), ("role.json", "3:3".to_owned()));
    assert_eq!(statement.sid.as_deref(), Some("Stop"));
    assert_eq!(decision.layers[0].missed[0].0.position.line, 2);
    // What AWS would answer, and what is read out of it.
    let denied = decision.denied(&asked).unwrap().to_string();
    assert!(denied.ends_with(" with an explicit deny in an identity-based policy"), "{denied}");
    assert_eq!(denial::parse(&denied).unwrap().reason, Reason::Denied(Some(PolicyKind::Identity)));
}

#[test]
fn a_repositorys_policy_has_no_say_before_there_is_one() {
    let policies = Policies { repository: Some(for_others("Allow", &json!("*"))), ..Policies::default() };
    for (action, resource) in [("ecr:CreateRepository", REPOSITORY), ("ecr:GetAuthorizationToken", "*")] {
        let decision = decide(&policies, SESSION, action, resource);
        assert_eq!((decision.verdict, decision.layer), (Verdict::ImplicitlyDenied, Layer::Identity));
    }
}

#[test]
fn roles_are_assumed_by_those_they_trust() {
    let trust = |principal: Value, action: &str| Policies {
        trust: Some(policy("trust", &json!({"Effect": "Allow", "Principal": principal, "Action": action}))),
        ..Policies::default()
    };
    let role = "arn:aws:iam::111122223333:role/deploy";
    let asks = |policies: Policies, caller: &str, action: &str| {
        let decision = decide(&policies, caller, action, role);
        (decision.verdict, decision.layer)
    };
    let (assume, web) = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity");
    let by_account = || trust(json!({"AWS": OWNER}), assume);
    let may = || vec![own("identity", "Allow", "sts:*")];
    assert_eq!(asks(trust(json!({"AWS": USER}), assume), USER, assume), (Verdict::Allowed, Layer::Trust));
    assert_eq!(asks(by_account(), USER, assume), (Verdict::ImplicitlyDenied, Layer::Identity));
    assert!(matches!(
        asks(Policies { identity: may(), ..by_account() }, USER, assume),
        (Verdict::Allowed, _)
    ));
    assert_eq!(asks(allow_all(), USER, assume), (Verdict::ImplicitlyDenied, Layer::Trust));
    assert_eq!(asks(allow_all(), GUEST, assume), (Verdict::ImplicitlyDenied, Layer::Trust));
    let provider = "arn:aws:iam::111122223333:oidc-provider/gitlab.com";
    assert_eq!(
        asks(trust(json!({"Federated": provider}), web), provider, web),
        (Verdict::Allowed, Layer::Trust)
    );
    assert_eq!(
        asks(trust(json!({"Federated": "accounts.google.com"}), web), provider, web),
        (Verdict::ImplicitlyDenied, Layer::Trust)
    );
}

#[test]
fn a_trust_policy_may_compare_any_claim() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let trust = policy(
        "trust",
        &json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*:ref:refs/heads/main"},
        }}),
    );
    let policies = Policies { trust: Some(trust), ..Policies::default() };
    let verdict = |sub: &str| {
        let context = Context::complete()
            .with("token.actions.githubusercontent.com:aud", "sts.amazonaws.com")
            .with("token.actions.githubusercontent.com:sub", sub);
        evaluate(&policies, &request(provider, "sts:AssumeRoleWithWebIdentity", ROLE, context)).verdict
    };
    assert_eq!(verdict("repo:acme/app:ref:refs/heads/main"), Verdict::Allowed);
    assert_eq!(verdict("repo:acme/app:pull_request"), Verdict::ImplicitlyDenied);
}

#[test]
fn what_is_not_known_is_asked_back() {
    let fenced = policy(
        "identity",
        &json!([
            {"Effect": "Allow", "Action": "ecr:*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}},
            {"Sid": "Tls", "Effect": "Deny", "Action": "*", "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ]),
    );
    let policies = Policies { identity: vec![fenced], ..Policies::default() };
    let ask = |context: Context| evaluate(&policies, &request(SESSION, PULL, REPOSITORY, context));
    let keys = |decision: &Decision| -> Vec<String> {
        decision.depends_on.iter().map(|on| on.key.clone()).collect()
    };
    let open = ask(Context::partial());
    assert_eq!(open.verdict, Verdict::Depends);
    assert_eq!(keys(&open), ["aws:SecureTransport", "aws:SourceVpce"]);
    assert_eq!(open.depends_on[1].values, ["vpce-1", "vpce-2"]);
    let tls = ask(Context::partial().with("aws:SourceVpce", "vpce-2"));
    assert_eq!((tls.verdict, keys(&tls)), (Verdict::Depends, vec!["aws:SecureTransport".to_owned()]));
    assert_eq!(tls.statement.unwrap().sid.as_deref(), Some("Tls"));
    let elsewhere = ask(Context::partial().with("aws:SourceVpce", "vpce-3"));
    assert_eq!((elsewhere.verdict, elsewhere.depends_on), (Verdict::ImplicitlyDenied, Vec::new()));
    let plain = ask(Context::partial().with("aws:SecureTransport", "false"));
    assert_eq!(plain.verdict, Verdict::ExplicitlyDenied);
}

#[test]
fn resources_may_hold_variables() {
    let policies = Policies {
        identity: vec![policy(
            "identity",
            &json!({"Effect": "Allow", "Action": "ecr:*",
                "Resource": "arn:aws:ecr:*:111122223333:repository/${aws:PrincipalTag/team}/*"}),
        )],
        ..Policies::default()
    };
    let ask = |context: Context| evaluate(&policies, &request(SESSION, PULL, REPOSITORY, context)).verdict;
    assert_eq!(ask(Context::complete().with("aws:PrincipalTag/team", "team")), Verdict::Allowed);
    assert_eq!(ask(Context::complete().with("aws:PrincipalTag/team", "t*")), Verdict::ImplicitlyDenied);
    assert_eq!(ask(Context::complete()), Verdict::ImplicitlyDenied);
    assert_eq!(ask(Context::partial()), Verdict::Depends);
}
