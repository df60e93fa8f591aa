//! Logins that a command carries itself, for this one push, pull or copy: `--creds`, `--dest-creds`.

use crate::deed::What;
use crate::deeds::arguments::options;
use crate::shell::Command;

/// Options of podman, buildah, skopeo, oras and helm with a login for the only registry, or for both of a copy.
const FOR_ALL: [&str; 3] = ["--creds", "--username", "--registry-token"];

/// Those for the registry that a copy reads.
const FOR_SOURCE: [&str; 4] = ["--src-creds", "--src-username", "--src-registry-token", "--from-username"];

/// Those for the registry that a copy writes.
const FOR_DESTINATION: [&str; 4] =
    ["--dest-creds", "--dest-username", "--dest-registry-token", "--to-username"];

/// Whether a command logs in for what it does by its own arguments.
pub(super) fn is_carried(command: &Command, what: &What) -> bool {
    let side = match what {
        What::Push { .. } => FOR_DESTINATION,
        What::Pull { .. } => FOR_SOURCE,
        _ => return false,
    };
    if !matches!(command.program(), "podman" | "buildah" | "skopeo" | "oras" | "helm") {
        return false;
    }
    let words = command.words.get(1..).unwrap_or_default();
    let is_given = |names: &[&str]| options(words, names).iter().any(|login| !login.raw.is_empty());
    let is_oras = command.program() == "oras";
    is_given(&FOR_ALL) || is_given(&side) || is_oras && is_given(&["-u"])
}
