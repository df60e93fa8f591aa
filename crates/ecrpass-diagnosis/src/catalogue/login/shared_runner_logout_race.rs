//! Another job on the same machine took the login away: what it looks like, and what fixes it. The page for users is `shared_runner_logout_race.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::SharedRunnerLogoutRace,
    page: Page::new(include_str!("shared_runner_logout_race.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["no basic auth credentials"])
            .not_another()
            .near(&[
                "removing login credentials",
                "logging out of",
                "logout from",
                "docker logout",
                "post job cleanup",
                "post login to",
            ])
            .unless_near(&["not logged in to"]) // nothing was removed
            .weight(88),
        says(&["authorization token has expired"])
            .near(&["removing login credentials for"])
            .not_another()
            .weight(84),
        says(&["error saving credentials", "no such file or directory"]).not_another().weight(88),
        says(&["error saving credentials", "rename"]).not_another().weight(90),
        says(&["config.json", "rename", "no such file or directory"]).not_another().weight(90),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["successfully tagged", "successfully built"])
            .weight(56),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["runner-1", "runner-2", "runner_name", "self-hosted", "runner name:", "concurrent"])
            .weight(82),
    ],
    remedies: &[
        run(
            "give every job its own configuration directory, before the login; in GitHub Actions",
            "echo \"DOCKER_CONFIG=$(mktemp -d)\" >> \"$GITHUB_ENV\"",
        ),
        run(
            "elsewhere, in the step itself; logins, helpers and plugins from ~/.docker are then not visible",
            "export DOCKER_CONFIG=\"$(mktemp -d)\"",
        ),
        own("or use the credential helper instead of a login: there is nothing to log out", Own::Setup),
        by_hand("or tell the login action not to log out (`logout: false`, `skip-logout: true`)"),
    ],
    confirm: &[confirm("ps -ef | grep '[R]unner.Listener'")],
    check: None,
};
