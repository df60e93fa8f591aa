//! Paths at which logins and keys are kept: who has the file, has them.

use ecrpass_clients::client::{is_login_directory, login_file_at};
use ecrpass_diagnosis::inputs::default_of;

/// What is kept at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialPath {
    /// The file in which a client keeps its logins, or the directory with it.
    Docker,
    /// The keys of the AWS CLI, or the directory with them.
    Aws,
    /// The settings of the AWS CLI, which need not hold keys.
    AwsSettings,
}

/// What is kept at a path; `None` for other paths.
pub fn of(path: &str) -> Option<CredentialPath> {
    let path = normalized(path);
    let is = |end: &str| path == end || path.ends_with(&format!("/{end}"));
    let is_login = login_file_at(&path).is_some() || is_login_directory(&path) || is(".dockerconfigjson");
    if is_login {
        Some(CredentialPath::Docker)
    } else if is(".aws") || is(".aws/credentials") {
        Some(CredentialPath::Aws)
    } else if is(".aws/config") {
        Some(CredentialPath::AwsSettings)
    } else {
        None
    }
}

/// What a path of the machine gives to whoever it is mounted into; `None` for a project's own folder and for volumes
/// that only have a name.
pub fn of_host(path: &str) -> Option<CredentialPath> {
    let path = path.trim().trim_matches(['"', '\'']);
    if path.starts_with("${DOCKER_CONFIG") || path.starts_with("$DOCKER_CONFIG") {
        return Some(CredentialPath::Docker);
    }
    // Where somebody may say another path, the one that is written down counts.
    if let Some(written) = with_default(path) {
        return of_host(&written);
    }
    let lower = path.to_ascii_lowercase();
    let homes = [
        "~",
        "$home",
        "${home",
        "${userprofile",
        "%userprofile%",
        "$env:userprofile",
        "${env:home",
        "$env:home",
    ];
    // `${localEnv:HOME}` of a development container.
    let is_home = homes.iter().any(|home| lower.starts_with(home)) || lower.starts_with("${localenv:");
    let is_absolute =
        path.starts_with('/') || path.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    let is_absolute = is_absolute || lower.starts_with("${host_home") || lower.starts_with("${user_home");
    // Where the builders' own configuration is in their images.
    let is_builders = path.starts_with("/kaniko/");
    if (is_home || is_absolute) && !is_builders { of(path) } else { None }
}

/// `${NAME:-/path}/rest` as `/path/rest`, where the default is a path of a machine.
fn with_default(path: &str) -> Option<String> {
    let (default, rest) = default_of(path)?;
    default.starts_with(['/', '~', '$']).then(|| format!("{default}{rest}"))
}

fn normalized(path: &str) -> String {
    let path = path.trim().trim_matches(['"', '\'']).replace('\\', "/");
    let path =
        path.trim_end_matches("/.").trim_end_matches("/*").trim_end_matches("/**").trim_end_matches('/');
    path.trim_start_matches("./").to_owned()
}

impl CredentialPath {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker's logins",
            Self::Aws => "the AWS keys",
            Self::AwsSettings => "the AWS settings",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_logins_are_known() {
        for (path, expected) in [
            ("/root/.docker/config.json", Some(CredentialPath::Docker)),
            ("/root/.docker/", Some(CredentialPath::Docker)),
            (".dockercfg", Some(CredentialPath::Docker)),
            ("/run/containers/0/auth.json", Some(CredentialPath::Docker)),
            ("/root/.regctl/config.json", Some(CredentialPath::Docker)),
            ("/root/.regctl", Some(CredentialPath::Docker)),
            ("/var/lib/kubelet/config.json", Some(CredentialPath::Docker)),
            ("/etc/kubernetes/kubelet/config.json", None),
            ("./.aws/", Some(CredentialPath::Aws)),
            ("/root/.aws/credentials", Some(CredentialPath::Aws)),
            ("~/.aws/config", Some(CredentialPath::AwsSettings)),
            ("/app/config.json", None),
            (".docker/entrypoint.sh", None),
            ("/root/.docker/cli-plugins", None),
        ] {
            assert_eq!(of(path), expected, "{path}");
        }
    }

    #[test]
    fn only_the_machine_s_own_are_given_away() {
        for path in [
            "~/.aws",
            "${HOME}/.docker",
            "$HOME/.docker/config.json",
            "/home/ci/.dockercfg",
            "${DOCKER_CONFIG:-x}/config.json",
            "${HOME:-/root}/.aws/",
            "${CONFIG:-/root/.docker/config.json}",
            "${CONFIG:-${HOME}/.docker}/config.json",
        ] {
            assert!(of_host(path).is_some(), "{path}");
        }
        for path in [
            "./.docker",
            ".docker/localstack",
            "aws",
            ".aws",
            "/var/run/docker.sock",
            "${PWD}/.docker",
            "${CONFIG:-./.docker}/config.json",
            "${CONFIG:-/etc/app}/config.yml",
            "/kaniko/.docker",
        ] {
            assert!(of_host(path).is_none(), "{path}");
        }
    }
}
