//! A login or copy that gets the ECR password as an argument, which every process of the machine can read.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::logins::EcrLogin;
use crate::commands::plain_login::{self, Dollars};
use crate::commands::{Scripted, fixing, logins, scripts, spot};
use crate::deeds::arguments::{Argument, options};
use crate::deeds::{login::command_of, password};
use crate::edit::{FileEdit, Safety};
use crate::hit::Hit;
use crate::host::Host;
use crate::kind::FileKind;
use crate::known::{Known, has_hole};
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Dialect, Output, Word};
use crate::source::SourceFile;

/// `password-on-command-line`
pub static RULE: Rule = Rule { id: DiagnosisId::PasswordOnCommandLine, look };

/// Options that take `user:password`.
const CREDENTIALS: [&str; 6] =
    ["--creds", "--src-creds", "--dest-creds", "--screds", "--dcreds", "--from-creds"];

const TITLE: &str = "the ECR password is an argument, which every process of the machine can read";

const SWALLOWED: &str = "the option for a password takes the host that follows it: --password-stdin is meant";

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
            if swallows_host(&login, given) {
                let label = "the host is taken for the password, and the login goes to Docker Hub";
                let spots = vec![spot(examined, login.command.bytes.clone(), label)];
                let edit = stdin_edit(examined, scripted, &login, given);
                hits.push(Hit::new(Severity::Error, SWALLOWED, spots).with_edit(edit));
                continue;
            }
            let spots =
                vec![spot(examined, login.command.bytes.clone(), "the password is in the process list")];
            let edit = edit(examined, scripted, &login);
            hits.push(Hit::new(Severity::Warning, TITLE, spots).about(login.registry()).with_edit(edit));
        }
        // Of two branches one runs.
        let mut in_branch: Option<(&str, usize)> = None;
        for (_, command) in scripted.commands() {
            if !copies(command) && !passes_password(command) && !runs_login_command(scripted, command) {
                continue;
            }
            let place = spot(examined, command.bytes.clone(), "the password is in the process list");
            let earlier =
                in_branch.filter(|(program, _)| command.is_conditional && *program == command.program());
            match earlier.and_then(|(_, at)| hits.get_mut(at)) {
                Some(hit) => hit.spots.push(place),
                None => {
                    in_branch = command.is_conditional.then_some((command.program(), hits.len()));
                    hits.push(Hit::new(Severity::Warning, TITLE, vec![place]));
                }
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
    // `$login = Get-ECRLoginCommand`, `Invoke-Expression $login.Command`, `$login.Command | Invoke-Expression`.
    let fed = command.reads.and_then(|index| scripted.script.commands.get(index));
    runs(command)
        && command.words.iter().skip(1).chain(fed.iter().flat_map(|fed| &fed.words)).any(is_login_command)
}

/// `.Command` of what the cmdlet gives, by itself or in a variable.
fn is_login_command(word: &Word) -> bool {
    let member =
        |text: &str| text.to_ascii_lowercase().trim_end_matches(['"', ')', ' ']).ends_with(".command");
    let is_made = word.value.alternatives().any(member);
    (member(&word.raw) || is_made) && password::in_word(word).is_some()
}

/// The password through standard input, where it is fetched in the command itself, and nothing around the command
/// makes another one of it.
fn edit(examined: &Examined<'_>, scripted: &Scripted<'_>, login: &EcrLogin<'_>) -> Option<FileEdit> {
    let command = login.command;
    let dollars = dollars(examined.file)?;
    let is_in_the_way = command.reads.is_some()
        || command.here.is_some()
        || command.input.is_some()
        || !command.assignments.is_empty()
        || command.in_text
        || scripted.is_written
        || scripted.script.dialect != Dialect::Posix
        // What another user or a second try has as its standard input is not known.
        || command.wrappers.iter().any(|word| word.raw != "sudo");
    let written = fixing::line_of(examined.file, &command.bytes).filter(|_| !is_in_the_way)?;
    let (skipped, plain) = match written.strip_prefix("sudo ") {
        Some(rest) if !command.wrappers.is_empty() => (written.len() - rest.len(), rest),
        None if command.wrappers.is_empty() => (0, written),
        _ => return None,
    };
    let plain = plain_login::read(plain, dollars)?;
    let (_, server) = login.login.server?;
    let is_known = Host::of_server(server.shown()) != Host::Unknown || matches!(server.value, Known::Made(_));
    if !is_known {
        return None;
    }
    let start = command.bytes.start;
    let password = plain.password.start + start + skipped..plain.password.end + start + skipped;
    let replacements = vec![
        fixing::replace(start..start, format!("{} | ", plain.fetch)),
        fixing::replace(password, plain.from_stdin),
    ];
    let safety = if skipped == 0 { Safety::Safe } else { Safety::Unsafe };
    let summary = "Hand the password to the login through standard input".to_owned();
    Some(FileEdit { summary, safety, replacements })
}

/// How a file writes `$`; `None` where it is not surely a shell that runs its commands.
fn dollars(file: &SourceFile) -> Option<Dollars> {
    match file.kind {
        FileKind::Makefile if !file.name().to_ascii_lowercase().contains("just") => Some(Dollars::Make),
        FileKind::Makefile
        | FileKind::Shell
        | FileKind::Taskfile
        | FileKind::NodePackage
        | FileKind::Crontab
        | FileKind::Dockerfile
        | FileKind::CloudInit
        | FileKind::Terraform
        | FileKind::Cloudformation
        | FileKind::Pipeline(_) => Some(Dollars::Plain),
        _ => None,
    }
}

/// `docker login --username AWS --password HOST` behind a pipe: the option takes the host, and the login is Docker Hub's.
fn swallows_host(login: &EcrLogin<'_>, given: &Argument) -> bool {
    let is_host = |text: &str| matches!(Host::of_server(text), Host::Private { .. } | Host::Public);
    login.login.server.is_none() && given.value.exactly().is_some_and(is_host)
}

/// The option that is meant, where a pipe brings the password.
fn stdin_edit(
    examined: &Examined<'_>,
    scripted: &Scripted<'_>,
    login: &EcrLogin<'_>,
    given: &Argument,
) -> Option<FileEdit> {
    password::of_input(scripted.script, login.index)?;
    let written = fixing::line_of(examined.file, &given.bytes)?;
    let name = ["--password", "--pass", "-p"]
        .iter()
        .find(|name| written.strip_prefix(**name).is_some_and(|behind| behind.starts_with([' ', '\t'])))?;
    let stdin = if login.login.client == "regctl" { "--pass-stdin" } else { "--password-stdin" };
    let bytes = given.bytes.start..given.bytes.start + name.len();
    Some(fixing::safe("Take the password from standard input", vec![fixing::replace(bytes, stdin)]))
}
