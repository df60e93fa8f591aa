//! The classic builder, which collects every credential there is and sends them all along.
//!
//! Source: docker/cli `cli/config/configfile/file.go#GetAllCredentials`, `cli/config/credentials/native_store.go#GetAll`.

use super::auth_variable;
use super::docker;
use super::environment::ClientEnvironment;
use super::files::{self, load_leniently};
use super::helper::{Reply, ask, helper};
use super::host::hostname;
use super::loaded::Loaded;
use super::request::{Client, Operation, Request};
use super::resolution::{Ending, Trace};
use super::rules::rules;
use crate::docker_config::{Dialect, Format, ProblemKind};

/// Whether `docker build` is the classic builder's here: before 23.0, or asked for.
fn is_classic(request: &Request, machine: &dyn ClientEnvironment) -> bool {
    request.client == Client::Docker
        && request.operation == Operation::Build
        && (!request.at_least(23, 0, 0) || machine.variable("DOCKER_BUILDKIT").as_deref() == Some("0"))
}

/// The docker CLI's way, whichever builder it uses.
pub(super) fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    if !is_classic(request, machine) {
        return docker::resolve(request, machine, trace);
    }
    let rules = rules(request);
    trace.found("rules", "docker/cli cli/config/configfile/file.go#GetAllCredentials (the classic builder)");
    if request.at_least(28, 3, 0)
        && let Some(ending) = auth_variable::docker(machine, &request.host, trace)
    {
        return ending;
    }
    let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()));
    let Some(path) = path else { return Ending::NOTHING };
    let loaded = load_leniently(machine, &path, Format::Current, Dialect::Go, &ProblemKind::stops_go, trace);
    let config = loaded.as_ref().map(|loaded| &loaded.config);
    let store = match config {
        Some(config) if config.is_configured => {
            config.creds_store.as_ref().map(|store| store.helper.as_str())
        }
        _ => docker::default_store(machine, trace),
    };
    let from_store = match (store, &loaded) {
        (Some(store), _) => match from_store(request, store, machine, trace) {
            Ok(ending) => ending,
            // The error is thrown away, and with it everything else.
            Err(()) => return Ending::NOTHING,
        },
        (None, Some(loaded)) => docker::auths(&rules, loaded, &request.host, trace),
        (None, None) => Ending::NOTHING,
    };
    let from_helper = loaded.and_then(|loaded| from_helper(request, &loaded, machine, trace));
    from_helper.unwrap_or(from_store)
}

/// What `list` and then `get` on the default store bring; an error when one of them fails.
fn from_store(
    request: &Request,
    suffix: &str,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Result<Ending, ()> {
    let step = format!("docker-credential-{suffix} list");
    let Some(keys) = machine.list(suffix) else {
        trace.not_found(step, "fails, so nothing at all is sent, not even what credHelpers would supply");
        return Err(());
    };
    let mut ending = Ending::NOTHING;
    let mut listed = false;
    for key in &keys {
        match ask(machine, suffix, key, trace) {
            Reply::Failed { .. } => return Err(()),
            Reply::Answered(sent) if hostname(key) == request.host => {
                listed = true;
                ending = helper(suffix, true, sent);
            }
            _ => {}
        }
    }
    if listed {
        trace.found(step, "lists this host");
    } else {
        trace.not_found(step, "does not list this host; the entries of `auths` are not sent beside a store");
    }
    Ok(ending)
}

/// What the host's own helper adds: credentials, or nothing in the place of what was there; `None` for no change.
fn from_helper(
    request: &Request,
    loaded: &Loaded,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Option<Ending> {
    let entry = loaded.config.helper_for(&request.host)?;
    if entry.helper.is_empty() {
        trace.found(format!("credHelpers[\"{}\"]", request.host), "is empty: the file is used for this host");
        return Some(docker::auths(&rules(request), loaded, &request.host, trace));
    }
    trace.found(
        format!("credHelpers[\"{}\"]", request.host),
        format!("is set to {} ({})", entry.helper, loaded.at(entry.span.start)),
    );
    match ask(machine, &entry.helper, &request.host, trace) {
        Reply::Answered(sent) => Some(helper(&entry.helper, false, sent)),
        Reply::NotFound | Reply::Blank | Reply::IdentityToken => Some(Ending::NOTHING),
        // Only a warning; an entry of `auths` stays in force.
        Reply::Failed { .. } => None,
    }
}
