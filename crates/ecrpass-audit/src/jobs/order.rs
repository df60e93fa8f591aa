//! Logins and pushes in the wrong order or for different registries, in jobs and in scripts that stand alone.

use crate::credential_path::CredentialPath;
use crate::deed::{Deed, What};
use crate::jobs::kept_paths::{Holds, held};
use crate::jobs::{has_variable, spot, spot_of};
use crate::logins::{self, Problem, ProblemKind, Start};
use crate::misordered::Misordered;
use crate::pipeline::{Host, Job, KeptAs, Pipeline, Setting};
use crate::rule::Examined;
use crate::scripts::Runs;
use crate::system::System;

/// Variables that say that a client's configuration is elsewhere, where a login may be already.
const CONFIGURATIONS: [&str; 3] = ["DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"];

/// All problems of a file: three rules ask, and the order is looked through once.
pub fn problems<'a>(examined: &Examined<'a>) -> &'a [Misordered] {
    examined.models.misordered(|| find(examined))
}

fn find(examined: &Examined<'_>) -> Vec<Misordered> {
    let mut all = Vec::new();
    if let Some(pipeline) = examined.models.pipeline() {
        let keepers = keepers(pipeline);
        for job in pipeline.jobs.iter().filter(|job| !job.is_off) {
            all.extend(container_without_login(examined, pipeline, job));
            let deeds = job.deeds();
            // What another job logged in to and kept may come with its workspace, cache or artifact.
            let is_handed_on = keepers.iter().any(|keeper| keeper.bytes != job.bytes);
            let start = if is_handed_on { Start::Unknown } else { start(job) };
            let found = logins::problems(&deeds, start);
            let found = found.into_iter().filter_map(|problem| {
                let region = own_region(examined, job, &problem);
                let mut placed = placed(examined, problem)?;
                placed
                    .spots
                    .splice(0..0, region.map(|bytes| spot(examined, bytes, "the region of the login")));
                Some(placed)
            });
            all.extend(found);
        }
    }
    for placed_script in examined.models.scripts() {
        if placed_script.runs == Runs::Typed {
            continue;
        }
        let deeds = examined.models.deeds(&placed_script.script);
        let found = logins::problems(deeds, Start::Unknown);
        all.extend(found.into_iter().filter_map(|problem| placed(examined, problem)));
    }
    all
}

/// A hosted runner of GitHub pulls the job's container before any step can log in: it has `credentials`, or nothing.
/// Source: GitHub documentation, "jobs.<job_id>.container.credentials".
fn container_without_login(examined: &Examined<'_>, pipeline: &Pipeline, job: &Job) -> Option<Misordered> {
    let (image, bytes) = job.container.as_ref()?;
    if pipeline.system != System::Github || job.host.0 != Host::Hosted || !job.credentials.is_empty() {
        return None;
    }
    let pull = What::Pull { client: "docker".to_owned(), image: image.clone() };
    let deeds = [Deed::new(bytes.clone(), pull)];
    let problem = logins::problems(&deeds, Start::Empty).into_iter().next()?;
    placed(examined, problem)
}

/// The jobs that keep the directory with their logins for others.
fn keepers(pipeline: &Pipeline) -> Vec<&Job> {
    let keeps_login = |job: &&Job| {
        let mut kept = job.kept.iter().filter(|kept| matches!(kept.how, KeptAs::Cache | KeptAs::Artifact));
        kept.any(|kept| held(job, kept) == Some(Holds::Credentials(CredentialPath::Docker)))
    };
    pipeline.jobs.iter().filter(|job| !job.is_off).filter(keeps_login).collect()
}

/// What is there when a job begins.
fn start(job: &Job) -> Start {
    let is_elsewhere = CONFIGURATIONS.iter().any(|name| {
        has_variable(job, None, name)
            || job.steps.iter().any(|step| step.variables.iter().any(|setting| setting.name == *name))
    });
    let in_container =
        job.container.as_ref().is_some_and(|(image, _)| !crate::pipeline::is_plain_image(image));
    if job.host.0 == Host::Hosted && !job.is_part && !is_elsewhere && !in_container {
        Start::Empty
    } else {
        Start::Unknown
    }
}

/// The setting of the job by which a login that stands in a template, for many jobs, is for another region.
fn own_region(examined: &Examined<'_>, job: &Job, problem: &Problem<'_>) -> Option<std::ops::Range<usize>> {
    let ProblemKind::PasswordOfOtherRegion { region } = &problem.kind else { return None };
    let is_elsewhere = problem.deeds.iter().all(|deed| deed.path.is_some());
    // Variables of included files are the job's too, with places there.
    let is_here = |setting: &Setting| {
        let written = examined.file.text.get(setting.bytes.clone());
        written.is_some_and(|written| written.trim_matches(['"', '\'']) == setting.raw)
    };
    let says = |setting: &&Setting| {
        let is_region = setting.name.to_ascii_uppercase().contains("REGION");
        is_region && setting.value.exactly() == Some(region) && is_here(setting)
    };
    job.variables.iter().rfind(says).filter(|_| is_elsewhere).map(|setting| setting.bytes.clone())
}

/// With places; nothing if all of it stands in another file, which is looked at for itself. What is wrong there only with
/// what this file hands over (a template's parameters) is told all the same: of several at one place one is told.
fn placed(examined: &Examined<'_>, problem: Problem<'_>) -> Option<Misordered> {
    let is_own = problem.deeds.iter().any(|deed| deed.path.is_none());
    let is_told_by_all = matches!(
        problem.kind,
        ProblemKind::NoLogin { later: false } | ProblemKind::PasswordOfOtherRegion { .. }
    );
    if !is_own && !is_told_by_all {
        return None;
    }
    let spots = problem.deeds.iter().enumerate().map(|(index, deed)| {
        let label = match (&deed.what, index) {
            (What::Login { .. }, _) => "the login",
            (What::Logout { .. }, _) => "the logout",
            (What::Pull { .. }, _) => "pulled here",
            _ => "pushed here",
        };
        spot_of(examined, deed, label)
    });
    let spots = spots.collect();
    Some(Misordered { kind: problem.kind, registry: problem.registry, host: problem.host, spots })
}
