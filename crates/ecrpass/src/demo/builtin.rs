//! A small registry client for machines without docker: docker's rules for credentials, docker's words for refusals.
//!
//! It speaks plain HTTP, because it only ever speaks to the tour's own ECR on loopback.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use ecrpass_core::{AuthorizationToken, Secret};
use serde_json::Value;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::outcome::Run;
use super::stage::{REPOSITORY, Stage, TAG};
use crate::error::CommandError;

/// An operation: the agent, the credentials, and what is printed on the way.
struct Session<'a> {
    stage: &'a Stage,
    agent: Agent,
    authorization: Option<Secret>,
    output: String,
}

/// Pushes the stage's image.
pub fn push(stage: &Stage) -> Result<Run, CommandError> {
    run(stage, format!("docker push {}", stage.reference()), |session| {
        session.say(&format!("The push refers to repository [{}/{REPOSITORY}]", stage.registry()));
        session.find_credentials();
        for blob in stage.image.blobs() {
            session.upload(&blob.digest, &blob.data)?;
        }
        let manifest = stage.image.manifest();
        let url = session.url(&format!("manifests/{TAG}"));
        let request = session.agent.put(&url).header("content-type", manifest.media_type);
        let response = session.checked(session.authorized(request).send(&manifest.data[..]))?;
        let digest = header(&response, "docker-content-digest");
        session.say(&format!("{TAG}: digest: {digest} size: {}", manifest.data.len()));
        Ok(())
    })
}

/// Pulls it, layers and all.
pub fn pull(stage: &Stage) -> Result<Run, CommandError> {
    run(stage, format!("docker pull {}", stage.reference()), |session| {
        session.find_credentials();
        let manifest = session.get(&format!("manifests/{TAG}"))?;
        let digest = header(&manifest, "docker-content-digest");
        let manifest: Value = session.body(manifest)?;
        session.say(&format!("{TAG}: Pulling from {REPOSITORY}"));
        let layers = manifest["layers"].as_array().cloned().unwrap_or_default();
        for piece in layers.iter().chain([&manifest["config"]]) {
            let wanted = piece["digest"].as_str().unwrap_or_default();
            let blob = session.get(&format!("blobs/{wanted}"))?;
            let size = blob.into_body().read_to_vec().map_err(|error| error.to_string())?.len();
            if Some(size as u64) != piece["size"].as_u64() {
                return Err(format!("filesystem layer verification failed for digest {wanted}"));
            }
        }
        session.say(&format!("Digest: {digest}"));
        session.say(&format!("Status: Downloaded newer image for {}", stage.reference()));
        Ok(())
    })
}

/// Logs in with the stage's password.
pub fn login(stage: &Stage) -> Result<Run, CommandError> {
    let command = format!("docker login --username AWS --password-stdin {}", stage.registry());
    run(stage, command, |session| {
        session.authorization = Some(AuthorizationToken::encode("AWS", &stage.login_password));
        let url = format!("http://{}/v2/", stage.registry());
        let response =
            session.authorized(session.agent.get(&url)).call().map_err(|error| error.to_string())?;
        match response.status() {
            StatusCode::OK => {
                session.say("Login Succeeded");
                Ok(())
            }
            status => Err(format!(
                "Error response from daemon: login attempt to {url} failed with status: {status}"
            )),
        }
    })
}

/// The digest under the tag, asked for with a password of the registry's own making.
pub fn stored_digest(stage: &Stage) -> Option<String> {
    let mut session = Session::new(stage);
    let password = stage.ecr.forge_password(stage.ecr.region(), 600);
    session.authorization = Some(AuthorizationToken::encode("AWS", &password));
    let manifest = session.get(&format!("manifests/{TAG}")).ok()?;
    Some(header(&manifest, "docker-content-digest"))
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
        let agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        Self { stage, agent, authorization: None, output: String::new() }
    }

    fn say(&mut self, line: &str) {
        self.output.push_str(line);
        self.output.push('\n');
    }

    fn url(&self, rest: &str) -> String {
        format!("http://{}/v2/{REPOSITORY}/{rest}", self.stage.registry())
    }

    /// docker's rule: the helper named for the host, else what is under `auths`.
    fn find_credentials(&mut self) {
        let config: Value = fs::read(self.stage.path("home/.docker/config.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let host = self.stage.registry().to_owned();
        if let Some(helper) = config["credHelpers"][&host].as_str() {
            self.authorization = self.ask_helper(helper, &host);
        } else if let Some(auth) = config["auths"][&host]["auth"].as_str() {
            self.authorization = Some(Secret::new(auth.to_owned()));
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
        let secret = Secret::new(answer["Secret"].as_str()?.to_owned());
        output
            .status
            .success()
            .then(|| AuthorizationToken::encode(answer["Username"].as_str().unwrap_or_default(), &secret))
    }

    fn authorized<Any>(&self, request: ureq::RequestBuilder<Any>) -> ureq::RequestBuilder<Any> {
        match &self.authorization {
            Some(auth) => request.header("authorization", format!("Basic {}", auth.expose())),
            None => request,
        }
    }

    fn get(&self, path: &str) -> Result<Response<Body>, String> {
        let request = self.agent.get(self.url(path)).header("accept", "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, */*");
        self.checked(self.authorized(request).call())
    }

    fn body(&self, response: Response<Body>) -> Result<Value, String> {
        let bytes = response.into_body().read_to_vec().map_err(|error| error.to_string())?;
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())
    }

    fn upload(&mut self, digest: &str, data: &[u8]) -> Result<(), String> {
        let response =
            self.checked(self.authorized(self.agent.post(self.url("blobs/uploads/"))).send_empty())?;
        let location = header(&response, "location");
        let url = if location.starts_with('/') {
            format!("http://{}{location}", self.stage.registry())
        } else {
            location
        };
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}digest={digest}");
        let request = self.agent.put(&url).header("content-type", "application/octet-stream");
        self.checked(self.authorized(request).send(data))?;
        self.say(&format!("{}: Pushed", digest.trim_start_matches("sha256:").get(..12).unwrap_or_default()));
        Ok(())
    }

    /// A refusal in docker's words.
    fn checked(&self, response: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, String> {
        let response = response.map_err(|error| error.to_string())?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status == StatusCode::UNAUTHORIZED && self.authorization.is_none() {
            return Err("no basic auth credentials".to_owned());
        }
        let body = response.into_body().read_to_string().unwrap_or_default();
        let error: Value = serde_json::from_str(&body).unwrap_or_default();
        let (code, message) = (&error["errors"][0]["code"], &error["errors"][0]["message"]);
        Err(match (code.as_str(), message.as_str()) {
            (Some(code), Some(message)) => format!("{}: {message}", code.to_lowercase().replace('_', " ")),
            _ => format!("received unexpected HTTP status: {status}"),
        })
    }
}

fn header(response: &Response<Body>, name: &str) -> String {
    let value = response.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}
