//! # ecrpass's own configuration cannot be used
//!
//! The helper reads `~/.config/ecrpass/config.toml`, or the file that `ECRPASS_CONFIG` names. There is a mistake in it,
//! and the helper does not guess what was meant: it gives no credentials until that is corrected.
//!
//! ## Why it happens
//!
//! A misspelt key, a value of another kind, or TOML that cannot be read. The message names the line and the column.

use super::{Diagnosis, Severity, Stage, by_hand, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "ecrpass-config-invalid",
    severity: Severity::Error,
    signatures: &[says(&["[ecrpass-config-invalid]"]).weight(97)],
    remedies: &[
        by_hand("correct the place the message names"),
        run("see whether it is well now", "echo {host} | docker-credential-ecr-login get > /dev/null"),
    ],
    decide: "echo {host} | docker-credential-ecr-login get > /dev/null",
    check: check(Stage::Client, |case| case.refused_as("ecrpass-config-invalid")),
};
