//! Jobs of one machine share a login, and the one that ends first takes it from the others.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::deed::{Deed, What};
use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::{Hit, Spot};
use crate::host::Host as RegistryHost;
use crate::jobs::edits::{edit, line_break, line_start};
use crate::jobs::{active, is_ecr_login, sets_variable, spot, spot_of};
use crate::pipeline::{Host, Job, Step};
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `shared-runner-logout-race`
pub static RULE: Rule = Rule { id: DiagnosisId::SharedRunnerLogoutRace, look };

/// Labels of machines that are there for one job.
const EPHEMERAL: [&str; 11] = [
    "ephemeral",
    "arc",
    "k8s",
    "kubernetes",
    "spot",
    "scale-set",
    "scaleset",
    "autoscal",
    "runs-on",
    "fargate",
    "one-shot",
];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    match pipeline.system {
        System::Github => active(examined).filter_map(|job| github(examined, job)).collect(),
        System::Jenkins => {
            by_logout(examined, pipeline.system).or_else(|| in_parallel(examined)).into_iter().collect()
        }
        System::Gitlab => by_logout(examined, pipeline.system).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether a job shares its machine's configuration with others.
fn is_shared(job: &Job) -> bool {
    let is_ephemeral = job.labels.iter().any(|label| {
        let label = label.to_ascii_lowercase();
        EPHEMERAL.iter().any(|word| match *word {
            // `arc` is a part of many words.
            "arc" => label.split(['-', '_']).any(|part| part == "arc"),
            word => label.contains(word),
        })
    });
    job.host.0 == Host::Own
        && job.container.is_none()
        && !is_ephemeral
        && !job.is_part
        && !sets_variable(job, "DOCKER_CONFIG")
}

/// Actions that log in log out at the job's end.
fn github(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    if !is_shared(job) {
        return None;
    }
    let step = job.active_steps().find(|step| step.path.is_none() && logs_out(step))?;
    let uses = step.uses()?;
    let severity = if job.at_once { Severity::Warning } else { Severity::Note };
    let title = format!("job {} logs out of ECR at its end, and other jobs of the machine with it", job.name);
    let runs_on = job.host.1.clone().unwrap_or_else(|| job.bytes.clone());
    let spots = vec![
        spot(examined, uses.bytes.clone(), "logs out when the job ends"),
        spot(examined, runs_on, "a machine of one's own"),
    ];
    let edit = own_directory(&examined.file.text, step.bytes.start);
    Some(Hit::new(severity, title, spots).with_edit(edit))
}

fn logs_out(step: &Step) -> bool {
    let Some(uses) = step.uses() else { return false };
    match uses.name.as_str() {
        "aws-actions/amazon-ecr-login" => !uses.is_set_to("skip-logout", "true"),
        "docker/login-action" => {
            let is_ecr = step.deeds.iter().any(is_ecr_login);
            is_ecr && !uses.is_set_to("logout", "false")
        }
        _ => false,
    }
}

/// A step in front that gives the job a directory of its own.
fn own_directory(text: &str, step: usize) -> Option<FileEdit> {
    let start = line_start(text, step);
    let before = text.get(start..step)?;
    let indentation = before.strip_suffix("- ").or_else(|| before.trim_end().strip_suffix('-'))?;
    if !indentation.trim().is_empty() {
        return None;
    }
    let line = format!(
        "{indentation}- run: echo \"DOCKER_CONFIG=$(mktemp -d)\" >> \"$GITHUB_ENV\"{}",
        line_break(text)
    );
    let replacement = Replacement { bytes: start..start, text: line };
    Some(edit("Give the job a directory of its own for its logins", Safety::Safe, vec![replacement]))
}

/// `docker logout` in a job that logs in, on an agent that others use: one finding for the file.
fn by_logout(examined: &Examined<'_>, system: System) -> Option<Hit> {
    let jobs: Vec<&Job> = active(examined).filter(|job| is_shared(job)).collect();
    let with_logout: Vec<(&Job, Deed)> = jobs
        .iter()
        .filter(|job| {
            job.deeds().iter().any(|deed| is_ecr_login(deed) || matches!(deed.what, What::MayLogIn))
        })
        .filter_map(|job| Some((*job, job.deeds().into_iter().find(is_logout)?)))
        .collect();
    let (first, _) = with_logout.first()?;
    let at_once = with_logout.iter().any(|(job, _)| job.at_once)
        && (system == System::Jenkins || with_logout.len() > 1);
    if !at_once && first.is_alone && with_logout.len() == 1 {
        return None;
    }
    let severity = if at_once { Severity::Warning } else { Severity::Note };
    let mut spots: Vec<Spot> =
        with_logout.iter().map(|(_, deed)| spot_of(examined, deed, "takes the login from others")).collect();
    let logins = with_logout.iter().flat_map(|(job, _)| job.deeds()).filter(is_ecr_login);
    spots.extend(logins.map(|deed| spot_of(examined, &deed, "the login")));
    let places: Vec<Range<usize>> = with_logout.iter().filter_map(|(job, _)| job.host.1.clone()).collect();
    spots.extend(places.into_iter().map(|bytes| spot(examined, bytes, "the machine")));
    Some(Hit::new(
        severity,
        "a logout on a shared machine takes the login from jobs that still use it",
        spots,
    ))
}

/// Parallel stages of one agent that log in: each writes the file that the others read.
fn in_parallel(examined: &Examined<'_>) -> Option<Hit> {
    let jobs = active(examined).filter(|job| is_shared(job) && job.at_once);
    // The docker plugin's logins have a directory of their own.
    let steps = jobs.flat_map(Job::active_steps).filter(|step| step.uses().is_none());
    let logins: Vec<Deed> =
        steps.flat_map(|step| &step.deeds).filter(|deed| is_ecr_login(deed)).cloned().collect();
    if logins.len() < 2 {
        return None;
    }
    let spots = logins.iter().map(|deed| spot_of(examined, deed, "logs in at the same time")).collect();
    Some(Hit::new(Severity::Warning, "parallel stages of one machine log in with the same file", spots))
}

fn is_logout(deed: &Deed) -> bool {
    match &deed.what {
        What::Logout { host } => {
            host.alternatives().any(|host| !matches!(RegistryHost::of_server(host), RegistryHost::Other(_)))
        }
        _ => false,
    }
}
