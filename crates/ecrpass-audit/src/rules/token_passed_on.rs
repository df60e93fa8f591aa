//! A password is handed on as an output, a variable or a result, where it is stored and not masked.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{self, Scripted, printing};
use crate::deeds::password;
use crate::hit::Hit;
use crate::jobs::{active, kept_paths, of_system, spot};
use crate::pipeline::{Job, KeptAs};
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Output};
use crate::system::System;

/// `token-passed-on`
pub static RULE: Rule = Rule { id: DiagnosisId::TokenPassedOn, look };

/// The files of runners whose lines become variables or outputs.
const FILES: [&str; 4] = ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "BASH_ENV"];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = of_commands(examined);
    if of_system(examined, System::Github).is_some() {
        hits.extend(active(examined).filter_map(|job| unmasked_login(examined, job)));
    }
    hits.extend(active(examined).flat_map(|job| results(examined, job)));
    hits
}

fn of_commands(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in commands::scripts(examined) {
        for (index, command) in scripted.commands() {
            if printing::is_masked(&scripted, index) {
                continue;
            }
            if let Some(title) = passed_on(&scripted, index, command) {
                let spots = vec![spot(examined, command.bytes.clone(), "stored with the run, in clear text")];
                hits.push(Hit::new(Severity::Warning, title, spots));
            }
        }
    }
    hits
}

/// What a command does with a password, if it hands it on.
fn passed_on(scripted: &Scripted<'_>, index: usize, command: &Command) -> Option<&'static str> {
    let holds_password = || command.words.iter().any(|word| password::in_word(word).is_some());
    if let Output::File(file) = &command.output
        && FILES.iter().any(|name| file.raw.contains(name) || file.shown().contains(name))
        && kept_paths::prints_password(scripted.script, index, command)
    {
        return Some("the password becomes a variable or output of later steps");
    }
    let says = |text: &str| command.words.iter().any(|word| word.raw.contains(text));
    if matches!(command.program(), "echo" | "printf" | "Write-Host" | "Write-Output") && holds_password() {
        if says("##vso[task.setvariable") && !says("issecret=true") {
            return Some("the password becomes a pipeline variable that is not secret");
        }
        if says("::set-output") || says("::set-env") {
            return Some("the password becomes an output of the step");
        }
    }
    let is_meta_data = command.program() == "buildkite-agent" && says("meta-data") && says("set");
    (is_meta_data && holds_password()).then_some("the password becomes meta-data of the build")
}

/// `mask-password: false`, and the outputs that it is meant for.
fn unmasked_login(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let logins = job.active_steps().filter(|step| step.path.is_none()).filter_map(|step| step.uses());
    let mut logins = logins.filter(|uses| uses.name == "aws-actions/amazon-ecr-login");
    let login = logins.find(|uses| uses.is_set_to("mask-password", "false"))?;
    let outputs: Vec<_> = job.kept.iter().filter(|kept| kept.how == KeptAs::Output && kept.raw.contains(".outputs.docker_password_")).collect();
    let mut spots: Vec<_> = outputs.iter().map(|kept| spot(examined, kept.bytes.clone(), "handed on to other jobs")).collect();
    spots.extend(login.input("mask-password").map(|input| spot(examined, input.bytes.clone(), "and not masked")));
    // GitHub offers nothing else for images of services and of the job itself.
    let all_jobs = examined.models.pipeline().map(|pipeline| pipeline.jobs.as_slice()).unwrap_or_default();
    let used = all_jobs.iter().flat_map(|other| &other.credentials).filter(|setting| {
        outputs.iter().filter_map(|kept| kept.what.exactly()).any(|name| setting.raw.contains(&format!("needs.{}.outputs.{name}", job.name)))
    });
    let used: Vec<Range<usize>> = used.map(|setting| setting.bytes.clone()).collect();
    let severity = if used.is_empty() { Severity::Warning } else { Severity::Note };
    spots.extend(used.into_iter().map(|bytes| spot(examined, bytes, "used here")));
    let title = "the login hands on the password without masking it";
    Some(Hit::new(severity, title, spots))
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
            hits.push(Hit::new(Severity::Warning, "the password is handed on as a result, in clear text", spots));
        }
    }
    hits
}

fn variable_with_password(job: &Job, name: &str) -> Option<Range<usize>> {
    let scripts = job.active_steps().filter_map(|step| step.script());
    let mut commands = scripts.flat_map(|script| &script.commands);
    let found = commands.find_map(|command| {
        let (_, word) = command.assignments.iter().find(|(set, word)| set == name && password::in_word(word).is_some())?;
        Some(word.bytes.clone())
    });
    found
}
