//! Passwords that jobs hand on by their settings: outputs, results, exported variables.

use std::ops::Range;

use ecrpass_diagnosis::finding::Severity;

use crate::deeds::password;
use crate::hit::Hit;
use crate::jobs::{active, kept_paths, of_system, spot};
use crate::pipeline::{Job, KeptAs, Uses};
use crate::rule::Examined;
use crate::system::System;
use crate::version;

/// Those of a file.
pub fn hits(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    if of_system(examined, System::Github).is_some() {
        hits.extend(active(examined).filter_map(|job| unmasked_login(examined, job)));
    }
    hits.extend(active(examined).flat_map(|job| results(examined, job)));
    hits
}

/// `mask-password: false`, or a version that does not mask, and the outputs that it is meant for.
fn unmasked_login(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let logins = job.active_steps().filter(|step| step.path.is_none()).filter_map(|step| step.uses());
    let mut logins = logins.filter(|uses| uses.name == "aws-actions/amazon-ecr-login");
    let outputs = job
        .kept
        .iter()
        .filter(|kept| kept.how == KeptAs::Output && kept.raw.contains(".outputs.docker_password_"));
    let outputs: Vec<_> = outputs.collect();
    // The first version does not mask by itself, and does no harm where nobody takes its output.
    let is_unmasked = |uses: &&Uses| match uses.input("mask-password") {
        Some(_) => uses.is_set_to("mask-password", "false"),
        None => {
            let major = version::major(&examined.file.text, uses.version.as_deref(), uses.bytes.end);
            major == Some(1) && !outputs.is_empty()
        }
    };
    let login = logins.find(is_unmasked)?;
    let mut spots: Vec<_> =
        outputs.iter().map(|kept| spot(examined, kept.bytes.clone(), "handed on to other jobs")).collect();
    let masks = login.input("mask-password").map_or(&login.bytes, |input| &input.bytes);
    spots.push(spot(examined, masks.clone(), "and not masked"));
    // GitHub offers nothing else for images of services and of the job itself.
    let all_jobs = examined.models.pipeline().map(|pipeline| pipeline.jobs.as_slice()).unwrap_or_default();
    let used = all_jobs.iter().flat_map(|other| &other.credentials).filter(|setting| {
        let mut names = outputs.iter().filter_map(|kept| kept.what.exactly());
        names.any(|name| setting.raw.contains(&format!("needs.{}.outputs.{name}", job.name)))
    });
    let used: Vec<Range<usize>> = used.map(|setting| setting.bytes.clone()).collect();
    let severity = if used.is_empty() { Severity::Warning } else { Severity::Note };
    spots.extend(used.into_iter().map(|bytes| spot(examined, bytes, "used here")));
    Some(Hit::new(severity, "the login hands on the password without masking it", spots))
}

/// Results of Tekton, output parameters of Argo, exported variables of CodeBuild.
fn results(examined: &Examined<'_>, job: &Job) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    let mut hits = Vec::new();
    for kept in job.kept.iter().filter(|kept| kept.how == KeptAs::Output) {
        let place = match pipeline.system {
            System::Tekton | System::Argo => kept_paths::is_written(job, &kept.what),
            System::Codebuild => variable_with_password(job, &kept.raw),
            _ => None,
        };
        if let Some(place) = place {
            let spots = vec![
                spot(examined, place, "the password is written here"),
                spot(examined, kept.bytes.clone(), "and handed on as a result"),
                spot(examined, kept.by.clone(), "declared here"),
            ];
            hits.push(Hit::new(
                Severity::Warning,
                "the password is handed on as a result, in clear text",
                spots,
            ));
        }
    }
    hits
}

fn variable_with_password(job: &Job, name: &str) -> Option<Range<usize>> {
    let scripts = job.active_steps().filter_map(|step| step.script());
    let mut assignments =
        scripts.flat_map(|script| &script.commands).flat_map(|command| &command.assignments);
    let (_, word) = assignments.find(|(set, word)| set == name && password::in_word(word).is_some())?;
    Some(word.bytes.clone())
}
