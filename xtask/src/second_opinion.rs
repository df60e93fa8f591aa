//! What `ecrpass policy evaluate` says of identity policies, beside moto's evaluator: each of some thousand requests is
//! decided by both, and both have to say the same. moto knows actions and resources with `*`, Deny and `NotAction`; it has
//! no conditions that could be relied on, no `NotResource` and no other layer, so those are not asked.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::command::{command, run as execute, say, target};
use crate::tools;

/// Decides every request of a file by moto's own class, and prints the verdicts as JSON.
const JUDGE: &str = "
import json, sys
from moto.iam.access_control import IAMPolicy, PermissionResult
words = {PermissionResult.PERMITTED: 'allowed', PermissionResult.DENIED: 'explicitly-denied', PermissionResult.NEUTRAL: 'implicitly-denied'}
cases = json.load(open(sys.argv[1]))
print(json.dumps([words[IAMPolicy(json.dumps(case['document'])).is_action_permitted(case['action'], case['resource'])] for case in cases]))
";

const REPOSITORIES: [&str; 3] = [
    "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
    "arn:aws:ecr:eu-west-1:123456789012:repository/team/deep/er",
    "arn:aws:ecr:us-east-1:210987654321:repository/app",
];

const ACTIONS: [&str; 6] = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "ecr:PutImage",
    "ecr:DeleteRepository",
    "ecr:DescribeRegistry",
];

const PRINCIPAL: &str = "arn:aws:iam::123456789012:user/ann";

/// The statements that documents are put together from.
fn statements() -> Vec<Value> {
    vec![
        json!({"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:PutImage"], "Resource": REPOSITORIES[0]}),
        json!({"Effect": "Allow", "Action": "ecr:Get*", "Resource": "arn:aws:ecr:*:*:repository/team/*"}),
        json!({"Effect": "Allow", "NotAction": ["iam:*", "ecr:Delete*"], "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "arn:aws:ecr:*:*:repository/team/deep/*"}),
        json!({"Effect": "Deny", "NotAction": ["ecr:Get*", "ecr:Batch*"], "Resource": "arn:aws:ecr:us-east-1:*"}),
        json!({"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:ecr:eu-west-1:123456789012:repository/*", "arn:aws:s3:::*"]}),
        json!({"Effect": "Deny", "Action": ["s3:*", "ecr:*Token"], "Resource": "*"}),
    ]
}

/// Documents of one, two and three of these statements.
fn documents() -> Vec<Value> {
    let all = statements();
    let mut documents = Vec::new();
    for mask in 1_u32..1 << all.len() {
        if mask.count_ones() <= 3 {
            let chosen: Vec<&Value> =
                all.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, one)| one).collect();
            documents.push(json!({"Version": "2012-10-17", "Statement": chosen}));
        }
    }
    documents
}

/// Asks both.
///
/// # Errors
/// When they differ.
pub fn run() -> Result<()> {
    tools::moto()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass"))?;
    let directory = target().join("second-opinion");
    fs::create_dir_all(&directory)?;
    let (mut cases, mut ours) = (Vec::new(), Vec::new());
    for document in documents() {
        for resource in REPOSITORIES {
            for (action, resource, verdict) in evaluate(&directory, &document, resource)? {
                cases.push(json!({"document": document, "action": action, "resource": resource}));
                ours.push(verdict);
            }
        }
    }
    let file = directory.join("cases.json");
    fs::write(&file, serde_json::to_string(&cases)?)?;
    let python = tools::moto_directory()?.join("bin/python");
    let output = Command::new(python).args(["-c", JUDGE]).arg(&file).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "moto: {}", String::from_utf8_lossy(&output.stderr));
    let theirs: Vec<String> = serde_json::from_slice(&output.stdout)?;
    ensure!(theirs.len() == ours.len() && ours.len() > 1_000, "{} of {}", theirs.len(), ours.len());
    let differ = cases.iter().zip(ours.iter().zip(&theirs)).filter(|(_, (one, other))| one != other);
    let differ: Vec<String> =
        differ.map(|(case, (one, other))| format!("{one} here, {other} by moto: {case}")).collect();
    ensure!(
        differ.is_empty(),
        "{} of {} differ, such as\n{}",
        differ.len(),
        ours.len(),
        differ.first().map_or("", String::as_str)
    );
    let count = |word: &str| ours.iter().filter(|verdict| *verdict == word).count();
    let counts =
        ["allowed", "implicitly-denied", "explicitly-denied"].map(|word| format!("{} {word}", count(word)));
    say(&format!("  {} requests, moto says the same of each: {}", ours.len(), counts.join(", ")));
    Ok(())
}

/// Action, resource and verdict of each request about a repository.
fn evaluate(directory: &Path, document: &Value, resource: &str) -> Result<Vec<(String, String, String)>> {
    let asked = json!({"principal": PRINCIPAL, "actions": ACTIONS, "resource": resource, "context": {}});
    // What the owner of another account's repository says is not moto's matter.
    let policies = match resource.contains("210987654321") {
        true => {
            let open = json!({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "ecr:*"});
            json!({"identity": document, "repository": {"Statement": open}})
        }
        false => json!({"identity": document}),
    };
    let request = json!({"request": asked, "policies": policies});
    let file = directory.join("request.json");
    fs::write(&file, request.to_string())?;
    let mut evaluate = Command::new(target().join("debug/ecrpass"));
    evaluate.args(["policy", "evaluate", "--format", "json", "--request"]).arg(&file);
    let output = evaluate.stdin(Stdio::null()).output().context("cannot run ecrpass")?;
    let answer: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("ecrpass: {}", String::from_utf8_lossy(&output.stderr)))?;
    let requests = answer.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let all = requests.iter().map(|one| (text(one, "action"), text(one, "resource"), text(one, "verdict")));
    Ok(all.collect())
}
