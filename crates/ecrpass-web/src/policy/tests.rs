//! Policies in every form people have them in, and what is said of them.

use ecrpass_diagnosis::input_kind::InputKind;
use serde_json::{Value, json};

use super::*;

const PUSH_ONLY_TO_APP: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Login",
      "Effect": "Allow",
      "Action": "ecr:GetAuthorizationToken",
      "Resource": "*"
    },
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      "Resource": "arn:aws:ecr:eu-west-1:444455556666:repository/team/*",
      "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    }
  ]
}"#;

fn asked(text: &str, layer: &str, task: &str) -> Value {
    let question = json!({"layer": layer, "task": task, "principal": "", "repository": ""});
    serde_json::from_str(&policy(text, &question.to_string())).unwrap()
}

#[test]
fn a_task_is_decided_action_by_action_and_the_statement_is_marked() {
    let outcome = asked(PUSH_ONLY_TO_APP, "", "push");
    assert_eq!(outcome["layer"], "identity");
    assert_eq!(outcome["repository"], "arn:aws:ecr:eu-west-1:444455556666:repository/team/x");
    assert_eq!(outcome["principal"], "arn:aws:iam::444455556666:role/ci");
    assert_eq!(outcome["verdict"], "implicitly-denied");
    let of = |action: &str| {
        let requests = outcome["requests"].as_array().unwrap();
        requests.iter().find(|request| request["action"] == action).unwrap().clone()
    };
    assert_eq!(of("ecr:GetAuthorizationToken")["verdict"], "allowed");
    assert_eq!(of("ecr:GetAuthorizationToken")["marks"][0]["line"], 4);
    assert_eq!(of("ecr:PutImage")["verdict"], "implicitly-denied");
    let read = of("ecr:BatchGetImage");
    assert_eq!((&read["verdict"], &read["sid"]), (&json!("depends"), &json!("Read")));
    assert_eq!(read["depends_on"], json!(["aws:SourceVpce StringEquals vpce-1"]));
}

#[test]
fn the_kind_of_policy_is_seen_and_its_rules_are_applied() {
    let repository = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}, "Action": "ecr:*"}]}"#;
    let outcome = asked(repository, "", "pull");
    assert_eq!((&outcome["layer"], &outcome["verdict"]), (&json!("repository"), &json!("allowed")));
    let actions: Vec<_> = outcome["requests"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
    assert_eq!(actions, [&json!("ecr:BatchGetImage"), &json!("ecr:GetDownloadUrlForLayer")]);
    // The same text as the caller's own policy is refused by AWS.
    let outcome = asked(repository, "identity", "pull");
    assert_eq!(outcome["problems"][0]["severity"], "error");
}

#[test]
fn what_cannot_be_answered_says_why() {
    let trust = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole"}]}"#;
    assert!(asked(trust, "", "pull")["unanswered"].as_str().unwrap().contains("trust policy"));
    assert_eq!(asked("{", "", "pull")["unanswered"], "It cannot be read.");
    let question = json!({"layer": "", "task": "pull", "principal": "me", "repository": ""});
    let outcome: Value = serde_json::from_str(&policy(PUSH_ONLY_TO_APP, &question.to_string())).unwrap();
    assert!(outcome["unanswered"].as_str().unwrap().starts_with("The caller"));
    assert_eq!(policy("{}", "no question"), "{}");
}

#[test]
fn every_form_is_read_and_the_statement_is_marked_where_it_stands() {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Pull","Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#;
    let string = serde_json::to_string(document).unwrap();
    let template = "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Pull:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: pull\n      PolicyDocument:\n        Version: 2012-10-17\n        Statement:\n          - Sid: Pull\n            Effect: Allow\n            Action: ecr:*\n            Resource: '*'\n";
    for (text, line) in [
        (document.to_owned(), 1),
        (format!("{{\n \"RoleName\": \"ci\",\n \"PolicyDocument\": {document}\n}}"), 3),
        (format!("{{\"PolicyVersion\": {{\n\"Document\": {document}}}}}"), 2),
        (
            format!(
                "{{\"planned_values\": {{\"root_module\": {{\"resources\": [\n{{\"address\": \"a.b\", \"type\": \"aws_iam_role_policy\", \"values\": {{\"policy\": {string}}}}}]}}}}}}"
            ),
            2,
        ),
        (
            format!(
                "{{\"schema\": \"ecrpass/policies/1\", \"principal\": \"arn:aws:iam::444455556666:role/x\", \"layers\":\n{{\"identity\": [{{\"source\": \"s\", \"document\": {document}}}]}}}}"
            ),
            2,
        ),
        (template.to_owned(), 10),
    ] {
        let outcome = asked(&text, "", "pull");
        assert_eq!(outcome["verdict"], "allowed", "{text}: {outcome}");
        let login = &outcome["requests"][0];
        assert_eq!((&login["sid"], &login["marks"][0]["line"]), (&json!("Pull"), &json!(line)), "{text}");
        assert_eq!(crate::kind_of("", &text), InputKind::Policy, "{text}");
    }
}

#[test]
fn several_documents_are_decided_together_each_in_its_layer() {
    let allow = r#"{"Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#;
    let deny =
        r#"{"Statement":[{"Sid":"NoPull","Effect":"Deny","Action":"ecr:BatchGetImage","Resource":"*"}]}"#;
    let text = format!(
        "{{\"principal\": \"arn:aws:iam::444455556666:user/ann\",\n\"identity\": [{allow}],\n\"boundary\": [{{\"source\": \"limit\", \"document\": {deny}}}],\n\"not_seen\": [{{\"layer\": \"scp\", \"what\": \"w\", \"why\": \"y\", \"matters\": \"m\"}}]}}"
    );
    let outcome = asked(&text, "", "pull");
    assert_eq!(outcome["principal"], "arn:aws:iam::444455556666:user/ann");
    assert_eq!(outcome["verdict"], "explicitly-denied", "{outcome}");
    assert_eq!(
        (&outcome["documents"][1]["layer"], &outcome["documents"][1]["label"]),
        (&json!("boundary"), &json!("limit"))
    );
    assert_eq!(outcome["missing"][0], "w were not read: y; m");
    let requests = outcome["requests"].as_array().unwrap();
    let denied = requests.iter().find(|request| request["action"] == "ecr:BatchGetImage").unwrap();
    assert_eq!((&denied["sid"], &denied["marks"][0]["line"]), (&json!("NoPull"), &json!(3)));
    // Whose account it is, the question says: of a whole account one principal's are taken.
    let account = format!(
        "{{\"RoleDetailList\": [{{\"RoleName\": \"ci\", \"RolePolicyList\": [{{\"PolicyDocument\": {allow}}}]}}]}}"
    );
    assert_eq!(asked(&account, "", "pull")["unanswered"], "There is no policy in it.");
    let question = json!({"layer": "", "task": "pull", "principal": "arn:aws:iam::111122223333:role/ci", "repository": ""});
    let outcome: Value = serde_json::from_str(&policy(&account, &question.to_string())).unwrap();
    assert_eq!(outcome["verdict"], "allowed", "{outcome}");
}
