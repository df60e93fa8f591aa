//! A command that prints an ECR password or a configuration with logins to the log.

use ecrpass_clients::client::login_file_at;
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::printing::{is_masked, is_printer};
use crate::commands::{Scripted, fixing, scripts, spot, tracing};
use crate::deed::What;
use crate::deeds::password;
use crate::hit::Hit;
use crate::host::Host;
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Dialect, Output, Script, Word};
use crate::system::System;

/// `token-in-log`
pub static RULE: Rule = Rule { id: DiagnosisId::TokenInLog, look };

/// How far pipes are followed.
const LONGEST_PIPE: usize = 4;

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        hits.extend(traced(examined, scripted));
        for (index, command) in scripted.commands() {
            if prints_password(examined, scripted, index, command) {
                let title = "the ECR password is printed to the log";
                hits.push(hit(examined, scripted, index, command, title));
            } else if let Some(path) = shown_file(scripted, index, command)
                && is_logged_in(scripted, command)
            {
                let title = format!("{} is printed with the logins in it", path.raw);
                hits.push(hit(examined, scripted, index, command, &title));
            }
        }
    }
    hits
}

/// Commands that fetch a password, as they are written.
const FETCHES: [&str; 3] = ["get-login-password", "get-authorization-token", "Get-ECRLoginCommand"];

fn hit(
    examined: &Examined<'_>,
    scripted: &Scripted<'_>,
    index: usize,
    command: &Command,
    title: &str,
) -> Hit {
    let spots = vec![spot(examined, command.bytes.clone(), "whoever reads the log can log in")];
    // A mere check of the exit status, or nothing at all.
    let is_bare = password::fetch(command).is_some()
        && command.reads.is_none()
        && scripted.script.feeding(index).next().is_none();
    // What a variable or a function stands for is not at this place.
    let one_line = fixing::line_of(examined.file, &command.bytes)
        .is_some_and(|written| !written.contains('>') && FETCHES.iter().any(|name| written.contains(name)));
    let end = command.bytes.end;
    // systemd hands a redirection to the program as words, and so does the kubelet those of a list.
    let is_shell = scripted.script.dialect == Dialect::Posix
        && !matches!(examined.file.kind, FileKind::Unit | FileKind::Kubernetes);
    let edit = (is_bare && one_line && is_shell)
        .then(|| fixing::safe("Throw away what is printed", vec![fixing::replace(end..end, " > /dev/null")]));
    Hit::new(Severity::Error, title, spots).with_edit(edit)
}

fn prints_password(
    examined: &Examined<'_>,
    scripted: &Scripted<'_>,
    index: usize,
    command: &Command,
) -> bool {
    let to_terminal = |word: &Word| matches!(word.raw.as_str(), "/dev/stderr" | "/dev/tty" | "/dev/stdout");
    let shows_too = command.program() == "tee" && command.words.iter().any(to_terminal);
    if command.output != Output::Log && !shows_too {
        return false;
    }
    if password::of_output(scripted.script, index).is_none() || is_for_system(command) {
        return false;
    }
    // `(Get-ECRLoginCommand).Password | …` is no shell's, and its pipe is not read.
    let is_of_other_shell = scripted.script.dialect == Dialect::Posix && !command.in_text;
    if is_of_other_shell && command.program().eq_ignore_ascii_case("Get-ECRLoginCommand") {
        return false;
    }
    // What hands the password on to a login prints nothing of it; what only prints it does so for a caller.
    let is_for_caller = may_print(examined, scripted) && is_printer(scripted.script, index);
    !is_for_caller && !is_masked(scripted, index)
}

/// Whether a script can have a caller that reads what it prints.
fn may_print(examined: &Examined<'_>, scripted: &Scripted<'_>) -> bool {
    let is_called = matches!(
        examined.file.kind,
        FileKind::Shell | FileKind::Makefile | FileKind::NodePackage | FileKind::PowerShell
    );
    is_called && scripted.job.is_none()
}

/// Whether it is a command to the CI system, which is another rule's.
fn is_for_system(command: &Command) -> bool {
    command.words.iter().any(|word| {
        ["::add-mask::", "##vso[", "::set-output", "##[", "::save-state"]
            .iter()
            .any(|mark| word.raw.contains(mark))
    })
}

/// The client's configuration that a command prints.
fn shown_file<'a>(scripted: &Scripted<'_>, index: usize, command: &'a Command) -> Option<&'a Word> {
    if !reaches_log(scripted.script, index) {
        return None;
    }
    let is_config = |word: &&Word| {
        let path = word.shown();
        login_file_at(path).is_some()
            || (path.contains("DOCKER_CONFIG") || word.raw.contains("DOCKER_CONFIG"))
                && path.ends_with("config.json")
    };
    let path = command.words.iter().skip(1).find(is_config).or(command.input.as_ref().filter(is_config))?;
    let shows = match command.program() {
        "cat" | "type" | "more" | "less" | "head" | "tail" | "bat" | "Get-Content" | "gc" | "od" | "xxd"
        | "base64" | "nl" => true,
        "jq" | "yq" => {
            let filter = command.words.iter().skip(1).find(|word| !word.raw.starts_with('-'));
            filter.is_some_and(|filter| shows_logins(&filter.raw))
        }
        "python" | "python3" => command.words.iter().any(|word| word.is("json.tool")),
        _ => false,
    };
    shows.then_some(path)
}

/// Whether all that a command prints is in the log, by itself or through `tee`.
fn reaches_log(script: &Script, index: usize) -> bool {
    let mut at = index;
    for _ in 0..LONGEST_PIPE {
        match script.commands.get(at).map(|command| &command.output) {
            Some(Output::Log) => return true,
            Some(Output::Pipe(reader)) => {
                let is_tee = script
                    .commands
                    .get(*reader)
                    .is_some_and(|reader| matches!(reader.program(), "tee" | "cat"));
                if !is_tee {
                    return false;
                }
                at = *reader;
            }
            _ => return false,
        }
    }
    false
}

/// Whether a filter of jq leaves logins in what it prints.
fn shows_logins(filter: &str) -> bool {
    let filter = filter.replace(' ', "");
    if filter.contains("del(")
        || filter.contains("keys")
        || filter.contains("length")
        || filter.contains("has(")
    {
        return false;
    }
    filter == "." || filter.starts_with(".auths") || filter.ends_with(".json")
}

/// Whether something before it logged in to ECR with a password that the file holds.
fn is_logged_in(scripted: &Scripted<'_>, command: &Command) -> bool {
    scripted.deeds_before(command.bytes.start).iter().any(|deed| match &deed.what {
        What::Login { host, to_all, user, .. } => {
            let is_ecr = host
                .alternatives()
                .any(|host| matches!(Host::of_server(host), Host::Private { .. } | Host::Public));
            *to_all || is_ecr || user.exactly() == Some("AWS")
        }
        _ => false,
    })
}

/// Commands that the shell prints with the password in them (`set -x`): one finding for a script.
fn traced(examined: &Examined<'_>, scripted: &Scripted<'_>) -> Option<Hit> {
    let mut spots = Vec::new();
    let is_file = scripted.job.is_none() && !scripted.is_written;
    let by_others = is_file.then(|| tracing::by_others(examined)).flatten();
    let is_traced = is_file && scripted.script.commands.iter().any(|command| command.traced);
    let functions = if is_traced { tracing::fetching(examined) } else { Vec::new() };
    let others = by_others.iter().flat_map(|script| &script.commands).filter(|command| !command.is_off);
    for command in
        scripted.commands().map(|(_, command)| command).chain(others).filter(|command| command.traced)
    {
        let assigned = command.assignments.iter().map(|(_, word)| word);
        let has_password =
            |word: &Word| password::in_word(word).is_some() || tracing::has_output_of(word, &functions);
        if command.words.iter().skip(1).chain(assigned).any(has_password) {
            let place = spot(examined, command.bytes.clone(), "printed with the password in it");
            if !spots.contains(&place) {
                spots.push(place);
            }
        }
    }
    let first = spots.first()?;
    // `echo "$PASSWORD"` is printed by itself.
    let itself = scripted.commands().any(|(index, command)| {
        command.bytes == first.bytes && prints_password(examined, scripted, index, command)
    });
    // Jenkins has the shell trace by itself.
    let title = match scripted.system {
        Some(System::Jenkins) => "Jenkins prints this command to the log, with the ECR password in it",
        _ => "`set -x` prints the ECR password to the log",
    };
    (!itself).then(|| Hit::new(Severity::Error, title, spots))
}
