//! What on a machine can hold a registry's login, or makes one: the files of every user's clients, the kubelet's,
//! systemd's units, cron's tables, cloud-init's and the instance's user data, runners' and daemons' settings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecrpass_audit::kind::{FileKind, Owner};
use ecrpass_audit::source::Tree;
use ecrpass_clients::client::login_files;
use ecrpass_system::bounded::ReadError;
use ecrpass_system::directory::entries;

use super::AuditTree;
use super::gathered::{Gathered, Scope, Skipped, source, tree_path};
use super::read::{bytes, skipped, text};
use crate::system::in_root::followed;

/// What lies in a user's home besides the files in which clients keep logins.
const OF_USERS: [&str; 20] = [
    ".config/nerdctl/nerdctl.toml",
    ".aws/credentials",
    ".aws/config",
    ".bash_history",
    ".zsh_history",
    ".sh_history",
    ".ash_history",
    ".history",
    ".local/share/fish/fish_history",
    ".bashrc",
    ".bash_profile",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zprofile",
    ".zshenv",
    ".env",
    ".envrc",
    ".netrc",
    "config.json",
];

/// Directories in a user's home in which every file is looked at.
const DIRECTORIES_OF_USERS: [&str; 2] = [".config/systemd/user", ".config/environment.d"];

/// What is a machine's own besides these.
const OF_MACHINE: [&str; 18] = [
    "etc/docker/daemon.json",
    "etc/containerd/config.toml",
    "etc/rancher/k3s/registries.yaml",
    "etc/rancher/rke2/registries.yaml",
    "etc/gitlab-runner/config.toml",
    "etc/buildkite-agent/hooks/environment",
    "etc/buildkite-agent/hooks/pre-command",
    "etc/ecs/ecs.config",
    "etc/environment",
    "etc/profile",
    "etc/rc.local",
    "etc/crontab",
    "var/lib/cloud/instance/user-data.txt",
    "var/lib/cloud/instance/user-data.txt.i",
    "var/lib/cloud/instance/cloud-config.txt",
    "var/log/cloud-init-output.log",
    "var/log/cloud-init.log",
    "var/log/user-data.log",
];

/// Directories of a machine in which every file is looked at.
const DIRECTORIES: [&str; 16] = [
    "etc/cron.d",
    "etc/cron.hourly",
    "etc/cron.daily",
    "etc/cron.weekly",
    "etc/cron.monthly",
    "var/spool/cron",
    "var/spool/cron/crontabs",
    "etc/systemd/system",
    "usr/local/lib/systemd/system",
    "etc/profile.d",
    "etc/default",
    "etc/sysconfig",
    "etc/cloud/cloud.cfg.d",
    "var/lib/cloud/instance/scripts",
    "var/lib/cloud/scripts/per-boot",
    "etc/containerd/certs.d",
];

/// How deep directories are looked into: units have directories of their own settings.
const DEPTH: usize = 2;

/// How many files of a directory are looked at.
const MOST: usize = 10_000;

/// The machine whose files are below that directory.
pub fn collect(root: &Path, now: i64) -> AuditTree {
    let mut paths = BTreeSet::new();
    let mut gathered = Gathered::default();
    for home in homes(root) {
        let of_clients = login_files().flat_map(|file| file.in_homes);
        paths.extend(of_clients.chain(&OF_USERS).map(|name| home.join(name)));
        for directory in DIRECTORIES_OF_USERS {
            below(root, &home.join(directory), DEPTH, &mut paths, &mut gathered.skipped);
        }
    }
    let of_clients = login_files().flat_map(|file| file.on_machines);
    paths.extend(of_clients.chain(&OF_MACHINE).map(|name| root.join(name)));
    for directory in DIRECTORIES {
        below(root, &root.join(directory), DEPTH, &mut paths, &mut gathered.skipped);
    }
    if let Ok(users) = listed(root, &root.join("run/user")) {
        paths.extend(users.iter().map(|user| user.join("containers/auth.json")));
    }
    for path in &paths {
        read(root, path, &mut gathered);
    }
    let Gathered { mut files, skipped, looked_at, .. } = gathered;
    let mut scope = Scope::default();
    scope.leave_out(&skipped, root);
    for file in &mut files {
        file.owner = Owner::Machine;
        // Logs of other programs are full of what is only spoken of.
        if file.path.starts_with("var/log/") {
            file.kind = FileKind::Log;
        }
    }
    AuditTree {
        tree: Tree::of_host(files, now),
        only: None,
        scope,
        root: root.to_owned(),
        is_repository: false,
        skipped,
        looked_at,
    }
}

/// The homes of all users: those that the list of users names, and those that are where homes are.
fn homes(root: &Path) -> BTreeSet<PathBuf> {
    let mut homes = BTreeSet::from([root.join("root")]);
    if let Ok(list) = bytes(&followed(root, &root.join("etc/passwd"))) {
        let list = String::from_utf8_lossy(&list);
        let of_line = |line: &str| line.split(':').nth(5).map(|home| home.trim_start_matches('/').to_owned());
        // Those without a home have `/` or a directory of the system's.
        let is_home = |home: &String| {
            !home.is_empty() && !["bin", "dev", "proc", "sbin", "usr/sbin"].contains(&home.as_str())
        };
        homes.extend(list.lines().filter_map(of_line).filter(is_home).map(|home| root.join(home)));
    }
    for parent in ["home", "Users", "var/lib"] {
        let Ok(found) = listed(root, &root.join(parent)) else { continue };
        // Of services, those that look like a home.
        let has = |home: &Path, name| followed(root, &home.join(name)).is_dir();
        let is_home = |home: &PathBuf| parent != "var/lib" || has(home, ".docker") || has(home, ".aws");
        homes.extend(found.into_iter().filter(is_home));
    }
    homes
}

/// What is in a directory of that machine, by the path that it was asked by.
fn listed(root: &Path, directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let found = entries(&followed(root, directory))?;
    Ok(found.iter().filter_map(|path| Some(directory.join(path.file_name()?))).collect())
}

/// All files below a directory.
fn below(
    root: &Path,
    directory: &Path,
    depth: usize,
    paths: &mut BTreeSet<PathBuf>,
    skipped: &mut Vec<Skipped>,
) {
    let found = match listed(root, directory) {
        Ok(found) => found,
        Err(error) => {
            if error.kind() == std::io::ErrorKind::PermissionDenied {
                skipped.push(Skipped { path: directory.to_owned(), why: error.to_string(), is_denied: true });
            }
            return;
        }
    };
    for path in found.into_iter().take(MOST) {
        let place = followed(root, directory).join(path.file_name().unwrap_or_default());
        let Ok(metadata) = place.symlink_metadata() else { continue };
        if metadata.is_dir() && depth > 0 {
            below(root, &path, depth - 1, paths, skipped);
        } else if metadata.is_file() {
            paths.insert(path);
        }
        // A link to a file of this machine is looked at where that is; one that enables a unit leads to its own directory.
    }
}

fn read(root: &Path, path: &Path, gathered: &mut Gathered) {
    let place = followed(root, path);
    match bytes(&place) {
        Ok(bytes) => {
            gathered.looked_at += 1;
            if let Some(text) = text(bytes) {
                let path = tree_path(path.strip_prefix(root).unwrap_or(path));
                gathered.files.push(source(path, text, false));
            }
        }
        // What a link leads to may come from a volume of that machine.
        Err(error) if error.is_not_found() && path.is_symlink() => {
            let target = std::fs::read_link(path).unwrap_or(place);
            let why = format!("it is a link to {}, which is not there", target.display());
            gathered.skipped.push(Skipped { path: path.to_owned(), why, is_denied: false });
        }
        Err(error) if error.is_not_found() => {}
        // A directory by the name of a file holds no login.
        Err(ReadError::Io(error)) if error.kind() == std::io::ErrorKind::IsADirectory => {}
        Err(error) => gathered.skipped.push(skipped(path, &error)),
    }
}

/// Whether others than its owner may read a file of the machine below a root.
#[cfg(unix)]
pub fn is_open_to_others(root: &Path, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(followed(root, path)).is_ok_and(|metadata| metadata.mode() & 0o044 != 0)
}

/// Whether others than its owner may read a file of the machine below a root.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path, _: &Path) -> bool {
    false
}
