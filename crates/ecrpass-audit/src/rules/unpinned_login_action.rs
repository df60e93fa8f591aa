//! What gets the credentials or makes the login comes from a place that moves.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::Hit;
use crate::jobs::{spot, uses};
use crate::pipeline::{Reference, Uses, mentions_ecr, suggests_aws_login};
use crate::rule::{Examined, Rule};
use crate::system::System;
use crate::version::is_release;

/// `unpinned-login-action`
pub static RULE: Rule = Rule { id: DiagnosisId::UnpinnedLoginAction, look };

const RELEASED: &str = "name a released version, better the full commit with the version in a comment";

/// Logins to other clouds and registries.
const OF_OTHERS: [&str; 7] =
    ["azure/", "google-github-actions/", "docker/", "github/", "actions/", "hashicorp/", "oracle-actions/"];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    let mut hits = Vec::new();
    for (_, _, used) in uses(examined) {
        let is_moving = match pipeline.system {
            System::Github => is_moving_action(used),
            System::Buildkite => {
                used.version.as_deref().is_some_and(|version| !is_release(version))
                    && suggests_aws_login(&used.name)
            }
            _ => false,
        };
        if is_moving {
            let version = used.version.as_deref().unwrap_or_default();
            hits.push(hit(examined, &used.name, version, used.bytes.clone()));
        }
    }
    for reference in &pipeline.references {
        if let Some(version) =
            reference.version.as_deref().filter(|version| moves(pipeline.system, reference, version))
        {
            hits.push(hit(examined, &reference.name, version, reference.bytes.clone()));
        }
    }
    hits
}

fn hit(examined: &Examined<'_>, name: &str, version: &str, bytes: std::ops::Range<usize>) -> Hit {
    let title = format!("{name} gets the credentials, and `{version}` is whatever was pushed there last");
    let hit = Hit::new(Severity::Warning, title, vec![spot(examined, bytes, "moves")]);
    // Amazon's login action is no advice for what is no login.
    match mentions_ecr(name) || name.to_ascii_lowercase().contains("login") {
        true => hit,
        false => hit.with_only_advice(RELEASED, ""),
    }
}

/// An action at a branch that logs in or is given the keys.
fn is_moving_action(used: &Uses) -> bool {
    let Some(version) =
        used.version.as_deref().filter(|version| !is_release(version) && !version.contains("${{"))
    else {
        return false;
    };
    let name = used.name.to_ascii_lowercase();
    let is_local = name.starts_with("./") || name.starts_with("$/") || name.starts_with("docker:");
    if is_local || version.is_empty() {
        return false;
    }
    let is_login =
        name == "docker/login-action" && used.inputs.iter().any(|input| input.raw.contains("amazonaws.com"));
    let is_of_others = OF_OTHERS.iter().any(|owner| name.starts_with(owner));
    let gets_keys = used.inputs.iter().any(|input| {
        let name = input.name.to_ascii_lowercase().replace('-', "_");
        name.contains("secret_access_key") || name.contains("aws_secret")
    });
    is_login || !is_of_others && (suggests_aws_login(&name) || gets_keys)
}

fn moves(system: System, reference: &Reference, version: &str) -> bool {
    if !suggests_aws_login(&reference.name) {
        return false;
    }
    match system {
        System::Circleci => version == "volatile" || version.starts_with("dev:"),
        System::Gitlab => version == "~latest" || !is_release(version) && !version.contains('$'),
        _ => false,
    }
}
