//! Credentials are build arguments or variables of an image: what fixes it. The page for users is `secret_in_build_args.md`; the audit finds it in files.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, NOT_IN_LOGS, Page};
use crate::catalogue::remedy::{by_hand, edit, in_ci, run};
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::SecretInBuildArgs,
    page: Page::new(include_str!("secret_in_build_args.md")),
    severity: Severity::Error,
    signatures: NOT_IN_LOGS,
    remedies: &[
        edit(
            "give the credentials to the one command that needs them, as a secret of the build",
            "a Dockerfile",
            "RUN --mount=type=secret,id=aws,target=/root/.aws/credentials make fetch",
        ),
        run("and build with that secret", "docker build --secret id=aws,src=\"$HOME/.aws/credentials\" ."),
        in_ci(
            Ci::Github,
            "with docker/build-push-action, use its inputs `secrets` or `secret-files`",
            "secret-files: aws=${{ runner.temp }}/aws-credentials",
        ),
        by_hand("at run time, let a role supply the credentials, or the platform's secrets"),
    ],
    confirm: &[common::AUDIT],
    check: None,
};
