//! Anybody's pull request is checked out and built with AWS credentials or a login in place.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::deed::{Deed, What};
use crate::hit::Hit;
use crate::jobs::{active, is_ecr_login, of_system, spot, spot_of};
use crate::pipeline::{Job, Step};
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `untrusted-code-with-login`
pub static RULE: Rule = Rule { id: DiagnosisId::UntrustedCodeWithLogin, look };

/// What starts a workflow with its own secrets for anybody.
const TRIGGERS: [&str; 3] = ["pull_request_target", "issue_comment", "workflow_run"];

/// How the code of a pull request is named.
const HEADS: [&str; 8] = [
    "pull_request.head.sha",
    "pull_request.head.ref",
    "pull_request.head.repo",
    "github.head_ref",
    "refs/pull/",
    "workflow_run.head_sha",
    "workflow_run.head_branch",
    "workflow_run.head_commit",
];

/// Conditions that keep strangers out.
const GUARDS: [&str; 10] = [
    "head.repo.full_name == github.repository",
    "head.repo.fork == false",
    "!github.event.pull_request.head.repo.fork",
    "head_repository.full_name == github.repository",
    "author_association",
    // What is for others is not for strangers.
    "workflow_run.event == 'push'",
    "workflow_run.event != 'pull_request'",
    "github.event_name == 'push'",
    "github.event_name != 'pull_request_target'",
    "github.event_name == 'workflow_dispatch'",
];

/// Conditions by which somebody has to look first.
const REVIEWS: [&str; 2] = [".labels", "event.label.name"];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = of_system(examined, System::Github) else { return Vec::new() };
    // Only after runs of branches that strangers cannot push to.
    let on = examined.models.yaml().and_then(|documents| documents.first()).and_then(|root| root.get("on"));
    let is_of_branches = |name: &str| {
        name == "workflow_run" && on.is_some_and(|on| on.at(&["workflow_run", "branches"]).is_some())
    };
    let mut triggers = pipeline.triggers.iter();
    let found = triggers.find(|(name, _)| TRIGGERS.contains(&name.as_str()) && !is_of_branches(name));
    let Some((trigger, place)) = found else { return Vec::new() };
    active(examined)
        .filter(|job| !is_guarded(job.condition.as_deref()))
        .filter_map(|job| {
            let checkout =
                job.active_steps().find(|step| checks_out(step) && !step_is_guarded(examined, step))?;
            let login = login(job)?;
            let title =
                format!("{trigger} lets anybody's code be built in job {} with a login in place", job.name);
            let by = checkout
                .uses()
                .and_then(|uses| uses.filled("ref"))
                .map_or(checkout.bytes.clone(), |input| input.bytes.clone());
            let mut spots = vec![spot(examined, by, "the pull request's code")];
            spots.extend(checkout.uses().map(|uses| spot(examined, uses.bytes.clone(), "checked out here")));
            spots.push(spot(examined, place.clone(), "started by anybody"));
            spots.push(spot_of(examined, &login, "with this in place"));
            // Somebody has to let it run, if the environment asks for it.
            let is_reviewed =
                REVIEWS.iter().any(|word| job.condition.as_deref().unwrap_or_default().contains(word));
            let severity = if job.has_environment || is_reviewed { Severity::Note } else { Severity::Error };
            Some(Hit::new(severity, title, spots))
        })
        .collect()
}

fn is_guarded(condition: Option<&str>) -> bool {
    let condition: String = condition.unwrap_or_default().split_whitespace().collect();
    GUARDS.iter().any(|guard| condition.contains(&guard.split_whitespace().collect::<String>()))
}

fn step_is_guarded(examined: &Examined<'_>, step: &Step) -> bool {
    step.is_conditional && is_guarded(examined.file.text.get(step.bytes.clone()))
}

/// Whether a step checks out the code of a pull request.
fn checks_out(step: &Step) -> bool {
    if let Some(uses) = step.uses() {
        let is_head = |text: &str| HEADS.iter().any(|head| text.contains(head));
        let names_head = |name: &str| {
            uses.filled(name)
                .is_some_and(|input| is_head(&input.raw) || input.value.alternatives().any(is_head))
        };
        return uses.name == "actions/checkout" && (names_head("ref") || names_head("repository"));
    }
    step.script().is_some_and(|script| {
        script.commands.iter().filter(|command| !command.is_off).any(|command| {
            let words: Vec<&str> = command.words.iter().map(|word| word.raw.as_str()).collect();
            let fetches = command.program() == "git"
                && words.iter().any(|word| word.contains("pull/") && word.contains("/head"));
            fetches || command.program() == "gh" && words.get(1..3) == Some(&["pr", "checkout"])
        })
    })
}

/// Credentials or a login in the job.
fn login(job: &Job) -> Option<Deed> {
    job.deeds().into_iter().find(|deed| match &deed.what {
        What::Credentials { from_keys, from_oidc, .. } => *from_keys || *from_oidc,
        What::Fetch { .. } => true,
        _ => is_ecr_login(deed),
    })
}
