//! What the conversions of all systems ask of the jobs of a pipeline.

use std::ops::Range;

use ecrpass_audit::commands::{self, Scripted};
use ecrpass_audit::deed::What;
use ecrpass_audit::host::Host;
use ecrpass_audit::pipeline::Job;
use ecrpass_audit::rule::Examined;
use ecrpass_audit::yaml::Node;

use crate::convert::chains::{self, Chain};
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{put, secrets};

/// The documents of a file.
pub fn documents<'a>(examined: &Examined<'a>) -> &'a [Node] {
    examined.models.yaml().unwrap_or_default()
}

/// All logins in the scripts of a file, each once: templates and anchors are used by several jobs.
///
/// # Errors
/// The places that are not understood.
pub fn chains<'a>(examined: &Examined<'a>, target: &Target) -> Result<Vec<Chain<'a>>, Vec<Obstacle>> {
    let mut all: Vec<Chain<'a>> = Vec::new();
    let mut obstacles = Vec::new();
    for scripted in commands::scripts(examined).iter().filter(|scripted| scripted.job.is_some()) {
        match chains::of(&examined.file.text, scripted, target) {
            Ok(Some(chain)) if !all.iter().any(|known| known.lines == chain.lines) => {
                obstacles.extend(in_the_way(examined, scripted, &chain));
                all.push(chain);
            }
            Ok(_) => {}
            Err(obstacle) if obstacles.contains(&obstacle) => {}
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    if obstacles.is_empty() { Ok(all) } else { Err(obstacles) }
}

/// What a configuration of the job's own would hide: another registry's login before, plugins in the home directory.
fn in_the_way(examined: &Examined<'_>, scripted: &Scripted<'_>, chain: &Chain<'_>) -> Option<Obstacle> {
    let first = chain.lines.first()?;
    let job = scripted.job?;
    if let Some(bytes) = other_login(job, first.start) {
        return Some(Obstacle::new(
            bytes,
            "This logs in to another registry first, and the configuration that holds that login would be left.",
            "log in to it behind the login to ECR",
        ));
    }
    let plugins = examined.file.text.find(".docker/cli-plugins")?;
    Some(Obstacle::new(
        plugins..plugins + 1,
        "A plugin of docker is put into the home's configuration, where a configuration of the job's own has none.",
        "put the plugin into /usr/local/lib/docker/cli-plugins",
    ))
}

/// A login to another registry before a place.
pub fn other_login(job: &Job, byte: usize) -> Option<Range<usize>> {
    let deeds = job.deeds();
    let found = deeds.iter().find(|deed| {
        let is_other = match &deed.what {
            What::Login { host, to_all: false, .. } => {
                host.alternatives().all(|host| matches!(Host::of_server(host), Host::Other(_)))
            }
            _ => false,
        };
        is_other && deed.path.is_none() && deed.bytes.start < byte
    })?;
    Some(found.bytes.clone())
}

/// Puts lines in place of a login, or notes what is in the way.
pub fn replace(
    text: &str,
    documents: &[Node],
    chain: &Chain<'_>,
    new: &[String],
    work: &mut Work,
    obstacles: &mut Vec<Obstacle>,
) {
    match put::instead(text, documents, chain, new) {
        Ok(replacements) => work.edit(replacements),
        Err(obstacle) => obstacles.push(obstacle),
    }
    replaced(chain, work);
}

/// Notes that a login is replaced: its registries, and what else its job uses the AWS CLI for.
pub fn replaced(chain: &Chain<'_>, work: &mut Work) {
    work.logins += 1;
    chain.hosts.iter().for_each(|host| work.host(host));
    other_calls(chain, work);
}

/// What the work comes to in a system whose stored keys are variables of the project, with what has to exist on AWS's
/// side.
///
/// # Errors
/// The obstacles, where there are any.
pub fn finished(
    mut work: Work,
    obstacles: Vec<Obstacle>,
    need: impl FnOnce() -> String,
) -> Result<Work, Vec<Obstacle>> {
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    if work.logins > 0 {
        for name in secrets::VARIABLES.iter().take(2) {
            work.secret(*name);
        }
        work.need(need());
    }
    Ok(work)
}

/// Says what else the role has to be allowed: what the AWS CLI is used for beside the login.
fn other_calls(chain: &Chain<'_>, work: &mut Work) {
    for (_, command) in chain.scripted.commands() {
        let is_gone = chain.commands.iter().any(|gone| gone.contains(&command.bytes.start));
        if command.program() != "aws" || is_gone {
            continue;
        }
        let words: Vec<&str> = command.words.iter().skip(1).filter_map(|word| word.value.exactly()).collect();
        if let [service, action, ..] = words.as_slice() {
            work.need(format!(
                "The job also runs `aws {service} {action}`: the role has to be allowed that, too."
            ));
        }
    }
}
