//! What the client really sends: the stored password or the helper's answer. They are used, and not written down.

use std::process::Command;
use std::time::Duration;

use ecrpass_clients::client::{Resolution, Supplier, is_ecr_helper};
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::Secret;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::normalize_host;
use ecrpass_credentials::refusal::HelperLine;
use ecrpass_diagnosis::facts::{ClientCredentials, Seen};
use ecrpass_json::Document;
use ecrpass_oci::Login;

use super::configurations::stored;
use crate::system::machine::LocalMachine;
use crate::system::programs;

/// What a client offers a registry.
pub fn read(
    machine: &LocalMachine<'_>,
    resolution: &Resolution,
    patience: Duration,
) -> (Seen<ClientCredentials>, Option<Login>) {
    let environment = machine.environment;
    let nothing = || (Seen::Known(ClientCredentials::default()), None);
    match resolution.outcome {
        Supplier::Helper | Supplier::Store => match &resolution.helper {
            Some(helper) => ask(environment, helper, &resolution.host, patience),
            None => nothing(),
        },
        Supplier::Auths => match stored(machine, resolution) {
            Some((username, password)) => observed(username, password),
            None => nothing(),
        },
        Supplier::Environment => match variable(environment, &resolution.host) {
            Some((username, password)) => observed(username, password),
            None => (Seen::Unknown("it is in a variable that is not read here".to_owned()), None),
        },
        Supplier::Anonymous => nothing(),
        Supplier::Unknown => (Seen::Unknown(redact(&resolution.summary).into_owned()), None),
        Supplier::Error => {
            let failure = Some(redact(&resolution.summary).into_owned());
            (Seen::Known(ClientCredentials { failure, ..ClientCredentials::default() }), None)
        }
    }
}

/// Credentials as facts, and themselves.
fn observed(username: String, password: Secret) -> (Seen<ClientCredentials>, Option<Login>) {
    let facts = ClientCredentials::of(&username, &password);
    (Seen::Known(facts), Some(Login { username, password }))
}

fn ask(
    environment: &dyn Environment,
    helper: &str,
    host: &str,
    patience: Duration,
) -> (Seen<ClientCredentials>, Option<Login>) {
    let failed = |text: &str| {
        let line = words(text);
        let line = if HelperLine::read(&line).is_some() || line.starts_with("docker-credential-") {
            line
        } else {
            format!("docker-credential-{helper}: {line}")
        };
        (Seen::Known(ClientCredentials::refused(line)), None)
    };
    let name = format!("docker-credential-{helper}");
    let Some(program) = environment.on_path(&name) else { return failed(&format!("{name} is not on PATH")) };
    let output = match programs::run(Command::new(program).arg("get"), host, patience) {
        Ok(output) => output,
        Err(why) => return failed(&format!("{name}: {why}")),
    };
    if !output.success {
        // Amazon's helper says so of every failure; a store that says so has nothing.
        if output.stdout.trim() == programs::NOT_FOUND && !is_ecr_helper(helper) {
            return (Seen::Known(ClientCredentials::default()), None);
        }
        let text = if output.stderr.trim().is_empty() { &output.stdout } else { &output.stderr };
        return failed(text);
    }
    let Some((username, password)) = programs::credentials(&output.stdout) else {
        return failed(&format!("{name} answered with something other than JSON"));
    };
    if username.is_empty() || password.expose().is_empty() {
        return failed(&format!("{name} answered without credentials"));
    }
    observed(username, password)
}

/// A helper's complaint in a line. Nobody knows what strangers' helpers print: what may be a password is taken out.
fn words(text: &str) -> String {
    if let Some(ours) = HelperLine::find(text) {
        return redact(ours.line.trim()).chars().take(500).collect();
    }
    let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    let line = redact(line.trim());
    let words = line.split_whitespace().map(|word| if may_be_password(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(500).collect()
}

/// Letters and digits mixed, and no place, number, host or version.
fn may_be_password(word: &str) -> bool {
    let login = word.split_once('@').is_some_and(|(before, _)| before.contains(':'));
    let mixed = word.len() >= 8
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
        && !word.contains(['/', '.', ':', '-', '_', '`']);
    login || mixed
}

/// The password in `DOCKER_AUTH_CONFIG`, which has the form of docker's file.
fn variable(environment: &dyn Environment, host: &str) -> Option<(String, Secret)> {
    let text = zeroize::Zeroizing::new(environment.var("DOCKER_AUTH_CONFIG")?);
    let document = Document::parse(&text).ok()?;
    let config = DockerConfig::read(&document, Format::Current);
    let entry = config.auths_in_force().find(|entry| normalize_host(&entry.key) == host)?;
    entry.credentials.decoded().ok()?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_not_repeated() {
        assert_eq!(
            words("x\nerror: token S3cr3tPassw0rd for user:pw1@host is bad\n"),
            "error: token [redacted] for … is bad"
        );
        let ours = "ecr-login: [sso-session-expired] It is over. Next: aws sso login --profile prod2024x";
        assert_eq!(words(&format!("noise\n{ours}\n")), ours);
        let plain = "Cannot autolaunch D-Bus without X11 $DISPLAY, see /usr/share/doc/1234abcd version 0.6.0";
        assert_eq!(words(plain), plain);
    }
}
