//! # ecrpass's own configuration cannot be used
//!
//! The helper reads `~/.config/ecrpass/config.toml`, or the file that `ECRPASS_CONFIG` names. There is a mistake in it,
//! and the helper does not guess what was meant: it gives no credentials until that is corrected.
//!
//! ## Why it happens
//!
//! A misspelt key, a value of another kind, or TOML that cannot be read. The message names the line and the column.

use super::{Case, Diagnosis, Outcome, Severity, Stage, by_hand, check, run, says};
use crate::shell::quoted;

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "ecrpass-config-invalid",
    severity: Severity::Error,
    signatures: &[says(&["[ecrpass-config-invalid]"]).weight(97)],
    remedies: &[
        by_hand("correct the place the message names"),
        run("see whether it is well now", "echo {host} | docker-credential-ecr-login get > /dev/null"),
    ],
    decide: "echo {host} | docker-credential-ecr-login get > /dev/null",
    check: check(Stage::Client, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    match case.refused_as("ecrpass-config-invalid") {
        Outcome::Found(proof) => {
            // The refusal names file, line and column: `The ecrpass configuration /…/config.toml:1:12 is not valid`.
            let text = proof.evidence.first().map(|seen| seen.text.clone()).unwrap_or_default();
            let rest = text.split_once("configuration ").map_or("", |(_, rest)| rest);
            let path = rest.find(".toml:").and_then(|at| rest.get(..at + 5)).unwrap_or_default();
            if path.starts_with('/') && path.ends_with(".toml") {
                let path = quoted(path).into_owned();
                Outcome::Found(Box::new(
                    proof.run("or do without it for now", format!("mv {path} {path}.broken")),
                ))
            } else {
                Outcome::Found(proof)
            }
        }
        other => other,
    }
}
