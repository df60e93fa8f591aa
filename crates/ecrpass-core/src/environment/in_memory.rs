//! An environment made of values, for tests and for what is replayed or pasted.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Environment, OperatingSystem};

/// An environment made of values.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentInMemory {
    /// The variables.
    pub variables: BTreeMap<String, String>,
    /// The files' texts.
    pub files: BTreeMap<PathBuf, String>,
    /// Where programs are, in the order of `PATH`.
    pub programs: Vec<PathBuf>,
    /// What is new after every boot.
    pub boot_id: Option<String>,
    /// The name of the machine.
    pub host_name: Option<String>,
    /// The directory that relative paths begin in.
    pub directory: Option<PathBuf>,
    /// The operating system.
    pub system: OperatingSystem,
}

impl EnvironmentInMemory {
    /// One that has these variables and nothing else.
    pub fn of_variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { variables: variables.into_iter().map(owned).collect(), ..Self::default() }
    }
}

impl Environment for EnvironmentInMemory {
    fn var(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone().into_iter().collect()
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        let text = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Zeroizing::new(text.clone()))
    }

    fn boot_id(&self) -> Option<String> {
        self.boot_id.clone()
    }

    fn host_name(&self) -> Option<String> {
        self.host_name.clone()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        self.programs
            .iter()
            .filter(|path| path.file_name().is_some_and(|name| name == program))
            .cloned()
            .collect()
    }

    fn directory(&self) -> Option<PathBuf> {
        self.directory.clone()
    }

    fn system(&self) -> OperatingSystem {
        self.system
    }

    fn user_id(&self) -> u32 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_not_there() {
        let mut environment = EnvironmentInMemory::default();
        assert_eq!(environment.file(Path::new("/x")).unwrap_err().kind(), io::ErrorKind::NotFound);
        environment.variables.insert("EMPTY".to_owned(), String::new());
        assert_eq!(environment.var("EMPTY").as_deref(), Some(""));
        assert_eq!(environment.nonempty_var("EMPTY"), None);
        environment.programs = vec!["/a/docker".into(), "/b/docker".into(), "/b/podman".into()];
        assert_eq!(environment.all_on_path("docker").len(), 2);
        assert_eq!(environment.on_path("docker"), Some(PathBuf::from("/a/docker")));
    }

    #[test]
    fn the_home_is_where_the_system_keeps_it() {
        let mut environment =
            EnvironmentInMemory::of_variables([("HOME", "/home/a"), ("USERPROFILE", "C:\\a")]);
        assert_eq!(environment.home(), Some(PathBuf::from("/home/a")));
        environment.system = OperatingSystem::Windows;
        assert_eq!(environment.home(), Some(PathBuf::from("C:\\a")));
        environment.variables.insert("USERPROFILE".to_owned(), String::new());
        assert_eq!(environment.home(), None);
    }
}
