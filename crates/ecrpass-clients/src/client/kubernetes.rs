//! What else pulls on a node: containerd's CRI and the ECS agent. Neither runs a docker credential helper.

use std::path::PathBuf;

use ecrpass_core::token::password_expiry;
use ecrpass_core::{AuthorizationToken, Secret};
use ecrpass_json::Position;

use super::environment::{ClientEnvironment, FileState};
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Entry, Sent, Trace, at};

pub(super) const CONTAINERD: Model =
    Model::new("containerd", containerd).title("containerd's CRI").aliases(&["ctr", "cri"]).on_node();

pub(super) const ECS_AGENT: Model =
    Model::new("ecs-agent", ecs_agent).title("the ECS agent").aliases(&["ecs"]).on_node();

/// containerd's own configuration, and the one that k3s makes of its `registries.yaml`.
const CONFIGURATIONS: [&str; 2] =
    ["/etc/containerd/config.toml", "/var/lib/rancher/k3s/agent/etc/containerd/config.toml"];

/// What comes with the request, else what its own configuration has for the host. Source: containerd
/// `internal/cri/server/images/image_pull.go#ParseAuth`, `docs/cri/registry.md`, "Configure Registry Credentials".
fn containerd(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "containerd internal/cri/server/images/image_pull.go#ParseAuth");
    trace.not_found(
        "docker's files and helpers",
        "are ignored: containerd uses the credentials in the CRI request, which the kubelet fills in; `ctr` those of --user",
    );
    let own = CONFIGURATIONS.map(PathBuf::from);
    let paths = if request.configs.is_empty() { own.as_slice() } else { request.configs.as_slice() };
    for path in paths {
        let FileState::Text(text) = machine.file(path) else { continue };
        let found = registry_auth(&text, &request.host);
        let step = format!("registry.configs.\"{}\".auth", request.host);
        let Some((place, login)) = found else {
            trace.not_found(step, format!("is not in {}", path.display()));
            continue;
        };
        trace.found(step, format!("holds a password for user {} ({})", login.0, at(path, place)));
        let expires_at = password_expiry(login.1.expose());
        let entries = vec![Entry { key: request.host.clone(), place, expires_at }];
        return Ending::Auths { file: path.clone(), entries, sent: Sent::Basic(vec![login.0]) };
    }
    Ending::NOTHING
}

/// User and password in the table `….registry.configs."<host>".auth` of a TOML text, and where the table begins.
fn registry_auth(text: &str, host: &str) -> Option<(Position, (String, Secret))> {
    let table = |line: &str| line.trim().strip_prefix('[')?.split(']').next().map(str::to_owned);
    let names = [format!("registry.configs.\"{host}\".auth"), format!("registry.configs.'{host}'.auth")];
    let mut lines = text.lines().enumerate();
    let (start, _) = lines.find(|(_, line)| {
        table(line).is_some_and(|name| names.iter().any(|wanted| name.trim().ends_with(wanted.as_str())))
    })?;
    let (mut user, mut password, mut auth) = (None, None, None);
    for (_, line) in lines.take_while(|(_, line)| table(line).is_none()) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        match key.trim() {
            "username" => user = Some(value),
            "password" => password = Some(Secret::new(value)),
            "auth" => auth = AuthorizationToken::decode(&value).ok(),
            _ => {}
        }
    }
    let apart = user.zip(password);
    let login = apart.or_else(|| auth.map(|token| (token.username, token.password)))?;
    Some((Position { line: start + 1, column: 1 }, login))
}

/// The execution or instance role, else static data in a variable. Source: aws/amazon-ecs-agent
/// `agent/dockerclient/dockerapi/docker_client.go#getAuthdata`, `dockerauth/dockerauth.go`.
fn ecs_agent(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "aws/amazon-ecs-agent agent/dockerclient/dockerauth/dockerauth.go");
    if ecrpass_core::Registry::parse(&request.host).is_ok() {
        trace.found("task's ECR data", "the agent asks ECR with the execution role, or the instance's");
        return Ending::Helper {
            suffix: "ECS agent (execution role)".to_owned(),
            store: false,
            sent: Sent::HelpersAnswer,
        };
    }
    match machine.nonempty_var("ECS_ENGINE_AUTH_DATA") {
        Some(_) => {
            trace.found("ECS_ENGINE_AUTH_DATA", "is read as ECS_ENGINE_AUTH_TYPE says");
            let sent = Sent::HelpersAnswer;
            Ending::Environment { variable: "ECS_ENGINE_AUTH_DATA", expires_at: None, sent }
        }
        None => {
            trace.not_found("ECS_ENGINE_AUTH_DATA", "is not set");
            Ending::NOTHING
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containerds_own_logins_are_found_by_their_table() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        let text = format!(
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"{host}\".tls]\n  username = \"no\"\n[plugins.\"io.containerd.grpc.v1.cri\".registry.configs.\"{host}\".auth]\n  username = \"AWS\"\n  password = 'p=='\n[other]\n  password = \"no\"\n"
        );
        let (place, (user, password)) = registry_auth(&text, host).unwrap();
        assert_eq!((place.line, user.as_str(), password.expose()), (4, "AWS", "p=="));
        assert!(registry_auth(&text, "docker.io").is_none());
        let encoded =
            text.replace("username = \"AWS\"", "auth = \"QVdTOnA=\"").replace("  password = 'p=='\n", "");
        let (_, (user, password)) = registry_auth(&encoded, host).unwrap();
        assert_eq!((user.as_str(), password.expose()), ("AWS", "p"));
    }
}
