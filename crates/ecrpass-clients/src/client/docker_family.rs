//! The clients that share docker's way of looking things up; `rules.rs` has what each does differently.

use super::classic_builder;
use super::docker::resolve;
use super::environment::ClientEnvironment;
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Trace};

pub(super) const DOCKER: Model =
    Model::new("docker", docker).title("docker CLI").program("docker").by_daemon();

pub(super) const BUILDX: Model = Model::new("buildx", resolve)
    .title("BuildKit, buildx, bake")
    .aliases(&["buildkit", "bake", "buildctl", "docker-buildx"])
    .program("docker");

pub(super) const COMPOSE: Model = Model::new("compose", resolve)
    .title("docker compose v2")
    .aliases(&["docker-compose"])
    .program("docker")
    .by_daemon();

pub(super) const DOCKER_PY: Model = Model::new("docker-py", resolve)
    .title("docker-py, compose v1")
    .aliases(&["compose-v1", "dockerpy"])
    .by_daemon();

pub(super) const CRANE: Model = Model::new("crane", resolve)
    .title("crane and go-containerregistry")
    .aliases(&["ggcr", "go-containerregistry"])
    .program("crane")
    .login("crane auth login --username AWS --password-stdin", "crane auth logout");

pub(super) const KO: Model = Model::new("ko", resolve).program("ko");

pub(super) const ORAS: Model = Model::new("oras", resolve)
    .program("oras")
    .login("oras login --username AWS --password-stdin", "oras logout");

pub(super) const HELM: Model = Model::new("helm", resolve)
    .program("helm")
    .login("helm registry login --username AWS --password-stdin", "helm registry logout");

pub(super) const REGCLIENT: Model = Model::new("regclient", resolve)
    .title("regclient (regctl, regsync)")
    .aliases(&["regctl", "regsync", "regbot"])
    .program("regctl")
    .login("regctl registry login --user AWS --pass-stdin", "regctl registry logout");

fn docker(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    if classic_builder::is_classic(request, machine) {
        classic_builder::resolve(request, machine, trace)
    } else {
        resolve(request, machine, trace)
    }
}
