//! `config.json` of docker and `auth.json` of podman, skopeo and buildah: what stands in them, where, and what a
//! client makes of it.
//!
//! Read as Go's `encoding/json` reads them, since that is what most clients are written in: field names without
//! regard to case, members of repeated objects merged, the last of several equal keys in force. Nothing is dropped
//! on the way: what a client passes over stands in [`DockerConfig::problems`].
//! Sources: docker/cli `cli/config/configfile/file.go`, containers/image `pkg/docker/config/config.go`.

mod auth;
mod model;
mod other_fields;
mod reader;

pub use auth::{AuthError, StoredCredentials, StoredLogin, is_altered};
pub use model::{
    AuthsEntry, Dialect, DockerConfig, Format, HelperEntry, LoginPart, Problem, ProblemKind, Store,
};
