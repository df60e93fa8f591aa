//! What else pulls on a node: containerd's CRI and the ECS agent. Neither runs a docker credential helper.

use super::environment::ClientEnvironment;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};

pub(super) const CONTAINERD: Model =
    Model::new("containerd", containerd).title("containerd's CRI").aliases(&["ctr", "cri"]).on_node();

pub(super) const ECS_AGENT: Model =
    Model::new("ecs-agent", ecs_agent).title("the ECS agent").aliases(&["ecs"]).on_node();

/// Only what comes with the request. Source: containerd `internal/cri/server/images/image_pull.go#ParseAuth`.
fn containerd(_: &Request, _: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    trace.found("rules", "containerd internal/cri/server/images/image_pull.go#ParseAuth");
    trace.not_found(
        "files and helpers",
        "are ignored: containerd uses the credentials in the CRI request, which the kubelet fills in; `ctr` those of --user",
    );
    Ending::NOTHING
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
