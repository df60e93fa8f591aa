//! An environment laid over another one: whatever it does not say itself is what the other says.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Environment, OperatingSystem};
use crate::Secret;

/// Another environment, with something changed. What is not written here is passed on, so that no method of
/// [`Environment`] can be forgotten; whoever changes [`Overlay::file`] thinks of [`Overlay::token_file`].
pub trait Overlay: Send + Sync {
    /// The environment below.
    fn below(&self) -> &dyn Environment;

    /// See [`Environment::var`].
    fn var(&self, name: &str) -> Option<String> {
        self.below().var(name)
    }

    /// See [`Environment::variables`].
    fn variables(&self) -> Vec<(String, String)> {
        self.below().variables()
    }

    /// See [`Environment::file`].
    ///
    /// # Errors
    /// Why it cannot be read.
    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        self.below().file(path)
    }

    /// See [`Environment::token_file`].
    fn token_file(&self, path: &Path) -> Option<Secret> {
        self.below().token_file(path)
    }

    /// See [`Environment::boot_id`].
    fn boot_id(&self) -> Option<String> {
        self.below().boot_id()
    }

    /// See [`Environment::all_on_path`].
    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        self.below().all_on_path(program)
    }
}

impl<T: Overlay> Environment for T {
    fn var(&self, name: &str) -> Option<String> {
        Overlay::var(self, name)
    }

    fn variables(&self) -> Vec<(String, String)> {
        Overlay::variables(self)
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        Overlay::file(self, path)
    }

    fn bytes(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        self.below().bytes(path)
    }

    fn token_file(&self, path: &Path) -> Option<Secret> {
        Overlay::token_file(self, path)
    }

    fn boot_id(&self) -> Option<String> {
        Overlay::boot_id(self)
    }

    fn host_name(&self) -> Option<String> {
        self.below().host_name()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        Overlay::all_on_path(self, program)
    }

    fn directory(&self) -> Option<PathBuf> {
        self.below().directory()
    }

    fn system(&self) -> OperatingSystem {
        self.below().system()
    }

    fn user_id(&self) -> u32 {
        self.below().user_id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::EnvironmentInMemory;

    struct Named(EnvironmentInMemory);

    impl Overlay for Named {
        fn below(&self) -> &dyn Environment {
            &self.0
        }

        fn var(&self, name: &str) -> Option<String> {
            if name == "WHO" { Some("me".to_owned()) } else { self.0.var(name) }
        }
    }

    #[test]
    fn what_is_not_changed_is_the_others() {
        let mut below = EnvironmentInMemory::of_variables([("WHO", "you"), ("HOME", "/h")]);
        below.files.insert("/t".into(), "token".to_owned());
        below.programs = vec!["/b/docker".into()];
        below.boot_id = Some("boot".to_owned());
        below.host_name = Some("host".to_owned());
        below.directory = Some("/d".into());
        below.system = OperatingSystem::MacOs;
        let named = Named(below.clone());
        let environment: &dyn Environment = &named;
        assert_eq!(environment.var("WHO").as_deref(), Some("me"));
        assert_eq!(environment.home(), Some(PathBuf::from("/h")));
        assert_eq!(environment.variables(), below.variables());
        assert_eq!(environment.file(Path::new("/t")).unwrap().as_str(), "token");
        let token = environment.token_file(Path::new("/t"));
        assert_eq!(token.map(|token| token.expose().to_owned()).as_deref(), Some("token"));
        assert_eq!(environment.on_path("docker"), Some(PathBuf::from("/b/docker")));
        assert_eq!(environment.boot_id().as_deref(), Some("boot"));
        assert_eq!(environment.host_name().as_deref(), Some("host"));
        assert_eq!(environment.directory(), Some(PathBuf::from("/d")));
        assert_eq!(environment.system(), OperatingSystem::MacOs);
    }
}
