//! A login or copy that gets the ECR password as an argument, which every process of the machine can read.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{Scripted, fixing, logins, scripts, spot};
use crate::deeds::arguments::{Argument, options};
use crate::deeds::{login::command_of, password};
use crate::edit::FileEdit;
use crate::hit::Hit;
use crate::host::Host;
use crate::known::{Known, has_hole};
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Output};

/// `password-on-command-line`
pub static RULE: Rule = Rule { id: DiagnosisId::PasswordOnCommandLine, look };

/// Options that take `user:password`.
const CREDENTIALS: [&str; 6] =
    ["--creds", "--src-creds", "--dest-creds", "--screds", "--dcreds", "--from-creds"];

const TITLE: &str = "the ECR password is an argument, which every process of the machine can read";

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in &scripts(examined) {
        for login in logins::of(scripted) {
            let Some(given) = &login.login.password else { continue };
            // In a history only the password itself is still there.
            if scripted.is_typed() && given.value.alternatives().any(has_hole) {
                continue;
            }
            // What the old command prints is that one's finding.
            let is_old = |text: &str| text.contains("ecr get-login") && !text.contains("get-login-password");
            if given.value.alternatives().any(is_old) {
                continue;
            }
            let spots =
                vec![spot(examined, login.command.bytes.clone(), "the password is in the process list")];
            let edit = edit(examined, login.command, given);
            hits.push(Hit::new(Severity::Warning, TITLE, spots).about(login.registry()).with_edit(edit));
        }
        for (_, command) in scripted.commands() {
            if copies(command) || passes_password(command) || runs_login_command(scripted, command) {
                let spots =
                    vec![spot(examined, command.bytes.clone(), "the password is in the process list")];
                hits.push(Hit::new(Severity::Warning, TITLE, spots));
            }
        }
    }
    hits
}

/// `skopeo copy --dest-creds AWS:$PASSWORD`.
fn copies(command: &Command) -> bool {
    if command_of(command, &["skopeo", "podman", "buildah", "oras", "flux", "crane"]).is_none() {
        return false;
    }
    options(&command.words, &CREDENTIALS).iter().any(|given| {
        let is_aws = given
            .value
            .alternatives()
            .any(|text| text.strip_prefix("AWS:").is_some_and(|password| !password.is_empty()));
        is_aws || password::in_value(&given.value).is_some()
    })
}

/// `helm pull --password`, `oras push --password`: logins were looked at already.
fn passes_password(command: &Command) -> bool {
    let Some((_, at)) = command_of(command, &["helm", "oras", "cosign"]) else { return false };
    let is_login = command.words.iter().skip(at).take(2).any(|word| word.is("login"));
    !is_login
        && options(&command.words, &["--password", "--registry-password"])
            .iter()
            .any(|given| password::in_value(&given.value).is_some())
}

/// `(Get-ECRLoginCommand).Command | Invoke-Expression`.
fn runs_login_command(scripted: &Scripted<'_>, command: &Command) -> bool {
    let is_command = |command: &Command| {
        command.program().eq_ignore_ascii_case("Get-ECRLoginCommand")
            && command.words.iter().any(|word| word.raw.eq_ignore_ascii_case(".Command"))
    };
    let runs = |command: &Command| {
        ["Invoke-Expression", "iex"].iter().any(|name| command.program().eq_ignore_ascii_case(name))
    };
    if is_command(command) {
        let (Output::Pipe(reader) | Output::Argument(reader)) = command.output else { return false };
        return scripted.script.commands.get(reader).is_some_and(runs);
    }
    // `$login = Get-ECRLoginCommand`, `Invoke-Expression $login.Command`.
    runs(command)
        && command
            .words
            .iter()
            .skip(1)
            .any(|word| word.raw.ends_with(".Command") && password::in_word(word).is_some())
}

/// The password through standard input, where it is fetched in the command itself.
fn edit(examined: &Examined<'_>, command: &Command, given: &Argument) -> Option<FileEdit> {
    let written = fixing::line_of(examined.file, &command.bytes)?;
    let option = fixing::line_of(examined.file, &given.bytes)?;
    let value = option.find('$').and_then(|at| option.get(at..))?;
    let fetch = fixing::substituted(value)?;
    let is_fetch = fetch.contains("get-login-password");
    // A here-document or another pipe would be in the way.
    if !is_fetch
        || command.reads.is_some()
        || command.here.is_some()
        || command.input.is_some()
        || !command.assignments.is_empty()
        || written.contains("&&")
    {
        return None;
    }
    let server_is_known = command.words.last().is_some_and(|word| {
        Host::of_server(word.shown()) != Host::Unknown || matches!(word.value, Known::Made(_))
    });
    if !server_is_known {
        return None;
    }
    let start = command.bytes.start;
    let replacements = vec![
        fixing::replace(start..start, format!("{fetch} | ")),
        fixing::replace(given.bytes.clone(), "--password-stdin"),
    ];
    Some(fixing::safe("Hand the password to the login through standard input", replacements))
}
