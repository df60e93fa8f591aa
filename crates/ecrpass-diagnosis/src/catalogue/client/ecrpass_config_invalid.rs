//! ecrpass's own configuration cannot be used: what it looks like, and what fixes it. The page for users is `ecrpass_config_invalid.md`.

use ecrpass_core::{CommandLine, DiagnosisId};
use ecrpass_credentials::refusal::NextStep;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, look};
use crate::check::{Case, CheckOutcome, Stage};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::EcrpassConfigInvalid,
    page: Page::new(include_str!("ecrpass_config_invalid.md")),
    severity: Severity::Error,
    signatures: &[says(&["[ecrpass-config-invalid]"]).weight(97)],
    remedies: &[
        by_hand("correct the file at the line that the message gives"),
        look("check that the helper works now", "echo {host} | docker-credential-ecr-login get > /dev/null"),
    ],
    confirm: &[common::ASK_HELPER],
    check: check(Stage::Client, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match (case.refused(), case.refused_step()) {
        // A relative path leads somewhere else from another directory.
        (CheckOutcome::Found(proof), Some(NextStep::CorrectSettings { file })) if file.starts_with('/') => {
            CheckOutcome::Found(Box::new(proof.run(
                "or work without this file for now",
                CommandLine::shell("mv").path(file).path(format!("{file}.broken")),
            )))
        }
        (other, _) => other,
    }
}
