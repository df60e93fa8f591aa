//! The ECR tokens stored on this machine, without the tokens.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use docker_credential_ecr_login::cached_tokens;
use ecrpass_clients::client::{FileState, LoginFile, login_files, other_user};
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::{Registry, normalize_host};
use ecrpass_core::time::{EpochSeconds, parse_rfc3339};
use ecrpass_json::{Document, Position};
use ecrpass_system::directory;
use serde::{Deserialize, Serialize, Serializer};

use crate::system::atomic_file::copies_of;
use crate::system::files;
use crate::system::machine::read;

/// What holds a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The file of a client, by the name that it has in the list of clients.
    Client(&'static str),
    /// `DOCKER_AUTH_CONFIG`.
    Variable,
    /// Our helper's cache.
    Cache,
    /// The Go helper's cache.
    GoCache,
    /// A copy that `ecrpass fix` keeps of a file.
    Backup,
}

impl Holder {
    /// Whether a client may send it as it is: what is in a cache is fetched anew once it has expired.
    pub fn is_sent(self) -> bool {
        !matches!(self, Self::Cache | Self::GoCache | Self::Backup)
    }

    /// Whose a file is; docker's, where it is none of a client's.
    fn of(file: Option<&LoginFile>) -> Self {
        Self::Client(file.map_or("docker", |file| file.holder))
    }

    /// The name used in JSON.
    fn id(self) -> &'static str {
        match self {
            Self::Client(name) => name,
            Self::Variable => "variable",
            Self::Cache => "cache",
            Self::GoCache => "go-cache",
            Self::Backup => "backup",
        }
    }
}

impl Serialize for Holder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// A token and a host it is for.
pub struct StoredToken {
    /// The registry.
    pub host: String,
    /// What holds it.
    pub holder: Holder,
    /// The file, or the variable.
    pub source: String,
    /// Where in the file.
    pub place: Option<Position>,
    /// Whose home it is in, when not ours.
    pub user: Option<String>,
    /// When it expires, as far as it says.
    pub expires_at: Option<EpochSeconds>,
    /// Why ECR refuses it, whatever its time.
    pub refused: Option<String>,
}

/// What was found, and what was not looked at.
pub struct Stored {
    /// All of them, by host.
    pub tokens: Vec<StoredToken>,
    /// What of our own could not be read, and why.
    pub unreadable: Vec<String>,
    /// Whether something of another user's could not be read.
    pub others_hidden: bool,
}

/// The tokens on this machine.
pub fn stored_tokens(environment: &dyn Environment) -> Stored {
    let mut others_hidden = false;
    let mut tokens = Vec::new();
    let mut seen = Vec::new();
    let mut unreadable = Vec::new();
    let nodes = login_files().filter(|file| file.in_homes.is_empty()).flat_map(|file| file.on_machines);
    let own = files::present(environment);
    let nodes = nodes.map(|path| Path::new("/").join(path));
    let nodes: Vec<PathBuf> = nodes.filter(|path| !own.contains(path) && path.is_file()).collect();
    for path in own.into_iter().chain(nodes) {
        unreadable.extend(configuration(&path, None, environment, &mut tokens));
        for copy in copies_of(&path) {
            match read(&copy) {
                // A copy is what the file was, wrong as it may have been: no client reads it.
                FileState::Text(text) => {
                    let source = (copy.display().to_string(), Holder::Backup);
                    let _ = stored_in(&text, files::format_of(&path, environment), source, None, &mut tokens);
                }
                FileState::Missing => {}
                FileState::Unreadable(why) => {
                    unreadable.push(format!("{} cannot be read: {why}", copy.display()));
                }
            }
        }
        seen.push(path);
    }
    if let Some(text) = environment.nonempty_var("DOCKER_AUTH_CONFIG") {
        let source = ("DOCKER_AUTH_CONFIG".to_owned(), Holder::Variable);
        unreadable.extend(stored_in(&text, Format::Current, source, None, &mut tokens));
    }
    unreadable.extend(our_cache(&mut tokens));
    if let Some(path) = go_cache(environment) {
        seen.push(path.clone());
        unreadable.extend(go_tokens(&path, None, &mut tokens));
    }
    for (user, home) in other_homes(environment) {
        for name in login_files().flat_map(|file| file.in_homes) {
            let path = home.join(name);
            if !seen.contains(&path) {
                others_hidden |= configuration(&path, Some(&user), environment, &mut tokens).is_some();
            }
        }
        let path = home.join(".ecr/cache.json");
        if !seen.contains(&path) {
            others_hidden |= go_tokens(&path, Some(&user), &mut tokens).is_some();
        }
    }
    tokens
        .sort_by(|a, b| (&a.host, a.user.is_some(), &a.source).cmp(&(&b.host, b.user.is_some(), &b.source)));
    Stored { tokens, unreadable, others_hidden }
}

/// A file of a client's; says why when it cannot be read.
fn configuration(
    path: &Path,
    user: Option<&str>,
    environment: &dyn Environment,
    tokens: &mut Vec<StoredToken>,
) -> Option<String> {
    match read(path) {
        FileState::Text(text) => {
            let file = files::login_file(path, environment);
            let format = file.map_or(Format::Current, |file| file.format);
            stored_in(&text, format, (path.display().to_string(), Holder::of(file)), user, tokens)
        }
        FileState::Missing => None,
        FileState::Unreadable(why) => Some(format!("{} cannot be read: {why}", path.display())),
    }
}

/// The tokens of a text; says why when it is none that a client understands.
fn stored_in(
    text: &str,
    format: Format,
    (source, holder): (String, Holder),
    user: Option<&str>,
    tokens: &mut Vec<StoredToken>,
) -> Option<String> {
    let document = match Document::parse_first(text) {
        Ok(document) => document,
        Err(error) => {
            let problem = redact(&error.message).into_owned();
            return Some(format!("{source}:{} cannot be understood: {problem}", error.place));
        }
    };
    let config = DockerConfig::read(&document, format);
    for entry in config.auths_in_force().filter(|entry| !entry.credentials.is_empty()) {
        if let Ok(registry) = Registry::parse(&entry.key) {
            tokens.push(StoredToken {
                host: registry.host().to_owned(),
                holder,
                source: source.clone(),
                place: (holder != Holder::Variable).then(|| document.place(entry.span.start)),
                user: user.map(str::to_owned),
                expires_at: entry.credentials.expires_at(),
                refused: entry.credentials.other_user().map(|user| redact(&other_user(user)).into_owned()),
            });
        }
    }
    None
}

/// Our helper's cache; says why when it cannot be looked into.
fn our_cache(tokens: &mut Vec<StoredToken>) -> Option<String> {
    let cached = match cached_tokens() {
        Ok(cached) => cached,
        Err(refusal) => return Some(format!("the helper's tokens are not known: {refusal}")),
    };
    let why = cached.directory.as_ref().and_then(|path| match directory::entries(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Some(format!("{} cannot be read: {error}", path.display()))
        }
        _ => None,
    });
    let source = cached.directory.map(|directory| directory.display().to_string()).unwrap_or_default();
    for token in cached.tokens {
        for host in token.hosts {
            tokens.push(StoredToken {
                host,
                holder: Holder::Cache,
                source: source.clone(),
                place: None,
                user: None,
                expires_at: Some(token.expires_at),
                refused: None,
            });
        }
    }
    why
}

/// Where the Go helper keeps its cache. Source: amazon-ecr-credential-helper `ecr-login/config/cache_dir.go`.
fn go_cache(environment: &dyn Environment) -> Option<PathBuf> {
    let directory = match environment.nonempty_var("AWS_ECR_CACHE_DIR") {
        Some(directory) => PathBuf::from(directory),
        None => environment.home()?.join(".ecr"),
    };
    Some(directory.join("cache.json"))
}

/// The Go helper's cache; says why when it cannot be read. Source: amazon-ecr-credential-helper
/// `ecr-login/cache/file.go`.
fn go_tokens(path: &Path, user: Option<&str>, tokens: &mut Vec<StoredToken>) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GoCache {
        #[serde(default)]
        registries: std::collections::BTreeMap<String, GoEntry>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct GoEntry {
        expires_at: String,
        proxy_endpoint: String,
    }
    let text = match read(path) {
        FileState::Text(text) => text,
        FileState::Missing => return None,
        FileState::Unreadable(why) => return Some(format!("{} cannot be read: {why}", path.display())),
    };
    let cache = match serde_json::from_str::<GoCache>(&text) {
        Ok(cache) => cache,
        // Its words may quote what is in it.
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            return Some(format!("{}:{line}:{column} is not as Amazon's helper writes it", path.display()));
        }
    };
    for entry in cache.registries.into_values() {
        tokens.push(StoredToken {
            host: normalize_host(&entry.proxy_endpoint),
            holder: Holder::GoCache,
            source: path.display().to_string(),
            place: None,
            user: user.map(str::to_owned),
            expires_at: parse_rfc3339(&entry.expires_at),
            refused: None,
        });
    }
    None
}

/// The homes of this machine's other users.
fn other_homes(environment: &dyn Environment) -> Vec<(String, PathBuf)> {
    let ours = environment.home();
    let mut homes: Vec<(String, PathBuf)> = match read(Path::new("/etc/passwd")) {
        FileState::Text(passwd) => passwd
            .lines()
            .filter_map(|line| {
                let mut fields = line.split(':');
                Some((fields.next()?.to_owned(), PathBuf::from(fields.nth(4)?)))
            })
            .collect(),
        _ => Vec::new(),
    };
    // macOS keeps its people elsewhere, and so does Windows.
    let people =
        environment.nonempty_var("SystemDrive").map(|drive| PathBuf::from(format!("{drive}\\Users")));
    for directory in [Some(PathBuf::from("/Users")), people].into_iter().flatten() {
        let entries = directory::entries(&directory).unwrap_or_default();
        homes.extend(entries.into_iter().filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            Some((name, path))
        }));
    }
    let mut seen = std::collections::HashSet::new();
    homes.retain(|(_, home)| {
        Some(home) != ours.as_ref()
            && home.is_absolute()
            && home.parent().is_some()
            && seen.insert(home.clone())
    });
    homes
}
