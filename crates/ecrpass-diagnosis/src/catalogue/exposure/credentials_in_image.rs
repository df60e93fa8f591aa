//! Credentials are built into an image: what fixes it. The page for users is `credentials_in_image.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{edit, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CredentialsInImage,
    page: Page::new(include_str!("credentials_in_image.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        edit(
            "give the credentials to the one command that needs them, as a secret of the build",
            "a Dockerfile",
            "RUN --mount=type=secret,id=docker,target=/root/.docker/config.json make pull",
        ),
        run(
            "and build with that secret",
            "docker build --secret id=docker,src=\"$HOME/.docker/config.json\" .",
        ),
        edit(
            "for pulls at run time, put a configuration into the image that names the helper and holds no login",
            "a config.json",
            "{\"credHelpers\":{\"{host}\":\"ecr-login\"}}",
        ),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
