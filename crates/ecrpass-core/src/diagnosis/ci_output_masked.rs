//! # The pipeline dropped an output because it looks like a secret
//!
//! The registry's host or the password is an output of one job and empty in the next: the runner masks account ids
//! and passwords, and passes no masked value on.
//!
//! ## Why it happens
//!
//! `mask-aws-account-id` is on, or the account id is stored as a secret, so the registry's host counts as one.

use super::{Diagnosis, Severity, by_hand, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "ci-output-masked",
    severity: Severity::Error,
    signatures: &[
        says(&["skip output", "since it may contain secret"]).weight(97),
        says(&["skipping output", "secret"]).weight(90),
    ],
    remedies: &[
        by_hand("do not pass the login on: log in in the job that pushes"),
        by_hand(
            "set `mask-aws-account-id: false` where only the host is passed on, and keep the account id out of the secrets",
        ),
    ],
    decide: "grep -rn \"outputs.registry\" .github/workflows",
    check: None,
};
