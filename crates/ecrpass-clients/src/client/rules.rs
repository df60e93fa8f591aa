//! What the clients with docker's way of looking things up do differently, as a table.

use super::request::{Client, Operation, Request};
use crate::docker_config::ProblemKind;

/// What a client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Goes on without credentials.
    Anonymous,
    /// Takes the file's `auths`.
    Auths,
    /// Stops with an error.
    Stop,
}

/// What an empty string as a helper's name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmptyName {
    /// No helper for this host, not even `credsStore`.
    UsesFile,
    /// Nothing: `credsStore` applies.
    UsesStore,
}

/// What the client reads of an entry of `auths`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// `auth`, else `username` and `password`.
    Docker,
    /// As docker's, unless there is an `identitytoken`. Source: moby/buildkit
    /// `session/auth/authprovider/authprovider.go#toCredentials`.
    BuildKit,
    /// `auth`, unless there is an `identitytoken`.
    Python,
}

/// How `DOCKER_AUTH_CONFIG` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// Not at all.
    Ignored,
    /// Before everything else, for exactly this host.
    First,
    /// As [`Variable::First`], where a file is read, and for each name that is asked for.
    WithFile,
}

/// A client's rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) variable: Variable,
    pub(super) empty_name: EmptyName,
    /// Whether `pass`, `secretservice` and the like are looked for when the file configures nothing.
    pub(super) detects_store: bool,
    pub(super) not_found: After,
    pub(super) failed: After,
    pub(super) missing: After,
    pub(super) fields: Fields,
    /// Whether `host/repository` is asked for before the host.
    pub(super) repository_first: bool,
    /// Whether a file that cannot be read to its end is an error; elsewhere it is a warning.
    pub(super) stops_at_damage: bool,
    /// Whether a field that docker once knew must still be of its type; docker/cli 29.7 and newer do not know it.
    pub(super) former_fields: bool,
    /// Whether podman's files are looked at where docker is not configured.
    pub(super) podmans_files: bool,
    /// Where the rules can be read.
    pub(super) source: &'static str,
}

impl Rules {
    /// Whether the client reads a file with such a problem only as far as it goes.
    pub(super) fn stops_at(&self, kind: ProblemKind) -> bool {
        kind.stops_go() && (self.former_fields || kind != ProblemKind::WrongFormerType)
    }
}

/// The docker CLI's rules of today; the others are told by what differs.
const DOCKER: Rules = Rules {
    variable: Variable::First,
    empty_name: EmptyName::UsesFile,
    detects_store: true,
    not_found: After::Anonymous,
    failed: After::Stop,
    missing: After::Stop,
    fields: Fields::Docker,
    repository_first: false,
    stops_at_damage: false,
    former_fields: true,
    podmans_files: false,
    source: "docker/cli cli/config/configfile/file.go#getConfiguredCredentialStore",
};

/// The rules of a client for an operation in a version.
pub(super) fn rules(request: &Request) -> Rules {
    match request.client {
        Client::Docker => docker(request),
        // Source of the error becoming fatal: buildkit session/auth/authprovider/authconfigprovider.go#load.
        Client::Buildx => Rules {
            fields: Fields::BuildKit,
            // It is built with docker/cli 29.8.
            former_fields: !request.at_least(0, 38, 0),
            source: "moby/buildkit session/auth/authprovider/authprovider.go#getAuthConfig",
            ..DOCKER
        },
        Client::Compose => Rules {
            // It is built with docker/cli 29.7.
            former_fields: !request.at_least(5, 5, 1),
            source: "docker/compose pkg/compose/pull.go#encodedAuth",
            ..DOCKER
        },
        Client::DockerPy => Rules {
            variable: Variable::Ignored,
            empty_name: EmptyName::UsesStore,
            detects_store: false,
            not_found: After::Auths,
            fields: Fields::Python,
            source: "docker/docker-py docker/auth.py#AuthConfig.resolve_authconfig",
            ..DOCKER
        },
        // crane, ko, kaniko and whatever else is made with go-containerregistry.
        _ => Rules {
            variable: Variable::WithFile,
            // Only the command line looks for a store of its own.
            detects_store: false,
            repository_first: true,
            stops_at_damage: true,
            podmans_files: true,
            source: "google/go-containerregistry pkg/authn/keychain.go#ResolveContext",
            ..DOCKER
        },
    }
}

/// What a failing helper leads to was changed release by release, for one command after the other.
fn docker(request: &Request) -> Rules {
    let stops = match request.operation {
        Operation::Pull => request.at_least(29, 0, 0),
        Operation::Push => request.at_least(28, 5, 0),
        Operation::Create => request.at_least(28, 0, 3),
        Operation::Build | Operation::Login => true,
    };
    let failed = if stops { After::Stop } else { After::Auths };
    Rules {
        variable: if request.at_least(28, 3, 0) && request.operation != Operation::Login {
            Variable::First
        } else {
            Variable::Ignored
        },
        failed,
        missing: failed,
        ..DOCKER
    }
}
