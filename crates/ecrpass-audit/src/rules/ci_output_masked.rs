//! A job's output holds something that the runner masks, so that the next job gets nothing.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::edit::{FileEdit, Safety};
use crate::hit::Hit;
use crate::jobs::edits::replaced_in_line;
use crate::jobs::{active, of_system, spot};
use crate::pipeline::{Job, Kept, KeptAs, Uses};
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `ci-output-masked`
pub static RULE: Rule = Rule { id: DiagnosisId::CiOutputMasked, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    if of_system(examined, System::Github).is_none() {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for job in active(examined).filter(|job| !job.is_part) {
        let outputs =
            job.kept.iter().filter(|kept| kept.how == KeptAs::Output && is_used(examined, job, kept));
        let masked: Vec<(&Kept, Mask<'_>)> =
            outputs.filter_map(|kept| Some((kept, mask(examined, job, kept)?))).collect();
        // One cause, however many outputs.
        let Some((_, first)) = masked.first() else { continue };
        let title = format!("an output of job {} is masked, and reaches no other job", job.name);
        let mut spots: Vec<_> = masked
            .iter()
            .map(|(kept, _)| spot(examined, kept.bytes.clone(), "the runner drops it"))
            .collect();
        let edit = match first {
            Mask::Secret => None,
            Mask::Password(login) => {
                spots.push(spot(examined, login.bytes.clone(), "masks the password"));
                None
            }
            Mask::Account(step) => {
                spots.push(spot(examined, step.bytes.clone(), "masks the account id"));
                mask_edit(examined, step)
            }
        };
        hits.push(Hit::new(Severity::Warning, title, spots).with_edit(edit));
    }
    hits
}

/// Whether another job or a calling workflow takes the output.
fn is_used(examined: &Examined<'_>, job: &Job, kept: &Kept) -> bool {
    let Some(name) = kept.what.exactly() else { return false };
    let text = &examined.file.text;
    ["needs", "jobs"].iter().any(|context| text.contains(&format!("{context}.{}.outputs.{name}", job.name)))
}

enum Mask<'a> {
    /// A part of it is a secret.
    Secret,
    /// The login step masks the password.
    Password(&'a Uses),
    /// The credentials step masks the account id.
    Account(&'a Uses),
}

fn mask<'a>(examined: &Examined<'_>, job: &'a Job, kept: &Kept) -> Option<Mask<'a>> {
    let steps = || job.active_steps().filter_map(|step| Some((step, step.uses()?)));
    if kept.raw.contains(".outputs.docker_password_") {
        let login = steps().find(|(step, uses)| {
            is_login(uses) && step.id.as_ref().is_some_and(|id| names_step(&kept.raw, id))
        });
        let login = login.or_else(|| steps().find(|(_, uses)| is_login(uses))).map(|(_, uses)| uses)?;
        let is_masked = !login.is_set_to("mask-password", "false") && major(examined, login) != Some(1);
        return is_masked.then_some(Mask::Password(login));
    }
    let account_of = |uses: &&Uses| masks_account(examined, uses);
    if kept.raw.contains(".outputs.aws-account-id") {
        return steps().map(|(_, uses)| uses).find(account_of).map(Mask::Account);
    }
    let texts: Vec<&str> = kept.value.alternatives().collect();
    let is_host = texts.iter().any(|text| text.contains(".dkr.ecr"));
    if !is_host {
        return None;
    }
    // The account in front of the host.
    let account = |text: &str| text.split(".dkr.ecr").next().unwrap_or_default().to_owned();
    if texts.iter().any(|text| account(text).contains("secrets.")) {
        return Some(Mask::Secret);
    }
    steps().map(|(_, uses)| uses).find(account_of).map(Mask::Account)
}

fn is_login(uses: &Uses) -> bool {
    uses.name == "aws-actions/amazon-ecr-login"
}

/// `steps.ID.outputs.…`
fn names_step(raw: &str, id: &str) -> bool {
    raw.contains(&format!("steps.{id}."))
}

/// Source: aws-actions/configure-aws-credentials: masked by default up to version 2, not from version 3 on.
fn masks_account(examined: &Examined<'_>, uses: &Uses) -> bool {
    if !uses.name.ends_with("/configure-aws-credentials") {
        return false;
    }
    match uses.filled("mask-aws-account-id") {
        Some(setting) => setting.value.exactly().is_some_and(|value| !matches!(value, "false" | "no" | "0")),
        None => matches!(major(examined, uses), Some(1 | 2)),
    }
}

/// The major version of a reference.
fn major(examined: &Examined<'_>, uses: &Uses) -> Option<u32> {
    crate::version::major(&examined.file.text, uses.version.as_deref(), uses.bytes.end)
}

fn mask_edit(examined: &Examined<'_>, uses: &Uses) -> Option<FileEdit> {
    let setting = uses.filled("mask-aws-account-id")?;
    let summary = "Leave the account id unmasked: it is no secret";
    let is_true = setting.value.exactly() == Some("true");
    let bytes = Some(setting.bytes.clone()).filter(|_| is_true)?;
    replaced_in_line(examined.file, summary, Safety::Safe, bytes, "false")
}
