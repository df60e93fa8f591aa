//! What clients send for a registry, worked out from their documentation alone, and whether a registry takes it: the
//! judge of repairs, which knows nothing of our own models.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)] // a test's way of failing

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The variables of a shell.
pub type Variables = BTreeMap<String, String>;

/// A client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    Docker,
    Podman,
    Buildx,
    Helm,
}

impl Client {
    pub fn id(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildx => "buildx",
            Self::Helm => "helm",
        }
    }
}

/// Whether the registry at that address takes what the client sends for the host.
pub fn is_green(client: Client, host: &str, variables: &Variables, address: &str) -> bool {
    sent(client, host, variables).is_some_and(|login| takes(address, &login))
}

/// `user:password` in base64, or nothing.
fn sent(client: Client, host: &str, variables: &Variables) -> Option<String> {
    let home = PathBuf::from(&variables["HOME"]);
    let directory = variables.get("DOCKER_CONFIG").map_or_else(|| home.join(".docker"), PathBuf::from);
    let docker = directory.join("config.json");
    match client {
        Client::Docker => {
            // docker/cli 28.3: the variable's entries come before the file's.
            let of_variable = variables.get("DOCKER_AUTH_CONFIG").and_then(|text| entry(text, host));
            of_variable.or_else(|| asked(&docker, host, variables))
        }
        Client::Buildx => {
            let scoped = directory.join("buildx/config").join(host).join("config.json");
            asked(if scoped.exists() { &scoped } else { &docker }, host, variables)
        }
        Client::Helm => {
            let own = home.join(".config/helm/registry/config.json");
            let text = std::fs::read_to_string(own).unwrap_or_default();
            entry(&text, host).or_else(|| asked(&docker, host, variables))
        }
        Client::Podman => {
            let runtime =
                variables.get("XDG_RUNTIME_DIR").map(|run| PathBuf::from(run).join("containers/auth.json"));
            let files = runtime.into_iter().chain([home.join(".config/containers/auth.json"), docker]);
            files.into_iter().find_map(|file| asked(&file, host, variables))
        }
    }
}

/// A file's helper for the host, else its store, else its login.
fn asked(file: &Path, host: &str, variables: &Variables) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let config: Value = serde_json::from_str(&text).ok()?;
    let named = config["credHelpers"][host].as_str();
    match named.or(config["credsStore"].as_str()).filter(|name| !name.is_empty()) {
        Some(name) => helper(name, host, variables),
        None => entry(&text, host),
    }
}

fn helper(name: &str, host: &str, variables: &Variables) -> Option<String> {
    let program = format!("docker-credential-{name}");
    let directories = std::env::split_paths(&variables["PATH"]);
    let program = directories.map(|directory| directory.join(&program)).find(|path| path.exists())?;
    let mut child = Command::new(program)
        .arg("get")
        .env_clear()
        .envs(variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(host.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
    let login = format!("{}:{}", answer["Username"].as_str()?, answer["Secret"].as_str()?);
    output.status.success().then(|| STANDARD.encode(login))
}

/// A stored login, under the host or a URL of it.
fn entry(text: &str, host: &str) -> Option<String> {
    let config: Value = serde_json::from_str(text).ok()?;
    let bare = |key: &str| {
        let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest) == host
    };
    let entries = config["auths"].as_object()?;
    let exact =
        entries.get(host).or_else(|| entries.iter().find(|(key, _)| bare(key)).map(|(_, value)| value));
    Some(exact?["auth"].as_str().filter(|auth| !auth.is_empty())?.to_owned())
}

fn takes(address: &str, login: &str) -> bool {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /v2/ HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {login}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.starts_with("HTTP/1.1 200")
}
