//! Each kind of denial has a change that ends it, and the change is no larger than it has to be.

use super::*;
use crate::context::Context;
use crate::document::{self, Document};
use crate::principal::Principal;

const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";

fn case(principal: &str, actions: &[&str]) -> Case {
    Case {
        principal: Principal::parse(principal).unwrap(),
        actions: actions.iter().map(|&action| action.to_owned()).collect(),
        resource: REPOSITORY.to_owned(),
        context: Context::partial(),
        is_complete: false,
    }
}

fn policy(statements: &str) -> Document {
    let text = format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statements}}}");
    document::read("p.json", &text).accepted().unwrap()
}

fn role(actions: &[&str]) -> Case {
    case("arn:aws:iam::111122223333:role/ci", actions)
}

fn all() -> Document {
    policy("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}")
}

/// The changes, which have to be proven where there are any.
fn changes(case: &Case, policies: &Policies) -> Vec<Change> {
    let Some(proven) = smallest(case, policies) else { return Vec::new() };
    assert_eq!(proven.answers.verdict(), Verdict::Allowed);
    proven.changes
}

/// What the only change adds, as text that has to be in it.
fn adds(case: &Case, policies: &Policies, expected: &str) {
    let changes = changes(case, policies);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes[0].new.contains(expected), "{}", changes[0].new);
}

#[test]
fn a_statement_that_fits_gets_the_action() {
    let identity = policy(&format!(
        "[{{\"Effect\":\"Allow\",\"Action\":\"ecr:GetAuthorizationToken\",\"Resource\":\"*\"}},{{\"Effect\":\"Allow\",\"Action\":[\"ecr:BatchGetImage\"],\"Resource\":\"{REPOSITORY}\"}}]"
    ));
    let policies = Policies { identity: vec![identity], ..Policies::default() };
    let case = role(&["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]);
    adds(&case, &policies, "[\"ecr:BatchGetImage\", \"ecr:GetDownloadUrlForLayer\"]");
    // One on everything is no place for what has a scope.
    let everything =
        policy("{\"Effect\":\"Allow\",\"Action\":\"ecr:GetAuthorizationToken\",\"Resource\":\"*\"}");
    let policies = Policies { identity: vec![everything], ..Policies::default() };
    adds(&case, &policies, "\"Resource\": \"arn:aws:ecr:eu-west-1:111122223333:repository/team/app\"");
}

#[test]
fn where_nothing_is_there_a_document_is_proposed() {
    let first = changes(&role(&["ecr:PutImage"]), &Policies::default()).remove(0);
    assert_eq!((first.source.as_deref(), first.layer, first.old.as_str()), (None, Layer::Identity, ""));
    let guest = case("arn:aws:sts::444455556666:assumed-role/guest/1", &["ecr:BatchGetImage"]);
    let policies = Policies { identity: vec![all()], ..Policies::default() };
    adds(&guest, &policies, "\"Principal\": {\"AWS\": \"arn:aws:iam::444455556666:role/guest\"}");
    // Both sides, where both are silent.
    let layers: Vec<Layer> =
        changes(&guest, &Policies::default()).iter().map(|change| change.layer).collect();
    assert_eq!(layers, [Layer::Identity, Layer::Repository]);
}

#[test]
fn limits_are_widened_where_they_are_in_the_way() {
    let scoped = || policy("{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}");
    let with = |change: fn(&mut Policies, Document)| {
        let mut policies = Policies { identity: vec![all()], ..Policies::default() };
        change(&mut policies, scoped());
        policies
    };
    for (layer, policies) in [
        (Layer::Boundary, with(|policies, document| policies.boundary = vec![document])),
        (Layer::Session, with(|policies, document| policies.session = vec![document])),
        (
            Layer::ServiceControl,
            with(|policies, document| {
                policies.service_control = vec![vec![all()], vec![document.clone()], vec![document]];
            }),
        ),
    ] {
        let changes = changes(&role(&["ecr:PutImage"]), &policies);
        assert!(!changes.is_empty() && changes.iter().all(|change| change.layer == layer), "{changes:?}");
    }
}

#[test]
fn a_deny_is_narrowed_and_not_removed() {
    let with = |deny: &str| Policies {
        identity: vec![all()],
        service_control: vec![vec![all(), policy(deny)]],
        ..Policies::default()
    };
    for (deny, expected) in [
        (
            "{\"Effect\":\"Deny\",\"Action\":\"ecr:*\",\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":\"us-east-1\"}}}",
            "[\"us-east-1\", \"eu-west-1\"]",
        ),
        ("{\"Effect\":\"Deny\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}", "[\"iam:*\", \"ecr:PutImage\"]"),
        (
            "{\"Effect\":\"Deny\",\"Action\":\"ecr:*\",\"NotResource\":[\"arn:aws:ecr:*:*:repository/x\"]}",
            "repository/x\", \"arn:aws:ecr:eu-west-1",
        ),
        (
            "{\"Effect\":\"Deny\",\"Action\":\"ecr:*\",\"Resource\":\"*\"}",
            "\"Condition\": {\"ArnNotEquals\": {\"aws:PrincipalArn\": \"arn:aws:iam::111122223333:role/ci\"}}",
        ),
    ] {
        adds(&role(&["ecr:PutImage"]), &with(deny), expected);
    }
    let own = policy(
        "[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":[\"ecr:PutImage\",\"ecr:BatchDeleteImage\"],\"Resource\":\"*\"}]",
    );
    let policies = Policies { identity: vec![own], ..Policies::default() };
    adds(&role(&["ecr:PutImage"]), &policies, "\"Action\":[\"ecr:BatchDeleteImage\"]");
}

#[test]
fn nothing_is_proposed_where_nothing_has_to_or_can_change() {
    let allowed = Policies { identity: vec![all()], ..Policies::default() };
    assert_eq!(changes(&role(&["ecr:PutImage"]), &allowed), []);
    // A Deny for everybody that no key can lift from a service.
    let service = case("lambda.amazonaws.com", &["ecr:BatchGetImage"]);
    let deny = policy("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"ecr:*\"}");
    let policies = Policies { repository: Some(deny), ..Policies::default() };
    assert_eq!(changes(&service, &policies), []);
}
