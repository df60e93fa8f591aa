//! `ecrpass policy collect` as a process, against a local ECR and its IAM.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;
#[path = "common/ecr.rs"]
mod world;

use common::{Home, text};
use ecrpass_local::{AccessKey, LocalEcr, Policy, Role, VpcEndpoint};
use serde_json::{Value, json};
use world::{json as report, run, with};

const SHARED: &str = "arn:aws:iam::aws:policy/Shared";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";

fn document(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Sid": "S", "Effect": "Allow", "Action": action, "Resource": "*"}]})
        .to_string()
}

/// A user with everything that can be attached, and a role.
fn world() -> (LocalEcr, AccessKey, Home) {
    let ecr = LocalEcr::start().unwrap();
    let mut policy = Policy::nothing()
        .managed(SHARED, &document("ecr:PutImage"))
        .group_inline("team", "of-team", &document("ecr:BatchGetImage"))
        .group_managed("team", SHARED, &document("ecr:PutImage"))
        .bounded_by(BOUNDARY, &document("*"));
    // More than a page.
    for number in 0..130 {
        policy = policy.inline(&format!("p{number:03}"), &document(&format!("ecr:Action{number}")));
    }
    let key = ecr.add_user("123456789012", "ann", policy);
    ecr.add_role(Role::new("123456789012", "path/ci").policy(Policy::pull_only()));
    ecr.create_repository("team/app").unwrap();
    ecr.share_repository("123456789012", "us-east-1", "team/app", "999999999999").unwrap();
    (ecr, key, Home::bare())
}

const USER: &str = "arn:aws:iam::123456789012:user/ann";

fn sources<'a>(file: &'a Value, layer: &str) -> Vec<&'a str> {
    let documents = file["layers"][layer].as_array().unwrap_or_else(|| panic!("no {layer}: {file}"));
    documents.iter().map(|document| document["source"].as_str().unwrap()).collect()
}

#[test]
fn everything_attached_to_a_user_is_in_the_file() {
    let (ecr, _, home) = world();
    std::fs::create_dir(home.path("out")).unwrap();
    let arguments = ["policy", "collect", USER, "--repository", "team/app", "--output", "out/ann.json"];
    let (code, stdout, stderr) = run(&ecr, &home, &arguments);
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{stderr}");
    let text = std::fs::read_to_string(home.path("out/ann.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&file["schema"], &file["principal"]), (&json!("ecrpass/policies/1"), &json!(USER)));
    assert_eq!(
        (&file["account"], &file["region"], &file["complete"]),
        (&json!("123456789012"), &json!("us-east-1"), &json!(true))
    );
    let identity = sources(&file, "identity");
    assert_eq!(identity.len(), 130 + 3, "{identity:?}");
    for source in [
        "inline policy p129 of user ann".to_owned(),
        format!("managed policy {SHARED}"),
        "inline policy of-team of group team".to_owned(),
        format!("managed policy {SHARED} of group team"),
    ] {
        assert!(identity.contains(&source.as_str()), "{source}: {identity:?}");
    }
    assert_eq!(file["layers"]["identity"][129]["document"]["Statement"][0]["Action"], "ecr:Action129");
    assert_eq!(sources(&file, "boundary"), [format!("permissions boundary {BOUNDARY}")]);
    assert_eq!(
        file["layers"]["repository"][0]["resource"],
        "arn:aws:ecr:us-east-1:123456789012:repository/team/app"
    );
    assert_eq!((sources(&file, "registry").len(), sources(&file, "trust").len()), (0, 0));
    let layers: Vec<&str> =
        file["not_seen"].as_array().unwrap().iter().map(|one| one["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["scp", "rcp", "endpoint", "session"]);
    assert!(
        stderr.contains("aws organizations list-policies-for-target --target-id 123456789012"),
        "{stderr}"
    );
    assert_eq!(ecr.call_count("ListUserPolicies"), 2, "it is read page by page");
}

#[test]
fn a_session_counts_as_its_role() {
    let (ecr, _, home) = world();
    let session = "arn:aws:sts::123456789012:assumed-role/ci/build-7";
    let told = run(&ecr, &home, &["policy", "collect", session]);
    assert_eq!(told.0, Some(0), "{}", told.2);
    let file = report(&told);
    assert_eq!(sources(&file, "identity"), ["inline policy local of role ci"]);
    assert_eq!(file["principal"], "arn:aws:iam::123456789012:role/path/ci");
    assert_eq!(sources(&file, "trust"), ["trust policy of role ci"]);
    assert_eq!(file["layers"].get("repository"), None, "none was asked for");
    for wrong in ["ann", "arn:aws:iam::123456789012:group/team", "arn:aws:s3:::x"] {
        let (code, stdout, stderr) = run(&ecr, &home, &["policy", "collect", wrong]);
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{wrong}");
        assert!(stderr.contains("is no user, role or session") && stderr.contains("Next: "), "{stderr}");
    }
}

#[test]
fn what_may_not_be_read_is_named_and_never_taken_for_absent() {
    let (ecr, _, home) = world();
    for (fault, layer, what) in [
        ("deny:GetUserPolicy=1", "identity", "inline policy p000 of user ann"),
        ("deny:ListUserPolicies", "identity", "the inline policies of user ann"),
        ("deny:ListGroupsForUser", "identity", "the groups of user ann"),
        ("deny:GetUser", "boundary", "user ann: the permissions boundary"),
        ("deny:GetRegistryPolicy", "registry", "the policy of the registry"),
        ("deny:GetRepositoryPolicy", "repository", "the policy of repository team/app"),
    ] {
        ecr.add_fault(fault.parse().unwrap());
        let told = run(&ecr, &home, &["policy", "collect", USER, "--repository", "team/app"]);
        assert_eq!(told.0, Some(1), "{fault}: {}", told.2);
        let file = report(&told);
        assert_eq!(file["complete"], false);
        let missed = file["not_seen"].as_array().unwrap().iter().find(|one| one["layer"] == layer).unwrap();
        assert_eq!(missed["what"], what, "{fault}");
        assert!(missed["why"].as_str().unwrap().ends_with("is not allowed"), "{missed}");
        assert!(!missed["matters"].as_str().unwrap().is_empty());
        assert!(told.2.contains(what), "{}", told.2);
        if layer != "identity" {
            assert_eq!(
                file["layers"].get(layer),
                None,
                "{fault}: a layer that was refused is missing, not empty"
            );
        }
        ecr.clear_faults();
    }
}

#[test]
fn without_a_name_it_is_whoever_asks() {
    let (ecr, _, home) = world();
    let reader = Policy::nothing().allow("iam:*", "*").allow("ecr:GetRegistryPolicy", "*");
    let key = ecr.add_user("123456789012", "bob", reader);
    let mut command = with(&ecr, &home, &["policy", "collect"]);
    command.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", key.secret.expose());
    let told = text(&command.output().unwrap());
    assert_eq!(told.0, Some(0), "{}", told.2);
    assert_eq!(report(&told)["principal"], "arn:aws:iam::123456789012:user/bob");
    assert!(!told.1.contains(key.secret.expose()) && !told.2.contains(key.secret.expose()));
}

/// The file is what `policy evaluate` reads, and what it says of it is what the local ECR does.
#[test]
fn what_was_collected_is_evaluated_as_it_is_decided() {
    let (ecr, key, home) = world();
    let arguments = ["policy", "collect", USER, "--repository", "team/app", "--output", "ann.json"];
    assert_eq!(run(&ecr, &home, &arguments).0, Some(0));
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";
    for (action, allowed) in [
        ("ecr:PutImage", true),
        ("ecr:BatchGetImage", true),
        ("ecr:DeleteRepository", false),
        ("ecr:GetLifecyclePolicy", false),
    ] {
        let evaluate =
            ["policy", "evaluate", "--policies", "ann.json", "--action", action, "--resource", arn];
        let (code, stdout, stderr) = text(&home.run(&evaluate));
        assert_eq!(code, Some(i32::from(!allowed)), "{action}: {stdout}{stderr}");
    }
    // The one that both can be asked: the local ECR refuses it, too.
    let mut command =
        with(&ecr, &home, &["repo", "lifecycle", "preview", "team/app", "--region", "us-east-1"]);
    command.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", key.secret.expose());
    let (code, _, stderr) = text(&command.output().unwrap());
    assert_eq!(code, Some(3));
    assert!(stderr.contains("not authorized to perform: ecr:GetLifecyclePolicy"), "{stderr}");
}

#[test]
fn control_policies_are_read_level_by_level_where_the_account_manages_its_organization() {
    let (ecr, _, home) = world();
    let scp =
        |name: &str, text: &str| ("SERVICE_CONTROL_POLICY".to_owned(), name.to_owned(), text.to_owned());
    let fence = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "Fence", "Effect": "Deny", "Action": "ecr:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}]});
    let rcp = (
        "RESOURCE_CONTROL_POLICY".to_owned(),
        "RCPFullAWSAccess".to_owned(),
        document("*").replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\""),
    );
    ecr.set_organization(vec![
        vec![scp("FullAWSAccess", &document("*")), rcp],
        vec![scp("fence", &fence.to_string())],
        vec![scp("FullAWSAccess", &document("*"))],
    ]);
    let (code, _, stderr) =
        run(&ecr, &home, &["policy", "collect", USER, "--repository", "team/app", "--output", "ann.json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(home.path("ann.json")).unwrap()).unwrap();
    let levels = file["layers"]["scp"].as_array().unwrap();
    let counts: Vec<usize> = levels.iter().map(|level| level.as_array().unwrap().len()).collect();
    assert_eq!(counts, [1, 1, 1]);
    assert_eq!(levels[1][0]["source"], "service control policy fence (p-1-0) at ou-root-1");
    assert_eq!(
        file["layers"]["rcp"][0][0]["source"],
        "resource control policy RCPFullAWSAccess (p-0-1) at r-root"
    );
    let layers: Vec<&str> =
        file["not_seen"].as_array().unwrap().iter().map(|one| one["layer"].as_str().unwrap()).collect();
    assert_eq!(layers, ["endpoint", "session"]);
    // The file decides.
    let asked = [
        "policy",
        "evaluate",
        "--policies",
        "ann.json",
        "--action",
        "ecr:PutImage",
        "--resource",
        "arn:aws:ecr:us-east-1:123456789012:repository/team/app",
        "--format",
        "json",
    ];
    let told = run(&ecr, &home, &asked);
    let request = &report(&told)["requests"][0];
    assert_eq!(
        (&request["verdict"], &request["layer"], &request["statement"]["sid"]),
        (&json!("explicitly-denied"), &json!("scp"), &json!("Fence")),
        "{}",
        told.1
    );
    // Half of it is none of it.
    ecr.add_fault("deny:DescribePolicy=1".parse().unwrap());
    let told = run(&ecr, &home, &["policy", "collect", USER]);
    let file = report(&told);
    assert_eq!((file["layers"].get("scp"), &file["not_seen"][0]["layer"]), (None, &json!("scp")));
}

#[test]
fn policies_of_the_endpoints_of_a_vpc_are_read_and_decide() {
    let (ecr, _, home) = world();
    let endpoint = |id: &str, vpc: &str, service: &str, action: &str| VpcEndpoint {
        id: id.to_owned(),
        vpc: vpc.to_owned(),
        service: format!("com.amazonaws.us-east-1.{service}"),
        policy: document(action).replace("\"Effect\"", "\"Principal\":\"*\",\"Effect\""),
    };
    ecr.set_vpc_endpoints(vec![
        endpoint("vpce-1", "vpc-1", "ecr.dkr", "ecr:BatchGetImage"),
        endpoint("vpce-2", "vpc-1", "ecr.api", "*"),
        endpoint("vpce-3", "vpc-1", "s3", "*"),
        endpoint("vpce-4", "vpc-2", "ecr.dkr", "*"),
    ]);
    let mut collect = vec!["policy", "collect", USER, "--repository", "team/app", "--output", "ann.json"];
    collect.extend(["--vpc", "vpc-1"]);
    let (code, _, stderr) = run(&ecr, &home, &collect);
    assert_eq!(code, Some(0), "{stderr}");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(home.path("ann.json")).unwrap()).unwrap();
    let source = |level: usize| file["layers"]["endpoint"][level][0]["source"].as_str().unwrap();
    assert_eq!(source(0), "policy of the VPC endpoint vpce-1 for com.amazonaws.us-east-1.ecr.dkr");
    assert_eq!(source(1), "policy of the VPC endpoint vpce-2 for com.amazonaws.us-east-1.ecr.api");
    let is_missed =
        |file: &Value| file["not_seen"].as_array().unwrap().iter().any(|one| one["layer"] == "endpoint");
    assert!(!is_missed(&file), "{file}");
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";
    let verdict = |action: &str| {
        let told = home.run(&[
            "policy",
            "evaluate",
            "--policies",
            "ann.json",
            "--action",
            action,
            "--resource",
            arn,
            "--format",
            "json",
        ]);
        let report = report(&text(&told));
        (report["verdict"].clone(), report["requests"][0]["layer"].clone())
    };
    assert_eq!(verdict("ecr:BatchGetImage").0, "allowed");
    assert_eq!(verdict("ecr:PutImage"), (json!("implicitly-denied"), json!("endpoint")));

    // One without endpoints limits nothing; one that may not be looked at is not seen.
    let vpc = |id: &str| report(&run(&ecr, &home, &["policy", "collect", USER, "--vpc", id]));
    let none = vpc("vpc-9");
    assert!(!is_missed(&none) && none["layers"]["endpoint"] == json!([[], []]), "{none}");
    ecr.add_fault("deny:DescribeVpcEndpoints".parse().unwrap());
    let refused = vpc("vpc-1");
    let missed =
        refused["not_seen"].as_array().unwrap().iter().find(|one| one["layer"] == "endpoint").unwrap();
    assert_eq!(missed["why"], "ec2:DescribeVpcEndpoints is not allowed");
    assert!(missed["command"].as_str().unwrap().contains("Name=vpc-id,Values=vpc-1"), "{missed}");
    assert_eq!(refused["layers"].get("endpoint"), None);
}
