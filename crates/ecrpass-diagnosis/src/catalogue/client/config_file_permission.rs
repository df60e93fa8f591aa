//! The docker configuration cannot be read or written: what it looks like, and what fixes it. The page for users is `config_file_permission.md`.

use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ConfigFilePermission,
    page: Page::new(include_str!("config_file_permission.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["/.docker", "permission denied"]).without(&["docker.sock"]).not_another().weight(95),
        says(&["\\.docker", "permission denied"]).not_another().weight(95),
        says(&["error saving credentials", "permission denied"]).not_another().weight(95),
        says(&["error loading config file", "permission denied"]).not_another().weight(97),
        says(&["config.json", "permission denied"]).not_another().weight(94),
        says(&["config.json", "eacces"]).not_another().weight(94),
        says(&["auth.json", "permission denied"]).not_another().weight(94),
        says(&[".docker", "read-only file system"]).not_another().weight(94),
        says(&["error saving credentials", "read-only file system"]).not_another().weight(95),
        says(&["error saving credentials", "mkdir"]).not_another().weight(90),
        says(&["error loading config file", "is a directory"]).not_another().weight(92),
        says(&["config.json", "access is denied"]).not_another().weight(93),
    ],
    remedies: &[
        run(
            "take ownership of it",
            "sudo chown -R \"$(id -u):$(id -g)\" ~/.docker && chmod 700 ~/.docker && chmod 600 ~/.docker/config.json",
        ),
        run(
            "or use your own configuration directory",
            "export DOCKER_CONFIG=\"$HOME/docker-config\" && mkdir -p \"$DOCKER_CONFIG\"",
        ),
    ],
    confirm: &[confirm("ls -ld ~/.docker ~/.docker/config.json")],
    check: check(Stage::Client, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let unreadable = case.own_files().find_map(|file| Some((file, file.unreadable.as_ref()?)));
    match unreadable {
        Some((file, why)) => found(&file.path, why)
            .title(format!("{} cannot be read: {why}", file.path))
            .run(
                "take ownership of it",
                CommandLine::shell("sudo chown \"$(id -u):$(id -g)\"")
                    .path(&file.path)
                    .and(CommandLine::shell("chmod 600").path(&file.path)),
            )
            .outcome(),
        None => clear("the configuration can be read"),
    }
}
