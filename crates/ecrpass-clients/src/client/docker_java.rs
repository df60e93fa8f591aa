//! docker-java: docker's file, in which any key with the host stands for it, and which must be sound to its end.
//! testcontainers for Java starts with it and falls back to it.

use std::path::Path;
use std::sync::Arc;

use super::environment::{ClientEnvironment, FileState};
use super::files::{self, Load, Reader};
use super::loaded::Loaded;
use super::resolution::{Ending, Trace};
use crate::docker_config::{AuthError, AuthsEntry, Dialect, Format, ProblemKind};

/// Reads docker's file, or else the legacy file in the same directory. Source: docker-java
/// `DockerConfigFile.java#loadConfig`.
///
/// # Errors
/// What is wrong with it, and where: of all its entries, one that cannot be decoded is enough.
pub(super) fn load(
    machine: &dyn ClientEnvironment,
    path: &Path,
    trace: &mut Trace,
) -> Result<Option<Arc<Loaded>>, String> {
    let legacy = path.with_file_name(".dockercfg");
    for (path, format) in [(path, Format::Current), (legacy.as_path(), Format::Legacy)] {
        let step = path.display().to_string();
        if matches!(machine.file(path), FileState::Text(text) if text.trim().is_empty()) {
            return Err(format!("{step}: is empty"));
        }
        match files::load(machine, path, format, Dialect::Strict, Reader::Jackson) {
            Load::Missing => trace.not_found(step, "there is no such file"),
            Load::Refused(why) => return Err(why),
            Load::Loaded(loaded) => {
                check(&loaded)?;
                trace.found(step, "is read");
                return Ok(Some(loaded));
            }
        }
    }
    Ok(None)
}

/// Every entry is decoded, whoever it is for; helpers are not looked at.
fn check(loaded: &Loaded) -> Result<(), String> {
    let mut problems = loaded.config.problems.iter();
    let wrong = problems
        .find(|problem| problem.kind == ProblemKind::WrongType && !loaded.is_in_helpers(problem.offset));
    if let Some(wrong) = wrong {
        return Err(format!("{}: {}", loaded.at(wrong.offset), wrong.message));
    }
    for entry in loaded.config.auths_in_force() {
        let at = || loaded.at(entry.span.start);
        if entry.is_null {
            return Err(format!("{}: {} is null", at(), entry.key));
        }
        decoded(entry).map_err(|error| format!("{}: the `auth` of {} {error}", at(), entry.key))?;
    }
    Ok(())
}

/// The user of an entry: `auth` has priority over the separate fields. Source: docker-java
/// `DockerConfigFile.java#decodeAuth`.
pub(super) fn decoded(entry: &AuthsEntry) -> Result<Option<String>, AuthError> {
    entry.credentials.login_for_java()
}

/// What the file has for a host: the key that is the host, else the first that has it. Source: docker-java
/// `DockerConfigFile.java#resolveAuthConfig`.
pub(super) fn look_up(loaded: &Loaded, host: &str, trace: &mut Trace) -> Ending {
    let entries = || loaded.config.auths_in_force();
    let exact = entries().find(|entry| entry.key == host);
    match exact.or_else(|| entries().find(|entry| hostname(&entry.key) == host)) {
        Some(entry) => loaded.logins(&[entry], |entry| decoded(entry).ok().flatten(), trace),
        None => {
            trace.not_found("auths", "has nothing for this host");
            Ending::NOTHING
        }
    }
}

/// What docker-java takes for the host of a key.
fn hostname(key: &str) -> &str {
    let rest = key.strip_prefix("http://").or_else(|| key.strip_prefix("https://")).unwrap_or(key);
    rest.split_once('/').map_or(rest, |(host, _)| host)
}
