//! regctl, regsync and regbot: every source is merged into one picture of the host, the last word counting, and a helper
//! is asked at the end.

use std::path::PathBuf;

use ecrpass_core::Secret;
use ecrpass_core::token::password_expiry;
use ecrpass_json::Document;
use ecrpass_json::value::Value;

use super::auth_variable;
use super::environment::{ClientEnvironment, FileState};
use super::files::{self, load_or_stop};
use super::helper::{Reply, ask, helper};
use super::login_file::LoginFile;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Entry, Sent, Trace};
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format, ProblemKind};

pub(super) const REGCLIENT: Model = Model::new("regclient", resolve)
    .title("regclient (regctl, regsync)")
    .aliases(&["regctl", "regsync", "regbot"])
    .program("regctl")
    .login("regctl registry login --user AWS --pass-stdin", "regctl registry logout")
    .keeps(&[FILE])
    .run("0.11.7");

/// regctl's own file: `REGCTL_CONFIG`, else the one in the configuration directory if it is there, else the one in the home.
/// Source: regclient `cmd/regctl/config.go#ConfigLoadDefault`.
const FILE: LoginFile = LoginFile {
    holder: "regclient",
    format: Format::Regctl,
    places: |environment| {
        if let Some(path) = environment.nonempty_var("REGCTL_CONFIG") {
            return vec![PathBuf::from(path)];
        }
        let home = environment.home();
        let directory = environment.nonempty_var("XDG_CONFIG_HOME").map(PathBuf::from);
        let directory = directory.or_else(|| home.as_ref().map(|home| home.join(".config")));
        let in_directory = directory.map(|directory| directory.join("regctl").join("config.json"));
        let in_home = home.map(|home| home.join(".regctl").join("config.json"));
        in_directory.into_iter().chain(in_home).collect()
    },
    in_homes: &[".config/regctl/config.json", ".regctl/config.json"],
    on_machines: &[],
    ends: &["regctl/config.json", ".regctl/config.json"],
};

/// Source: regclient/regclient `config/docker.go#DockerLoad`, `config/host.go#Merge`, `#GetCred`, `cmd/regctl/root.go`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "regclient/regclient config/docker.go#dockerParse, config/host.go#Merge");
    let mut host = Host::default();
    match docker(request, machine, trace) {
        Ok(merged) => host = merged,
        // Neither the file nor the variable counts where one of them cannot be read.
        Err(why) => trace.not_found("docker's logins", format!("are passed over, with a warning: {why}")),
    }
    own(request, machine, &mut host, trace);
    host.ending(request, machine, trace)
}

/// What is known of the host.
#[derive(Default)]
struct Host {
    /// Where the user and the password come from, where both are there.
    login: Option<Ending>,
    /// A user without a password, as `list` of a store names one.
    has_token: bool,
    /// The helper, and whether it is for all registries.
    helper: Option<(String, bool)>,
    /// The key that makes it speak HTTP without TLS.
    plain: Option<String>,
}

impl Host {
    /// Merges what one place says into what others said. Source: regclient `config/host.go#Merge`.
    fn merge(&mut self, login: Option<Ending>, token: bool, helper: Option<(String, bool)>, is_listed: bool) {
        if helper.is_none() && (login.is_some() || self.has_token) {
            self.helper = None;
        }
        if helper.is_some() && login.is_none() && !token && !is_listed {
            self.login = None;
            self.has_token = false;
        }
        if login.is_some() {
            self.login = login;
        }
        self.has_token |= token;
        if helper.is_some() {
            self.helper = helper;
        }
    }

    /// Asks the helper; whatever it answers but credentials leaves what was there. Source: regclient
    /// `config/credhelper.go#get`.
    fn ending(self, request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
        if let Some(key) = self.plain {
            return Ending::Error(format!("`{key}` makes it speak HTTP without TLS, which ECR does not"));
        }
        if let Some((suffix, store)) = self.helper {
            match ask(machine, &suffix, &request.host, trace) {
                Reply::Answered(sent) => return helper(&suffix, store, sent),
                Reply::IdentityToken => return Ending::NOTHING,
                Reply::NotFound | Reply::Blank | Reply::Failed { .. } => {}
            }
        }
        self.login.unwrap_or(Ending::NOTHING)
    }
}

/// docker's file, then the variable.
fn docker(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Result<Host, String> {
    let mut host = Host::default();
    let path = request.configs.first().cloned().or_else(|| files::docker(machine.environment()));
    if let Some(path) = path
        && let Some(loaded) = load_or_stop(machine, &path, Format::Current, Dialect::Go, trace)?
    {
        refuse_wrong_types(&loaded.config)?;
        let login = |entries: &[&AuthsEntry], trace: &mut Trace| {
            loaded.logins(entries, AuthsEntry::login_for_basic, trace)
        };
        parse(&loaded.config, request, machine, &mut host, login, trace);
    }
    if let Some(text) = machine.nonempty_var(auth_variable::VARIABLE) {
        let document = Document::parse(&text)
            .map_err(|error| format!("{}: {}: {error}", auth_variable::VARIABLE, error.place))?;
        let config = DockerConfig::read(&document, Format::Current);
        refuse_wrong_types(&config)?;
        trace.found(auth_variable::VARIABLE, "is merged over the file");
        let login = |entries: &[&AuthsEntry], _: &mut Trace| {
            let users = entries.iter().filter_map(|entry| entry.login_for_basic()).collect();
            let expires_at = entries.iter().filter_map(|entry| entry.credentials.expires_at()).min();
            Ending::Environment { variable: auth_variable::VARIABLE, expires_at, sent: Sent::Basic(users) }
        };
        parse(&config, request, machine, &mut host, login, trace);
    }
    Ok(host)
}

fn refuse_wrong_types(config: &DockerConfig) -> Result<(), String> {
    match config.problems.iter().find(|problem| problem.kind == ProblemKind::WrongType) {
        Some(problem) => Err(format!("{}: {}", problem.place, problem.message)),
        None => Ok(()),
    }
}

/// The scheme of a key for this host; `None` for a key of another host, with a path, or with another scheme. Source:
/// regclient `config/host.go#parseName`, `#HostValidate`.
fn scheme<'a>(key: &'a str, host: &str) -> Option<&'a str> {
    let (scheme, rest) = key.split_once("://").unwrap_or(("https", key));
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    (name == host && path.is_empty() && ["https", "http"].contains(&scheme)).then_some(scheme)
}

/// Source: regclient `config/docker.go#dockerParse`.
fn parse(
    config: &DockerConfig,
    request: &Request,
    machine: &dyn ClientEnvironment,
    host: &mut Host,
    login: impl Fn(&[&AuthsEntry], &mut Trace) -> Ending,
    trace: &mut Trace,
) {
    let name = request.host.as_str();
    let helper_of = |key: &str| {
        config
            .helper_for(key)
            .filter(|entry| !entry.helper.is_empty())
            .map(|entry| (entry.helper.clone(), false))
    };
    let set_scheme = |host: &mut Host, key: &str| {
        host.plain = (scheme(key, name) == Some("http")).then(|| key.to_owned());
    };
    let entries: Vec<&AuthsEntry> =
        config.auths_in_force().filter(|entry| scheme(&entry.key, name).is_some()).collect();
    let with_login: Vec<&AuthsEntry> =
        entries.iter().copied().filter(|entry| entry.login_for_basic().is_some()).collect();
    // Go goes through them in any order; which of several has the last word is chance.
    let login = (!with_login.is_empty()).then(|| login(&with_login, trace));
    for entry in &entries {
        let undecodable = entry.credentials.login().is_err();
        let own = entry.login_for_basic().is_some();
        let token = entry.credentials.identity_token().is_some();
        let helper = helper_of(&entry.key);
        if undecodable || (!own && !token && helper.is_none()) {
            continue;
        }
        set_scheme(host, &entry.key);
        host.merge(login.clone().filter(|_| own), token, helper, false);
    }
    for entry in config.cred_helpers.iter().filter(|entry| !entry.overridden) {
        let has_login = config.auths_in_force().any(|login| login.key == entry.key);
        if scheme(&entry.key, name).is_some() && !has_login {
            trace.found(format!("credHelpers[\"{}\"]", entry.key), format!("is set to {}", entry.helper));
            set_scheme(host, &entry.key);
            host.merge(None, false, Some((entry.helper.clone(), false)), false);
        }
    }
    let Some(store) = &config.creds_store else { return };
    let listed = machine.list(&store.helper).unwrap_or_default();
    let Some(key) = listed.iter().find(|key| scheme(key, name).is_some()) else {
        let detail = format!(
            "is set to {}, which does not list this host; this client asks for nothing else",
            store.helper
        );
        trace.not_found("credsStore", detail);
        return;
    };
    trace.found("credsStore", format!("is set to {}, which lists this host", store.helper));
    set_scheme(host, key);
    host.merge(None, false, Some((store.helper.clone(), true)), true);
}

/// regctl's own file, which has the last word.
fn own(request: &Request, machine: &dyn ClientEnvironment, host: &mut Host, trace: &mut Trace) -> Option<()> {
    let places = FILE.places(machine.environment());
    let is_there = |path: &&PathBuf| !matches!(machine.file(path), FileState::Missing);
    let path = places.iter().find(is_there)?;
    let FileState::Text(text) = machine.file(path) else { return None };
    let document = Document::parse(&text).ok()?;
    let position = |value: &Value, key: &str| value.members()?.iter().position(|member| member.key == key);
    let hosts = position(document.root(), "hosts")?;
    let index = position(&document.member(&[hosts])?.value, &request.host)?;
    let entry = document.member(&[hosts, index])?;
    let fields = entry.value.members()?;
    let field = |name: &str| {
        let field = fields.iter().find(|field| field.key == name)?;
        field.value.text().filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let place = document.place(entry.key_span.start);
    let password = field("pass").map(Secret::new);
    let expires_at = password.as_ref().and_then(|password| password_expiry(password.expose()));
    let login = field("user").filter(|_| password.is_some()).map(|user| {
        trace.found(path.display().to_string(), format!("has a password for user {user} ({place})"));
        Ending::Auths {
            file: path.clone(),
            entries: vec![Entry { key: request.host.clone(), place, expires_at }],
            sent: Sent::Basic(vec![user]),
        }
    });
    let helper = field("credHelper").map(|program| {
        trace.found(path.display().to_string(), format!("names {program} ({place})"));
        (program.strip_prefix("docker-credential-").unwrap_or(&program).to_owned(), false)
    });
    match field("tls").as_deref() {
        Some("disabled") => host.plain = Some(request.host.clone()),
        Some(_) => host.plain = None,
        None => {}
    }
    host.merge(login, field("token").is_some(), helper, false);
    Some(())
}
