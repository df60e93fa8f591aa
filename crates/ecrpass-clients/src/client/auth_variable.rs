//! `DOCKER_AUTH_CONFIG`: a configuration in a variable, as CI systems keep one.

use ecrpass_json::{Document, is_field};

use super::environment::ClientEnvironment;
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
    let strange = members.iter().find(|member| !is_field(&member.key, "auths")).or_else(|| {
        let entries = members.iter().filter_map(|member| member.value.members()).flatten();
        entries
            .filter_map(|entry| entry.value.members())
            .flatten()
            .find(|field| !is_field(&field.key, "auth"))
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
    let expires_at = entry.credentials.expires_at();
    Some(Ending::Environment { variable: VARIABLE, expires_at, sent: Sent::Basic(vec![user]) })
}

/// How testcontainers for Go uses it: in place of the file, helpers and all.
///
/// # Errors
/// When it is set and cannot be read.
pub(super) fn in_place_of_the_file(
    machine: &dyn ClientEnvironment,
    trace: &mut Trace,
) -> Result<Option<DockerConfig>, String> {
    let Some(text) = machine.nonempty_var(VARIABLE) else { return Ok(None) };
    let document = Document::parse(&text)
        .map_err(|error| format!("{VARIABLE} cannot be read: {}: {error}", error.place))?;
    trace.found(VARIABLE, "is read in place of the file");
    Ok(Some(DockerConfig::read(&document, Format::Current)))
}
