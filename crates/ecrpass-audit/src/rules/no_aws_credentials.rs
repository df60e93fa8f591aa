//! A login has nothing to get AWS credentials from.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::deed::{Deed, What};
use crate::hit::Hit;
use crate::jobs::{active, is_ecr_login, spot, spot_of};
use crate::pipeline::{Host, Job, Step, is_plain_image};
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `no-aws-credentials`
pub static RULE: Rule = Rule { id: DiagnosisId::NoAwsCredentials, look };

/// Variables from which the SDKs take credentials.
const SOURCES: [&str; 8] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let Some(pipeline) = examined.models.pipeline() else { return Vec::new() };
    let look = match pipeline.system {
        System::Github => github,
        System::Jenkins => jenkins,
        _ => return Vec::new(),
    };
    active(examined).filter(|job| !job.is_part).filter_map(|job| look(examined, job)).collect()
}

/// Whether a deed asks AWS for a password, or has an action ask for it.
fn needs_credentials(step: &Step, deed: &Deed) -> bool {
    let by_action = step.uses().is_some_and(|uses| uses.name == "aws-actions/amazon-ecr-login");
    matches!(deed.what, What::Fetch { .. }) || by_action && is_ecr_login(deed)
}

/// Whether a variable of the job, the step or a script before it may give credentials.
fn has_source(job: &Job, step: &Step) -> bool {
    let names = |name: &str| SOURCES.contains(&name) || name.starts_with("TF_VAR_aws");
    let settings = job.variables.iter().chain(&step.variables).any(|setting| names(&setting.name));
    let in_script = step.script().is_some_and(|script| script.variables.iter().any(|(name, _)| names(name)));
    settings || in_script
}

fn github(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let is_container = job.container.as_ref().is_some_and(|(image, _)| !is_plain_image(image));
    if job.host.0 != Host::Hosted || is_container {
        return None;
    }
    for step in job.active_steps() {
        for deed in &step.deeds {
            if matches!(deed.what, What::Credentials { .. } | What::MayLogIn) {
                return None;
            }
            if needs_credentials(step, deed) {
                let written = examined.file.text.get(deed.bytes.clone()).unwrap_or_default();
                if has_source(job, step) || deed.path.is_none() && written.contains("--profile") {
                    return None;
                }
                let title = "nothing on this hosted runner gives AWS credentials to the login";
                let mut spots = vec![spot_of(examined, deed, "needs AWS credentials")];
                if deed.path.is_some() && step.path.is_none() {
                    let line = examined.file.text.get(step.bytes.clone()).unwrap_or_default();
                    let end = step.bytes.start + line.find('\n').unwrap_or(line.len());
                    spots.push(spot(examined, step.bytes.start..end, "runs it without any"));
                }
                return Some(Hit::new(Severity::Error, title, spots));
            }
        }
    }
    None
}

/// Agents with a role of their own are common: a note, for a fresh container or for any agent.
fn jenkins(examined: &Examined<'_>, job: &Job) -> Option<Hit> {
    let is_any = job.labels.iter().any(|label| label == "any");
    let is_fresh = job.container.as_ref().is_some_and(|(image, _)| is_plain_image(image));
    if !is_any && !is_fresh || says_role(examined, job) {
        return None;
    }
    for step in job.active_steps() {
        for deed in &step.deeds {
            match &deed.what {
                What::MayLogIn => return None,
                What::Fetch { .. } => {
                    let is_bound = job
                        .variables
                        .iter()
                        .chain(&step.variables)
                        .any(|setting| setting.name.starts_with("AWS"));
                    if is_bound || has_source(job, step) {
                        return None;
                    }
                    let title = "nothing around this login gives it AWS credentials";
                    let spots =
                        vec![spot_of(examined, deed, "needs AWS credentials, unless the agent has a role")];
                    return Some(Hit::new(Severity::Note, title, spots));
                }
                _ => {}
            }
        }
    }
    None
}

/// Whether a label or a comment says that the agents have a role.
fn says_role(examined: &Examined<'_>, job: &Job) -> bool {
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["ec2", "ecs", "iam", "aws", "role"].iter().any(|word| text.contains(word))
    };
    let comments =
        examined.file.text.lines().filter_map(|line| line.split_once("//")).map(|(_, comment)| comment);
    job.labels.iter().any(|label| says(label) || label == "service-account")
        || comments.filter(|comment| !comment.contains(".amazonaws.")).any(says)
}
