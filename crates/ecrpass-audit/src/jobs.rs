//! What rules ask of the jobs of a pipeline.

pub mod account_numbers;
pub mod build_args;
pub mod edits;
pub mod handed_on;
pub mod kept_paths;
pub mod limits;
pub mod login_edits;
pub mod order;
pub mod reaches;
pub mod registry_settings;
pub mod repository_settings;

use ecrpass_core::registry::Registry;

use crate::deed::{Deed, What};
use crate::hit::Spot;
use crate::host::Host;
use crate::known::Known;
use crate::pipeline::{Job, Pipeline, Step, Uses};
use crate::rule::Examined;
use crate::system::System;

/// The pipeline of a file, if it is one of that system.
pub fn of_system<'a>(examined: &Examined<'a>, system: System) -> Option<&'a Pipeline> {
    examined.models.pipeline().filter(|pipeline| pipeline.system == system)
}

/// The jobs of a file that are on.
pub fn active<'a>(examined: &Examined<'a>) -> impl Iterator<Item = &'a Job> {
    let jobs = examined.models.pipeline().map(|pipeline| pipeline.jobs.as_slice()).unwrap_or_default();
    jobs.iter().filter(|job| !job.is_off)
}

/// All uses of actions, orbs, pipes, plugins and tasks that are on, in the file itself.
pub fn uses<'a>(examined: &Examined<'a>) -> impl Iterator<Item = (&'a Job, &'a Step, &'a Uses)> {
    active(examined).flat_map(|job| {
        let own = job.active_steps().filter(|step| step.path.is_none());
        own.filter_map(move |step| Some((job, step, step.uses()?)))
    })
}

/// A place of the file that is looked at.
pub fn spot(examined: &Examined<'_>, bytes: std::ops::Range<usize>, label: impl Into<String>) -> Spot {
    Spot::new(&examined.file.path, bytes, label)
}

/// The place of a deed, which may be in another file.
pub fn spot_of(examined: &Examined<'_>, deed: &Deed, label: impl Into<String>) -> Spot {
    Spot::new(deed.path.as_deref().unwrap_or(&examined.file.path), deed.bytes.clone(), label)
}

/// Whether a deed logs in to a private registry of ECR, or perhaps does.
pub fn is_ecr_login(deed: &Deed) -> bool {
    match &deed.what {
        What::Login { to_all: true, .. } => true,
        What::Login { host, .. } => {
            host.alternatives().any(|host| !matches!(Host::of_server(host), Host::Other(_) | Host::Unknown))
        }
        _ => false,
    }
}

/// The registry of a push or pull, if it is a private one of ECR and all of it is known.
pub fn private_registry(image: &Known) -> Option<Registry> {
    image.alternatives().find_map(|image| Host::of_image(image).registry())
}

/// Whether a value is surely on a host of ECR.
pub fn is_on_ecr(image: &Known) -> bool {
    image.alternatives().any(|image| matches!(Host::of_image(image), Host::Private { .. } | Host::Public))
}

/// Whether a variable is set at any level of a job or step.
pub fn has_variable(job: &Job, step: Option<&Step>, name: &str) -> bool {
    let of_step = step.map(|step| step.variables.as_slice()).unwrap_or_default();
    job.variables.iter().chain(of_step).any(|setting| setting.name == name)
}

/// Whether a variable is set at any level, or by a script of the job.
pub fn sets_variable(job: &Job, name: &str) -> bool {
    let in_steps = job.steps.iter().any(|step| {
        let by_script = step.script().is_some_and(|script| {
            script.variables.iter().any(|(set, _)| set == name)
                || script
                    .commands
                    .iter()
                    .any(|command| command.words.iter().any(|word| word.raw.contains(&format!("{name}="))))
        });
        by_script || step.variables.iter().any(|setting| setting.name == name)
    });
    has_variable(job, None, name) || in_steps
}
