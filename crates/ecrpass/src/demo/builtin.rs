//! A small registry client for machines without docker: docker's rules for credentials, docker's words for refusals.
//!
//! It speaks plain HTTP, because it only ever speaks to the tour's own ECR on loopback.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use ecrpass_core::{AuthorizationToken, Secret};
use ecrpass_oci::http::status_line;
use ecrpass_oci::login::basic;
use ecrpass_oci::manifest::{Manifest, Piece};
use ecrpass_oci::{Http, Origin, RegistryClient, RegistryError};
use serde_json::Value;

use super::outcome::Run;
use super::stage::{REPOSITORY, Stage, TAG};
use crate::error::CommandError;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An operation: the credentials, and what is printed on the way.
struct Session<'a> {
    stage: &'a Stage,
    http: Http,
    authorization: Option<Secret>,
    output: String,
}

/// Pushes the stage's image.
pub fn push(stage: &Stage) -> Result<Run, CommandError> {
    run(stage, format!("docker push {}", stage.reference()), |session| {
        session.say(&format!("The push refers to repository [{}/{REPOSITORY}]", stage.registry()));
        session.find_credentials();
        for blob in stage.image.blobs() {
            session.ask(|client| client.upload(REPOSITORY, &blob.digest, &blob.data))?;
            let short = blob.digest.trim_start_matches("sha256:").get(..12).unwrap_or_default();
            session.say(&format!("{short}: Pushed"));
        }
        let manifest = stage.image.manifest();
        let stored = session
            .ask(|client| client.put_manifest(REPOSITORY, TAG, manifest.media_type, &manifest.data))?;
        let digest = stored.digest.unwrap_or_default();
        session.say(&format!("{TAG}: digest: {digest} size: {}", manifest.data.len()));
        Ok(())
    })
}

/// Pulls it, layers and all.
pub fn pull(stage: &Stage) -> Result<Run, CommandError> {
    run(stage, format!("docker pull {}", stage.reference()), |session| {
        session.find_credentials();
        let answer = session.ask(|client| client.manifest(REPOSITORY, TAG))?;
        session.say(&format!("{TAG}: Pulling from {REPOSITORY}"));
        let pieces: Vec<Piece> = match Manifest::parse(&answer.body) {
            Manifest::Image { config, layers } => layers.into_iter().chain(config).collect(),
            Manifest::Index { .. } => Vec::new(),
        };
        for piece in pieces {
            let blob = session.ask(|client| client.blob(REPOSITORY, &piece.digest))?;
            if Some(blob.body.len() as u64) != piece.size {
                return Err(format!("filesystem layer verification failed for digest {}", piece.digest));
            }
        }
        session.say(&format!("Digest: {}", answer.digest.unwrap_or_default()));
        session.say(&format!("Status: Downloaded newer image for {}", stage.reference()));
        Ok(())
    })
}

/// Logs in with the stage's password.
pub fn login(stage: &Stage) -> Result<Run, CommandError> {
    let command = format!("docker login --username AWS --password-stdin {}", stage.registry());
    run(stage, command, |session| {
        session.authorization = Some(basic(&AuthorizationToken::encode("AWS", &stage.login_password)));
        let attempt = session.client()?.ping();
        match attempt {
            Ok(_) => {
                session.say("Login Succeeded");
                Ok(())
            }
            Err(RegistryError::Refused(refusal)) => Err(format!(
                "Error response from daemon: login attempt to http://{}/v2/ failed with status: {}",
                stage.registry(),
                status_line(refusal.status)
            )),
            Err(error) => Err(error.to_string()),
        }
    })
}

/// The digest under the tag, asked for with a password of the registry's own making.
pub fn stored_digest(stage: &Stage) -> Option<String> {
    let mut session = Session::new(stage);
    let password = stage.ecr.forge_password(stage.ecr.region(), 600);
    session.authorization = Some(basic(&AuthorizationToken::encode("AWS", &password)));
    session.ask(|client| client.manifest(REPOSITORY, TAG)).ok()?.digest
}

fn run(
    stage: &Stage,
    command: String,
    operation: impl FnOnce(&mut Session<'_>) -> Result<(), String>,
) -> Result<Run, CommandError> {
    let mut session = Session::new(stage);
    let result = operation(&mut session);
    if let Err(message) = &result {
        session.say(message);
    }
    Ok(Run { command, success: result.is_ok(), output: session.output })
}

impl<'a> Session<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self { stage, http: Http::direct(PATIENCE), authorization: None, output: String::new() }
    }

    fn say(&mut self, line: &str) {
        self.output.push_str(line);
        self.output.push('\n');
    }

    fn client(&self) -> Result<RegistryClient<'_>, String> {
        let registry = self.stage.registry();
        let origin = Origin::http(registry).ok_or_else(|| format!("invalid reference format: {registry}"))?;
        Ok(RegistryClient::new(&self.http, origin, self.authorization.clone()))
    }

    /// Asks the registry; a refusal in docker's words.
    fn ask<T>(
        &self,
        what: impl FnOnce(&RegistryClient<'_>) -> Result<T, RegistryError>,
    ) -> Result<T, String> {
        what(&self.client()?).map_err(|error| {
            let Some(refusal) = error.refusal() else { return error.to_string() };
            match &refusal.code {
                _ if refusal.status == 401 && self.authorization.is_none() => {
                    "no basic auth credentials".to_owned()
                }
                Some(code) => {
                    format!("{}: {}", code.as_str().to_lowercase().replace('_', " "), refusal.message)
                }
                None => format!("received unexpected HTTP status: {}", status_line(refusal.status)),
            }
        })
    }

    /// docker's rule: the helper named for the host, else what is under `auths`.
    fn find_credentials(&mut self) {
        let config: Value = fs::read(self.stage.path("home/.docker/config.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let host = self.stage.registry().to_owned();
        let of_host = |map: &str| config.get(map).and_then(|map| map.get(&host));
        if let Some(helper) = of_host("credHelpers").and_then(Value::as_str) {
            self.authorization = self.ask_helper(helper, &host);
        } else if let Some(auth) =
            of_host("auths").and_then(|entry| entry.get("auth")).and_then(Value::as_str)
        {
            self.authorization = Some(basic(&Secret::new(auth.to_owned())));
        }
    }

    fn ask_helper(&mut self, helper: &str, host: &str) -> Option<Secret> {
        let program = self.stage.path("bin").join(format!("docker-credential-{helper}"));
        let mut child = Command::new(program)
            .arg("get")
            .env_clear()
            .envs(self.stage.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(host.as_bytes()).ok()?;
        let output = child.wait_with_output().ok()?;
        // docker passes the helper's standard error to the terminal.
        self.output.push_str(&String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
        let secret = Secret::new(answer.get("Secret")?.as_str()?.to_owned());
        let username = answer.get("Username").and_then(Value::as_str).unwrap_or_default();
        output.status.success().then(|| basic(&AuthorizationToken::encode(username, &secret)))
    }
}
