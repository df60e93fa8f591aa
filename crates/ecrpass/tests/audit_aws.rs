//! `ecrpass audit --aws` against a local ECR and its IAM.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;
#[path = "common/ecr.rs"]
mod world;

use std::time::{SystemTime, UNIX_EPOCH};

use common::Home;
use ecrpass_local::{KeyHistory, LocalEcr, Policy, Role, WebIdentityTrust};
use serde_json::{Value, json};
use world::{Told, json as report, run};

const DAY: i64 = 24 * 3600;
const ACCOUNT: &str = "123456789012";

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn history(age: i64, last_used: Option<(i64, &str)>) -> KeyHistory {
    KeyHistory {
        created_at: Some(now() - age * DAY),
        last_used: last_used.map(|(ago, service)| (now() - ago * DAY, service.to_owned())),
        is_inactive: false,
    }
}

fn ids(told: &Told) -> Vec<String> {
    let findings = report(told);
    let of = |finding: &Value| finding["id"].as_str().unwrap().to_owned();
    findings["findings"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn keys_policies_and_repositories_that_a_tree_names_are_looked_at() {
    let ecr = LocalEcr::start().unwrap();
    let wide = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]});
    let old = ecr.add_user(ACCOUNT, "old", Policy::nothing().inline("all", &wide.to_string()));
    ecr.set_key_history(&old.id, history(400, Some((1, "ecr"))));
    let idle = ecr.add_user(ACCOUNT, "idle", Policy::nothing());
    ecr.set_key_history(&idle.id, history(200, None));
    let leaked = ecr.add_user(ACCOUNT, "leaked", Policy::nothing());
    ecr.set_key_history(&leaked.id, history(1, Some((0, "s3"))));
    let trust = WebIdentityTrust {
        issuer: "token.actions.githubusercontent.com".to_owned(),
        audience: "sts.amazonaws.com".to_owned(),
        subject: "repo:*".to_owned(),
    };
    ecr.add_role(Role::new(ACCOUNT, "ci").web_identity(trust));
    ecr.create_repository("team/app").unwrap();
    ecr.create_repository("team/other").unwrap();
    let home = Home::bare();
    let host = format!("{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com");
    home.write(
        "t/notes.yaml",
        &format!(
            "role: arn:aws:iam::{ACCOUNT}:role/ci\nusers: [\"arn:aws:iam::{ACCOUNT}:user/old\", \"arn:aws:iam::{ACCOUNT}:user/idle\"]\nother: arn:aws:iam::999999999999:user/stranger\nimage: {host}/team/app:1\n"
        ),
        0o644,
    );
    home.write("t/.env", &format!("AWS_ACCESS_KEY_ID={}\n", leaked.id), 0o600);
    let told = run(&ecr, &home, &["audit", "--aws", "--region", "us-east-1", "--format", "json", "t"]);
    assert_eq!(told.0, Some(1), "{told:?}");
    let all = ids(&told);
    for id in [
        "access-key-in-use",
        "access-key-old",
        "access-key-unused",
        "iam-ecr-too-wide",
        "oidc-trust-too-wide",
        "repository-tags-mutable",
        "repository-not-scanned",
    ] {
        assert!(all.iter().any(|found| found == id), "{id}: {all:?}{}", told.2);
    }
    let findings = report(&told);
    let of = |id: &str| {
        findings["findings"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
    };
    assert_eq!(of("oidc-trust-too-wide")["evidence"][0]["source"], "aws/iam/role/ci/trust-policy.json");
    assert!(of("access-key-in-use")["title"].as_str().unwrap().contains(".env"));
    // Only what the tree names.
    assert_eq!(of("repository-tags-mutable")["evidence"][0]["source"], "aws/ecr/us-east-1/team/app");
    assert_eq!(of("repository-tags-mutable")["evidence"].as_array().unwrap().len(), 1);
    for key in [&old, &idle, &leaked] {
        assert!(!told.1.contains(&key.id[4..16]) && !told.2.contains(&key.id[4..16]), "{told:?}");
    }
    assert!(
        !told.1.contains("stranger") && !told.2.contains("stranger"),
        "nobody looks into another account"
    );
    // Without the option nobody is asked.
    let before = ecr.call_count("ListAccessKeys");
    run(&ecr, &home, &["audit", "t"]);
    assert_eq!(ecr.call_count("ListAccessKeys"), before);
}

#[test]
fn what_may_not_be_read_is_told() {
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("team/app").unwrap();
    let home = Home::bare();
    home.write("t/a.yaml", &format!("user: arn:aws:iam::{ACCOUNT}:user/ann\n"), 0o644);
    ecr.add_user(ACCOUNT, "ann", Policy::nothing());
    for (fault, said) in [
        ("deny:ListAccessKeys", "iam:ListAccessKeys is not allowed"),
        ("deny:GetRepositoryPolicy", "ecr:GetRepositoryPolicy is not allowed"),
        ("deny:DescribeRepositories", "ecr:DescribeRepositories is not allowed"),
        ("deny:ListUserPolicies", "iam:ListUserPolicies is not allowed"),
    ] {
        ecr.add_fault(fault.parse().unwrap());
        let told = run(&ecr, &home, &["audit", "--aws", "--region", "us-east-1", "t"]);
        assert!(told.2.contains(said), "{fault}: {told:?}");
        ecr.clear_faults();
    }
}

#[test]
fn a_baseline_and_comments_leave_out_what_aws_says() {
    let ecr = LocalEcr::start().unwrap();
    let leaked = ecr.add_user(ACCOUNT, "leaked", Policy::nothing());
    ecr.set_key_history(&leaked.id, history(1, Some((0, "s3"))));
    let idle = ecr.add_user(ACCOUNT, "idle", Policy::nothing());
    ecr.set_key_history(&idle.id, history(200, None));
    ecr.create_repository("team/app").unwrap();
    let home = Home::bare();
    home.write("t/notes.yaml", &format!("user: arn:aws:iam::{ACCOUNT}:user/idle\nimage: {ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/app:1\n"), 0o644);
    home.write("t/.env", &format!("AWS_ACCESS_KEY_ID={}\n", leaked.id), 0o600);
    let known = home.path("known.json").display().to_string();
    let write = format!("--write-baseline={known}");
    let ask = |more: &[&str]| {
        let all = ["audit", "--aws", "--region", "us-east-1", "--format", "json", "t"];
        run(&ecr, &home, &[&all[..], more].concat())
    };
    let all = ids(&ask(&[]));
    assert!(
        ["access-key-in-use", "access-key-unused", "repository-tags-mutable"]
            .iter()
            .all(|id| all.iter().any(|found| found == id)),
        "{all:?}"
    );
    run(&ecr, &home, &["audit", "--aws", "--region", "us-east-1", &write, "t"]);
    let written = std::fs::read_to_string(&known).unwrap();
    assert!(!written.contains(&idle.id) && !written.contains(&leaked.id), "{written}");
    // A day later it is the same key.
    ecr.set_key_history(&idle.id, history(201, None));
    assert_eq!(ids(&ask(&["--baseline", &known])), [""; 0]);
    let told = run(&ecr, &home, &["audit", "--baseline", &known, "t"]);
    assert!(!told.2.contains("there no more"), "{told:?}");
    home.write(
        "t/.env",
        &format!("AWS_ACCESS_KEY_ID={} # ecrpass: ignore[access-key-in-use] rotated on Friday\n", leaked.id),
        0o600,
    );
    let all = ids(&ask(&[]));
    assert!(
        !all.contains(&"access-key-in-use".to_owned()) && all.contains(&"access-key-unused".to_owned()),
        "{all:?}"
    );
}
