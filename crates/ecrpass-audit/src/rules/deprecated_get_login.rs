//! `aws ecr get-login`, which AWS CLI 2 does not have and which puts the password on docker's command line.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::old_cli::is_pip_install;
use crate::commands::{Scripted, fixing, scripts, spot};
use crate::deeds::arguments::option;
use crate::deeds::{get_login, login, password};
use crate::edit::FileEdit;
use crate::hit::Hit;
use crate::host::Host;
use crate::kind::FileKind;
use crate::known::Known;
use crate::rule::{Examined, Rule};
use crate::scripts::make_condition;
use crate::shell::{Command, Output, Word};

/// `deprecated-get-login`
pub static RULE: Rule = Rule { id: DiagnosisId::DeprecatedGetLogin, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for (_, command) in scripted.commands().filter(|(_, command)| get_login(command).is_some()) {
            hits.push(found(examined, scripted, command));
        }
    }
    hits
}

fn found(examined: &Examined<'_>, scripted: &Scripted<'_>, command: &Command) -> Hit {
    // What is only run by AWS CLI 1 works there.
    let mut asking = scripted.script.commands.iter();
    let is_fallback = command.is_conditional && asking.any(|other| asks_version(examined, other))
        || examined.file.kind == FileKind::Makefile
            && make_condition::asks_version(&examined.file.text, command.bytes.start);
    let severity = match is_fallback {
        true => Severity::Note,
        // There it is, for as long as that version is.
        false if installs_old_cli(examined, command) => Severity::Warning,
        false => Severity::Error,
    };
    let region = option(&command.words, &["--region"])
        .map(|region| region.value)
        .or_else(|| password::from_environment(command));
    let registry = region.as_ref().and_then(|region| only_registry(scripted, region));
    let spots = vec![spot(examined, command.bytes.clone(), "removed in AWS CLI 2")];
    let edit = edit(examined, scripted, command, registry.as_ref());
    Hit::new(severity, "`aws ecr get-login` was removed from the AWS CLI", spots)
        .about(registry)
        .with_edit(edit)
}

/// Whether a command asks which AWS CLI it is, or whether it knows the command that came instead.
fn asks_version(examined: &Examined<'_>, command: &Command) -> bool {
    let has = |text: &str| command.words.iter().any(|word| word.is(text));
    match command.program() {
        "aws" if has("--version") => true,
        "aws" if has("get-login-password") => {
            has("help") || has("--help") || command.output == Output::Discarded
        }
        // What is substituted in a test is read as its text.
        "[[" => {
            let test = examined.file.text.get(command.bytes.clone()).unwrap_or_default();
            test.contains("aws --version") || test.contains("get-login-password help")
        }
        _ => false,
    }
}

/// Whether something in the file installs AWS CLI 1 before: `pip install awscli`.
fn installs_old_cli(examined: &Examined<'_>, before: &Command) -> bool {
    scripts(examined).iter().flat_map(|scripted| scripted.commands()).any(|(_, command)| {
        let is_cli = |word: &Word| {
            let text = word.shown();
            text == "awscli" || text.starts_with("awscli==1") || text.starts_with("awscli<")
        };
        is_pip_install(command)
            && command.bytes.start < before.bytes.start
            && command.words.iter().any(is_cli)
    })
}

/// The only registry of that region that the script names.
fn only_registry(scripted: &Scripted<'_>, region: &Known) -> Option<Registry> {
    let region = region.exactly()?;
    let mut found: Option<Registry> = None;
    for word in scripted.script.commands.iter().flat_map(|command| &command.words) {
        for text in word.value.alternatives() {
            let Some(registry) =
                Host::of_image(text).registry().filter(|registry| registry.region() == region)
            else {
                continue;
            };
            if found.as_ref().is_some_and(|known| *known != registry) {
                return None;
            }
            found = Some(registry);
        }
    }
    found
}

/// The pipe in its place, where the whole command is what it prints: `$(aws ecr get-login)`, `eval $(…)`.
fn edit(
    examined: &Examined<'_>,
    scripted: &Scripted<'_>,
    command: &Command,
    registry: Option<&Registry>,
) -> Option<FileEdit> {
    let registry = registry?;
    let Output::Argument(outer) = command.output else { return None };
    let outer = scripted.script.commands.get(outer).filter(|outer| outer.words.len() == 1)?;
    let is_whole = outer.wrappers.iter().all(|word| word.is("eval"))
        && outer.output == Output::Log
        && outer.reads.is_none();
    let written = fixing::line_of(examined.file, &outer.bytes)?;
    let has_more =
        option(&command.words, &["--registry-ids", "--profile"]).is_some() || login::is_elsewhere(command);
    // In a here-document another shell, or another time, may be what it is for.
    let is_text = outer.in_text || scripted.is_written;
    if !is_whole || is_text || has_more || !written.contains("get-login") {
        return None;
    }
    let (region, host) = (registry.region(), registry.host());
    let text = format!(
        "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}"
    );
    Some(fixing::safe(
        "Pipe the password into docker login",
        vec![fixing::replace(outer.bytes.clone(), text)],
    ))
}
