//! The files that hold registry logins: what is in them, what is wrong with them, and which of them the client reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecrpass_clients::client::files::{understand, understood};
use ecrpass_clients::client::{ClientEnvironment, FileState, Loaded, Obstacle, Resolution};
use ecrpass_clients::docker_config::Dialect;
use ecrpass_clients::repair::HELPERS;
use ecrpass_core::Registry;
use ecrpass_diagnosis::facts::{BEYOND, ConfigProblem, Configuration};
use zeroize::Zeroizing;

use ecrpass_core::Secret;
use ecrpass_core::environment::Environment;

use super::known_machine::with_known_machine;
use crate::system::files;
use crate::system::machine::LocalMachine;

/// Every file that holds registry logins: this user's, and those this process does not read though somebody may have
/// meant it to.
pub fn all(machine: &LocalMachine<'_>, resolutions: &[Arc<Resolution>]) -> Vec<Configuration> {
    let environment = machine.environment;
    let own = files::present(environment);
    let foreign = meant(environment).into_iter().filter(|path| !own.contains(path) && path.exists());
    let all: Vec<PathBuf> = own.iter().cloned().chain(foreign).collect();
    let about: BTreeSet<String> = resolutions.iter().map(|resolution| resolution.host.clone()).collect();
    let look = |path: &PathBuf| {
        let seen = configuration(machine, path, own.contains(path) && is_read(path, resolutions), &about);
        // Of two large files, what was parsed of both is much.
        machine.parsed.let_go(path);
        seen
    };
    all.iter().map(look).collect()
}

/// The same files before they are looked through, with the reason if nobody comes to that.
pub fn not_looked_through(
    environment: &dyn Environment,
    resolutions: &[Arc<Resolution>],
    why: &str,
) -> Vec<Configuration> {
    let own = files::present(environment);
    let of = |path: &PathBuf| {
        let unread = Some(why.to_owned());
        Configuration { unread, ..Configuration::new(path.display().to_string(), is_read(path, resolutions)) }
    };
    own.iter().map(of).collect()
}

/// Where a login may have been made for this process without its knowing.
fn meant(environment: &dyn Environment) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    if environment.nonempty_var("DOCKER_CONFIG").is_some()
        && let Some(home) = environment.home()
    {
        paths.push(home.join(".docker/config.json"));
    }
    if let Some(user) = environment.nonempty_var("SUDO_USER").filter(|user| is_name(user)) {
        let home = home_of(&user).unwrap_or_else(|| PathBuf::from("/home").join(&user));
        paths.push(home.join(".docker/config.json"));
    }
    // sudo without -H, and services that set HOME, look elsewhere than the user's entry says.
    if let Some(home) =
        environment.nonempty_var("USER").filter(|user| is_name(user)).and_then(|user| home_of(&user))
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
fn is_read(path: &Path, resolutions: &[Arc<Resolution>]) -> bool {
    // Where no registry is in question, every file of this user's counts.
    if resolutions.is_empty() {
        return true;
    }
    resolutions.iter().any(|resolution| resolution.files_read.contains(path))
}

fn configuration(
    machine: &LocalMachine<'_>,
    path: &Path,
    own: bool,
    about: &BTreeSet<String>,
) -> Configuration {
    let shown = path.display().to_string();
    let mut unread = Configuration::new(shown.clone(), own);
    let of = |text: &Arc<Zeroizing<String>>| {
        let format = files::format_of(path, machine.environment);
        let read = understand(machine, path, format, Dialect::Go, text);
        with_known_machine(machine.environment, None, None, |known| {
            Configuration::of(shown.clone(), own, read.as_deref(), about, known)
        })
    };
    match machine.file(path) {
        FileState::Text(text) => of(&text),
        FileState::Unreadable(why) if why.obstacle == Obstacle::TooLarge => {
            unread.unread = Some(format!("{why}{BEYOND}"));
            unread
        }
        FileState::Unreadable(why) if why.obstacle.is_refusal() => {
            unread.unreadable = Some(why.to_string());
            unread
        }
        FileState::Unreadable(why) => {
            if let Some(mut read) = why.as_go_reads().map(of)
                && !read.problems.iter().any(ConfigProblem::is_of_all)
            {
                read.problems.push(ConfigProblem {
                    fix: "write it in UTF-8".to_owned(),
                    ..ConfigProblem::invalid(1, 1, &format!("{why}: Python and Java clients refuse the file"))
                });
                return read;
            }
            // It is no text that any client reads.
            unread.problems.push(ConfigProblem::invalid(1, 1, &why.to_string()));
            unread
        }
        FileState::Missing => unread,
    }
}

/// The files of this user's that cannot be read, and why.
pub fn unreadable(environment: &dyn Environment) -> Vec<String> {
    let files = files::present(environment);
    let why = files.iter().filter_map(|path| match FileState::read(environment, path) {
        FileState::Unreadable(why) if why.as_go_reads().is_none() => {
            Some(format!("{} cannot be read: {why}", path.display()))
        }
        _ => None,
    });
    why.collect()
}

/// A file as docker reads it, if it does; nobody else is to have what was parsed of it.
fn as_docker_reads(environment: &dyn Environment, path: &Path) -> Option<Arc<Loaded>> {
    understood(&LocalMachine::looking(environment), path, files::format_of(path, environment))
}

/// The helper a file names for a host: for it alone, or for all.
pub fn helper_named(machine: &LocalMachine<'_>, path: &Path, host: &str, stores: bool) -> Option<String> {
    let file = understood(machine, path, files::format_of(path, machine.environment))?;
    let helper = match file.config.helper_for(host) {
        Some(entry) => Some(&entry.helper),
        None => file.config.creds_store.as_ref().filter(|_| stores).map(|store| &store.helper),
    };
    // A name with anything else in it is no program's, and may be something that nobody should see.
    let is_name = |helper: &&String| {
        !helper.is_empty() && helper.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    helper.filter(is_name).cloned()
}

/// The password that stands at the place a resolution names.
pub fn stored(machine: &LocalMachine<'_>, resolution: &Resolution) -> Option<(String, Secret)> {
    let path = resolution.file.as_deref()?;
    let file = understood(machine, path, files::format_of(path, machine.environment))?;
    let mut entries = file.config.auths_in_force();
    let entry = entries.find(|entry| Some(file.document.place(entry.span.start)) == resolution.place)?;
    entry.credentials.decoded().ok()?
}

/// The names under which this user's configurations have the ECR helper.
pub fn ecr_helpers(environment: &dyn Environment) -> BTreeSet<&'static str> {
    let named = helpers_named(environment).into_iter();
    named.filter_map(|(_, helper)| HELPERS.into_iter().find(|name| *name == helper)).collect()
}

/// Every ECR helper that this user's configurations name, ours or Amazon's, Windows's with its ending, with the file.
pub fn helpers_named(environment: &dyn Environment) -> BTreeSet<(PathBuf, String)> {
    let mut named = BTreeSet::new();
    for path in files::present(environment) {
        let Some(file) = as_docker_reads(environment, &path) else { continue };
        let stores = file.config.creds_store.iter().map(|store| &store.helper);
        let all = file.config.cred_helpers.iter().map(|entry| &entry.helper).chain(stores);
        let is_one = |helper: &&String| HELPERS.contains(&helper.trim_end_matches(".exe"));
        named.extend(all.filter(is_one).map(|helper| (path.clone(), helper.clone())));
    }
    named
}

/// The ECR registries that this user's configurations are made for: with a login or a helper, or in place of either.
pub fn hosts(environment: &dyn Environment) -> BTreeSet<String> {
    let mut hosts = BTreeSet::new();
    for path in files::present(environment) {
        let Some(file) = as_docker_reads(environment, &path) else { continue };
        let logins = file.config.auths.iter().map(|entry| &entry.key);
        let keys = logins.chain(file.config.cred_helpers.iter().map(|entry| &entry.key));
        hosts.extend(keys.filter_map(|key| Some(Registry::parse(key).ok()?.host().to_owned())));
    }
    hosts
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use ecrpass_system::ProcessEnvironment;

    use super::*;

    #[test]
    fn a_file_the_system_refuses_is_none_with_mistakes() {
        let directory = tempfile::tempdir().unwrap();
        let looped = directory.path().join("loop");
        std::os::unix::fs::symlink(&looped, &looped).unwrap();
        let file = directory.path().join("config.json");
        std::fs::write(&file, b"\xff\xfe{").unwrap();
        let seen = |path: &Path| {
            configuration(&LocalMachine::looking(&ProcessEnvironment), path, true, &BTreeSet::new())
        };
        for refused in [&looped, &file.join("config.json")] {
            let seen = seen(refused);
            assert!(seen.unreadable.is_some() && seen.problems.is_empty(), "{seen:?}");
        }
        let seen = seen(&file);
        assert!(seen.unreadable.is_none() && seen.problems.len() == 1, "{seen:?}");
    }
}
