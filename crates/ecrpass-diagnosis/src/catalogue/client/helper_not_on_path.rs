//! The credential helper is not where the client looks: what it looks like, and what fixes it. The page for users is `helper_not_on_path.md`.

use ecrpass_clients::client::is_ecr_helper;
use ecrpass_core::command_line::Quotes;
use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, own, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, read_only_system, unknown};
use crate::finding::{FixExtent, OwnCommand, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::HelperNotOnPath,
    page: Page::new(include_str!("helper_not_on_path.md")),
    severity: Severity::Error,
    signatures: &[
        // The usage of a helper that goes by another name than clients call it by.
        says(&["usage: ", "<store|get|erase|list|version>"])
            .without(&["docker-credential-"])
            .near(&["no basic auth credentials", "ecr-login"])
            .weight(92),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["\"credsstore\": \"ecr-login\"", "\"credsstore\":\"ecr-login\"", ": \"ecr-login\""])
            .weight(79),
        says(&["does not have docker-credential-ecr-login"]).weight(97),
        says(&["docker-credential-", "executable file not found"])
            .without(&["desktop", "osxkeychain", "wincred", "gcloud", "gcr", "acr"])
            .not_another()
            .weight(94),
        says(&["docker-credential-", "not installed or not available in path"])
            .without(&["desktop", "osxkeychain", "wincred", "gcloud", "gcr", "acr"])
            .not_another()
            .weight(94),
        says(&["docker-credential-", "permission denied"])
            .without(&["desktop", "osxkeychain", "wincred", "gcloud", "gcr", "acr"])
            .not_another()
            .weight(92),
        says(&["docker-credential-ecr-login", "resolves to executable in current directory"]).weight(97),
        says(&["docker-credential-", "exec format error"])
            .without(&["desktop", "osxkeychain"])
            .not_another()
            .weight(94),
        says(&["docker-credential-ecr-login", "executable file not found"]).weight(97),
        says(&["docker-credential-ecr-login", "no such file or directory"]).weight(96),
        says(&["docker-credential-ecr-login", "not installed or not available in path"]).weight(97),
        says(&["docker-credential-ecr-login", "exec format error"]).weight(96),
        says(&["docker-credential-ecr-login", "permission denied"]).weight(95),
        says(&["docker-credential-ecr-login", "not found"]).without(&["credentials not found"]).weight(93),
        says(&["docker-credential-ecr-login", "cannot run program"]).weight(95),
        says(&["docker-credential-ecr", "cannot run program"]).weight(94),
        says(&["docker-credential-docker-credential-ecr-login"]).weight(97),
        says(&["ecr-login", "executable file not found"]).weight(94),
        says(&["docker-credential-ecr-login", "enoent"]).weight(95),
        says(&["docker-credential-ecr-login", "filenotfounderror"]).weight(95),
        says(&["docker-credential-ecr-login", "system cannot find"]).weight(95),
    ],
    remedies: &[
        own("put ecrpass in place as the helper, and name it for this registry", Own::Setup),
        run(
            "or install ecrpass under that name, in a directory where services look too",
            "sudo ln -sf \"$(command -v ecrpass)\" /usr/bin/docker-credential-ecr-login",
        ),
        by_hand("or set PATH in the service's unit (`Environment=PATH=…`)"),
    ],
    confirm: &[confirm("command -v docker-credential-ecr-login")],
    // Before AWS credentials: without the program, nobody looks for them.
    check: check(Stage::Client, examine),
};

/// What ends it on this machine.
const PUT_IN_PLACE: &str = "put ecrpass in place as the helper, and name it for this registry";

fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(helper) = case.subject.helper_named.as_deref().filter(|helper| is_ecr_helper(helper)) else {
        return clear("no ECR helper is configured for this registry");
    };
    if case.live_offer().is_some() || case.is_authenticated() {
        return clear("the client's configuration and helper are complete");
    }
    let name = format!("docker-credential-{helper}");
    let machine = &case.bundle.machine;
    let Some(program) = machine.program(&name) else { return unknown(format!("{name} was not looked for")) };
    let own = format!("{}/{}", machine.os, machine.architecture);
    if let Some(file) = program.first() {
        return match &file.architecture {
            Some(other) if !ecrpass_core::platform::runs(&format!("{}/{other}", machine.os), &own) => {
                found(&file.path, format!("is built for {other}, this machine is {}", machine.architecture))
                    .title(format!("{} is built for another architecture", file.path))
                    .fix(case.automatic_setup("use ecrpass instead, under its own name"))
                    .run(
                        "or replace it with ecrpass, which also works under that name",
                        case.link(&file.path),
                    )
                    .outcome()
            }
            _ => clear(format!("{} is on PATH", file.path)),
        };
    }
    if let Some(system) = read_only_system(machine.distribution.as_deref()) {
        return found("PATH", format!("has no {name}, and nothing can be installed on {}", system.name))
            .by_hand(system.next)
            .outcome();
    }
    if !ecrpass_clients::repair::is_helper(helper) {
        return found("PATH", format!("has no {name}"))
            .title(format!("The configuration asks for `{helper}`, but there is no {name}"))
            .automatic("correct the configuration", OwnCommand::Fix { extent: FixExtent::Safe })
            .fix(case.setup("or set the right helper"))
            .outcome();
    }
    if let Some(file) = program.installed.first() {
        return found(&file.path, "is not executable")
            .title(format!("{} is not executable", file.path))
            .fix(case.automatic_setup("use ecrpass instead, under its own name"))
            .run("or make it executable", CommandLine::shell("chmod +x").path(&file.path))
            .outcome();
    }
    let mut proof = found("PATH", format!("has no {name}"));
    // Where no directory of PATH can be written, the one of the user's own is put on it first.
    proof = match (case.setup_command(), machine.writable_on_path.as_deref(), machine.home.as_deref()) {
        (Some(setup), None, Some(home)) => {
            let directory = format!("{}/.local/bin", home.trim_end_matches('/'));
            let line = CommandLine::shell("export PATH=\"$PATH\":").value(directory, Quotes::Bare);
            proof.run(PUT_IN_PLACE, line.and(setup.command_line()))
        }
        _ => proof.fix(case.automatic_setup(PUT_IN_PLACE)),
    };
    match program.elsewhere.as_deref().and_then(|path| path.rsplit_once('/')) {
        Some((directory, _)) => proof
            .and(format!("{directory}/{name}"), "is outside PATH")
            .run(
                "or add its directory to PATH",
                CommandLine::shell("export PATH=\"$PATH\":").value(directory, Quotes::Bare),
            )
            .outcome(),
        None => proof.run("or install ecrpass under that name", case.link_on_path(&name)).outcome(),
    }
}
