//! Every form a document comes in, and that its places are those of the file.

use super::*;
use crate::document::Effect;

const PULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"*"}]}"#;

fn escaped(text: &str) -> String {
    ecrpass_json::quoted(text)
}

fn contents(text: &str) -> Contents {
    let principal = Principal::parse("arn:aws:sts::111122223333:assumed-role/ci/1");
    read(&Source::file("f.json", text), principal.as_ref()).unwrap()
}

/// Layers and levels of what was found, each of which is read whole and lies where its statement stands.
fn layers(text: &str) -> Vec<(Option<Layer>, usize)> {
    let each = |found: &Found| {
        let document = found.reading.clone().accepted().unwrap();
        let statement = &document.statements[0];
        assert_eq!(statement.effect, Effect::Allow);
        let at = document.source.outside(statement.actions.span.start);
        let action = &document.source.file_text()[at..];
        assert!(
            ["\"Action\"", "\\\"Action\\\"", "%22Action%22"].iter().any(|key| action.starts_with(key)),
            "{action}"
        );
        (found.layer, found.level)
    };
    contents(text).found.iter().map(each).collect()
}

#[test]
fn every_answer_of_the_command_line_is_taken() {
    use Layer::{Endpoint, Identity, Registry, Repository, ResourceControl, ServiceControl, Trust};
    let string = escaped(PULL);
    let encoded = PULL.replace('{', "%7B").replace('"', "%22").replace(':', "%3A").replace('}', "%7D");
    for (text, expected) in [
        (PULL.to_owned(), None),
        (encoded.clone(), None),
        (string.clone(), None),
        (format!("{{\"RoleName\":\"ci\",\"PolicyDocument\":{PULL}}}"), Some(Identity)),
        (format!("{{\"PolicyDocument\":\"{encoded}\"}}"), Some(Identity)),
        (format!("{{\"PolicyVersion\":{{\"Document\":{PULL}}}}}"), None),
        (format!("{{\"Role\":{{\"AssumeRolePolicyDocument\":{PULL}}}}}"), Some(Trust)),
        (format!("{{\"repositoryName\":\"a\",\"policyText\":{string}}}"), Some(Repository)),
        (format!("{{\"registryId\":\"1\",\"policyText\":{string}}}"), Some(Registry)),
        (format!("{{\"VpcEndpoints\":[{{\"PolicyDocument\":{string}}}]}}"), Some(Endpoint)),
        (
            format!(
                "{{\"Policy\":{{\"PolicySummary\":{{\"Type\":\"SERVICE_CONTROL_POLICY\"}},\"Content\":{string}}}}}"
            ),
            Some(ServiceControl),
        ),
        (
            format!(
                "{{\"Policy\":{{\"PolicySummary\":{{\"Type\":\"RESOURCE_CONTROL_POLICY\"}},\"Content\":{string}}}}}"
            ),
            Some(ResourceControl),
        ),
    ] {
        assert_eq!(layers(&text), [(expected, 0)], "{text}");
    }
}

#[test]
fn endpoints_are_told_apart_by_what_they_are_for() {
    let endpoint = |id: &str, service: &str| {
        format!(
            "{{\"VpcEndpointId\":\"{id}\",\"ServiceName\":\"com.amazonaws.eu-west-1.{service}\",\"PolicyDocument\":{}}}",
            escaped(PULL)
        )
    };
    let all = ["ecr.api", "s3", "ecr.dkr"].map(|service| endpoint("vpce-1", service)).join(",");
    // As the command prints it, and as `--query 'VpcEndpoints[]'` does.
    for text in [format!("{{\"VpcEndpoints\":[{all}]}}"), format!("[{all}]")] {
        assert_eq!(layers(&text), [(Some(Layer::Endpoint), 1), (Some(Layer::Endpoint), 0)], "{text}");
        let label = contents(&text).found[0].label.clone();
        assert_eq!(
            label.as_deref(),
            Some("policy of the VPC endpoint vpce-1 for com.amazonaws.eu-west-1.ecr.api")
        );
    }
}

#[test]
fn lists_and_files_by_layer_keep_their_levels() {
    use Layer::{Identity, Repository, ServiceControl};
    assert_eq!(layers(&format!("[{PULL},{PULL}]")), [(None, 0), (None, 0)]);
    assert_eq!(layers(&format!("[[{PULL}],[{PULL},{PULL}]]")), [(None, 0), (None, 1), (None, 1)]);
    let text = format!(
        "{{\"identity\":[{PULL},{{\"name\":\"x\",\"document\":{PULL}}}],\"repository\":{},\"registry\":null,\"scp\":[[{PULL}],{PULL}]}}",
        escaped(PULL)
    );
    let expected = [
        (Some(Identity), 0),
        (Some(Identity), 0),
        (Some(Repository), 0),
        (Some(ServiceControl), 0),
        (Some(ServiceControl), 1),
    ];
    assert_eq!(layers(&text), expected);
    assert_eq!(layers(&format!("{{\"policies\":{text}}}")), expected);
    let seen = contents(&text).seen;
    assert_eq!(seen, [Identity, Repository, Layer::Registry, ServiceControl]);
}

#[test]
fn what_was_collected_says_what_it_lacks() {
    let text = format!(
        r#"{{"schema": "ecrpass/policies/1", "principal": "arn:aws:iam::111122223333:role/ci",
            "layers": {{"identity": [{{"source": "inline policy p of role ci", "document": {PULL}}}], "boundary": [],
                "repository": [{{"source": "policy of a", "resource": "arn:aws:ecr:eu-west-1:111122223333:repository/a", "document": {PULL}}}]}},
            "not_seen": [{{"layer": "scp", "what": "the service control policies", "why": "w", "matters": "m"}},
                {{"layer": "identity", "what": "one managed policy", "why": "w", "matters": "m"}}]}}"#
    );
    let contents = contents(&text);
    assert_eq!(contents.principal.as_deref(), Some("arn:aws:iam::111122223333:role/ci"));
    assert_eq!(contents.found[0].label.as_deref(), Some("inline policy p of role ci"));
    assert!(contents.found[1].resource.as_deref().unwrap().ends_with("repository/a"));
    // Read in part is not read.
    assert_eq!(contents.seen, [Layer::Repository, Layer::Boundary]);
    assert_eq!(contents.missing[0], "the service control policies were not read: w; m");
}

#[test]
fn of_an_account_what_hangs_on_the_principal_is_taken() {
    let text = format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [
            {{"RoleName": "other", "RolePolicyList": [{{"PolicyDocument": {{}}}}]}},
            {{"RoleName": "ci", "AssumeRolePolicyDocument": {PULL}, "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {PULL}}}],
             "AttachedManagedPolicies": [
                {{"PolicyArn": "arn:aws:iam::111122223333:policy/own"}},
                {{"PolicyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"}},
                {{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}}],
             "PermissionsBoundary": {{"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/own"}}}}],
            "Policies": [{{"Arn": "arn:aws:iam::111122223333:policy/own", "PolicyVersionList": [
                {{"IsDefaultVersion": false, "Document": {{}}}}, {{"IsDefaultVersion": true, "Document": {PULL}}}]}}]}}"#
    );
    let found: Vec<_> = contents(&text).found.iter().map(|found| found.layer.unwrap().id()).collect();
    assert_eq!(found, ["trust", "identity", "identity", "identity", "boundary"]);
    let missing = contents(&text).missing;
    assert!(missing.len() == 1 && missing[0].contains("AdministratorAccess"), "{missing:?}");
    // Nobody named: nothing can be chosen.
    let nobody = read(&Source::file("f", &text), None).unwrap();
    assert!(nobody.found.is_empty() && nobody.missing[0].contains("--principal"));
}

#[test]
fn plans_of_terraform_hold_policies_in_strings() {
    let string = escaped(PULL);
    let text = format!(
        r#"{{"planned_values": {{"root_module": {{"resources": [
            {{"address": "aws_ecr_repository_policy.a", "type": "aws_ecr_repository_policy", "values": {{"policy": {string}}}}},
            {{"address": "aws_iam_role_policy.b", "type": "aws_iam_role_policy", "values": {{}}}},
            {{"type": "aws_s3_bucket", "values": {{"policy": {string}}}}}],
          "child_modules": [{{"resources": [{{"type": "aws_iam_role", "values": {{"assume_role_policy": {string},
            "inline_policy": [{{"name": "x", "policy": {string}}}]}}}}]}}]}}}}}}"#
    );
    assert_eq!(
        layers(&text),
        [(Some(Layer::Repository), 0), (Some(Layer::Trust), 0), (Some(Layer::Identity), 0)]
    );
    assert_eq!(contents(&text).missing, ["aws_iam_role_policy.b: its policy is known after apply only"]);
}

#[test]
fn faults_inside_of_a_string_have_their_place_in_the_file() {
    let inner = "{\n \"Statement\": {\"Effect\": \"Permit\", \"Action\": \"*\", \"Sid\": \"\u{e9}\"}\n}";
    let text = format!("{{\n  \"policyText\": {}\n}}", escaped(inner));
    let problems = &contents(&text).found[0].reading.problems;
    let column = text.lines().nth(1).unwrap().find("\\\"Permit").unwrap();
    assert_eq!(problems[0].to_string(), format!("2:{}: Effect is Allow or Deny, not Permit", column + 1));
    let error = read(&Source::file("f", "{\"a\": }"), None).unwrap_err();
    assert_eq!(error.position.to_string(), "1:7");
}

#[test]
fn a_document_that_is_too_long_is_refused_by_its_size_alone() {
    // No JSON at its end, which nobody gets to see.
    let long = format!("{{\"Statement\": [{}", " ".repeat(crate::document::read::MAX_LENGTH));
    let contents = read(&Source::file("p.json", &long), None).unwrap();
    let kinds: Vec<&ProblemKind> =
        contents.found[0].reading.problems.iter().map(|problem| &problem.kind).collect();
    assert!(matches!(kinds.as_slice(), [ProblemKind::TooLong { .. }]), "{kinds:?}");
}
