//! The docker daemon, asked over its own socket: it is the daemon that talks to registries, with its own proxy, CAs and
//! resolver, so only what it says proves that a pull works.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use ecrpass_clients::client::FileState;
use ecrpass_core::environment::Environment;
use ecrpass_core::platform::normal;
use ecrpass_core::redact::redact;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::facts::{Daemon, RegistryResponse};
use ecrpass_oci::Login;
use ecrpass_system::directory;
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::system::files;

/// How long it may take to tell of itself.
const INFO_PATIENCE: Duration = Duration::from_secs(4);

/// A docker daemon on this machine.
#[derive(Clone, Debug)]
pub struct DockerDaemon {
    socket: PathBuf,
    patience: Duration,
}

impl DockerDaemon {
    /// The daemon that the docker CLI would talk to.
    ///
    /// # Errors
    /// Why it cannot be asked from here.
    pub fn local(environment: &dyn Environment, patience: Duration) -> Result<Self, String> {
        let named = environment.nonempty_var("DOCKER_HOST");
        let address = match named {
            Some(host) => host,
            None => match context(environment) {
                Some(name) => endpoint(environment, &name)
                    .ok_or_else(|| format!("the docker context `{}` is not found", redact(&name)))?,
                None => "unix:///var/run/docker.sock".to_owned(),
            },
        };
        let Some(path) = address.strip_prefix("unix://") else {
            return Err(format!(
                "it is at {}: ecrpass can only ask daemons at unix://",
                without_password(&address)
            ));
        };
        let socket = PathBuf::from(path);
        Ok(Self { socket, patience })
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// What it says of itself.
    pub fn info(&self) -> Daemon {
        let mut daemon = Daemon { address: self.address(), ..Daemon::default() };
        // One that hangs is to be told from one that is slow for a registry's sake.
        let asked = Self { socket: self.socket.clone(), patience: self.patience.min(INFO_PATIENCE) };
        match asked.call(Method::GET, "/info", None, None) {
            Err(why) => daemon.unreachable = Some(why),
            Ok((status, value)) if !(200..300).contains(&status) => {
                daemon.unreachable = Some(format!("{status} {}", message(&value)));
            }
            Ok((_, info)) => {
                let text = |name: &str| {
                    info.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
                };
                daemon.version = text("ServerVersion");
                daemon.platform = text("OSType")
                    .zip(text("Architecture"))
                    .map(|(os, architecture)| normal(&format!("{os}/{architecture}")));
                // A proxy's address may hold a password.
                daemon.https_proxy = text("HttpsProxy").map(|proxy| without_password(&proxy));
                daemon.no_proxy = text("NoProxy").map(|hosts| redact(&hosts).into_owned());
                daemon.mirrors = info
                    .pointer("/RegistryConfig/Mirrors")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .filter_map(|mirror| mirror.as_str().map(without_password))
                    .collect();
            }
        }
        daemon
    }

    /// Has it log in, as `docker login` does; nothing is stored.
    pub fn login(&self, host: &str, login: &Login) -> RegistryResponse {
        let body = credentials(host, login);
        match self.call(Method::POST, "/auth", Some(&body), None) {
            Ok((status, value)) => answer(status, &value),
            Err(why) => RegistryResponse { message: why, ..RegistryResponse::default() },
        }
    }

    /// Has it ask for a manifest: the answer, and the platforms.
    pub fn manifest(
        &self,
        image: &str,
        host: &str,
        login: Option<&Login>,
    ) -> (RegistryResponse, Vec<String>) {
        let header = login.map(|login| Zeroizing::new(URL_SAFE.encode(credentials(host, login).as_bytes())));
        let path = format!("/distribution/{image}/json");
        match self.call(Method::GET, &path, None, header.as_deref().map(String::as_str)) {
            Ok((status, value)) => {
                let mut found = answer(status, &value);
                let descriptor = |name: &str| {
                    let field = value.get("Descriptor").and_then(|descriptor| descriptor.get(name));
                    field.and_then(Value::as_str).map(str::to_owned)
                };
                found.digest = descriptor("digest");
                found.media_type = descriptor("mediaType");
                let platforms =
                    value.get("Platforms").and_then(Value::as_array).into_iter().flatten().filter_map(
                        |one| {
                            let part = |name: &str| {
                                one.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
                            };
                            let text = format!("{}/{}", part("os")?, part("architecture")?);
                            (text != "unknown/unknown").then(|| {
                                normal(
                                    &part("variant")
                                        .map_or_else(|| text.clone(), |variant| format!("{text}/{variant}")),
                                )
                            })
                        },
                    );
                let mut platforms: Vec<String> = platforms.collect();
                platforms.dedup();
                (found, platforms)
            }
            Err(why) => (RegistryResponse { message: why, ..RegistryResponse::default() }, Vec::new()),
        }
    }

    /// Whether it has an image of that name.
    ///
    /// # Errors
    /// Why it cannot be known.
    pub fn has_image(&self, image: &str) -> Result<bool, String> {
        match self.call(Method::GET, &format!("/images/{image}/json"), None, None)? {
            (200, _) => Ok(true),
            (404, _) => Ok(false),
            (status, value) => Err(format!("{status} {}", message(&value))),
        }
    }

    /// One request.
    fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&str>,
        authorization: Option<&str>,
    ) -> Result<(u16, Value), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let call = send(&self.socket, method, path, body, authorization);
        let result = runtime.block_on(async { tokio::time::timeout(self.patience, call).await });
        runtime.shutdown_background();
        result.unwrap_or_else(|_| Err(format!("no answer within {} s", self.patience.as_secs())))
    }
}

#[cfg(unix)]
async fn send(
    socket: &Path,
    method: Method,
    path: &str,
    body: Option<&str>,
    authorization: Option<&str>,
) -> Result<(u16, Value), String> {
    use http_body_util::{BodyExt, Full, Limited};
    use hyper::Request;
    use hyper::body::Bytes;
    use hyper_util::rt::TokioIo;

    /// The largest answer that is read, in bytes.
    const MAX_ANSWER: usize = 1024 * 1024;

    let shown = socket.display();
    let stream = tokio::net::UnixStream::connect(socket).await.map_err(|error| {
        // The words of the docker CLI, so that they are understood the same.
        match error.kind() {
            std::io::ErrorKind::PermissionDenied => format!(
                "permission denied while trying to connect to the Docker daemon socket at unix://{shown}"
            ),
            _ => format!("Cannot connect to the Docker daemon at unix://{shown}. Is the docker daemon running? ({error})"),
        }
    })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("{shown} does not speak HTTP: {error}"))?;
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", "docker");
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    if let Some(authorization) = authorization {
        request = request.header("x-registry-auth", authorization);
    }
    let request = request
        .body(Full::new(Bytes::from(body.unwrap_or_default().to_owned())))
        .map_err(|error| format!("not a request: {error}"))?;
    let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status().as_u16();
    let bytes = Limited::new(response.into_body(), MAX_ANSWER)
        .collect()
        .await
        .map_err(|error| format!("the answer was cut off: {error}"))?
        .to_bytes();
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

#[cfg(not(unix))]
async fn send(
    _: &Path,
    _: Method,
    _: &str,
    _: Option<&str>,
    _: Option<&str>,
) -> Result<(u16, Value), String> {
    Err("ecrpass cannot ask the daemon through its named pipe".to_owned())
}

/// The context in force, unless it is the default one.
fn context(environment: &dyn Environment) -> Option<String> {
    if let Some(name) = environment.nonempty_var("DOCKER_CONTEXT") {
        return (name != "default").then_some(name);
    }
    let path = files::docker(environment)?;
    let FileState::Text(text) = FileState::read(environment, &path) else {
        return None;
    };
    let name = serde_json::from_str::<Current>(&text).ok()?.current_context;
    name.filter(|name| !name.is_empty() && name != "default")
}

/// What is of interest here in docker's configuration: the logins in it may be thousands.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Current {
    current_context: Option<String>,
}

/// Where the daemon of a context is. Source: docker/cli `cli/context/store/metadatastore.go`.
fn endpoint(environment: &dyn Environment, name: &str) -> Option<String> {
    let meta = files::docker(environment)?.parent()?.join("contexts/meta");
    let found = directory::entries(&meta).ok()?.into_iter().find_map(|path| {
        let text = match FileState::read(environment, &path.join("meta.json")) {
            FileState::Text(text) => text,
            _ => return None,
        };
        let value: Value = serde_json::from_str(&text).ok()?;
        let is_named = value.get("Name").and_then(Value::as_str) == Some(name);
        value.pointer("/Endpoints/docker/Host").filter(|_| is_named).cloned()
    })?;
    found.as_str().map(str::to_owned)
}

/// What the daemon takes for credentials.
fn credentials(host: &str, login: &Login) -> Zeroizing<String> {
    let value = json!({
        "username": login.username,
        "password": login.password.expose(),
        "serveraddress": host,
    });
    Zeroizing::new(value.to_string())
}

fn message(value: &Value) -> String {
    redact(value.get("message").and_then(Value::as_str).unwrap_or_default()).into_owned()
}

/// The daemon's answer, as the registry's where it passes that on.
fn answer(status: u16, value: &Value) -> RegistryResponse {
    let message = message(value);
    if (200..300).contains(&status) {
        return RegistryResponse { status, ..RegistryResponse::default() };
    }
    if let Some(kind) = NetworkFailure::of_go(&message) {
        return RegistryResponse { message, failure: Some(kind), ..RegistryResponse::default() };
    }
    // "login attempt to https://HOST/v2/ failed with status: 400 Bad Request"
    let passed_on = message
        .split_once("failed with status: ")
        .and_then(|(_, rest)| rest.get(..3))
        .and_then(|digits| digits.parse().ok());
    RegistryResponse { status: passed_on.unwrap_or(status), message, ..RegistryResponse::default() }
}

/// `http://user:password@proxy:3128` without user and password.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let separator = if scheme.is_empty() { "" } else { "://" };
    redact(&format!("{scheme}{separator}{rest}")).into_owned()
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn what_the_daemon_passes_on_keeps_its_status() {
        let said = |status, text: &str| answer(status, &json!({ "message": text }));
        let refused = said(500, "login attempt to https://h/v2/ failed with status: 400 Bad Request");
        assert_eq!((refused.status, refused.failure), (400, None));
        let unreachable = said(500, "Get \"https://h/v2/\": dial tcp: lookup h: no such host");
        assert_eq!((unreachable.status, unreachable.failure), (0, Some(NetworkFailure::Dns)));
        assert!(said(200, "").is_success());
    }

    #[test]
    fn the_daemon_is_where_the_docker_cli_looks() {
        let mut environment = EnvironmentInMemory::default();
        let local = |environment: &EnvironmentInMemory| {
            DockerDaemon::local(environment, Duration::from_secs(1)).map(|daemon| daemon.address())
        };
        assert_eq!(local(&environment).as_deref(), Ok("unix:///var/run/docker.sock"));
        environment.variables.insert("DOCKER_CONFIG".to_owned(), "/none".to_owned());
        environment.files.insert("/none/config.json".into(), "{\"currentContext\":\"there\"}".to_owned());
        assert_eq!(local(&environment), Err("the docker context `there` is not found".to_owned()));
        environment.variables.insert("DOCKER_CONTEXT".to_owned(), "default".to_owned());
        assert_eq!(local(&environment).as_deref(), Ok("unix:///var/run/docker.sock"));
        environment.variables.insert("DOCKER_HOST".to_owned(), "unix:///run/d.sock".to_owned());
        assert_eq!(local(&environment).as_deref(), Ok("unix:///run/d.sock"));
        environment.variables.insert("DOCKER_HOST".to_owned(), "tcp://me:pw@h:1".to_owned());
        assert!(local(&environment).is_err_and(|why| why.contains("tcp://h:1") && !why.contains("pw")));
    }

    #[test]
    fn no_password_of_a_proxy_is_shown() {
        assert_eq!(without_password("http://me:secret@proxy:3128"), "http://proxy:3128");
        assert_eq!(without_password("proxy:3128"), "proxy:3128");
    }
}
