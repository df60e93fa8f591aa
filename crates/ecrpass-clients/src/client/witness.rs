//! A machine that remembers which of its files a client looked into.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecrpass_core::environment::Environment;

use super::environment::{ClientEnvironment, FileState, HelperReply};
use super::loaded::Parsed;

/// Another machine, and the files that were read of it.
pub(super) struct Witness<'a> {
    machine: &'a dyn ClientEnvironment,
    read: RefCell<BTreeSet<PathBuf>>,
}

impl<'a> Witness<'a> {
    pub(super) fn new(machine: &'a dyn ClientEnvironment) -> Self {
        Self { machine, read: RefCell::default() }
    }

    /// The files that were there when somebody looked.
    pub(super) fn files_read(&self) -> BTreeSet<PathBuf> {
        self.read.borrow().clone()
    }
}

impl ClientEnvironment for Witness<'_> {
    fn environment(&self) -> &dyn Environment {
        self.machine.environment()
    }

    fn ask(&self, suffix: &str, server_url: &str) -> HelperReply {
        self.machine.ask(suffix, server_url)
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        self.machine.list(suffix)
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        self.machine.registries_conf_helpers()
    }

    fn parsed(&self) -> Option<&Parsed> {
        self.machine.parsed()
    }

    fn on_path(&self, program: &str) -> bool {
        self.machine.on_path(program)
    }

    fn file(&self, path: &Path) -> FileState {
        let state = self.machine.file(path);
        if !matches!(state, FileState::Missing) {
            self.read.borrow_mut().insert(path.to_owned());
        }
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, ClientEnvironmentInMemory, Operation, Request, resolve};

    #[test]
    fn a_resolution_knows_the_files_it_rests_on() {
        let mut machine = ClientEnvironmentInMemory::default();
        machine.environment.variables.insert("HOME".to_owned(), "/home/ada".to_owned());
        let docker = PathBuf::from("/home/ada/.docker/config.json");
        machine.environment.files.insert(docker.clone(), "{}".to_owned());
        machine.environment.files.insert("/home/ada/.docker/plain/config.json".into(), "{}".to_owned());
        let request = |client| Request {
            host: "123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned(),
            repository: None,
            client,
            version: None,
            operation: Operation::Pull,
            configs: Vec::new(),
        };
        let read =
            |client, machine: &ClientEnvironmentInMemory| resolve(&request(client), machine).files_read;
        assert_eq!(read(Client::Docker, &machine), BTreeSet::from([docker]));
        machine.environment.variables.insert("DOCKER_CONFIG".to_owned(), "/nowhere".to_owned());
        assert_eq!(read(Client::Docker, &machine), BTreeSet::new());
    }
}
