//! Registries in the settings of login actions and of Jenkins' `withRegistry`.

use std::ops::Range;

use ecrpass_diagnosis::finding::Severity;

use crate::edit::{FileEdit, Safety};
use crate::hit::Hit;
use crate::host::{Host, has_path};
use crate::jobs::edits::{replaced, without_quotes};
use crate::jobs::{spot, uses};
use crate::known::find_outside_holes;
use crate::pipeline::{Setting, Uses};
use crate::rule::Examined;

/// Registries with a path.
pub fn with_path(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (_, _, used) in uses(examined) {
        let (setting, title) = match used.name.as_str() {
            "docker.withRegistry" => {
                ("url", "withRegistry drops the path, and the image goes to another repository")
            }
            "docker/login-action" => ("registry", "the login is given a repository instead of a registry"),
            _ => continue,
        };
        let Some(server) = used.filled(setting).filter(|server| is_ecr_with_path(server)) else { continue };
        let spots = vec![
            spot(examined, server.bytes.clone(), "the path belongs to the image"),
            spot(examined, used.bytes.clone(), "a login is for the whole registry"),
        ];
        let registry = server.value.alternatives().find_map(|text| Host::of_server(text).registry());
        let edit = path_edit(examined, &server.bytes);
        hits.push(Hit::new(Severity::Warning, title, spots).about(registry).with_edit(edit));
    }
    hits
}

fn is_ecr_with_path(server: &Setting) -> bool {
    server.value.alternatives().all(|text| has_path(text) && Host::of_server(text).is_private())
}

/// The path taken away, where it stands there as it is.
fn path_edit(examined: &Examined<'_>, bytes: &Range<usize>) -> Option<FileEdit> {
    let inner = without_quotes(&examined.file.text, bytes);
    let written = examined.file.text.get(inner.clone())?;
    let skipped = written.find("://").map_or(0, |at| at + 3);
    let at = skipped + find_outside_holes(written.get(skipped..)?, &['/'])?;
    let is_plain = !written.contains(['"', '\'', '+', '\n']) && Host::of_server(written).is_private();
    is_plain.then(|| replaced("Log in to the registry alone", Safety::Safe, inner.start + at..inner.end, ""))
}

/// Logins to ECR with what is another registry's.
pub fn of_others(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (_, step, used) in uses(examined).filter(|(_, _, used)| used.name == "docker/login-action") {
        let Some(registry) = used.filled("registry") else { continue };
        let mut hosts = registry.value.alternatives().map(Host::of_server);
        // Of a matrix, the leg for ECR fails; a condition may be there to keep it out.
        let is_for_ecr = match step.is_conditional {
            true => hosts.all(|host| host.is_private()),
            false => hosts.any(|host| host.is_private()),
        };
        if !is_for_ecr {
            continue;
        }
        if let Some(wrong) = other_credentials(used) {
            let spots = vec![
                spot(examined, wrong.bytes.clone(), "ECR does not know it"),
                spot(examined, registry.bytes.clone(), "a registry of ECR"),
            ];
            let title = "the login to ECR uses credentials that are not for ECR";
            hits.push(Hit::new(Severity::Error, title, spots));
        }
    }
    hits
}

/// GitHub's own token or user. Access keys are right: the action makes a login of them.
fn other_credentials(used: &Uses) -> Option<&Setting> {
    let names = |setting: &&Setting, words: &[&str]| words.iter().any(|word| setting.raw.contains(word));
    let password = used
        .filled("password")
        .filter(|setting| names(setting, &["GITHUB_TOKEN", "github.token", "DOCKERHUB_"]));
    // A key's secret goes with the key's id, and not with `AWS`.
    let is_aws = used.filled("username").is_some_and(|user| user.value.exactly() == Some("AWS"));
    let keys = ["aws-access-key-id", "aws-secret-access-key", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let key = used.filled("password").filter(|setting| is_aws && names(setting, &keys));
    password.or(key).or_else(|| {
        used.filled("username").filter(|setting| names(setting, &["github.actor", "github.repository_owner"]))
    })
}
