//! An environment whose tokens are read once: what a decision was made from is then what is acted upon.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{Environment, Overlay};
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

impl<E: Environment> Overlay for ReadOnce<E> {
    fn below(&self) -> &dyn Environment {
        &self.environment
    }

    fn token_file(&self, path: &Path) -> Option<Secret> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.entry(path.to_owned()).or_insert_with(|| self.environment.token_file(path)).clone()
    }

    fn boot_id(&self) -> Option<String> {
        self.boot_id.get_or_init(|| self.environment.boot_id()).clone()
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
            Overlay::token_file(environment, Path::new(path)).map(|token| token.expose().to_owned())
        };
        assert_eq!(token(&environment, "/t").as_deref(), Some("first"));
        assert_eq!(token(&environment, "/none"), None);
        environment.environment.files =
            [("/t".into(), "second".to_owned()), ("/none".into(), "late".to_owned())].into();
        assert_eq!(token(&environment, "/t").as_deref(), Some("first"));
        assert_eq!(token(&environment, "/none"), None);
    }
}
