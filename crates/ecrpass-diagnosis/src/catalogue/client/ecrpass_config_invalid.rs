//! ecrpass's own configuration cannot be used: what it looks like, and what fixes it. The page for users is `ecrpass_config_invalid.md`.

use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
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
    confirm: &[confirm("echo {host} | docker-credential-ecr-login get > /dev/null")],
    check: check(Stage::Client, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match case.refused() {
        CheckOutcome::Found(proof) => {
            // The refusal names file, line and column: `The ecrpass configuration /…/config.toml:1:12 is not valid`.
            let text = proof.evidence.first().map(|seen| seen.text.clone()).unwrap_or_default();
            let rest = text.split_once("configuration ").map_or("", |(_, rest)| rest);
            let path = rest.find(".toml:").and_then(|at| rest.get(..at + 5)).unwrap_or_default();
            if path.starts_with('/') && path.ends_with(".toml") {
                CheckOutcome::Found(Box::new(proof.run(
                    "or work without this file for now",
                    CommandLine::shell("mv").word(path).word(format!("{path}.broken")),
                )))
            } else {
                CheckOutcome::Found(proof)
            }
        }
        other => other,
    }
}
