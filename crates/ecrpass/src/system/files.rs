//! The configurations of this user's clients.

use std::path::{Path, PathBuf};

use ecrpass_clients::client::{Machine, files};
use ecrpass_clients::docker_config::Format;

use crate::system::machine::{Asking, LocalMachine};

/// docker's file.
pub fn docker() -> Option<PathBuf> {
    files::docker(&LocalMachine { asking: Asking::Look })
}

/// podman's own file that outlasts a restart.
pub fn podman() -> Option<PathBuf> {
    let machine = LocalMachine { asking: Asking::Look };
    if let Some(path) = machine.set_variable("REGISTRY_AUTH_FILE") {
        return Some(PathBuf::from(path));
    }
    files::podman(&machine).pop()
}

/// Every file that holds registry logins, docker's first: whatever is there by that name, readable or not.
pub fn present() -> Vec<PathBuf> {
    let machine = LocalMachine { asking: Asking::Look };
    let named = machine.set_variable("REGISTRY_AUTH_FILE").map(PathBuf::from);
    let mut all: Vec<PathBuf> = files::docker(&machine)
        .into_iter()
        .chain(named)
        .chain(files::podman(&machine))
        .chain(files::helm(&machine))
        .chain(files::dockercfg(&machine))
        .filter(|path| path.symlink_metadata().is_ok())
        .collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|path| seen.insert(path.clone()));
    all
}

/// The format a file's name stands for.
pub fn format_of(path: &Path) -> Format {
    if path.file_name().is_some_and(|name| name == ".dockercfg") { Format::Legacy } else { Format::Current }
}
