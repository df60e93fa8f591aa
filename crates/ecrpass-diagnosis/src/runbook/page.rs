//! Runbooks as pages of the documentation: one for each platform, with what is common to all causes there, and a list of the
//! causes that happen on it.

use std::fmt::Write as _;

use ecrpass_core::DiagnosisId;

use super::model::{Phase, Runbook, Step};
use super::platform::Platform;
use super::runbook;
use crate::catalogue;
use crate::finding::Details;

/// The page of a platform, as Markdown.
pub fn page(platform: Platform) -> String {
    let mut text = format!(
        "# Runbook: images are not pulled, {}\n\nWritten by `cargo xtask generate`. For one cause, with what is known filled in:\n\n```sh\necrpass explain --runbook CAUSE --platform {}\necrpass explain --runbook CAUSE job.log      # what the log names is filled in\n```\n",
        platform.title(),
        platform.id()
    );
    let general = runbook(None, &Details::default(), &[platform]);
    // Each piece once: what is for all causes, then what is for those of a kind.
    for phase in Phase::ALL {
        let _ = write!(text, "\n## {}\n", phase.title());
        if phase == Phase::Recover {
            text.push_str("\nWhat ends the cause: see its page below, or `ecrpass explain --id CAUSE`.\n");
        }
        let mut written: Vec<Step> = Vec::new();
        let mut add = |runbook: &Runbook| {
            for section in runbook.sections.iter().filter(|section| section.phase == phase) {
                for step in &section.steps {
                    if !written.contains(step) {
                        written.push(step.clone());
                        text.push_str(&item(step));
                    }
                }
            }
        };
        add(&general);
        for cause in of(platform) {
            let with = runbook(Some(cause), &Details::default(), &[platform]);
            add(&without_the_causes_own(&with, cause));
        }
    }
    text.push_str("\n## Causes\n\n| name | what is wrong |\n| --- | --- |\n");
    for cause in of(platform) {
        let _ = writeln!(
            text,
            "| [{cause}](../diagnosis/{cause}.md) | {} |",
            catalogue::find(cause).page.title()
        );
    }
    text
}

/// The list of the pages, as Markdown.
pub fn index() -> String {
    let mut text = String::from(
        "# Runbooks\n\nWhat to do when images are not pulled, in order: confirm, whose credentials, contain, recover, re-trigger, verify,\nprevent. `ecrpass explain --runbook CAUSE` prints that of one cause, with what is known of the case filled in.\n\n",
    );
    for platform in Platform::ALL {
        let _ = writeln!(text, "- [{}]({}.md)", platform.title(), platform.id());
    }
    text
}

/// The causes that happen on a platform.
fn of(platform: Platform) -> impl Iterator<Item = DiagnosisId> {
    DiagnosisId::ALL.into_iter().filter(move |cause| Platform::of_cause(Some(*cause)).contains(&platform))
}

/// What its cause has in common with others: what the catalogue says of it alone is on its own page.
fn without_the_causes_own(whole: &Runbook, cause: DiagnosisId) -> Runbook {
    let situation = crate::finding::Situation::default();
    let mut common = whole.clone();
    for section in &mut common.sections {
        let own = super::of_cause(Some(cause), section.phase, &situation, false);
        section.steps.retain(|step| !own.contains(step));
    }
    common
}

fn item(step: &Step) -> String {
    match &step.command {
        Some(command) => format!("\n- {}:\n\n      {command}\n", step.summary),
        None => format!("\n- {}\n", step.summary),
    }
}
