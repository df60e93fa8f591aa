//! testcontainers-go: every entry is looked up first, one failure spoils them all, and what an entry says is asked of
//! docker's file again, even where a variable takes that file's place.

use std::path::PathBuf;
use std::sync::Arc;

use ecrpass_core::token::password_expiry;

use super::auth_variable;
use super::docker::default_suffix;
use super::environment::{ClientEnvironment, HelperReply};
use super::files::{self, load_or_stop};
use super::helper::{Reply, ask, helper};
use super::loaded::Loaded;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format};

pub(super) const GO: Model = Model::new("testcontainers-go", resolve).run("0.45.0");

/// Source: testcontainers-go `docker_auth.go#getDockerAuthConfigs`, `#getRegistryAuth`; cpuguy83/dockercfg `auth.go`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "testcontainers-go docker_auth.go#getDockerAuthConfigs");
    let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()));
    match look_up(request, path, machine, trace) {
        Ok(ending) => ending,
        Err(why) => {
            trace.not_found(
                "every entry",
                format!("is lost, and the pull goes on without credentials: {why}"),
            );
            Ending::NOTHING
        }
    }
}

fn look_up(
    request: &Request,
    path: Option<PathBuf>,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Result<Ending, String> {
    let from_variable = auth_variable::in_place_of_the_file(machine, trace)?;
    let file = match path {
        // Beside the variable, the file's faults are only met when an entry of the variable is looked up.
        Some(path) => readable(machine, &path, trace),
        None => Ok(None),
    };
    let file = match (&from_variable, file) {
        (None, Err(why)) => return Err(why),
        (_, file) => file,
    };
    let config = match (&from_variable, &file) {
        (Some(config), _) => config,
        (None, Ok(Some(loaded))) => &loaded.config,
        (None, _) => return Ok(Ending::NOTHING),
    };
    let look = |key: &str, trace: &mut Trace| match &file {
        Ok(file) => credentials(file.as_deref(), key, machine, trace),
        Err(why) => Err(why.clone()),
    };
    let chosen = chosen_keys(config, &request.host);
    // All others first: only their failures matter.
    let auths = config.auths_in_force().filter(|entry| !has_fields(entry)).map(|entry| entry.key.as_str());
    let helpers =
        config.cred_helpers.iter().filter(|entry| !entry.overridden).map(|entry| entry.key.as_str());
    for key in auths.chain(helpers).filter(|key| !chosen.contains(key)) {
        look(key, &mut Trace::default()).map_err(|why| format!("{key}: {why}"))?;
    }
    let mut endings = Vec::new();
    for key in &chosen {
        match config.auths_in_force().find(|entry| entry.key == *key) {
            Some(entry) if has_fields(entry) => endings.push(match (&from_variable, &file) {
                (None, Ok(Some(loaded))) => loaded.logins(&[entry], user_apart, trace),
                _ => from_the_variable(entry),
            }),
            _ => endings.push(look(key, trace)?),
        }
    }
    // Several keys stand for the host: which one is used is chance. What is sent differs only between logins of a file.
    let users: Vec<String> = endings.iter().flat_map(|ending| ending.users().to_vec()).collect();
    Ok(match endings.into_iter().next() {
        Some(Ending::Auths { file, entries, .. }) => {
            Ending::Auths { file, entries, sent: Sent::Basic(users) }
        }
        Some(ending) => ending,
        None => {
            trace.not_found("entries", "none is for this host");
            Ending::NOTHING
        }
    })
}

/// The keys that stand for a host: itself, else the URLs with that host. Source: `#getRegistryAuth`.
fn chosen_keys<'a>(config: &'a DockerConfig, host: &str) -> Vec<&'a str> {
    let auths = config.auths_in_force().map(|entry| entry.key.as_str());
    let helpers =
        config.cred_helpers.iter().filter(|entry| !entry.overridden).map(|entry| entry.key.as_str());
    let mut keys: Vec<&str> = auths.chain(helpers).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.contains(&host) {
        keys.retain(|key| *key == host);
    } else {
        keys.retain(|key| {
            key.split_once("://").is_some_and(|(_, rest)| rest.split('/').next() == Some(host))
        });
    }
    keys
}

/// Whether user and password stand in the entry apart, so that nothing is looked up.
fn has_fields(entry: &AuthsEntry) -> bool {
    entry.credentials.username().is_some() || entry.credentials.password().is_some()
}

/// The user that stands apart, whatever `auth` says, if there is a password too.
fn user_apart(entry: &AuthsEntry) -> Option<String> {
    let user = entry.credentials.username().filter(|_| entry.credentials.password().is_some());
    user.map(str::to_owned)
}

fn from_the_variable(entry: &AuthsEntry) -> Ending {
    match user_apart(entry) {
        Some(user) => {
            // Of the password that stands apart; `auth` is not looked at.
            let expires_at = entry.credentials.password().and_then(|it| password_expiry(it.expose()));
            let sent = Sent::Basic(vec![user]);
            Ending::Environment { variable: auth_variable::VARIABLE, expires_at, sent }
        }
        None => Ending::NOTHING,
    }
}

/// docker's file, unless something in it has a type it should not have.
fn readable(
    machine: &dyn ClientEnvironment,
    path: &std::path::Path,
    trace: &mut Trace,
) -> Result<Option<Arc<Loaded>>, String> {
    if let super::environment::FileState::Text(text) = machine.file(path)
        && text.trim().is_empty()
    {
        return Err(format!("{} is empty", path.display()));
    }
    let loaded = load_or_stop(machine, path, Format::Current, Dialect::Go, trace)?;
    let mut problems = loaded.iter().flat_map(|loaded| &loaded.config.problems);
    match problems.find(|problem| problem.kind.stops_go()) {
        Some(problem) => Err(format!("{}:{}: {}", path.display(), problem.place, problem.message)),
        None => Ok(loaded),
    }
}

/// One key, as dockercfg looks it up in docker's file; an error spoils all others. Source: cpuguy83/dockercfg
/// `auth.go#Config.GetRegistryCredentials`.
fn credentials(
    file: Option<&Loaded>,
    key: &str,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Result<Ending, String> {
    let Some(loaded) = file else { return from_helper("", false, key, machine, trace) };
    let config = &loaded.config;
    if let Some(entry) = config.helper_for(key) {
        return from_helper(&entry.helper, false, key, machine, trace);
    }
    if let Some(store) = &config.creds_store {
        let ending = from_helper(&store.helper, true, key, machine, trace)?;
        // An identity token counts, although ECR has no use for it.
        if ending != Ending::NOTHING || machine.ask(&store.helper, key) == HelperReply::IdentityToken {
            return Ok(ending);
        }
    }
    let Some(entry) = config.auths_in_force().find(|entry| entry.key == key) else {
        return from_helper("", false, key, machine, trace);
    };
    if entry.credentials.identity_token().is_some() {
        return Ok(Ending::NOTHING);
    }
    if entry.credentials.login().is_err() {
        return Err(format!("{}: its `auth` cannot be decoded", loaded.at(entry.span.start)));
    }
    Ok(loaded.logins(&[entry], AuthsEntry::login_for_basic, trace))
}

/// A helper's answer, the platform's own where no name is given; a missing one has nothing to say. Source: cpuguy83/dockercfg
/// `auth.go#GetCredentialsFromHelper`.
fn from_helper(
    suffix: &str,
    store: bool,
    key: &str,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Result<Ending, String> {
    let (suffix, store) = if suffix.is_empty() { (default_suffix(machine), true) } else { (suffix, store) };
    match ask(machine, suffix, key, trace) {
        Reply::Answered(sent) => Ok(helper(suffix, store, sent)),
        Reply::Failed { missing: false, message } => Err(message),
        _ => Ok(Ending::NOTHING),
    }
}
