//! Jobs that may run longer than a login lives.

use ecrpass_diagnosis::finding::Severity;

use crate::deed::{Deed, What};
use crate::hit::Hit;
use crate::host::Host as RegistryHost;
use crate::jobs::{active, is_ecr_login, spot, spot_of};
use crate::pipeline::{Host, Job};
use crate::rule::Examined;
use crate::system::System;

/// How long a password lives, in minutes.
const LIFE: u64 = 720;

/// Jobs with a limit above the password's life, a login, and a push that comes late.
pub fn hits(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    // What hosted machines allow is less anyway.
    let is_bounded =
        |job: &Job| job.host.0 == Host::Hosted && matches!(pipeline.system, System::Github | System::Azure);
    active(examined).filter(|job| !is_bounded(job)).filter_map(|job| hit(examined, job)).collect()
}

fn hit(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let (minutes, limit) = job.limit_minutes.as_ref()?;
    if *minutes <= LIFE {
        return None;
    }
    let steps: Vec<(usize, Deed)> = job
        .active_steps()
        .enumerate()
        .flat_map(|(index, step)| step.deeds.iter().map(move |deed| (index, deed.clone())))
        .collect();
    if steps.iter().any(|(_, deed)| matches!(deed.what, What::Helper { .. })) {
        return None;
    }
    let (late_step, late) = steps.iter().rfind(|(_, deed)| is_use(deed))?;
    let before = steps.iter().take_while(|(_, deed)| deed.place() != late.place());
    let (login_step, login) = before.filter(|(_, deed)| is_ecr_login(deed)).last()?;
    // Directly before it, nothing can take long in between.
    let scripts = job.active_steps().skip(login_step + 1).take(late_step.saturating_sub(login_step + 1));
    let works =
        scripts.filter(|step| step.script().is_some_and(|script| !script.commands.is_empty())).count();
    if works == 0 && !works_within(job, *login_step, login, late) {
        return None;
    }
    let title = format!("the job may run for {} hours, and its login is over after 12", minutes / 60);
    let spots = vec![
        spot(examined, limit.clone(), "longer than a login lives"),
        spot_of(examined, login, "the login"),
        spot_of(examined, late, "may come too late"),
    ];
    Some(Hit::new(Severity::Warning, title, spots))
}

/// Whether a script that logs in does something else before its push.
fn works_within(job: &Job, step: usize, login: &Deed, late: &Deed) -> bool {
    let Some(script) = job.active_steps().nth(step).and_then(|step| step.script()) else { return false };
    let quick = [
        "docker", "podman", "buildah", "echo", "export", "cd", "set", "aws", "mkdir", "skopeo", "crane",
        "sleep",
    ];
    script.commands.iter().any(|command| {
        let is_between = command.bytes.start >= login.bytes.end && command.bytes.end <= late.bytes.start;
        let program = command.program();
        is_between && !command.words.is_empty() && (program == "sleep" || !quick.contains(&program))
    })
}

fn is_use(deed: &Deed) -> bool {
    match &deed.what {
        What::Push { image, .. } => image.alternatives().any(|image| {
            matches!(RegistryHost::of_image(image), RegistryHost::Private { .. } | RegistryHost::Unknown)
        }),
        What::Pull { image, .. } => {
            image.alternatives().any(|image| RegistryHost::of_image(image).is_private())
        }
        _ => false,
    }
}
