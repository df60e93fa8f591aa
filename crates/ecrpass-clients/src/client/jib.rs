//! Jib: files one after the other, and an inferred helper at the end.

use super::environment::ClientEnvironment;
use super::files::{self, Load, Reader, load};
use super::helper::{Reply, ask, helper};
use super::loaded::Loaded;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Trace};
use crate::docker_config::{AuthsEntry, Dialect, Format, ProblemKind};

pub(super) const JIB: Model = Model::new("jib", resolve).run("3.5.2");

/// Source: Jib `jib-core
/// DockerConfigCredentialRetriever.java#retrieve`, `jib-plugins-common DefaultCredentialRetrievers.java`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "GoogleContainerTools/jib DefaultCredentialRetrievers.java");
    let mut paths = request.configs.clone();
    if paths.is_empty() {
        paths = files::podman(machine.environment());
        let directories = [
            machine.nonempty_var("DOCKER_CONFIG").map(Into::into),
            machine.environment().home().map(|home| home.join(".docker")),
        ];
        for directory in directories.into_iter().flatten() {
            paths.extend(["config.json", ".dockerconfigjson", ".dockercfg"].map(|name| directory.join(name)));
        }
    }
    for path in paths {
        let format = if path.ends_with(".dockercfg") { Format::Legacy } else { Format::Current };
        let Load::Loaded(loaded) = load(machine, &path, format, Dialect::Strict, Reader::Jackson) else {
            continue;
        };
        if loaded.config.problems.iter().any(|problem| problem.kind == ProblemKind::WrongType) {
            trace.not_found(path.display().to_string(), "is passed over: it cannot be parsed");
            continue;
        }
        trace.found(path.display().to_string(), "is read");
        if let Some(ending) = jib_file(request, &loaded, machine, trace) {
            return ending;
        }
    }
    if request.host.ends_with("amazonaws.com") {
        trace.found("inferred helper", "the host ends in amazonaws.com");
        if let Reply::Answered(sent) = ask(machine, "ecr-login", &request.host, trace) {
            return helper("ecr-login", false, sent);
        }
    } else {
        trace.not_found("inferred helper", "only for hosts that end in amazonaws.com");
    }
    Ending::NOTHING
}

/// One file: a helper's silence, error or absence leads to `auths`, all of them to the next file.
fn jib_file(
    request: &Request,
    loaded: &Loaded,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Option<Ending> {
    let host = &request.host;
    let url = format!("https://{host}");
    let matches = |key: &str| {
        key == host
            || key == url
            || key.starts_with(&format!("{host}/"))
            || key.starts_with(&format!("{url}/"))
    };
    let config = &loaded.config;
    let named = config.cred_helpers.iter().find(|entry| !entry.overridden && matches(&entry.key));
    let suffix = match (named, &config.creds_store) {
        // The helper is asked for the key as it stands.
        (Some(entry), _) => Some((entry.helper.clone(), entry.key.clone(), false)),
        (None, Some(store)) => Some((store.helper.clone(), host.clone(), true)),
        (None, None) => None,
    };
    if let Some((suffix, key, store)) = suffix {
        match ask(machine, &suffix, &key, trace) {
            Reply::Answered(sent) => return Some(helper(&suffix, store, sent)),
            // It is taken for credentials, and cannot be sent.
            Reply::IdentityToken => return Some(Ending::NOTHING),
            Reply::NotFound | Reply::Blank | Reply::Failed { .. } => {}
        }
    }
    let entry = config.auths_in_force().find(|entry| matches(&entry.key))?;
    if entry.credentials.login_for_java().is_err() {
        let at = loaded.at(entry.span.start);
        return Some(Ending::Error(format!("{at}: the `auth` of {} cannot be decoded", entry.key)));
    }
    let user = |entry: &AuthsEntry| entry.credentials.login_for_java().ok().flatten();
    // An entry without a login leads to the next file.
    user(entry).is_some().then(|| loaded.logins(&[entry], user, trace))
}
