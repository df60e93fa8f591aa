//! The proof: the installed client itself asks the registry.

use std::process::Command;
use std::time::Duration;

use ecrpass_clients::client::Client;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_credentials::refusal::HelperLine;
use serde::Serialize;

use crate::render::ui::Ui;
use crate::system::programs;

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An image nobody has: that it is not there is only told to those who are logged in.
const ABSENT: &str = "ecrpass/check:absent";

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "result")]
pub enum Check {
    /// The registry knew who asked.
    Authenticated,
    /// It did not, or the helper had nothing to give.
    Refused {
        /// The line that says so.
        why: String,
    },
    /// It could not be tried.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// Has a client pull an image that is not there; `None` for one that cannot be asked.
pub fn ask(environment: &dyn Environment, client: Client, host: &str, ui: &mut Ui) -> Option<Check> {
    let image = format!("{host}/{ABSENT}");
    let mut command = Command::new(environment.on_path(client.program()?)?);
    match client {
        Client::Docker | Client::Podman => command.args(["pull", "--quiet"]).arg(image),
        Client::Skopeo => command.arg("inspect").arg(format!("docker://{image}")),
        _ => return None,
    };
    ui.note(&format!("  asking {host} through {client} …"));
    Some(match programs::run(&mut command, "", PATIENCE) {
        Err(why) => Check::Unknown { why },
        Ok(output) => judge(&output.stderr),
    })
}

/// Texts of registries that know who asks. Source: Docker Registry HTTP API V2 error codes; ECR's denials name the
/// principal.
const KNOWN: [&str; 4] = ["name unknown", "manifest unknown", "not authorized to perform", "not found"];

/// Texts of registries, and of clients with nothing in hand, that do not.
const STRANGER: [&str; 5] = [
    "no basic auth credentials",
    "authorization token",
    "authentication required",
    "error getting credentials",
    "unauthorized",
];

fn judge(stderr: &str) -> Check {
    let line = |needle: &str| {
        let found = stderr.lines().find(|line| line.to_ascii_lowercase().contains(needle));
        found.map(|line| redact(line.trim()).into_owned())
    };
    if let Some(ours) = HelperLine::find(stderr) {
        let why = redact(ours.line.trim()).into_owned();
        // The helper lets pulls from ECR Public go on without.
        return if ours.goes_on { Check::Unknown { why } } else { Check::Refused { why } };
    }
    if let Some(why) = STRANGER.into_iter().find_map(line) {
        return Check::Refused { why };
    }
    if KNOWN.into_iter().any(|needle| line(needle).is_some()) {
        return Check::Authenticated;
    }
    let last = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Check::Unknown { why: redact(last.trim()).into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_registries_are_told_apart() {
        for known in [
            "Error response from daemon: name unknown: The repository with name 'ecrpass/check' does not exist in the registry with id '123456789012'",
            "Error: initializing source docker://h/ecrpass/check:absent: reading manifest absent in h/ecrpass/check: name unknown: …",
            "Error response from daemon: pull access denied for h/ecrpass/check, repository does not exist or may require 'docker login': denied: User: arn:aws:iam::1:user/a is not authorized to perform: ecr:BatchGetImage on resource: …",
        ] {
            assert_eq!(judge(known), Check::Authenticated, "{known}");
        }
        for stranger in [
            "Error response from daemon: Head \"https://h/v2/\": no basic auth credentials",
            "Error response from daemon: pull access denied for h/x, repository does not exist or may require 'docker login': denied: Your authorization token has expired. Reauthenticate and try again.",
            "ecr-login: [no-aws-credentials] There are none. Next: aws configure\nname unknown",
        ] {
            assert!(matches!(judge(stranger), Check::Refused { .. }), "{stranger}");
        }
        for neither in [
            "ecr-login: [no-aws-credentials] There are none. Next: aws configure (Going on without credentials; pulls from ECR Public need none.)",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
            "",
            "dial tcp: i/o timeout",
        ] {
            assert!(matches!(judge(neither), Check::Unknown { .. }), "{neither}");
        }
    }
}
