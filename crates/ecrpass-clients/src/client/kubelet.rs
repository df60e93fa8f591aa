//! The kubelet: `auths` alone, with patterns and prefixes, tried one after the other.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecrpass_core::sort::sort_by_key;

use super::environment::ClientEnvironment;
use super::files::{Load, Reader, load};
use super::loaded::Loaded;
use super::login_file::{LoginFile, no_place_of_users};
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Trace};
use crate::docker_config::{AuthsEntry, Dialect, Format, ProblemKind};

pub(super) const KUBELET: Model =
    Model::new("kubelet", resolve).aliases(&["kubernetes", "k8s"]).on_node().keeps(&FILES).run("1.36.3");

/// The node's own files; see [`node_files`].
const FILES: [LoginFile; 2] = [
    LoginFile {
        holder: "docker",
        format: Format::Current,
        places: no_place_of_users,
        in_homes: &[],
        on_machines: &[
            "var/lib/kubelet/config.json",
            "var/lib/kubelet/.docker/config.json",
            "config.json",
            ".docker/config.json",
        ],
        ends: &["lib/kubelet/config.json"],
    },
    LoginFile {
        holder: "dockercfg",
        format: Format::Legacy,
        places: no_place_of_users,
        in_homes: &[],
        on_machines: &["var/lib/kubelet/.dockercfg", ".dockercfg"],
        ends: &[],
    },
];

/// `auths` of the files given (a pull secret's `.dockerconfigjson`), else of the first of the node's own files that can be
/// read. Source: kubernetes/kubernetes `pkg/credentialprovider/keyring.go#BasicDockerKeyring.Add`, `#Lookup`, `config.go`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "kubernetes/kubernetes pkg/credentialprovider/keyring.go");
    for path in &request.configs {
        match read(machine, path, Format::Current, trace) {
            Ok(Some(loaded)) => match in_file(request, &loaded, trace) {
                // The node's files come after the pull secrets.
                Ending::Anonymous(_) => {}
                ending => return ending,
            },
            Ok(None) => {}
            Err(why) => return Ending::Error(format!("the pull secret cannot be read: {why}")),
        }
    }
    for (path, format) in node_files(machine) {
        match read(machine, &path, format, trace) {
            Ok(Some(loaded)) => return in_file(request, &loaded, trace),
            Ok(None) => {}
            Err(why) => trace.not_found(path.display().to_string(), format!("is passed over: {why}")),
        }
    }
    trace.not_found(
        "credential provider",
        "cannot be seen from here; on a node of EKS, ecr-credential-provider supplies the credentials",
    );
    Ending::NOTHING
}

/// The kubelet's directory, its working directory, the home's and the root's; then the same for the legacy file. Source:
/// kubernetes/kubernetes `pkg/credentialprovider/config.go#DefaultDockerConfigJSONPaths`, `#DefaultDockercfgPaths`.
fn node_files(machine: &dyn ClientEnvironment) -> Vec<(PathBuf, Format)> {
    let home = machine.environment().home();
    let fixed = |path: &str| Some(PathBuf::from(path));
    let current = [
        fixed("/var/lib/kubelet/config.json"),
        fixed("/config.json"),
        home.as_ref().map(|home| home.join(".docker/config.json")),
        fixed("/.docker/config.json"),
    ];
    let legacy = [
        fixed("/var/lib/kubelet/.dockercfg"),
        fixed("/.dockercfg"),
        home.map(|home| home.join(".dockercfg")),
    ];
    let current = current.into_iter().flatten().map(|path| (path, Format::Current));
    current.chain(legacy.into_iter().flatten().map(|path| (path, Format::Legacy))).collect()
}

/// A file; one entry that cannot be decoded makes it unreadable. Source: kubernetes/kubernetes
/// `pkg/credentialprovider/config.go#DockerConfigEntry.UnmarshalJSON`.
fn read(
    machine: &dyn ClientEnvironment,
    path: &Path,
    format: Format,
    trace: &mut Trace,
) -> Result<Option<Arc<Loaded>>, String> {
    let loaded = match load(machine, path, format, Dialect::Go, Reader::Unmarshal) {
        Load::Missing => return Ok(None),
        Load::Refused(why) => return Err(why),
        Load::Loaded(loaded) => loaded,
    };
    let config = &loaded.config;
    // It knows no helpers, whatever their type is.
    let of_helpers = |offset| loaded.is_in_helpers(offset);
    let mut problems = config.problems.iter();
    if let Some(problem) = problems.find(|p| p.kind == ProblemKind::WrongType && !of_helpers(p.offset)) {
        return Err(format!("{}:{}: {}", path.display(), problem.place, problem.message));
    }
    if let Some(entry) = config.auths.iter().find(|entry| entry.credentials.login_for_kubelet().is_err()) {
        return Err(format!(
            "{}: the `auth` of {} cannot be decoded",
            loaded.at(entry.span.start),
            entry.key
        ));
    }
    trace.found(path.display().to_string(), "is read");
    if !config.cred_helpers.is_empty() || config.creds_store.is_some() {
        trace.not_found("credHelpers and credsStore", "are ignored by the kubelet");
    }
    Ok(Some(loaded))
}

fn in_file(request: &Request, loaded: &Loaded, trace: &mut Trace) -> Ending {
    let path = request.repository.as_ref().map(|repository| format!("/{repository}")).unwrap_or_default();
    let matching = loaded.config.auths_in_force().filter_map(|entry| {
        let key = Key::parse(&entry.key)?;
        key.matches(&request.host, &path).then_some((key, entry))
    });
    let mut matching: Vec<(Key, &AuthsEntry)> = matching.collect();
    // Tried in reverse order of the keys, until a pull works.
    sort_by_key(&mut matching, |(key, _)| Reverse(key.whole()));
    if matching.is_empty() {
        trace.not_found("auths", "has no entry whose pattern matches this image");
        return Ending::NOTHING;
    }
    let user = |entry: &AuthsEntry| entry.credentials.login_for_kubelet().ok().flatten();
    let Some((first, _)) = matching.iter().find(|(_, entry)| user(entry).is_some()) else {
        trace
            .not_found("auths", "has only empty entries for this image: a pull without credentials is tried");
        return Ending::NOTHING;
    };
    let first = first.whole();
    // Several spellings of one key are tried in any order.
    let (tried, later): (Vec<_>, Vec<_>) = matching.iter().partition(|(key, _)| key.whole() == first);
    let later = later.iter().filter(|(key, entry)| key.whole() < first && user(entry).is_some());
    for (_, entry) in later {
        let at = loaded.at(entry.span.start);
        trace
            .found(format!("auths[\"{}\"]", entry.key), format!("is tried when the first is refused ({at})"));
    }
    let tried: Vec<&AuthsEntry> =
        tried.into_iter().map(|(_, entry)| *entry).filter(|entry| user(entry).is_some()).collect();
    loaded.logins(&tried, user, trace)
}

/// Whether the kubelet takes an entry of `auths` under this key for an image; `image` is host and repository.
pub fn kubelet_matches(key: &str, image: &str) -> bool {
    let (host, path) = image.find('/').map_or((image, ""), |slash| image.split_at(slash));
    Key::parse(key).is_some_and(|key| key.matches(host, path))
}

/// A key of `auths` as the kubelet sorts it: all that match are tried, the last of the alphabet first. `None` for one that
/// it passes over. Source: `keyring.go#BasicDockerKeyring.Add`.
pub fn kubelet_key(key: &str) -> Option<String> {
    Key::parse(key).map(|key| key.whole())
}

/// A key of `auths`, as Go's URLs take it apart.
struct Key {
    host: String,
    path: String,
}

impl Key {
    /// Source: kubernetes/kubernetes `pkg/credentialprovider/keyring.go#BasicDockerKeyring.Add`. Any scheme but HTTP's
    /// becomes a host, and what URLs reserve cannot stand in one.
    fn parse(key: &str) -> Option<Self> {
        let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        if host.contains(['[', ']', ' ', '%', '"', '<', '>', '\\', '^', '`', '{', '|', '}']) {
            return None;
        }
        let api = ["/v2/", "/v1/"].into_iter().any(|api| path.starts_with(api));
        let path = if api { path.get(3..).unwrap_or_default() } else { path };
        let path = if path == "/" { "" } else { path };
        Some(Self { host: host.to_owned(), path: path.to_owned() })
    }

    fn whole(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// A pattern per label, the same number of labels, the same port, and the path as a plain prefix. Source:
    /// `keyring.go#URLsMatch`.
    fn matches(&self, host: &str, path: &str) -> bool {
        let split = |authority: &str| -> (String, String) {
            authority.rsplit_once(':').map_or((authority.to_owned(), String::new()), |(name, port)| {
                (name.to_owned(), port.to_owned())
            })
        };
        let ((pattern, pattern_port), (name, port)) = (split(&self.host), split(host));
        pattern_port == port
            && pattern.split('.').count() == name.split('.').count()
            && pattern
                .split('.')
                .zip(name.split('.'))
                .all(|(pattern, label)| ecrpass_core::wildcard::matches(pattern, label))
            && path.starts_with(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_apart_as_urls() {
        for (key, expected) in [
            ("h.example", Some(("h.example", ""))),
            ("https://h.example/v2/", Some(("h.example", ""))),
            ("https://h.example/v2", Some(("h.example", "/v2"))),
            ("h.example/v1/team", Some(("h.example", "/team"))),
            ("me@h.example/", Some(("h.example", ""))),
            ("ftp://h.example", Some(("ftp:", "//h.example"))),
            ("h?.example", Some(("h", ""))),
            ("[a-z].example", None),
        ] {
            let parsed = Key::parse(key);
            let parsed = parsed.as_ref().map(|key| (key.host.as_str(), key.path.as_str()));
            assert_eq!(parsed, expected, "{key}");
        }
    }
}
