//! # docker login was run although the helper answers for this registry
//!
//! Amazon's helper fetches passwords by itself and cannot store any: it answers `not implemented` to `docker
//! login`. No login is needed; leave the step out. The helper of ecrpass accepts the login and stores nothing, so
//! that such steps pass.
//!
//! ## Why it happens
//!
//! A pipeline, an action or a script logs in out of habit on a machine whose configuration names `ecr-login`.

use super::{Diagnosis, Severity, by_hand, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "helper-does-not-support-login",
    severity: Severity::Error,
    signatures: &[
        says(&["failed to store the credentials", "not implemented"]).weight(97),
        says(&["error saving credentials", "not implemented"]).weight(97),
        says(&["error storing credentials", "not implemented"]).weight(97),
        says(&["error erasing credentials", "not implemented"]).weight(95),
        says(&["docker-credential-ecr-login", "not implemented"]).weight(95),
        says(&["storing credentials", "ecr-login", "not implemented"]).weight(96),
    ],
    remedies: &[
        by_hand("leave `docker login` out for this registry"),
        run("or keep Amazon's helper and have it ignore logins", "export AWS_ECR_IGNORE_CREDS_STORAGE=true"),
        run(
            "or install ecrpass's helper in its place, which accepts them",
            "sudo install -m 755 <where you unpacked it>/docker-credential-ecr-login \"$(command -v docker-credential-ecr-login)\"",
        ),
    ],
    decide: "ecrpass resolve {host} --client {client}",
    check: None,
};
