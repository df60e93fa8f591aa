//! What `ecrpass policy evaluate` may be asked: what is missing is asked for, and what nobody can ask AWS is not answered.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;
#[path = "common/policies.rs"]
mod policies;

use common::{Home, text};
use policies::{ROLE, evaluate};
use serde_json::json;

const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";

const ALL: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

#[test]
fn what_is_missing_from_the_question_is_asked_for() {
    let home = Home::bare();
    for (arguments, code, expected) in [
        (&["--task", "pull", "--resource", REPOSITORY][..], 2, "--principal"),
        (&["--principal", ROLE, "--resource", REPOSITORY], 2, "--task"),
        (&["--principal", ROLE, "--task", "pull"], 2, "--resource"),
        (&["--principal", "somebody", "--task", "login"], 2, "neither the ARN of a principal"),
        (&["--principal", ROLE, "--task", "pull", "--resource", "team/app"], 2, "is no resource"),
        (&["--principal", ROLE, "--task", "fly"], 2, "there is no such task"),
        (&["--principal", ROLE, "--action", "ecr:*"], 2, "an action looks like ecr:PutImage"),
        (
            &["--principal", ROLE, "--task", "login", "--context", "aws:SourceIp"],
            2,
            "aws:SourceVpce=vpce-0a1b2c3d",
        ),
        (&["--principal", ROLE, "--task", "login", "--identity", "none.json"], 3, "none.json does not exist"),
    ] {
        let (exit, stdout, stderr) = evaluate(&home, arguments);
        assert_eq!((exit, stdout.as_str()), (Some(code), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn requests_that_nobody_can_make_are_not_answered() {
    let home = Home::bare();
    home.write("all.json", ALL, 0o600);
    let ask = |arguments: &[&str]| {
        evaluate(&home, &[&["--principal", ROLE, "--identity", "all.json"], arguments].concat())
    };
    let public = "arn:aws:ecr-public::123456789012:repository/app";
    for (arguments, expected) in [
        (&["--action", "ecr:PutImages", "--resource", REPOSITORY][..], "if ecr:PutImage is meant"),
        (&["--task", "pull", "--resource", public], "belongs to another service"),
        (&["--action", "ecr-public:PutImage", "--resource", REPOSITORY], "belongs to another service"),
        (&["--action", "ecr:PutImage", "--resource", "*"], "* names none"),
        (&["--task", "pull", "--resource", &REPOSITORY.replace("team", "Team")], "no repository is called"),
        (&["--task", "pull", "--resource", &format!("{REPOSITORY}:latest")], "no repository is called"),
        (&["--task", "login", "--context", "aws:SourceIp=hello"], "aws:SourceIp is one address"),
        (
            &["--task", "login", "--context", "aws:SourceIp=10.0.0.1", "--absent", "AWS:SourceIp"],
            "given, and said to be absent",
        ),
    ] {
        let (code, stdout, stderr) = ask(arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
    // One in a file may be thought up.
    let request = json!({"principal": ROLE, "action": "ecr:Nope", "resource": REPOSITORY});
    home.write("r.json", &request.to_string(), 0o600);
    let (code, _, stderr) = evaluate(&home, &["--request", "r.json", "--identity", "all.json"]);
    assert!(code == Some(0) && stderr.contains("ECR has no action ecr:Nope: nobody can make"), "{stderr}");
    // What is answered, but not without a word.
    for (arguments, expected) in [
        (
            &["--task", "push-public", "--resource", "public.ecr.aws/alias/app"][..],
            "public.ecr.aws/alias/app is taken for a repository of the caller's own account",
        ),
        (
            &["--action", "ecr:ListImageReferrers", "--resource", REPOSITORY],
            "ecr:ListImageReferrers has no permission of its own: policies are asked for ecr:BatchGetImage",
        ),
    ] {
        let (code, _, stderr) = ask(arguments);
        assert!(code == Some(0) && stderr.contains(expected), "{stderr}");
    }
}
