//! podman, skopeo and buildah: containers/image, which never looks at `credsStore` and goes from file to file.
//!
//! Source: containers/image `pkg/docker/config/config.go#getCredentialsWithHomeDir`, `#findCredentialsInFile`;
//! containers/common `pkg/auth/auth.go#GetDefaultAuthFile`.

use std::path::{Path, PathBuf};

use super::environment::{ClientEnvironment, FileState};
use super::files::{self, Load, Reader, load};
use super::helper::{Reply, ask, helper};
use super::loaded::Loaded;
use super::login_file::LoginFile;
use super::model::Model;
use super::registries_conf::AUTH_FILES;
use super::request::{Client, Request};
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::{AuthError, AuthsEntry, Dialect, Format, ProblemKind};

/// Without credentials an empty user name and password are sent; the registry then speaks of a bad password.
const EMPTY: Ending = Ending::Anonymous(Sent::EmptyBasic);

/// One place's say: an ending, or nothing, at which the next place is asked.
type Found = Result<Option<Ending>, String>;

pub(super) const PODMAN: Model = Model::new("podman", resolve)
    .program("podman")
    .login("podman login --username AWS --password-stdin", "podman logout")
    .keeps(&[FILE])
    .run("4.3.1");

/// The file that podman, skopeo and buildah share.
const FILE: LoginFile = LoginFile {
    holder: "podman",
    format: Format::Current,
    places: |environment| {
        let named = environment.nonempty_var("REGISTRY_AUTH_FILE").map(PathBuf::from);
        named.into_iter().chain(files::podman(environment)).collect()
    },
    in_homes: &[".config/containers/auth.json"],
    on_machines: &["etc/containers/auth.json", "run/containers/0/auth.json"],
    ends: &["containers/auth.json", "containers/*/auth.json"],
};

pub(super) const SKOPEO: Model = Model::new("skopeo", resolve)
    .program("skopeo")
    .login("skopeo login --username AWS --password-stdin", "skopeo logout")
    .run("1.9.3");

pub(super) const BUILDAH: Model = Model::new("buildah", resolve)
    .program("buildah")
    .login("buildah login --username AWS --password-stdin", "buildah logout")
    .run("1.28.2");

fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "containers/image pkg/docker/config/config.go#getCredentialsWithHomeDir");
    let mut places = machine.registries_conf_helpers();
    if places.is_empty() {
        places.push(AUTH_FILES.to_owned());
    } else {
        trace.found("registries.conf", format!("credential-helpers = {}", places.join(", ")));
    }
    let mut error = None;
    for place in &places {
        let found = if place == AUTH_FILES {
            in_files(request, machine, trace)
        } else {
            match ask(machine, place, &request.host, trace) {
                Reply::Answered(sent) => Ok(Some(helper(place, false, sent))),
                Reply::NotFound | Reply::Blank => Ok(None),
                Reply::IdentityToken => Ok(Some(EMPTY)),
                Reply::Failed { message, .. } => Err(message),
            }
        };
        match found {
            Ok(Some(ending)) => return ending,
            Ok(None) => {}
            // Only told when nothing else has credentials.
            Err(message) => error = Some(message),
        }
    }
    error.map_or(EMPTY, Ending::Error)
}

fn in_files(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Found {
    let explicit = explicit(request, machine, trace);
    if let Some(path) = &explicit
        && request.client != Client::Skopeo
        && matches!(machine.file(path), FileState::Missing)
    {
        return Err(format!("the auth file {} does not exist", path.display()));
    }
    for (path, format) in paths(request, machine, explicit) {
        if let Some(ending) = in_file(request, &path, format, machine, trace)? {
            return Ok(Some(ending));
        }
    }
    Ok(None)
}

/// A file named by the user, which comes before all others, or in their place.
fn explicit(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Option<PathBuf> {
    if let Some(path) = request.configs.first() {
        return Some(path.clone());
    }
    if let Some(path) = machine.nonempty_var("REGISTRY_AUTH_FILE") {
        trace.found("REGISTRY_AUTH_FILE", format!("names {path}"));
        return Some(PathBuf::from(path));
    }
    if request.client == Client::Skopeo {
        return None;
    }
    let directory = machine.nonempty_var("DOCKER_CONFIG")?;
    let path = PathBuf::from(directory).join("config.json");
    trace.found("DOCKER_CONFIG", format!("makes {} the one auth file", path.display()));
    Some(path)
}

/// Whether an explicit file is the only one read: containers/image 5.24.
fn explicit_is_alone(request: &Request) -> bool {
    match request.client {
        Client::Podman => request.at_least(4, 4, 0),
        Client::Buildah => request.at_least(1, 29, 0),
        _ => request.at_least(1, 11, 0),
    }
}

fn paths(
    request: &Request,
    machine: &dyn ClientEnvironment,
    explicit: Option<PathBuf>,
) -> Vec<(PathBuf, Format)> {
    let docker = files::docker(machine.environment()).map(|path| (path, Format::Current));
    let legacy = files::dockercfg(machine.environment()).map(|path| (path, Format::Legacy));
    let own = match explicit {
        Some(path) if explicit_is_alone(request) => return vec![(path, Format::Current)],
        // The configuration directory's file is still looked at, the runtime directory's is not.
        Some(path) => {
            [Some(path), files::podman(machine.environment()).pop()].into_iter().flatten().collect()
        }
        None => files::podman(machine.environment()),
    };
    own.into_iter().map(|path| (path, Format::Current)).chain(docker).chain(legacy).collect()
}

fn in_file(
    request: &Request,
    path: &Path,
    format: Format,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Found {
    let step = path.display().to_string();
    if let FileState::Text(text) = machine.file(path)
        && text.is_empty()
    {
        return Err(format!("{step} is empty, which is not JSON"));
    }
    let loaded = match load(machine, path, format, Dialect::Go, Reader::Unmarshal) {
        Load::Missing => {
            trace.not_found(step, "there is no such file");
            return Ok(None);
        }
        Load::Refused(why) => return Err(why),
        Load::Loaded(loaded) => loaded,
    };
    if let Some(problem) =
        loaded.config.problems.iter().find(|problem| problem.kind == ProblemKind::WrongType)
    {
        return Err(format!("{step}:{}: {}", problem.place, problem.message));
    }
    trace.found(step, "is read");
    if let Some(entry) = loaded.config.helper_for(&request.host) {
        let at = loaded.at(entry.span.start);
        trace.found(format!("credHelpers[\"{}\"]", entry.key), format!("is set to {} ({at})", entry.helper));
        return match ask(machine, &entry.helper, &request.host, trace) {
            Reply::Answered(sent) => Ok(Some(helper(&entry.helper, false, sent))),
            Reply::IdentityToken => Ok(Some(EMPTY)),
            Reply::NotFound | Reply::Blank => {
                trace.not_found("auths", "of this file is ignored, because a helper is set for the host");
                Ok(None)
            }
            Reply::Failed { message, .. } => Err(message),
        };
    }
    if let Some(store) = &loaded.config.creds_store {
        trace.not_found(
            "credsStore",
            format!("is set to {}, but this client does not read `credsStore`", store.helper),
        );
    }
    in_auths(request, &loaded, format, trace)
}

fn in_auths(request: &Request, loaded: &Loaded, format: Format, trace: &mut Trace) -> Found {
    let entries = matching(request, loaded, format);
    if entries.is_empty() {
        trace.not_found("auths", "has no entry for this host");
        return Ok(None);
    }
    let mut users = Vec::new();
    for entry in &entries {
        let at = loaded.at(entry.span.start);
        let step = format!("auths[\"{}\"]", entry.key);
        // Only `auth` is read; `username` and `password` are not.
        let decoded = match &entry.credentials.auth {
            Some(_) => entry.credentials.decoded(),
            None => Ok(None),
        };
        match decoded {
            Ok(Some((user, _))) => {
                trace.found(step, format!("holds a password for user {user} ({at})"));
                users.push(user);
            }
            Ok(None) => trace.not_found(step, format!("has no `auth` ({at})")),
            Err(AuthError::Shape) => trace.not_found(step, format!("has no user and password ({at})")),
            Err(error) => return Err(format!("{at}: the `auth` {error}")),
        }
    }
    if users.is_empty() {
        return Ok(None);
    }
    let named = entries.into_iter().map(|entry| loaded.named(entry)).collect();
    Ok(Some(Ending::Auths { file: loaded.path.clone(), entries: named, sent: Sent::Basic(users) }))
}

/// The entry for the longest stretch of `host/namespace/repository`, else all whose URL leaves the host.
fn matching<'a>(request: &Request, loaded: &'a Loaded, format: Format) -> Vec<&'a AuthsEntry> {
    if format == Format::Current {
        let mut name = match &request.repository {
            Some(repository) => format!("{}/{repository}", request.host),
            None => request.host.clone(),
        };
        loop {
            if let Some(entry) = loaded.config.auths_in_force().find(|entry| entry.key == name) {
                return vec![entry];
            }
            match name.rfind('/') {
                Some(slash) => name.truncate(slash),
                None => break,
            }
        }
    }
    loaded.config.auths_in_force().filter(|entry| normalized(&entry.key, format) == request.host).collect()
}

/// A path counts as one only behind a scheme, or in the legacy file.
fn normalized(key: &str, format: Format) -> &str {
    let stripped = key.trim_start_matches("http://").trim_start_matches("https://");
    if format == Format::Legacy || stripped.len() != key.len() {
        stripped.split('/').next().unwrap_or(stripped)
    } else {
        key
    }
}
