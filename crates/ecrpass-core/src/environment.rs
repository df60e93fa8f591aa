//! What a decision may depend on besides its arguments: variables, files, programs. It is handed in, so that the same
//! code runs in the helper, in a replayed support bundle, in a browser and in tests.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The surroundings of a process.
pub trait Environment: Send + Sync {
    /// A variable; an empty one is `Some("")`.
    fn var(&self, name: &str) -> Option<String>;

    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read; `NotFound` when there is none.
    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>>;

    /// Something that is new after every boot; `None` where the system has no such thing.
    fn boot_id(&self) -> Option<String>;

    /// Every place on `PATH` where a program is, in that order.
    fn all_on_path(&self, program: &str) -> Vec<PathBuf>;

    /// Where a program is on `PATH`: the first one a client would run.
    fn on_path(&self, program: &str) -> Option<PathBuf> {
        self.all_on_path(program).into_iter().next()
    }

    /// A variable that is set to something.
    fn nonempty_var(&self, name: &str) -> Option<String> {
        self.var(name).filter(|value| !value.is_empty())
    }
}

/// An environment made up for tests and for what is replayed.
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
}

impl Environment for EnvironmentInMemory {
    fn var(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        let text = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Zeroizing::new(text.clone()))
    }

    fn boot_id(&self) -> Option<String> {
        self.boot_id.clone()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        self.programs
            .iter()
            .filter(|path| path.file_name().is_some_and(|name| name == program))
            .cloned()
            .collect()
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
}
