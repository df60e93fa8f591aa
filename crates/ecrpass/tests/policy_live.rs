//! What of `ecrpass policy` asks AWS, against a local ECR with its IAM and STS: denials explained with the policies that
//! decide, and IAM's simulator beside our verdict.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;
#[path = "common/ecr.rs"]
mod world;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::Home;
use ecrpass_local::{LocalEcr, Policy, Role};
use serde_json::{Value, json};
use world::{json as report, run};

const REPOSITORY: &str = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";
const ROLE: &str = "arn:aws:iam::123456789012:role/path/ci";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/ci/build-7";
const PULL_ONLY: &str = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
const USER: &str = "arn:aws:iam::123456789012:user/ann";

fn document(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn denied(principal: &str, action: &str, because: &str) -> String {
    format!(
        "denied: User: {principal} is not authorized to perform: {action} on resource: {REPOSITORY} {because}"
    )
}

/// A role that pulls, by a policy of its own and one of AWS's; and a repository.
fn world() -> (LocalEcr, Home) {
    let ecr = LocalEcr::start().unwrap();
    let login = json!([
        {"Sid": "Login", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Sid": "Pull", "Effect": "Allow", "Action": ["ecr:BatchGetImage"], "Resource": REPOSITORY},
    ]);
    let all = document(json!([{"Effect": "Allow", "Action": "ecr:GetDownloadUrlForLayer", "Resource": "*"}]));
    let policy = Policy::nothing().managed(PULL_ONLY, &all).inline("pull", &document(login));
    ecr.add_role(Role::new("123456789012", "path/ci").policy(policy));
    ecr.create_repository("team/app").unwrap();
    (ecr, Home::bare())
}

fn explain(ecr: &LocalEcr, home: &Home, message: &str) -> Value {
    let told = run(ecr, home, &["policy", "explain", "--collect", "--format", "json", message]);
    assert_eq!(told.0, Some(1), "{}", told.2);
    report(&told)
}

#[test]
fn a_denial_is_proven_by_the_policies_that_decide() {
    let (ecr, home) = world();
    let because = "because no identity-based policy allows the ecr:PutImage action";
    let message = denied(SESSION, "ecr:PutImage", because);
    let answer = explain(&ecr, &home, &message);
    let collected = &answer["denials"][0]["collected"];
    assert_eq!(collected["agrees_with_aws"], true, "{answer}");
    let evaluated = &collected["evaluated"];
    assert_eq!(
        (&evaluated["verdict"], &evaluated["missing"]),
        (&json!("implicitly-denied"), &json!(["ecr:PutImage"]))
    );
    // The change is in the role's own policy, not in AWS's, and it is enough.
    let change = &evaluated["changes"][0];
    assert_eq!(change["source"], "inline policy pull of role ci");
    let changed: Value = serde_json::from_str(change["document"].as_str().unwrap()).unwrap();
    assert_eq!(changed["Statement"][1]["Action"], json!(["ecr:BatchGetImage", "ecr:PutImage"]));
    assert_eq!(collected["after"], "allowed");
    let layers: Vec<&Value> =
        collected["not_seen"].as_array().unwrap().iter().map(|one| &one["layer"]).collect();
    assert_eq!(layers, ["scp", "rcp", "endpoint", "session"]);
    let (code, stdout, stderr) = run(&ecr, &home, &["policy", "explain", "--collect", &message]);
    assert_eq!(code, Some(1), "{stderr}");
    for expected in [
        "inline policy pull of role ci:",
        "^^^^",
        "+        \"ecr:PutImage\"",
        "Decided again with it: allowed.",
        "AWS names the same kind of policy.",
        "not seen: the service control policies",
    ] {
        assert!(stdout.contains(expected), "{expected}: {stdout}");
    }
}

#[test]
fn the_statement_that_denies_is_named_even_where_aws_names_another_policy() {
    let (ecr, home) = world();
    let guard = document(json!([
        {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"},
        {"Sid": "NoPush", "Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"},
    ]));
    let policy = Policy::nothing().inline("guard", &guard).bounded_by(
        "arn:aws:iam::123456789012:policy/b",
        &document(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])),
    );
    ecr.add_role(Role::new("123456789012", "guarded").policy(policy));
    let session = SESSION.replace("/ci/", "/guarded/");
    let answer = explain(
        &ecr,
        &home,
        &denied(&session, "ecr:PutImage", "with an explicit deny in a permissions boundary"),
    );
    let collected = &answer["denials"][0]["collected"];
    let request = &collected["evaluated"]["requests"][0];
    assert_eq!((&request["verdict"], &request["layer"]), (&json!("explicitly-denied"), &json!("identity")));
    assert_eq!(request["statement"]["sid"], "NoPush");
    assert_eq!((&collected["agrees_with_aws"], &collected["after"]), (&json!(false), &json!("allowed")));
    // Where all of it allows, it is said that something else denies.
    let allowed = denied(SESSION, "ecr:BatchGetImage", "with an explicit deny in a service control policy");
    let (_, stdout, _) = run(&ecr, &home, &["policy", "explain", "--collect", &allowed]);
    let stdout = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        stdout.contains("These policies allow it") && stdout.contains("AWS names a service control policy"),
        "{stdout}"
    );
}

#[test]
fn an_encoded_message_is_decoded_where_that_is_allowed() {
    let (ecr, home) = world();
    let said = json!({"allowed": false, "explicitDeny": false, "context": {
        "principal": {"id": "AROA:build-7", "arn": SESSION}, "action": "ecr:PutImage", "resource": REPOSITORY,
        "conditions": {"items": [{"key": "aws:SourceVpce", "values": {"items": [{"value": "vpce-1"}]}}]}}});
    let message =
        format!("Encoded authorization failure message: {}", URL_SAFE_NO_PAD.encode(said.to_string()));
    let answer = explain(&ecr, &home, &message);
    assert_eq!(
        (&answer["denials"][0]["kind"], &answer["denials"][0]["principal"]),
        (&json!("denied"), &json!(SESSION))
    );
    assert_eq!(answer["denials"][0]["collected"]["after"], "allowed");
    // Without --collect nobody is asked.
    let before = ecr.calls().len();
    let told = run(&ecr, &home, &["policy", "explain", "--format", "json", &message]);
    assert_eq!((&report(&told)["denials"][0]["kind"], ecr.calls().len()), (&json!("encoded"), before));
    ecr.add_fault("deny:DecodeAuthorizationMessage".parse().unwrap());
    let (code, stdout, stderr) = run(&ecr, &home, &["policy", "explain", "--collect", &message]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("aws sts decode-authorization-message"), "{stdout}");
    assert!(
        stderr.contains("could not be decoded") && stderr.contains("DecodeAuthorizationMessage"),
        "{stderr}"
    );
}

#[test]
fn what_cannot_be_read_is_said_and_the_denial_explained_all_the_same() {
    let (ecr, home) = world();
    let because = "because no identity-based policy allows the ecr:PutImage action";
    ecr.add_fault("deny:ListRolePolicies".parse().unwrap());
    let answer = explain(&ecr, &home, &denied(SESSION, "ecr:PutImage", because));
    let unread = &answer["denials"][0]["collected"]["not_seen"][0];
    assert_eq!(
        (&unread["layer"], &unread["why"]),
        (&json!("identity"), &json!("iam:ListRolePolicies is not allowed"))
    );
    ecr.clear_faults();
    let because = "because no resource-based policy allows the ecr:BatchGetImage action";
    let service = denied("lambda.amazonaws.com", "ecr:BatchGetImage", because);
    let answer = explain(&ecr, &home, &service);
    let denial = &answer["denials"][0];
    assert!(denial["not_collected"].as_str().unwrap().contains("nothing is attached to it"), "{answer}");
    assert!(!denial["documents"].as_array().unwrap().is_empty());
    // What two denials have in the way is said once.
    let again = denied("ecs.amazonaws.com", "ecr:BatchGetImage", because);
    let both = format!("{service}\n{service} again\n{again}\n");
    let (_, _, stderr) = run(&ecr, &home, &["policy", "explain", "--collect", &both]);
    assert_eq!(stderr.matches("nothing is attached to it").count(), 2, "one for each caller: {stderr}");
    ecr.add_fault("deny:ListRolePolicies".parse().unwrap());
    let because = "because no identity-based policy allows the ecr:PutImage action";
    let both =
        [denied(SESSION, "ecr:PutImage", because), denied(SESSION, "ecr:InitiateLayerUpload", because)]
            .join("\n");
    let (_, stdout, _) = run(&ecr, &home, &["policy", "explain", "--collect", &both]);
    let unseen: Vec<&str> = stdout.lines().filter(|line| line.contains("not seen: ")).collect();
    let once: std::collections::BTreeSet<&&str> = unseen.iter().collect();
    assert_eq!(unseen.len(), once.len(), "{stdout}");
    assert_eq!(stdout.matches("iam:ListRolePolicies is not allowed").count(), 1, "{stdout}");
    ecr.clear_faults();
    let (code, _, stderr) = run(&ecr, &home, &["policy", "explain", "--collect", "nothing at all"]);
    assert!(code == Some(3) && stderr.contains("no denial"), "{stderr}");
}

fn evaluate(ecr: &LocalEcr, home: &Home, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let told = run(ecr, home, &[&["policy", "evaluate", "--live", "--format", "json"], arguments].concat());
    (told.0, report(&told), told.2)
}

#[test]
fn the_simulator_is_told_the_same_and_agrees() {
    let (ecr, home) = world();
    home.write(
        "role.json",
        &document(json!([
            {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], "Resource": "*"},
            {"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}},
        ])),
        0o600,
    );
    home.write(
        "scp.json",
        &document(json!([{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}])),
        0o600,
    );
    let base = ["--principal", ROLE, "--task", "pull", "--resource", REPOSITORY, "--identity", "role.json"];
    let (code, answer, stderr) = evaluate(&ecr, &home, &[&base[..], &["--scp", "scp.json"]].concat());
    assert_eq!(code, Some(1), "{stderr}");
    assert_eq!(
        (&answer["live"]["by"], &answer["live"]["untold"]),
        (&json!("SimulateCustomPolicy"), &json!([]))
    );
    let requests = answer["live"]["requests"].as_array().unwrap();
    let seen: Vec<(&str, &str, bool)> = requests
        .iter()
        .map(|one| (one["action"].as_str().unwrap(), one["verdict"].as_str().unwrap(), one["agrees"] == true))
        .collect();
    assert_eq!(
        seen,
        [
            ("ecr:GetAuthorizationToken", "allowed", true),
            ("ecr:BatchGetImage", "allowed", true),
            ("ecr:GetDownloadUrlForLayer", "implicitly-denied", true),
        ]
    );
    assert_eq!(ecr.call_count("SimulateCustomPolicy"), 2, "one call for every resource");
    // Without documents, it is what is attached.
    let (code, answer, _) = evaluate(
        &ecr,
        &home,
        &["--principal", ROLE, "--action", "ecr:BatchGetImage", "--resource", REPOSITORY],
    );
    assert_eq!((code, &answer["live"]["by"]), (Some(1), &json!("SimulatePrincipalPolicy")));
    let one = &answer["live"]["requests"][0];
    assert_eq!((&one["verdict"], &one["agrees"]), (&json!("allowed"), &json!(false)));
    assert!(one["why"][0].as_str().unwrap().contains("ecrpass policy collect"), "{one}");
}

#[test]
fn where_the_simulator_differs_the_documented_reason_is_said() {
    let (ecr, home) = world();
    let all = document(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    home.write("all.json", &all, 0o600);
    home.write(
        "vpce.json",
        &document(json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}])),
        0o600,
    );
    home.write(
        "endpoint.json",
        &document(json!([{"Effect": "Allow", "Principal": "*", "Action": "ecr:Get*", "Resource": "*"}])),
        0o600,
    );
    home.write(
        "repository.json",
        &document(json!([{"Effect": "Allow", "Principal": {"AWS": [ROLE, USER]}, "Action": "ecr:*"}])),
        0o600,
    );
    home.write(
        "nothing.json",
        &document(json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])),
        0o600,
    );
    let base = |principal: &'static str| {
        ["--principal", principal, "--action", "ecr:PutImage", "--resource", REPOSITORY]
    };
    for (principal, files, there, why) in [
        (
            ROLE,
            vec!["--identity", "all.json", "--endpoint", "endpoint.json"],
            "allowed",
            "nothing of these policies: endpoint",
        ),
        (ROLE, vec!["--identity", "vpce.json"], "implicitly-denied", "for absent: aws:SourceVpce"),
        (
            ROLE,
            vec!["--identity", "nothing.json", "--repository-policy", "repository.json"],
            "implicitly-denied",
            "for IAM users only",
        ),
    ] {
        let (code, answer, stderr) = evaluate(&ecr, &home, &[&base(principal)[..], &files].concat());
        let one = &answer["live"]["requests"][0];
        assert_eq!((&one["verdict"], &one["agrees"]), (&json!(there), &json!(false)), "{files:?} {stderr}");
        assert!(one["why"][0].as_str().unwrap().contains(why), "{one}");
        assert_eq!(code, Some(i32::from(answer["verdict"] != "allowed")));
    }
    // Of a user, the resource's policy can be told.
    let files = ["--identity", "nothing.json", "--repository-policy", "repository.json"];
    let (code, answer, _) = evaluate(&ecr, &home, &[&base(USER)[..], &files].concat());
    assert_eq!((code, &answer["live"]["requests"][0]["agrees"]), (Some(0), &json!(true)), "{answer}");
    let (_, stdout, _) = run(
        &ecr,
        &home,
        &[&["policy", "evaluate", "--live"], &base(ROLE)[..], &["--identity", "vpce.json"]].concat(),
    );
    assert!(
        stdout.contains("IAM's simulator (SimulateCustomPolicy")
            && stdout.contains("implicitly-denied there, depends here"),
        "{stdout}"
    );
    // Where it cannot be asked, the verdict stands, and the exit status says it.
    ecr.add_fault("deny:SimulateCustomPolicy".parse().unwrap());
    let (code, answer, stderr) =
        evaluate(&ecr, &home, &[&base(ROLE)[..], &["--identity", "all.json"]].concat());
    assert_eq!((code, &answer["verdict"], answer.get("live")), (Some(3), &json!("allowed"), None));
    assert!(stderr.contains("SimulateCustomPolicy"), "{stderr}");
}
