//! oras and Helm: oras-go's stores, which read docker's file in their own way and end at every error.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::docker::{default_store, matching};
use super::environment::ClientEnvironment;
use super::files::{self, load_or_stop};
use super::helper::{Reply, ask, helper};
use super::loaded::Loaded;
use super::login_file::LoginFile;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Trace};
use crate::docker_config::{AuthsEntry, Dialect, Format, ProblemKind};

pub(super) const ORAS: Model = Model::new("oras", oras)
    .program("oras")
    .login("oras login --username AWS --password-stdin", "oras logout")
    .run("1.3.6");

pub(super) const HELM: Model = Model::new("helm", helm)
    .program("helm")
    .login("helm registry login --username AWS --password-stdin", "helm registry logout")
    .keeps(&[HELMS_FILE])
    .run("3.22.0, 4.3.1");

const HELMS_FILE: LoginFile = LoginFile {
    holder: "helm",
    format: Format::Current,
    places: |environment| files::helm(environment).into_iter().collect(),
    in_homes: &[
        ".config/helm/registry/config.json",
        "Library/Preferences/helm/registry/config.json",
        "AppData/Roaming/helm/registry/config.json",
    ],
    on_machines: &[],
    ends: &["helm/registry/config.json"],
};

/// The files given, else docker's; one that cannot be read ends it before the registry is asked. Source: oras-project/oras
/// `internal/credential/store.go#NewStore`.
fn oras(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "oras-project/oras-go registry/remote/credentials/store.go#DynamicStore.Get");
    let mut paths = request.configs.clone();
    if paths.is_empty() {
        paths.extend(files::docker(machine.environment()));
    }
    let stores = paths.iter().map(|path| Store::open(path, false, machine, trace)).collect();
    in_turn(stores, request, machine, trace)
}

/// Helm's own file, whose errors end it, then docker's, whose errors are passed over. Either looks for the platform's
/// store where it configures nothing. Source: helm/helm `pkg/registry/client.go#NewClient`.
fn helm(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "helm/helm pkg/registry/client.go#NewClient");
    let environment = machine.environment();
    let own = request.configs.first().cloned().or_else(|| files::helm(environment));
    let mut stores = Vec::new();
    if let Some(own) = own {
        stores.push(Store::open(&own, true, machine, trace));
    }
    if let Some(path) = files::docker(environment) {
        match Store::open(&path, true, machine, trace) {
            Ok(store) => stores.push(Ok(store)),
            Err(why) => trace.not_found("docker's file", format!("is passed over: {why}")),
        }
    }
    in_turn(stores.into_iter().collect(), request, machine, trace)
}

/// The first that has something, be it of use or not; the first error ends it. Source: oras-go
/// `registry/remote/credentials/store.go#storeWithFallbacks.Get`.
fn in_turn(
    stores: Result<Vec<Store>, String>,
    request: &Request,
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Ending {
    let stores = match stores {
        Ok(stores) => stores,
        Err(why) => return Ending::Error(why),
    };
    for store in &stores {
        match store.get(&request.host, machine, trace) {
            Ok(None) => {}
            Ok(Some(ending)) => return ending,
            Err(why) => return Ending::Error(why),
        }
    }
    Ending::NOTHING
}

/// One file, and the platform's store where it configures nothing.
struct Store {
    path: PathBuf,
    loaded: Option<Arc<Loaded>>,
    detected: Option<&'static str>,
}

impl Store {
    /// Source: oras-go `registry/remote/credentials/internal/config/config.go#Load`.
    fn open(
        path: &Path,
        detects: bool,
        machine: &dyn ClientEnvironment,
        trace: &mut Trace,
    ) -> Result<Self, String> {
        let loaded = load_or_stop(machine, path, Format::Current, Dialect::Strict, trace)?;
        if let Some(loaded) = &loaded {
            let in_entry = |offset| loaded.config.auths.iter().any(|entry| entry.span.contains(&offset));
            let mut problems = loaded.config.problems.iter();
            // What is wrong inside an entry is noticed when the entry is used.
            if let Some(problem) = problems.find(|p| p.kind == ProblemKind::WrongType && !in_entry(p.offset))
            {
                return Err(format!("{}:{}: {}", path.display(), problem.place, problem.message));
            }
        }
        let is_configured = loaded.as_ref().is_some_and(|loaded| loaded.config.is_configured);
        let detected = if detects && !is_configured { default_store(machine, trace) } else { None };
        Ok(Self { path: path.to_owned(), loaded, detected })
    }

    /// Source: oras-go `registry/remote/credentials/store.go#DynamicStore.getHelperSuffix`, `native_store.go#Get`.
    fn get(
        &self,
        host: &str,
        machine: &dyn ClientEnvironment,
        trace: &mut Trace,
    ) -> Result<Option<Ending>, String> {
        let config = self.loaded.as_ref().map(|loaded| &loaded.config);
        let named =
            config.and_then(|config| config.helper_for(host)).filter(|entry| !entry.helper.is_empty());
        let store = config.and_then(|config| config.creds_store.as_ref());
        let (suffix, is_store, step) = match (named, store, self.detected) {
            (Some(entry), _, _) => (entry.helper.as_str(), false, format!("credHelpers[\"{host}\"]")),
            (None, Some(store), _) => (store.helper.as_str(), true, "credsStore".to_owned()),
            (None, None, Some(detected)) => (detected, true, "default store".to_owned()),
            (None, None, None) => {
                return self.loaded.as_ref().map_or(Ok(None), |loaded| stored(loaded, host, trace));
            }
        };
        trace.found(step, format!("is set to {suffix} ({})", self.path.display()));
        match ask(machine, suffix, host, trace) {
            Reply::Answered(sent) => Ok(Some(helper(suffix, is_store, sent))),
            Reply::NotFound | Reply::Blank => Ok(None),
            Reply::IdentityToken => Ok(Some(Ending::NOTHING)),
            Reply::Failed { message, .. } => Err(message),
        }
    }
}

/// What `auths` holds: half a login is something, although ECR has no use for it. Source: oras-go
/// `registry/remote/credentials/internal/config/config.go#GetCredential`.
fn stored(loaded: &Loaded, host: &str, trace: &mut Trace) -> Result<Option<Ending>, String> {
    let entries: Vec<&AuthsEntry> = matching(&loaded.config, host);
    if entries.is_empty() {
        trace.not_found("auths", format!("has no entry for this host ({})", loaded.path.display()));
        return Ok(None);
    }
    if let Some(entry) = entries.iter().find(|entry| entry.credentials.login().is_err()) {
        let at = loaded.at(entry.span.start);
        return Err(format!("{at}: the `auth` of {} cannot be decoded", entry.key));
    }
    if entries.iter().all(|entry| entry.credentials.is_empty()) {
        trace.not_found("auths", format!("has an empty entry for this host ({})", loaded.path.display()));
        return Ok(None);
    }
    Ok(Some(loaded.logins(&entries, AuthsEntry::login_for_basic, trace)))
}
