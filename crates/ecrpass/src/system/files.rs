//! The configurations of this user's clients.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::{LoginFile, files, login_file_at, login_files};
use ecrpass_clients::docker_config::Format;

use ecrpass_core::environment::Environment;

use super::atomic_file::copies_of;

/// docker's file.
pub fn docker(environment: &dyn Environment) -> Option<PathBuf> {
    files::docker(environment)
}

/// podman's own file that outlasts a restart.
pub fn podman(environment: &dyn Environment) -> Option<PathBuf> {
    if let Some(path) = environment.nonempty_var("REGISTRY_AUTH_FILE") {
        return Some(PathBuf::from(path));
    }
    files::podman(environment).pop()
}

/// Every file that holds registry logins, docker's first: whatever is there by that name, readable or not.
pub fn present(environment: &dyn Environment) -> Vec<PathBuf> {
    let mut all = places(environment);
    all.retain(|path| is_there(path, environment));
    all
}

/// Every file that is gone, and of which we keep a copy beside its place.
pub fn gone(environment: &dyn Environment) -> Vec<PathBuf> {
    let mut all = places(environment);
    all.retain(|path| !is_there(path, environment) && !copies_of(path).is_empty());
    all
}

/// Where clients look for logins, each place once.
pub fn places(environment: &dyn Environment) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = login_files()
        .flat_map(|file| file.places(environment))
        .chain(scoped(environment).into_iter().map(|(_, path)| path))
        .collect();
    let mut seen = std::collections::HashSet::new();
    all.retain(|path| seen.insert(path.clone()));
    all
}

/// How many of buildx's files for single registries are looked at.
const MOST_SCOPED: usize = 100;

/// buildx's files for single registries or repositories, which take docker's place for them, each with its host. Source:
/// docker/buildx `util/dockerutil/dockerconfig/configprovider.go#loadHost`.
pub fn scoped(environment: &dyn Environment) -> Vec<(String, PathBuf)> {
    let directory = match environment.nonempty_var("BUILDX_CONFIG") {
        Some(directory) => Some(PathBuf::from(directory)),
        None => docker(environment).and_then(|file| Some(file.parent()?.join("buildx"))),
    };
    let Some(directory) = directory.map(|directory| directory.join("config")) else { return Vec::new() };
    let mut found = Vec::new();
    for host in subdirectories(&directory) {
        let name = host.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A repository's name has several parts, too.
        let mut open = vec![(host, 0)];
        while let Some((directory, depth)) = open.pop() {
            let file = directory.join("config.json");
            if file.is_file() {
                found.push((name.clone(), file));
            }
            if found.len() >= MOST_SCOPED {
                return found;
            }
            if depth < 4 {
                open.extend(subdirectories(&directory).into_iter().map(|below| (below, depth + 1)));
            }
        }
    }
    found
}

fn subdirectories(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let is_directory = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut all: Vec<PathBuf> =
        entries.flatten().filter(is_directory).map(|entry| entry.path()).take(MOST_SCOPED).collect();
    all.sort();
    all
}

/// Whether something is by that name, or nobody can tell: a directory that may not be entered hides what is in it.
fn is_there(path: &Path, environment: &dyn Environment) -> bool {
    match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        // Where no runtime directory is set, podman's is below one of root's, which users need not be able to enter.
        Err(_) => {
            environment.nonempty_var("XDG_RUNTIME_DIR").is_some() || !path.starts_with("/run/containers")
        }
    }
}

/// The file of a client that a path leads to: one that a client looks for there, as a variable may tell it to, else one
/// that is known by how its path ends.
pub fn login_file(path: &Path, environment: &dyn Environment) -> Option<&'static LoginFile> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = absolute(path);
    let is_looked_for =
        |file: &&LoginFile| file.places(environment).iter().any(|place| absolute(place) == path);
    login_files().find(is_looked_for).or_else(|| login_file_at(&path.display().to_string()))
}

/// The format of the file that a path leads to.
pub fn format_of(path: &Path, environment: &dyn Environment) -> Format {
    login_file(path, environment).map_or(Format::Current, |file| file.format)
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn variables_and_the_home_lead_to_the_files() {
        let mut environment = EnvironmentInMemory::default();
        assert_eq!(docker(&environment), None);
        environment.variables.insert("HOME".to_owned(), "/home/a".to_owned());
        assert_eq!(docker(&environment), Some(PathBuf::from("/home/a/.docker/config.json")));
        environment.variables.insert("DOCKER_CONFIG".to_owned(), "/etc/d".to_owned());
        assert_eq!(docker(&environment), Some(PathBuf::from("/etc/d/config.json")));
        environment.variables.insert("REGISTRY_AUTH_FILE".to_owned(), "/run/auth.json".to_owned());
        assert_eq!(podman(&environment), Some(PathBuf::from("/run/auth.json")));
    }

    #[test]
    fn a_file_is_whose_a_variable_says_else_whose_its_path_says() {
        let named = [("HOME", "/h"), ("REGCTL_CONFIG", "/x/r.json"), ("REGISTRY_AUTH_FILE", "/x/p.json")];
        let environment = EnvironmentInMemory::of_variables(named);
        for (path, holder, format) in [
            ("/x/r.json", Some("regclient"), Format::Regctl),
            ("/x/p.json", Some("podman"), Format::Current),
            ("/h/.docker/config.json", Some("docker"), Format::Current),
            ("/other/.regctl/config.json", Some("regclient"), Format::Regctl),
            ("/other/my.dockercfg", None, Format::Current),
            ("/other/config.json", None, Format::Current),
        ] {
            let file = login_file(Path::new(path), &environment);
            assert_eq!(file.map(|file| file.holder), holder, "{path}");
            assert_eq!(format_of(Path::new(path), &environment), format, "{path}");
        }
    }
}
