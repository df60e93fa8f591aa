//! An environment whose tokens are read once: what a decision was made from is then what is acted upon.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use zeroize::Zeroizing;

use super::{Environment, OperatingSystem};
use crate::Secret;

/// Another environment, each of whose token files is read once, a pipe among them.
#[derive(Default)]
pub struct ReadOnce<E> {
    environment: E,
    tokens: Mutex<BTreeMap<PathBuf, Option<Secret>>>,
    boot_id: OnceLock<Option<String>>,
}

impl<E> ReadOnce<E> {
    /// Reads that environment.
    pub fn new(environment: E) -> Self {
        Self { environment, tokens: Mutex::default(), boot_id: OnceLock::new() }
    }
}

impl<E: Environment> Environment for ReadOnce<E> {
    fn var(&self, name: &str) -> Option<String> {
        self.environment.var(name)
    }

    fn variables(&self) -> Vec<(String, String)> {
        self.environment.variables()
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        self.environment.file(path)
    }

    fn bytes(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        self.environment.bytes(path)
    }

    fn token_file(&self, path: &Path) -> Option<Secret> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.entry(path.to_owned()).or_insert_with(|| self.environment.token_file(path)).clone()
    }

    fn boot_id(&self) -> Option<String> {
        self.boot_id.get_or_init(|| self.environment.boot_id()).clone()
    }

    fn host_name(&self) -> Option<String> {
        self.environment.host_name()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        self.environment.all_on_path(program)
    }

    fn directory(&self) -> Option<PathBuf> {
        self.environment.directory()
    }

    fn system(&self) -> OperatingSystem {
        self.environment.system()
    }

    fn user_id(&self) -> u32 {
        self.environment.user_id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::EnvironmentInMemory;

    #[test]
    fn a_token_stays_as_it_was_first_met() {
        let mut machine = EnvironmentInMemory::default();
        machine.files.insert("/t".into(), "first".to_owned());
        let mut environment = ReadOnce::new(machine);
        let token = |environment: &ReadOnce<EnvironmentInMemory>, path| {
            environment.token_file(Path::new(path)).map(|token| token.expose().to_owned())
        };
        assert_eq!(token(&environment, "/t").as_deref(), Some("first"));
        assert_eq!(token(&environment, "/none"), None);
        environment.environment.files =
            [("/t".into(), "second".to_owned()), ("/none".into(), "late".to_owned())].into();
        assert_eq!(token(&environment, "/t").as_deref(), Some("first"));
        assert_eq!(token(&environment, "/none"), None);
    }
}
