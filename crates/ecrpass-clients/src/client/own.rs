//! Clients with rules all of their own: kaniko, nerdctl, Jib and the two testcontainers.

use super::auth_variable;
use super::docker;
use super::environment::{ClientEnvironment, HelperReply};
use super::files::{self, Load, Loaded, load, load_leniently};
use super::helper::{Reply, ask, helper};
use super::host::hostname;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};
use super::rules::AuthsMatch;
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format};

/// The Go helper's library, linked into the client.
const BUILT_IN: &str = "ecr-login (built in)";

/// go-containerregistry's keychain, then the built-in ECR library. Source: GoogleContainerTools/kaniko
/// `pkg/creds/creds.go#GetKeychain`.
pub(super) fn kaniko(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    match docker::resolve(request, machine, trace) {
        Ending::Anonymous(_) => {
            trace.found("built-in ECR library", "asks AWS with the pod's or node's own credentials");
            helper(BUILT_IN, false, Sent::HelpersAnswer)
        }
        ending => ending,
    }
}

/// Several spellings of the host, each asked for as docker would. Source: containerd/nerdctl
/// `pkg/imgutil/dockerconfigresolver/credentialsstore.go#Retrieve`, `registryurl.go#AllIdentifiers`.
pub(super) fn nerdctl(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "containerd/nerdctl pkg/imgutil/dockerconfigresolver/credentialsstore.go#Retrieve");
    if let Some(ending) = auth_variable::docker(machine, &request.host, trace) {
        return ending;
    }
    let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()));
    let Some(path) = path else { return Ending::NOTHING };
    let Some(loaded) = load_leniently(machine, &path, Format::Current, Dialect::Go, trace) else {
        return Ending::NOTHING;
    };
    let mut spellings = Vec::new();
    let (host, port) = request.host.rsplit_once(':').unwrap_or((&request.host, "443"));
    for authority in [format!("{host}:{port}"), host.to_owned()] {
        // The spellings without the port are only tried for the default one.
        if authority.contains(':') || port == "443" {
            spellings.extend([
                authority.clone(),
                format!("https://{authority}"),
                format!("http://{authority}"),
            ]);
        }
    }
    let mut last_error = None;
    for spelling in &spellings {
        let config = &loaded.config;
        let named = config.helper_for(spelling);
        let suffix = match named {
            Some(entry) => (!entry.helper.is_empty()).then(|| (entry.helper.clone(), false)),
            None => config.creds_store.as_ref().map(|store| (store.helper.clone(), true)),
        };
        last_error = None;
        let Some((suffix, store)) = suffix else {
            let entries = docker::matching(config, spelling, AuthsMatch::Hostname);
            if let Some(ending) = entries.into_iter().find_map(|entry| from_entry(&loaded, entry, trace)) {
                return ending;
            }
            continue;
        };
        match ask(machine, &suffix, spelling, trace) {
            Reply::Answered(sent) => return helper(&suffix, store, sent),
            Reply::NotFound | Reply::Blank | Reply::IdentityToken => {}
            Reply::Failed { message, .. } => last_error = Some(message),
        }
    }
    last_error.map_or(Ending::NOTHING, Ending::Error)
}

fn from_entry(loaded: &Loaded, entry: &AuthsEntry, trace: &mut Trace) -> Option<Ending> {
    let (user, password) = entry.credentials.decoded().ok()??;
    if password.is_empty() {
        return None;
    }
    trace.found(
        format!("auths[\"{}\"]", entry.key),
        format!("holds a password for user {user} ({})", loaded.at(entry.span.start)),
    );
    Some(Ending::Auths {
        file: loaded.path.clone(),
        entries: vec![loaded.named(entry)],
        sent: Sent::Basic(vec![user]),
    })
}

/// Files one after the other, and an inferred helper at the end. Source: Jib `jib-core
/// DockerConfigCredentialRetriever.java#retrieve`, `jib-plugins-common DefaultCredentialRetrievers.java`.
pub(super) fn jib(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
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
        let Load::Loaded(loaded) = load(machine, &path, format, Dialect::Strict) else { continue };
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
    if let Some((suffix, key, store)) = suffix
        && let Reply::Answered(sent) = ask(machine, &suffix, &key, trace)
    {
        return Some(helper(&suffix, store, sent));
    }
    let entry = config.auths_in_force().find(|entry| matches(&entry.key))?;
    from_entry(loaded, entry, trace)
}

/// Where the testcontainers read from: the variable takes the file's place, helpers and all.
enum Source {
    Variable(DockerConfig),
    File(Box<Loaded>),
}

impl Source {
    fn find(
        request: &Request,
        machine: &dyn ClientEnvironment,
        dialect: Dialect,
        trace: &mut Trace,
    ) -> Option<Self> {
        if let Some(config) = auth_variable::in_place_of_the_file(machine, trace) {
            return Some(Self::Variable(config));
        }
        let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()))?;
        load_leniently(machine, &path, Format::Current, dialect, trace).map(Self::File)
    }

    fn config(&self) -> &DockerConfig {
        match self {
            Self::Variable(config) => config,
            Self::File(loaded) => &loaded.config,
        }
    }

    /// What an entry of `auths` yields.
    fn entry(&self, entry: Option<&AuthsEntry>, trace: &mut Trace) -> Ending {
        let ending = entry.and_then(|entry| match self {
            Self::File(loaded) => from_entry(loaded, entry, trace),
            Self::Variable(_) => {
                let (user, _) = entry.credentials.decoded().ok()??;
                trace.found(format!("auths[\"{}\"]", entry.key), format!("holds a password for user {user}"));
                Some(Ending::Environment { variable: auth_variable::VARIABLE, sent: Sent::Basic(vec![user]) })
            }
        });
        ending.unwrap_or_else(|| {
            trace.not_found("auths", "has nothing for this host");
            Ending::NOTHING
        })
    }
}

/// Helper, then store, then `auths`; the first error text counts as not-found. Source: testcontainers-java
/// `RegistryAuthLocator.java`.
pub(super) fn testcontainers_java(
    request: &Request,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Ending {
    trace.found("rules", "testcontainers-java RegistryAuthLocator.java");
    let Some(source) = Source::find(request, machine, Dialect::Strict, trace) else { return Ending::NOTHING };
    let config = source.config();
    let named = config.helper_for(&request.host).map(|entry| (entry.helper.clone(), false));
    let store = config.creds_store.as_ref().map(|store| (store.helper.clone(), true));
    for (suffix, store) in [named, store].into_iter().flatten().filter(|(suffix, _)| !suffix.is_empty()) {
        match ask(machine, &suffix, &request.host, trace) {
            Reply::Answered(sent) => return helper(&suffix, store, sent),
            Reply::NotFound | Reply::Blank | Reply::IdentityToken | Reply::Failed { missing: false, .. } => {}
            Reply::Failed { missing: true, .. } => {
                trace.not_found("docker-java's defaults", "are used, since the helper cannot be run");
                return Ending::NOTHING;
            }
        }
    }
    let url = format!("://{}", request.host);
    let entry = config.auths_in_force().find(|entry| entry.key == request.host || entry.key.ends_with(&url));
    source.entry(entry, trace)
}

/// Every entry is resolved first, and one failing helper spoils them all. Source: testcontainers-go
/// `docker_auth.go#getDockerAuthConfigs`, cpuguy83/dockercfg `auth.go`.
pub(super) fn testcontainers_go(
    request: &Request,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Ending {
    trace.found("rules", "testcontainers-go docker_auth.go#getDockerAuthConfigs");
    let Some(source) = Source::find(request, machine, Dialect::Go, trace) else { return Ending::NOTHING };
    let config = source.config();
    for entry in config.cred_helpers.iter().filter(|entry| !entry.overridden && entry.key != request.host) {
        // Not-found counts as a failure too.
        if let HelperReply::Failed(_) | HelperReply::NotFound = machine.ask(&entry.helper, &entry.key) {
            let step = format!("docker-credential-{} get {}", entry.helper, entry.key);
            trace.not_found(step, "fails, so every other entry is lost as well");
            return Ending::NOTHING;
        }
    }
    let entry = config.auths_in_force().find(|entry| hostname(&entry.key) == request.host);
    let marker = entry.is_some_and(|entry| entry.credentials.is_empty());
    let suffix = match (config.helper_for(&request.host), &config.creds_store) {
        (Some(named), _) => Some((named.helper.clone(), false)),
        (None, Some(store)) if marker => Some((store.helper.clone(), true)),
        _ => None,
    };
    let Some((suffix, store)) = suffix else { return source.entry(entry, trace) };
    match ask(machine, &suffix, &request.host, trace) {
        Reply::Answered(sent) => helper(&suffix, store, sent),
        _ => Ending::NOTHING,
    }
}
