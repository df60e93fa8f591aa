//! `docker-credential-ecr-login`: gives docker and its kin a live Amazon ECR token, or the reason there is none.
//!
//! The warm path reads a few small files and prints: no network, no async runtime, no SDK. Everything else is
//! behind it. The library is what `ecrpass token` and `ecrpass login` use.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod arrival;
mod cache;
mod delegate;
mod flight;
mod get;
mod guard;
mod journal;
mod kubelet;
mod last_resort;
mod own_files;
mod private_file;
mod protocol;
mod say;
mod settings;
mod stack;
mod stdio;

use std::env;
use std::io;
use std::process::ExitCode;
use std::time::Instant;

use ecrpass_aws::{clock, files};
use ecrpass_core::DiagnosisId;
use ecrpass_core::Secret;
use ecrpass_core::registry::{HostError, Registry};
use ecrpass_core::time::EpochSeconds;
use ecrpass_core::visible::visible_json_text;
use ecrpass_credentials::credential_chain::Override;
pub use ecrpass_credentials::refusal::Refusal;
use ecrpass_helper::entry::Entry;
pub use ecrpass_helper::entry::VERSION as CACHE_FORMAT;
use ecrpass_helper::freshness::Verdict;
use ecrpass_system::machine;
pub use own_files::OwnFiles;

use crate::get::{Request, variable_os};
use crate::protocol::{Action, NO_SERVER_URL, NO_USERNAME, NOT_FOUND, StoreRequest};
use crate::say::{failed, failed_aloud, not_a_registry, note, refused, said};
use crate::settings::Settings;

/// A live token and the registry it was asked for.
#[derive(Clone, Debug)]
pub struct Token {
    /// The registry.
    pub registry: Registry,
    /// The user name, `AWS`.
    pub username: String,
    /// The registry password.
    pub password: Secret,
    /// When it expires, by this machine's clock.
    pub expires_at: EpochSeconds,
}

/// The credentials for an ECR registry, from the cache or from AWS, exactly as `get` would answer.
///
/// # Errors
/// The reason, when no live token can be had.
pub fn authorization_token(server_url: &str) -> Result<Token, Refusal> {
    let settings = load_settings()?;
    let target = settings.target(server_url).map_err(|error| not_a_registry(&error))?;
    let entry = Request::in_between(&settings, &target).token()?;
    Ok(Token {
        registry: target.registry,
        expires_at: entry.issue.expires_at(),
        username: entry.username,
        password: entry.password,
    })
}

/// What the configuration demands for a registry, above environment and profiles.
///
/// # Errors
/// A [`Refusal`] when the configuration cannot be understood.
pub fn configured_override(server_url: &str) -> Result<Override, Refusal> {
    Ok(configured_overrides()?(server_url))
}

/// The same for any number of registries: the configuration is read once.
///
/// # Errors
/// A [`Refusal`] when the configuration cannot be understood.
pub fn configured_overrides() -> Result<impl Fn(&str) -> Override, Refusal> {
    let settings = load_settings()?;
    Ok(move |server_url: &str| settings.target(server_url).map(|target| target.over).unwrap_or_default())
}

/// Whether the helper has nothing for a server URL, whatever AWS would say: it is no ECR registry's, no alias of one, and
/// there is no helper to hand it on to.
pub fn has_nothing_for(server_url: &str) -> bool {
    let is_foreign = |settings: &Settings| {
        settings.delegate.is_none() && matches!(settings.target(server_url), Err(HostError::NotEcr { .. }))
    };
    // Most hosts that are asked about are ECR's, for which no file has to be read.
    Registry::parse(server_url).is_err() && load_settings().is_ok_and(|settings| is_foreign(&settings))
}

/// The registry that a host of another name is an alias of, by the configuration.
pub fn alias_of(host: &str) -> Option<Registry> {
    if Registry::parse(host).is_ok() {
        return None;
    }
    load_settings().ok()?.target(host).ok().map(|target| target.registry)
}

/// A token in our cache, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedToken {
    /// When it expires, by this machine's clock.
    pub expires_at: EpochSeconds,
    /// The hosts it was handed out for.
    pub hosts: Vec<String>,
}

/// What is in the cache, and what the configuration says besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CachedTokens {
    /// The tokens.
    pub tokens: Vec<CachedToken>,
    /// The directory the cache is in; `None` when nothing is kept on disk.
    pub directory: Option<std::path::PathBuf>,
    /// The helper that other registries are handed on to.
    pub delegate: Option<String>,
}

/// Looks into the cache.
///
/// # Errors
/// A [`Refusal`] when the configuration cannot be understood.
pub fn cached_tokens() -> Result<CachedTokens, Refusal> {
    let settings = load_settings()?;
    let now = clock::moment(machine::boot_id());
    let mut entries = cache::Cache::open(&settings).entries();
    // What will not be served is no token any more.
    entries.retain(|entry| entry.judge(&now) != Verdict::Discard);
    let token = |entry: Entry| CachedToken { expires_at: entry.issue.expires_at(), hosts: entry.hosts };
    Ok(CachedTokens {
        tokens: entries.into_iter().map(token).collect(),
        directory: cache::tokens_directory(&settings),
        delegate: settings.delegate,
    })
}

/// What the helper leaves on the disk.
///
/// # Errors
/// A [`Refusal`] when the configuration cannot be understood.
pub fn own_files() -> Result<OwnFiles, Refusal> {
    Ok(OwnFiles::of(&load_settings()?))
}

/// Whether a program called by this name is the kubelet's credential provider.
pub fn is_kubelet_provider(program: &std::ffi::OsStr) -> bool {
    kubelet::is_its_name(program)
}

/// The helper's own `main`: acts on the arguments, standard input and environment of this process, and on the name it was
/// called by.
pub fn main() -> ExitCode {
    last_resort::install();
    let mut arguments = env::args_os();
    if arguments.next().is_some_and(|program| kubelet::is_its_name(&program)) {
        return kubelet::main(arguments);
    }
    let action = arguments.next();
    if action.as_ref().is_some_and(|action| action == "kubelet") {
        return kubelet::main(arguments);
    }
    match (action.as_ref().and_then(|action| Action::parse(action.to_str()?)), arguments.next()) {
        (Some(Action::Version), None) => {
            said(&format!("docker-credential-ecr-login (ecrpass) {}\n", env!("CARGO_PKG_VERSION")))
        }
        (Some(action), None) => stack::with_enough(move || run(action)).unwrap_or_else(|why| refused(&why)),
        #[cfg(debug_assertions)]
        _ if action.is_some_and(|word| word == "provoke-bug") => {
            last_resort::provoke();
            ExitCode::SUCCESS
        }
        _ => usage(),
    }
}

fn run(action: Action) -> ExitCode {
    let started = Instant::now();
    let settings = match load_settings() {
        Ok(settings) => settings,
        Err(refusal) => return refused(&refusal),
    };
    last_resort::log_to(settings.directory.clone());
    ecrpass_system::bounded::hold_to(started + settings.deadline);
    // `list` is given nothing, and who calls it may leave standard input open.
    let input = match action {
        Action::List => Ok(Default::default()),
        _ => protocol::read_input(started + settings.deadline),
    };
    let input = match input {
        Ok(input) => input,
        Err(refusal) => return refused(&refusal),
    };
    let call = Call { settings: &settings, input: &input, started };
    match action {
        Action::Get => call.get(),
        Action::Store => call.store(),
        Action::Erase => call.erase(),
        Action::List => call.list(),
        Action::Version => usage(),
    }
}

/// One run of the helper.
struct Call<'a> {
    settings: &'a Settings,
    input: &'a [u8],
    started: Instant,
}

fn load_settings() -> Result<Settings, Refusal> {
    Settings::load(&variable_os, files::home().as_deref())
}

impl Call<'_> {
    fn get(&self) -> ExitCode {
        let (settings, input) = (self.settings, self.input);
        if kubelet::is_request(input) {
            return refused(&kubelet::misdirected());
        }
        let server_url = match self.server_url() {
            Ok(server_url) => server_url,
            Err(ended) => return ended,
        };
        match settings.target(&server_url) {
            Ok(target) => match Request::new(settings, &target, self.started).token() {
                Ok(entry) => answered(&server_url, &entry),
                // Public images can be pulled without credentials: say what is wrong, and let the client go on.
                Err(refusal) if target.registry.is_public() => {
                    note(&refusal.helper_line_going_on());
                    failed(NOT_FOUND)
                }
                Err(refusal) => refused(&refusal),
            },
            Err(HostError::NotEcr { .. }) => match &settings.delegate {
                Some(delegate) => self.delegated(delegate, Action::Get),
                None => failed(NOT_FOUND),
            },
            Err(error) => refused(&not_a_registry(&error)),
        }
    }

    /// The server URL that `get` and `erase` are given, or how they end without one.
    fn server_url(&self) -> Result<String, ExitCode> {
        match protocol::server_url(self.input) {
            Ok(url) if url.is_empty() => Err(failed(NO_SERVER_URL)),
            Ok(url) => Ok(url),
            Err(refusal) => Err(refused(&refusal)),
        }
    }

    fn store(&self) -> ExitCode {
        let (settings, input) = (self.settings, self.input);
        let Ok(request) = serde_json::from_slice::<StoreRequest>(input) else {
            return refused(&protocol::not_a_request());
        };
        if request.server_url.trim().is_empty() {
            return failed(NO_SERVER_URL);
        }
        if request.username.is_empty() {
            return failed(NO_USERNAME);
        }
        if let Err(refusal) = protocol::check(&request.server_url) {
            return refused(&refusal);
        }
        match (settings.target(&request.server_url), &settings.delegate) {
            // `docker login` is content, and the next `get` brings a live token anyway.
            (Ok(_), _) => ExitCode::SUCCESS,
            (Err(HostError::NotEcr { .. }), Some(delegate)) => self.delegated(delegate, Action::Store),
            (Err(HostError::NotEcr { host }), None) => refused(&Refusal::new(
                DiagnosisId::HelperErrorOnNonEcrRegistry,
                format!("{host} is not an ECR registry, and this helper stores no other passwords."),
                "set `delegate` in ~/.config/ecrpass/config.toml to the helper that stores them, or use credHelpers instead of credsStore",
            )),
            (Err(error), _) => refused(&not_a_registry(&error)),
        }
    }

    fn erase(&self) -> ExitCode {
        let settings = self.settings;
        let server_url = match self.server_url() {
            Ok(server_url) => server_url,
            Err(ended) => return ended,
        };
        match (settings.target(&server_url), &settings.delegate) {
            (Ok(target), _) => match Request::new(settings, &target, self.started).forget() {
                Ok(()) => ExitCode::SUCCESS,
                Err(why) => still_cached(&target.host, settings, &why),
            },
            (Err(HostError::NotEcr { .. }), Some(delegate)) => self.delegated(delegate, Action::Erase),
            (Err(_), _) => ExitCode::SUCCESS,
        }
    }

    fn list(&self) -> ExitCode {
        let settings = self.settings;
        let mut known = serde_json::Map::new();
        if let Some(delegate) = &settings.delegate {
            match delegate::list(delegate, self.end()) {
                Ok(Some(others)) => known = others,
                Ok(None) => note(&format!(
                    "ecr-login: docker-credential-{delegate} gave no list; showing ECR hosts only."
                )),
                Err(refusal) => note(&refusal.helper_line()),
            }
        }
        let now = clock::moment(machine::boot_id());
        for entry in cache::Cache::open(settings).entries() {
            if entry.judge(&now) != Verdict::Discard {
                for host in entry.hosts {
                    known
                        .insert(format!("https://{host}"), serde_json::Value::String(entry.username.clone()));
                }
            }
        }
        // A file beside the cache, or a delegate, may name what no host is.
        said(&format!("{}\n", visible_json_text(&serde_json::Value::Object(known).to_string())))
    }

    fn delegated(&self, delegate: &str, action: Action) -> ExitCode {
        match delegate::run(delegate, action.name(), self.input, self.end()) {
            Ok(answer) => {
                let written = match &answer.instead {
                    Some(refusal) => {
                        refused(refusal);
                        Ok(())
                    }
                    None => stdio::write_all(&answer.words),
                };
                written.map_or_else(|error| unwritten(&error), |()| ExitCode::from(answer.status))
            }
            Err(refusal) => refused(&refusal),
        }
    }

    fn end(&self) -> Instant {
        self.started + self.settings.deadline
    }
}

fn answered(server_url: &str, entry: &Entry) -> ExitCode {
    match protocol::write_credentials(server_url, entry) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => unwritten(&error),
    }
}

fn unwritten(error: &io::Error) -> ExitCode {
    note(&format!("ecr-login: standard output cannot be written: {error}"));
    ExitCode::FAILURE
}

fn still_cached(host: &str, settings: &Settings, why: &str) -> ExitCode {
    let place = cache::tokens_directory(settings).map_or_else(String::new, |path| path.display().to_string());
    failed_aloud(&format!(
        "ecr-login: A token for {host} is still cached: {why}. Next: delete the files in {place}"
    ))
}

fn usage() -> ExitCode {
    failed(concat!(
        "Usage: docker-credential-ecr-login <get|store|erase|list|version>\n",
        "\n",
        "A credential helper: docker, podman and others run it. To use it for a registry, write in\n",
        "~/.docker/config.json\n",
        "\n",
        "    {\"credHelpers\": {\"<account>.dkr.ecr.<region>.amazonaws.com\": \"ecr-login\"}}\n",
        "\n",
        "The kubelet's credential provider: the same program by the name ecr-credential-provider, or with the argument kubelet.\n",
        "\n",
        "To see what it answers: echo <account>.dkr.ecr.<region>.amazonaws.com | docker-credential-ecr-login get"
    ))
}
