//! A login to ECR with another user name than `AWS`, or with something that is no registry password.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::logins::EcrLogin;
use crate::commands::{fixing, keyed_logins, logins, scripts, spot};
use crate::deeds::arguments::Argument;
use crate::deeds::password::{self, Fetched};
use crate::edit::FileEdit;
use crate::hit::Hit;
use crate::host::Host;
use crate::jobs::registry_settings;
use crate::known::{Known, has_hole};
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Output, Script};

/// `wrong-login-username-or-password`
pub static RULE: Rule = Rule { id: DiagnosisId::WrongLoginUsernameOrPassword, look };

/// Clients that refuse `--password-stdin` without a user. Source: docker/cli `cli/command/registry/login.go`
/// (`verifyLoginOptions`), which nerdctl and finch follow; containers/common `pkg/auth/auth.go`.
const NEED_A_USER: [&str; 6] = ["docker", "podman", "buildah", "skopeo", "nerdctl", "finch"];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for login in logins::of(scripted) {
            let Some((title, edit)) = wrong(examined, scripted.script, &login) else { continue };
            let spots = vec![spot(examined, login.command.bytes.clone(), "ECR refuses it")];
            hits.push(Hit::new(Severity::Error, title, spots).about(login.registry()).with_edit(edit));
        }
        for keyed in keyed_logins::of(scripted) {
            let Some(title) = wrong_for_key(keyed.user, keyed.password.as_deref()) else { continue };
            hits.push(Hit::new(Severity::Error, title, vec![spot(examined, keyed.bytes, "ECR refuses it")]));
        }
    }
    hits.extend(registry_settings::of_others(examined));
    hits
}

fn wrong(
    examined: &Examined<'_>,
    script: &Script,
    login: &EcrLogin<'_>,
) -> Option<(String, Option<FileEdit>)> {
    let is_private = !login.hosts.is_empty() && login.hosts.iter().all(Host::is_private);
    let is_public = !login.hosts.is_empty() && login.hosts.iter().all(|host| *host == Host::Public);
    if let (None, Some(fetched)) = (login.login.server, &login.fetched)
        && login.login.client != "helm"
    {
        let registry =
            if fetched.is_public { "public.ecr.aws" } else { "<account>.dkr.ecr.<region>.amazonaws.com" };
        let title =
            format!("the login names no registry, so that ECR's password goes to Docker Hub: add {registry}");
        return Some((title, None));
    }
    if login.login.user.is_none()
        && login.login.from_stdin
        && NEED_A_USER.contains(&login.login.client)
        && (is_private || is_public)
    {
        let title =
            "the login names no user, and the client refuses that with `--password-stdin`: the user is `AWS`";
        return Some((title.to_owned(), name_user(examined, login)));
    }
    if let Some(user) = login.login.user.as_ref().filter(|user| is_wrong_user(&user.value)) {
        return Some(("the user name for ECR is `AWS`, and nothing else".to_owned(), edit(examined, user)));
    }
    match &login.fetched {
        Some(fetched) if fetched.is_encoded => {
            return Some((
                "the authorization token is not decoded: the password is the part behind `AWS:`".to_owned(),
                None,
            ));
        }
        Some(fetched) if fetched.is_public && is_private => {
            return Some((
                "the password is that of ECR Public, and the registry is private".to_owned(),
                None,
            ));
        }
        Some(fetched) if !fetched.is_public && is_public => {
            return Some(("the password is a private registry's, and this is ECR Public".to_owned(), None));
        }
        Some(fetched) if is_for_both(script, login, fetched) => {
            let whose = if fetched.is_public { "ECR Public's" } else { "a private registry's" };
            return Some((
                format!("the password is {whose}, and one of the hosts is of the other kind of registry"),
                None,
            ));
        }
        Some(_) => return None,
        None => {}
    }
    Some((wrong_password(&given(script, login)?)?.to_owned(), None))
}

/// Whether a function's calls, or a loop, log in to a private registry and to ECR Public with the one password: nothing in
/// it asks which of the two it is, and nothing fetches the other password.
fn is_for_both(script: &Script, login: &EcrLogin<'_>, fetched: &Fetched) -> bool {
    let command = login.command;
    let has = |is: &dyn Fn(&Host) -> bool| login.hosts.iter().any(is);
    let is_repeated = (command.function.is_some() || command.in_loop) && !command.is_conditional;
    if !is_repeated || !has(&Host::is_private) || !has(&|host| *host == Host::Public) {
        return false;
    }
    let leaves = |other: &Command| {
        let is_before = other.bytes.start < command.bytes.start && other.function == command.function;
        is_before && matches!(other.program(), "return" | "continue" | "break" | "exit")
    };
    let is_other = |other: &Command| {
        password::fetch(other).is_some_and(|other| other.is_public != fetched.is_public)
            || !fetched.is_public && other.words.iter().any(|word| word.raw.contains("ecr-public"))
    };
    !script.commands.iter().any(|other| leaves(other) || is_other(other))
}

/// What is wrong with a text that is given as the password, if that is sure.
fn wrong_password(text: &str) -> Option<&'static str> {
    let is_of = |names: &[&str]| names.iter().any(|name| text.contains(name));
    if is_of(&["AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"]) {
        return Some("an access key is no registry password");
    }
    is_of(&["GITHUB_TOKEN", "github.token", "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD"])
        .then_some("the password is another registry's")
}

/// What is wrong with what arrays hold for a host of ECR.
fn wrong_for_key(user: Option<String>, password: Option<&str>) -> Option<&'static str> {
    if user.is_some_and(|user| is_wrong_user(&Known::one_of([user]))) {
        return Some("the user name for ECR is `AWS`, and nothing else");
    }
    password.and_then(wrong_password)
}

/// A user name that is surely not `AWS`.
fn is_wrong_user(user: &Known) -> bool {
    user.alternatives().all(|text| match has_hole(text) {
        true => ["AWS_ACCESS_KEY", "aws_access_key", "GITHUB_ACTOR", "github.actor"]
            .iter()
            .any(|name| text.contains(name)),
        false => text != "AWS" && !text.is_empty(),
    })
}

/// What is handed to the login, as text: an option, or what `echo` prints into the pipe.
fn given(script: &Script, login: &EcrLogin<'_>) -> Option<String> {
    if let Some(password) = &login.login.password {
        return password.value.alternatives().next().map(str::to_owned);
    }
    if let Some(here) = &login.command.here {
        return Some(here.shown().to_owned());
    }
    let feeding = script.commands.iter().find(|command| command.output == Output::Pipe(login.index))?;
    matches!(feeding.program(), "echo" | "printf")
        .then(|| feeding.words.iter().skip(1).map(crate::shell::Word::shown).collect::<Vec<_>>().join(" "))
}

/// Names the user in front of the option for standard input.
fn name_user(examined: &Examined<'_>, login: &EcrLogin<'_>) -> Option<FileEdit> {
    let option = login.command.words.iter().find(|word| word.raw == "--password-stdin")?;
    let written = examined.file.text.get(option.bytes.clone())?;
    let at = option.bytes.start;
    (written == "--password-stdin")
        .then(|| fixing::safe("Log in as AWS", vec![fixing::replace(at..at, "--username AWS ")]))
}

fn edit(examined: &Examined<'_>, user: &Argument) -> Option<FileEdit> {
    let written = fixing::line_of(examined.file, &user.bytes)?;
    let end = user.bytes.end;
    let start = match written.find(['=', ' ']) {
        Some(at) => user.bytes.start + at + 1,
        None => return None,
    };
    (end > start).then(|| fixing::safe("Log in as AWS", vec![fixing::replace(start..end, "AWS")]))
}
