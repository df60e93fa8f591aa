//! A job assumes a role through OIDC, and cannot get the token for it.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::deed::{Deed, What};
use crate::edit::{FileEdit, Safety};
use crate::hit::{Hit, Spot};
use crate::jobs::edits::{edit, token_allowed};
use crate::jobs::{active, has_variable, spot, spot_of};
use crate::pipeline::{Host, Job, Step};
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Output, Script, Word};
use crate::system::System;

/// `oidc-token-permission-missing`
pub static RULE: Rule = Rule { id: DiagnosisId::OidcTokenPermissionMissing, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    let look = match pipeline.system {
        System::Github => github,
        System::Gitlab => gitlab,
        System::Bitbucket => bitbucket,
        _ => return Vec::new(),
    };
    active(examined).filter(|job| !job.is_part).filter_map(|job| look(examined, job)).collect()
}

fn github(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    if job.oidc.0 != Some(false) {
        return None;
    }
    if let Some(called) = &job.calls {
        return caller(examined, job, &called.name);
    }
    // The instance's role may assume the role.
    if job.host.0 != Host::Hosted {
        return None;
    }
    let deed = token_deed(examined, job)?;
    let title =
        format!("job {} assumes a role with a token that its permissions do not let it have", job.name);
    let spots = vec![
        permission_spot(examined, job),
        spot_of(examined, deed, "asks for the token"),
        spot(examined, job.bytes.clone(), "this job"),
    ];
    Some(Hit::new(Severity::Error, title, spots).with_edit(github_edit(examined, job)))
}

/// The first step that needs the token; none if something before it brings credentials that could be used instead.
fn token_deed<'a>(examined: &Examined<'_>, job: &'a Job) -> Option<&'a Deed> {
    for step in job.active_steps() {
        for deed in &step.deeds {
            match &deed.what {
                What::Credentials { from_oidc: true, .. } => {
                    let has_keys = ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"]
                        .iter()
                        .any(|name| has_variable(job, Some(step), name));
                    return Some(deed).filter(|_| !has_keys);
                }
                // What a script sources is gone with it.
                What::Credentials { .. } if step.uses().is_some() || is_kept(examined, deed) => return None,
                _ => {}
            }
        }
    }
    None
}

/// Whether credentials that a script brings are there for later steps.
fn is_kept(examined: &Examined<'_>, deed: &Deed) -> bool {
    let path = deed.path.as_deref().unwrap_or(&examined.file.path);
    let text = examined.tree.get(path).and_then(|file| file.text.get(deed.bytes.clone())).unwrap_or_default();
    ["GITHUB_ENV", "configure", ".aws", "vault", "2aws"].iter().any(|word| text.contains(word))
}

fn permission_spot(examined: &Examined<'_>, job: &Job) -> Spot {
    let is_job = job.oidc.1 == job.bytes;
    spot(
        examined,
        job.oidc.1.clone(),
        if is_job {
            "no permissions at all: id-token is in no default set"
        } else {
            "id-token: write is missing"
        },
    )
}

/// A job that is a workflow of this tree, which needs the token.
fn caller(examined: &Examined<'_>, job: &Job, name: &str) -> Option<Hit> {
    let path = name.strip_prefix("./").or_else(|| name.strip_prefix("$/"))?;
    let called = examined.other(path)?;
    let pipeline = called.models.pipeline()?;
    let needs = pipeline.jobs.iter().filter(|inner| !inner.is_off && inner.oidc.0 != Some(false));
    let (inner, deed) =
        needs.filter_map(|inner| Some((inner, token_deed(&called, inner)?))).find(|(inner, _)| {
            // Without a block of its own it only fails where no other role is there.
            inner.oidc.0 == Some(true) || inner.host.0 == Host::Hosted
        })?;
    let title =
        format!("job {} calls a workflow that needs an OIDC token, and does not let it have one", job.name);
    let reference = job.calls.as_ref().map_or(job.bytes.clone(), |called| called.bytes.clone());
    let spots = vec![
        permission_spot(examined, job),
        spot(examined, job.bytes.clone(), "this job"),
        spot(examined, reference, "calls it"),
        Spot::new(
            deed.path.as_deref().unwrap_or(path),
            deed.bytes.clone(),
            format!("job {} asks for the token", inner.name),
        ),
    ];
    Some(Hit::new(Severity::Error, title, spots).with_edit(github_edit(examined, job)))
}

/// One line or another level in the block that counts. Without a block a new one would take away what the default gives.
fn github_edit(examined: &Examined<'_>, job: &Job) -> Option<FileEdit> {
    let text = &examined.file.text;
    let key = &job.oidc.1;
    if *key == job.bytes {
        return None;
    }
    let root = examined.models.yaml()?.first()?;
    let jobs = root.members_of("jobs").iter().map(|(_, job)| job);
    let mut blocks = std::iter::once(root).chain(jobs).filter_map(|node| node.entry("permissions"));
    let (_, block) = blocks.find(|(name, _)| name.bytes == *key)?;
    let replacement = token_allowed(text, key, block)?;
    Some(edit("Let the job have an OIDC token", Safety::Safe, vec![replacement]))
}

/// The variable with the token must be declared.
fn gitlab(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let is_declared = |name: &str| has_variable(job, None, name) || is_set_by_script(job, name);
    for (path, script) in job.active_steps().flat_map(scripts) {
        for command in script.commands.iter().filter(|command| !command.is_off) {
            if let Some(word) = command.words.iter().find(|word| word.raw.contains("CI_JOB_JWT"))
                && !job.variables.iter().any(|setting| word.raw.contains(&setting.name))
            {
                let title = "CI_JOB_JWT is gone since GitLab 17.0: ID tokens are declared under id_tokens";
                return Some(gitlab_hit(examined, job, path, word, title));
            }
            let Some((name, word)) = token_variable(job, command) else { continue };
            // Where tokens are declared, a file that is read in may still give one of them another name.
            let is_certain = match job.oidc.0 {
                Some(false) => true,
                Some(true) => path.is_none() && !examined.file.text.contains("include:") && !reads_files(job),
                None => false,
            };
            if is_certain && !is_declared(&name) {
                let title = format!("{name} is used as a web identity token, and no id_tokens declares it");
                return Some(gitlab_hit(examined, job, path, word, &title));
            }
        }
    }
    None
}

/// The script of a step, and those of the tree that it runs, with their paths.
fn scripts(step: &Step) -> impl Iterator<Item = (Option<&str>, &Script)> {
    let within = step.within.iter().map(|within| (Some(within.path.as_str()), within.script.as_ref()));
    step.script().map(|script| (step.path.as_deref(), script)).into_iter().chain(within)
}

fn is_set_by_script(job: &Job, name: &str) -> bool {
    let mut variables = job.active_steps().flat_map(scripts).flat_map(|(_, script)| &script.variables);
    variables.any(|(set, _)| set == name)
}

/// Whether a script of the job reads variables from elsewhere.
fn reads_files(job: &Job) -> bool {
    let mut commands = job.active_steps().flat_map(scripts).flat_map(|(_, script)| &script.commands);
    commands.any(|command| matches!(command.program(), "source" | "." | "eval" | "read"))
}

/// The template whose commands they are may be right for who extends it: then the job is to be changed.
fn gitlab_hit(examined: &Examined<'_>, job: &Job, path: Option<&str>, word: &Word, title: &str) -> Hit {
    let label =
        if job.oidc.0 == Some(true) { "its id_tokens have other names" } else { "no id_tokens in this job" };
    let mut spots = vec![spot(examined, job.bytes.clone(), label)];
    let used = Spot::new(path.unwrap_or(&examined.file.path), word.bytes.clone(), "this token is not there");
    spots.insert(usize::from(path.is_some()), used);
    Hit::new(Severity::Error, title, spots)
}

/// The variable that a command takes as a web identity token, or writes to the file of one.
fn token_variable<'a>(job: &Job, command: &'a Command) -> Option<(String, &'a Word)> {
    let at = command.words.iter().position(|word| word.raw.starts_with("--web-identity-token"));
    let given = at.and_then(|at| {
        let word = command.words.get(at)?;
        if word.raw.contains('=') { Some(word) } else { command.words.get(at + 1) }
    });
    let written = || {
        let Output::File(file) = &command.output else { return None };
        let path = file.shown();
        let is_named = job.variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some_and(|setting| setting.raw == path)
            || is_exported(job, path)
            || file.raw.contains("AWS_WEB_IDENTITY_TOKEN_FILE");
        let prints = matches!(command.program(), "echo" | "printf");
        command.words.last().filter(|_| is_named && prints)
    };
    let word = given.or_else(written)?;
    let name = word.raw.rsplit('=').next()?.trim_matches(['"', '\'']);
    let name =
        name.strip_prefix("${").and_then(|name| name.strip_suffix('}')).or_else(|| name.strip_prefix('$'))?;
    let is_name = !name.is_empty()
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    is_name.then(|| (name.to_owned(), word))
}

/// Whether a script of the job makes a file the one that web identities are read from.
fn is_exported(job: &Job, path: &str) -> bool {
    job.active_steps().filter_map(Step::script).flat_map(|script| &script.variables).any(|(name, value)| {
        name == "AWS_WEB_IDENTITY_TOKEN_FILE" && value.exactly().is_some_and(|value| value == path)
    })
}

/// `oidc: true` makes the token of a step.
fn bitbucket(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    if job.oidc.0 != Some(false) {
        return None;
    }
    let (path, place) = job.active_steps().find_map(token_place)?;
    let path = path.unwrap_or_else(|| examined.file.path.clone());
    let spots = vec![
        Spot::new(&path, place, "needs the step's OIDC token"),
        spot(examined, job.oidc.1.start..job.oidc.1.start + 1, "the step has no `oidc: true`"),
    ];
    Some(Hit::new(Severity::Error, "the step assumes a role with a token that it does not have", spots))
}

fn token_place(step: &Step) -> Option<(Option<String>, std::ops::Range<usize>)> {
    if let Some(uses) = step.uses() {
        let role = uses.filled("AWS_OIDC_ROLE_ARN").or_else(|| uses.filled("AWS_ROLE_ARN"))?;
        return uses.filled("AWS_ACCESS_KEY_ID").is_none().then(|| (None, role.bytes.clone()));
    }
    scripts(step).find_map(|(path, script)| {
        let commands = script.commands.iter().filter(|command| !command.is_off);
        let mut words = commands.flat_map(|command| &command.words);
        let word = words.find(|word| word.raw.contains("BITBUCKET_STEP_OIDC_TOKEN"))?;
        Some((path.map(str::to_owned), word.bytes.clone()))
    })
}
