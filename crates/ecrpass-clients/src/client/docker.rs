//! Clients that look things up as the docker CLI does: one helper per host, else one store for all, else `auths`.

use std::path::PathBuf;

use super::auth_variable;
use super::environment::{ClientEnvironment, FileState};
use super::files::{self, load_leniently, load_undamaged};
use super::helper::{Reply, ask, helper};
use super::host::hostname;
use super::loaded::Loaded;
use super::login_file::LoginFile;
use super::request::{Client, Request};
use super::resolution::{Ending, Trace};
use super::rules::{After, EmptyName, Fields, Rules, Variable, rules};
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format, ProblemKind};
use ecrpass_core::environment::OperatingSystem;
use ecrpass_core::registry::normalize_host;

/// docker's own file, and the one of its first versions.
pub(super) const FILES: [LoginFile; 2] = [
    LoginFile {
        holder: "docker",
        format: Format::Current,
        places: |environment| files::docker(environment).into_iter().collect(),
        in_homes: &[".docker/config.json"],
        on_machines: &["etc/docker/config.json"],
        ends: &[".docker/config.json"],
    },
    LoginFile {
        holder: "dockercfg",
        format: Format::Legacy,
        places: |environment| files::dockercfg(environment).into_iter().collect(),
        in_homes: &[".dockercfg"],
        on_machines: &[],
        ends: &[".dockercfg"],
    },
];

pub(super) fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    let rules = rules(request);
    trace.found("rules", rules.source);
    let from_variable = match rules.variable {
        Variable::Ignored | Variable::WithFile => None,
        Variable::First => auth_variable::docker(machine, &request.host, trace),
    };
    if let Some(ending) = from_variable {
        return ending;
    }
    let files = files(request, machine, trace);
    let dialect = if rules.fields == Fields::Python { Dialect::Strict } else { Dialect::Go };
    let last = files.last().map(|(path, _)| path.clone());
    let mut any = false;
    for (path, format) in files {
        let loaded = if rules.stops_at_damage {
            match load_undamaged(machine, &path, format, trace) {
                Ok(loaded) => loaded,
                Err(why) => return Ending::Error(why),
            }
        } else {
            load_leniently(machine, &path, format, dialect, &|kind| rules.stops_at(kind), trace)
        };
        let Some(loaded) = loaded else { continue };
        any = true;
        match in_file(request, &rules, &loaded, machine, trace) {
            // One of buildx's files for single hosts, which says nothing.
            Some(Ending::Anonymous(_))
                if request.client == Client::Buildx && Some(&path) != last.as_ref() => {}
            Some(ending) => return ending,
            None => {}
        }
    }
    if !any
        && rules.detects_store
        && let Some(ending) = detected_store(request, &rules, machine, trace)
    {
        return ending;
    }
    Ending::NOTHING
}

/// The files, in order. Where docker stops at the first that exists, only that one is named.
fn files(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Vec<(PathBuf, Format)> {
    if !request.configs.is_empty() {
        return request.configs.iter().map(|path| (path.clone(), Format::Current)).collect();
    }
    let exists = |path: &PathBuf| !matches!(machine.file(path), FileState::Missing);
    let docker = files::docker(machine.environment());
    let home_docker = machine.environment().home().map(|home| home.join(".docker").join("config.json"));
    let current = |path: Option<PathBuf>| path.map(|path| (path, Format::Current));
    match request.client {
        Client::DockerPy => {
            let legacy = files::dockercfg(machine.environment()).map(|path| (path, Format::Legacy));
            let mut all: Vec<_> =
                [current(docker), current(home_docker), legacy].into_iter().flatten().collect();
            all.dedup();
            all.into_iter().find(|(path, _)| exists(path)).into_iter().collect()
        }
        _ if rules(request).podmans_files => {
            // The one in the home decides that docker is configured, $DOCKER_CONFIG what is loaded.
            if home_docker.as_ref().is_some_and(exists) || docker.as_ref().is_some_and(exists) {
                return docker.into_iter().map(|path| (path, Format::Current)).collect();
            }
            trace.not_found("docker's configuration", "there is none, so podman's files are looked at");
            let explicit = machine.nonempty_var("REGISTRY_AUTH_FILE").map(PathBuf::from);
            // Without XDG_RUNTIME_DIR it does not look into podman's own runtime directory.
            let unset = usize::from(machine.nonempty_var("XDG_RUNTIME_DIR").is_none());
            let podman = files::podman(machine.environment()).into_iter().skip(unset);
            explicit
                .into_iter()
                .chain(podman)
                .filter(exists)
                .take(1)
                .map(|path| (path, Format::Current))
                .collect()
        }
        Client::Buildx if request.at_least(0, 31, 0) => {
            // Source: docker/buildx util/dockerutil/dockerconfig/configprovider.go#loadHost.
            let directory = match machine.nonempty_var("BUILDX_CONFIG") {
                Some(directory) => Some(PathBuf::from(directory)),
                None => docker.as_ref().and_then(|file| Some(file.parent()?.join("buildx"))),
            };
            let scoped = directory.map(|directory| directory.join("config").join(&request.host));
            let repository =
                scoped.as_ref().zip(request.repository.as_ref()).map(|(host, name)| host.join(name));
            let scoped =
                [repository, scoped].into_iter().flatten().map(|directory| directory.join("config.json"));
            scoped.filter(exists).chain(docker.clone()).map(|path| (path, Format::Current)).collect()
        }
        Client::Docker if !request.at_least(25, 0, 0) && !docker.as_ref().is_some_and(exists) => {
            files::dockercfg(machine.environment()).into_iter().map(|path| (path, Format::Legacy)).collect()
        }
        _ => docker.into_iter().map(|path| (path, Format::Current)).collect(),
    }
}

/// One file's say; `None` when the next one is to be asked.
pub(super) fn in_file(
    request: &Request,
    rules: &Rules,
    loaded: &Loaded,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Option<Ending> {
    if rules.fields == Fields::Python
        && let Some(problem) = loaded.config.problems.iter().find(|p| p.kind == ProblemKind::Undecodable)
    {
        let message = format!("{}:{}: {}", loaded.path.display(), problem.place, problem.message);
        return Some(Ending::Error(message));
    }
    if rules.fields == Fields::Python
        && let Some(entry) = loaded.config.auths_in_force().find(|entry| entry.is_null)
    {
        let at = loaded.at(entry.span.start);
        return Some(Ending::Error(format!("{at}: the entry of {} is null", entry.key)));
    }
    let mut names = vec![request.host.clone()];
    if rules.repository_first
        && let Some(repository) = &request.repository
    {
        names.insert(0, format!("{}/{repository}", request.host));
    }
    let last = names.len() - 1;
    for (index, name) in names.iter().enumerate() {
        match by_name(request, rules, loaded, name, machine, trace) {
            Some(Ending::Anonymous(_)) if index < last => {}
            ending => return ending,
        }
    }
    None
}

fn by_name(
    request: &Request,
    rules: &Rules,
    loaded: &Loaded,
    name: &str,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Option<Ending> {
    if rules.variable == Variable::WithFile
        && let Some(ending) = auth_variable::docker(machine, name, trace)
    {
        return Some(ending);
    }
    let config = &loaded.config;
    let (suffix, store) = match chosen(rules, loaded, name, trace) {
        Chosen::Helper(suffix) => (suffix, false),
        Chosen::Store(suffix) => (suffix, true),
        Chosen::None if !config.is_configured && rules.detects_store => {
            return detected_store(request, rules, machine, trace).or(Some(Ending::NOTHING));
        }
        Chosen::None => return after(After::Auths, rules, loaded, name, trace, String::new()),
    };
    let (next, message) = match ask(machine, &suffix, name, trace) {
        Reply::Answered(sent) => return Some(helper(&suffix, store, sent)),
        Reply::IdentityToken => return Some(Ending::NOTHING),
        Reply::Blank if rules.fields == Fields::Python => {
            return Some(Ending::Error(format!("docker-credential-{suffix} answered without `Username`")));
        }
        Reply::NotFound | Reply::Blank => (rules.not_found, String::new()),
        Reply::Failed { missing: true, message } => (rules.missing, message),
        Reply::Failed { missing: false, message } => (rules.failed, message),
    };
    after(next, rules, loaded, name, trace, message)
}

enum Chosen {
    Helper(String),
    Store(String),
    None,
}

fn chosen(rules: &Rules, loaded: &Loaded, name: &str, trace: &mut Trace) -> Chosen {
    let config = &loaded.config;
    match config.helper_for(name) {
        Some(entry) if !entry.helper.is_empty() => {
            trace.found(
                format!("credHelpers[\"{name}\"]"),
                format!("is set to {} ({})", entry.helper, loaded.at(entry.span.start)),
            );
            return Chosen::Helper(entry.helper.clone());
        }
        Some(entry) if rules.empty_name == EmptyName::UsesFile => {
            trace.found(
                format!("credHelpers[\"{name}\"]"),
                format!(
                    "is empty: the file is used for this host, whatever credsStore says ({})",
                    loaded.at(entry.span.start)
                ),
            );
            return Chosen::None;
        }
        Some(_) => trace.not_found(format!("credHelpers[\"{name}\"]"), "is empty and counts as absent"),
        None => trace.not_found(format!("credHelpers[\"{name}\"]"), near_miss(config, name)),
    }
    let Some(store) = &config.creds_store else {
        trace.not_found("credsStore", "is not set");
        return Chosen::None;
    };
    trace.found(
        "credsStore",
        format!("is set to {} for every registry ({})", store.helper, loaded.at(store.span.start)),
    );
    Chosen::Store(store.helper.clone())
}

/// No entry; but perhaps one that was meant to be it.
fn near_miss(config: &DockerConfig, name: &str) -> String {
    let host = normalize_host(name);
    let near =
        config.cred_helpers.iter().find(|entry| entry.key != name && normalize_host(&entry.key) == host);
    match near {
        Some(entry) => {
            format!("is missing; `{}` is there, but never matches: the key must be the bare host", entry.key)
        }
        None => "is not there".to_owned(),
    }
}

fn after(
    next: After,
    rules: &Rules,
    loaded: &Loaded,
    name: &str,
    trace: &mut Trace,
    message: String,
) -> Option<Ending> {
    match next {
        After::Anonymous => {
            if !matching(&loaded.config, name).is_empty() {
                trace.not_found(
                    "auths",
                    "has an entry for this host that is ignored: the helper's answer is used",
                );
            }
            Some(Ending::NOTHING)
        }
        After::Stop => Some(Ending::Error(message)),
        After::Auths => Some(auths(rules, loaded, name, trace)),
    }
}

/// The entries of `auths` that stand for a host: its own, else every one that leaves it when scheme and path are cut off.
pub(super) fn matching<'a>(config: &'a DockerConfig, name: &str) -> Vec<&'a AuthsEntry> {
    if let Some(exact) = config.auths_in_force().find(|entry| entry.key == name) {
        return vec![exact];
    }
    config.auths_in_force().filter(|entry| hostname(&entry.key) == name).collect()
}

/// The `auths` of a file, for a host.
pub(super) fn auths(rules: &Rules, loaded: &Loaded, name: &str, trace: &mut Trace) -> Ending {
    let config = &loaded.config;
    let entries = matching(config, name);
    if entries.is_empty() {
        trace.not_found("auths", "has no entry for this host");
        return Ending::NOTHING;
    }
    // The loop that decodes them never begins, or ends half-way.
    let stops = || config.problems.iter().any(|problem| rules.stops_at(problem.kind));
    if !rules.stops_at_damage && rules.fields != Fields::Python && stops() {
        trace
            .not_found("auths", "has an entry for this host that is not decoded, because of the error above");
        return Ending::NOTHING;
    }
    let damaged = || config.problems.iter().find(|problem| problem.kind == ProblemKind::Undecodable);
    if !rules.stops_at_damage
        && rules.fields != Fields::Python
        && entries.iter().any(|entry| entry.credentials.auth.is_some() && entry.credentials.login().is_ok())
        && let Some(problem) = damaged()
    {
        let detail = format!(
            "{} ({}): the entries are decoded up to that one, in an order that differs from run to run",
            problem.message,
            loaded.at(problem.offset)
        );
        trace.found_by_chance("auths", detail);
    }
    loaded.logins(&entries, |entry| user(entry, rules.fields), trace)
}

/// The user whose password an entry yields; `None` when it yields nothing a Basic challenge can use.
fn user(entry: &AuthsEntry, fields: Fields) -> Option<String> {
    let credentials = &entry.credentials;
    let is_passed_over = match fields {
        Fields::Docker => false,
        Fields::BuildKit => credentials.identity_token().is_some(),
        Fields::Python => credentials.auth.is_none() || credentials.identity_token().is_some(),
    };
    if is_passed_over { None } else { entry.login_for_basic() }
}

/// The helper of the platform's own store.
pub(super) fn default_suffix(machine: &dyn ClientEnvironment) -> &'static str {
    match machine.environment().system() {
        OperatingSystem::MacOs => "osxkeychain",
        OperatingSystem::Windows => "wincred",
        OperatingSystem::Linux if machine.on_path("pass") => "pass",
        OperatingSystem::Linux => "secretservice",
    }
}

/// The platform's own store, when it is installed.
pub(super) fn default_store(machine: &dyn ClientEnvironment, trace: &mut Trace) -> Option<&'static str> {
    let suffix = default_suffix(machine);
    if !machine.on_path(&format!("docker-credential-{suffix}")) {
        trace.not_found("default store", format!("docker-credential-{suffix} is not installed"));
        return None;
    }
    let detail = format!("the configuration sets no credsStore, so docker-credential-{suffix} is asked");
    trace.found("default store", detail);
    Some(suffix)
}

/// Docker looks for a store of its own when a configuration says nothing. Source: docker/cli
/// `cli/config/credentials/default_store.go`.
fn detected_store(
    request: &Request,
    rules: &Rules,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Option<Ending> {
    let suffix = default_store(machine, trace)?;
    let (next, message) = match ask(machine, suffix, &request.host, trace) {
        Reply::Answered(sent) => return Some(helper(suffix, true, sent)),
        Reply::IdentityToken => return Some(Ending::NOTHING),
        Reply::NotFound | Reply::Blank => (rules.not_found, String::new()),
        Reply::Failed { missing: true, message } => (rules.missing, message),
        Reply::Failed { missing: false, message } => (rules.failed, message),
    };
    Some(if next == After::Stop { Ending::Error(message) } else { Ending::NOTHING })
}
