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
    adds(&case, &policies, "[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"]");
    // One on everything is no place for what has a scope.
    let everything =
        policy("{\"Effect\":\"Allow\",\"Action\":\"ecr:GetAuthorizationToken\",\"Resource\":\"*\"}");
    let policies = Policies { identity: vec![everything], ..Policies::default() };
    adds(&case, &policies, "\"Resource\":\"arn:aws:ecr:eu-west-1:111122223333:repository/team/app\"");
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
            "[\"us-east-1\",\"eu-west-1\"]",
        ),
        ("{\"Effect\":\"Deny\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}", "[\"iam:*\",\"ecr:PutImage\"]"),
        (
            "{\"Effect\":\"Deny\",\"Action\":\"ecr:*\",\"NotResource\":[\"arn:aws:ecr:*:*:repository/x\"]}",
            "repository/x\",\"arn:aws:ecr:eu-west-1",
        ),
        (
            "{\"Effect\":\"Deny\",\"Action\":\"ecr:*\",\"Resource\":\"*\"}",
            "\"Condition\":{\"ArnNotEquals\":{\"aws:PrincipalArn\":\"arn:aws:iam::111122223333:role/ci\"}}",
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

/// What is left of a text when the longest beginning and end that it shares with another are gone.
fn middle(of: &str, other: &str) -> String {
    let before = of.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let rest = (&of.as_bytes()[before..], &other.as_bytes()[before..]);
    let after = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| a == b).count();
    String::from_utf8(rest.0[..rest.0.len() - after].to_vec()).unwrap()
}

#[test]
fn a_file_keeps_every_byte_and_its_own_way_of_writing() {
    let allow = "{\"Effect\":\"Allow\",\"Action\":\"Ecr:B*\",\"Resource\":\"*\"}";
    let lines = "{\n\t\"Version\": \"2012-10-17\",\n\t\"Statement\": {\n\t\t\"Effect\": \"Allow\",\n\t\t\"Action\": \"s3:*\",\n\t\t\"Resource\": \"*\"\n\t}\n}\n";
    let compact = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{allow}]}}\n");
    let answer = format!(
        "{{\n \"RoleName\": \"ci\", \"PolicyName\": \"x\",\n \"PolicyDocument\": {{\"Statement\": [{allow}]}}\n}}"
    );
    let statements = format!("{{\n    \"Statement\": [\n        {allow},\n        {allow}\n    ]\n}}");
    let wanted = "\"ecr:PutImage\"";
    for text in [
        format!("{{\"Statement\":{allow}}}"),
        compact.clone(),
        compact.replace(':', ": ").replace("Ecr: ", "ecr:").replace(',', ", "),
        lines.to_owned(),
        lines.replace('\n', "\r\n"),
        answer,
        statements.clone(),
    ] {
        let contents = crate::inputs::read(&crate::source::Source::file("p.json", &text), None).unwrap();
        let identity: Vec<Document> =
            contents.found.into_iter().map(|found| found.reading.document.unwrap()).collect();
        let policies = Policies { identity, ..Policies::default() };
        let changes = changes(&role(&["ecr:PutImage"]), &policies);
        let [(name, old, new)] = files(&changes).try_into().unwrap();
        assert_eq!((name, old), ("p.json", text.as_str()));
        // Nothing goes, but that a value gets the brackets of a list.
        assert!(["", "{"].contains(&middle(old, &new).get(..1).unwrap_or_default()), "{new}");
        let added = middle(&new, old);
        assert!(added.contains(wanted), "{new}");
        assert!(ecrpass_json::parse(&new).is_ok(), "{new}");
        assert_eq!(added.contains('\n'), text.contains("\n\t") || text == statements, "{new}");
        assert_eq!(
            new.matches('\n').count(),
            new.matches("\r\n").count() + if text.contains('\r') { 0 } else { new.matches('\n').count() }
        );
        assert_eq!(added.contains("\": "), text.contains("\": ") || text == statements, "{new}");
        assert!(!text.contains('\t') || !added.contains("  "), "{new}");
    }
}

#[test]
fn two_documents_of_one_file_are_one_change_of_it() {
    let statement = "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}";
    let document =
        |name| format!("{{\"PolicyName\": \"{name}\", \"PolicyDocument\": {{\"Statement\": {statement}}}}}");
    let user = "\"UserName\": \"u\", \"Arn\": \"arn:aws:iam::123456789012:user/u\"";
    let (one, other) = (document("a"), document("b"));
    let text = format!("{{\"UserDetailList\": [{{{user}, \"UserPolicyList\": [{one},\n {other}]}}]}}");
    let user_u = Principal::parse("arn:aws:iam::123456789012:user/u").unwrap();
    let contents = crate::inputs::read(&crate::source::Source::file("p.json", &text), Some(&user_u)).unwrap();
    let change = |(number, found): (usize, crate::inputs::Found)| {
        let document = found.reading.document.unwrap();
        let (source, within) = (Some(document.name().to_string()), Within::of(&document));
        let new = format!("{{\"Id\": \"{number}\"}}");
        Change { source, within, layer: Layer::Identity, old: document.text().to_owned(), new }
    };
    let mut changes: Vec<Change> = contents.found.into_iter().enumerate().map(change).collect();
    assert_eq!(changes.len(), 2);
    // In whatever order they come.
    changes.reverse();
    let [(name, old, new)] = files(&changes).try_into().unwrap();
    assert_eq!((name, old), ("p.json", text.as_str()));
    let expected = text.replace(&format!("{{\"Statement\": {statement}}}"), "{\"Id\": \"0\"}").replacen(
        "\"b\", \"PolicyDocument\": {\"Id\": \"0\"}",
        "\"b\", \"PolicyDocument\": {\"Id\": \"1\"}",
        1,
    );
    assert_eq!(new, expected);
}

#[test]
fn what_only_the_registry_can_allow_is_changed_there() {
    let guest = case("arn:aws:iam::444455556666:role/r", &["ecr:CreateRepository"]);
    let repository =
        policy("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"ecr:*\"}");
    let mut policies =
        Policies { identity: vec![all()], repository: Some(repository), ..Policies::default() };
    let first = changes(&guest, &policies);
    assert_eq!((first.len(), first[0].layer, first[0].old.as_str()), (1, Layer::Registry, ""));
    assert!(first[0].new.contains(REPOSITORY), "{}", first[0].new);
    // One that lets the account replicate gets the other action that it takes.
    policies.registry = Some(policy(
        "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":\"ecr:ReplicateImage\",\"Resource\":\"arn:aws:ecr:eu-west-1:111122223333:repository/*\"}",
    ));
    let root = case("arn:aws:iam::444455556666:root", &["ecr:ReplicateImage", "ecr:CreateRepository"]);
    adds(&root, &policies, "[\"ecr:ReplicateImage\",\"ecr:CreateRepository\"]");
}
