//! kaniko: go-containerregistry's keychain, then the built-in ECR library.

use super::docker;
use super::environment::ClientEnvironment;
use super::helper::helper;
use super::login_file::{LoginFile, no_place_of_users};
use super::model::Model;
use super::request::Request;
use super::resolution::{Ending, Sent, Trace};
use crate::docker_config::Format;

pub(super) const KANIKO: Model = Model::new("kaniko", resolve).keeps(&[FILE]);

/// Where its image has docker's file.
const FILE: LoginFile = LoginFile {
    holder: "docker",
    format: Format::Current,
    places: no_place_of_users,
    in_homes: &[],
    on_machines: &["kaniko/.docker/config.json"],
    ends: &[],
};

/// The Go helper's library, linked into the client.
const BUILT_IN: &str = "ecr-login (built in)";

/// Source: GoogleContainerTools/kaniko
/// `pkg/creds/creds.go#GetKeychain`.
fn resolve(request: &Request, machine: &dyn ClientEnvironment, trace: &mut Trace) -> Ending {
    match docker::resolve(request, machine, trace) {
        Ending::Anonymous(_) => {
            trace.found("built-in ECR library", "asks AWS with the pod's or node's own credentials");
            helper(BUILT_IN, false, Sent::HelpersAnswer)
        }
        ending => ending,
    }
}
