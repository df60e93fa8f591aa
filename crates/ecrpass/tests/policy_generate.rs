//! `ecrpass policy generate` as its users run it.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

mod common;

use common::{HOST, Home, text};
use serde_json::Value;

const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1";
const GITHUB: &[&str] = &[
    "--trust",
    "github",
    "--claim",
    "repository=team/app",
    "--claim",
    "repository-id=22",
    "--claim",
    "owner-id=11",
    "--claim",
    "branch=main",
];

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = Home::bare();
    let arguments: Vec<&str> = ["policy", "generate"].iter().chain(arguments).copied().collect();
    text(&home.command(&arguments).output().unwrap())
}

/// What is printed, with what is said beside it.
fn written(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(arguments);
    assert_eq!(code, Some(0), "{stderr}");
    format!("{stdout}--- beside it\n{stderr}")
}

#[test]
fn what_is_printed_is_as_written() {
    let push = &["push", "--repository", IMAGE][..];
    let cross =
        &["push", "--repository", IMAGE, "--principal", "arn:aws:sts::210987654321:assumed-role/ci/build-42"]
            [..];
    let more = |first: &[&'static str], rest: &[&'static str]| [first, rest].concat();
    for (name, arguments) in [
        ("push", push.to_vec()),
        ("push-cross-account", cross.to_vec()),
        ("push-terraform", more(cross, &["--format", "terraform"])),
        ("push-cloudformation", more(cross, &["--format", "cloudformation"])),
        ("push-github-terraform", [push, GITHUB, &["--format", "terraform"]].concat()),
        (
            "endpoint-cloudformation",
            vec!["pull", "--repository", IMAGE, "--for", "endpoint", "--format", "cloudformation"],
        ),
        (
            "eksctl",
            vec![
                "pull",
                "--repository",
                IMAGE,
                "--format",
                "eksctl",
                "--trust",
                "irsa",
                "--claim",
                "host=oidc.eks.us-east-1.amazonaws.com/id/ABC",
                "--claim",
                "namespace=ci",
                "--claim",
                "service-account=builder",
                "--claim",
                "cluster=prod",
                "--claim",
                "region=us-east-1",
            ],
        ),
        ("lambda", vec!["lambda-pull", "--repository", IMAGE, "--account", "210987654321"]),
    ] {
        insta::assert_snapshot!(name, written(&arguments));
    }
    insta::assert_snapshot!("policy-generate-help", run(&["--help"]).1);
}

#[test]
fn one_document_is_the_result_itself_and_several_have_labels() {
    let (code, stdout, stderr) = run(&["push", "--repository", IMAGE, "--format", "json"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let policy: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    // As text it is the same.
    let (_, text, beside) = run(&["push", "--repository", IMAGE]);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), policy);
    assert!(beside.contains("aws iam create-policy --policy-name ecr-push"), "{beside}");
    let (_, stdout, _) =
        run(&["push", "--repository", IMAGE, "--account", "210987654321", "--format", "json"]);
    let several: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(several["schema"], "ecrpass/written-policies/1");
    let labels: Vec<(&str, &str)> = several["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| (document["for"].as_str().unwrap(), document["account"].as_str().unwrap()))
        .collect();
    assert_eq!(labels, [("role", "210987654321"), ("repository", "123456789012")]);
    assert!(several["documents"][1]["policy"]["Statement"][0].get("Resource").is_none());
}

#[test]
fn what_cannot_be_right_is_refused_with_what_to_do() {
    for (arguments, code, what) in [
        (&["pull"][..], 1, "add --repository"),
        (&["pull", "--repository", "docker.io/library/alpine"], 1, "is not in ECR"),
        (&["pull", "--repository", "public.ecr.aws/a/b", "--account", "123456789012"], 1, "ECR Public"),
        (&["pull", "--repository", "team/app"], 1, "--registry HOST"),
        (&["pull", "--repository", IMAGE, "--format", "eksctl"], 1, "--trust irsa"),
        (&["pull", "--repository", IMAGE, "--session", "--format", "cloudformation"], 1, "--format json"),
        (&["pull", "--repository", IMAGE, "--trust", "github"], 1, "add --claim repository="),
        (&["pull", "--repository", IMAGE, "--registry", "docker.io"], 1, "not a registry of ECR"),
        (&["dance"], 2, "there is no such task"),
        (&["pull", "--for", "x"], 2, "there is no such kind"),
        (&["pull", "--claim", "a=b"], 2, "--trust"),
    ] {
        let (status, stdout, stderr) = run(arguments);
        assert_eq!((status, stdout.as_str()), (Some(code), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(what), "{arguments:?}: {stderr}");
    }
    let (_, _, stderr) = run(&[
        "pull",
        "--repository",
        IMAGE,
        "--trust",
        "github",
        "--claim",
        "repository=o/r",
        "--claim",
        "branch=main",
        "--claim",
        "repository-id=1",
        "--claim",
        "owner-id=*",
    ]);
    assert!(stderr.contains("gh api repos/o/r"), "{stderr}");
}

#[test]
fn bare_names_are_in_the_registry_that_is_named() {
    let (code, stdout, _) = run(&["pull", "--repository", "team/*", "--registry", HOST]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains(":repository/team/*\""), "{stdout}");
}

#[test]
fn accounts_can_be_masked() {
    let (_, stdout, stderr) = run(&["push", "--repository", IMAGE, "--mask-accounts"]);
    assert!(!stdout.contains("123456789012") && !stderr.contains("123456789012"), "{stdout}{stderr}");
}
