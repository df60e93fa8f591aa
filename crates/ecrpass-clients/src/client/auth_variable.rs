//! `DOCKER_AUTH_CONFIG`: a configuration in a variable, as CI systems keep one.

use ecrpass_json::Document;

use super::environment::ClientEnvironment;
use super::host::hostname;
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::{DockerConfig, Format};

/// The variable.
pub(super) const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// How docker CLI 28.3 and newer use it: nothing but `auths.<host>.auth`, keys matched exactly, and it wins over every
/// helper. Source: docker/cli `cli/config/configfile/file.go#parseEnvConfig`.
pub(super) fn docker(machine: &dyn ClientEnvironment, host: &str, trace: &mut Trace) -> Option<Ending> {
    let text = machine.nonempty_var(VARIABLE)?;
    let document = match Document::parse(&text) {
        Ok(document) => document,
        Err(error) => {
            trace.not_found(VARIABLE, format!("is ignored, with a warning: {}: {error}", error.place));
            return None;
        }
    };
    let members = document.root().members().unwrap_or_default();
    let strange = members.iter().find(|member| !member.key.eq_ignore_ascii_case("auths")).or_else(|| {
        let entries = members.iter().filter_map(|member| member.value.members()).flatten();
        entries
            .filter_map(|entry| entry.value.members())
            .flatten()
            .find(|field| !field.key.eq_ignore_ascii_case("auth"))
    });
    if let Some(member) = strange {
        let detail = format!(
            "is ignored, with a warning: it can contain only `auths` and their `auth`, but it contains `{}`",
            member.key
        );
        trace.not_found(VARIABLE, detail);
        return None;
    }
    let config = DockerConfig::read(&document, Format::Current);
    if let Some(problem) = config.problems.first() {
        trace.not_found(VARIABLE, format!("is ignored, with a warning: {}", problem.message));
        return None;
    }
    let Some(entry) = config.auths_in_force().find(|entry| entry.key == host) else {
        trace.not_found(VARIABLE, "is set, without an entry for exactly this host");
        return None;
    };
    let Ok(Some((user, _))) = entry.credentials.decoded() else {
        trace.not_found(VARIABLE, "has an empty entry for this host");
        return None;
    };
    trace.found(VARIABLE, format!("has an entry for this host, for user {user}, and wins over every helper"));
    Some(Ending::Environment { variable: VARIABLE, sent: Sent::Basic(vec![user]) })
}

/// How testcontainers use it: in place of the file, helpers and all.
pub(super) fn in_place_of_the_file(
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Option<DockerConfig> {
    let text = machine.nonempty_var(VARIABLE)?;
    match Document::parse(&text) {
        Ok(document) => {
            trace.found(VARIABLE, "is read in place of the file");
            Some(DockerConfig::read(&document, Format::Current))
        }
        Err(error) => {
            trace.not_found(VARIABLE, format!("cannot be read: {}: {error}", error.place));
            Some(DockerConfig::default())
        }
    }
}

/// How regclient uses it: merged over the file.
pub(super) fn merged(machine: &dyn ClientEnvironment, host: &str, trace: &mut Trace) -> Option<Ending> {
    let document = Document::parse(&machine.nonempty_var(VARIABLE)?).ok()?;
    let config = DockerConfig::read(&document, Format::Current);
    let entry = config.auths_in_force().find(|entry| entry.key == host || hostname(&entry.key) == host)?;
    let (user, _) = entry.credentials.decoded().ok()??;
    trace.found(VARIABLE, format!("has an entry for this host, for user {user}"));
    Some(Ending::Environment { variable: VARIABLE, sent: Sent::Basic(vec![user]) })
}
