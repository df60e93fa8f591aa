//! All the files in which clients keep logins: whoever looks at them on a machine, in a repository or in an image has
//! them from here.

use super::login_file::{LoginFile, is_below};
use super::request::Client;

/// All of them, in the order of the clients.
pub fn login_files() -> impl Iterator<Item = &'static LoginFile> {
    Client::ALL.into_iter().flat_map(|client| client.model().keeps)
}

/// The file of a client that a path leads to, with `/` or `\` between its parts; `None` for other files.
pub fn login_file_at(path: &str) -> Option<&'static LoginFile> {
    let path = path.replace('\\', "/");
    login_files().find(|file| file.is_at(&path))
}

/// Whether a path leads to a directory that holds a client's logins and nothing of others.
pub fn is_login_directory(path: &str) -> bool {
    let path = path.replace('\\', "/");
    login_files().flat_map(LoginFile::directories).any(|directory| is_below(&path, directory))
}

/// Whether a file is called as those are in which clients keep logins.
pub fn is_login_file_name(name: &str) -> bool {
    let mut ends = login_files().flat_map(|file| file.ends);
    ends.any(|end| end.rsplit('/').next() == Some(name))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn a_path_tells_the_file() {
        for (path, holder) in [
            ("/home/ada/.docker/config.json", Some("docker")),
            (r"C:\Users\ada\.docker\config.json", Some("docker")),
            (".dockercfg", Some("dockercfg")),
            ("/run/user/1000/containers/auth.json", Some("podman")),
            ("/run/containers/0/auth.json", Some("podman")),
            ("/Users/ada/Library/Preferences/helm/registry/config.json", Some("helm")),
            ("/home/ada/.regctl/config.json", Some("regclient")),
            ("/home/ada/.config/regctl/config.json", Some("regclient")),
            ("/var/lib/kubelet/config.json", Some("docker")),
            ("/etc/kubernetes/kubelet/config.json", None),
            ("/home/ada/my.docker/config.json", None),
            ("/config.json", None),
            ("auth.json", None),
        ] {
            assert_eq!(login_file_at(path).map(|file| file.holder), holder, "{path}");
        }
        assert!(is_login_directory("/root/.docker") && is_login_directory("/root/.regctl"));
        assert!(!is_login_directory("/root/containers") && !is_login_directory("/root/x.docker"));
        assert!(is_login_file_name("auth.json") && !is_login_file_name("package.json"));
    }

    #[test]
    fn what_lies_in_a_home_is_known_by_its_path() {
        for file in login_files() {
            let known = |path: &&str| login_file_at(path).is_some_and(|of| of.format == file.format);
            assert!(file.in_homes.iter().all(known), "{}", file.holder);
        }
    }

    #[test]
    fn a_client_looks_where_its_file_is_in_a_home() {
        let environment = EnvironmentInMemory::of_variables([("HOME", "/h")]);
        for file in login_files().filter(|file| !file.in_homes.is_empty()) {
            let places = file.places(&environment);
            let is_home = |path: &PathBuf| {
                path.strip_prefix("/h")
                    .is_ok_and(|path| file.in_homes.iter().any(|known| path == Path::new(known)))
            };
            assert!(places.iter().any(is_home), "{}: {places:?}", file.holder);
        }
    }
}
