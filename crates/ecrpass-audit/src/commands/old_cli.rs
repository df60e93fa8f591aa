//! The AWS CLI that commands install, where it is one without the command that fetches a password, and that command runs
//! after it: in the same job, the same image, the same script.

use std::collections::HashMap;
use std::ops::Range;

use crate::commands::{Scripted, scripts};
use crate::deeds::password;
use crate::dockerfile::StepKind;
use crate::kind::FileKind;
use crate::pipeline::{Job, paths};
use crate::rule::Examined;
use crate::shell::{Command, Script, Word};
use crate::version;

/// The first version of the AWS CLI with `get-login-password`.
const FIRST: [u32; 3] = [1, 17, 10];

/// What the AWS CLI is called in packages, archives and images.
const NAMES: [&str; 3] = ["awscli", "aws-cli", "aws/install"];

/// Where commands run one after the other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'a> {
    /// A job, in one of its containers; or a script that it writes.
    Job(*const Job, Option<&'a str>, bool),
    /// A stage of an image.
    Stage(usize),
    /// A script.
    Script(*const Script),
}

/// Places that install a version which is too old for what runs after it.
pub fn all(examined: &Examined<'_>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    // Of each place, the last command that has to do with the AWS CLI: that one decides.
    let mut last: HashMap<Place<'_>, &Command> = HashMap::new();
    for scripted in &scripts(examined) {
        let place = place(examined, scripted);
        if let Place::Stage(stage) = place
            && !last.contains_key(&place)
            && let Some(base) = examined.models.dockerfile().and_then(|file| file.base_of(stage))
            && let Some(command) = last.get(&Place::Stage(base)).copied()
        {
            last.insert(place, command);
        }
        for (_, command) in scripted.commands() {
            if changes(command) {
                last.insert(place, command);
                continue;
            }
            let Some(install) = last.get(&place).filter(|_| fetches(command)) else { continue };
            let is_sure = !install.is_conditional && !command.is_conditional;
            if let Some(word) = installed(install).filter(|_| is_sure)
                && !found.contains(&word.bytes)
                && !comes_otherwise(scripted)
            {
                found.push(word.bytes.clone());
            }
        }
    }
    found.extend(of_started(examined, &last));
    found
}

/// The version in an image that starts a script of the tree which fetches a password.
fn of_started(examined: &Examined<'_>, last: &HashMap<Place<'_>, &Command>) -> Option<Range<usize>> {
    let dockerfile = examined.models.dockerfile()?;
    let stage = dockerfile.stages.len().checked_sub(1)?;
    let of_stage = |stage| last.get(&Place::Stage(stage)).copied();
    let install = of_stage(stage).or_else(|| of_stage(dockerfile.base_of(stage)?))?;
    let word = installed(install).filter(|_| !install.is_conditional)?;
    let steps = || dockerfile.instructions.iter().filter(|step| step.stage == Some(stage));
    let from = dockerfile.stages.get(stage)?.bytes.start;
    let is_start = |line: &&str| {
        let keyword = line.split_whitespace().next().unwrap_or_default();
        ["ENTRYPOINT", "CMD"].iter().any(|name| keyword.eq_ignore_ascii_case(name))
    };
    let starts: Vec<&str> = examined.file.text.get(from..)?.lines().filter(is_start).collect();
    let directory = examined.file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let is_started = steps().any(|step| {
        let StepKind::Copy { sources, target: (target, _), from: None, .. } = &step.kind else {
            return false;
        };
        sources.iter().any(|(source, _)| {
            let name = source.rsplit('/').next().unwrap_or(source);
            let path = if target.ends_with('/') { format!("{target}{name}") } else { target.clone() };
            let path = path.trim_start_matches("./");
            let file = paths::find(examined.tree, directory, source);
            let models = file
                .filter(|file| file.kind == FileKind::Shell && starts.iter().any(|text| text.contains(path)));
            models.and_then(|file| examined.models.other(&file.path)).is_some_and(|models| {
                let commands = || models.scripts().iter().flat_map(|placed| &placed.script.commands);
                commands().any(|command| fetches(command) && !command.is_off) && !commands().any(changes)
            })
        })
    });
    is_started.then(|| word.bytes.clone())
}

/// Where a script runs.
fn place<'a>(examined: &Examined<'a>, scripted: &Scripted<'a>) -> Place<'a> {
    if let Some(job) = scripted.job {
        let container = scripted.step.and_then(|step| step.container.as_deref());
        return Place::Job(job, container, scripted.is_written);
    }
    let stage = || {
        let first = scripted.script.commands.first().filter(|_| !scripted.is_written)?;
        examined.models.dockerfile()?.step_at(first.bytes.start)?.stage
    };
    stage().map_or(Place::Script(scripted.script), Place::Stage)
}

/// Whether a command installs something with pip.
pub fn is_pip_install(command: &Command) -> bool {
    let is_pip = ["pip", "pip3", "pipx"].contains(&command.program())
        || command.program().starts_with("python") && command.words.iter().any(|word| word.is("pip"));
    is_pip && command.words.iter().any(|word| word.is("install"))
}

/// Whether a command asks the AWS CLI itself for a password, and not one in a container or at another place.
fn fetches(command: &Command) -> bool {
    command.words.first().is_some_and(|word| word.is("aws"))
        && password::fetch(command).is_some_and(|fetched| !fetched.is_encoded)
}

/// Whether a command may change which AWS CLI is there. What a list of requirements holds is not known.
fn changes(command: &Command) -> bool {
    let has = |name: &str| command.words.iter().any(|word| word.shown().contains(name));
    NAMES.iter().any(|name| has(name))
        || is_pip_install(command)
            && command.words.iter().any(|word| word.is("-r") || word.is("--requirement"))
}

/// The version that a command installs where programs are found, if it is too old.
fn installed(command: &Command) -> Option<&Word> {
    let elsewhere = ["-t", "--target", "--prefix", "--root"];
    let is_elsewhere = command.words.iter().any(|word| {
        let text = word.shown();
        elsewhere.iter().any(|option| text.split('=').next() == Some(option))
    });
    if !is_pip_install(command) || is_elsewhere {
        return None;
    }
    let mut named = command.words.iter().filter(|word| word.shown().starts_with("awscli"));
    let only = named.next().filter(|_| named.next().is_none())?;
    only.value.exactly().is_some_and(is_too_old).then_some(only)
}

/// Whether every version that a requirement allows is too old: `awscli==1.16.300`, `awscli>=1.11,<1.17`.
fn is_too_old(requirement: &str) -> bool {
    let Some(limits) = requirement.strip_prefix("awscli").filter(|limits| !limits.contains(';')) else {
        return false;
    };
    limits.split(',').map(str::trim).any(|limit| {
        let version = limit.trim_start_matches(['=', '<', '~', ' ']);
        let parts = version::parts(version);
        let begin = FIRST.get(..parts.len()).unwrap_or(&FIRST);
        match limit.get(..limit.len() - version.len()).map(str::trim) {
            _ if parts.len() < 2 => false,
            Some("==") if version.ends_with(".*") => parts.as_slice() < begin,
            Some("==" | "===" | "<=") => parts.as_slice() < FIRST.as_slice(),
            Some("<") => parts.as_slice() <= FIRST.as_slice(),
            // `~=1.16.0` is any 1.16.
            Some("~=") => parts.len() > 2 && parts.get(..2) < FIRST.get(..2),
            _ => false,
        }
    })
}

/// Whether an action or orb of the job brings an AWS CLI of its own.
fn comes_otherwise(scripted: &Scripted<'_>) -> bool {
    let mut used = scripted.job.into_iter().flat_map(|job| job.active_steps()).filter_map(|step| step.uses());
    used.any(|used| NAMES.iter().any(|name| used.name.to_ascii_lowercase().contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_too_old_if_all_that_they_allow_is() {
        for requirement in [
            "awscli==1.16.300",
            "awscli==1.17.9",
            "awscli==1.16.*",
            "awscli == 1.11",
            "awscli<1.17",
            "awscli<1.17.10",
            "awscli<=1.17.9",
            "awscli~=1.16.0",
            "awscli>=1.11,<1.17",
        ] {
            assert!(is_too_old(requirement), "{requirement}");
        }
        for requirement in [
            "awscli",
            "awscli==1.17.10",
            "awscli==1.17.*",
            "awscli==1.*",
            "awscli==1",
            "awscli<1.17.11",
            "awscli<1.18",
            "awscli<2",
            "awscli<=1.17.10",
            "awscli~=1.16",
            "awscli~=1.17.0",
            "awscli>=1.16.1",
            "awscli>=1.16,<2",
            "awscli!=1.16.300",
            "awscli==1.16.300;python_version<\"3\"",
            "awscli-local==1.1.1",
            "awscliv2==1.0",
        ] {
            assert!(!is_too_old(requirement), "{requirement}");
        }
    }
}
