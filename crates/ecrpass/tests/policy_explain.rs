//! `ecrpass policy explain` as its users run it.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

mod common;

use std::io::Write;
use std::process::Stdio;

use common::{Home, text};
use serde_json::Value;

const DENIED: &str = "User: arn:aws:sts::210987654321:assumed-role/ci/42 is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app because no identity-based policy allows the ecr:InitiateLayerUpload action";

fn run(home: &Home, arguments: &[&str], input: Option<&str>) -> (Option<i32>, String, String) {
    let arguments: Vec<&str> = ["policy", "explain"].iter().chain(arguments).copied().collect();
    let mut command = home.command(&arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It need not read what it does not want.
    let _ = stdin.write_all(input.unwrap_or_default().as_bytes());
    drop(stdin);
    text(&child.wait_with_output().unwrap())
}

fn explained(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(&Home::bare(), arguments, None);
    assert_eq!((code, stderr.as_str()), (Some(1), ""), "{stdout}");
    stdout
}

fn denied(reason: &str) -> String {
    format!("{} {reason}", DENIED.split(" because").next().unwrap())
}

#[test]
fn each_kind_of_policy_is_explained_as_written() {
    for (name, message) in [
        ("identity", DENIED.to_owned()),
        ("repository", denied("because no resource-based policy allows the ecr:InitiateLayerUpload action")),
        ("boundary", denied("because no permissions boundary allows the ecr:InitiateLayerUpload action")),
        ("session", denied("because no session policy allows the ecr:InitiateLayerUpload action")),
        ("endpoint", denied("because no VPC endpoint policy allows the ecr:InitiateLayerUpload action")),
        (
            "scp",
            denied("with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/service_control_policy/p-y"),
        ),
        ("unsaid", denied("")),
        (
            "login",
            "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action".to_owned(),
        ),
    ] {
        insta::assert_snapshot!(format!("denied-{name}"), explained(&[&message]));
    }
    let encoded = "Encoded authorization failure message: abc-DEF_123";
    insta::assert_snapshot!("denied-encoded", explained(&[encoded]));
}

#[test]
fn an_explicit_deny_is_never_answered_with_a_grant() {
    for kind in [
        "an identity-based policy",
        "a resource-based policy",
        "a permissions boundary",
        "a session policy",
        "a service control policy",
        "a resource control policy",
        "a VPC endpoint policy",
    ] {
        let message = denied(&format!("with an explicit deny in {kind}"));
        let (_, stdout, _) = run(&Home::bare(), &["--format", "json", &message], None);
        let answer: Value = serde_json::from_str(&stdout).unwrap();
        let denial = &answer["denials"][0];
        assert_eq!(denial["explicit"], true, "{kind}");
        assert_eq!(denial["documents"], Value::Array(Vec::new()), "{kind}");
        assert_eq!(denial.get("command"), None, "{kind}");
        assert!(kind.ends_with(denial["decides"].as_str().unwrap()), "{kind}: {denial}");
    }
}

#[test]
fn what_explain_proposes_is_what_generate_writes() {
    let (_, stdout, _) = run(&Home::bare(), &["-", "--format", "json"], Some(DENIED));
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(answer["schema"], "ecrpass/denials/1");
    let denial = &answer["denials"][0];
    assert_eq!((denial["task"].as_str(), denial["kind"].as_str()), (Some("push"), Some("denied")));
    let statement = &denial["documents"][0]["policy"]["Statement"][0];
    assert_eq!(statement["Action"], "ecr:InitiateLayerUpload");
    assert_eq!(statement["Resource"], "arn:aws:ecr:us-east-1:123456789012:repository/team/app");
    let command = denial["command"].as_str().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let (code, written, stderr) = text(&Home::bare().command(&words).output().unwrap());
    assert_eq!(code, Some(0), "{command}: {stderr}");
    assert!(written.contains("ecr:InitiateLayerUpload") && written.contains("ecr:PutImage"), "{written}");
}

#[test]
fn documents_are_put_into_words() {
    let home = Home::bare();
    home.write(
        "wide.json",
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Sid\": \"All\", \"Effect\": \"Allow\", \"Action\": [\"ecr:*\", \"logs:PutLogEvents\"], \"Resource\": \"*\"},\n    {\"Effect\": \"Deny\", \"Action\": \"ecr:DeleteRepository\", \"Resource\": \"arn:aws:ecr:*:123456789012:repository/prod/*\"}\n  ]\n}\n",
        0o644,
    );
    let (code, stdout, stderr) = run(&home, &["wide.json"], None);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    insta::assert_snapshot!("document", stdout);
    let (code, stdout, _) = run(&home, &["wide.json", "--task", "push"], None);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!("document-for-push", stdout);
    // What is written for a task is what it needs.
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
    let (_, written, _) =
        text(&home.command(&["policy", "generate", "push", "--repository", image]).output().unwrap());
    let (code, stdout, stderr) = run(&home, &["-", "--task", "push"], Some(&written));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let json = run(&home, &["-", "--task", "pull", "--format", "json"], Some(&written)).1;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "ecrpass/policy-words/1");
    assert_eq!(json["documents"][0]["missing"], serde_json::json!(["ecr:GetDownloadUrlForLayer"]));
}

#[test]
fn answers_of_awss_programs_are_read() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"ecr:BatchGetImage"}]}"#;
    let answer =
        serde_json::json!({"registryId": "123456789012", "repositoryName": "team/app", "policyText": policy});
    let (code, stdout, stderr) = run(&Home::bare(), &["-"], Some(&answer.to_string()));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("allows account 210987654321 1 action on what the policy hangs on"), "{stdout}");
}

#[test]
fn what_is_neither_is_said_to_be_neither() {
    let home = Home::bare();
    home.write("broken.json", "{\"Statement\": [", 0o644);
    home.write("binary", "\u{0}", 0o644);
    for (arguments, input, what) in [
        (&["all is well"][..], None, "neither a denial by AWS nor a policy document"),
        (&["nowhere.json"], None, "There is no file nowhere.json"),
        (&["broken.json"], None, "broken.json:"),
        (&["-"], Some(""), "neither"),
        (&["binary"], None, "neither"),
        (&["."], None, "cannot be read"),
    ] {
        let (code, stdout, stderr) = run(&home, arguments, input);
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(what) && stderr.contains("Next: "), "{arguments:?}: {stderr}");
    }
}
