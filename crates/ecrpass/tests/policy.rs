//! `ecrpass policy evaluate` as people and programs run it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

mod common;
#[path = "common/policies.rs"]
mod policies;

use common::{Home, text};
use policies::{HALF, ROLE, evaluate, verdict};
use serde_json::{Value, json};

const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";

#[test]
fn a_denied_pull_shows_the_statement_and_the_smallest_change() {
    let home = Home::bare();
    home.write("role.json", HALF, 0o600);
    let image = format!("{}/team/app:v1", common::HOST);
    let arguments = ["--principal", ROLE, "--task", "pull", "--resource", &image, "--identity", "role.json"];
    let (code, stdout, stderr) = evaluate(&home, &arguments);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    insta::assert_snapshot!("policy_denied_pull", stdout);
    let (code, json) = verdict(&home, &arguments);
    assert_eq!(code, Some(1));
    assert_eq!(json["schema"], "ecrpass/verdict/1");
    assert_eq!(
        (&json["verdict"], &json["missing"]),
        (&json!("implicitly-denied"), &json!(["ecr:GetDownloadUrlForLayer"]))
    );
    let pull = &json["requests"][1];
    assert_eq!((&pull["action"], &pull["resource"]), (&json!("ecr:BatchGetImage"), &json!(REPOSITORY)));
    assert_eq!((&pull["layer"], &pull["verdict"]), (&json!("identity"), &json!("allowed")));
    assert_eq!(pull["statement"], json!({"source": "role.json", "line": 5, "column": 5, "sid": "Pull"}));
    assert_eq!(json["requests"][2]["statement"], Value::Null);
    // The change it proposes is enough.
    home.write("changed.json", json["changes"][0]["document"].as_str().unwrap(), 0o600);
    let (code, json) = verdict(
        &home,
        &["--principal", ROLE, "--task", "pull", "--resource", &image, "--identity", "changed.json"],
    );
    assert_eq!((code, &json["verdict"], &json["missing"]), (Some(0), &json!("allowed"), &json!([])));
}

#[test]
fn what_is_not_known_stays_open_until_it_is_said() {
    let home = Home::bare();
    home.write(
        "p.json",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":["vpce-1","vpce-2"]}}}}"#,
        0o600,
    );
    let base =
        ["--principal", ROLE, "--action", "ecr:PutImage", "--resource", REPOSITORY, "--identity", "p.json"];
    let (code, json) = verdict(&home, &base);
    assert_eq!((code, &json["verdict"]), (Some(1), &json!("depends")));
    assert_eq!(json["requests"][0]["depends_on"], json!(["aws:SourceVpce"]));
    assert_eq!(json["requests"][0]["dependencies"][0]["values"], json!(["vpce-1", "vpce-2"]));
    assert_eq!(json["missing"], json!([]));
    let (code, stdout, _) = evaluate(&home, &base);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!("policy_depends", stdout);
    for (more, code, verdict_of) in [
        (&["--context", "aws:SourceVpce=vpce-2"][..], 0, "allowed"),
        (&["--context", "AWS:sourcevpce=vpce-3"], 1, "implicitly-denied"),
        (&["--absent", "aws:SourceVpce"], 1, "implicitly-denied"),
    ] {
        let (exit, json) = verdict(&home, &[&base[..], more].concat());
        assert_eq!((exit, &json["verdict"]), (Some(code), &json!(verdict_of)), "{more:?}");
    }
    // A request in a file is complete: what is not in it does not exist.
    home.write(
        "r.json",
        &json!({"principal": ROLE, "action": "ecr:PutImage", "resource": REPOSITORY, "context": {}})
            .to_string(),
        0o600,
    );
    let (code, json) = verdict(&home, &["--request", "r.json", "--identity", "p.json"]);
    assert_eq!((code, &json["verdict"]), (Some(1), &json!("implicitly-denied")));
}

#[test]
fn every_layer_has_its_flag_and_names_itself() {
    let home = Home::bare();
    let policy = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let all = policy(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    home.write("all.json", &all, 0o600);
    home.write(
        "deny.json",
        &policy(json!({"Sid": "No", "Effect": "Deny", "Action": "ecr:*", "Resource": "*"})),
        0o600,
    );
    let for_all = |resource: bool| {
        let mut statement = json!({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "ecr:*"});
        if resource {
            statement["Resource"] = json!("*");
        }
        policy(statement)
    };
    home.write("repository.json", &for_all(false), 0o600);
    home.write("for-all.json", &for_all(true), 0o600);
    for (flag, file, layer) in [
        ("--identity", "deny.json", "identity"),
        ("--boundary", "deny.json", "boundary"),
        ("--session", "deny.json", "session"),
        ("--scp", "deny.json", "scp"),
        ("--rcp", "for-all.json", "rcp"),
        ("--repository-policy", "repository.json", "repository"),
        ("--registry-policy", "for-all.json", "registry"),
        ("--endpoint", "for-all.json", "endpoint"),
    ] {
        let arguments =
            ["--principal", ROLE, "--action", "ecr:PutImage", "--resource", REPOSITORY, flag, file];
        let (code, json) = verdict(&home, &[&arguments[..], &["--identity", "all.json"]].concat());
        let request = &json["requests"][0];
        assert_eq!(
            (code, &request["verdict"], &request["layer"]),
            (Some(1), &json!("explicitly-denied"), &json!(layer))
        );
        assert_eq!(
            (&request["statement"]["source"], &request["statement"]["sid"]),
            (&json!(file), &json!("No"))
        );
        assert!(!json["not_seen"].as_array().unwrap().contains(&json!(layer)), "{json}");
    }
    let role = "arn:aws:iam::123456789012:role/deploy";
    home.write("trust.json", &policy(json!({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"})), 0o600);
    let (code, json) = verdict(
        &home,
        &[
            "--principal",
            "ecs-tasks.amazonaws.com",
            "--action",
            "sts:AssumeRole",
            "--resource",
            role,
            "--trust",
            "trust.json",
        ],
    );
    assert_eq!((code, &json["requests"][0]["layer"]), (Some(0), &json!("trust")));
}

#[test]
fn managed_policies_are_built_in() {
    let home = Home::bare();
    let ask = |task: &str| {
        let arguments = ["--principal", ROLE, "--task", task, "--resource", REPOSITORY];
        verdict(&home, &[&arguments[..], &["--managed", "AmazonEC2ContainerRegistryPullOnly"]].concat())
    };
    let (code, json) = ask("pull");
    assert_eq!(code, Some(0));
    assert_eq!(
        json["requests"][0]["statement"]["source"],
        "AmazonEC2ContainerRegistryPullOnly (v1 of 2024-10-04)"
    );
    let (code, json) = ask("pull-through");
    assert_eq!((code, &json["missing"]), (Some(1), &json!(["ecr:CreateRepository"])));
    let (code, _, stderr) = evaluate(&home, &["--managed", "AdministratorAccess"]);
    assert!(code == Some(2) && stderr.contains("AmazonEC2ContainerRegistryPowerUser"), "{stderr}");
}

#[test]
fn documents_come_as_aws_prints_them() {
    let home = Home::bare();
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "ecr:*"}]});
    let answer = format!(
        "{{\n  \"registryId\": \"123456789012\",\n  \"repositoryName\": \"team/app\",\n  \"policyText\": {}\n}}",
        Value::from(deny.to_string())
    );
    home.write("answer.json", &answer, 0o600);
    let arguments = [
        "--principal",
        ROLE,
        "--action",
        "ecr:PutImage",
        "--resource",
        REPOSITORY,
        "--repository-policy",
        "answer.json",
    ];
    let (code, json) = verdict(&home, &arguments);
    let statement = &json["requests"][0]["statement"];
    assert_eq!((code, &statement["line"], &statement["sid"]), (Some(1), &json!(4), &json!("No")));
    let (_, stdout, _) = evaluate(&home, &arguments);
    assert!(stdout.contains("--> answer.json:4:") && stdout.contains("denies it"), "{stdout}");
    // Standard input, and all layers in one file.
    let collected = json!({"schema": "ecrpass/policies/1", "principal": ROLE, "layers": {"repository": [{"source": "policy of team/app", "resource": REPOSITORY, "document": deny}]}});
    let output = home.run_with_input(
        &[
            "policy",
            "evaluate",
            "--principal",
            ROLE,
            "--action",
            "ecr:PutImage",
            "--resource",
            REPOSITORY,
            "--policies",
            "-",
            "--format",
            "json",
        ],
        &collected.to_string(),
    );
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["requests"][0]["statement"]["policy"], "policy of team/app");
    assert_eq!(json["requests"][0]["statement"]["source"], "stdin");
    home.write("collected.json", &collected.to_string(), 0o600);
    let (code, json) = verdict(
        &home,
        &["--policies", "collected.json", "--action", "ecr:PutImage", "--resource", REPOSITORY],
    );
    assert_eq!(
        (code, &json["principal"], &json["verdict"]),
        (Some(1), &json!(ROLE), &json!("explicitly-denied"))
    );
}

#[test]
fn templates_and_plans_are_read_as_they_are() {
    let home = Home::bare();
    let template = "Resources:\n  App:\n    Type: AWS::ECR::Repository\n    Properties:\n      RepositoryName: team/app\n      RepositoryPolicyText:\n        Version: '2012-10-17'\n        Statement:\n          - Sid: No\n            Effect: Deny\n            Principal: '*'\n            Action: ecr:Put*\n";
    home.write("template.yaml", template, 0o600);
    let base = ["--principal", ROLE, "--action", "ecr:PutImage", "--resource", REPOSITORY, "--policies"];
    let (code, json) = verdict(&home, &[&base[..], &["template.yaml"]].concat());
    let statement = &json["requests"][0]["statement"];
    assert_eq!((code, &statement["line"], &statement["policy"]), (Some(1), &json!(9), &json!("App")));
    let (_, stdout, _) = evaluate(&home, &[&base[..], &["template.yaml"]].concat());
    assert!(stdout.contains("12 |             Action: ecr:Put*"), "{stdout}");
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}});
    let plan = json!({"planned_values": {"root_module": {"resources": [
        {"address": "aws_iam_role_policy.ci", "type": "aws_iam_role_policy", "values": {"policy": document.to_string()}},
        {"address": "aws_ecr_registry_policy.x", "type": "aws_ecr_registry_policy", "values": {}}]}}});
    home.write("plan.json", &plan.to_string(), 0o600);
    let (code, json) = verdict(&home, &[&base[..], &["plan.json"]].concat());
    assert_eq!(
        (code, &json["gaps"]),
        (Some(0), &json!(["aws_ecr_registry_policy.x: its policy is known after apply only"]))
    );
}

#[test]
fn what_is_wrong_with_a_document_is_said_with_its_place() {
    let home = Home::bare();
    home.write("odd.json", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["ecr:GetAuthorizationToken","ecr:PutImages"],"Resource":"arn:aws:ecr:us-east-1:123456789012:repository/a"}}"#, 0o600);
    let base = ["--principal", ROLE, "--task", "login"];
    let (code, stdout, stderr) = evaluate(&home, &[&base[..], &["--identity", "odd.json"]].concat());
    assert_eq!(code, Some(1));
    assert!(stdout.contains("ecr:GetAuthorizationToken takes no resource: only \"*\" allows it"), "{stdout}");
    assert!(
        stderr.contains("warning[action-ignores-resource]: odd.json:1:") && stderr.contains("unknown-action"),
        "{stderr}"
    );
    let (_, json) = verdict(&home, &[&base[..], &["--identity", "odd.json"]].concat());
    let ids: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["action-ignores-resource", "unknown-action"]);
    for (text, expected) in [
        ("{\"Statement\": [}", "bad.json:1:16"),
        (
            "{\n\"Statement\": {\"Effect\": \"Permit\", \"Action\": \"*\"}}",
            "bad.json:2:25: Effect is Allow or Deny, not Permit",
        ),
        (
            "{\"Statement\": {\"Effect\": \"Allow\", \"Effect\": \"Deny\", \"Action\": \"*\"}}",
            "Effect is there twice",
        ),
        ("{}", "Statement is missing"),
        ("", "bad.json:1:1"),
    ] {
        home.write("bad.json", text, 0o600);
        let (code, stdout, stderr) = evaluate(&home, &[&base[..], &["--identity", "bad.json"]].concat());
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{text}");
        assert!(stderr.contains(expected) && stderr.contains("Next: "), "{text}: {stderr}");
    }
}

#[test]
fn what_files_say_moves_no_cursor_and_holds_no_secret() {
    let home = Home::bare();
    let secret = "eyJwYXlsb2FkIjoiU0VDUkVUU0FVQ0VTRUNSRVRTQVVDRVNFQ1JFVFNBVUNFU0VDUkVUU0FVQ0UifQ==";
    let odd = format!("\u{1b}[31m\n::error::x\u{9b}1m {secret}");
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": odd, "Effect": "Deny", "Action": "ecr:*", "Resource": "*", "Condition": {"StringEquals": {odd.as_str(): odd}}},
        {"Sid": format!("{odd}2"), "Effect": "Allow", "Action": odd, "Resource": odd}]});
    home.write("p.json", &document.to_string(), 0o600);
    let collected = json!({"layers": {"identity": [{"source": odd, "document": document}]}, "not_seen": [{"layer": "scp", "what": odd}]});
    home.write("c.json", &collected.to_string(), 0o600);
    for (flag, file) in [("--identity", "p.json"), ("--policies", "c.json")] {
        for format in ["text", "json"] {
            let (_, stdout, stderr) = evaluate(
                &home,
                &[
                    "--principal",
                    ROLE,
                    "--task",
                    "pull",
                    "--resource",
                    REPOSITORY,
                    flag,
                    file,
                    "--format",
                    format,
                ],
            );
            let all = format!("{stdout}{stderr}");
            assert!(!stdout.is_empty() && !all.contains(['\u{1b}', '\u{9b}']), "{all}");
            assert!(!all.lines().any(|line| line.trim_start().starts_with("::")), "{all}");
            assert!(!all.contains("U0VDUkVU"), "{all}");
        }
    }
}

#[test]
fn large_and_hostile_files_end_in_an_answer() {
    let home = Home::bare();
    let statement =
        |action: &str| format!("{{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"*\"}}");
    let wide = format!("[{}0]", "0,".repeat(400_000));
    let stars = format!("{{\"Statement\":{}}}", statement(&"*a".repeat(100_000)));
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let many = format!("{{\"Statement\":[{}]}}", vec![statement("ecr:*"); 12_000].join(","));
    let variables = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{}}}",
        statement("ecr:*").replace("\"*\"", &format!("\"arn:aws:ecr:*:*:{}\"", "${aws:x}".repeat(20_000)))
    );
    for (name, text) in
        [("wide", wide), ("stars", stars), ("deep", deep), ("many", many), ("variables", variables)]
    {
        home.write("big.json", &text, 0o600);
        let (code, stdout, stderr) = evaluate(
            &home,
            &[
                "--principal",
                ROLE,
                "--task",
                "pull",
                "--resource",
                REPOSITORY,
                "--identity",
                "big.json",
                "--context",
                &format!("aws:x={}", "y".repeat(100_000)),
            ],
        );
        assert!(matches!(code, Some(0 | 1 | 3)), "{name}: {code:?}");
        assert!(stdout.len() + stderr.len() < 100_000, "{name}: {} {}", stdout.len(), stderr.len());
    }
}
