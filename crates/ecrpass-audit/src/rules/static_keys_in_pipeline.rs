//! A pipeline logs in to AWS with stored access keys although its system can issue OIDC tokens.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{logins, scripts};
use crate::hit::{Hit, Spot};
use crate::host::Host;
use crate::jobs::reaches::reaches_ecr;
use crate::jobs::{active, spot, uses};
use crate::pipeline::{Pipeline, Setting, Uses, mentions_ecr};
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `static-keys-in-pipeline`
pub static RULE: Rule = Rule { id: DiagnosisId::StaticKeysInPipeline, look };

/// One note for a file, however often it does so.
fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    // Keys for other services are not this program's business.
    if !mentions_ecr(&examined.file.text) && !active(examined).take(16).any(|job| reaches_ecr(examined, job))
    {
        return Vec::new();
    }
    let mut spots = of_uses(examined, pipeline);
    spots.extend(of_variables(examined, pipeline));
    spots.extend(of_logins(examined));
    if spots.is_empty() {
        return Vec::new();
    }
    let title = "the pipeline uses stored access keys, where a role with an OIDC token would do";
    vec![Hit::new(Severity::Note, title, spots)]
}

fn of_uses(examined: &Examined<'_>, pipeline: &Pipeline) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (_, _, used) in uses(examined) {
        let key = match pipeline.system {
            System::Github => github_key(used),
            System::Circleci => used
                .filled("aws-access-key-id")
                .or_else(|| used.filled("aws_access_key_id"))
                .filter(|_| used.filled("role-arn").is_none() && used.filled("role_arn").is_none()),
            System::Bitbucket => {
                used.filled("AWS_ACCESS_KEY_ID").filter(|_| used.filled("AWS_OIDC_ROLE_ARN").is_none())
            }
            _ => None,
        };
        if let Some(key) = key.filter(|key| is_stored(key)) {
            spots.push(spot(examined, key.bytes.clone(), "a stored key"));
            spots.push(spot(examined, used.bytes.clone(), "for this"));
        }
    }
    spots
}

fn github_key(used: &Uses) -> Option<&Setting> {
    // With a session token they are temporary.
    if used.filled("aws-session-token").is_some() || used.filled("role-to-assume").is_some() {
        return None;
    }
    if used.name == "docker/login-action" {
        let is_ecr = used.filled("registry").is_some_and(|registry| {
            registry
                .value
                .alternatives()
                .any(|host| matches!(Host::of_server(host), Host::Private { .. } | Host::Public))
        });
        return used.filled("username").filter(|user| is_ecr && user.value.exactly() != Some("AWS"));
    }
    let names = ["aws-access-key-id", "aws_access_key_id", "access_key_id", "access-key-id"];
    names.iter().find_map(|name| used.filled(name))
}

/// Whether a value comes from where systems keep secrets, rather than being a key itself or an output of a step.
fn is_stored(setting: &Setting) -> bool {
    let raw = setting.raw.as_str();
    let of_github = ["secrets.", "vars."].iter().any(|context| raw.contains(context));
    let is_variable = raw.starts_with('$') && !raw.starts_with("${{");
    // CircleCI's orbs take the name of a variable.
    let is_name = !raw.is_empty()
        && raw.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_key = raw.len() == 20 && raw.starts_with("AKIA");
    of_github || is_variable || is_name && !is_key
}

/// Variables of the jobs: `AWS_ACCESS_KEY_ID: ${{ secrets.… }}`.
fn of_variables(examined: &Examined<'_>, pipeline: &Pipeline) -> Vec<Spot> {
    if !matches!(pipeline.system, System::Github | System::Gitlab) {
        return Vec::new();
    }
    let mut places = Vec::new();
    for job in active(examined) {
        let of_steps = job.active_steps().filter(|step| step.path.is_none()).flat_map(|step| &step.variables);
        for setting in job.variables.iter().chain(of_steps) {
            // Under another name they are handed to a login as they are.
            let is_key = (setting.name == "AWS_ACCESS_KEY_ID"
                || setting.raw.contains("secrets.AWS_ACCESS_KEY_ID"))
                && is_stored(setting);
            let bytes = setting.bytes.clone();
            if is_key && !places.contains(&bytes) && !has_session(job.variables.iter()) {
                places.push(bytes);
            }
        }
    }
    places.into_iter().map(|bytes| spot(examined, bytes, "a stored key")).collect()
}

/// A login to ECR with a stored key as its user, also under a name of the file's own.
fn of_logins(examined: &Examined<'_>) -> Vec<Spot> {
    let mut places = Vec::new();
    let is_key = |text: &str| {
        text.contains("AWS_ACCESS_KEY_ID")
            && ["secrets.", "vars."].iter().any(|context| text.contains(context))
    };
    for scripted in &scripts(examined) {
        let Some(job) = scripted.job else { continue };
        for login in logins::of(scripted) {
            if !login.login.user.as_ref().is_some_and(|user| user.value.alternatives().any(is_key)) {
                continue;
            }
            let of_step = scripted.step.map(|step| step.variables.as_slice()).unwrap_or_default();
            let set = job.variables.iter().chain(of_step).filter(|setting| is_key(&setting.raw));
            places.extend(set.map(|setting| setting.bytes.clone()));
            places.push(login.command.bytes.clone());
        }
    }
    let mut seen = HashSet::new();
    places.retain(|bytes| seen.insert(bytes.clone()));
    places.into_iter().map(|bytes| spot(examined, bytes, "a stored key")).collect()
}

fn has_session<'a>(mut settings: impl Iterator<Item = &'a Setting>) -> bool {
    settings.any(|setting| setting.name == "AWS_SESSION_TOKEN")
}
