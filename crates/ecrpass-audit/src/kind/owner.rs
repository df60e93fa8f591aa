//! Whose a file is: whoever reads a repository has what is in it; what lies in a user's home is for that user.

use ecrpass_clients::client::login_file_at;

use crate::kind::path_end::ends_in;

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It is part of a repository: whoever may read that has it.
    Repository,
    /// It is a user's or a service's own, on a machine.
    Machine,
}

/// Whose a file of that path is. Within a repository all belongs to it, also a file that is named like a user's own.
pub fn owner(path: &str, is_repository: bool) -> Owner {
    if is_repository {
        return Owner::Repository;
    }
    let path = path.replace('\\', "/");
    let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    let is_machine = match parts.next() {
        Some("etc" | "run" | "var") => parts.next().is_some(),
        // A user's settings; a project that somebody keeps at home is a project.
        Some("home" | "Users") => parts.nth(1).is_some_and(|name| name.starts_with('.')),
        Some("root") => parts.next().is_some_and(|name| name.starts_with('.')),
        _ => false,
    };
    let is_own = login_file_at(&path).is_some()
        || [".aws/credentials", ".aws/config"].iter().any(|end| ends_in(&path, end));
    let is_history =
        path.rsplit('/').next().is_some_and(|name| name.starts_with('.') && name.ends_with("_history"));
    if is_machine || is_own || is_history { Owner::Machine } else { Owner::Repository }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_machines_is_told_from_projects() {
        for path in [
            "home/ada/.docker/config.json",
            "/home/ada/.bash_history",
            "root/.config/helm/registry/config.json",
            "etc/gitlab-runner/config.toml",
            "/var/lib/kubelet/config.json",
            "./.aws/credentials",
            "backup/.regctl/config.json",
        ] {
            assert_eq!(owner(path, false), Owner::Machine, "{path}");
            assert_eq!(owner(path, true), Owner::Repository, "{path}");
        }
        for path in ["/home/ada/shop/.github/workflows/ci.yml", "etc", "src/var/x.sh", "root/x.sh"] {
            assert_eq!(owner(path, false), Owner::Repository, "{path}");
        }
    }
}
