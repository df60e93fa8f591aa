//! The files that hold registry logins: what is in them, what is wrong with them, and which of them the client reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::{FileState, Machine, Resolution};
use ecrpass_clients::docker_config::DockerConfig;
use ecrpass_clients::repair::{Change, Safety, repair};
use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::normalize_host;
use ecrpass_diagnosis::facts::{Configuration, Mistake};
use ecrpass_json::Document;

use crate::commands::fix::with_situation;
use crate::files;
use crate::machine::{Asking, LocalMachine, read};

/// Every file that holds registry logins: this user's, and those this process does not read though somebody may have
/// meant it to.
pub fn all(resolutions: &[Resolution]) -> Vec<Configuration> {
    let machine = LocalMachine { asking: Asking::Look };
    let own = files::present();
    let foreign = meant(&machine).into_iter().filter(|path| !own.contains(path) && path.exists());
    let all: Vec<PathBuf> = own.iter().cloned().chain(foreign).collect();
    all.iter().map(|path| configuration(path, own.contains(path) && is_read(path, resolutions))).collect()
}

/// Where a login may have been made for this process without its knowing.
fn meant(machine: &LocalMachine) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    if machine.set_variable("DOCKER_CONFIG").is_some()
        && let Some(home) = machine.home()
    {
        paths.push(home.join(".docker/config.json"));
    }
    if let Some(user) = machine.set_variable("SUDO_USER").filter(|user| is_name(user)) {
        let home = home_of(&user).unwrap_or_else(|| PathBuf::from("/home").join(&user));
        paths.push(home.join(".docker/config.json"));
    }
    // sudo without -H, and services that set HOME, look elsewhere than the user's entry says.
    if let Some(home) =
        machine.set_variable("USER").filter(|user| is_name(user)).and_then(|user| home_of(&user))
    {
        paths.push(home.join(".docker/config.json"));
    }
    paths
}

fn is_name(user: &str) -> bool {
    user.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) && !user.starts_with('.')
}

/// A user's home by the password file.
fn home_of(user: &str) -> Option<PathBuf> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = text.lines().find(|line| line.split(':').next() == Some(user))?;
    line.split(':').nth(5).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Whether the client looked into that file on its way.
fn is_read(path: &Path, resolutions: &[Resolution]) -> bool {
    // Where no registry is in question, every file of this user's counts.
    if resolutions.is_empty() {
        return true;
    }
    let text = path.display().to_string();
    resolutions.iter().any(|resolution| {
        resolution.file.as_deref() == Some(path)
            || resolution.summary.contains(&text)
            || resolution.steps.iter().any(|step| step.step.contains(&text) || step.detail.contains(&text))
    })
}

fn configuration(path: &Path, own: bool) -> Configuration {
    let mut configuration = Configuration {
        path: path.display().to_string(),
        own,
        unreadable: None,
        mistakes: Vec::new(),
        hosts: Vec::new(),
    };
    let text = match read(path) {
        FileState::Text(text) => text,
        FileState::Unreadable(why) => {
            if why.to_ascii_lowercase().contains("permission denied") {
                configuration.unreadable = Some(why);
            } else {
                // It is no text that any client reads.
                configuration.mistakes.push(invalid(1, 1, &why));
            }
            return configuration;
        }
        FileState::Missing => return configuration,
    };
    let format = files::format_of(path);
    match with_situation(None, |situation| repair(&text, format, situation, false)) {
        Ok(repaired) => {
            configuration.mistakes = repaired.changes.iter().chain(&repaired.left).map(mistake).collect();
        }
        Err(error) => {
            configuration.mistakes.push(invalid(error.place.line, error.place.column, &error.message))
        }
    }
    if let Ok(document) = Document::parse(&text) {
        let config = DockerConfig::read(&document, format);
        let logins =
            config.auths_in_force().filter(|entry| !entry.credentials.is_empty()).map(|entry| &entry.key);
        let helpers =
            config.cred_helpers.iter().filter(|entry| !entry.helper.is_empty()).map(|entry| &entry.key);
        let hosts: BTreeSet<String> = logins.chain(helpers).map(|key| normalize_host(key)).collect();
        configuration.hosts = hosts.iter().map(|host| redact(host).into_owned()).collect();
    }
    configuration
}

fn invalid(line: usize, column: usize, problem: &str) -> Mistake {
    Mistake {
        id: DiagnosisId::ConfigJsonInvalid.slug().to_owned(),
        line,
        column,
        problem: redact(problem).into_owned(),
        fix: "correct it there".to_owned(),
        safety: "manual".to_owned(),
    }
}

fn mistake(change: &Change) -> Mistake {
    Mistake {
        id: change.id.slug().to_owned(),
        line: change.place.line,
        column: change.place.column,
        problem: redact(&change.problem).into_owned(),
        fix: redact(&change.fix).into_owned(),
        safety: match change.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
            Safety::Manual => "manual",
        }
        .to_owned(),
    }
}

/// The helper a file names for a host: for it alone, or for all.
pub fn helper_named(path: &Path, host: &str, stores: bool) -> Option<String> {
    let FileState::Text(text) = read(path) else { return None };
    let document = Document::parse(&text).ok()?;
    let config = DockerConfig::read(&document, files::format_of(path));
    match config.helper_for(host) {
        Some(entry) => Some(entry.helper.clone()),
        None => config.creds_store.filter(|_| stores).map(|store| store.helper),
    }
    // A name with anything else in it is no program's, and may be something that nobody should see.
    .filter(|helper| {
        !helper.is_empty() && helper.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    })
}

/// The hosts that this user's configurations hold logins or helpers for.
pub fn hosts() -> BTreeSet<String> {
    files::present().iter().flat_map(|path| configuration(path, true).hosts).collect()
}
