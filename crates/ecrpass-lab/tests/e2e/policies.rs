//! Policies that `ecrpass policy generate` writes: with them the real docker does its task, and without any one of
//! their actions it does not.

use anyhow::{Context, Result, ensure};
use ecrpass_lab::{HOST, Lab, Run, Session};
use ecrpass_local::{DEFAULT_ACCOUNT, Policy};
use serde_json::Value;

use crate::clients::{load, published};
use crate::test::Test;

pub const TESTS: &[Test] = &[
    (
        "a_written_policy_is_enough_for_a_push_and_not_more",
        a_written_policy_is_enough_for_a_push_and_not_more,
    ),
    (
        "a_written_policy_is_enough_for_a_pull_and_not_more",
        a_written_policy_is_enough_for_a_pull_and_not_more,
    ),
];

/// The document for a task on the world's first repository.
fn written(lab: &Lab, task: &str) -> Result<Value> {
    let session = Session::with_helper(lab)?;
    session.install_ecrpass()?;
    let line =
        format!("ecrpass policy generate {task} --repository {HOST}/team/app --for role --format json");
    let run = session.sh(&line)?;
    run.ok()?;
    serde_json::from_str(&run.stdout).with_context(|| format!("no JSON: {}", run.stdout))
}

/// Every action the document names.
fn actions(document: &Value) -> Vec<String> {
    let statements = document["Statement"].as_array().cloned().unwrap_or_default();
    let named = statements.iter().flat_map(|statement| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        one => vec![one.clone()],
    });
    named.filter_map(|action| action.as_str().map(str::to_owned)).collect()
}

/// The document without one action; a statement that is left without any goes.
fn without(document: &Value, action: &str) -> Value {
    let mut document = document.clone();
    if let Some(statements) = document["Statement"].as_array_mut() {
        for statement in statements.iter_mut() {
            if let Some(actions) = statement["Action"].as_array_mut() {
                actions.retain(|other| other != action);
            }
        }
        statements.retain(|statement| {
            statement["Action"] != action
                && statement["Action"].as_array().is_none_or(|left| !left.is_empty())
        });
    }
    document
}

/// A new user with that policy, who does a task with docker.
fn tried(lab: &Lab, name: &str, document: &Value, task: impl Fn(&Session<'_>) -> Result<Run>) -> Result<Run> {
    let mut session = Session::with_helper(lab)?;
    let user =
        lab.ecr.add_user(DEFAULT_ACCOUNT, name, Policy::nothing().inline("written", &document.to_string()));
    session.set("AWS_ACCESS_KEY_ID", &user.id);
    session.set("AWS_SECRET_ACCESS_KEY", user.secret.expose());
    task(&session)
}

/// Tries the document, and the document without each of its actions.
fn is_enough_and_not_more(
    lab: &Lab,
    task: &str,
    with: impl Fn(&Session<'_>, &str) -> Result<Run>,
) -> Result<()> {
    let document = written(lab, task)?;
    let all = actions(&document);
    ensure!(all.len() > 1, "{document}");
    tried(lab, &format!("{task}-all"), &document, |session| with(session, "all"))?.ok()?;
    for (number, action) in all.iter().enumerate() {
        let name = format!("{task}-{number}");
        let run = tried(lab, &name, &without(&document, action), |session| with(session, &name))?;
        let judged = match said_without(task, action) {
            Some(words) => run.refused(words).map(drop),
            None => run.ok().map(drop),
        };
        judged.with_context(|| format!("without {action}"))?;
    }
    Ok(())
}

/// What docker says without an action; nothing where it does its task all the same.
fn said_without<'a>(task: &str, action: &'a str) -> Option<&'a str> {
    match (task, action) {
        // Whether a layer is there is asked with HEAD, and a refusal of that has no body to quote.
        ("push", "ecr:BatchCheckLayerAvailability") => Some("HTTP 403 response"),
        // Other clients look for the manifest before they push it.
        ("push", "ecr:BatchGetImage") => None,
        _ => Some(action),
    }
}

fn a_written_policy_is_enough_for_a_push_and_not_more(lab: &Lab) -> Result<()> {
    is_enough_and_not_more(lab, "push", |session, tag| {
        let image = format!("{HOST}/team/app:written-{tag}");
        load(session, &image)?;
        session.sh(&format!("docker push {image}"))
    })
}

fn a_written_policy_is_enough_for_a_pull_and_not_more(lab: &Lab) -> Result<()> {
    let image = published(&Session::with_helper(lab)?, "written")?;
    is_enough_and_not_more(lab, "pull", |session, _| {
        session.sh(&format!("docker rmi --force {image} >/dev/null 2>&1; docker pull {image}"))
    })
}
